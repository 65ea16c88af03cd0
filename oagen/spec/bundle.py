"""Write a description back as one self-contained OpenAPI 3.1 document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from oagen.spec.bundled_schemas import ComponentNames, SchemaCollector
from oagen.spec.model import (
    ApiDescription,
    Example,
    Header,
    Link,
    Location,
    MediaType,
    Operation,
    Parameter,
    ParameterLocation,
    PropertyEncoding,
    RequestBody,
    Response,
    Schema,
    SchemeKind,
    SecurityRequirement,
    SecurityScheme,
    Style,
)
from oagen.spec.pointers import join, split

_METHODS = frozenset(("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"))


def bundle(description: ApiDescription, operations: Iterable[Operation] | None = None) -> dict[str, Any]:
    """Return one OpenAPI 3.1 document, plain JSON values, without references to elsewhere.

    What can't be said in 3.1 is left out: the method QUERY and other additional methods, `querystring` parameters and
    `itemSchema`. The same description gives the same document, keys in the same order. Equal parts may be one object
    that stands in several places, so it must not be changed.

    Args:
        description: What was read.
        operations: Those to write; all by default.
    """
    return _Writer(description, tuple(description.operations if operations is None else operations)).document()


class _Writer:
    def __init__(self, description: ApiDescription, operations: tuple[Operation, ...]) -> None:
        self._description = description
        self._operations = tuple(item for item in operations if item.method in _METHODS)
        self._root = next(iter(description.resolver.documents), "")
        self._schemas = SchemaCollector(description.resolver, ComponentNames(self._reserved()))
        self._names = {kind: ComponentNames({}) for kind in ("parameters", "requestBodies", "responses")}
        self._shared: dict[str, dict[str, Any]] = {kind: {} for kind in self._names}
        self._schemes = frozenset(scheme.name for scheme in description.security_schemes)
        self._ids: dict[str, str] = {}  # operation key by id, the first of doubled ids
        for operation in self._operations:
            if operation.operation_id:
                self._ids.setdefault(operation.operation_id, operation.key)
        self._by_key = {operation.key: operation for operation in self._operations}

    def document(self) -> dict[str, Any]:
        description = self._description
        paths: dict[str, dict[str, Any]] = {}
        for operation in self._operations:
            paths.setdefault(operation.path, {})[operation.method.lower()] = self._operation(operation)
        components: dict[str, Any] = {"schemas": dict(sorted(self._schemas.components.items()))}
        components |= {kind: dict(sorted(parts.items())) for kind, parts in self._shared.items() if parts}
        components["securitySchemes"] = {scheme.name: self._scheme(scheme) for scheme in description.security_schemes}
        written: dict[str, Any] = {
            "openapi": "3.1.0",
            "info": {"title": description.title or "API", "version": description.version or "0"},
        }
        if description.servers:
            written["servers"] = [{"url": server.expanded()} for server in description.servers]
        return {**written, "paths": paths, "components": {kind: part for kind, part in components.items() if part}}

    def _reserved(self) -> dict[Location, str]:
        """Return the names that schemas of the root document have, so that they keep them."""
        root = self._description.resolver.documents.get(self._root)
        prefix = "/definitions" if self._description.dialect == "2.0" else "/components/schemas"
        holder: Any = root
        for token in split(prefix):
            holder = holder.get(token) if isinstance(holder, dict) else None
        names = list(holder) if isinstance(holder, dict) else []
        return {Location(self._root, prefix + join((name,))): name for name in names}

    def _operation(self, operation: Operation) -> dict[str, Any]:
        written: dict[str, Any] = {}
        if operation.operation_id and self._ids[operation.operation_id] == operation.key:
            written["operationId"] = operation.operation_id
        if operation.tags:
            written["tags"] = list(operation.tags)
        if operation.deprecated:
            written["deprecated"] = True
        if operation.servers != self._description.servers:
            written["servers"] = [{"url": server.expanded()} for server in operation.servers]
        parameters = [
            self._share("parameters", item.location, self._parameter, item)
            for item in operation.parameters
            if item.where is not ParameterLocation.QUERYSTRING
        ]
        if parameters:
            written["parameters"] = parameters
        if operation.request_body is not None:
            body = operation.request_body
            written["requestBody"] = self._share("requestBodies", body.location, self._body, body)
        if operation.responses:
            written["responses"] = {
                item.status: self._share("responses", item.location, self._response, item)
                for item in operation.responses
            }
        security = [self._requirement(item) for item in operation.security]
        known = [item for item in security if item is not None]
        if known:
            written["security"] = known
        return written

    def _share(self, kind: str, location: Location, write: Any, part: Any) -> dict[str, Any]:
        """Write a part that several operations refer to once, under `components`."""
        if not location.pointer.startswith("/components/") and location.document == self._root:
            written: dict[str, Any] = write(part)
            return written
        name = self._names[kind].of(location)
        if name not in self._shared[kind]:
            self._shared[kind][name] = write(part)
        return {"$ref": f"#/components/{kind}/{name}"}

    def _requirement(self, requirement: SecurityRequirement) -> dict[str, list[str]] | None:
        if any(name not in self._schemes for name, _ in requirement.schemes):
            return None
        return {name: list(scopes) for name, scopes in requirement.schemes}

    def _scheme(self, scheme: SecurityScheme) -> dict[str, Any]:
        written: dict[str, Any] = {"type": scheme.kind.value}
        match scheme.kind:
            case SchemeKind.HTTP:
                written["scheme"] = scheme.http_scheme
            case SchemeKind.API_KEY:
                written |= {"name": scheme.parameter, "in": scheme.where.value if scheme.where else "header"}
            case SchemeKind.OAUTH2:
                written["flows"] = {}
            case SchemeKind.OPENID_CONNECT:
                written["openIdConnectUrl"] = ""
            case SchemeKind.MUTUAL_TLS:
                pass
        return written

    def _parameter(self, parameter: Parameter) -> dict[str, Any]:
        written: dict[str, Any] = {"name": parameter.name, "in": parameter.where.value, "required": parameter.required}
        if parameter.deprecated:
            written["deprecated"] = True
        schema = self._schema(parameter.schema)
        if parameter.media_type is not None:
            return {**written, "content": {parameter.media_type: {"schema": schema, **_examples(parameter.examples)}}}
        style = Style.FORM if parameter.style is Style.COOKIE else parameter.style
        written |= {"style": style.value, "explode": parameter.explode, "schema": schema}
        if parameter.allow_reserved:
            written["allowReserved"] = True
        return {**written, **_examples(parameter.examples)}

    def _schema(self, schema: Schema | None) -> dict[str, Any]:
        return {} if schema is None else self._schemas.copy(schema)

    def _body(self, body: RequestBody) -> dict[str, Any]:
        return {"required": body.required, "content": self._content(body.content)}

    def _response(self, response: Response) -> dict[str, Any]:
        written: dict[str, Any] = {"description": response.description}
        if response.headers:
            written["headers"] = {header.name: self._header(header) for header in response.headers}
        if response.content:
            written["content"] = self._content(response.content)
        links = {link.name: found for link in response.links if (found := self._link(link)) is not None}
        return {**written, "links": links} if links else written

    def _header(self, header: Header) -> dict[str, Any]:
        return {"required": header.required, "schema": self._schema(header.schema)}

    def _link(self, link: Link) -> dict[str, Any] | None:
        target = self._by_key.get(link.target or "")
        if target is None:
            return None
        written: dict[str, Any] = {}
        if target.operation_id and self._ids[target.operation_id] == target.key:
            written["operationId"] = target.operation_id
        else:
            written["operationRef"] = "#" + join(("paths", target.path, target.method.lower()))
        if link.parameters:
            written["parameters"] = dict(link.parameters)
        if link.request_body is not None:
            written["requestBody"] = link.request_body
        return written

    def _content(self, content: tuple[MediaType, ...]) -> dict[str, Any]:
        return {media.name: self._media(media) for media in content}

    def _media(self, media: MediaType) -> dict[str, Any]:
        written: dict[str, Any] = {} if media.schema is None else {"schema": self._schemas.copy(media.schema)}
        if media.encodings:
            written["encoding"] = {encoding.name: _encoding(encoding) for encoding in media.encodings}
        return {**written, **_examples(media.examples)}


def _encoding(encoding: PropertyEncoding) -> dict[str, Any]:
    written: dict[str, Any] = {}
    if encoding.content_types:
        written["contentType"] = ", ".join(encoding.content_types)
    if encoding.style is not None:
        written["style"] = encoding.style.value
    if encoding.explode is not None:
        written["explode"] = encoding.explode
    if encoding.allow_reserved:
        written["allowReserved"] = True
    return written


def _examples(examples: tuple[Example, ...]) -> dict[str, Any]:
    if not examples:
        return {}
    return {
        "examples": {
            example.name or f"example{index or ''}": {"value": example.value} for index, example in enumerate(examples)
        }
    }
