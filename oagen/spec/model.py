"""One model for every dialect: what an API description promises, as frozen values.

Swagger 2.0 and OpenAPI 3.0 to 3.2 all become these classes. Schemas are JSON Schema 2020-12 (`nullable`, boolean
`exclusiveMinimum` and the like are translated when a document is read), and stay raw: a `Schema` is the mapping itself
with its place, and follows references on demand, so that a large document costs what is looked at.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that only read, RFC 9110, section 9.2.1, but for TRACE."""


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a document: RFC 6901 pointer, and the document's name as shown to the user.

    `document` is the name of the file relative to the root document's folder (or a URL), never an absolute path,
    so that what is generated is the same on every machine.
    """

    document: str
    pointer: str

    def child(self, *tokens: str | int) -> Location:
        """Return the place below this one, tokens escaped as RFC 6901, section 3 wants."""
        tail = "".join(f"/{str(token).replace('~', '~0').replace('/', '~1')}" for token in tokens)
        return Location(self.document, self.pointer + tail)

    def __str__(self) -> str:
        return f"{self.document}#{self.pointer}"


class Severity(enum.Enum):
    """How much of the work a diagnostic costs."""

    FATAL = "fatal"  # nothing is generated
    ERROR = "error"  # this operation is not
    WARNING = "warning"  # generated, incomplete


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """Something wrong in a document, with its place.

    Attributes:
        line: Line in the document, counted from 1; None where it can't be told.
        operation: The key of the operation that is left out or incomplete, as `GET /pets`.
    """

    severity: Severity
    message: str
    location: Location
    line: int | None = None
    hint: str | None = None
    operation: str | None = None


class ReferenceResolver(Protocol):
    """Finds what a `$ref` points at, and gives the documents to a validator."""

    def resolve(self, reference: str, base: Location) -> tuple[Any, Location]:
        """Return the value a reference found at `base` points at, and its place.

        A chain of references is followed to its end.

        Raises:
            DocumentError: It points nowhere, or around in a circle.
        """

    def line_of(self, location: Location) -> int | None:
        """Return the line of a place, counted from 1."""

    @property
    def documents(self) -> Mapping[str, Any]:
        """The parsed documents read so far by the name used in `Location.document`, schemas as 2020-12."""


@dataclass(frozen=True, slots=True)
class Schema:
    """A JSON Schema (2020-12) and where it stands; compares by place.

    Attributes:
        raw: The schema itself: a mapping, or a boolean schema. Never to be changed.
    """

    raw: Mapping[str, Any] | bool = field(compare=False, repr=False)
    location: Location
    resolver: ReferenceResolver = field(compare=False, repr=False)

    def sub(self, *tokens: str | int) -> Schema:
        """Return the schema below, as `sub("properties", "name")`; raises KeyError or IndexError as indexing does."""
        raw: Any = self.raw
        for token in tokens:
            raw = raw[token]
        return Schema(raw, self.location.child(*tokens), self.resolver)

    def resolved(self) -> Schema:
        """Return the schema that a `$ref` at the top leads to, or itself.

        Keywords beside `$ref` (allowed since 2020-12) are not merged in: see `raw`.
        """
        if isinstance(self.raw, Mapping) and isinstance(reference := self.raw.get("$ref"), str):
            raw, location = self.resolver.resolve(reference, self.location)
            return Schema(raw, location, self.resolver)
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A documented example value; `name` is its key in `examples`, or empty."""

    value: Any
    name: str = ""
    location: Location


class ParameterLocation(enum.StrEnum):
    """Where a parameter is sent (OpenAPI 3.2, Parameter Object)."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    COOKIE = "cookie"
    QUERYSTRING = "querystring"  # 3.2: the whole query string as one value


class Style(enum.StrEnum):
    """How an array or object becomes text (OpenAPI 3.2, Style Values)."""

    SIMPLE = "simple"
    LABEL = "label"
    MATRIX = "matrix"
    FORM = "form"
    SPACE_DELIMITED = "spaceDelimited"
    PIPE_DELIMITED = "pipeDelimited"
    DEEP_OBJECT = "deepObject"
    COOKIE = "cookie"  # 3.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter of an operation.

    Attributes:
        media_type: Set where the value is serialised as `content` (its only key), instead of by style.
    """

    name: str
    where: ParameterLocation
    required: bool
    schema: Schema | None
    media_type: str | None = None
    style: Style
    explode: bool
    allow_reserved: bool = False
    allow_empty_value: bool = False
    deprecated: bool = False
    description: str = ""
    examples: tuple[Example, ...] = ()
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyEncoding:
    """How one property of a form or multipart body is sent (OpenAPI 3.2, Encoding Object)."""

    name: str
    content_types: tuple[str, ...] = ()
    style: Style | None = None
    explode: bool | None = None
    allow_reserved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaType:
    """One media type of a body: name as written in the document, parameters included."""

    name: str
    schema: Schema | None
    item_schema: Schema | None = None  # 3.2, sequential media types
    examples: tuple[Example, ...] = ()
    encodings: tuple[PropertyEncoding, ...] = ()
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBody:
    """The body of an operation's request, by media type in the document's order."""

    required: bool
    content: tuple[MediaType, ...]
    description: str = ""
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A documented response header."""

    name: str
    required: bool
    schema: Schema | None
    description: str = ""
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A documented link from a response to an operation (OpenAPI 3.2, Link Object).

    Attributes:
        target: Key of the operation it leads to (`GET /pets/{petId}`); None where the document names none that exists.
        parameters: Parameter name (possibly qualified, `path.id`) and its runtime expression or constant.
        request_body: Runtime expression or constant; None where there is none.
    """

    name: str
    target: str | None
    parameters: tuple[tuple[str, Any], ...]
    request_body: Any = None
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A documented response: the promise a test is written for.

    Attributes:
        status: `404`, a range `4XX` (capital letters), or `default`.
    """

    status: str
    description: str
    headers: tuple[Header, ...] = ()
    content: tuple[MediaType, ...] = ()
    links: tuple[Link, ...] = ()
    location: Location


class SchemeKind(enum.StrEnum):
    """The types of security scheme (OpenAPI 3.2, Security Scheme Object); Swagger's `basic` is `http`."""

    API_KEY = "apiKey"
    HTTP = "http"
    OAUTH2 = "oauth2"
    OPENID_CONNECT = "openIdConnect"
    MUTUAL_TLS = "mutualTLS"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityScheme:
    """A way to authenticate.

    Attributes:
        http_scheme: Of `http` schemes, lower case: `bearer`, `basic`, ...
        where: Of `apiKey` schemes: query, header or cookie.
        parameter: Of `apiKey` schemes: the name of that parameter.
    """

    name: str
    kind: SchemeKind
    http_scheme: str | None = None
    where: ParameterLocation | None = None
    parameter: str | None = None
    scopes: tuple[str, ...] = ()
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityRequirement:
    """Schemes that are all needed together, each with the scopes it needs; without schemes: anonymous."""

    schemes: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A base URL, variables still in braces, with their default values beside."""

    url: str
    description: str = ""
    variables: tuple[tuple[str, str], ...] = ()

    def expanded(self) -> str:
        """Return the URL with each variable's default value in its place."""
        url = self.url
        for name, value in self.variables:
            url = url.replace("{" + name + "}", value)
        return url


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation: a method on a path template.

    Attributes:
        method: Upper case, `QUERY` and 3.2's additional methods included (spelled as in the document).
        path: The path template as in the document, `/pets/{petId}`.
        security: Alternatives, one of which suffices; empty: no authentication is asked for.
        callbacks: Names of its callbacks (listed, not tested).
    """

    method: str
    path: str
    operation_id: str | None
    tags: tuple[str, ...]
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    request_body: RequestBody | None
    responses: tuple[Response, ...]
    security: tuple[SecurityRequirement, ...]
    servers: tuple[Server, ...] = ()
    deprecated: bool = False
    callbacks: tuple[str, ...] = ()
    location: Location

    @property
    def key(self) -> str:
        """`METHOD /path`, the operation's name in reports, the matrix and waivers."""
        return f"{self.method} {self.path}"

    def response_to(self, status: int) -> Response | None:
        """Return the response that speaks for a status: of this very code, else of its range, else `default`.

        `default` speaks for no server error.
        """
        by_status = {response.status: response for response in self.responses}
        found = by_status.get(str(status)) or by_status.get(f"{status // 100}XX")
        return found or (by_status.get("default") if status < 500 else None)  # noqa: PLR2004

    @property
    def needs_identity(self) -> bool:
        """Whether a request without credentials is refused, as far as the document says."""
        return bool(self.security) and all(requirement.schemes for requirement in self.security)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiDescription:
    """Everything an API description promises, whatever its dialect.

    Attributes:
        source: What the user named, for messages: a file name or URL.
        dialect: `2.0`, `3.0`, `3.1` or `3.2`.
        base_path: Path prefix of the first server (`/api/v1`), without a slash at the end; empty at the root.
    """

    source: str
    dialect: str
    title: str
    version: str
    operations: tuple[Operation, ...]
    webhooks: tuple[str, ...]
    security_schemes: tuple[SecurityScheme, ...]
    servers: tuple[Server, ...]
    diagnostics: tuple[Diagnostic, ...]
    resolver: ReferenceResolver = field(compare=False, repr=False)
    base_path: str = ""

    def documented(self) -> Iterator[tuple[Operation, Response]]:
        """Yield every documented (operation, response): the promises."""
        for operation in self.operations:
            for response in operation.responses:
                yield operation, response
