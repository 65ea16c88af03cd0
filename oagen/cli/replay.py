"""`oagen replay`: are earlier findings still there?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oagen.cli.configured import live, read_document, settings_for, today
from oagen.cli.options import (
    DEFAULT_STORE,
    AllowHost,
    App,
    AsJson,
    BaseUrl,
    CaBundle,
    ClientCert,
    DocumentOption,
    Header,
    LogFile,
    Proxy,
    RequestIdHeader,
    RequestTimeout,
    StoreFile,
)
from oagen.cli.output import write_json
from oagen.cli.store import existing_store, note_replays
from oagen.cli.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oagen.config.settings import Settings
    from oagen.findings.logs import LogTail
    from oagen.findings.model import KeptFinding
    from oagen.findings.verdicts import Replay
    from oagen.target.http import HttpOptions


def replay(
    context: typer.Context,
    fingerprint: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FINGERPRINT]...", help="Only these; their beginnings will do.", show_default=False),
    ] = None,
    document: DocumentOption = None,
    base_url: BaseUrl = None,
    app: App = None,
    header: Header = None,
    log_file: LogFile = None,
    request_id_header: RequestIdHeader = None,
    request_timeout: RequestTimeout = 3,
    ca_bundle: CaBundle = None,
    client_cert: ClientCert = None,
    proxy: Proxy = None,
    allow_host: AllowHost = None,
    store: StoreFile = DEFAULT_STORE,
    json: AsJson = False,
) -> None:
    """Run the scenarios of findings again, and say which are still there.

    A finding is fixed when its set-up succeeded and the answer is no fault any more; the store notes it, and a later
    campaign that meets it again calls it regressed. Ends with 0 when each is fixed, accepted or waived, else with 1.
    """
    from oagen.cli.connecting import http_options, request_id_header_of
    from oagen.cli.secrecy import redaction_of
    from oagen.findings.logs import followed
    from oagen.findings.verdicts import ReplayOutcome

    terminal: Terminal = context.obj
    log = followed(log_file, request_id_header_of(request_id_header, log_file))
    http = http_options(
        timeout=request_timeout, headers=header or (), ca_bundle=ca_bundle, client_cert=client_cert, proxy=proxy
    )
    settings = settings_for(terminal, document=document, base_url=base_url, app=app, allow_hosts=allow_host)
    settings = live(settings, base_url=base_url, app=app)
    terminal.redaction = redaction_of(settings, headers=http.headers, urls=[proxy])
    with existing_store(store) as opened:
        kept = [opened.matching(text) for text in fingerprint] if fingerprint else list(opened.kept())
        if not kept:
            terminal.note("no findings")
            if json:
                write_json(terminal, Path("-"), [])
            return
        replays = _replayed(terminal, settings, kept, http, log)
        note_replays(opened, replays)
    if json:
        write_json(terminal, Path("-"), [as_json(item, done) for item, done in zip(kept, replays, strict=True)])
    else:
        for item, done in zip(kept, replays, strict=True):
            _tell(terminal, item, done)
    missing = [
        done
        for item, done in zip(kept, replays, strict=True)
        if done.outcome is not ReplayOutcome.FIXED and not item.is_settled(today())
    ]
    if missing:
        raise typer.Exit(1)


def _replayed(
    terminal: Terminal, settings: Settings, kept: Sequence[KeptFinding], http: HttpOptions, log: LogTail | None
) -> list[Replay]:
    import uuid

    from oagen.cli.connecting import located, require_listening
    from oagen.fuzz.oracles import Oracles
    from oagen.fuzz.pacing import Ledger
    from oagen.fuzz.replaying import Replayer
    from oagen.fuzz.session import opened
    from oagen.runner.run import RunContext

    description = located(terminal, read_document(terminal, settings, strict=False, http=http), settings, http)
    learned = terminal.redaction.learn if terminal.redaction is not None else None
    with opened(settings, http, description.base_path, learned, ledger=Ledger()) as session:
        require_listening(session.target, session.base_path, http.timeout)
        replayer = Replayer(
            session.target if log is None else log.on(session.target),
            Oracles(description, log),
            RunContext(
                identities=session.identities, run=uuid.uuid4().hex, base_path=session.base_path, timeout=http.timeout
            ),
        )
        replays = []
        for number, item in enumerate(kept, start=1):
            with terminal.step(f"replaying {number} of {len(kept)}"):
                replays.append(replayer.replay(item.finding))
        return replays


def _tell(terminal: Terminal, item: KeptFinding, done: Replay) -> None:
    from oagen.findings.model import StoredVerdict
    from oagen.findings.verdicts import verdict_of
    from oagen.report.finding_text import decision_text
    from oagen.report.terminal_text import on_one_line

    marks = [decision_text(item, today())] if item.is_settled(today()) else []
    marks += ["regressed"] if verdict_of(item, done.outcome) is StoredVerdict.REGRESSED else []
    terminal.line(
        f"{item.finding.fingerprint}  {done.outcome.value}: {on_one_line(item.finding.sentence)}"
        + (f"  [{', '.join(marks)}]" if marks else "")
    )
    terminal.line(f"    {on_one_line(done.detail)}")


def as_json(item: KeptFinding, done: Replay) -> dict[str, object]:
    """Return a replay as JSON values."""
    from oagen.findings.verdicts import verdict_of

    return {
        "fingerprint": item.finding.fingerprint,
        "operation": item.finding.operation,
        "outcome": done.outcome.value,
        "verdict": verdict_of(item, done.outcome).value,
        "detail": done.detail,
    }
