"""The command line: its commands, and how each way to end becomes an exit code.

Exit codes: 0 clean; 1 something was found (tests missing or out of date, a conflict, too little covered); 2 usage,
document, configuration or environment; 3 oagen's own fault; 130 interrupted.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from typing import Annotated

import typer

from oagen import __version__
from oagen.cli.ci import ci
from oagen.cli.demo import demo
from oagen.cli.findings import findings
from oagen.cli.fuzz import fuzz
from oagen.cli.generate import generate
from oagen.cli.init import init
from oagen.cli.inspect import inspect
from oagen.cli.matrix import matrix
from oagen.cli.replay import replay
from oagen.cli.report import report
from oagen.cli.terminal import Terminal
from oagen.errors import OagenError, OutputError

INTERRUPTED = 130
OWN_FAULT = 3
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

app = typer.Typer(
    name="oagen",
    help="Write the pytest suite that holds an API to every status code it documents.",
    epilog="Exit codes: 0 clean, 1 findings, 2 usage or input, 3 a fault of oagen itself, 130 interrupted.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
for command in (init, generate, matrix, inspect, fuzz, replay, report, demo):
    app.command()(command)
app.add_typer(findings)
app.add_typer(ci)


def _version(asked: bool) -> None:
    if asked:
        print(f"oagen {__version__}")  # noqa: T201 - before there is a terminal
        raise typer.Exit


@app.callback()
def _common(
    context: typer.Context,
    debug: Annotated[
        bool, typer.Option("--debug", envvar="OAGEN_DEBUG", help="Show the traceback of an unexpected error.")
    ] = False,
    version: Annotated[  # noqa: ARG001 - the callback has done the work
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    terminal: Terminal = context.obj
    terminal.debug = debug


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code; nothing is ever raised."""
    terminal = Terminal(debug=bool(os.environ.get("OAGEN_DEBUG")))
    code = _exit_code(arguments, terminal)
    try:
        terminal.finish()
    except OutputError as error:
        terminal.error(error)
        return error.exit_code
    return code


def _exit_code(arguments: Sequence[str] | None, terminal: Terminal) -> int:
    try:
        app(args=arguments, prog_name="oagen", obj=terminal)
    except OagenError as error:
        terminal.error(error)
        return error.exit_code
    except KeyboardInterrupt:
        terminal.note("interrupted")
        return INTERRUPTED
    except SystemExit as ending:
        if ending.code == INTERRUPTED:
            terminal.note("interrupted")
        return ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except OSError as error:
        if error.errno not in _NO_ROOM:
            return _own_fault(error, terminal)
        where = f"{error.filename}: " if error.filename else ""
        terminal.error(OutputError(f"{where}{error.strerror}", hint="make room, and run it again"))
        return OutputError.exit_code
    except Exception as error:  # noqa: BLE001 - the last line of defence
        return _own_fault(error, terminal)
    return 0


def _own_fault(error: Exception, terminal: Terminal) -> int:
    if terminal.debug:
        import traceback

        terminal.note("".join(traceback.format_exception(error)))
    terminal.note(f"error: oagen {__version__} failed, which is its own fault: {type(error).__name__}: {error}")
    if not terminal.debug:
        terminal.note("hint: run it again with OAGEN_DEBUG=1 and report the traceback together with the document")
    return OWN_FAULT
