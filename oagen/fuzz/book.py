"""The findings of one campaign: each fault once, with its count and its operations."""

from __future__ import annotations

from dataclasses import replace

from oagen.findings.model import CASE, CONTRACT_KINDS, Finding, FindingKind, StoredVerdict
from oagen.findings.store import Store
from oagen.fuzz.events import Finished
from oagen.fuzz.oracles import Fault
from oagen.fuzz.reasons import Reasons
from oagen.scenario.model import Expectation, Request, Scenario, Step
from oagen.spec.model import ApiDescription

_SAVE_EVERY = 50  # further meetings of a finding between two writes of its count


class Book:
    """Keeps findings, in the store as well where there is one.

    Args:
        description: Where documented responses stand.
        store: Where findings outlive the campaign.
        run: Its number in the store.
        resumed: It goes on with what was met before it was cut off.
    """

    def __init__(
        self, description: ApiDescription, store: Store | None = None, run: int = 0, *, resumed: bool = False
    ) -> None:
        self._locations = {operation.key: operation.location for operation in description.operations}
        self._reasons = Reasons(description)
        self._store = store
        self._run = run
        before = store.met(run) if store and resumed else ()
        self._findings = {finding.fingerprint: finding for finding in before}
        self._met = dict.fromkeys(self._findings, 0)
        self._known = {item.fingerprint for item in store.findings()} if store else set()

    def __len__(self) -> int:
        return len(self._findings)

    def __contains__(self, name: object) -> bool:
        return name in self._findings

    def knows(self, name: str, operation: str) -> bool:
        """Whether an operation has shown a fault before."""
        return name in self._findings and operation in self._findings[name].operations

    def meet(self, fault: Fault, request: Request, *, at: int = 0, together: bool = False) -> Finding | None:
        """Count a fault; return its finding when this campaign meets it for the first time.

        So it does when the fault is met where the document does not excuse it, and was only met elsewhere before.

        Args:
            fault: What was wrong.
            request: What drew it.
            at: How many requests had been sent.
            together: The request was sent twice at the same moment.
        """
        name = fault.fingerprint.identity
        self._met[name] = at
        before = self._findings.get(name)
        if before is not None:
            operations = before.operations
            if request.operation not in operations:
                operations = (*operations, request.operation)
            finding = replace(before, count=before.count + 1, operations=operations)
            if before.is_excused and fault.kind is not FindingKind.DOCUMENTED_5XX:
                met = self._finding(fault, request, together=together)
                return self._save(replace(met, count=finding.count, operations=operations))
            self._findings[name] = finding
            if operations is not before.operations or finding.count % _SAVE_EVERY == 0:
                self._save(finding)
            return None
        return self._save(self._finding(fault, request, together=together))

    def _finding(self, fault: Fault, request: Request, *, together: bool) -> Finding:
        return Finding(
            fingerprint=fault.fingerprint.identity,
            kind=fault.kind,
            operation=request.operation,
            status=fault.status,
            message=fault.fingerprint.message,
            exception=fault.fingerprint.exception,
            frame=fault.fingerprint.frame,
            traceback=fault.traceback,
            exact=fault.fingerprint.exact,
            operations=(request.operation,),
            scenario=replace(self._scenario(fault, request), alongside=(request,) if together else ()),
        )

    def shrunk(self, name: str, steps: tuple[Step, ...], request: Request, *, flaky: bool) -> Finding:
        """Put a smaller scenario in the place of the one that was met first."""
        before = self._findings[name]
        title = self._title(before.kind, request)
        scenario = replace(before.scenario, title=title, given=steps, when=request, alongside=())
        if flaky and before.scenario.alongside:
            scenario = before.scenario  # alone it shows nothing
        return self._save(replace(before, scenario=scenario, flaky=flaky, proven=not flaky))

    def met_since(self, count: int) -> tuple[Finding, ...]:
        """Return the findings that were met when more than so many requests had been sent, whenever they were first."""
        return tuple(finding for name, finding in self._findings.items() if self._met[name] > count)

    def strike(self, name: str) -> None:
        """Take a finding out: it was a consequence of something else."""
        self._findings.pop(name, None)
        if self._store is not None and name not in self._known:
            self._store.forget(name)

    def leave_store(self) -> None:
        """Go on without the store, which can't be written any more."""
        self._store = None

    def all(self) -> tuple[Finding, ...]:
        """Return the findings in the order of meeting."""
        return tuple(self._findings.values())

    def save(self) -> None:
        """Write the counts of all findings."""
        for finding in self.all():
            self._save(finding)

    def keep(self, digest: bytes, request: Request) -> None:
        """Write down a request that showed something new, so that a later campaign starts with it.

        Args:
            digest: Of the bytes that are sent, see `Sender.digest`.
        """
        if self._store is not None:
            self._store.keep(digest, request, self._run)

    def close(self, finished: Finished) -> None:
        """Write down how the campaign ended."""
        if self._store is not None:
            self._store.finish_run(
                self._run, stop=finished.stop.value, requests=finished.requests, seconds=finished.seconds
            )

    def _scenario(self, fault: Fault, request: Request) -> Scenario:
        """Return the scenario of a fault: the request must not draw it."""
        place = fault.place
        if place is None and (operation := self._locations.get(request.operation)) is not None:
            place = operation.child("responses")
        return Scenario(
            operation=request.operation,
            status="default",
            technique="fuzz",
            title=self._title(fault.kind, request),
            pointer=place.pointer if place else "",
            document=place.document if place else "",
            when=request,
            then=Expectation(status="default"),
        )

    def _title(self, kind: FindingKind, request: Request) -> str:
        promise = "keeps its contract" if kind in CONTRACT_KINDS else "no server error"
        case = self._reasons.of(request)
        return f"{promise}{CASE}{case}" if case else promise

    def _save(self, finding: Finding) -> Finding:
        self._findings[finding.fingerprint] = finding
        if self._store is None:
            return finding
        verdict = self._store.record(finding, self._run)
        if finding.verdict is StoredVerdict.NEW and verdict is not finding.verdict:
            finding = replace(finding, verdict=verdict)
            self._findings[finding.fingerprint] = finding
        return finding


def run_in(store: Store | None, source: str, seed: int, run: int | None) -> int:
    """Return the number of the campaign in the store: a new one, that of all its workers, or of one that goes on."""
    if store is None:
        return 0
    return store.begin_run(seed=seed, source=source) if run is None else store.join_run(run)
