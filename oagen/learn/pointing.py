"""Parameters that point at something without their name saying at what: identifiers in a list, names of members.

`DELETE /themes?q=[7, 8]` takes identifiers of the collection that its path is about, and
`GET /themes/related/{column_name}` the name of a member of what is collected there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from oagen.scenario import tree
from oagen.scenario.context import DesignContext
from oagen.scenario.model import Given, Literal, Request
from oagen.scenario.nouns import is_opaque, phrase, words
from oagen.scenario.resources import normal_path
from oagen.scenario.shapes import Shape, answer_schema
from oagen.scenario.techniques.missing import unknown_value
from oagen.spec.model import Operation, Parameter, ParameterLocation, Schema

_MEMBER_WORDS = frozenset({"column", "field", "property", "attribute", "member"})
_MOST_NAMES = 12
_DEEPEST = 3  # outer objects around what is collected: `{"result": [...]}`


def with_listed_identifiers(
    design: DesignContext, operation: Operation
) -> Iterator[tuple[str, tuple[Given, ...], Request]]:
    """Yield an operation's valid request with a list of the identifiers of what was just made where one fits.

    Each comes with what a title calls it, and with the steps it needs.
    """
    for parameter in _lists(design, operation):
        key = _collected(design, operation)
        if key is None:
            return
        setup = design.setup()
        prepared = setup.prepared(operation)
        identifier = setup.identifier(key)
        if identifier is None or key not in setup.made:
            return
        argument = design.requests.argument(parameter, tree.array((identifier,)))
        kept = (item for item in prepared.request.arguments if item.name != parameter.name)
        made = phrase(setup.resources[key])
        yield (
            f"with the {made}'s identifier in {parameter.name}",
            tuple(setup.given),
            replace(prepared.request, arguments=(*kept, argument)),
        )


def with_unknown_in_list(design: DesignContext, operation: Operation) -> Iterator[tuple[str, Request]]:
    """Yield an operation's valid request with a list of an identifier that nothing has, and what a title calls it."""
    request = design.prepared(operation).request
    for parameter in _lists(design, operation):
        items = design.shapes.of(parameter.schema).items if parameter.schema is not None else None
        unknown = unknown_value(design, replace(parameter, schema=items, examples=()))
        argument = design.requests.argument(parameter, tree.array((unknown,)))
        kept = (item for item in request.arguments if item.name != parameter.name)
        yield f"when what {parameter.name} lists is unknown", replace(request, arguments=(*kept, argument))


def with_member_names(design: DesignContext, operation: Operation) -> Iterator[tuple[str, Request]]:
    """Yield an operation's valid request with names of members of what it is about, and what a title calls each."""
    request = design.prepared(operation).request
    for index, argument in enumerate(request.arguments):
        if argument.where is not ParameterLocation.PATH or is_opaque(argument.name):
            continue
        if _MEMBER_WORDS.intersection(words(argument.name)):
            for name in _member_names(design, operation):
                arguments = list(request.arguments)
                arguments[index] = replace(argument, value=Literal(name))
                yield f"with {argument.name} {name}", replace(request, arguments=tuple(arguments))


def _lists(design: DesignContext, operation: Operation) -> Iterator[Parameter]:
    """Yield the query parameters that take a list of numbers or texts, and whose name does not say of what."""
    for parameter in operation.parameters:
        if parameter.where is not ParameterLocation.QUERY or parameter.schema is None:
            continue
        items = design.shapes.of(parameter.schema).items
        if items is None or (len(words(parameter.name)) > 1 and not is_opaque(parameter.name)):
            continue
        shape = design.shapes.of(items)
        if shape.is_scalar and "enum" not in shape.keywords and "boolean" not in shape.types:
            yield parameter


def _collected(design: DesignContext, operation: Operation) -> str | None:
    """Return the key of what an operation's path collects: `/themes/{}` for `/themes` and for `/themes/export`."""
    path = normal_path(operation.path)
    for collection in (path, path.rpartition("/")[0]):
        if collection and not collection.endswith("}") and design.producers.makes(f"{collection}/{{}}"):
            return f"{collection}/{{}}"
    return None


def _member_names(design: DesignContext, operation: Operation) -> list[str]:
    """Return names of members of what the nearest collection above an operation's path holds, those of objects first.

    Objects and lists are what is related to it; then come the plain ones, the two kinds in turn.
    """
    path = normal_path(operation.path)
    while "/" in path.strip("/"):
        path = path.rpartition("/")[0]
        members = dict(_members_at(design, path))
        if members:
            compound = [name for name, shape in members.items() if shape.types & {"object", "array"}]
            plain = [name for name in members if name not in compound]
            mixed = [name for pair in zip(compound, plain, strict=False) for name in pair]
            rest = [name for name in (*compound, *plain) if name not in mixed]
            return [*mixed, *rest][:_MOST_NAMES]
    return []


def _members_at(design: DesignContext, path: str) -> Iterator[tuple[str, Shape]]:
    """Yield the members of what is sent to a collection, or shown by it."""
    operations = design.producers.at(path)
    schema = answer_schema(operations["GET"]) if "GET" in operations else None
    for _ in range(_DEEPEST):
        shape = design.shapes.of(schema) if schema is not None else None
        if shape is None:
            return
        if shape.items is not None:
            yield from (
                (name, design.shapes.of(inner)) for name, inner in design.shapes.of(shape.items).members.items()
            )
            return
        lists = [inner for inner in shape.members.values() if _holds_objects(design, inner)]
        schema = lists[0] if lists else None


def _holds_objects(design: DesignContext, schema: Schema) -> bool:
    items = design.shapes.of(schema).items
    return items is not None and bool(design.shapes.of(items).members)
