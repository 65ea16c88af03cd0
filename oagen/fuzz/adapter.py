"""Schemathesis and Hypothesis: the only module that imports them. Their cases become requests of scenarios.

Schemathesis 4.32 is pinned; `iter_coverage_cases` and `meta` are not its documented interface, so the tests of this
module are the contract that an upgrade must keep.
"""

from __future__ import annotations

import os
import warnings
import weakref
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote_to_bytes

from oagen.fuzz.clock import PATIENCE
from oagen.fuzz.patience import TookTooLong, at_most
from oagen.scenario.model import Argument, Body, Literal, Request
from oagen.spec.bundle import bundle
from oagen.spec.model import ApiDescription, Operation, ParameterLocation, Style

_DEEPEST = 40
_NAMED = 3  # operations in a notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """A request that Schemathesis made.

    Attributes:
        positive: It satisfies the document.
        reason: What it is about: `Value greater than maximum: quantity`.
    """

    request: Request
    positive: bool
    reason: str


def _cache() -> Path:
    """Return the user's cache folder for oagen (XDG Base Directory Specification); it need not exist."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "oagen"


class Cases:
    """Requests for the operations of one description.

    Operations that Schemathesis can't read have none; `unreadable` says why.

    Args:
        description: Written back as one OpenAPI 3.1 document for Schemathesis.
        seed: Of Hypothesis, for `draws`.
        patience: CPU seconds that one case, or one call of `draws`, may take.

    Attributes:
        unreadable: Operations that have no cases, or no more of them, and why.
        slow: Operations that took longer, and have no more cases.
    """

    def __init__(self, description: ApiDescription, *, seed: int = 0, patience: float = PATIENCE) -> None:
        # What Hypothesis keeps between runs goes to a cache, not into the folder that the command is run in.
        os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(_cache() / "hypothesis"))
        import schemathesis

        self._seed = seed
        self._patience = patience
        self.slow: set[str] = set()
        self._described = {operation.key: operation for operation in description.operations}
        self.unreadable: dict[str, str] = {}
        self._running: weakref.WeakSet[Any] = weakref.WeakSet()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._schema = schemathesis.openapi.from_dict(bundle(description))
            self._schema.config.seed = seed
            self._operations = self._readable()

    def _readable(self) -> dict[str, Any]:
        found = {}
        for result in self._schema.get_all_operations():
            try:
                operation = cast("Any", result).ok()
            except Exception as error:  # noqa: BLE001 - an operation is left out, whatever is wrong with it
                self.unreadable[str(getattr(error, "path", ""))] = type(error).__name__
                continue
            found[f"{operation.method.upper()} {operation.path}"] = operation
        return found

    def coverage(self, operation: Operation, *, positive: bool) -> Iterator[Generated]:
        """Yield boundary cases, or violations, of an operation: each time the same, in the same order."""
        from schemathesis import GenerationMode

        theirs = self._operations.get(operation.key)
        if theirs is None or operation.key in self.slow:
            return
        mode = GenerationMode.POSITIVE if positive else GenerationMode.NEGATIVE
        config = self._schema.config.generation_for(operation=theirs)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cases = self._schema.iter_coverage_cases(theirs, generation_modes=[mode], generation_config=config)
        self._running.add(cases)
        with closing(cast("Any", cases)):
            while True:
                try:
                    with warnings.catch_warnings(), at_most(self._patience):
                        warnings.simplefilter("ignore")
                        case = next(cases, None)
                except TookTooLong:
                    self.slow.add(operation.key)
                    return
                except Exception as error:  # noqa: BLE001 - one operation's generator died; the others go on
                    self.unreadable[operation.key] = f"{type(error).__name__}: {error}"
                    return
                if case is None:
                    return
                yield Generated(request=self._request(case, operation), positive=positive, reason=_reason(case))

    def shortcomings(self) -> Iterator[str]:
        """Yield what the user should know of operations that have no cases, or fewer than others."""
        unread = sorted(self._described.keys() - self._operations.keys())
        if unread:
            yield f"Schemathesis can't read {len(unread)} operations, which get oagen's own values: {_listed(unread)}"
        if self.slow:
            slow = sorted(self.slow)
            yield f"Schemathesis takes too long over {len(slow)} operations, and was cut short: {_listed(slow)}"

    def close(self) -> None:
        """End the generators that were not read to their end; they can't be ended when Python itself ends."""
        for cases in list(self._running):
            cases.close()

    def draws(self, operation: Operation, count: int) -> tuple[Request, ...]:
        """Return up to `count` fresh requests that satisfy the document, drawn by Hypothesis."""
        import hypothesis
        from hypothesis import HealthCheck, Phase

        theirs = self._operations.get(operation.key)
        if theirs is None or operation.key in self.slow:
            return ()
        drawn: list[Request] = []

        @hypothesis.seed(self._seed + len(drawn))
        @hypothesis.settings(
            max_examples=count,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @hypothesis.given(case=theirs.as_strategy())
        def draw(case: Any) -> None:
            drawn.append(self._request(case, operation))

        try:
            with warnings.catch_warnings(), at_most(self._patience):
                warnings.simplefilter("ignore")
                draw()
        except TookTooLong:
            self.slow.add(operation.key)
        except Exception as error:  # noqa: BLE001 - a schema that can't be drawn from is no reason to stop
            self.unreadable[operation.key] = f"{type(error).__name__}: {error}"
        self._seed += 1
        return tuple(drawn[:count])

    def _request(self, case: Any, operation: Operation) -> Request:
        arguments: list[Argument] = []
        for name, value in (case.path_parameters or {}).items():
            arguments.append(_path_argument(name, value))
        query = case.query or {}
        if isinstance(query, str):
            arguments.append(_argument("query", ParameterLocation.QUERYSTRING, query, raw=True))
        else:
            arguments += _query_arguments(query, operation)
        arguments += [
            _argument(name, ParameterLocation.HEADER, _plain(value))
            for name, value in (case.headers or {}).items()
            if name.lower() not in ("authorization", "content-length", "host")
            and not (name.lower() == "content-type" and case.media_type)
        ]
        arguments += [
            _argument(name, ParameterLocation.COOKIE, _plain(value)) for name, value in (case.cookies or {}).items()
        ]
        return Request(
            method=str(case.method).upper(), path=operation.path, arguments=tuple(arguments), body=_body(case)
        )


def _listed(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")


def _argument(name: str, where: ParameterLocation, value: Any, *, raw: bool = False) -> Argument:
    style = Style.SIMPLE if where in (ParameterLocation.PATH, ParameterLocation.HEADER) else Style.FORM
    return Argument(name=name, where=where, value=Literal(value), style=style, raw=raw)


def _path_argument(name: str, value: Any) -> Argument:
    """Return a path argument; Schemathesis has percent-encoded its text already."""
    if not isinstance(value, str):
        return _argument(name, ParameterLocation.PATH, _plain(value))
    try:
        return _argument(name, ParameterLocation.PATH, unquote_to_bytes(str(value)).decode("utf-8", "surrogatepass"))
    except UnicodeDecodeError:
        return _argument(name, ParameterLocation.PATH, str(value), raw=True)


def _query_arguments(query: Mapping[str, Any], operation: Operation) -> list[Argument]:
    """Return query arguments; Schemathesis has applied their styles already, so that lists are repeated names."""
    described = {item.name: item for item in operation.parameters if item.where is ParameterLocation.QUERY}
    found = []
    for name, value in query.items():
        plain = _plain(value)
        parameter = described.get(name)
        if isinstance(plain, dict) and parameter is not None and parameter.style is Style.DEEP_OBJECT:
            found.append(
                Argument(name=name, where=ParameterLocation.QUERY, value=Literal(plain), style=Style.DEEP_OBJECT)
            )
        else:
            found.append(_argument(name, ParameterLocation.QUERY, plain))
    return found


def _body(case: Any) -> Body | None:
    from schemathesis.core import NotSet

    if isinstance(case.body, NotSet):
        return None
    plain = _plain(case.body)
    return Body(media_type=case.media_type, value=Literal(plain), raw=isinstance(plain, bytes))


def _plain(value: Any, depth: int = 0) -> Any:
    """Return a value of Schemathesis as plain JSON, or bytes."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    if isinstance(value, str):
        data = getattr(value, "data", None)  # its `Binary` is text that stands for bytes
        return data if isinstance(data, bytes) else str(value)
    if depth > _DEEPEST:
        return None
    if isinstance(value, Mapping):
        return {str(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item, depth + 1) for item in value]
    return str(value)


def _reason(case: Any) -> str:
    phase = case.meta.phase.data if case.meta is not None else None
    description = str(getattr(phase, "description", "") or "")
    parameter = getattr(phase, "parameter", None)
    return f"{description}: {parameter}" if parameter and "/" not in parameter else description
