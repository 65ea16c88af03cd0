"""Whether a value is valid against a schema, and if not why."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache, partial
from typing import Any

from oagen.scenario.values.discriminators import chosen, discriminator_of
from oagen.scenario.values.formats import conforms
from oagen.scenario.values.json_types import JsonTypes
from oagen.scenario.values.patterns import matcher, matches
from oagen.scenario.values.references import Placed, PlacedResolver
from oagen.spec.model import Location, ReferenceResolver, Schema


class Direction(enum.Enum):
    """Which way a value travels; the value is the keyword of properties that do not (OpenAPI 3.0, Schema Object)."""

    REQUEST = "readOnly"
    RESPONSE = "writeOnly"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaError:
    """One way in which a value breaks its schema.

    Attributes:
        pointer: RFC 6901, into the value.
        keyword: The keyword that is broken; `false` where the schema is `false`.
        location: Place of that keyword, as reached from the checked schema (references in it are passed through).
        parts: Of `oneOf`, `anyOf` and the like: what each branch had against the value.
    """

    pointer: str
    keyword: str
    location: Location
    message: str
    parts: tuple[SchemaError, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Unchecked:
    """A keyword that can't be checked, since the schema is broken there."""

    keyword: str
    reason: str


class SchemaChecker:
    """Checks values against schemas where they stand, in documents of any number of files.

    A keyword that can't be checked (a broken reference, `required: true`, an unknown type) is taken as satisfied and
    listed in `unchecked`. Validators are kept by the schema's place.

    Args:
        resolver: Follows references; the one of the API description.
        direction: Values of requests lack `readOnly` properties, those of responses `writeOnly` ones.
    """

    def __init__(self, resolver: ReferenceResolver, direction: Direction = Direction.REQUEST) -> None:
        self.resolver = resolver
        self.direction = direction
        self._unchecked: set[Unchecked] = set()
        self._validators: dict[Location, Any] = {}
        self._found: dict[tuple[str, str], Placed] = {}
        self._validator_class: Any = None
        self._active: set[tuple[int, int]] = set()

    @property
    def unchecked(self) -> tuple[Unchecked, ...]:
        """What could not be checked so far, sorted."""
        return tuple(sorted(self._unchecked))

    def errors(self, schema: Schema, value: Any) -> list[SchemaError]:
        """Return every way in which a JSON value breaks a schema; empty for a valid one."""
        try:
            found = list(self._validator(schema).iter_errors(value))
        except RecursionError:
            self._unchecked.add(Unchecked("$ref", f"{schema.location} refers to itself without end"))
            return []
        return [_schema_error(error, schema.location) for error in found]

    def is_valid(self, schema: Schema, value: Any) -> bool:
        """Return whether a JSON value satisfies a schema, as far as it can be checked."""
        if isinstance(schema.raw, bool):
            return schema.raw
        try:
            return next(iter(self._validator(schema).iter_errors(value)), None) is None
        except RecursionError:
            self._unchecked.add(Unchecked("$ref", f"{schema.location} refers to itself without end"))
            return True

    def _validator(self, schema: Schema) -> Any:
        validator = self._validators.get(schema.location)
        if validator is None:
            if self._validator_class is None:
                self._validator_class = self._make_validator_class()
            raw = schema.raw if isinstance(schema.raw, Mapping | bool) else True
            validator = self._validator_class(
                raw,
                format_checker=_format_checker(),
                _resolver=PlacedResolver(self.resolver, schema.location, self._found),
            )
            self._validators[schema.location] = validator
        return validator

    def _make_validator_class(self) -> Any:
        from jsonschema import Draft202012Validator, validators

        extend: Callable[..., Any] = validators.extend

        keywords: dict[str, Any] = dict(Draft202012Validator.VALIDATORS)
        keywords |= {
            "pattern": _pattern,
            "patternProperties": _pattern_properties,
            "multipleOf": _multiple_of,
            "required": partial(_required, self.direction),
            "oneOf": partial(_branches, self.direction, keywords["oneOf"]),
            "anyOf": partial(_branches, self.direction, keywords["anyOf"]),
            "$ref": self._reference,
            "$dynamicRef": self._reference,
        }
        guarded = {name: partial(self._guard, name, check) for name, check in keywords.items()}
        return extend(Draft202012Validator, guarded, type_checker=JsonTypes())

    def _reference(self, validator: Any, reference: Any, instance: Any, _schema: Any) -> list[Any]:
        """Check what a reference points at, unless that is being done for this very instance already: a loop."""
        placed = validator._resolver.lookup(reference)  # noqa: SLF001 - the resolver given to the validator
        key = (id(placed.contents), id(instance))
        if key in self._active:
            self._unchecked.add(Unchecked("$ref", f"{reference} refers to itself without end"))
            return []
        self._active.add(key)
        try:
            return list(validator.descend(instance, placed.contents, resolver=placed.resolver))
        finally:
            self._active.discard(key)

    def _guard(self, keyword: str, check: Callable[..., Any], validator: Any, value: Any, *rest: Any) -> Iterator[Any]:
        try:
            yield from check(validator, value, *rest) or ()
        except RecursionError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a broken schema makes the validator raise
            reason = str(error.args[0] if error.args else value)[:200]
            self._unchecked.add(Unchecked(keyword, f"{type(error).__name__}: {reason}"))


def _schema_error(error: Any, base: Location) -> SchemaError:
    pointer = Location("", "").child(*error.absolute_path).pointer
    location = base.child(*error.absolute_schema_path)
    parts = tuple(_schema_error(part, base) for part in error.context or ())
    keyword = "false" if error.schema is False else error.validator
    return SchemaError(pointer=pointer, keyword=keyword, location=location, message=error.message, parts=parts)


@lru_cache(maxsize=1)
def _format_checker() -> Any:
    from jsonschema import FormatChecker

    from oagen.scenario.values.formats import FORMATS, INTEGER_RANGES

    checker = FormatChecker(formats=())
    checker.checkers = {name: (partial(conforms, name), ()) for name in (*FORMATS, *INTEGER_RANGES)}
    return checker


def _failure(message: str, path: tuple[str, ...] = (), keyword: str | None = None) -> Any:
    from jsonschema import ValidationError

    options: dict[str, Any] = {} if keyword is None else {"validator": keyword}
    return ValidationError(message, path=path, **options)


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[Any]:
    if isinstance(instance, str) and not matches(pattern, instance):
        yield _failure(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(validator: Any, patterns: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    if not isinstance(instance, Mapping):
        return
    for pattern, schema in patterns.items():
        search = matcher(pattern)
        for name, value in instance.items():
            if search is not None and search(name):
                yield from validator.descend(value, schema, path=name, schema_path=pattern)


def _multiple_of(validator: Any, divisor: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    """Check in decimal arithmetic, since 0.3 is a multiple of 0.1 to the reader of a document."""
    if not validator.is_type(instance, "number"):
        return
    try:
        rest = Decimal(str(instance)) % Decimal(str(divisor))
    except InvalidOperation:
        return
    if rest:
        yield _failure(f"{instance!r} is not a multiple of {divisor!r}")


def _branches(  # noqa: PLR0917 - jsonschema's arguments after our own
    direction: Direction, check: Callable[..., Any], validator: Any, branches: Any, instance: Any, schema: Any
) -> Iterator[Any]:
    """Check the branch that the discriminator names, where it names one, else as JSON Schema has it.

    A request whose discriminator has a value outside the mapping is wrong, whatever branch it would satisfy.
    """
    index = chosen(schema, branches, instance)
    if index is not None:
        yield from validator.descend(instance, branches[index], schema_path=index)
        return
    found = discriminator_of(schema)
    tag = instance.get(found[0]) if found and found[1] and isinstance(instance, Mapping) else None
    if found and isinstance(tag, str) and direction is Direction.REQUEST and tag not in found[1]:
        yield _failure(f"{tag!r} is not a value of the discriminator", path=(found[0],), keyword="discriminator")
    else:
        yield from check(validator, branches, instance, schema)


def _required(direction: Direction, validator: Any, names: Any, instance: Any, schema: Any) -> Iterator[Any]:
    if not isinstance(instance, Mapping) or isinstance(names, str):
        return
    for name in names:
        if name not in instance and not _is_left_out(validator._resolver, schema, name, direction.value):  # noqa: SLF001
            yield _failure(f"{name!r} is a required property")


def _is_left_out(resolver: PlacedResolver, schema: Any, name: str, keyword: str, depth: int = 4) -> bool:
    """Return whether a schema, or one that it is composed of, declares a property with this keyword."""
    if not isinstance(schema, Mapping) or not depth:
        return False
    properties = schema.get("properties")
    declared = properties.get(name) if isinstance(properties, Mapping) else None
    if isinstance(declared, Mapping):
        if declared.get(keyword) is True:
            return True
        if isinstance(declared.get("$ref"), str):
            target = resolver.lookup(declared["$ref"]).contents
            if isinstance(target, Mapping) and target.get(keyword) is True:
                return True
    for part in schema.get("allOf") or ():
        if _is_left_out(resolver, part, name, keyword, depth - 1):
            return True
    if isinstance(schema.get("$ref"), str):
        found = resolver.lookup(schema["$ref"])
        return _is_left_out(found.resolver, found.contents, name, keyword, depth - 1)
    return False
