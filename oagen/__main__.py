"""`python -m oagen`, and the `oagen` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line of this process, and end it with the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a character shows its escape
    try:
        from oagen.cli.application import run

        code = run()
    except KeyboardInterrupt:  # before there was anything to interrupt
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
