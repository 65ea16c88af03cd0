"""One run of the fuzz job: how it ended, and what became of each finding."""

from __future__ import annotations

import datetime as dt
import enum
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from oagen.ci.ledger import NightRecord
from oagen.errors import OagenError
from oagen.findings.model import Decision, FindingKind, KeptFinding, StoredVerdict

INTERRUPTED = 130


class Group(enum.StrEnum):
    """How a finding stands, as the summary lists it."""

    NEW = "new"
    REGRESSED = "back again"
    KNOWN = "known"
    SETTLED = "accepted or waived"
    DOCUMENTED = "documented"
    FIXED = "fixed"
    NOT_REACHED = "not reached"


_GROUPS = {
    StoredVerdict.NEW: Group.NEW,
    StoredVerdict.REGRESSED: Group.REGRESSED,
    StoredVerdict.KNOWN: Group.KNOWN,
    StoredVerdict.FIXED: Group.FIXED,
    StoredVerdict.NOT_REACHED: Group.NOT_REACHED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A finding as the summary lists it.

    Attributes:
        curl: The commands that show it again; empty where this run has not met it.
    """

    fingerprint: str
    sentence: str
    group: Group
    since: dt.datetime | None = None
    curl: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """How a run of the fuzz job ended.

    Attributes:
        code: The exit code.
        problem: What kept it from testing; None where it has tested.
        report: The campaign's own report; None where there is none.
        kept: What the store knows after it.
        touched: Operations that it was limited to, and why; None: all of them.
        notes: What a reader has to know besides.
        earlier: The nights before.
    """

    code: int
    when: dt.datetime
    problem: OagenError | None = None
    report: Mapping[str, Any] | None = None
    kept: tuple[KeptFinding, ...] = ()
    touched: Mapping[str, str] | None = None
    notes: tuple[str, ...] = ()
    earlier: tuple[NightRecord, ...] = field(default=(), repr=False)

    def listed(self) -> tuple[Listed, ...]:
        """Return each finding that the run was about, those that matter most first.

        Where nothing was tested, each finding that is not fixed was not reached.
        """
        found = list(self._met() if self.report is not None else self._untested())
        order = list(Group)
        return tuple(sorted(found, key=lambda item: order.index(item.group)))

    def count(self, group: Group) -> int:
        """Return how many findings stand so."""
        return sum(item.group is group for item in self.listed())

    @property
    def never_seen(self) -> tuple[tuple[str, str], ...]:
        """Operation and status of each documented response that no request drew."""
        return tuple((str(item[0]), str(item[1])) for item in (self.report or {}).get("never_seen", ()))

    def record(self) -> NightRecord:
        """Return the run in figures."""
        ending = {0: "clean", 1: "findings", INTERRUPTED: "interrupted"}.get(self.code, "not tested")
        return NightRecord(
            day=f"{self.when:%Y-%m-%d %H:%M}",
            ending=ending,
            requests=int((self.report or {}).get("requests", 0)),
            new=self.count(Group.NEW),
            regressed=self.count(Group.REGRESSED),
            known=self.count(Group.KNOWN) + self.count(Group.SETTLED),
            fixed=self.count(Group.FIXED),
            not_reached=self.count(Group.NOT_REACHED),
            never_seen=len(self.never_seen),
        )

    def _met(self) -> Iterator[Listed]:
        kept = {item.finding.fingerprint: item for item in self.kept}
        for value in (self.report or {}).get("findings", ()):
            known = kept.get(value["fingerprint"])
            group = _GROUPS[StoredVerdict(value["verdict"])]
            if group not in (Group.FIXED, Group.NOT_REACHED):
                if value["kind"] == FindingKind.DOCUMENTED_5XX:
                    group = Group.DOCUMENTED
                elif known is not None and known.is_settled(self.when.date()):
                    group = Group.SETTLED
            sentence = f"{value['operation']} answers {value['status'] or 'nothing'}"
            if known is not None:
                over = " (its waiver is over)" if known.is_overdue(self.when.date()) else ""
                sentence = known.finding.sentence + over
            yield Listed(
                fingerprint=str(value["fingerprint"]),
                sentence=sentence,
                group=group,
                since=known.first_seen if known is not None else None,
                curl=str(value.get("curl", "")),
            )

    def _untested(self) -> Iterator[Listed]:
        for item in self.kept:
            if item.decision is not Decision.FIXED:
                finding = item.finding
                yield Listed(
                    fingerprint=finding.fingerprint,
                    sentence=finding.sentence,
                    group=Group.NOT_REACHED,
                    since=item.first_seen,
                )


def read_report(file: Path) -> Mapping[str, Any] | None:
    """Return the JSON report of a campaign; None where there is none, or none that is whole."""
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) and isinstance(value.get("findings"), list) else None
