"""Finding the outcomes of an application, operation by operation: the use case, as a table of contents."""

from __future__ import annotations

import contextlib
import hashlib
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from oagen.errors import TargetError
from oagen.outcomes.finishing import Promise, content_failures, content_problems, finished, lasting_body, lasting_calls
from oagen.outcomes.mending import misfits_of
from oagen.outcomes.model import Outcomes, Replaced, UnitWitness, Unreached
from oagen.outcomes.plans import Plan
from oagen.outcomes.requests import hints, seeds, shape_of
from oagen.outcomes.search import Entries, Found, Reached, Search, Try, chosen
from oagen.outcomes.trying import Handler, Seam, Trial, seam_of, try_out
from oagen.runner.judge import Judge
from oagen.scenario.model import Scenario
from oagen.scenario.values.checking import Direction, SchemaChecker
from oagen.scenario.values.examples import ExampleMaker
from oagen.scenario.wire import WireRequest
from oagen.spec.model import ApiDescription, Operation, Response
from oagen.target.agent.connection import AgentConnection

_LEAST = 0.5  # seconds for one operation, however many there are
_FIRST_ROUND = 0.7
"""Part of its time that an operation has at once; what it leaves is for those that need more."""
_OF_A_CLIENT = (("Accept", "*/*"), ("Accept-Encoding", "gzip"), ("User-Agent", "unit-tests"))
"""What a test's client sends of itself, which its version decides: nothing that is told may hang on it."""
_PROOFS = 2
"""How often what was found is proven in a fresh process: what relied on earlier requests is sought again there."""
_SEARCHING = 0.75
"""Part of all the time; the rest is for proving what was found."""
VERSION = b"6"
"""Of the search: what an older one has found is searched again."""

_TO_BE_SOUGHT = ""
"""The fingerprint of an operation whose application did not start: another time it may."""

Progress = Callable[[str, int], None]
"""Told the operation that comes next, and how many trials there were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunt:
    """The search of one operation, which may go on."""

    operation: Operation
    search: Search
    try_plan: Try


class Finder:
    """Finds outcomes through one connection."""

    def __init__(
        self, description: ApiDescription, connection: AgentConnection, *, base_path: str, seconds: float
    ) -> None:
        self._connection = connection
        self._base_path = base_path
        self._judge = Judge(description)
        self._maker = ExampleMaker(SchemaChecker(description.resolver, Direction.RESPONSE))
        self._schemes = description.security_schemes
        survey = connection.survey(hints(description))
        if survey["homes"]:  # handlers of installed packages are the application's as well
            connection.include([Path(home) for home in survey["homes"]])
            survey = connection.survey(hints(description))
        self._routes = _routes(survey)
        self._prefix = _mounted_at(description, self._routes, self._base_path)
        self._doors = tuple(map(seam_of, survey["doors"]))
        self._entries = Entries()
        self._sources = fingerprint(*(Path(file).read_bytes() for file in survey["files"] if Path(file).is_file()))
        self._left = len(description.operations)
        self._deadline = time.monotonic() + seconds  # an application may take long to start
        self.trials = 0

    def handler_of(self, operation: Operation) -> tuple[Handler, tuple[Seam, ...]] | None:
        """Return an operation's function, and what the framework calls for it; None where it is not found."""
        bare = _bare(self._base_path.rstrip("/") + self._prefix + operation.path)
        return self._routes.get((operation.method, bare)) or self._routes.get((operation.method, _bare(operation.path)))

    def fingerprint(self, operation: Operation, scenarios: Sequence[Scenario]) -> str:
        """Return what is the same as long as the search would do the same."""
        requests = [repr(plan.request).encode() for plan in seeds(operation, scenarios, self._schemes)]
        return fingerprint(self._sources.encode(), VERSION, operation.key.encode(), *requests)

    def begin(self, operation: Operation, scenarios: Sequence[Scenario]) -> Hunt:
        """Search for the outcomes of an operation, for its share of the time; `finish` tells what was found.

        Raises:
            TargetError: The application does not start any more.
        """
        handler, dependencies = self.handler_of(operation) or (None, ())
        shape = shape_of(operation, self._maker)

        def try_plan(plan: Plan, replaced: Sequence[Replaced] | None = None, *, watch: bool = False) -> Trial:
            self.trials += 1
            exact = replaced is not None
            target = self._base_path.rstrip("/") + self._prefix + plan.request.target
            request = WireRequest(
                method=plan.request.method, target=target, headers=plan.request.headers, body=plan.request.body
            )
            told = plan.replaced if replaced is None else replaced
            trial = try_out(self._connection, request, told, handler, shape=shape, exact=exact, watch=watch)
            response = next((item for item in operation.responses if item.status == str(trial.status)), None)
            if response is None or trial.blocked or not trial.body or trial.status >= 400:  # noqa: PLR2004
                return trial
            promise = Promise(operation=operation, response=response, judge=self._judge)
            return replace(trial, misfits=misfits_of(content_failures(trial, promise)))

        wanted = [response.status for response in operation.responses]
        now = time.monotonic()
        share = max(_LEAST, (self._deadline - now) / max(1, self._left)) * _FIRST_ROUND
        self._left -= 1
        search = Search(
            wanted,
            (*dependencies, *self._doors),
            try_plan,
            min(self._deadline, now + share),
            shape,
            doors=self._doors,
            entries=self._entries,
        )
        search.run(self._seeds(operation, scenarios, handler))
        return Hunt(operation=operation, search=search, try_plan=try_plan)

    def _seeds(self, operation: Operation, scenarios: Sequence[Scenario], handler: Handler | None) -> Iterator[Plan]:
        """Yield the requests to begin with, as the framework's own route asks for them."""
        base = self._base_path.rstrip("/") + self._prefix
        for plan in seeds(operation, scenarios, self._schemes):
            if handler is None or not handler.patterns:
                yield plan
                continue
            if plan.status == "404":  # what is unknown may be what does not match
                yield plan
            target = handler.routed(base + plan.request.target).removeprefix(base)
            yield replace(plan, request=replace(plan.request, target=target))

    def go_on(self, hunts: Sequence[Hunt]) -> None:
        """Spend the time that is left on the operations that need more.

        Raises:
            TargetError: The application does not start any more.
        """
        waiting = [hunt for hunt in hunts if hunt.search.is_worth_more]
        for place, hunt in enumerate(waiting):
            now = time.monotonic()
            hunt.search.resume(now + max(0.0, self._deadline - now) / (len(waiting) - place))

    def finish(self, hunt: Hunt) -> tuple[list[UnitWitness], list[Unreached]]:
        """Return what was found for an operation, proven by the very mocks that a test uses.

        Raises:
            TargetError: The application does not start any more.
        """
        operation, found = hunt.operation, hunt.search.found
        witnesses: list[UnitWitness] = []
        unreached: list[Unreached] = []
        for response in operation.responses:
            made = self._witnesses(operation, response, found, hunt.try_plan)
            witnesses += made
            if not made:
                reason = _why_not(found, response.status)
                unreached.append(Unreached(operation=operation.key, status=response.status, reason=reason))
        return witnesses, unreached

    def proven(self, witnesses: Sequence[UnitWitness]) -> Iterator[UnitWitness | Unreached]:
        """Yield what draws its status in a fresh process too, whatever was asked before, and why the others do not.

        Raises:
            TargetError: The application does not start any more.
        """
        self._connection.restart()
        for witness in reversed(witnesses):
            self.trials += 1
            request = witness.request
            sent = {name.lower() for name, _ in request.headers}
            headers = (*request.headers, *(header for header in _OF_A_CLIENT if header[0].lower() not in sent))
            wire = replace(request, target=self._base_path.rstrip("/") + request.target, headers=headers)
            trial = try_out(self._connection, wire, witness.replaced, None, exact=True)
            if trial.status == witness.answered and not trial.blocked and not trial.error:
                body = lasting_body(witness, trial)
                whole = witness.whole and body == witness.body
                yield replace(witness, body=body, whole=whole, replaced=lasting_calls(witness, trial))
            else:
                reason = f"it came once, but not in a fresh process, where {trial.status or trial.error} came"
                yield Unreached(operation=witness.operation, status=witness.status, reason=reason)

    def _witnesses(self, operation: Operation, response: Response, found: Found, try_plan: Try) -> list[UnitWitness]:
        handler, _ = self.handler_of(operation) or (None, ())
        excluded = [item.status for item in operation.responses if item is not response]
        promise = Promise(operation=operation, response=response, judge=self._judge)
        fitting: list[Reached] = []
        others: list[Reached] = []
        for item in found.reached:
            problems = content_problems(item.trial, promise)
            (others if problems else fitting).append(item)
        made: list[UnitWitness] = []
        for candidates in (fitting, others):
            for item in chosen(candidates, response.status, excluded, handler):
                witness = finished(item, found.base, promise, try_plan)
                if witness is not None and self._prefix:
                    request = replace(witness.request, target=self._prefix + witness.request.target)
                    witness = replace(witness, request=request)
                if witness is not None and all(witness.reason != other.reason for other in made):
                    made.append(witness)
            if made:
                break
        return made


def find_outcomes(
    description: ApiDescription,
    scenarios: Sequence[Scenario],
    connection: AgentConnection,
    *,
    base_path: str,
    budget: float,
    progress: Progress,
    known: Outcomes | None = None,
) -> Outcomes:
    """Return the outcomes of collaborators that draw each documented status of an application.

    Args:
        budget: Seconds.
        known: What was found before; an operation whose requests and whose application are the same is left alone.
        base_path: What the API's paths begin with.

    Raises:
        TargetError: The application can't be looked into.
    """
    finder = Finder(description, connection, base_path=base_path, seconds=_SEARCHING * budget)
    began = time.monotonic()
    witnesses: list[UnitWitness] = []
    unreached: list[Unreached] = []
    unmapped: list[str] = []
    fingerprints: dict[str, str] = {}
    hunts: list[Hunt] = []
    before = known if known is not None and known.app == connection.app else Outcomes()
    by_operation: dict[str, list[Scenario]] = {}
    for scenario in scenarios:
        by_operation.setdefault(scenario.operation, []).append(scenario)
    for operation in description.operations:
        progress(operation.key, finder.trials)
        if finder.handler_of(operation) is None:
            unmapped.append(operation.key)
        mine = by_operation.get(operation.key, [])
        mark = fingerprints[operation.key] = finder.fingerprint(operation, mine)
        if _is_settled(earlier := before.fingerprints.get(operation.key, ""), mark, budget):
            fingerprints[operation.key] = earlier
            witnesses += [item for item in before.witnesses if item.operation == operation.key]
            unreached += [item for item in before.unreached if item.operation == operation.key]
            continue
        try:
            hunts.append(finder.begin(operation, mine))
        except TargetError as error:
            unreached += _all_missed(operation, error)
            fingerprints[operation.key] = _TO_BE_SOUGHT
    with contextlib.suppress(TargetError):  # what was found until then is what there is
        finder.go_on(hunts)
    for hunt in hunts:
        if hunt.search.is_worth_more:
            fingerprints[hunt.operation.key] += f" {budget:g}"
    proven: list[UnitWitness | Unreached] = []
    waiting = hunts
    for _ in range(_PROOFS):
        fresh, missed = _finished(finder, waiting)
        unreached += missed
        try:
            shown = list(finder.proven(fresh))[::-1] if fresh else []
        except TargetError:  # it started before; what it showed then is what there is
            shown = [*fresh]
        proven += shown
        held = {item.operation for item in shown if isinstance(item, Unreached)}
        waiting = [
            hunt for hunt in waiting if hunt.operation.key in held
        ]  # something was kept from one request to another
        if not waiting or time.monotonic() > began + budget:
            break
    witnesses += _distinct(item for item in proven if isinstance(item, UnitWitness))
    kept = {(item.operation, item.status) for item in witnesses}
    unreached += [item for item in proven if isinstance(item, Unreached)]
    unreached = list({(item.operation, item.status): item for item in unreached}.values())
    unreached = [item for item in unreached if (item.operation, item.status) not in kept]
    return Outcomes(
        app=connection.app,
        witnesses=tuple(witnesses),
        unreached=tuple(unreached),
        fingerprints=fingerprints,
        unmapped=tuple(unmapped),
        trials=finder.trials,
        seconds=time.monotonic() - began,
    )


def _is_settled(earlier: str, mark: str, budget: float) -> bool:
    """Tell whether another search would show no more than an earlier one.

    Args:
        earlier: The fingerprint of what was searched, and the seconds of all where those ended the search.
        mark: The fingerprint of what would be searched.
    """
    before, _, seconds = earlier.partition(" ")
    return before == mark and (not seconds or float(seconds) >= budget)


def _finished(finder: Finder, hunts: Sequence[Hunt]) -> tuple[list[UnitWitness], list[Unreached]]:
    """Return what searches have found, with the mocks that tests use."""
    witnesses: list[UnitWitness] = []
    unreached: list[Unreached] = []
    for hunt in hunts:
        try:
            made, missed = finder.finish(hunt)
        except TargetError as error:
            made, missed = [], _all_missed(hunt.operation, error)
        witnesses += made
        unreached += missed
    return witnesses, unreached


def _distinct(witnesses: Iterable[UnitWitness]) -> list[UnitWitness]:
    """Leave out a witness that was found again."""
    return list({(item.operation, item.status, item.reason): item for item in witnesses}.values())


def _all_missed(operation: Operation, error: TargetError) -> list[Unreached]:
    return [Unreached(operation=operation.key, status=item.status, reason=str(error)) for item in operation.responses]


def _routes(survey: Mapping[str, Any]) -> dict[tuple[str, str], tuple[Handler, tuple[Seam, ...]]]:
    routes: dict[tuple[str, str], tuple[Handler, tuple[Seam, ...]]] = {}
    for route in survey["routes"]:
        handler = Handler(
            name=route["handler"],
            file=route["file"],
            first=route["first"],
            last=route["last"],
            patterns=tuple((number, pattern) for number, pattern in route["patterns"]),
        )
        seams = tuple(map(seam_of, route["dependencies"]))
        routes.setdefault((route["method"], _bare(route["path"])), (handler, seams))
    return routes


def _mounted_at(description: ApiDescription, routes: Mapping[tuple[str, str], Any], base_path: str) -> str:
    """Return the path that an API is mounted at in its application, where its document does not say so."""
    known = set(routes)
    base = base_path.rstrip("/")
    wanted = [(operation.method, _bare(operation.path)) for operation in description.operations]
    if any((method, _bare(base + path)) in known or (method, path) in known for method, path in wanted):
        return ""
    found = Counter(
        path[: -len(mine)]
        for method, mine in wanted
        for other, path in known
        if other == method and path.endswith(mine)
    )
    return found.most_common(1)[0][0] if found else ""


def _bare(path: str) -> str:
    """Return a template whose parameters have no names, since a framework may call them otherwise."""
    return re.sub(r"\{[^}]*\}|<[^>]*>", "{}", path).rstrip("/") or "/"


def _why_not(found: Found, status: str) -> str:
    if found.blocked and not found.reached:
        return f"every request needs {found.blocked}, which nothing could stand in for"
    seen = ", ".join(map(str, sorted(item for item in found.answered if item)))
    if not seen:
        return found.errors[0] if found.errors else "nothing was tried"
    return f"no outcome that was tried led to {status}; {seen} came"


def fingerprint(*parts: bytes) -> str:
    """Return what changes when one of the parts does."""
    digest = hashlib.blake2b(digest_size=12)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
