"""Checks of several members of a body at once: against what was sent, against the answer, against values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from oagen.scenario.model import RESPONSE, BodyCheck, Capture, Literal, Scenario, Value
from oagen.scenario.wire.media_types import is_json
from oagen.suite.calls import RequestWriter
from oagen.suite.expressions import Imports, is_json_value, members_of, pointer_tokens
from oagen.suite.python_source import PythonSource, call, literal, mapping, source, string

SENT = PythonSource("sent")
"""The variable that holds the body of a test's request, where checks speak of its members."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The body of a test's request, in a variable of its own.

    Attributes:
        members: The body's members by name.
    """

    members: Mapping[str, Value]

    def shows(self, check: BodyCheck) -> bool:
        """Return whether a check wants back what was sent under the same name."""
        name = _place(check)[1]
        return name in self.members and repr(self.members[name]) == repr(check.value)


def sent_by(scenario: Scenario, *, effects: bool) -> Sent | None:
    """Return the body of a scenario's request where two checks or more repeat its members, else None.

    Args:
        effects: The test asks what is true afterwards.
    """
    body = scenario.when.body
    if body is None or body.raw or scenario.alongside or scenario.repeat > 1:
        return None
    if body.media_type is None or not is_json(body.media_type) or not is_json_value(body.value):
        return None
    sent = Sent(dict(members_of(body.value) or ()))
    afterwards = [check for effect in scenario.then.effects for check in effect.body] if effects else []
    return sent if sum(map(sent.shows, (*scenario.then.body, *afterwards))) > 1 else None


def body_checks(
    answer: str, checks: Iterable[BodyCheck], writer: RequestWriter, imports: Imports, sent: Sent | None = None
) -> Iterator[PythonSource]:
    """Yield the statements that compare the values of a body: members of one object together.

    Args:
        sent: The request's body, where a variable holds it.
    """
    groups: dict[tuple[str, str], list[BodyCheck]] = {}
    for check in checks:
        groups.setdefault((_expected(check, sent), _place(check)[0]), []).append(check)
    for (expected, parent), group in groups.items():
        if expected == "whole" or (len(group) == 1 and expected != SENT):
            yield from (_single(answer, check, writer, imports) for check in group)
            continue
        function = imports.use("check_members")
        within = string(parent) if parent else None
        names = [_place(check)[1] for check in group]
        if expected == SENT:
            yield call(function, answer, SENT, *map(string, names), within=within)
        elif expected == RESPONSE:
            earlier = call(imports.use("at"), "response", *([string(parent)] if parent else []))
            yield call(function, answer, earlier, *map(string, names), within=within)
        else:
            values = mapping((name, writer.value(check.value)) for name, check in zip(names, group, strict=True))
            yield call(function, answer, values, within=within)


def _expected(check: BodyCheck, sent: Sent | None) -> str:
    """Return what a check compares with: the body that was sent, the answer to the request, or a value of its own."""
    if _place(check)[1].isdecimal() or not check.pointer:
        return "whole"
    if sent is not None and sent.shows(check):
        return SENT
    if check.value == Capture(RESPONSE, pointer=check.pointer):
        return RESPONSE
    return "value"


def _place(check: BodyCheck) -> tuple[str, str]:
    """Return the pointer of the object that a check looks into, and the name of the member."""
    parent, _, _ = check.pointer.rpartition("/")
    return parent, (pointer_tokens(check.pointer) or [""])[-1]


def _single(answer: str, check: BodyCheck, writer: RequestWriter, imports: Imports) -> PythonSource:
    """Return the statement that compares one value of a body."""
    place = [string(check.pointer)] if check.pointer else []
    found, message = call(imports.use("at"), answer, *place), call(imports.use("differs"), answer, *place)
    if isinstance(check.value, Literal) and (check.value.value is None or isinstance(check.value.value, bool)):
        return source(f"assert {found} is {literal(check.value.value)}, {message}")
    return source(f"assert {found} == {writer.value(check.value)}, {message}")
