"""What the agent's process must be before any of the application runs: its descriptors, its log, its last words."""

from __future__ import annotations

import faulthandler
import os
import shutil
import signal
import sys
import threading
from typing import Any

from .frames import Pipes


def claim_pipes(log: str) -> Pipes:
    """Take standard input and output for the protocol, and give the application an empty input and the log instead."""
    incoming, outgoing = os.dup(0), os.dup(1)
    sys.stdout.flush()
    sink = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    os.close(sink)
    os.close(empty)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]
    return Pipes(incoming, outgoing)


def write_last_words(path: str) -> Any:
    """Leave the stacks of all threads in a file when the process crashes, or when oagen asks (SIGUSR2)."""
    stream = open(path, "w", encoding="utf-8")  # noqa: SIM115 - faulthandler keeps it open
    faulthandler.enable(file=stream, all_threads=True)
    if hasattr(faulthandler, "register"):
        faulthandler.register(signal.SIGUSR2, file=stream, all_threads=True, chain=False)
    return stream


def end_with(lifeline: int, home: str) -> threading.Thread:
    """End this process, and those it started, when the other end of a pipe is closed: when oagen is gone.

    Returns the thread that waits for it, and clears up.

    Args:
        lifeline: Descriptor of the pipe; nothing is ever written to it.
        home: Folder that oagen made for this process and would have removed.
    """

    def wait() -> None:
        try:
            os.read(lifeline, 1)
        finally:
            shutil.rmtree(home, ignore_errors=True)
            os.killpg(os.getpid(), signal.SIGKILL)  # oagen made it the leader of a session of its own

    watching = threading.Thread(target=wait, name="oagen-lifeline", daemon=True)
    watching.start()
    return watching
