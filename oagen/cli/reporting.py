"""The reports of a campaign: kept up to date while it runs, and written at its end."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from oagen.ci.jobs import repository_root
from oagen.errors import OagenError
from oagen.findings.model import Decision, StoredVerdict
from oagen.fuzz.events import Event, Finished, Noticed, Stop
from oagen.report.account import Account, account_of
from oagen.report.har import HarFile, RecordingTarget
from oagen.report.live import LiveReports
from oagen.report.writing import STDOUT, Format, ReportFile, write_reports

if TYPE_CHECKING:
    from collections.abc import Callable

    from oagen.cli.terminal import Terminal
    from oagen.config.settings import Settings
    from oagen.findings.model import Finding, KeptFinding
    from oagen.findings.proof import ProofContext
    from oagen.spec.model import ApiDescription
    from oagen.target.model import Target

_NOTHING_YET = Finished(stop=Stop.UNFINISHED, requests=0, seconds=0.0, responses={}, findings=())
IN_PROCESS = "http://app.invalid"
"""Stands in HAR files for the address of an application that has none (RFC 2606)."""


class Reporting:
    """Keeps the reports of one campaign.

    Args:
        reports: Those that were asked for.
        description: What the API promises.
        context: What findings are shown with.
        before: What the store knew before: what the campaign does not meet is told as not reached.
        settings: The project's folder, and where the API answers.

    Attributes:
        notices: What the campaign has noticed so far.

    Raises:
        OutputError: A report that is written while requests are sent can't be.
    """

    def __init__(
        self,
        reports: Sequence[ReportFile],
        description: ApiDescription,
        context: ProofContext,
        *,
        before: tuple[KeptFinding, ...],
        settings: Settings,
    ) -> None:
        self._reports = reports
        self._description = description
        self._context = context
        self._before = before
        self._root = settings.root
        self._top = repository_root(settings.root)
        origin = _origin(settings.api.base_url)
        self._so_far: Callable[[], Finished] = lambda: _NOTHING_YET
        self._live = LiveReports(reports, self._account_so_far)
        self._files = [
            HarFile(report.path, context.redaction, origin=origin) for report in reports if report.format is Format.HAR
        ]
        self.notices: list[str] = []

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Have every report on disk from now on; one that ends with an error says so in them."""
        self._live.write()
        try:
            yield
        except OagenError as error:
            self.notices.append(error.message)
            self._live.write()
            raise
        finally:
            for file in self._files:
                file.close()

    def recorded(self, target: Target) -> Target:
        """Return the target, with what is sent and answered written down where that was asked for."""
        for file in self._files:
            target = RecordingTarget(target, file)
        return target

    def again(self) -> Reporting:
        """Return the same for another process, which adds to the files that this one has begun."""
        other = copy.copy(self)
        other._files = [file.again() for file in self._files]  # noqa: SLF001 - of this class
        return other

    def begin(self, so_far: Callable[[], Finished]) -> None:
        """Tell how the campaign is asked what it has come to so far."""
        self._so_far = so_far

    def consume(self, event: Event) -> None:
        """Take note of an event, and write what is due."""
        if isinstance(event, Noticed):
            self.notices.append(event.message)
        self._live.consume(event)

    def account(self, finished: Finished, kept: tuple[KeptFinding, ...]) -> Account:
        """Return what the campaign has come to.

        Args:
            kept: What the store knows now.
        """
        return account_of(
            finished,
            self._description,
            self._context,
            kept=kept,
            notices=tuple(self.notices),
            root=self._root,
            top=self._top,
        )

    def finish(self, terminal: Terminal, account: Account, *, tracebacks: bool) -> None:
        """Print what the campaign came to, on stderr where a report has stdout to itself, and write the reports.

        Args:
            tracebacks: The campaign could see them.

        Raises:
            OutputError: A report can't be written.
        """
        from oagen.report.terminal import summary_lines

        lines = summary_lines(account, tracebacks=tracebacks)
        if any(item.path == STDOUT for item in self._reports):
            terminal.notes(lines)
        else:
            terminal.lines(lines)
        write_reports(self._reports, account, terminal.verbatim)

    def _account_so_far(self) -> Account:
        finished = self._so_far()
        met = {finding.fingerprint for finding in finished.findings}
        findings = (*finished.findings, *self._unmet(met))
        return self.account(replace(finished, findings=findings), self._before)

    def _unmet(self, met: set[str]) -> Iterator[Finding]:
        operations = {operation.key for operation in self._description.operations}
        for item in self._before:
            finding = item.finding
            about = finding.fingerprint not in met and finding.scenario.operation in operations
            if about and item.decision is not Decision.FIXED:
                yield replace(finding, verdict=StoredVerdict.NOT_REACHED)


def _origin(base_url: str | None) -> str:
    """Return the address of the API without path, user and password."""
    if base_url is None:
        return IN_PROCESS
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
