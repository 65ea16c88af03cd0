"""`oagen ci fuzz` and `oagen ci changed`: the campaign of a job."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oagen.cli.configured import read_document, settings_for
from oagen.cli.options import DEFAULT_STORE, StoreFile
from oagen.cli.terminal import Terminal

if TYPE_CHECKING:
    from oagen.ci.changes import Changes
    from oagen.ci.fuzzing import FuzzPlan
    from oagen.ci.night import Night
    from oagen.config.settings import Settings
    from oagen.spec.model import ApiDescription

_FIRST = "No store of earlier nights was found, so that everything counts as new."

REPORTS = Path(".oagen/reports")

ReportFolder = Annotated[
    Path, typer.Option("--out", "-o", metavar="DIR", help="The folder of the reports, emptied of earlier ones.")
]
Since = Annotated[
    str | None,
    typer.Option(
        metavar="COMMIT",
        help="Only operations that a change since this commit touches, and what makes their resources.",
        show_default=False,
    ),
]


def ci_fuzz(
    context: typer.Context,
    since: Since = None,
    max_time: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS", min=1, help="How long it may fuzz; by default as [ci] says.", show_default=False
        ),
    ] = None,
    store: StoreFile = DEFAULT_STORE,
    out: ReportFolder = REPORTS,
    more: Annotated[
        list[str] | None,
        typer.Argument(metavar="[-- OPTION...]", help="Options for oagen fuzz, as they are.", show_default=False),
    ] = None,
) -> None:
    """Bring the API up as [ci] says, fuzz it, and write reports and the job's summary.

    Ends with 1 when there are new or regressed findings, and with 2 when nothing could be tested. An API that was
    started is stopped again.
    """
    from oagen.ci.fuzzing import FuzzPlan
    from oagen.ci.ledger import add_night, ledger_beside
    from oagen.ci.processes import ending_well
    from oagen.errors import OutputError

    terminal: Terminal = context.obj
    plan = FuzzPlan(seconds=max_time or 0, store=store, reports=out, more=tuple(more or ()))
    with ending_well():
        night = _night(terminal, plan, since)
        if since is None:
            try:
                add_night(ledger_beside(store), night.record())
            except OutputError as error:
                terminal.note(f"warning: {error.message}")
        _publish(terminal, night, out)
    if night.code != 0:
        raise typer.Exit(night.code)


def ci_changed(
    context: typer.Context,
    since: Annotated[str, typer.Option(metavar="COMMIT", help="What to compare with.", show_default=False)],
) -> None:
    """List the operations that a change touches, and why.

    Their descriptions are compared, and where [api] names an app, the files that handle them, with all that these
    import.
    """
    terminal: Terminal = context.obj
    settings = settings_for(terminal)
    changes = _changes(terminal, settings, read_document(terminal, settings, strict=False), since)
    terminal.notes(f"note: {note}" for note in changes.notes)
    terminal.lines(f"{operation}  ({why})" for operation, why in changes.operations.items())
    if not changes.operations:
        terminal.note("no operation is touched")


def _night(terminal: Terminal, plan: FuzzPlan, since: str | None) -> Night:
    """Return how the run ended; whatever keeps it from testing is part of that."""
    from oagen.ci.fuzzing import clear_reports, fuzz_night, quiet_night, untested_night
    from oagen.ci.night import INTERRUPTED
    from oagen.ci.serving import served
    from oagen.cli.secrecy import redaction_of
    from oagen.errors import OagenError
    from oagen.findings.redaction import Redaction

    hide = Redaction()
    try:
        settings = settings_for(terminal)
        hide = redaction_of(settings)
        clear_reports(plan.reports)
        plan = replace(plan, seconds=plan.seconds or _budget(settings, since))
        with served(settings) as log:
            if since is not None:
                plan = _limited(terminal, plan, settings, since)
            if plan.touched is not None and not plan.touched:
                return quiet_night(plan)
            is_first = not plan.store.is_file()
            night = fuzz_night(plan, log, show_error=terminal.note)
            return replace(night, notes=(*night.notes, _FIRST)) if is_first and night.report is not None else night
    except KeyboardInterrupt:
        return untested_night(plan, OagenError("the job was interrupted"), code=INTERRUPTED)
    except OagenError as error:
        shown = OagenError(hide.text(error.message), hint=hide.text(error.hint) if error.hint else None)
        terminal.error(shown)
        return untested_night(plan, shown)


def _budget(settings: Settings, since: str | None) -> float:
    return settings.ci.budget if since is None else settings.ci.pull_request_budget


def _limited(terminal: Terminal, plan: FuzzPlan, settings: Settings, since: str) -> FuzzPlan:
    """Return the plan for the operations that a change touches, with those that make their resources."""
    from oagen.ci.changes import with_producers
    from oagen.suite.generating import design_scenarios

    description = read_document(terminal, settings, strict=False)
    changes = _changes(terminal, settings, description, since)
    terminal.notes(f"note: {note}" for note in changes.notes)
    include: tuple[str, ...] = ()
    if len(changes.operations) < len(description.operations):
        include = with_producers(changes.operations, design_scenarios(description, settings))
    return replace(plan, touched=changes.operations, include=include)


def _changes(terminal: Terminal, settings: Settings, description: ApiDescription, since: str) -> Changes:
    from oagen.ci.changes import changes_since

    def before(folder: Path) -> ApiDescription:
        document = settings.api.document
        if document is not None:
            document = str(folder / os.path.relpath(document, settings.root))
        api = replace(settings.api, document=document, base_url=None if settings.api.app else settings.api.base_url)
        return read_document(terminal, replace(settings, api=api, root=folder), strict=False)

    return changes_since(since, description, settings, before)


def _publish(terminal: Terminal, night: Night, folder: Path) -> None:
    """Show the summary where the provider has a place for it, else on stdout, and keep it with the reports."""
    from oagen.ci.fuzzing import SUMMARY
    from oagen.ci.provider import publish
    from oagen.ci.summary import summary_of
    from oagen.errors import OutputError
    from oagen.report.writing import write_atomically

    text = summary_of(night)
    if not publish(text, os.environ):
        terminal.verbatim(text)
    try:
        write_atomically(folder / SUMMARY, text)
    except OutputError as error:
        if night.problem is None:
            terminal.error(error)
