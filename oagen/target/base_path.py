"""Where the paths of a description begin at a target: behind the base path of its server, or without it."""

from __future__ import annotations

from collections.abc import Iterator

from oagen.scenario.wire import WireRequest
from oagen.spec.model import ApiDescription
from oagen.target.model import SendFailure, Target

_NOT_FOUND = 404
_ASKED = 3


def reached_base_path(target: Target, description: ApiDescription) -> str:
    """Return the base path to send requests with.

    That of the target where its URL has one. Else that of the description, unless its operations are found without it
    alone: mocks, and APIs behind a gateway of another address, often do not have it. A few safe requests tell.
    """
    own = str(getattr(target, "base_path", ""))
    if own or not description.base_path:
        return own
    paths = list(_plain_paths(description))[:_ASKED]
    try:
        if any(_is_found(target, description.base_path + path) for path in paths):
            return description.base_path
        return "" if any(_is_found(target, path) for path in paths) else description.base_path
    except SendFailure:
        return description.base_path


def _plain_paths(description: ApiDescription) -> Iterator[str]:
    """Yield the paths of operations that read, those without parameters first."""
    paths = [operation.path for operation in description.operations if operation.method == "GET"]
    yield from (path for path in paths if "{" not in path)
    yield from (_filled(path) for path in paths if "{" in path)


def _filled(path: str) -> str:
    pieces = [piece.partition("}")[2] if index else piece for index, piece in enumerate(path.split("{"))]
    return "1".join(pieces)


def _is_found(target: Target, path: str) -> bool:
    return target.send(WireRequest(method="GET", target=path)).status != _NOT_FOUND
