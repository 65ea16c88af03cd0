"""Plans: a request, and the outcomes of the collaborators that are replaced for it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote, urlencode

from oagen.outcomes.model import Outcome, Replaced, Spec
from oagen.outcomes.specs import changed, fields_of, inner, literal, scalars
from oagen.outcomes.trying import Seam, Trial
from oagen.scenario.wire import WireRequest

MOST_OUTCOMES = 8
MOST_FIELDS = 40
MOST_PATHS = 12
DEEPEST = 3
FIELDS_A_STEP = 4
"""Of the values of fields that are tried in search of a success, so many before they give way to other plans."""
REPLACEMENT, TURN, FIX, DEEPER, INDIRECT, VAGUE = 4, 6, 3, 7, 6, 12
"""What makes a plan harder to read: a collaborator more, an unusual outcome, a value that is made to fit, ..."""
ENTERING = 1
"""What it costs to begin with what has led others to their handlers."""

_INVALID = (400, 422)
_UNSUPPORTED = 415
_FAILURE = 500
_OPENING = re.compile(r"token|session|jwt|identity|credential|api_?key|user|auth")
_NO_KEY = re.compile(r"[\w.]*KeyError: '(\w+)'")
_EMPTY = (literal(None), literal(0), {"k": "list", "items": []}, {"k": "dict", "items": []})


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A seam and the outcome chosen for it.

    Attributes:
        index: Which of the seam's outcomes it comes from.
        turned: It is not the usual one.
        more: Those of the second call and the following ones, where they are not the same.
    """

    seam: Seam
    outcome: Outcome
    index: int = 0
    turned: bool = False
    more: tuple[Outcome, ...] = ()

    @property
    def name(self) -> str:
        """The collaborator, without its module."""
        return self.seam.target.rpartition(":")[2]

    @property
    def replaced(self) -> Replaced:
        """The same as the agent and the suite know it."""
        return Replaced(
            target=self.seam.target,
            kind=self.seam.kind,
            outcomes=(self.outcome, *self.more),
            holder=self.seam.holder,
            of=self.seam.of,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A request with the outcomes of collaborators.

    Attributes:
        title: What the request itself is about, as its scenario says it.
        status: The status that its scenario promises.
        cost: What makes it harder to read than another.
        progress: How many of the plans that led to it ran new lines.
    """

    request: WireRequest
    title: str
    status: str
    choices: tuple[Choice, ...] = ()
    cost: int = 0
    progress: int = 0

    @property
    def replaced(self) -> tuple[Replaced, ...]:
        """What is replaced, one for each choice."""
        return tuple(choice.replaced for choice in self.choices)

    @property
    def joined(self) -> tuple[Replaced, ...]:
        """What is replaced, each function once: queries for several models are told apart by what they are for."""
        found: dict[str, list[Replaced]] = {}
        for item in self.replaced:
            found.setdefault(item.target, []).append(item)
        return tuple(_joined(items) for items in found.values())

    @property
    def turns(self) -> int:
        """How many outcomes are not the usual ones."""
        return sum(choice.turned for choice in self.choices)

    @property
    def empties(self) -> int:
        """How many collaborators have nothing to give, where they could have something."""
        return sum(choice.index > 0 and choice.outcome.value in _EMPTY for choice in self.choices)

    @property
    def vague(self) -> str:
        """The collaborator whose outcome is made up, or nothing."""
        return next((choice.name for choice in self.choices if choice.outcome.vague), "")

    @property
    def key(self) -> str:
        """What is the same for the same plan."""
        return repr(
            (
                self.request,
                sorted((item.target, item.of, repr([one.told() for one in item.outcomes])) for item in self.replaced),
            )
        )

    def choice_of(self, seam: Seam) -> Choice | None:
        """Return what was chosen for a seam; None where it is left as it is."""
        return next((choice for choice in self.choices if choice.seam.name == seam.name), None)

    def adding(self, seam: Seam, index: int = 0, *, turned: bool = False, cost: int = REPLACEMENT) -> Plan:
        """Return the plan with one more collaborator replaced."""
        choice = Choice(seam=seam, outcome=seam.outcomes[index], index=index, turned=turned)
        extra = VAGUE if choice.outcome.vague else 0
        return replace(self, choices=(*self.choices, choice), cost=self.cost + cost + extra)

    def turning(self, position: int, outcome: Outcome, index: int, *, fix: bool) -> Plan:
        """Return the plan with another outcome of one collaborator.

        Args:
            fix: It is what a success needs, no deviation from it.
        """
        choice = replace(self.choices[position], outcome=outcome, index=index, turned=not fix)
        return replace(self.with_choice(position, choice), cost=self.cost + (FIX if fix else TURN))

    def with_choice(self, position: int, choice: Choice) -> Plan:
        """Return the plan with another choice at a position."""
        return replace(self, choices=(*self.choices[:position], choice, *self.choices[position + 1 :]))

    def without(self, position: int) -> Plan:
        """Return the plan with one collaborator as it is."""
        return replace(self, choices=(*self.choices[:position], *self.choices[position + 1 :]))


def _joined(items: Sequence[Replaced]) -> Replaced:
    if len(items) == 1:
        return replace(items[0], of="")
    outcomes = [[item.of, item.outcomes[0].told()] for item in items if item.of]
    return replace(items[0], of="", outcomes=(Outcome(value={"k": "by_model", "items": outcomes, "self": True}),))


def blocked_children(plan: Plan, trial: Trial, *, fix: bool) -> Iterator[Plan]:
    """Yield plans that replace what stands on the way to I/O: from the handler inwards.

    Args:
        fix: See `turned_children`.
    """
    usable = [seam for seam in trial.beneath if seam.outcomes and plan.choice_of(seam) is None]
    for depth, seam in enumerate(usable[:3]):
        added = plan.adding(seam, cost=REPLACEMENT + DEEPER * depth)
        if seam.beside is not None and plan.choice_of(seam.beside) is None:
            yield added.adding(seam.beside, cost=0)
        yield added
    if not trial.handled:  # what is looked up on the way goes on to the handler: a row of the right model does most
        for seam in usable[3:]:
            if seam.of:
                yield plan.adding(seam, cost=REPLACEMENT + DEEPER)
    for seam in usable[:1]:
        for index in range(1, min(len(seam.outcomes), MOST_OUTCOMES)):
            if fix and not seam.outcomes[index].raises:
                yield plan.adding(seam, index, cost=REPLACEMENT + FIX)
            else:
                yield plan.adding(seam, index, turned=True, cost=REPLACEMENT + TURN)


def entered_children(plan: Plan, entries: Iterable[tuple[Choice, ...]]) -> Iterator[Plan]:
    """Yield plans with what has led requests of other operations to their handlers."""
    for number, choices in enumerate(entries):
        mine = {choice.seam.name for choice in plan.choices}
        more = tuple(choice for choice in choices if choice.seam.name not in mine)
        if more:
            yield replace(plan, choices=(*plan.choices, *more), cost=plan.cost + ENTERING + number)


def door_children(plan: Plan, doors: Sequence[Seam]) -> Iterator[Plan]:
    """Yield plans in which the framework says that somebody asks."""
    for number, seam in enumerate(doors):
        if plan.choice_of(seam) is None:
            added = plan.adding(seam, cost=FIX + number)
            yield added
            if seam.beside is not None and plan.choice_of(seam.beside) is None:
                yield added.adding(seam.beside, cost=1)


def refused_children(plan: Plan, trial: Trial, dependencies: Sequence[Seam]) -> Iterator[Plan]:
    """Yield plans that replace what stands on the way to a refusal."""
    near = {seam.target for seam in trial.raising}
    validated = trial.status in _INVALID and not near  # by the framework, which asks nobody
    others = () if trial.handled or validated else dependencies
    seams = [*trial.raising, *(seam for seam in others if seam.target not in near)]
    deep = 0
    for seam in seams:
        if seam.outcomes and not seam.outcomes[0].raises and plan.choice_of(seam) is None:
            usual = FIX + 1 if plan.choices else 0
            if seam.target not in near:
                cost = REPLACEMENT + DEEPER + usual
            else:  # who refuses is likelier in the way than what fails: that may be all that the handler does
                cost = FIX + deep if trial.status < _FAILURE else REPLACEMENT + usual
                deep += 1
            yield plan.adding(seam, cost=cost)


def opened_children(plan: Plan, trial: Trial) -> Iterator[Plan]:
    """Yield plans in which a function of the application's that tells who is asking says that somebody is."""
    for seam in trial.calls:
        name = seam.target.rpartition(":")[2].rpartition(".")[2].lower()
        first = next(iter(seam.outcomes), None)
        usable = first is not None and not first.raises and first.value["k"] in ("call", "tuple", "dict")
        if usable and _OPENING.search(name) and plan.choice_of(seam) is None:
            yield plan.adding(seam, cost=REPLACEMENT + FIX)


def turned_children(plan: Plan, trial: Trial, *, fix: bool) -> Iterator[Plan]:
    """Yield plans in which one collaborator does something else.

    Args:
        fix: No success is known yet; what leads there is no deviation.
    """
    positions = [item for item in range(len(plan.choices)) if not plan.choices[item].turned]
    for position in positions[::-1]:  # what was replaced last is what the answer hangs on most
        choice = plan.choices[position]
        for index, outcome in enumerate(choice.seam.outcomes[:MOST_OUTCOMES]):
            if index != choice.index and not (fix and outcome.raises):
                yield plan.turning(position, outcome, index, fix=fix)
    for position in positions[::-1]:
        choice = plan.choices[position]
        for number, value in enumerate(_values_turned(plan, trial, choice)):
            turned = plan.turning(position, Outcome(value=value), choice.index, fix=fix)
            yield replace(turned, cost=turned.cost + 1 + number // FIELDS_A_STEP) if fix else turned
    for seam in trial.calls:
        if plan.choice_of(seam) is None and _says_something(seam):
            extra = 0 if seam.direct else INDIRECT
            for index in range(min(len(seam.outcomes), MOST_OUTCOMES)):
                if not (fix and seam.outcomes[index].raises):
                    yield plan.adding(seam, index, turned=not fix, cost=REPLACEMENT + TURN + extra)


def told_children(plan: Plan, trial: Trial) -> Iterator[Plan]:
    """Yield the plan whose mocks are told what to give where they were asked for something."""
    more = plan
    for position, choice in enumerate(plan.choices):
        paths = trial.paths[position] if position < len(trial.paths) else {}
        value = choice.outcome.value
        if paths and value["k"] == "mock" and len(value["kw"]) < MOST_PATHS:
            given = {path: outcome.value for path, outcome in paths.items()}
            vague = choice.outcome.vague or any(outcome.vague for outcome in paths.values())
            outcome = Outcome(value={**value, "kw": {**value["kw"], **given}}, vague=vague)
            more = replace(more.with_choice(position, replace(choice, outcome=outcome)), cost=more.cost + 1)
    if more is not plan:
        yield more


def request_children(plan: Plan, trial: Trial) -> Iterator[Plan]:
    """Yield plans whose body has a value that the code compares one with."""
    content_type = next((value for name, value in plan.request.headers if name.lower() == "content-type"), "")
    try:
        body: Any = json.loads(plan.request.body or b"null") if "json" in content_type else None
    except ValueError:
        return
    for name, now in body.items() if isinstance(body, dict) else ():
        for constant in trial.compares.get(name, ()):
            value = constant.get("v")
            if constant["k"] == "lit" and type(value) is type(now) and value != now:
                changed_body = json.dumps({**body, name: value}).encode()
                request = replace(plan.request, body=changed_body)
                yield replace(plan, request=request, title=f"when {name} is {value}", cost=plan.cost + TURN)


def asked_children(plan: Plan, trial: Trial) -> Iterator[Plan]:
    """Yield the plan whose request has what the code looks up in vain, or what a refusal says is required."""
    names = list(dict.fromkeys(_lacking(trial)))
    path, _, query = plan.request.target.partition("?")
    try:
        body: Any = json.loads(plan.request.body or b"{}")
    except ValueError:
        return
    untold = trial.status == _UNSUPPORTED and plan.request.body is None  # a body is wanted that nobody has documented
    if not (names or untold) or not isinstance(body, dict) or any(name in body for name in names):
        return
    told = {name: _made_up(name) for name in names}
    if plan.request.method in ("GET", "HEAD"):
        items = {name: value[0] if isinstance(value, list) else value for name, value in told.items()}
        request = replace(plan.request, target=f"{path}?{'&'.join(filter(None, [query, urlencode(items)]))}")
    else:
        headers = [pair for pair in plan.request.headers if pair[0].lower() != "content-type"]
        headers.append(("Content-Type", "application/json"))
        request = replace(plan.request, headers=tuple(headers), body=json.dumps({**body, **told}).encode())
    title = f"for a request with {' and '.join(names) or 'a body'}"
    yield replace(plan, request=request, title=title, cost=plan.cost + FIX)


def _lacking(trial: Trial) -> Iterator[str]:
    """Yield the names of what a request lacks, as errors and refusals say them."""
    if match := _NO_KEY.fullmatch(trial.exception):
        yield match[1]
    if trial.status not in _INVALID:
        return
    for name, message in _refused(trial.body):
        if "required" in message.lower() and name not in ("detail", "message", "error"):
            yield name


def _said_of(body: Any, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield the names of what a refusal is about with what it says, be it inside of something."""
    for name, said in body.items() if isinstance(body, dict) else ():
        if isinstance(said, dict):
            yield from _said_of(said, depth + 1) if depth < DEEPEST else ()
        elif isinstance(name, str) and name.isidentifier():
            yield name, str(said)


def _refused(body: bytes) -> Iterator[tuple[str, str]]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return
    yield from _said_of(said)


def sparing_children(plan: Plan, trial: Trial) -> Iterator[Plan]:
    """Yield the plan whose body does not have what a refusal does not like."""
    if trial.status not in _INVALID or plan.request.body is None:
        return
    try:
        body = json.loads(plan.request.body)
    except ValueError:
        return
    named = {name for name, message in _refused(trial.body) if "required" not in message.lower()}
    kept = {name: value for name, value in body.items() if name not in named} if isinstance(body, dict) else body
    if isinstance(body, dict) and len(kept) < len(body):
        request = replace(plan.request, body=json.dumps(kept).encode())
        title = f"for a request without {' and '.join(name for name in body if name not in kept)}"
        yield replace(plan, request=request, title=title, cost=plan.cost + FIX)


def _made_up(name: str) -> Any:
    """Return a value for a name alone."""
    identifies = name in ("id", "pk", "ids") or name.endswith(("_id", "_ids", "_pk"))
    value: Any = 7 if identifies else name
    return [value] if name.endswith("s") and not name.endswith("ss") else value


def sequence_children(plan: Plan, trial: Trial, *, fix: bool) -> Iterator[Plan]:
    """Yield plans in which a collaborator that is asked more than once gives each time what it is asked for."""
    for position, choice in enumerate(plan.choices):
        options = trial.options[position] if position < len(trial.options) else ()
        if len(options) < 2 or not all(options) or choice.turned:  # noqa: PLR2004
            continue
        firsts = (choice.outcome, *(each[0] for each in options[1:]))
        usual = choice.more or firsts[1:]
        if not choice.more and any(item.told() != choice.outcome.told() for item in firsts):
            yield replace(plan.with_choice(position, replace(choice, more=usual)), cost=plan.cost + FIX)
        for later, each in enumerate(options[1:]):
            for outcome in each[1:MOST_OUTCOMES]:
                more = (*usual[:later], outcome, *usual[later + 1 :])
                other = plan.with_choice(position, replace(choice, more=more, turned=not fix))
                yield replace(other, cost=plan.cost + FIX + TURN)


def _says_something(seam: Seam) -> bool:
    """Tell whether a function gives more than None back, or raises."""
    return any(item.raises or (item.value != literal(None) and item.value["k"] != "bare") for item in seam.outcomes)


def _values_turned(plan: Plan, trial: Trial, choice: Choice) -> Iterator[Spec]:
    """Yield the value of a choice with one field changed: those that the code reads."""
    fields, known = choice.seam.fields[choice.index], fields_of(choice.outcome.value)
    told = 0
    is_dict = inner(choice.outcome.value)["k"] == "dict"
    for path in dict.fromkeys([*fields, *known]):
        name = path.rpartition(".")[2]
        now = known.get(path)
        read = name in ("", "id", "pk") or name in trial.reads or name in trial.compares or is_dict
        if now is None or not read:
            continue
        flipped = [literal(not now["v"])] if now["k"] == "lit" and isinstance(now["v"], bool) else []
        options = [*fields.get(path, ()), *flipped, *_compared(trial, name, now), *_elsewhere(plan, now)]
        for value in options:
            if value != now and told < MOST_FIELDS:
                told += 1
                yield changed(choice.outcome.value, path, value)


def _compared(trial: Trial, name: str, now: Spec) -> Iterator[Spec]:
    """Yield the constants that a field is compared with, and the numbers around them."""
    if now["k"] != "lit":
        return
    kind = type(now["v"])
    for constant in trial.compares.get(name, ()):
        if constant["k"] == "lit" and type(constant["v"]) is kind:
            yield constant
            if kind is int:
                yield from (literal(constant["v"] - 1), literal(constant["v"] + 1))


def _elsewhere(plan: Plan, now: Spec) -> Iterator[Spec]:
    """Yield the texts and numbers of the same type in the request and in other outcomes: the owner is who asks."""
    if now["k"] != "lit" or not isinstance(now["v"], str):
        return
    texts = [value for choice in plan.choices for value in scalars(choice.outcome.value)]
    texts += [value for name, value in plan.request.headers if name.lower() not in ("content-type", "accept")]
    texts += [unquote(part) for part in plan.request.target.partition("?")[0].split("/")]
    texts += _body_texts(plan.request.body)
    for value in list(dict.fromkeys(item for item in texts if isinstance(item, str) and 0 < len(item) <= 60))[:8]:  # noqa: PLR2004
        yield literal(value)


def _body_texts(body: bytes | None) -> list[object]:
    try:
        value = json.loads(body or b"null")
    except ValueError:
        return []
    return list(value.values()) if isinstance(value, dict) else []
