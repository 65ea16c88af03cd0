"""Run a command to its end and tell what it cost, children included."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one whole process took.

    Attributes:
        cpu: User and system seconds of the process and of every child it waited for.
        wall: Seconds on the clock.
        peak_mib: Largest resident size of any single process of the tree, MiB.
        code: Exit code; None where it was ended at its time limit.
        output: The last 2,000 characters it printed.
    """

    cpu: float
    wall: float
    peak_mib: float
    code: int | None
    output: str


def measure(
    command: Sequence[str], *, folder: Path, limit: float = 600, environment: dict[str, str] | None = None
) -> Cost:
    """Run a command in a process group of its own; end the whole group at the limit (seconds)."""
    with subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        ended = threading.Event()
        timer = threading.Timer(limit, lambda: (ended.set(), os.killpg(process.pid, signal.SIGKILL)))
        start = time.monotonic()
        timer.start()
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(
        cpu=usage.ru_utime + usage.ru_stime,
        wall=wall,
        peak_mib=usage.ru_maxrss / 1024,
        code=None if ended.is_set() else process.returncode,
        output=output.decode(errors="replace")[-2000:],
    )
