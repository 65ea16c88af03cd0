"""The functions that a handler works with, and what each might give back or raise."""

from __future__ import annotations

import inspect
from types import FrameType
from typing import Any

from .entities import hints_of, is_entity
from .places import Place
from .proposing import Outcome, Proposer
from .source import Sources, exception_spec
from .standins import Asked
from .values import lit

_MANY = frozenset({"all", "fetchall", "fetchmany", "filter", "list", "scalars", "unique", "partitions", "mappings"})
_ONE = frozenset({"first", "one_or_none", "scalar", "scalar_one_or_none", "get", "fetchone", "find_one"})
_FLAGS = frozenset({"exists", "contains"})
_NUMBERS = frozenset({"count", "delete", "update", "rowcount"})
_SILENT = frozenset(
    {"commit", "flush", "refresh", "save", "add", "add_all", "merge", "rollback", "close", "begin", "refresh_from_db"}
)


class Collaborators:
    """Knows what a function that was called might have given back."""

    def __init__(self, proposer: Proposer, sources: Sources) -> None:
        self._proposer = proposer
        self._sources = sources

    def outcomes(
        self, place: Place, frame: FrameType, caller: tuple[FrameType, int] | None, *, library: bool
    ) -> list[Outcome]:
        """Return what the function of a frame might give back or raise, the likeliest first."""
        names = frame.f_code.co_varnames[: frame.f_code.co_argcount + frame.f_code.co_kwonlyargcount + 2]
        asked = Asked(place.subject, [frame.f_locals.get(name) for name in names], caller)
        found = self.options(place, asked)
        return [*found, *({"raise": spec} for spec in self._raised(place, asked, library=library))] if found else found

    def options(self, place: Place, asked: Asked) -> list[Outcome]:
        """Return what one call might give back, the likeliest first."""
        if place.path.rpartition(".")[2] in ("__init__", "__new__", "__call__"):
            return []
        return self.by_annotation(place) or self._by_name(place, asked)

    def by_annotation(self, place: Place) -> list[Outcome]:
        """Return what a function says that it gives back; nothing where it does not say."""
        hint = hints_of(place.function).get("return", _NOTHING)
        if hint is _NOTHING or hint is Any:
            return []
        return self._proposer.outcomes(hint)

    def _by_name(self, place: Place, asked: Asked) -> list[Outcome]:
        name = place.path.rpartition(".")[2]
        if name in _SILENT:
            return [{"return": lit(None)}]
        entity, kind = _entity_asked_for(asked)
        chains = self._chains(place, asked)
        if chains is not None:
            paths = [path for path in chains if path] or [[]]
            return [
                {**outcome, "return": {"k": "chain", "path": path, "value": outcome["return"]}} if path else outcome
                for path in paths[:1]
                for outcome in self._asked(path[-1] if path else "all", entity, kind)
            ]
        return self._asked(name, entity, kind)

    def _asked(self, name: str, entity: Any, kind: Any) -> list[Outcome]:
        if name in _FLAGS:
            return [{"return": lit(flag)} for flag in (True, False)]
        if (name in _NUMBERS and entity is None) or name == "count":
            return [{"return": lit(1)}, {"return": lit(0)}]
        made = self._proposer.outcome(entity) if entity is not None else None
        if kind in (int, float) and name in ("scalar", "scalar_one", "one", "scalar_one_or_none"):
            return [{"return": lit(kind(1))}, {"return": lit(kind(0))}]
        if made is None and kind is not None:
            made = self._proposer.outcome(kind)
        if made is None:
            return [{"return": lit(None)}] if name in _ONE else []
        if name in _MANY:
            return [self._proposer.listed(made), {"return": {"k": "list", "items": []}}]
        if name in _ONE or name.startswith(("get", "find", "load", "fetch")):
            return [made, {"return": lit(None)}]
        return [made]

    def _chains(self, place: Place, asked: Asked) -> list[list[str]] | None:
        """Return the calls chained on what a session gives for a statement; None where it gives the thing itself."""
        name = place.path.rpartition(".")[2]
        if name not in ("execute", "exec", "scalars") or asked.caller is None:
            return None
        return self._sources.chains(asked.caller.f_code, asked.line, name)

    def _raised(self, place: Place, asked: Asked, *, library: bool) -> list[Any]:
        caller = asked.caller
        own = [] if library else self._sources.raised(place.function)
        caught = [] if caller is None else self._sources.caught(caller.f_code, asked.line, caller.f_globals)
        module = inspect.getmodule(place.function)
        for kind in caught:
            if kind in (Exception, BaseException):
                kind = ConnectionError  # noqa: PLW2901 - what any I/O may raise
            same = getattr(kind, "__module__", "") == getattr(module, "__name__", None)
            if library or same or not _is_of_application(kind, place):
                spec = exception_spec(kind)
                if spec is not None and spec not in own:
                    own.append(spec)
        if library:
            missing = getattr(_model_of(place.subject), "DoesNotExist", None)
            if missing is not None and place.path.rpartition(".")[2] in ("get", "earliest", "latest"):
                spec = exception_spec(missing)
                own = [*own, *([spec] if spec else [])]
        return own


_NOTHING = object()


def _is_of_application(kind: Any, place: Place) -> bool:
    return str(kind.__module__).partition(".")[0] == place.module.partition(".")[0]


def _model_of(subject: Any) -> Any:
    model = getattr(subject, "model", None)
    return model if isinstance(model, type) else None


def _entity_asked_for(asked: Asked) -> tuple[Any, Any]:
    """Return the data type that a call names, and else the Python type of the column it asks for."""
    model = _model_of(asked.subject)
    if model is not None and is_entity(model):
        return model, None
    values = [asked.subject, *asked.arguments]
    for value in values:
        if isinstance(value, type) and is_entity(value):
            return value, None
    for value in values:
        try:
            described = getattr(value, "column_descriptions", None)
        except Exception:  # noqa: BLE001, S112 - a property of a library
            continue
        if isinstance(described, list) and described:
            entity = described[0].get("entity")
            asked_for = described[0].get("expr")
            if isinstance(entity, type) and asked_for is entity:
                return entity, None
            try:
                return None, described[0]["type"].python_type
            except (KeyError, AttributeError, NotImplementedError):
                return None, None
    model = _model_of(getattr(asked.subject, "queryset", None))
    return (model, None) if model is not None else (None, None)
