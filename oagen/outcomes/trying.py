"""One trial in the application's process, and what it has shown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from oagen.outcomes.model import Outcome, Replaced, SeamKind, Spec
from oagen.scenario.values.pattern_text import texts_for
from oagen.scenario.wire import WireRequest
from oagen.target.agent.connection import AgentConnection
from oagen.target.agent.reply import Ending

TIMEOUT = 5.0  # seconds for one request

Lines = frozenset[tuple[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seam:
    """A place where a collaborator can be replaced, and what it might do.

    Attributes:
        library: It is no code of the application.
        direct: The handler itself calls it.
        outcomes: The likeliest first.
        fields: For each outcome, by name of a field of its value, other values of that field.
        beside: What else is replaced then, so that the rest goes on as if this one had run.
        holder: Of a dependency: `module:attribute` of the application whose overrides count, if it is another one.
        of: The model that a query is for, as `module:Class`.
    """

    target: str
    kind: SeamKind
    library: bool
    direct: bool
    outcomes: tuple[Outcome, ...]
    fields: tuple[Mapping[str, Sequence[Spec]], ...]
    beside: Seam | None = None
    holder: str = ""
    of: str = ""

    @property
    def name(self) -> tuple[str, str]:
        """What is the same for the same collaborator."""
        return self.target, self.of


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """Where the function of an operation stands.

    Attributes:
        patterns: What segments of its path have to match, by number, where the framework asks for more than a text.
    """

    name: str
    file: str
    first: int
    last: int
    patterns: tuple[tuple[int, str], ...] = ()

    def routed(self, target: str) -> str:
        """Return a path and query that the framework leads to this function, where patterns in its route decide."""
        path, mark, query = target.partition("?")
        segments = path.split("/")
        for number, pattern in self.patterns:
            texts = [text for text in texts_for(pattern) if re.fullmatch(pattern, text)]
            if texts and number < len(segments) and not re.fullmatch(pattern, unquote(segments[number])):
                segments[number] = quote(texts[0])
        return "/".join(segments) + mark + query

    def ran(self, lines: Lines) -> bool:
        """Tell whether one of its lines is among those that ran."""
        return any(file == self.file and self.first < line <= self.last for file, line in lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What one trial has shown.

    Attributes:
        status: 0 where there was no answer.
        lines: The application's lines that ran, by file and number.
        calls: Functions of the application that were called and can be replaced.
        blocked: The I/O that was held back, empty where there was none.
        beneath: What could be replaced on the way to what was held back, outermost first.
        raising: The same, on the way to the last exception that was seen.
        reads: Names that the functions which ran look up.
        compares: Constants that they compare values with, by name of the value.
        used: The arguments of each call of each replaced function; None for one that can't be told.
        options: For each replaced function that was called more than once, what each call might give.
        error: Why a replacement could not be put in place.
        exception: What the application failed with.
        paths: For each replaced function that gives a mock, what was asked of that, and what it may give.
        misfits: Places in the answer's body that its own validation, or the document, refuses.
        mends: What replaced functions, by their place among them, might give instead of what the application failed on.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    lines: Lines = frozenset()
    handled: bool = False
    calls: tuple[Seam, ...] = ()
    blocked: str = ""
    beneath: tuple[Seam, ...] = ()
    raising: tuple[Seam, ...] = ()
    reads: frozenset[str] = frozenset()
    compares: Mapping[str, Sequence[Spec]] = field(default_factory=dict)
    used: tuple[Sequence[Mapping[str, Any]] | None, ...] = ()
    options: tuple[tuple[tuple[Outcome, ...], ...], ...] = ()
    error: str = ""
    exception: str = ""
    misfits: tuple[tuple[str | int, ...], ...] = ()
    paths: tuple[Mapping[str, Outcome], ...] = ()
    mends: tuple[tuple[int, Spec], ...] = ()


def try_out(
    connection: AgentConnection,
    request: WireRequest,
    replaced: Sequence[Replaced],
    handler: Handler | None,
    *,
    shape: Any = None,
    exact: bool = False,
    watch: bool = False,
) -> Trial:
    """Send a request with collaborators replaced, I/O held back.

    Args:
        shape: An example of the operation's successful answer, for what nobody says the type of.
        exact: Replace them by the very mocks that a test uses, which tell less.
        watch: See which functions are called, what they read and compare; it takes more time than most requests do.

    Raises:
        TargetError: The application does not start any more.
    """
    order: dict[str, Any] = {
        "patches": [item.told() for item in replaced],
        "exact": exact,
        "shape": shape,
        "watch": watch,
    }
    if handler is not None:
        order.update(file=handler.file, first=handler.first)
    reply, report = connection.try_out(request, order, timeout=TIMEOUT)
    if report is None or reply.ending is not Ending.COMPLETE:
        return Trial(status=0, error=f"the application {reply.ending.value} {reply.ending_detail}".strip())
    blocked = report["blocked"]
    lines = frozenset((file, line) for file, numbers in reply.lines.items() for line in numbers)
    return Trial(
        status=reply.status,
        headers=reply.headers,
        body=reply.body,
        lines=lines,
        handled=bool(report["handled"]) or (handler is not None and handler.ran(lines)),
        calls=tuple(map(seam_of, report["calls"])),
        blocked=blocked["event"] if blocked else "",
        beneath=tuple(map(seam_of, blocked["seams"])) if blocked else (),
        raising=tuple(map(seam_of, report["raised"])),
        reads=frozenset(report["reads"]),
        compares=report["compares"],
        used=tuple(item["calls"] if item["count"] is not None else None for item in report["used"]),
        options=tuple(tuple(tuple(map(_outcome, each)) for each in item["options"]) for item in report["used"]),
        error=str(report["error"]),
        paths=tuple({path: _outcome(each) for path, each in item["paths"].items()} for item in report["used"]),
        misfits=tuple(map(tuple, report["misfits"])),
        mends=tuple((position, value) for position, value in report["mends"]),
        exception=f"{reply.exception.type}: {reply.exception.message}"[:200] if reply.exception else "",
    )


def seam_of(told: Mapping[str, Any]) -> Seam:
    """Return a seam as the agent tells it."""
    outcomes = told["outcomes"]
    return Seam(
        target=told["target"],
        kind=SeamKind(told["kind"]),
        library=told["library"],
        direct=told["direct"],
        outcomes=tuple(map(_outcome, outcomes)),
        fields=tuple(item.get("alts", {}) for item in outcomes),
        beside=seam_of(told["with"]) if told.get("with") else None,
        holder=told.get("holder", ""),
        of=told.get("of", ""),
    )


def _outcome(told: Mapping[str, Any]) -> Outcome:
    return Outcome(
        value=told["raise"] if "raise" in told else told["return"],
        raises="raise" in told,
        vague=bool(told.get("vague")),
    )
