"""The scenario: given steps, when one request, then an expectation. Everything else handles these values.

A scenario is frozen, holds no secret, and goes to JSON and back without loss (`oagen.scenario.codec`).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

from oagen.spec.model import ParameterLocation, Style

# -- values ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Literal:
    """A value known when the scenario was designed: any JSON value, NaN and lone surrogates included, or bytes."""

    value: Any


@dataclass(frozen=True, slots=True)
class Capture:
    """A value from the response of an earlier step (or of the request itself: step `RESPONSE`).

    Exactly one of `pointer` (RFC 6901, into the JSON body; the empty pointer is the whole body) and `header` is set.
    """

    step: str
    pointer: str | None = None
    header: str | None = None


@dataclass(frozen=True, slots=True)
class Unique:
    """Text of its own in every test and every run, derived from the test's name and the run.

    In `template` each `#` becomes a decimal digit, each `?` a lower-case letter, each `~` a capital one and each `^` a
    lower-case hexadecimal digit; a backslash makes the next character stand for itself; the rest stays as it is. Two
    uniques of one scenario with the same `template` differ by `name`. With `integer`, the text is read as a decimal
    number.
    """

    template: str
    name: str = ""
    integer: bool = False


@dataclass(frozen=True, slots=True)
class Credential:
    """The text of a header that an identity sends, by name; the secret itself never enters a scenario."""

    identity: str
    header: str = "Authorization"


@dataclass(frozen=True, slots=True)
class Text:
    """Text put together from other values, each as `str` would show it."""

    parts: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class ArrayOf:
    """A JSON array with at least one item that is not a plain literal."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class ObjectOf:
    """A JSON object with a member that is not a plain literal, or with a doubled key."""

    members: tuple[tuple[str, Value], ...]


Value = Literal | Capture | Unique | Credential | Text | ArrayOf | ObjectOf

RESPONSE = "response"
"""The step name under which the answer to the scenario's own request can be captured."""

# -- requests -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """A parameter with the value to send; the same name may stand more than once.

    Attributes:
        raw: The value is text that goes on the wire as it is, unencoded (an encoding that is wrong on purpose).
        media_type: Set where the value is serialised as that media type (`content` parameters).
    """

    name: str
    where: ParameterLocation
    value: Value
    style: Style = Style.FORM
    explode: bool = True
    media_type: str | None = None
    allow_reserved: bool = False
    raw: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PartEncoding:
    """How one property of a form or multipart body is sent; see OpenAPI 3.2, Encoding Object."""

    name: str
    content_type: str | None = None
    style: Style | None = None
    explode: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A request body.

    Attributes:
        media_type: The `Content-Type` sent; None sends none.
        value: The logical value, or the very text or bytes where `raw` is set.
    """

    media_type: str | None
    value: Value
    raw: bool = False
    encodings: tuple[PartEncoding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, in logical values.

    Attributes:
        path: Path template, `/orders/{order_id}`; each placeholder has an argument. The API's base path is not in it.
        identity: Name of the identity whose credentials are sent; None sends none.
    """

    method: str
    path: str
    arguments: tuple[Argument, ...] = ()
    body: Body | None = None
    identity: str | None = None

    @property
    def operation(self) -> str:
        """`METHOD /path`, the key of the operation it addresses."""
        return f"{self.method} {self.path}"


# -- given ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A request that sets the state up; it must answer `status` or the scenario is not reached.

    Attributes:
        name: What it makes, as a Python-like identifier (`order`, `order_2`); captures refer to it.
        status: `201`, or a range such as `2XX`.
    """

    name: str
    request: Request
    status: str = "2XX"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderState:
    """A state that only the user can arrange: a named function of `states.py`.

    Attributes:
        name: Reads as a condition, `the payment provider is down`.
        parameters: Values handed to that function by name.
    """

    name: str
    parameters: tuple[tuple[str, Value], ...] = ()


Given = Step | ProviderState

# -- then -----------------------------------------------------------------------------------------------------------


class HeaderRule(enum.StrEnum):
    """What a response header must be."""

    PRESENT = "present"
    CHALLENGE = "challenge"  # RFC 9110, 11.6.1: well-formed, one of the schemes in `values`
    METHODS = "methods"  # RFC 9110, 10.2.1: a list of methods that holds those in `values` (Allow)
    DELAY = "delay"  # RFC 9110, 10.2.3: seconds or an HTTP date (Retry-After)
    EQUALS = "equals"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderCheck:
    """A promise about a response header; `required` false: checked only where the header is there."""

    name: str
    rule: HeaderRule
    values: tuple[str, ...] = ()
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyCheck:
    """The JSON value at `pointer` equals `value` (numbers by value, arrays in order)."""

    pointer: str
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What must be true afterwards: this request answers so.

    Attributes:
        reason: Reads as a comment: `a refused request changes nothing`, `what was created can be read`.
        statuses: Accepted status codes or ranges.
    """

    reason: str
    request: Request
    statuses: tuple[str, ...]
    body: tuple[BodyCheck, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What the answer must be.

    Attributes:
        status: The documented one: `404`, `4XX` or `default`.
        excluded: Codes that a range or `default` does not speak for, since the document has them by themselves.
        media_types: Documented content types, as written there; empty where no body is documented.
    """

    status: str
    excluded: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()
    headers: tuple[HeaderCheck, ...] = ()
    body: tuple[BodyCheck, ...] = ()
    effects: tuple[Effect, ...] = ()


# -- the scenario ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Given steps, when a request, then an expectation.

    Attributes:
        operation: Key of the operation it is about, `POST /orders`.
        status: The documented status it answers to: `404`, `4XX`, `default`.
        technique: Name of the technique that designed it.
        title: Says status and reason, `404 when order_id is unknown`; the test's name is made from it.
        pointer: RFC 6901 pointer of the documented response.
        document: Name of the document that pointer is in.
        alongside: Requests sent at the same moment as `when`; the expectation holds for at least one of them all.
        repeat: Up to so many times `when` is sent, until the expected status comes (a bounded burst).
    """

    operation: str
    status: str
    technique: str
    title: str
    pointer: str
    document: str = ""
    given: tuple[Given, ...] = ()
    when: Request
    alongside: tuple[Request, ...] = ()
    repeat: int = 1
    then: Expectation
    auth: bool = False

    @property
    def states(self) -> tuple[ProviderState, ...]:
        """The provider states it asks for."""
        return tuple(item for item in self.given if isinstance(item, ProviderState))

    @property
    def steps(self) -> tuple[Step, ...]:
        """The requests that set the state up, in order."""
        return tuple(item for item in self.given if isinstance(item, Step))
