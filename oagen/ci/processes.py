"""Commands of oagen and of others, run by a job: what they print is shown as it comes, and their errors are kept."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from oagen.errors import OagenError

_END_SECONDS = 30  # for a command that was told to stop
_KEPT = 40  # last lines of stderr


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended.

    Attributes:
        code: Its exit code; negative: the signal that ended it.
        said: Its last lines on stderr.
    """

    code: int
    said: tuple[str, ...] = ()

    @property
    def problem(self) -> OagenError:
        """What went wrong, as the command itself said it."""
        lines = list(self.said)
        errors = [number for number, line in enumerate(lines) if line.startswith("error: ")]
        if not errors:
            last = next((line for line in reversed(lines) if line.strip()), "it said nothing")
            how = f"was ended by signal {-self.code}" if self.code < 0 else f"ended with {self.code}"
            return OagenError(f"the command {how}: {last}")
        first = errors[-1]
        hint = next((line for line in lines[first + 1 :] if line.startswith("hint: ")), None)
        return OagenError(lines[first].removeprefix("error: "), hint=hint.removeprefix("hint: ") if hint else None)


def oagen_command(*arguments: str) -> list[str]:
    """Return the command line of this oagen."""
    return [sys.executable, "-m", "oagen", *arguments]


def run_shown(
    command: Sequence[str],
    *,
    show_error: Callable[[str], None],
    folder: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Ended:
    """Run a command to its end; its stdout is this process's own.

    An interrupt is passed on, and the command is given time to end well.

    Args:
        show_error: Prints a line of its stderr.
    """
    with subprocess.Popen(  # noqa: S603 - our own command line, or pytest's
        list(command),
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    ) as process:
        said: list[str] = []

        def follow() -> None:
            for line in process.stderr or ():
                said.append(line.rstrip("\r\n"))
                del said[:-_KEPT]
                show_error(said[-1])

        reader = threading.Thread(target=follow, daemon=True)
        reader.start()
        try:
            code = process.wait()
        except KeyboardInterrupt:
            code = _told_to_stop(process)
            reader.join(1)
            return Ended(code=code, said=(*said, "error: the job was interrupted"))
        reader.join(_END_SECONDS)
        return Ended(code=code, said=tuple(said))


def _told_to_stop(process: subprocess.Popen[str]) -> int:
    process.send_signal(signal.SIGINT)
    try:
        return process.wait(_END_SECONDS)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        process.kill()
        return process.wait()


@contextmanager
def ending_well() -> Iterator[None]:
    """Take the request to end (SIGTERM), as a cancelled job gets it, like Ctrl-C: what was begun is tidied up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
