"""The fields of an application's data types: pydantic, dataclasses, SQLAlchemy, Django, attrs, and plain classes."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from typing import Any, NamedTuple

from .places import public_module

MISSING = object()


class Field(NamedTuple):
    """One field of a data type.

    Attributes:
        name: As the constructor takes it.
        kind: Its annotation, or the Python type of a column.
        default: `MISSING` where it must be given.
        examples: Values that the type itself names, and the members of its choices.
        low, high: Bounds of a number, None without.
    """

    name: str
    kind: Any
    default: Any = MISSING
    examples: tuple[Any, ...] = ()
    low: Any = None
    high: Any = None


def is_entity(kind: Any) -> bool:
    """Tell whether a class holds data that can be told field by field."""
    return isinstance(kind, type) and public_module(kind) is not None and fields_of(kind) is not None


def fields_of(kind: Any) -> list[Field] | None:
    """Return the fields that make an instance of a class; None where it is no data type."""
    for reader in (_django, _pydantic, _pydantic_1, _sqlalchemy, _dataclass, _attrs, _named_tuple, _plain):
        fields = reader(kind)
        if fields is not None:
            return fields
    return None


def hints_of(function: Any) -> dict[str, Any]:
    """Return the annotations of a function or class; none where they can't be read."""
    try:
        return typing.get_type_hints(function, include_extras=True)
    except Exception:  # noqa: BLE001 - names that exist for type checkers alone
        return dict(getattr(function, "__annotations__", {}))


def _pydantic(kind: Any) -> list[Field] | None:
    fields = getattr(kind, "model_fields", None)
    if not isinstance(fields, dict) or not hasattr(kind, "model_construct"):
        return None
    by_name = bool(getattr(kind, "model_config", {}).get("populate_by_name"))
    found = []
    for name, info in fields.items():
        alias = info.validation_alias if isinstance(info.validation_alias, str) else info.alias
        default = MISSING if info.is_required() else info.default
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        examples = tuple(info.examples or extra.get("examples") or ())
        low, high = _bounds(info.metadata)
        chosen = alias if alias and not by_name else name
        found.append(Field(chosen, info.annotation, _settled(default), examples, low, high))
    return found


def _bounds(metadata: Any) -> tuple[Any, Any]:
    low = high = None
    for item in metadata or ():
        if getattr(item, "ge", None) is not None:
            low = item.ge
        if getattr(item, "gt", None) is not None and isinstance(item.gt, (int, float)):
            low = item.gt + 1
        if getattr(item, "le", None) is not None:
            high = item.le
        if getattr(item, "lt", None) is not None and isinstance(item.lt, (int, float)):
            high = item.lt - 1
    return low, high


def _settled(default: Any) -> Any:
    return MISSING if type(default).__name__ in ("PydanticUndefinedType", "UndefinedType") else default


def _pydantic_1(kind: Any) -> list[Field] | None:
    fields = getattr(kind, "__fields__", None)
    if not isinstance(fields, dict) or not hasattr(kind, "parse_obj") or hasattr(kind, "model_construct"):
        return None
    return [Field(item.alias, item.outer_type_, MISSING if item.required else item.default) for item in fields.values()]


def _dataclass(kind: Any) -> list[Field] | None:
    if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
        return None
    hints = hints_of(kind)
    found = []
    for item in dataclasses.fields(kind):
        if item.init:
            has_default = item.default is not dataclasses.MISSING or item.default_factory is not dataclasses.MISSING
            found.append(Field(item.name, hints.get(item.name, Any), None if has_default else MISSING))
    return found


def _attrs(kind: Any) -> list[Field] | None:
    members = getattr(kind, "__attrs_attrs__", None)
    if members is None:
        return None
    hints = hints_of(kind)
    return [Field(item.name.lstrip("_"), hints.get(item.name, Any)) for item in members if item.init]


def _named_tuple(kind: Any) -> list[Field] | None:
    names = getattr(kind, "_fields", None)
    if not (isinstance(kind, type) and issubclass(kind, tuple) and names):
        return None
    hints = hints_of(kind)
    return [Field(name, hints.get(name, Any)) for name in names]


def _sqlalchemy(kind: Any) -> list[Field] | None:
    mapper = getattr(kind, "__mapper__", None)
    if mapper is None or not hasattr(mapper, "column_attrs"):
        return None
    hints = hints_of(kind)
    found = [_column(item.key, item.columns[0], hints) for item in mapper.column_attrs]
    try:
        related = [item for item in mapper.relationships if not item.uselist and not item.viewonly]
        found += [Field(item.key, Related(item.mapper.class_), None) for item in related]
    except Exception:  # noqa: BLE001 - mappers that name classes which are nowhere
        return found
    return found


class Related(NamedTuple):
    """The kind of a field that holds a row of another table."""

    entity: Any


def _column(name: str, column: Any, hints: dict[str, Any]) -> Field:
    chosen = getattr(column.type, "enum_class", None)
    members = tuple(getattr(column.type, "enums", ())) if chosen is None else ()
    try:
        python = chosen or column.type.python_type
    except NotImplementedError:
        python = object
    if python is object:  # a type of the application's own, or of an extension
        python = hints.get(name) or getattr(getattr(column.type, "impl", None), "python_type", str)
    if getattr(column.type, "as_uuid", False):
        import uuid

        python = uuid.UUID
    nullable, source = getattr(column, "nullable", False), getattr(column, "default", None)  # an expression has neither
    default = None if nullable and not column.foreign_keys else MISSING
    scalar = getattr(source, "arg", None) if getattr(source, "is_scalar", False) else None
    return Field(name, python, default, (*((scalar,) if scalar is not None else ()), *members))


def _django(kind: Any) -> list[Field] | None:
    meta = getattr(kind, "_meta", None)
    if meta is None or not hasattr(meta, "concrete_fields"):
        return None
    found = []
    for field in meta.concrete_fields:
        default = field.default if field.has_default() and not callable(field.default) else None
        choices = tuple(value for value, _ in (field.flatchoices or ()))
        examples = (*((default,) if default is not None else ()), *choices)
        related = field.related_model if field.is_relation else None
        python = related or _DJANGO.get(field.get_internal_type(), str)
        found.append(Field(field.name, python, None if field.null else MISSING, examples))
    return found


def _django_types() -> dict[str, Any]:
    import datetime as dt
    import decimal
    import uuid

    return {
        **dict.fromkeys(("AutoField", "BigAutoField", "SmallAutoField", "IntegerField", "BigIntegerField"), int),
        **dict.fromkeys(("PositiveIntegerField", "PositiveSmallIntegerField", "SmallIntegerField"), int),
        "PositiveBigIntegerField": int,
        "BooleanField": bool,
        "FloatField": float,
        "DecimalField": decimal.Decimal,
        "DateTimeField": dt.datetime,
        "DateField": dt.date,
        "TimeField": dt.time,
        "DurationField": dt.timedelta,
        "UUIDField": uuid.UUID,
        "BinaryField": bytes,
        "JSONField": dict,
    }


_DJANGO = _django_types()


def _plain(kind: Any) -> list[Field] | None:
    """A class of the application whose constructor says the type of each argument, and does little else."""
    constructor = inspect.getattr_static(kind, "__init__", None)
    if not isinstance(kind, type) or not inspect.isfunction(constructor) or issubclass(kind, BaseException):
        return None
    hints = hints_of(constructor)
    parameters = list(inspect.signature(constructor).parameters.values())[1:]
    if not parameters or any(p.kind in (p.VAR_POSITIONAL, p.POSITIONAL_ONLY) for p in parameters):
        return None
    found = []
    for parameter in parameters:
        if parameter.kind is parameter.VAR_KEYWORD:
            continue
        hint = hints.get(parameter.name)
        if hint is None or not is_scalar(hint):
            return None
        found.append(
            Field(parameter.name, hint, MISSING if parameter.default is parameter.empty else parameter.default)
        )
    return found or None


def is_scalar(kind: Any) -> bool:
    """Tell whether an annotation is of a plain value, or of an optional one."""
    arguments = typing.get_args(kind)
    if arguments:
        return all(item is type(None) or is_scalar(item) for item in arguments)
    return isinstance(kind, type) and kind.__module__ in ("builtins", "datetime", "uuid", "decimal")
