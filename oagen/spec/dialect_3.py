"""Parameters, bodies and responses as OpenAPI 3.0, 3.1 and 3.2 write them."""

from __future__ import annotations

from oagen.spec.diagnostics import Unusable, quoted
from oagen.spec.model import (
    Location,
    MediaType,
    Parameter,
    ParameterLocation,
    PropertyEncoding,
    RequestBody,
    Response,
    Schema,
    SecurityScheme,
    Server,
    Style,
)
from oagen.spec.nodes import Node, Nodes
from oagen.spec.parameters import merged, style_of
from oagen.spec.responses import LinkTargets, read_headers, read_links, status_of
from oagen.spec.security import read_schemes
from oagen.spec.servers import read_servers

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class Dialect3:
    """Reads one document's operations; what several of them share is read once.

    Args:
        nodes: Follows references.
        root: The root document.
        version: `3.0`, `3.1` or `3.2`.
    """

    def __init__(self, nodes: Nodes, root: Node, version: str) -> None:
        self._nodes = nodes
        self._root = root
        self._version = version
        self.methods: tuple[str, ...] = (*_METHODS, "query") if version == "3.2" else _METHODS
        self._parameters: dict[Location, Parameter] = {}
        self._responses: dict[tuple[str, Location], Response] = {}

    def components(self) -> list[tuple[str, Node]]:
        """Return the named schemas of the root document."""
        place = self._root.child("components").child("schemas")
        return list(self._nodes.members(place, "a map of schemas"))

    def security_schemes(self) -> tuple[SecurityScheme, ...]:
        """Return the declared security schemes."""
        return read_schemes(self._nodes, self._root.child("components").child("securitySchemes"))

    def servers(self) -> tuple[Server, ...]:
        """Return the servers of the root."""
        return read_servers(self._nodes, self._root.child("servers"))

    def inputs(self, lists: list[Node], operation: Node) -> tuple[tuple[Parameter, ...], RequestBody | None]:
        """Return the parameters and the request body of an operation.

        Raises:
            Unusable: One of them can't be read, so that no request can be made.
        """
        parameters = []
        for node in merged(self._nodes, lists):
            known = self._parameters.get(node.location)
            if known is None:
                known = self._parameters[node.location] = self._parameter(node)
            parameters.append(known)
        body = operation.child("requestBody")
        return tuple(parameters), None if body.value is None else self._body(self._nodes.follow(body, "a request body"))

    def responses(self, operation: Node, targets: LinkTargets) -> tuple[Response, ...]:
        """Return the documented responses; one that can't be read is left out with a warning."""
        found: dict[str, Response] = {}
        for key, child in self._nodes.members(operation.child("responses"), "a map of responses", extensible=True):
            try:
                status = status_of(key, child.location)
                node = self._nodes.follow(child, "a response")
            except Unusable as fault:
                self._nodes.faults.warn(f"{fault.message}; this response is left out", fault.location, hint=fault.hint)
                continue
            if status in found:
                self._nodes.faults.warn(f"the status {status} stands twice, the last one counts", child.location)
            known = self._responses.get((status, node.location))
            if known is None:
                known = self._responses[status, node.location] = self._response(status, node, targets)
            found[status] = known
        return tuple(found.values())

    def _parameter(self, node: Node) -> Parameter:
        name, place = node.value["name"], node.value.get("in")
        try:
            where = ParameterLocation(place)
        except ValueError:
            raise Unusable(f"a parameter can't be in {quoted(place)}", node.location) from None
        required = node.flag("required")
        if where is ParameterLocation.PATH and not required:
            self._nodes.faults.warn(f"the path parameter {quoted(name)} has to be required", node.location)
            required = True
        media = next(iter(self._content(node.child("content"))), None)
        schema = media.schema if media else self._nodes.schema(node.child("schema"))
        if media is None and schema is None:
            self._nodes.faults.warn(f"the parameter {quoted(name)} has no schema", node.location)
        style = style_of(self._nodes, node, where)
        return Parameter(
            name=name,
            where=where,
            required=required,
            schema=schema,
            media_type=media.name if media else None,
            style=style,
            explode=node.flag("explode", default=style in (Style.FORM, Style.COOKIE) and media is None),
            allow_reserved=node.flag("allowReserved"),
            allow_empty_value=node.flag("allowEmptyValue"),
            deprecated=node.flag("deprecated"),
            description=node.text("description"),
            examples=self._nodes.examples(node) or (media.examples if media else ()),
            location=node.location,
        )

    def _body(self, node: Node) -> RequestBody:
        media = self._content(node.child("content"))
        if not media:
            self._nodes.faults.warn("a request body without content: its media type is not known", node.location)
        return RequestBody(
            required=node.flag("required"), content=media, description=node.text("description"), location=node.location
        )

    def _response(self, status: str, node: Node, targets: LinkTargets) -> Response:
        return Response(
            status=status,
            description=node.text("description"),
            headers=read_headers(self._nodes, node.child("headers"), self._header_schema),
            content=self._content(node.child("content")),
            links=read_links(self._nodes, node.child("links"), targets),
            location=node.location,
        )

    def _header_schema(self, header: Node) -> Schema | None:
        if "content" in header.value:
            media = self._content(header.child("content"))
            return media[0].schema if media else None
        return self._nodes.schema(header.child("schema"))

    def _content(self, node: Node) -> tuple[MediaType, ...]:
        found = []
        for name, child in self._nodes.members(node, "a map of media types"):
            try:
                media = self._media(child)
            except Unusable as fault:
                self._nodes.faults.warn(f"{fault.message}; this media type is left out", fault.location)
                continue
            found.append(
                MediaType(
                    name=name,
                    schema=self._nodes.schema(media.child("schema")),
                    item_schema=self._nodes.schema(media.child("itemSchema")) if self._version == "3.2" else None,
                    examples=self._nodes.examples(media),
                    encodings=self._encodings(media.child("encoding")),
                    location=media.location,
                )
            )
        return tuple(found)

    def _media(self, node: Node) -> Node:
        if node.value is None:  # `application/json:` with nothing below is often written for "no schema"
            return Node({}, node.location)
        return self._nodes.follow(node, "a media type")

    def _encodings(self, node: Node) -> tuple[PropertyEncoding, ...]:
        found = []
        for name, encoding in self._nodes.members(node, "a map of encodings"):
            if not isinstance(encoding.value, dict):
                self._nodes.faults.warn(f"this should be an encoding, not {quoted(encoding.value)}", encoding.location)
                continue
            style = encoding.value.get("style")
            types = encoding.text("contentType").split(",")
            found.append(
                PropertyEncoding(
                    name=name,
                    content_types=tuple(text.strip() for text in types if text.strip()),
                    style=Style(style) if style in list(Style) else None,
                    explode=encoding.flag("explode") if "explode" in encoding.value else None,
                    allow_reserved=encoding.flag("allowReserved"),
                )
            )
        return tuple(found)
