"""The user's own commands: what restarts the API or brings its state back."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import IO

_LAST_WORDS = 4096  # bytes of its output that are looked at
_LONGEST_LINE = 200


def run_command(command: str, *, seconds: float, folder: Path | None = None) -> str | None:
    """Run a command by the shell, and return what went wrong in one line; None where it ended with 0.

    What it starts in the background goes on; its output goes nowhere. A command that takes too long is ended, with
    everything that it has started.

    Args:
        seconds: How long it may take.
        folder: Where it runs; None for the current one.
    """
    with tempfile.TemporaryFile() as output:
        # a file, since what runs on in the background would keep a pipe open
        process = subprocess.Popen(  # noqa: S602 - the user's own
            command,
            shell=True,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            code = process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            _end(process)
            return f"took longer than {seconds:.3g} s{_last_words(output)}"
        except BaseException:
            _end(process)
            raise
        if code == 0:
            return None
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        return f"{how}{_last_words(output)}"


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _last_words(output: IO[bytes]) -> str:
    size = output.seek(0, os.SEEK_END)
    output.seek(max(size - _LAST_WORDS, 0))
    lines = [line for line in output.read().decode("utf-8", "replace").splitlines() if line.strip()]
    return f": {lines[-1].strip()[:_LONGEST_LINE]}" if lines else ""
