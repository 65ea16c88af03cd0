"""Values that break one constraint of a schema each, named, and proved by the checker."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from oagen.scenario.model import Literal, Value
from oagen.scenario.values.breaking import Break, breaks
from oagen.scenario.values.checking import SchemaError
from oagen.scenario.values.examples import ExampleMaker
from oagen.scenario.values.shapes import Choices, shape_of
from oagen.scenario.values.sites import SiteFinder
from oagen.scenario.values.trees import changed, is_value, opened, to_json, to_value
from oagen.spec.model import Location, Parameter, ParameterLocation, Schema

_WRAPPERS = frozenset({"oneOf", "anyOf", "not", "contains"})
_ONE_LINE = frozenset({ParameterLocation.PATH, ParameterLocation.HEADER, ParameterLocation.COOKIE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A whole value that breaks one constraint.

    Attributes:
        pointer: RFC 6901, into the value: what is wrong, missing or too much.
        keyword: The constraint that is broken: `required`, `minimum`, ...
        phrase: Reads after "when": `items[0].quantity is below its minimum`.
        value: The whole value, uniques and captures of the valid one kept in place.
        missing: The parameter is not to be sent at all; `value` is then a null.
    """

    pointer: str
    keyword: str
    phrase: str
    value: Value
    missing: bool = False


def violations(
    maker: ExampleMaker, schema: Schema, valid: Any, *, name: str = "", textual: bool = False
) -> Iterator[Violation]:
    """Yield invalid variants of a body, those that an API most certainly refuses first.

    Each is proved: the checker finds it invalid, by this keyword at this place, and finds nothing else wrong that is
    not a consequence (a text that is too short may break its pattern too).

    Args:
        maker: Its checker proves.
        schema: Of the whole value.
        valid: A valid value: a scenario `Value`, or JSON.
        name: What the value is called in phrases; empty for a body.
        textual: The body is a form, whose members are sent as text (see `parameter_violations`).
    """
    yield from _proved(SiteFinder(maker, textual=textual), schema, valid, name)


def parameter_violations(maker: ExampleMaker, parameter: Parameter) -> Iterator[Violation]:
    """Yield invalid values of a parameter, those that an API most certainly refuses first.

    A parameter is text: what a server can't tell from text is not a violation (a string has no wrong type, an empty
    array is an absent parameter). Parameters with `content` are JSON, and violated as such.
    """
    if parameter.required and parameter.where is not ParameterLocation.PATH:
        yield Violation(
            pointer="", keyword="required", phrase=f"{parameter.name} is missing", value=Literal(None), missing=True
        )
    if parameter.schema is None:
        return
    textual = parameter.media_type is None
    valid = maker.example_for_parameter(parameter)
    sendable = partial(_can_be_sent, where=parameter.where) if textual else lambda _value: True
    yield from _proved(SiteFinder(maker, textual=textual), parameter.schema, valid, parameter.name, sendable)


def _can_be_sent(value: Any, where: ParameterLocation) -> bool:
    """Return whether a value in a parameter arrives as what it is."""
    if value in (None, "", []) or value == {}:
        return False
    if isinstance(value, str) and where in _ONE_LINE:
        return value.isascii() and value.isprintable() and value == value.strip() and "/" not in value
    return True


def _proved(
    finder: SiteFinder,
    schema: Schema,
    valid: Any,
    name: str,
    sendable: Callable[[Any], bool] = lambda _value: True,
) -> Iterator[Violation]:
    checker = finder.maker.checker
    tree = opened(valid) if is_value(valid) else valid
    plain = _grounded(finder.maker, (schema,), tree, name)
    before = {(error.pointer, error.keyword) for error in checker.errors(schema, plain)}
    sites = finder.sites((schema,), plain, name=name, label=name)
    drafts = sorted((draft for site in sites for draft in breaks(site)), key=lambda draft: draft.rank)
    proved: set[tuple[str, str]] = set()
    for draft in drafts:
        if (draft.pointer, draft.phrase) in proved:
            continue
        invalid = changed(plain, draft.path, draft.change)
        if not sendable(invalid):
            continue
        found = checker.errors(schema, invalid)
        errors = [error for error in found if (error.pointer, error.keyword) not in before]
        if errors and all(_is_meant(error, draft) for error in errors):
            proved.add((draft.pointer, draft.phrase))
            yield Violation(
                pointer=draft.pointer,
                keyword=draft.keyword,
                phrase=draft.phrase,
                value=to_value(changed(tree, draft.path, draft.change)),
            )


def _grounded(maker: ExampleMaker, schemas: tuple[Schema, ...], node: Any, name: str) -> Any:
    """Return the JSON value of an opened tree, with examples for what is known only when the test runs."""
    if isinstance(node, dict):
        properties = shape_of(schemas, Choices(0)).properties
        return {key: _grounded(maker, tuple(properties.get(key, ())), member, key) for key, member in node.items()}
    if isinstance(node, list):
        items = tuple(shape_of(schemas, Choices(0)).items)
        return [_grounded(maker, items, item, name) for item in node]
    if is_value(node):
        return to_json(node, unknown=lambda _node: maker.plain(schemas[0], name) if schemas else "captured")
    return node


def _is_meant(error: SchemaError, draft: Break) -> bool:
    """Return whether an error is the one that was drafted, comes of it, or wraps it."""
    place = Location("", "").child(*draft.path).pointer
    if error.keyword in _WRAPPERS:
        return f"{place}/".startswith(f"{error.pointer}/") and _names(error.parts, place, draft.keyword)
    return error.pointer == place and (error.keyword == draft.keyword or error.keyword in draft.consequences)


def _names(errors: Iterable[SchemaError], pointer: str, keyword: str) -> bool:
    return any(
        (error.pointer == pointer and error.keyword == keyword) or _names(error.parts, pointer, keyword)
        for error in errors
    )
