"""Parameters, bodies and responses as Swagger 2.0 writes them, brought into the shape of OpenAPI 3."""

from __future__ import annotations

from typing import Any

from oagen.spec.diagnostics import Unusable, quoted
from oagen.spec.keywords import SHAPES
from oagen.spec.model import (
    Example,
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
from oagen.spec.parameters import merged
from oagen.spec.responses import LinkTargets, read_headers, status_of
from oagen.spec.security import read_schemes

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"
_BYTES = "application/octet-stream"
_STYLES = {
    "csv": (Style.FORM, False),
    "ssv": (Style.SPACE_DELIMITED, False),
    "pipes": (Style.PIPE_DELIMITED, False),
    "multi": (Style.FORM, True),
}
# A parameter of 2.0 is half a schema: these keys are the schema's.
_SCHEMA_KEYS = frozenset(SHAPES) - {"required", "example", "examples", "allOf", "properties"} | {
    "default",
    "x-nullable",
}


class Dialect2:
    """Reads one document's operations (Swagger 2.0).

    Args:
        nodes: Follows references.
        root: The root document.
    """

    def __init__(self, nodes: Nodes, root: Node) -> None:
        self._nodes = nodes
        self._root = root
        self.methods: tuple[str, ...] = ("get", "put", "post", "delete", "options", "head", "patch")
        self._schemas: dict[Location, Schema | None] = {}
        self._consumes = nodes.texts(root.child("consumes"), "a list of media types")
        self._produces = nodes.texts(root.child("produces"), "a list of media types")

    def components(self) -> list[tuple[str, Node]]:
        """Return the named schemas of the root document."""
        return list(self._nodes.members(self._root.child("definitions"), "a map of schemas"))

    def security_schemes(self) -> tuple[SecurityScheme, ...]:
        """Return the declared security schemes."""
        return read_schemes(self._nodes, self._root.child("securityDefinitions"), flows_key="flow")

    def servers(self) -> tuple[Server, ...]:
        """Return a server for each of `schemes`, or the base path alone where there is no host."""
        host, path = self._root.text("host"), self._root.text("basePath")
        if path and not path.startswith("/"):
            path = f"/{path}"
        if not host:
            return (Server(url=path),) if path else ()
        schemes = self._nodes.texts(self._root.child("schemes"), "a list of schemes") or ("https",)
        return tuple(Server(url=f"{scheme}://{host}{path}") for scheme in schemes)

    def inputs(self, lists: list[Node], operation: Node) -> tuple[tuple[Parameter, ...], RequestBody | None]:
        """Return the parameters, and the body that `in: body` or `in: formData` parameters make together.

        Raises:
            Unusable: One of them can't be read, so that no request can be made.
        """
        parameters, form, bodies = [], [], []
        for node in merged(self._nodes, lists):
            match node.value.get("in"):
                case "body":
                    bodies.append(node)
                case "formData":
                    form.append(node)
                case _:
                    parameters.append(self._parameter(node))
        own = operation.child("consumes")
        consumes = self._consumes if own.value is None else self._nodes.texts(own, "a list of media types")
        if bodies:
            if form or bodies[1:]:
                self._nodes.faults.warn(
                    "an operation has one body, or form data; the first body counts", operation.location
                )
            return tuple(parameters), self._body(bodies[0], consumes)
        return tuple(parameters), self._form(form, consumes, operation.location.child("parameters")) if form else None

    def responses(self, operation: Node, targets: LinkTargets) -> tuple[Response, ...]:  # noqa: ARG002 - 2.0 has no links
        """Return the documented responses; one that can't be read is left out with a warning."""
        own = operation.child("produces")
        produces = self._produces if own.value is None else self._nodes.texts(own, "a list of media types")
        found: dict[str, Response] = {}
        for key, child in self._nodes.members(operation.child("responses"), "a map of responses", extensible=True):
            try:
                status = status_of(key, child.location)
                node = self._nodes.follow(child, "a response")
            except Unusable as fault:
                self._nodes.faults.warn(f"{fault.message}; this response is left out", fault.location, hint=fault.hint)
                continue
            found[status] = Response(
                status=status,
                description=node.text("description"),
                headers=read_headers(self._nodes, node.child("headers"), self._own_schema),
                content=self._content(node, produces),
                location=node.location,
            )
        return tuple(found.values())

    def _parameter(self, node: Node) -> Parameter:
        name, place = node.value["name"], node.value.get("in")
        if place not in ("path", "query", "header"):
            raise Unusable(f"a parameter can't be in {quoted(place)}", node.location)
        where = ParameterLocation(place)
        required = node.flag("required")
        if where is ParameterLocation.PATH and not required:
            self._nodes.faults.warn(f"the path parameter {quoted(name)} has to be required", node.location)
            required = True
        style, explode = self._style(node)
        if where is not ParameterLocation.QUERY:
            style, explode = Style.SIMPLE, False
        return Parameter(
            name=name,
            where=where,
            required=required,
            schema=self._own_schema(node),
            style=style,
            explode=explode,
            allow_empty_value=node.flag("allowEmptyValue"),
            description=node.text("description"),
            examples=self._examples(node),
            location=node.location,
        )

    def _style(self, node: Node) -> tuple[Style, bool]:
        written = node.value.get("collectionFormat", "csv")
        style = _STYLES.get(written) if isinstance(written, str) else None
        if style is None:
            message = f"the collection format {quoted(written)} is sent as 'csv'"
            self._nodes.faults.warn(message, node.location.child("collectionFormat"))
        return style or _STYLES["csv"]

    def _own_schema(self, node: Node) -> Schema | None:
        """Return the schema that a parameter or header is itself."""
        if node.location not in self._schemas:
            raw = {key: value for key, value in node.value.items() if key in _SCHEMA_KEYS}
            if "type" not in raw:
                self._nodes.faults.warn("there is no 'type' here, so any value is taken to be right", node.location)
            elif raw["type"] == "array" and "items" not in raw:
                self._nodes.faults.warn("an array needs 'items'; they may be anything", node.location)
            if isinstance(raw.get("items"), dict):
                raw["items"] = {key: value for key, value in raw["items"].items() if key != "collectionFormat"}
            self._schemas[node.location] = self._nodes.schema(Node(raw, node.location))
        return self._schemas[node.location]

    def _body(self, node: Node, consumes: tuple[str, ...]) -> RequestBody:
        schema = self._nodes.schema(node.child("schema"))
        if schema is None:
            self._nodes.faults.warn("a body without a schema: anything is taken to be right", node.location)
        content = tuple(
            MediaType(name=name, schema=schema, examples=self._examples(node), location=node.location)
            for name in consumes or (_JSON,)
        )
        description = node.text("description")
        return RequestBody(
            required=node.flag("required"), content=content, description=description, location=node.location
        )

    def _form(self, nodes: list[Node], consumes: tuple[str, ...], location: Location) -> RequestBody:
        properties: dict[str, Any] = {}
        encodings = []
        for node in nodes:
            schema = self._own_schema(node)
            properties[node.value["name"]] = schema.raw if schema else {}
            if node.value.get("type") == "array":
                style, explode = self._style(node)
                encodings.append(PropertyEncoding(name=node.value["name"], style=style, explode=explode))
        required = [node.value["name"] for node in nodes if node.flag("required")]
        raw: dict[str, Any] = {"type": "object", "properties": properties}
        if required:
            raw["required"] = required
        has_file = any(node.value.get("type") == "file" for node in nodes)
        wanted = (_MULTIPART,) if has_file else (_FORM, _MULTIPART)
        names = tuple(name for name in consumes if name.partition(";")[0].strip().lower() in wanted) or wanted[:1]
        schema = Schema(raw, location, self._nodes.resolver)
        content = tuple(
            MediaType(name=name, schema=schema, encodings=tuple(encodings), location=location) for name in names
        )
        return RequestBody(required=bool(required), content=content, location=location)

    def _content(self, node: Node, produces: tuple[str, ...]) -> tuple[MediaType, ...]:
        place = node.child("schema")
        examples = {
            name.partition(";")[0].strip().lower(): child
            for name, child in self._nodes.members(node.child("examples"), "a map of examples by media type")
        }
        if place.value is None and not examples:
            return ()
        is_file = isinstance(place.value, dict) and place.value.get("type") == "file"
        schema = self._nodes.schema(place)
        names = produces or ((_BYTES,) if is_file else tuple(examples) or (_JSON,))
        found = []
        for name in names:
            example = examples.get(name.partition(";")[0].strip().lower())
            values = (Example(value=example.value, location=example.location),) if example else ()
            found.append(MediaType(name=name, schema=schema, examples=values, location=node.location))
        return tuple(found)

    def _examples(self, node: Node) -> tuple[Example, ...]:
        return tuple(
            Example(value=node.value[key], location=node.location.child(key))
            for key in ("x-example", "example")
            if key in node.value
        )
