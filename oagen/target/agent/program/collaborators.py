"""The functions that a handler works with, and what each might give back or raise."""

from __future__ import annotations

import inspect
import sys
from types import CodeType, FrameType
from typing import Any, Callable, TypeVar, Union, get_args, get_origin

from .doors import token_row, unknown_identity, user_class
from .entities import hints_of, is_entity
from .guesses import Guesses
from .places import Place, public_module
from .proposing import IDENTIFIER, Outcome, Proposer
from .raising import Raising
from .source import Sources, exception_spec
from .standins import Asked
from .values import Spec, lit

_MANY = frozenset({"all", "fetchall", "fetchmany", "filter", "list", "scalars", "unique", "partitions", "mappings"})
_ONE = frozenset({"first", "one_or_none", "scalar", "scalar_one_or_none", "get", "fetchone", "find_one"})
_CERTAIN = frozenset(
    {"one", "scalar_one", "get_one", "earliest", "latest", "create", "update", "get_object", "get_object_or_404"}
    | {"get_or_404", "first_or_404", "one_or_404"}
)
_WITH_FLAG = frozenset({"get_or_create", "update_or_create"})
_VERBS = ("get_", "find", "load", "fetch", "read", "lookup", "retrieve", "create", "by_")
_INSIDE = ("django.db.models.sql", "django.db.backends", "sqlalchemy.engine", "sqlalchemy.pool", "sqlalchemy.sql")
_TRANSACTIONS = "django.db.transaction"
_FLAGS = frozenset({"exists", "contains"})
_NUMBERS = frozenset({"count", "delete", "update", "rowcount"})
_COUNTED: dict[str, list[Spec]] = {
    "delete": [{"k": "tuple", "items": [lit(count), {"k": "dict", "items": []}]} for count in (1, 0)],
    "update": [lit(1), lit(0)],
    "bulk_update": [lit(1)],
}
"""What queries and rows of Django say of what they changed."""
_NOBODY = (lit(False), lit(None))  # noqa: FBT003
_ASYNC = _MANY | _ONE | _CERTAIN | _WITH_FLAG | _FLAGS | _NUMBERS
_SILENT = frozenset(
    {"commit", "flush", "refresh", "save", "add", "add_all", "merge", "rollback", "close", "begin", "refresh_from_db"}
)


class Collaborators:
    """Knows what a function that was called might have given back."""

    def __init__(self, proposer: Proposer, sources: Sources, is_application: Callable[[str], bool]) -> None:
        self._is_application = is_application
        self.proposer = proposer
        self._sources = sources
        self._raising = Raising(sources, is_application)
        self.guesses = Guesses(proposer, sources)
        self.handled: Callable[[], list[Any]] = list
        self._expected: list[Spec] | None = None
        self._user: list[Outcome] | None = None

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
        name = place.path.rpartition(".")[2]
        if name in ("__enter__", "__exit__") and place.module == _TRANSACTIONS:
            return [{"return": lit(None)}]
        if name == "__init__":
            holds_data = is_entity(place.holder) or issubclass(place.holder, BaseException)
            return [] if holds_data else [{"return": lit(None)}]
        if (
            _is_request(place.holder)
            or (name.startswith("__") and not _is_asked(place))
            or place.module.startswith(_INSIDE)
        ):
            return []
        if _is_step(asked.subject, name):
            return [{"return": lit(None)}] if name.startswith(("perform_", "check_")) else []
        if name == "get_queryset":
            return _listed(asked)
        if name == "_fetch_all" and model_of(asked.subject) is not None:
            return self._rows(asked)
        found = self.by_annotation(place, asked.subject) or self._by_name(place, asked)
        if found and found[0].get("return") == {"k": "dict", "items": []} and asked.caller is not None:
            return [*self.guesses.by_shape(name), *self._with_keys(asked.caller.f_code), *found]
        if found and found[-1].get("return") != lit(None) and self.guesses.looks_up(place.function):
            found = [*found, {"return": lit(None)}]
        if all(outcome["return"] in _NOBODY for outcome in found):
            found = [*self._identity(place, asked), *found]
        if not found and self._is_application(getattr(getattr(place.function, "__code__", None), "co_filename", "<")):
            found = self.guesses.outcomes(place.function, name, asked.caller and asked.caller.f_code, asked.line)
            if not found and not (asked.caller and self._sources.is_tail(asked.caller.f_code, asked.line, name)):
                found = [{"return": lit(None), "vague": True}, {"return": {"k": "dict", "items": []}, "vague": True}]
        return found

    def _identity(self, place: Place, asked: Asked) -> list[Outcome]:
        """Return what a function that tells who is asking might give; nothing for any other."""
        if self._user is None:
            kind = user_class()
            made = self.proposer.outcome(kind) if kind is not None else None
            self._user = [made] if made is not None else []
        unpacked, name = 0, place.path.rpartition(".")[2]
        if asked.caller is not None:
            if self._sources.uses(asked.caller.f_code, asked.line, name)[0]:
                return []  # what is asked by keys are claims, which the caller's source tells
            unpacked = self._sources.unpacked(asked.caller.f_code, asked.line, name)
        return unknown_identity(
            place.path, next(iter(self._user), None), unpacked, token=lambda: token_row(self.proposer)
        )

    def _rows(self, asked: Asked) -> list[Outcome]:
        """Return the outcomes of a query of Django: one row, and none."""
        made = self.proposer.outcome(model_of(asked.subject))
        lists = [{"k": "list", "items": [made["return"]]}] if made is not None else []
        lists.append({"k": "list", "items": []})
        return [{"return": {"k": "assign", "field": "_result_cache", "value": rows, "self": True}} for rows in lists]

    def _with_keys(self, caller: CodeType) -> list[Outcome]:
        """Return dicts with the keys that a function asks for, each of them true and false."""
        keys = self._sources.facts(caller)["keys"]
        return [
            {"return": {"k": "dict", "items": [[lit(key), lit(flag)] for key in keys]}}
            for flag in (True, False)
            if keys
        ]

    def adding(self, place: Place, things: list[Any]) -> dict[str, Any] | None:
        """Return what is replaced beside a commit, so that what was added gets its identifier; None without need."""
        holder = place.path.rpartition(".")[0]
        for thing in things:
            outcomes = _assigning("add", Asked(place.subject, [thing], None))
            if outcomes:
                return {
                    "target": f"{place.module}:{holder}.add",
                    "kind": "patch",
                    "library": True,
                    "direct": False,
                    "outcomes": outcomes,
                }
        return None

    def by_annotation(self, place: Place, subject: Any = None) -> list[Outcome]:
        """Return what a function says that it gives back; nothing where it does not say."""
        hint = hints_of(place.function).get("return", _NOTHING)
        if hint is _NOTHING or hint is Any:
            return []
        if _is_generic(hint):
            entity = _entity_of(subject)
            if entity is None:
                return []
            hint = _settled(hint, entity)
        return self.proposer.outcomes(hint)

    def _by_name(self, place: Place, asked: Asked) -> list[Outcome]:
        name = place.path.rpartition(".")[2]
        if name in _SILENT and _keeps(asked.subject):
            return [*_assigning(name, asked), {"return": lit(None)}]
        entity, kind = _entity_asked_for(asked)
        if entity is None and name.endswith("_or_404"):
            entity = next((model for item in asked.arguments if is_entity(model := model_of(item))), None)
        chains = self._chains(place, asked)
        if chains is not None:
            paths = [path for path in chains if path] or [[]]
            return [
                {**outcome, "return": {"k": "chain", "path": path, "value": outcome["return"]}} if path else outcome
                for path in paths[:1]
                for outcome in self._asked(path[-1] if path else "all", entity, kind)
            ]
        return self._asked(name, entity, kind, queries=hasattr(asked.subject, "model") or _keeps(asked.subject))

    def _asked(self, name: str, entity: Any, kind: Any, *, queries: bool = False) -> list[Outcome]:
        if name[:1] == "a" and name[1:] in _ASYNC:
            name = name[1:]
        if name in _FLAGS:
            return [{"return": lit(flag)} for flag in (True, False)]
        if (name in _NUMBERS and entity is None) or name == "count":
            return [{"return": lit(1)}, {"return": lit(0)}]
        if queries and name in _COUNTED:
            return [{"return": value} for value in _COUNTED[name]]
        made = self.proposer.outcome(entity) if entity is not None else None
        if kind in (int, float) and name in ("scalar", "scalar_one", "one", "scalar_one_or_none"):
            return [{"return": lit(kind(1))}, {"return": lit(kind(0))}]
        if made is None and kind is not None:
            made = self.proposer.outcome(kind)
        if made is None:
            return []
        if name in _MANY:
            return [self.proposer.listed(made), {"return": {"k": "list", "items": []}}]
        if name in _WITH_FLAG:
            pairs = [{"k": "tuple", "items": [made["return"], lit(flag)]} for flag in (True, False)]
            return [{"return": pair} for pair in pairs]
        if name in _CERTAIN:
            return [made]
        if name in _ONE or name.startswith(_VERBS):
            return [made, {"return": lit(None)}]
        return []

    def _chains(self, place: Place, asked: Asked) -> list[list[str]] | None:
        """Return the calls chained on what a session gives for a statement; None where it gives the thing itself."""
        name = place.path.rpartition(".")[2]
        if name not in ("execute", "exec", "scalars") or asked.caller is None:
            return None
        return self._sources.chains(asked.caller.f_code, asked.line, name)

    def expected(self) -> list[Spec]:
        """Return the exceptions of libraries that the application has handlers for, wherever they come up."""
        if self._expected is None:
            kinds = [kind for kind in self.handled() if not self._is_own(kind) and not _answers(kind)]
            self._expected = [spec for kind in kinds if (spec := exception_spec(kind)) is not None]
        return self._expected

    def _is_own(self, kind: Any) -> bool:
        file = getattr(sys.modules.get(kind.__module__), "__file__", None)
        return file is not None and self._is_application(file)

    def _raised(self, place: Place, asked: Asked, *, library: bool) -> list[Any]:
        caller = asked.caller
        own = [] if library else list(self._raising.of(place.function))
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
        own += [spec for spec in _not_found(place) if spec not in own]
        if library:
            missing = getattr(model_of(place.subject), "DoesNotExist", None)
            if missing is not None and place.path.rpartition(".")[2] in ("get", "earliest", "latest"):
                spec = exception_spec(missing)
                own = [*own, *([spec] if spec else [])]
        return own


_NOTHING = object()


def _answers(kind: Any) -> bool:
    """Tell whether an exception is an answer itself, or says that a request is invalid, or is any exception."""
    names = {each.__name__ for each in kind.__mro__[:-3]}
    return kind in (Exception, BaseException) or any("HTTPException" in name or "Validation" in name for name in names)


def _is_asked(place: Place) -> bool:
    """Tell whether an object that is called says what it gives, as FastAPI's dependencies may; no middleware does."""
    if not place.path.endswith(".__call__"):
        return False
    code = getattr(place.function, "__code__", None)
    names = code.co_varnames[: code.co_argcount] if code is not None else ("scope",)
    return not {"scope", "environ", "get_response"} & set(names) and hints_of(place.function).get("return") is not None


def _is_request(holder: Any) -> bool:
    """Tell whether a class is that of requests: a test sends what they say."""
    kinds = {kind.__name__ for kind in getattr(holder, "__mro__", ())}
    return bool(kinds & {"Request", "HTTPConnection", "HttpRequest"})


def anything(place: Place) -> list[Outcome]:
    """Return the outcome of a library's function of which nothing is known: what it gives is asked what is needed."""
    if place.path.rpartition(".")[2].startswith("_") or _is_request(place.holder) or hasattr(place.holder, "as_view"):
        return []
    return [{"return": {"k": "mock", "of": "", "kw": {}}, "vague": True}]


def _is_of_application(kind: Any, place: Place) -> bool:
    return str(kind.__module__).partition(".")[0] == place.module.partition(".")[0]


def model_of(subject: Any) -> Any:
    """Return the data type that a manager, a query or a serializer is about; None for anything else."""
    for holder in (subject, getattr(subject, "Meta", None)):
        try:
            model = getattr(holder, "model", None)
        except Exception:  # noqa: BLE001, S112 - a property of a library
            continue
        if isinstance(model, type):
            return model
    return None


def _is_step(subject: Any, name: str) -> bool:
    """Tell whether a method is a step of a framework's view: most of them give responses."""
    kind = type(subject)
    if not hasattr(kind, "as_view") or name in ("get_object", "get_queryset"):
        return False
    bases = [
        base for base in kind.__mro__ if base.__module__.partition(".")[0] in ("django", "rest_framework", "flask")
    ]
    return any(name in vars(base) for base in bases)


def _listed(asked: Asked) -> list[Outcome]:
    """Return the query of what a view lists, and the empty one; nothing where nobody knows of what."""
    subject = asked.subject
    model = model_of(getattr(subject, "queryset", None)) or model_of(getattr(subject, "serializer_class", None))
    if not is_entity(model) or not hasattr(model, "objects"):
        return []
    manager = f"{public_module(model)}:{model.__qualname__}.objects"
    return [{"return": {"k": "call", "of": f"{manager}.{name}"}} for name in ("all", "none")]


def asked_model(place: Place) -> str:
    """Return the model that a query of Django is for, as `module:Class`: one query says nothing of another."""
    queries = getattr(sys.modules.get("django.db.models.query"), "QuerySet", None)
    kind = getattr(place.subject, "model", None) if queries is not None and isinstance(place.subject, queries) else None
    return f"{kind.__module__}:{kind.__qualname__}" if isinstance(kind, type) and public_module(kind) else ""


def _keeps(subject: Any) -> bool:
    """Tell whether an object is a session, or a row that saves itself."""
    return hasattr(subject, "_meta") or (hasattr(subject, "commit") and hasattr(subject, "flush"))


def _assigning(name: str, asked: Asked) -> list[Outcome]:
    """Return the outcome that gives an object which is saved its identifier, where a database would."""
    meta = getattr(asked.subject, "_meta", None)
    if name == "save" and meta is not None:
        key = meta.pk.attname
        if getattr(asked.subject, key, 0) is not None or meta.pk.get_internal_type() == "UUIDField":
            return []
        return [{"return": {"k": "assign", "field": key, "value": {"k": "lit", "v": IDENTIFIER}, "self": True}}]
    if name not in ("add", "refresh", "merge") or not asked.arguments:
        return []
    things = [item for item in asked.arguments if item is not asked.subject]
    mapper: Any = getattr(type(things[0]) if things else None, "__mapper__", None)
    for column in getattr(mapper, "primary_key", ()):
        key = mapper.get_property_by_column(column).key
        if len(mapper.primary_key) == 1 and getattr(things[0], key, 0) is None:
            value = {"k": "lit", "v": IDENTIFIER}
            return [{"return": {"k": "assign", "field": key, "value": value}}]
    return []


def opens_transaction(frame: FrameType) -> bool:
    """Tell whether this is where Django begins a transaction: around a request, or in the application's code."""
    return frame.f_code.co_name == "__enter__" and frame.f_globals.get("__name__") == _TRANSACTIONS


def pending(session: Any) -> list[Any]:
    """Return the objects that a session of SQLAlchemy is to insert."""
    try:
        return list(session.new)
    except Exception:  # noqa: BLE001 - not a session
        return []


def _not_found(place: Place) -> list[Spec]:
    """Return what the functions of frameworks raise that look something up or answer 404."""
    name = place.path.rpartition(".")[2]
    if name in ("get_object", "get_object_or_404", "get_list_or_404", "aget_object_or_404") and "django" in sys.modules:
        return [{"k": "call", "of": "django.http:Http404"}]
    if name.endswith("_or_404") and "werkzeug" in sys.modules:
        return [{"k": "call", "of": "werkzeug.exceptions:NotFound"}]
    return []


def _is_generic(hint: Any) -> bool:
    """Tell whether an annotation holds a type variable."""
    return isinstance(hint, TypeVar) or any(map(_is_generic, get_args(hint)))


def _settled(hint: Any, entity: Any) -> Any:
    """Return an annotation with an entity for each type variable."""
    if isinstance(hint, TypeVar):
        return entity
    arguments = tuple(_settled(item, entity) for item in get_args(hint))
    origin = get_origin(hint)
    if not arguments or origin is None:
        return hint
    return Union[arguments] if type(hint).__name__ in ("UnionType", "_UnionGenericAlias") else origin[arguments]


def _entity_of(subject: Any) -> Any:
    """Return what a generic repository is of: by its bases, or by its `model`."""
    kind = subject if isinstance(subject, type) else type(subject)
    for base in (item for each in kind.__mro__ for item in getattr(each, "__orig_bases__", ())):
        for argument in get_args(base):
            if is_entity(argument):
                return argument
    model = model_of(subject)
    return model if model is not None and is_entity(model) else None


def _entity_asked_for(asked: Asked) -> tuple[Any, Any]:
    """Return the data type that a call names, and else the Python type of the column it asks for."""
    model = model_of(asked.subject)
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
    model = model_of(getattr(asked.subject, "queryset", None))
    return (model, None) if model is not None else (None, None)
