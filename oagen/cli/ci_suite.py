"""`oagen ci suite`: the generated suite in a job."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oagen.cli.ci_fuzz import REPORTS
from oagen.cli.configured import settings_for, today
from oagen.cli.terminal import Terminal

if TYPE_CHECKING:
    from oagen.config.settings import Settings
    from oagen.suite.matrix import Cell

_SETUP = 2
_INTERRUPTED = 130


def ci_suite(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="The folder of the reports.")] = REPORTS,
) -> None:
    """Bring the API up as [ci] says, and run the suite.

    Ends with 0 when it ran, whatever failed: oagen matrix --require decides then. Ends with 2 when it could not run.
    """
    from oagen.ci.processes import ending_well
    from oagen.ci.provider import publish
    from oagen.ci.summary import problem_summary, suite_summary
    from oagen.cli.secrecy import redaction_of
    from oagen.errors import OagenError
    from oagen.findings.redaction import Redaction

    terminal: Terminal = context.obj
    hide = Redaction()
    with ending_well():
        try:
            settings = settings_for(terminal)
            hide = redaction_of(settings)
            publish(suite_summary(_ran(terminal, settings, out)), os.environ)
        except KeyboardInterrupt:
            publish(problem_summary("the suite", OagenError("the job was interrupted")), os.environ)
            raise typer.Exit(_INTERRUPTED) from None
        except OagenError as error:
            shown = OagenError(hide.text(error.message), hint=hide.text(error.hint) if error.hint else None)
            terminal.error(shown)
            publish(problem_summary("the suite", shown), os.environ)
            raise typer.Exit(_SETUP) from None


def _ran(terminal: Terminal, settings: Settings, out: Path) -> list[Cell]:
    """Run the suite, and return the matrix with what it has left."""
    from oagen.ci.proving import run_suite
    from oagen.ci.serving import served
    from oagen.errors import OutputError
    from oagen.findings.folder import make_folder
    from oagen.suite.manifest import load_manifest
    from oagen.suite.matrix import waived
    from oagen.suite.outcomes import joined, read_outcomes

    try:
        make_folder(out)
    except OSError as error:
        raise OutputError(f"reports can't be written to {out}: {error.strerror}") from error
    with served(settings):
        run_suite(settings, out / "suite.xml", show_error=terminal.note)
    manifest, outcomes = load_manifest(settings.suite.out), read_outcomes(settings.suite.out)
    if manifest is None or outcomes is None:
        raise OutputError(f"the suite in {settings.suite.out} left no outcomes", hint="its folder has to be writable")
    return list(joined(waived(manifest.matrix.cells, settings.waivers, today()), outcomes))
