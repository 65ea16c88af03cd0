"""What the command line prints: results on stdout, everything else on stderr."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from oagen.errors import OagenError, OutputError
from oagen.report.terminal_text import shown

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from oagen.findings.redaction import Redaction

_WIDTH_OF_A_PIPE = 140


class Terminal:
    """The two streams of a run; rich is imported when the first table or progress is shown.

    Args:
        debug: Unexpected errors show their traceback.

    Attributes:
        redaction: Takes secrets out of whatever is printed; None until they are known.
    """

    def __init__(self, *, debug: bool = False) -> None:
        self.debug = debug
        self.redaction: Redaction | None = None

    @cached_property
    def _results(self) -> Console:
        from rich.console import Console

        width = None if sys.stdout.isatty() else _WIDTH_OF_A_PIPE
        return Console(highlight=False, markup=False, emoji=False, width=width)

    @cached_property
    def _progress(self) -> Console:
        from rich.console import Console

        return Console(stderr=True, highlight=False, markup=False, emoji=False)

    def show(self, result: RenderableType) -> None:
        """Print a table or another renderable on stdout; its maker has passed texts through `shown`."""
        with self._results.capture() as capture:
            self._results.print(result)
        _write(self._without_secrets(capture.get()))

    def line(self, text: str = "") -> None:
        """Print a line of the result on stdout."""
        _write(shown(self._without_secrets(text)) + "\n")

    def lines(self, texts: Iterable[str]) -> None:
        """Print lines of the result on stdout."""
        for text in texts:
            self.line(text)

    def verbatim(self, text: str) -> None:
        """Print text for another program on stdout: unchanged, unless somebody looks at it."""
        _write(shown(text) if sys.stdout.isatty() else text)

    def finish(self) -> None:
        """Let everything arrive that was printed on stdout.

        Raises:
            OutputError: There is no room for it.
        """
        with _guarded():
            sys.stdout.flush()

    def note(self, text: str) -> None:
        """Print a line for the reader on stderr."""
        print(shown(self._without_secrets(text)), file=sys.stderr)  # noqa: T201 - the one place where notes are printed

    def notes(self, texts: Iterable[str]) -> None:
        """Print lines for the reader on stderr."""
        for text in texts:
            self.note(text)

    def error(self, error: OagenError) -> None:
        """Print what the user can mend, and how."""
        self.note(f"error: {error.message}")
        if error.hint:
            self.note(f"hint: {error.hint}")

    @contextlib.contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Show that something takes time, where somebody looks at stderr."""
        if not sys.stderr.isatty():
            yield
            return
        from rich.text import Text

        with self._progress.status(Text(shown(self._without_secrets(what)))):
            yield

    @contextlib.contextmanager
    def live(self) -> Iterator[Callable[[str], None] | None]:
        """Yield what shows lines in the place of those before, or None where nobody looks at stderr."""
        if not sys.stderr.isatty():
            yield None
            return
        from rich.live import Live
        from rich.text import Text

        with Live(console=self._progress, refresh_per_second=4, transient=True) as live:
            yield lambda text: live.update(Text(shown(self._without_secrets(text)), overflow="ellipsis", no_wrap=True))

    def _without_secrets(self, text: str) -> str:
        return self.redaction.text(text) if self.redaction is not None else text


def _write(text: str) -> None:
    with _guarded():
        sys.stdout.write(text)


@contextlib.contextmanager
def _guarded() -> Iterator[None]:
    """Go on quietly where the reader of a pipe has seen enough; the exit code is that of the command."""
    try:
        yield
    except BrokenPipeError:
        _forget_output()
    except OSError as error:
        _forget_output()
        raise OutputError(f"the output can't be written: {error.strerror}", hint="see where stdout goes") from error


def _forget_output() -> None:
    """Send what is left in the buffer nowhere, so that Python does not fail on it again when the process ends."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)
