"""One change of a request at a time: a parameter or a member left out, added, or with another value."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice, zip_longest
from typing import Any

from oagen.learn.handlers import HandlerSource
from oagen.learn.memory import Memory
from oagen.scenario import tree
from oagen.scenario.context import DesignContext
from oagen.scenario.model import Argument, Capture, Literal, Request, Value
from oagen.scenario.requests import chosen_content, is_set_apart
from oagen.spec.model import SAFE_METHODS, Operation, Parameter, ParameterLocation, Schema

_QUOTED = re.compile(r"[`'\"\u201c\u2018]([\w.:/*-]{1,40})[`'\"\u201d\u2019]")
_MOST_WORDS = 6
_MOST_SEEN = 2
_MOST_CHOICES = 6
_LONGEST_SHOWN = 24
_DEEPEST = 2


def _nothing_plainer() -> Iterator[Change]:
    return iter(())


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a request.

    Attributes:
        phrase: Reads after `with` or `when` in a title: `limit 0`, `name left out`.
        place: What it changes; two changes of one place exclude each other.
        of: Returns the changed request.
        plainer: Makes the same change with plainer values.
    """

    phrase: str
    place: tuple[str | int, ...]
    of: Callable[[Request], Request]
    plainer: Callable[[], Iterator[Change]] = _nothing_plainer


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an operation beside its document."""

    memory: Memory
    source: HandlerSource


def changes(design: DesignContext, operation: Operation, request: Request, known: Known) -> Iterator[Change]:
    """Yield changes of an operation's valid request, of each place one after the other, the most telling first."""
    parameters = [item for item in operation.parameters if not is_set_apart(item)]
    places = [
        *(_of_parameter(design, operation, item, request, known) for item in parameters),
        *_of_members(design, operation, request, known),
    ]
    for turn in zip_longest(*places):
        yield from (change for change in turn if change is not None)


def _of_parameter(
    design: DesignContext, operation: Operation, parameter: Parameter, request: Request, known: Known
) -> Iterator[Change]:
    place = (parameter.where.value, parameter.name)
    now = next(
        (item for item in request.arguments if (item.name, item.where) == (parameter.name, parameter.where)), None
    )
    in_path = parameter.where is ParameterLocation.PATH
    if now is None:
        yield _argument(design, parameter, place, f"{parameter.name}", None)
    elif not in_path:
        yield Change(f"{parameter.name} left out", place, lambda request: _without(request, parameter))
    described = [example.value for example in parameter.examples], _words(parameter.description)
    values = _values(design, parameter.schema, parameter.name, known, documented=chain(*described))
    for value, told in values if not in_path or operation.method in SAFE_METHODS else ():
        if not in_path or (value not in (None, "") and not isinstance(value, (dict, list))):
            yield _argument(design, parameter, place, f"{parameter.name} {told}", value)


def _argument(
    design: DesignContext, parameter: Parameter, place: tuple[str | int, ...], phrase: str, value: Any
) -> Change:
    argument: Argument = design.requests.argument(parameter, None if value is None else Literal(value))

    def changed(request: Request) -> Request:
        kept = _without(request, parameter).arguments
        return replace(request, arguments=(*kept, argument))

    return Change(phrase, place, changed)


def _without(request: Request, parameter: Parameter) -> Request:
    kept = (item for item in request.arguments if (item.name, item.where) != (parameter.name, parameter.where))
    return replace(request, arguments=tuple(kept))


def _of_members(design: DesignContext, operation: Operation, request: Request, known: Known) -> list[Iterator[Change]]:
    content = chosen_content(operation.request_body)
    body = request.body
    if body is None or body.raw or content is None or content.schema is None:
        return []
    return list(_of_object(design, content.schema, body.value, (), known))


def _of_object(
    design: DesignContext, schema: Schema, value: Value, path: tree.Path, known: Known
) -> Iterator[Iterator[Change]]:
    shape = design.shapes.of(schema)
    present = dict(tree.members(value))
    for name, inner in shape.members.items():
        yield _of_member(design, inner, (*path, name), present.get(name), known)
    for name, member in present.items():
        if len(path) < _DEEPEST and name in shape.members and (tree.members(member) or member == Literal({})):
            yield from _of_object(design, shape.members[name], member, (*path, name), known)


def _of_member(
    design: DesignContext, schema: Schema, path: tree.Path, now: Value | None, known: Known
) -> Iterator[Change]:
    name = ".".join(map(str, path))
    place = ("body", *path)
    if now is None:
        yield put_at(path, f"{name}", design.examples.example(schema, name=str(path[-1])))
    else:
        yield Change(f"{name} left out", place, lambda request: dropped(request, path))
    if isinstance(now, Capture):
        return
    for value, told in _values(design, schema, str(path[-1]), known):
        if now != Literal(value):
            yield put_at(path, f"{name} {told}", Literal(value))


def put_at(path: tree.Path, phrase: str, value: Value) -> Change:
    """Return the change that puts a value at a place of the body."""

    def changed(request: Request) -> Request:
        body = request.body
        if body is None or body.raw or tree.at(body.value, path[:-1]) is None:
            return request
        return replace(request, body=replace(body, value=tree.put(body.value, path, value)))

    return Change(phrase, ("body", *path), changed)


def dropped(request: Request, path: tree.Path) -> Request:
    """Return the request without what stands at a place of its body."""
    body = request.body
    if body is None or body.raw or tree.at(body.value, path) is None:
        return request
    return replace(request, body=replace(body, value=tree.drop(body.value, path)))


def _values(
    design: DesignContext,
    schema: Schema | None,
    name: str,
    known: Known,
    *,
    documented: Iterator[Any] | None = None,
) -> Iterator[tuple[Any, str]]:
    """Yield values for a place with what a title calls each: what the source and the document name, what was there."""
    keywords = design.shapes.of(schema).keywords if schema is not None else {}
    listed = [item for key in ("enum", "examples") if isinstance(keywords.get(key), list) for item in keywords[key]]
    named = [keywords[key] for key in ("default", "example", "minimum", "maximum") if key in keywords]
    words = _words(str(keywords.get("description", "")))
    yielded: list[str] = []
    for value in (*known.source.values(name), *(documented or ()), *listed[:_MOST_CHOICES], *named, *words):
        if repr(value) not in yielded:
            yielded.append(repr(value))
            yield value, shown(value)
    for value in islice(known.memory.values(name, there=True), _MOST_SEEN):
        if repr(value) not in yielded and not isinstance(value, (dict, list)):
            yielded.append(repr(value))
            yield value, "as it is elsewhere"


def _words(description: str) -> list[str]:
    """Return the words that a description quotes, a few: many a one lists the values that are allowed."""
    return list(dict.fromkeys(_QUOTED.findall(description)))[:_MOST_WORDS]


def shown(value: Any) -> str:
    """Return what a title calls a value: short, and nothing that does not show."""
    match value:
        case "":
            return "empty"
        case None:
            return "null"
        case bytes():
            return "of bytes"
        case True | False:
            return str(value).lower()
        case {} | []:
            return "an empty object" if isinstance(value, dict) else "an empty array"
        case dict() | list():
            text = json.dumps(value)
            kind = "an object" if isinstance(value, dict) else "an array"
            return text if len(text) <= _LONGEST_SHOWN else kind
    text = str(value)
    if not text.isprintable():
        return "of unusual characters"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
