"""`oagen findings`: what campaigns found, and what you have decided about it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oagen.cli.configured import read_document, settings_for, today
from oagen.cli.options import DEFAULT_STORE, AllowHost, App, AsJson, BaseUrl, DocumentOption, StoreFile
from oagen.cli.output import write_json
from oagen.cli.store import existing_store, proof_context, tell_emitted
from oagen.cli.terminal import Terminal

if TYPE_CHECKING:
    from oagen.findings.model import KeptFinding

findings = typer.Typer(
    name="findings",
    help="Show what campaigns found, and decide about it.",
    rich_markup_mode=None,
    no_args_is_help=True,
)

Fingerprint = Annotated[str, typer.Argument(metavar="FINGERPRINT", help="Of the finding; its beginning will do.")]


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day such as 2030-01-31") from None


@findings.command("list")
def list_findings(
    context: typer.Context,
    store: StoreFile = DEFAULT_STORE,
    only_open: Annotated[
        bool, typer.Option("--open", help="Only those that are neither accepted, waived nor fixed.")
    ] = False,
    json: AsJson = False,
) -> None:
    """List all findings, oldest first."""
    from oagen.report.finding_text import kept_line

    terminal: Terminal = context.obj
    with existing_store(store, reading=True) as opened:
        kept = [item for item in opened.kept() if not only_open or item.is_open(today())]
    if json:
        _print_json(terminal, kept)
        return
    terminal.lines(kept_line(item, today()) for item in kept)
    if not kept:
        terminal.note("no findings")


@findings.command()
def show(
    context: typer.Context, fingerprint: Fingerprint, store: StoreFile = DEFAULT_STORE, json: AsJson = False
) -> None:
    """Show one finding with its proof: scenario, commands, traceback."""
    from oagen.findings.proof import proof_of
    from oagen.report.finding_text import decision_text, proof_lines

    terminal: Terminal = context.obj
    with existing_store(store, reading=True) as opened:
        kept = opened.matching(fingerprint)
    if json:
        _print_json(terminal, [kept], alone=True)
        return
    terminal.lines(proof_lines(proof_of(kept.finding, proof_context(settings_for(terminal)), kept), longest=None))
    terminal.line(f"    {decision_text(kept, today())}")


@findings.command()
def accept(
    context: typer.Context,
    fingerprint: Annotated[
        str | None,
        typer.Argument(metavar="[FINGERPRINT]", help="Of the finding; its beginning will do.", show_default=False),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All findings that are open.")] = False,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why.", show_default=False)] = None,
    store: StoreFile = DEFAULT_STORE,
    json: AsJson = False,
) -> None:
    """Accept findings: from now on only others make a campaign fail."""
    from oagen.errors import UsageError
    from oagen.findings.model import Decision

    if everything is (fingerprint is not None):
        raise UsageError("name one finding, or all of them", hint="oagen findings accept FINGERPRINT, or --all")
    terminal: Terminal = context.obj
    with existing_store(store) as opened:
        chosen = [opened.matching(fingerprint)] if fingerprint is not None else opened.kept()
        names = [item.finding.fingerprint for item in chosen if fingerprint or item.is_open(today())]
        for name in names:
            opened.mark(name, Decision.ACCEPTED, reason=reason)
        _tell(terminal, [item for item in opened.kept() if item.finding.fingerprint in names], json=json)
        if everything and names and not json:
            terminal.line(f"{len(names)} {'finding is' if len(names) == 1 else 'findings are'} accepted")


@findings.command()
def waive(
    context: typer.Context,
    fingerprint: Fingerprint,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why.", show_default=False)],
    until: Annotated[
        dt.date, typer.Option(metavar="DAY", parser=_day, help="The last day it holds, 2030-01-31.", show_default=False)
    ],
    store: StoreFile = DEFAULT_STORE,
    json: AsJson = False,
) -> None:
    """Accept a finding until a day."""
    from oagen.errors import UsageError
    from oagen.findings.model import Decision

    if until < today():
        raise UsageError(f"{until} has passed", hint="--until is the last day on which the waiver holds")
    terminal: Terminal = context.obj
    with existing_store(store) as opened:
        name = opened.matching(fingerprint).finding.fingerprint
        opened.mark(name, Decision.WAIVED, reason=reason, until=until)
        _tell(terminal, [opened.matching(name)], json=json)


@findings.command()
def forget(
    context: typer.Context, fingerprint: Fingerprint, store: StoreFile = DEFAULT_STORE, json: AsJson = False
) -> None:
    """Remove a finding from the store; met again, it is new."""
    terminal: Terminal = context.obj
    with existing_store(store) as opened:
        kept = opened.matching(fingerprint)
        opened.forget(kept.finding.fingerprint)
    if json:
        _print_json(terminal, [kept])
    else:
        terminal.line(f"{kept.finding.fingerprint} is forgotten")


@findings.command("merge")
def merge_stores(
    context: typer.Context,
    stores: Annotated[list[Path], typer.Argument(metavar="STORE...", help="Stores of jobs that ran side by side.")],
    store: Annotated[
        Path, typer.Option("--store", metavar="FILE", help="The store that gets it all; made where it is not there.")
    ] = DEFAULT_STORE,
    json: AsJson = False,
) -> None:
    """Put stores together: what each of them knows of a finding, under one fingerprint.

    The stores that are named stay as they are. A run that several of them know counts once, so that copies which have
    a night in common can be put together, and putting one in twice changes nothing.
    """
    import contextlib

    from oagen.cli.output import write_json
    from oagen.cli.secrecy import redaction_of
    from oagen.errors import UsageError
    from oagen.findings.merging import merge
    from oagen.findings.store import Store

    terminal: Terminal = context.obj
    for path in stores:
        if not path.is_file():
            raise UsageError(f"there is no store of findings at {path}", hint="name files that oagen fuzz has written")
    redaction = redaction_of(settings_for(terminal))
    with contextlib.ExitStack() as stack:
        others = [stack.enter_context(contextlib.closing(Store(path, redaction, copied=True))) for path in stores]
        into = stack.enter_context(contextlib.closing(Store(store, redaction)))
        done = [merge(into, other) for other in others]
        total = len(into.kept())
    values = [
        {"store": str(path), "runs": item.runs, "added": item.added, "joined": item.joined}
        for path, item in zip(stores, done, strict=True)
    ]
    if json:
        write_json(terminal, Path("-"), {"store": str(store), "findings": total, "merged": values})
        return
    for path, item in zip(stores, done, strict=True):
        terminal.line(f"{path}: {item.added} findings added, {item.joined} known already, {item.runs} runs added")
    terminal.line(f"{store}: {total} findings")


@findings.command()
def export(
    context: typer.Context,
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", metavar="DIR", help="The folder: a generated suite, or another.", show_default=False
        ),
    ],
    fingerprint: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FINGERPRINT]...", help="Only these; their beginnings will do.", show_default=False),
    ] = None,
    document: DocumentOption = None,
    base_url: BaseUrl = None,
    app: App = None,
    allow_host: AllowHost = None,
    store: StoreFile = DEFAULT_STORE,
    json: AsJson = False,
) -> None:
    """Write findings as tests that are expected to fail until the fault is fixed.

    Without fingerprints: all that are not fixed. They go into regressions/ below the folder; a folder without a
    generated suite gets what they stand on.
    """
    from oagen.findings.model import Decision

    terminal: Terminal = context.obj
    settings = settings_for(terminal, document=document, base_url=base_url, app=app, allow_hosts=allow_host)
    with existing_store(store) as opened:
        chosen = (
            [opened.matching(text) for text in fingerprint]
            if fingerprint
            else [item for item in opened.kept() if item.decision is not Decision.FIXED]
        )
        headers = opened.headers()
    if not chosen:
        terminal.note("no findings")
        return
    description = read_document(terminal, settings, strict=False)
    updates = tell_emitted(terminal, out, description, [item.finding for item in chosen], settings, headers=headers)
    written = sorted(str(update.folder / change.path) for update in updates for change in update.files)
    if json:
        write_json(terminal, Path("-"), {"tests": len(chosen), "files": written})
    else:
        terminal.line(f"{out / 'regressions'}: {len(chosen)} tests, {len(written)} files written")
    if any(update.conflicts for update in updates):
        raise typer.Exit(1)


def _tell(terminal: Terminal, kept: list[KeptFinding], *, json: bool) -> None:
    from oagen.report.finding_text import kept_line

    if json:
        _print_json(terminal, kept)
        return
    terminal.lines(kept_line(item, today()) for item in kept)
    if not kept:
        terminal.note("no finding is open")


def _print_json(terminal: Terminal, kept: list[KeptFinding], *, alone: bool = False) -> None:
    from oagen.findings.proof import proof_of
    from oagen.report.finding_json import kept_json

    shown = proof_context(settings_for(terminal))
    values = [kept_json(item, proof_of(item.finding, shown, item)) for item in kept]
    write_json(terminal, Path("-"), values[0] if alone else values)
