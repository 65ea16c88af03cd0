"""`oagen fuzz`: find the answers that nobody promised."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oagen.cli.options import (
    AllowHost,
    App,
    BaseUrl,
    Document,
    Exclude,
    Include,
    read_document,
    settings_for,
    today,
)
from oagen.cli.store import DEFAULT_STORE, StoreFile, note_replays, proof_context, tell_emitted
from oagen.cli.target import CountingTarget, agent_options, header_pairs, headers_sent
from oagen.cli.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from oagen.config.settings import Settings
    from oagen.findings.logs import LogTail
    from oagen.findings.model import KeptFinding
    from oagen.findings.verdicts import Replay
    from oagen.fuzz.campaign import Campaign
    from oagen.fuzz.events import CampaignOptions, Finished
    from oagen.report.account import Account
    from oagen.report.writing import ReportFile
    from oagen.runner.logins import Logins
    from oagen.scenario.model import Scenario
    from oagen.spec.model import ApiDescription

_INTERRUPTED = 130
_REPLAY_SHARE = 0.1  # of the time, on top of it, for findings that were not met again


class FailOn(enum.StrEnum):
    """Which findings make the command end with 1."""

    NEW = "new"
    ANY = "any"
    NEVER = "never"


def fuzz(
    context: typer.Context,
    document: Document = None,
    base_url: BaseUrl = None,
    app: App = None,
    max_time: Annotated[float, typer.Option(metavar="SECONDS", min=1, help="How long it may take.")] = 60,
    max_requests: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="How many requests it may send.", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed makes other choices.")] = 1,
    log_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The server's log: its tracebacks tell faults apart.", show_default=False),
    ] = None,
    header: Annotated[
        list[str] | None,
        typer.Option("--header", "-H", metavar="'NAME: VALUE'", help="Sent with every request.", show_default=False),
    ] = None,
    identity: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Who sends the requests; by default the first identity.", show_default=False),
    ] = None,
    request_timeout: Annotated[float, typer.Option(metavar="SECONDS", min=0.1, help="For each request.")] = 3,
    ca_bundle: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Certificates to trust.", show_default=False)
    ] = None,
    client_cert: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The client's certificate and key.", show_default=False)
    ] = None,
    proxy: Annotated[str | None, typer.Option(metavar="URL", help="An HTTP proxy.", show_default=False)] = None,
    allow_host: AllowHost = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="Only methods that change nothing.")] = False,
    include: Include = None,
    exclude: Exclude = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Begin with what earlier campaigns in the store found worth keeping.")
    ] = False,
    restart_command: Annotated[
        str | None,
        typer.Option(
            metavar="COMMAND",
            help="Brings the target back when it died or refuses everything; run by the shell.",
            show_default=False,
        ),
    ] = None,
    store: StoreFile = DEFAULT_STORE,
    report: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FORMAT=FILE",
            help="Write a report as json, junit, sarif or markdown, - for stdout. Repeatable.",
            show_default=False,
        ),
    ] = None,
    emit_tests: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write each finding as a test that is expected to fail until it is fixed.",
            show_default=False,
        ),
    ] = None,
    fail_on: Annotated[FailOn, typer.Option(help="Findings that make it end with 1.")] = FailOn.NEW,
) -> None:
    """Hunt for undocumented server errors, and name each fault once.

    Designed scenarios come first, then boundary cases and violations, then changes of whatever showed something new.
    Ends with 1 when there are findings.
    """
    import os
    from contextlib import closing

    from oagen.findings.logs import LogTail
    from oagen.findings.model import StoredVerdict
    from oagen.findings.store import Store
    from oagen.fuzz.campaign import Campaign
    from oagen.fuzz.events import CampaignOptions, Stop
    from oagen.report.account import account_of
    from oagen.report.writing import asked_reports
    from oagen.runner.logins import Logins
    from oagen.target.http import HttpOptions
    from oagen.target.open import open_target

    terminal: Terminal = context.obj
    reports = asked_reports(report or [])
    headers = header_pairs(header or [])
    settings = settings_for(
        terminal,
        document=document,
        base_url=base_url,
        app=app,
        allow_hosts=allow_host,
        include=include,
        exclude=exclude,
    )
    name = _identity(identity, settings)
    log = LogTail(log_file) if log_file is not None else None
    description = read_document(terminal, settings, strict=False)
    with (
        open_target(
            base_url=settings.api.base_url,
            app=None if settings.api.base_url else settings.api.app,
            http=HttpOptions(
                timeout=request_timeout,
                headers=headers,
                ca_bundle=str(ca_bundle) if ca_bundle else None,
                client_certificate=str(client_cert) if client_cert else None,
                proxy=proxy,
            ),
            agent=agent_options(settings),
            allow_hosts=settings.api.allow_hosts,
        ) as target,
        closing(Store(store)) as kept,
    ):
        base_path = target.base_path or description.base_path
        logins = Logins(settings.identities, os.environ, target, base_path=base_path)
        logins.log_in()
        options = CampaignOptions(
            seed=seed,
            max_seconds=max_time,
            max_requests=max_requests,
            timeout=request_timeout,
            identities=logins,
            identity=name,
            base_path=base_path,
            read_only=read_only,
            other_methods=not (settings.suite.include or settings.suite.exclude),
        )
        terminal.note(f"sending generated requests to {settings.api.base_url or settings.api.app}")
        with terminal.step("designing scenarios"):
            scenarios = _scenarios(description, settings)
            counting = CountingTarget(logins.target)
            campaign = Campaign(
                description,
                counting,
                options,
                scenarios=scenarios,
                resumed=kept.corpus() if resume else (),
                log=log,
                store=kept,
                restore=_restore(restart_command),
            )
        before = kept.kept()
        finished, notices = _follow(terminal, campaign, counting)
        finished, replays = _with_earlier(
            finished, before, description, logins, log, options, seconds=max_time * _REPLAY_SHARE
        )
        note_replays(kept, replays)
        found = kept.kept()
        secrets = [value for who in settings.identities for value in headers_sent(logins, who.name)]
    account = account_of(
        finished,
        description,
        proof_context(settings, options.base_path, headers=headers, secrets=secrets),
        kept=found,
        notices=notices,
        root=settings.root,
    )
    _report(terminal, account, reports, tracebacks=log is not None or settings.api.base_url is None)
    if emit_tests is not None:
        there = [finding for finding in finished.findings if finding.verdict is not StoredVerdict.FIXED]
        tell_emitted(terminal, emit_tests, description, there, settings, seconds=request_timeout)
    if finished.stop is Stop.INTERRUPTED:
        raise typer.Exit(_INTERRUPTED)
    settled = frozenset(item.finding.fingerprint for item in found if item.is_settled(today()))
    if _fails(finished, fail_on, settled):
        raise typer.Exit(1)


def _with_earlier(
    finished: Finished,
    before: Sequence[KeptFinding],
    description: ApiDescription,
    logins: Logins,
    log: LogTail | None,
    options: CampaignOptions,
    *,
    seconds: float,
) -> tuple[Finished, tuple[Replay, ...]]:
    """Add what earlier campaigns found and this one did not meet: fixed, or not reached."""
    import uuid

    from oagen.cli.replaying import Replayer, with_earlier
    from oagen.fuzz.oracles import Oracles
    from oagen.runner.run import RunContext

    replayer = Replayer(
        logins.target,
        Oracles(description, log),
        RunContext(identities=logins, run=uuid.uuid4().hex, base_path=options.base_path, timeout=options.timeout),
    )
    operations = {operation.key for operation in description.operations}
    return with_earlier(finished, before, replayer, seconds=seconds, operations=operations, read_only=options.read_only)


def _report(terminal: Terminal, account: Account, reports: Sequence[ReportFile], *, tracebacks: bool) -> None:
    """Print what the campaign came to, on stderr where a report has stdout to itself, and write the reports."""
    from oagen.report.terminal import summary_lines
    from oagen.report.writing import STDOUT, write_reports

    lines = summary_lines(account, tracebacks=tracebacks)
    if any(item.path == STDOUT for item in reports):
        terminal.notes(lines)
    else:
        terminal.lines(lines)
    write_reports(reports, account, terminal.verbatim)


def _follow(terminal: Terminal, campaign: Campaign, counting: CountingTarget) -> tuple[Finished, tuple[str, ...]]:
    """Tell what happens while it happens; return the end, and what was noticed."""
    from oagen.fuzz.events import Finished, Noticed
    from oagen.report.terminal import ProgressView

    notices: list[str] = []
    with terminal.live() as update:
        view = ProgressView(terminal.note, update, lambda: counting.statuses)
        for event in campaign.run():
            view.consume(event)
            if isinstance(event, Noticed):
                notices.append(event.message)
            if isinstance(event, Finished):
                return event, tuple(notices)
    raise AssertionError("a campaign ends with Finished")


def _fails(finished: Finished, fail_on: FailOn, accepted: frozenset[str]) -> bool:
    from oagen.findings.model import FindingKind, StoredVerdict

    counted = [
        finding
        for finding in finished.findings
        if finding.kind is not FindingKind.DOCUMENTED_5XX and finding.fingerprint not in accepted and finding.was_met
    ]
    if fail_on is FailOn.NEW:
        counted = [finding for finding in counted if finding.verdict is not StoredVerdict.KNOWN]
    return fail_on is not FailOn.NEVER and bool(counted)


def _scenarios(description: ApiDescription, settings: Settings) -> Sequence[Scenario]:
    """Return designed scenarios, those that succeed first: they make resources."""
    from oagen.scenario.design import design
    from oagen.scenario.identities import IdentityInfo

    identities = tuple(IdentityInfo(item.name, item.role or "") for item in settings.identities)
    return sorted(
        design(description, identities=identities),
        key=lambda scenario: (not scenario.status.startswith("2"), scenario.when.method == "DELETE"),
    )


def _identity(name: str | None, settings: Settings) -> str | None:
    from oagen.errors import UsageError

    names = [item.name for item in settings.identities]
    if name is not None and name not in names:
        known = ", ".join(names) or "none"
        raise UsageError(f"there is no identity {name!r} in oagen.toml", hint=f"There are: {known}.")
    return name or next(iter(names), None)


def _restore(command: str | None) -> Callable[[], None] | None:
    """Return what runs the user's own command; None without one."""
    if command is None:
        return None
    import subprocess

    def restore() -> None:
        subprocess.run(command, shell=True, check=False)  # noqa: S602 - the user's command, for the user's shell

    return restore
