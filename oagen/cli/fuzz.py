"""`oagen fuzz`: find the answers that nobody promised."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oagen.cli.configured import live, read_document, refuse_empty_selection, settings_for, today
from oagen.cli.options import (
    DEFAULT_STORE,
    AllowHost,
    App,
    BaseUrl,
    CaBundle,
    ClientCert,
    Document,
    Exclude,
    Header,
    Include,
    LogFile,
    Method,
    Proxy,
    RateLimit,
    RequestIdHeader,
    RequestTimeout,
    ResetCommand,
    RestartCommand,
    StoreFile,
    Tag,
)
from oagen.cli.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oagen.findings.model import KeptFinding
    from oagen.fuzz.events import Finished

_ENVIRONMENT = 2
_INTERRUPTED = 130


class OracleName(enum.StrEnum):
    """What answers are looked at for; `oagen.fuzz.oracles.Oracle`, without what that imports."""

    UNDOCUMENTED_5XX = "undocumented-5xx"
    DOCUMENTED_5XX = "documented-5xx"
    DROPPED = "connection-dropped"
    TIMEOUT = "time-out"
    STATUS = "status"
    CONTENT_TYPE = "content-type"
    SCHEMA = "schema"
    HEADERS = "headers"


ORACLES = ", ".join(OracleName)


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
    max_time: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            min=1,
            help="How long it may take, reading the document included; a tenth is kept for shrinking. Findings of "
            "earlier campaigns that it did not meet are run again after that, for up to another tenth.",
        ),
    ] = 60,
    max_requests: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="How many requests it may send in all; where there are findings, up to a tenth is kept for shrinking, "
            "and up to a tenth for running those of earlier campaigns again.",
            show_default=False,
        ),
    ] = None,
    workers: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=1,
            max=64,
            help="How many processes send requests: each has a part of the work, a seed of its own made from --seed, "
            "and, with --app, an application of its own.",
        ),
    ] = 1,
    seed: Annotated[int, typer.Option(help="Another seed makes other choices.")] = 1,
    log_file: LogFile = None,
    request_id_header: RequestIdHeader = None,
    header: Header = None,
    identity: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Who sends the requests; by default the first identity.", show_default=False),
    ] = None,
    request_timeout: RequestTimeout = 3,
    ca_bundle: CaBundle = None,
    client_cert: ClientCert = None,
    proxy: Proxy = None,
    allow_host: AllowHost = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="Only methods that change nothing.")] = False,
    include: Include = None,
    exclude: Exclude = None,
    tag: Tag = None,
    method: Method = None,
    oracle: Annotated[
        list[OracleName] | None,
        typer.Option(metavar="NAME", help=f"What to look for, by default everything: {ORACLES}. Repeatable."),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Begin with what earlier campaigns in the store found worth keeping; where the last one was cut off, "
            "go on with it, so that what it found as new still is.",
        ),
    ] = False,
    restart_command: RestartCommand = None,
    reset_command: ResetCommand = None,
    rate_limit: RateLimit = None,
    store: StoreFile = DEFAULT_STORE,
    report: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FORMAT=FILE",
            help="Write a report as json, junit, sarif, markdown, codequality or har, - for stdout. Repeatable. It is "
            "kept up to date while the campaign runs.",
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
    """Hunt for undocumented server errors and other broken promises, and name each fault once.

    Designed scenarios come first, then boundary cases and violations, then changes of whatever showed something new.
    A status, content type, body or header that breaks the document is reported when two validators agree on it.
    At the end findings are tried on an API that was just started, where --app, --reset-command or --restart-command
    allow that: the writes that they need become their steps.
    Ends with 1 when there are findings that --fail-on counts: those that are not in the store yet, were fixed before,
    or were waived until a day that has passed (new), all that were met (any), or none (never). Findings that were
    accepted or waived never count, nor do documented server errors, which are listed all the same. Ends with 2 when
    there are none, but the target died, or refused or knew nothing at all, or the store can't be written.
    """
    import os
    import time
    from contextlib import closing

    from oagen.cli.connecting import http_options, identity_named, located, request_id_header_of
    from oagen.cli.hunting import Hunt
    from oagen.cli.secrecy import redaction_of
    from oagen.cli.store import tell_emitted
    from oagen.errors import UsageError
    from oagen.findings.curl import HARMLESS
    from oagen.findings.logs import followed
    from oagen.findings.model import StoredVerdict
    from oagen.findings.store import Store
    from oagen.fuzz.caller import caller_of
    from oagen.fuzz.events import ENDED_BADLY, CampaignOptions, Stop
    from oagen.fuzz.oracles import Oracle
    from oagen.fuzz.plan import Plan
    from oagen.report.writing import asked_reports

    began = time.monotonic()
    terminal: Terminal = context.obj
    reports = asked_reports(report or [])
    http = http_options(
        timeout=request_timeout, headers=header or (), ca_bundle=ca_bundle, client_cert=client_cert, proxy=proxy
    )
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
    settings = live(settings, base_url=base_url, app=app)
    redaction = terminal.redaction = redaction_of(settings, headers=http.headers, urls=[proxy])
    options = CampaignOptions(
        seed=seed,
        max_seconds=max_time,
        max_requests=max_requests,
        timeout=request_timeout,
        identity=identity_named(identity, settings),
        caller=caller_of(dict(http.headers)),
        read_only=read_only,
        other_methods=not settings.suite.selects,
        oracles=tuple(Oracle(name.value) for name in oracle or ()),
    )
    ids_in = request_id_header_of(request_id_header, log_file)
    log = followed(log_file, ids_in)
    description = read_document(terminal, settings, strict=False, http=http)
    refuse_empty_selection(description, settings)
    description = located(terminal, description, settings, http)
    plan = Plan(
        settings=settings,
        description=description,
        options=options,
        http=http,
        redaction=redaction,
        log_file=log_file,
        request_id_header=ids_in,
        rate=rate_limit,
        resume=resume,
        restart_command=restart_command,
        reset_command=reset_command or settings.api.reset_command,
        began=began,
    )
    if workers > 1 and not hasattr(os, "fork"):
        raise UsageError("this system has no workers: it can't fork processes", hint="leave --workers out")
    with closing(Store(store, redaction)) as kept:
        outcome = Hunt(terminal, plan, store=kept, log=log).run(reports, workers=workers)
    finished = outcome.finished
    if emit_tests is not None:
        there = [finding for finding in finished.findings if finding.verdict is not StoredVerdict.FIXED]
        carried = [name for name, _ in http.headers if name.lower() not in HARMLESS]
        tell_emitted(terminal, emit_tests, description, there, settings, seconds=request_timeout, headers=carried)
    if finished.stop is Stop.INTERRUPTED:
        raise typer.Exit(_INTERRUPTED)
    if _fails(finished, fail_on, outcome.kept):
        raise typer.Exit(1)
    if finished.stop in ENDED_BADLY or _found_nothing(finished):
        raise typer.Exit(_ENVIRONMENT)


def _found_nothing(finished: Finished) -> bool:
    """Whether 404 was the only answer, whatever was asked: the API is somewhere else."""
    statuses = {status for counts in finished.responses.values() for status in counts}
    return statuses == {"404"} and len(finished.responses) > 1  # one may be the root, which nobody promised


def _fails(finished: Finished, fail_on: FailOn, kept: Iterable[KeptFinding]) -> bool:
    """Whether a campaign has met findings that count.

    Args:
        kept: What the store knows now.
    """
    from oagen.findings.model import StoredVerdict

    known = {item.finding.fingerprint: item for item in kept}
    counted = []
    for finding in finished.findings:
        item = known.get(finding.fingerprint)
        if finding.is_excused or not finding.was_met or (item is not None and item.is_settled(today())):
            continue
        overdue = item is not None and item.is_overdue(today())
        if fail_on is FailOn.ANY or overdue or finding.verdict is not StoredVerdict.KNOWN:
            counted.append(finding)
    return fail_on is not FailOn.NEVER and bool(counted)
