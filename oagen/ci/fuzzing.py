"""Fuzz an API that is up, as a job does: with a budget, a store that is kept, and every report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from oagen.ci.ledger import ledger_beside, read_nights
from oagen.ci.night import INTERRUPTED, Night, read_report
from oagen.ci.processes import Ended, oagen_command, run_shown
from oagen.errors import OagenError, OutputError, StoreError
from oagen.findings.folder import make_folder
from oagen.findings.model import KeptFinding

FINDINGS = 1
SETUP = 2
OWN_FAULT = 3
REPORTS = {
    "json": "findings.json",
    "sarif": "findings.sarif",
    "junit": "junit.xml",
    "markdown": "findings.md",
    "codequality": "codequality.json",
}
SUMMARY = "summary.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class FuzzPlan:
    """What a run of the fuzz job is to do.

    Attributes:
        seconds: How long it may fuzz.
        store: Where findings are kept between runs.
        reports: The folder of the reports.
        include: Operations that it is limited to; none: all of them.
        touched: Those that a change touches, and why; None where no change is looked at.
        more: Options for `oagen fuzz`, as they are.
    """

    seconds: float
    store: Path
    reports: Path
    include: Sequence[str] = ()
    touched: Mapping[str, str] | None = None
    more: Sequence[str] = ()

    def command(self, log: Path | None) -> list[str]:
        """Return the command line of the campaign."""
        arguments = ["fuzz", "--max-time", f"{self.seconds:g}", "--resume", "--store", str(self.store)]
        for name, file in REPORTS.items():
            arguments += ["--report", f"{name}={self.reports / file}"]
        if log is not None:
            arguments += ["--log-file", str(log)]
        for operation in self.include:
            arguments += ["--include", operation]
        return oagen_command(*arguments, *self.more)


def clear_reports(folder: Path) -> None:
    """Make the folder of the reports, and remove those of an earlier run: what lies there is of this one.

    Raises:
        OutputError: The folder can't be written.
    """
    try:
        make_folder(folder)
        for name in (*REPORTS.values(), SUMMARY):
            (folder / name).unlink(missing_ok=True)
        probe = folder / ".probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        message = f"reports can't be written to {folder}: {error.strerror}"
        raise OutputError(message, hint="name another folder with --out, and another store with --store") from error


def fuzz_night(plan: FuzzPlan, log: Path | None, *, show_error: Callable[[str], None]) -> Night:
    """Fuzz, and return what came of it; never raises what the campaign itself has said.

    Args:
        log: What the API logs to.
        show_error: Prints a line of the campaign's stderr.
    """
    return night_of(plan, run_shown(plan.command(log), show_error=show_error))


def night_of(plan: FuzzPlan, ended: Ended) -> Night:
    """Return what a campaign that has ended came to."""
    code = ended.code if ended.code in (0, FINDINGS, SETUP, OWN_FAULT, INTERRUPTED) else SETUP
    report = read_report(plan.reports / REPORTS["json"])
    problem = ended.problem if code not in (0, FINDINGS) else None
    if code in (0, FINDINGS) and report is None:
        code, problem = SETUP, OagenError("the campaign left no report", hint="see what it printed")
    return _night(plan, code=code, problem=problem, report=report)


def untested_night(plan: FuzzPlan, problem: OagenError, *, code: int = SETUP) -> Night:
    """Return a run that came to nothing, with what the store knows of earlier ones."""
    return _night(plan, code=code, problem=problem, report=None)


def quiet_night(plan: FuzzPlan) -> Night:
    """Return a run that had nothing to do."""
    return _night(plan, code=0, problem=None, report={"findings": []})


def _night(plan: FuzzPlan, *, code: int, problem: OagenError | None, report: Mapping[str, object] | None) -> Night:
    notes: tuple[str, ...] = ()
    kept: tuple[KeptFinding, ...] = ()
    try:
        kept = _kept(plan.store)
    except StoreError as error:
        if problem is None or error.message != problem.message:
            notes = (error.message,)
    return Night(
        code=code,
        when=dt.datetime.now(dt.UTC),
        problem=problem,
        report=report,
        kept=kept,
        touched=plan.touched,
        notes=notes,
        earlier=read_nights(ledger_beside(plan.store)),
    )


def _kept(store: Path) -> tuple[KeptFinding, ...]:
    if not store.is_file():
        return ()
    from oagen.findings.store import Store

    with closing(Store(store, copied=True)) as opened:
        return opened.kept()
