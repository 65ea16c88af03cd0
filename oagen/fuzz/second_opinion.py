"""What openapi-core says about an answer: no contract finding is reported that it does not confirm."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from oagen.scenario.wire.media_types import essence, is_json
from oagen.spec.bundle import bundle
from oagen.spec.model import ApiDescription, Operation
from oagen.spec.pointers import join
from oagen.target.model import Answer

_PATH = "/operation"


@dataclass(frozen=True, slots=True)
class _Sent:
    """As much of a request as openapi-core needs to find the operation."""

    host_url: str = "http://testserver"
    path: str = _PATH
    method: str = "post"


@dataclass(frozen=True, slots=True)
class _Answer:
    status_code: int
    headers: Any
    content_type: str
    data: bytes | None


@dataclass(frozen=True, slots=True)
class Opinion:
    """What openapi-core holds against an answer.

    Attributes:
        status: The status is not documented.
        content: The content type is not documented, or the body is missing or not of that type.
        headers: Names of headers that are missing or invalid, in lower case.
        errors: Where the body is invalid (RFC 6901), and by which keyword; those of the branches of `oneOf` and the
            like included.
    """

    status: bool = False
    content: bool = False
    headers: frozenset[str] = frozenset()
    errors: frozenset[tuple[str, str]] = frozenset()


class SecondOpinion:
    """Asks openapi-core; a description of one operation alone is made for each operation that is asked about.

    Args:
        description: What the API promises.
    """

    def __init__(self, description: ApiDescription) -> None:
        self._description = description
        self._known: dict[str, Any] = {}

    def of(self, operation: Operation, answer: Answer) -> Opinion | None:
        """Return what openapi-core says; None where it can't read this part of the description."""
        from werkzeug.datastructures import Headers

        given = _Answer(
            status_code=answer.status,
            headers=Headers(list(answer.headers)),
            content_type=(answer.header("Content-Type") or "").lower(),
            data=answer.body or None,
        )
        try:
            if operation.key not in self._known:
                self._known[operation.key] = self._validator(operation, answer)
            return _opinion(self._known[operation.key].iter_errors(_Sent(), given))
        except Exception:  # noqa: BLE001 - whatever a description makes openapi-core raise, it is no opinion
            return None

    def _validator(self, operation: Operation, answer: Answer) -> Any:
        from openapi_core import Config, OpenAPI

        alone = dataclasses.replace(
            operation, method="POST", path=_PATH, parameters=(), request_body=None, security=(), servers=()
        )
        description = dataclasses.replace(self._description, servers=())
        document = json.loads(json.dumps(bundle(description, [alone])), object_hook=_without_discriminator)
        names = [media.name for response in operation.responses for media in response.content]
        readers = {essence(name): _read_json for name in names if is_json(name)}
        readers |= {essence(name): _read_json for name in (answer.header("Content-Type") or "",) if is_json(name)}
        options: dict[str, Any] = {"spec_validator_cls": None, "extra_media_type_deserializers": readers}
        return OpenAPI.from_dict(document, config=Config(**options)).response_validator


def _without_discriminator(value: dict[str, Any]) -> dict[str, Any]:
    """Leave out what only says which schema is meant: where it is wrong, schemas still hold."""
    hint = value.get("discriminator")
    if isinstance(hint, dict) and isinstance(hint.get("propertyName"), str):
        del value["discriminator"]
    return value


def _read_json(content: bytes, **_parameters: str) -> Any:
    return json.loads(content)


def _opinion(errors: Iterator[Exception]) -> Opinion:
    from openapi_core.templating.responses.exceptions import ResponseNotFound

    opinion = Opinion()
    for error in errors:
        cause = error.__cause__ or error
        details = getattr(cause, "schema_errors", None)
        if isinstance(error, ResponseNotFound):
            opinion = dataclasses.replace(opinion, status=True)
        elif name := getattr(error, "name", ""):
            opinion = dataclasses.replace(opinion, headers=opinion.headers | {str(name).lower()})
        elif details is not None:
            opinion = dataclasses.replace(opinion, errors=opinion.errors | set(_listed(details)))
        else:
            opinion = dataclasses.replace(opinion, content=True)
    return opinion


def _listed(errors: Any) -> Iterator[tuple[str, str]]:
    for error in errors:
        overlap = error.validator == "oneOf" and not error.context
        yield join(error.absolute_path), "overlap" if overlap else str(error.validator or "false")
        yield from _listed(error.context or ())
