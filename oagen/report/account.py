"""What a campaign came to, as one value: every format of report is a rendering of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from oagen.findings.model import Finding, FindingKind, KeptFinding
from oagen.findings.proof import Proof, ProofContext, proofs
from oagen.fuzz.events import ENDED_BADLY, Finished, Stop
from oagen.report.places import Folders, Place, document_place, source_place
from oagen.runner.statuses import status_matches
from oagen.spec.model import ApiDescription

_LAST = (FindingKind.DOCUMENTED_5XX,)
_KINDS = (*(kind for kind in FindingKind if kind not in _LAST), *_LAST)  # as they are reported: the headline first


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where a finding is.

    Attributes:
        document: The line of the API description that it breaks.
        source: The line of the application that raised.
        request: The line of the description where the operation of its last request stands.
    """

    document: Place | None = None
    source: Place | None = None
    request: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A campaign's end, secrets taken out.

    Attributes:
        api: Title of the description.
        stop: Why it ended.
        responses: Number of answers by status, by operation; `none` counts requests without an answer.
        places: By fingerprint.
        never_seen: Documented responses (operation, status) that no request drew.
        unreached: Operations that never answered 2xx, though they document it.
        notices: What happened to the target meanwhile.
        withheld: Broken promises that one validator saw and the other did not: they are not reported.
    """

    api: str
    requests: int
    seconds: float
    stop: str
    responses: Mapping[str, Mapping[str, int]]
    proofs: tuple[Proof, ...]
    places: Mapping[str, Places] = field(default_factory=dict)
    never_seen: tuple[tuple[str, str], ...] = ()
    unreached: tuple[str, ...] = ()
    operations: int = 0
    notices: tuple[str, ...] = ()
    withheld: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether the campaign came to its end by itself."""
        return self.stop != Stop.UNFINISHED and self.stop not in ENDED_BADLY

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds if self.seconds else 0.0

    def statuses(self) -> dict[str, int]:
        """Return how often each status was answered, over all operations."""
        totals: dict[str, int] = {}
        for counts in self.responses.values():
            for status, count in counts.items():
                totals[status] = totals.get(status, 0) + count
        return dict(sorted(totals.items()))


def account_of(
    finished: Finished,
    description: ApiDescription,
    context: ProofContext,
    *,
    kept: tuple[KeptFinding, ...] = (),
    notices: tuple[str, ...] = (),
    root: Path | None = None,
    top: Path | None = None,
) -> Account:
    """Return what a campaign came to.

    Args:
        kept: What the store knows of findings: since when, and what the user decided.
        notices: What the campaign noticed.
        root: The project's folder.
        top: What paths of places start from; by default the project's folder.
    """
    folder = (root or Path()).absolute()
    folders = Folders(project=folder, top=(top or folder).absolute())
    hide = context.redaction
    return Account(
        api=hide.text(description.title),
        requests=finished.requests,
        seconds=finished.seconds,
        stop=finished.stop.value,
        responses=finished.responses,
        proofs=proofs(sorted(finished.findings, key=_rank), context, kept),
        places=_all_places(finished.findings, description, folders),
        never_seen=tuple(_never_seen(finished, description)),
        unreached=tuple(_unreached(finished, description)),
        operations=len(description.operations),
        notices=tuple(hide.text(notice) for notice in notices),
        withheld=finished.withheld,
    )


def _rank(finding: Finding) -> tuple[bool, int]:
    """Return what sorts findings: what this campaign met first, then undocumented server errors first."""
    return not finding.was_met, _KINDS.index(finding.kind)


def _all_places(findings: Iterable[Finding], description: ApiDescription, folders: Folders) -> dict[str, Places]:
    operations = {operation.key: operation.location for operation in description.operations}
    whole = next(iter(description.resolver.documents), "")  # of what is sent to methods outside the document
    found = {}
    for finding in findings:
        scenario = finding.scenario
        asked = operations.get(scenario.when.operation)
        found[finding.fingerprint] = Places(
            document=document_place(scenario.document or whole, scenario.pointer, description, folders),
            source=source_place(finding, folders),
            request=document_place(asked.document, asked.pointer, description, folders) if asked else None,
        )
    return found


def _never_seen(finished: Finished, description: ApiDescription) -> Iterator[tuple[str, str]]:
    for operation in description.operations:
        answered = [int(status) for status in finished.responses.get(operation.key, {}) if status.isdigit()]
        listed = [response.status for response in operation.responses]
        for response in operation.responses:
            others = [status for status in listed if status != response.status and status.isdigit()]
            if not any(status_matches(status, response.status, others) for status in answered):
                yield operation.key, response.status


def _unreached(finished: Finished, description: ApiDescription) -> Iterator[str]:
    for operation in description.operations:
        promises = any(response.status.startswith("2") for response in operation.responses)
        if promises and not any(status.startswith("2") for status in finished.responses.get(operation.key, {})):
            yield operation.key
