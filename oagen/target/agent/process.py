"""The agent's process: started, asked, made to show its stack, killed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oagen.errors import TargetError
from oagen.target.agent.channel import Channel
from oagen.target.agent.packing import packed_program

STACK_PATIENCE = 0.5  # seconds for a hung process to write its stack
STOP_PATIENCE = 8.0  # seconds for an application to shut down
TAIL = 4000  # bytes of a log that are shown at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """How an agent's process is started.

    Attributes:
        python: The application's interpreter.
        folder: Where it runs; first on its module search path.
        environment: Variables added to oagen's own.
        log_file: Takes what the application prints; None keeps it until the process is closed.
    """

    python: Path
    folder: Path
    environment: Mapping[str, str]
    log_file: Path | None = None


class AgentProcess:
    """One run of the agent's program."""

    def __init__(self, launch: Launch) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="oagen-agent-"))
        self._program = self._home / "agent.zip"
        self._program.write_bytes(packed_program())
        self._words = self._home / "stack.txt"
        self.log_file = launch.log_file or self._home / "application.log"
        self._log_start = self.log_file.stat().st_size if self.log_file.exists() else 0
        self._channel: Channel | None = None
        lifeline, self._lifeline = os.pipe()
        try:
            self._process = self._start(launch, lifeline)
        except OSError as error:
            self._clear()
            raise TargetError(
                f"{launch.python} can't be started in {launch.folder}: {error.strerror}",
                hint="Name the application's interpreter in oagen.toml: python in [api].",
            ) from error
        finally:
            os.close(lifeline)

    def _start(self, launch: Launch, lifeline: int) -> subprocess.Popen[bytes]:
        environment = {
            key: value for key, value in os.environ.items() if key not in {"PYTHONHOME", "__PYVENV_LAUNCHER__"}
        }
        environment.update(launch.environment)
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        with self.log_file.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - the interpreter is the user's choice, the program is ours
                [launch.python, self._program, self.log_file.absolute(), self._words, str(lifeline)],
                cwd=launch.folder,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                bufsize=0,
                pass_fds=(lifeline,),
                start_new_session=True,
            )
        assert process.stdin is not None
        assert process.stdout is not None
        # The channel has descriptors of its own, so that the pipe objects may be closed at once.
        self._channel = Channel(
            os.dup(process.stdout.fileno()), os.dup(process.stdin.fileno()), lambda: process.poll() is None
        )
        process.stdin.close()
        process.stdout.close()
        return process

    def ask(self, header: dict[str, Any], body: bytes = b"", *, timeout: float) -> tuple[dict[str, Any], bytes]:
        """Send a frame and return the answer; see `Channel.exchange`."""
        assert self._channel is not None
        return self._channel.exchange(header, body, timeout=timeout)

    def tell(self, frame: bytes, *, deadline: float) -> None:
        """Send a frame, whose answer `hear` returns; see `Channel.send`."""
        assert self._channel is not None
        self._channel.send(frame, deadline=deadline)

    def hear(self, *, deadline: float) -> tuple[dict[str, Any], bytes]:
        """Return the answer to the first of what was told that is not answered; see `Channel.receive`."""
        assert self._channel is not None
        return self._channel.receive(deadline=deadline)

    def stack(self) -> str:
        """Make a process that hangs tell the stacks of its threads, innermost call first."""
        before = self._last_words()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGUSR2)
        deadline = time.monotonic() + STACK_PATIENCE
        while time.monotonic() < deadline:
            time.sleep(0.02)
            if len(words := self._last_words()) > len(before):
                time.sleep(0.02)
                return self._last_words()[len(before) :] or words
        return ""

    def exit_reason(self) -> tuple[int | None, str]:
        """Wait a moment for a process that is ending, and say how it ended: its exit status and a phrase."""
        try:
            code = self._process.wait(timeout=STACK_PATIENCE)
        except subprocess.TimeoutExpired:
            return None, "closed its connection to oagen"
        if code >= 0:
            return code, f"ended its process with exit status {code}"
        try:
            return code, f"was killed by {signal.Signals(-code).name}"
        except ValueError:
            return code, f"was killed by signal {-code}"

    def _last_words(self) -> str:
        try:
            return self._words.read_text("utf-8", "replace")
        except OSError:
            return ""

    def crash_stack(self) -> str:
        """Return the stack that a crash of the interpreter left."""
        return self._last_words()

    def log_tail(self) -> str:
        """Return the end of what the application printed in this run."""
        try:
            with self.log_file.open("rb") as log:
                size = log.seek(0, os.SEEK_END)
                log.seek(max(self._log_start, size - TAIL))
                return log.read().decode("utf-8", "replace")
        except OSError:
            return ""

    def stop(self) -> None:
        """Let the application shut down, then end the process, whatever happens."""
        with contextlib.suppress(Exception):
            self.ask({"op": "stop"}, timeout=1.0)
            self._process.wait(timeout=STOP_PATIENCE)
        self.kill()

    def kill(self) -> None:
        """End the process and those it started, and clear up."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._clear()

    def _clear(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1
        shutil.rmtree(self._home, ignore_errors=True)
