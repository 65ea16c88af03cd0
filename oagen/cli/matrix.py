"""`oagen matrix`: what the last runs of a suite have shown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from oagen.cli.configured import settings_for, today
from oagen.cli.options import JsonFile
from oagen.cli.output import write_json
from oagen.cli.terminal import Terminal

_SMALL = 60  # documented responses that are listed one by one


def _share(text: str) -> float:
    try:
        share = float(text.strip().removesuffix("%"))
    except ValueError:
        share = -1
    if not 0 <= share <= 100:  # noqa: PLR2004 - per cent
        raise typer.BadParameter(f"{text!r} is not a percentage from 0% to 100%")
    return share


def matrix(
    context: typer.Context,
    suite: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The suite's folder; by default that of oagen.toml, or api_tests."),
    ] = None,
    level: Annotated[
        list[str] | None,
        typer.Option(metavar="LEVEL", help="Only unit, integration or contract. Repeatable.", show_default=False),
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="List the cells whose tests failed, and why.")] = False,
    missing: Annotated[bool, typer.Option("--missing", help="List the cells that were not executed, and why.")] = False,
    require: Annotated[
        float | None,
        typer.Option(
            metavar="PERCENT",
            parser=_share,
            help="End with 1 unless so many of the cells were executed and passed; waived cells do not count.",
            show_default=False,
        ),
    ] = None,
    json: JsonFile = None,
) -> None:
    """Show what the suite's last runs have proved.

    The outcomes that the suite left in its folder are joined into the status matrix. It ends with 1 where --require
    is not met.
    """
    from dataclasses import replace

    from oagen.errors import OutputError, UsageError
    from oagen.report.matrix_table import cell_lines, legend, operations_table, outcome_totals, totals_table
    from oagen.suite.manifest import load_manifest
    from oagen.suite.matrix import LEVELS, CellState, Outcome, waived, waiver_problems
    from oagen.suite.matrix_codec import dump_matrix
    from oagen.suite.outcomes import joined, passed_share, read_outcomes

    terminal: Terminal = context.obj
    settings = settings_for(terminal, out=suite)
    folder = settings.suite.out
    if unknown := sorted(set(level or ()) - {known.value for known in LEVELS}):
        raise UsageError(f"{unknown[0]!r} is not a level of the matrix", hint="unit, integration or contract")
    manifest = load_manifest(folder)
    if manifest is None:
        raise OutputError(
            f"{folder} holds no suite of oagen", hint="run oagen generate, or name the suite with --suite"
        )
    outcomes = read_outcomes(folder)
    cells = [
        cell
        for cell in joined(waived(manifest.matrix.cells, settings.waivers, today()), outcomes or {})
        if not level or cell.level.value in level
    ]
    for problem in waiver_problems(manifest.matrix.cells, settings.waivers, today()):
        terminal.note(f"warning: {problem}")
    if outcomes is None:
        terminal.note(f"the suite in {folder} has not run yet")
    if json:
        write_json(terminal, json, dump_matrix(replace(manifest.matrix, cells=tuple(cells))))
    passed, counted = passed_share(cells)
    if str(json) != "-":
        if len(cells) <= _SMALL * len(LEVELS):
            terminal.show(operations_table(cells))
            terminal.line(legend())
        terminal.show(totals_table(cells))
        if failed:
            terminal.lines(cell_lines(cell for cell in cells if cell.outcome is Outcome.FAILED))
        if missing:
            terminal.lines(
                cell_lines(
                    cell
                    for cell in cells
                    if cell.outcome in (Outcome.SKIPPED, Outcome.NOT_RUN) and cell.state is not CellState.WAIVED
                )
            )
        share = f" ({100 * passed / counted:.1f}%)" if counted else ""
        terminal.line(f"{outcome_totals(cells)}; executed and passed: {passed} of {counted}{share}")
    if require and (not counted or 100 * passed < require * counted):
        terminal.note(f"error: {passed} of {counted} cells were executed and passed, {require:g}% are required")
        raise typer.Exit(1)
