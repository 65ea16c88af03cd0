"""What the documents of every dialect say about responses: status keys, headers and links."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from oagen.errors import DocumentError
from oagen.spec.diagnostics import Unusable, quoted
from oagen.spec.model import Header, Link, Location
from oagen.spec.nodes import Node, Nodes
from oagen.spec.sources import is_url

_STATUS = re.compile(r"[1-5]([0-9]{2}|XX)|DEFAULT")


def status_of(key: str, location: Location) -> str:
    """Return a status key as the model spells it: `404`, `4XX`, `default`.

    Raises:
        Unusable: It is none (OpenAPI 3.2, Patterned Fields of the Responses Object).
    """
    upper = key.upper()
    if not _STATUS.fullmatch(upper):
        hint = "a status is 100 to 599, a range such as 4XX, or default"
        raise Unusable(f"{quoted(key)} is not a status code", location, hint=hint)
    return "default" if upper == "DEFAULT" else upper


class LinkTargets:
    """Finds the operation that a link names.

    Args:
        by_id: Operation key by operation id.
        by_location: Operation key by the place of the operation.
    """

    def __init__(self, by_id: Mapping[str, str], by_location: Mapping[Location, str]) -> None:
        self._by_id = by_id
        self._by_location = by_location

    def find(self, nodes: Nodes, link: Node) -> str | None:
        """Return the key of the operation, or None with a warning."""
        name = link.value.get("operationId")
        if isinstance(name, str):
            if name in self._by_id:
                return self._by_id[name]
            nodes.faults.warn(f"no operation has the id {quoted(name)}; this link leads nowhere", link.location)
            return None
        reference = link.value.get("operationRef")
        if isinstance(reference, str) and not is_url(reference):  # another API's operations are not ours to test
            try:
                _, location = nodes.resolver.resolve(reference, link.location)
            except DocumentError as error:
                nodes.faults.warn(f"{error.message}; this link leads nowhere", link.location)
                return None
            if location in self._by_location:
                return self._by_location[location]
        nodes.faults.warn("this link names no operation of this description", link.location)
        return None


def read_links(nodes: Nodes, node: Node, targets: LinkTargets) -> tuple[Link, ...]:
    """Return the links of a response (OpenAPI 3.2, Link Object)."""
    found = []
    for name, child in nodes.members(node, "a map of links"):
        try:
            link = nodes.follow(child, "a link")
        except Unusable as fault:
            nodes.faults.warn(f"{fault.message}; this link is left out", fault.location)
            continue
        parameters = tuple((key, value.value) for key, value in nodes.members(link.child("parameters"), "a map"))
        found.append(
            Link(
                name=name,
                target=targets.find(nodes, link),
                parameters=parameters,
                request_body=link.value.get("requestBody"),
                location=link.location,
            )
        )
    return tuple(found)


def read_headers(nodes: Nodes, node: Node, schema_of: Any) -> tuple[Header, ...]:
    """Return the headers of a response; `Content-Type` is described by the media types alone.

    Args:
        nodes: Follows references.
        node: The map of headers.
        schema_of: Returns the schema of one header's node.
    """
    found = []
    for name, child in nodes.members(node, "a map of headers"):
        if name.lower() == "content-type":
            continue
        try:
            header = nodes.follow(child, "a header")
        except Unusable as fault:
            nodes.faults.warn(f"{fault.message}; this header is left out", fault.location)
            continue
        found.append(
            Header(
                name=name,
                required=header.flag("required"),
                schema=schema_of(header),
                description=header.text("description"),
                location=header.location,
            )
        )
    return tuple(found)
