"""`python -m oagen`, and the `oagen` command."""

from __future__ import annotations

import os
import sys

_INTERRUPTED = 130


def main() -> None:
    """Run the command line of this process, and end it with the exit code."""
    if sys.stdout is None:  # closed by whoever started this process
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - until the process ends
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a character shows its escape
    try:
        from oagen.cli.application import run

        code = run()
    except KeyboardInterrupt:  # before there was anything to interrupt
        print("interrupted", file=sys.stderr)  # noqa: T201 - before there is a terminal
        code = _INTERRUPTED
    if code == _INTERRUPTED:
        # An interrupt that met Python while it made a dataclass (which is an `exec` of text) leaves a mark in CPython,
        # and the process would end by the signal whatever was caught since. Another `exec` takes the mark away.
        exec("")  # noqa: S102
    sys.exit(code)


if __name__ == "__main__":
    main()
