"""`oagen inspect`: what was read from an API description."""

from __future__ import annotations

from typing import Annotated

import typer

from oagen.cli.configured import read_document, refuse_empty_selection, settings_for
from oagen.cli.options import AllowHost, App, BaseUrl, Document, Exclude, Include, Method, Strict, Tag
from oagen.cli.terminal import Terminal


def inspect(
    context: typer.Context,
    document: Document = None,
    base_url: BaseUrl = None,
    app: App = None,
    allow_host: AllowHost = None,
    strict: Strict = False,
    include: Include = None,
    exclude: Exclude = None,
    tag: Tag = None,
    method: Method = None,
    json: Annotated[bool, typer.Option("--json", help="Show everything as JSON.")] = False,
) -> None:
    """Show what is read from an API description.

    That is its operations, documented responses, security, servers, callbacks, webhooks, and what is wrong with it.
    """
    from pathlib import Path

    from oagen.cli.output import write_json
    from oagen.report.description_text import dump_description, heading, operations_table, other_lines
    from oagen.report.diagnostics_text import diagnostic_lines
    from oagen.spec.model import Severity

    terminal: Terminal = context.obj
    settings = settings_for(
        terminal,
        document=document,
        base_url=base_url,
        app=app,
        allow_hosts=allow_host,
        include=include,
        exclude=exclude,
        tags=tag,
        methods=method,
    )
    description = read_document(terminal, settings, strict=strict)
    if not any(diagnostic.severity is not Severity.WARNING for diagnostic in description.diagnostics):
        refuse_empty_selection(description, settings)  # else the diagnostics say why there is none
    if json:
        write_json(terminal, Path("-"), dump_description(description))
        return
    terminal.line(heading(description))
    terminal.show(operations_table(description))
    for line in (*other_lines(description), *diagnostic_lines(description.diagnostics)):
        terminal.line(line)
