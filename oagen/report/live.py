"""Reports that are there while a campaign runs: whoever kills it finds them whole."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from oagen.errors import OutputError
from oagen.fuzz.events import Event, Found
from oagen.report.writing import STDOUT, ReportFile, write_reports

if TYPE_CHECKING:
    from oagen.report.account import Account

_SELDOM = 3.0  # seconds between two writings without anything new
_SOON = 0.5  # after a new finding
_SHARE = 0.02  # of the time that writing may take


class LiveReports:
    """Consumes the events of a campaign, and keeps its reports up to date.

    Writing takes a fiftieth of the time at most; what can't be written now is tried again later.

    Args:
        reports: Those that were asked for; those for stdout wait for the end.
        account: Gives what the campaign has come to so far.
        clock: Tells the time, in seconds.
    """

    def __init__(
        self,
        reports: Sequence[ReportFile],
        account: Callable[[], Account],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reports = tuple(report for report in reports if report.path != STDOUT)
        self._account = account
        self._clock = clock
        self._written = clock()
        self._cost = 0.0
        self._news = False

    def consume(self, event: Event) -> None:
        """Write what there is to be told, where it is time for it."""
        self._news = self._news or isinstance(event, Found)
        pause = max(_SOON if self._news else _SELDOM, self._cost / _SHARE)
        if self._reports and self._clock() - self._written >= pause:
            self.write()

    def write(self) -> None:
        """Write the reports now."""
        if not self._reports:
            return
        began = self._clock()
        with contextlib.suppress(OutputError):  # the last writing will tell
            write_reports(self._reports, self._account(), lambda _: None, durable=False)
        self._written = self._clock()
        self._cost = self._written - began
        self._news = False
