"""A target that is brought back: started again, or put into its first state."""

from __future__ import annotations

import enum
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from oagen.errors import TargetError
from oagen.runner.commands import run_command
from oagen.runner.logins import Logins

if TYPE_CHECKING:
    from oagen.fuzz.commons import Commons

_PATIENCE = 120.0  # seconds for one command
_RESTART, _RESET = 10.0, 1.0  # seconds that a restart and a reset are thought to take before one was seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What the user has for bringing the target back; each is None where there is nothing.

    Attributes:
        restart_command: Starts it again; run by the shell.
        reset_command: Restores its state; run by the shell.
        folder: Where the commands run.
        afresh: In process: starts the application afresh, with what it holds in memory as at first.
        identities: They log in anew afterwards.
    """

    restart_command: str | None = None
    reset_command: str | None = None
    folder: Path | None = None
    afresh: Callable[[], None] | None = None
    identities: Logins | None = None


class Need(enum.StrEnum):
    """What happened to a target that has to be brought back."""

    GONE = "it does not answer"
    SPOILT = "its state is spoilt"


class Restorer:
    """Brings a target back.

    Args:
        recovery: By which means.
        notice: Told what goes wrong, in one line each.
        left: Tells how many seconds the campaign has left.
        commons: Shared with other workers: what one of them has brought back is so for all.
    """

    def __init__(
        self,
        recovery: Recovery,
        notice: Callable[[str], None],
        left: Callable[[], float] = lambda: _PATIENCE,
        commons: Commons | None = None,
    ) -> None:
        self._recovery = recovery
        self._notice = notice
        self._left = left
        self._commons = commons
        self._slowest = 0.0

    @property
    def logins(self) -> Logins | None:
        """Who log in by themselves; None where nobody is known to."""
        return self._recovery.identities

    @property
    def others_may(self) -> bool:
        """Whether other workers send to the same target: what one of them did, it undoes."""
        return self._commons is not None and self._recovery.afresh is None

    def can(self, need: Need) -> bool:
        """Whether there are means at all; a command that restarts counts for a spoilt state, too."""
        means = self._recovery
        if need is Need.GONE:
            return means.restart_command is not None
        return bool(means.reset_command or means.restart_command or means.afresh)

    @property
    def resets(self) -> bool:
        """Whether the first state comes back without starting a server again, which may take long."""
        return bool(self._recovery.reset_command or self._recovery.afresh)

    @property
    def starts_afresh(self) -> bool:
        """Whether the target can be brought into its first state, and nobody else sends to it."""
        return self.can(Need.SPOILT) and not self.others_may

    @property
    def seconds(self) -> float:
        """How long it takes to bring the first state back: the longest time so far, else a careful guess."""
        means = self._recovery
        guess = _RESTART if means.reset_command is None and means.restart_command is not None else _RESET
        return self._slowest or guess

    def restore(self, need: Need) -> bool:
        """Bring the target back, and forget all sessions; return whether the command did not fail."""
        began = time.monotonic()
        shared = self._commons if self._recovery.afresh is None else None  # each has an application of its own
        done = shared.restore(partial(self._restore, need)) if shared is not None else self._restore(need)
        if self._recovery.identities is not None:
            self._recovery.identities.forget()
        self._slowest = max(self._slowest, time.monotonic() - began)
        return done

    def _restore(self, need: Need) -> bool:
        means = self._recovery
        option, command = "--restart-command", means.restart_command
        if need is Need.SPOILT and means.reset_command is not None:
            option, command = "--reset-command", means.reset_command
        return self._run(option, command) if command is not None else self._start_afresh()

    def _run(self, option: str, command: str) -> bool:
        problem = run_command(command, seconds=min(_PATIENCE, max(self._left(), 10.0)), folder=self._recovery.folder)
        if problem is not None:
            self._notice(f"the command of {option} {problem}")
        return problem is None

    def _start_afresh(self) -> bool:
        if self._recovery.afresh is None:
            return False
        try:
            self._recovery.afresh()
        except TargetError as error:
            self._notice(f"the application does not start again: {error.message}")
            return False
        return True
