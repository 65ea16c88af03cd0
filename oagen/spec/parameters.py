"""Parameters as lists: those of the path item and of the operation together, checked against the path template."""

from __future__ import annotations

import re

from oagen.spec.diagnostics import quoted
from oagen.spec.model import Location, Parameter, ParameterLocation, Schema, Style
from oagen.spec.nodes import Node, Nodes

_TEMPLATE_NAME = re.compile(r"\{([^{}]+)\}")
_STYLES = {
    ParameterLocation.PATH: (Style.SIMPLE, Style.LABEL, Style.MATRIX),
    ParameterLocation.QUERY: (Style.FORM, Style.SPACE_DELIMITED, Style.PIPE_DELIMITED, Style.DEEP_OBJECT),
    ParameterLocation.HEADER: (Style.SIMPLE,),
    ParameterLocation.COOKIE: (Style.FORM, Style.COOKIE),
    ParameterLocation.QUERYSTRING: (Style.FORM,),
}
_IGNORED_HEADERS = ("accept", "content-type", "authorization")  # OpenAPI 3.2, Parameter Object, `name`


def merged(nodes: Nodes, lists: list[Node]) -> list[Node]:
    """Return the parameters of a path item and an operation; the operation's win (same name and place).

    Args:
        nodes: Follows references.
        lists: The path item's list, then the operation's.

    Raises:
        Unusable: One is no object, or its reference leads nowhere.
    """
    found: dict[tuple[str, str], Node] = {}
    for holder in lists:
        here: set[tuple[str, str]] = set()
        for item in nodes.items(holder, "a list of parameters"):
            node = nodes.follow(item, "a parameter")
            name, where = node.value.get("name"), node.value.get("in")
            if not isinstance(name, str) or not name:
                nodes.faults.warn(f"a parameter needs a name, not {quoted(name)}; it is left out", node.location)
                continue
            key = (name.lower() if where == "header" else name, str(where))
            if key in here:
                message = f"the {where} parameter {quoted(name)} stands twice, the first one counts"
                nodes.faults.warn(message, item.location)
                continue
            here.add(key)
            found[key] = node
    return [node for (name, where), node in found.items() if where != "header" or name not in _IGNORED_HEADERS]


def style_of(nodes: Nodes, node: Node, where: ParameterLocation) -> Style:
    """Return the style of a parameter, the default of its place where none or a wrong one is given."""
    allowed = _STYLES[where]
    style = node.value.get("style")
    if style is None or style in list(allowed):
        return Style(style) if style else allowed[0]
    message = f"a {where} parameter can't have the style {quoted(style)}; {allowed[0].value!r} is used"
    nodes.faults.warn(message, node.location.child("style"))
    return allowed[0]


def matched_to_template(
    nodes: Nodes, path: str, parameters: tuple[Parameter, ...], location: Location
) -> tuple[Parameter, ...]:
    """Return the parameters with exactly one for each name in the path template.

    A name without a parameter gets one of type string, a path parameter whose name is not in the template is dropped;
    both with a warning.
    """
    written = _TEMPLATE_NAME.findall(path)
    names = dict.fromkeys(written)
    for name in names:
        if written.count(name) > 1:
            message = f"{quoted(name)} stands twice in the path {quoted(path)}; both get the same value"
            nodes.faults.warn(message, location)
    kept = []
    for parameter in parameters:
        if parameter.where is ParameterLocation.PATH and parameter.name not in names:
            message = f"the path parameter {quoted(parameter.name)} is not in the path {quoted(path)}; it is left out"
            nodes.faults.warn(message, parameter.location)
        else:
            kept.append(parameter)
    declared = {parameter.name for parameter in kept if parameter.where is ParameterLocation.PATH}
    for name in names:
        if name not in declared:
            message = f"the path parameter {quoted(name)} is not declared; it is taken for a string"
            nodes.faults.warn(message, location, hint="declare it with `in: path`")
            kept.append(
                Parameter(
                    name=name,
                    where=ParameterLocation.PATH,
                    required=True,
                    style=Style.SIMPLE,
                    explode=False,
                    schema=Schema({"type": "string"}, location, nodes.resolver),
                    location=location,
                )
            )
    return tuple(kept)
