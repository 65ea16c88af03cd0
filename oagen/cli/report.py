"""`oagen report`: how the API does from one campaign to the next."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from oagen.cli.configured import settings_for, today
from oagen.cli.options import DEFAULT_STORE, AsJson, StoreFile
from oagen.cli.terminal import Terminal


def report(
    context: typer.Context,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="DAY|RUN",
            help="Only campaigns from a day on, 2030-01-31 (UTC), or from a run on, by its number.",
            show_default=False,
        ),
    ] = None,
    store: StoreFile = DEFAULT_STORE,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown, for the summary of a job.")] = False,
    json: AsJson = False,
) -> None:
    """Tell how findings came and went from one campaign to the next.

    For each campaign, how many findings were new, regressed, known, fixed and not reached; then which are new, known,
    fixed and accepted now, and which documented responses no campaign has seen.
    """
    from oagen.cli.output import write_json
    from oagen.cli.store import existing_store, proof_context
    from oagen.errors import UsageError
    from oagen.findings import history
    from oagen.report.trend import trend_json, trend_lines, trend_markdown, trend_of

    if markdown and json:
        raise UsageError("a report is Markdown or JSON", hint="leave one of --markdown and --json out")
    terminal: Terminal = context.obj
    redaction = terminal.redaction = proof_context(settings_for(terminal)).redaction
    with existing_store(store, redaction, reading=True) as opened:
        runs = history.history(opened)
        trend = trend_of(history.since(runs, since) if since is not None else runs, opened.kept(), today())
    if json:
        write_json(terminal, Path("-"), redaction.value(trend_json(trend)))
    elif markdown:
        terminal.verbatim(redaction.text(trend_markdown(trend)))
    else:
        terminal.lines(trend_lines(trend, today()))
