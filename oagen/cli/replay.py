"""`oagen replay`: are earlier findings still there?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oagen.cli.options import AllowHost, App, BaseUrl, read_document, settings_for, today, write_json
from oagen.cli.store import DEFAULT_STORE, AsJson, StoreFile, existing_store, note_replays
from oagen.cli.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oagen.config.settings import Settings
    from oagen.findings.model import KeptFinding
    from oagen.findings.verdicts import Replay


def replay(
    context: typer.Context,
    fingerprint: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FINGERPRINT]...", help="Only these; their beginnings will do.", show_default=False),
    ] = None,
    document: Annotated[
        str | None,
        typer.Option(metavar="DOCUMENT", help="The API description, as for oagen generate.", show_default=False),
    ] = None,
    base_url: BaseUrl = None,
    app: App = None,
    header: Annotated[
        list[str] | None,
        typer.Option("--header", "-H", metavar="'NAME: VALUE'", help="Sent with every request.", show_default=False),
    ] = None,
    log_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The server's log: its tracebacks tell faults apart.", show_default=False),
    ] = None,
    request_timeout: Annotated[float, typer.Option(metavar="SECONDS", min=0.1, help="For each request.")] = 3,
    allow_host: AllowHost = None,
    store: StoreFile = DEFAULT_STORE,
    json: AsJson = False,
) -> None:
    """Run the scenarios of findings again, and say which are still there.

    A finding is fixed when its set-up succeeded and the answer is no fault any more; the store notes it, and a later
    campaign that meets it again calls it regressed. Ends with 0 when each is fixed, accepted or waived, else with 1.
    """
    from oagen.findings.verdicts import ReplayOutcome

    terminal: Terminal = context.obj
    settings = settings_for(terminal, document=document, base_url=base_url, app=app, allow_hosts=allow_host)
    with existing_store(store) as opened:
        kept = [opened.matching(text) for text in fingerprint] if fingerprint else list(opened.kept())
        if not kept:
            terminal.note("no findings")
            if json:
                write_json(terminal, Path("-"), [])
            return
        replays = _replayed(terminal, settings, kept, header or [], log_file, request_timeout)
        note_replays(opened, replays)
    if json:
        write_json(terminal, Path("-"), [_as_json(item, done) for item, done in zip(kept, replays, strict=True)])
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
    terminal: Terminal,
    settings: Settings,
    kept: Sequence[KeptFinding],
    headers: list[str],
    log_file: Path | None,
    timeout: float,
) -> list[Replay]:
    import os
    import uuid

    from oagen.cli.replaying import Replayer
    from oagen.cli.target import agent_options, header_pairs, require_listening
    from oagen.findings.logs import LogTail
    from oagen.fuzz.oracles import Oracles
    from oagen.runner.logins import Logins
    from oagen.runner.run import RunContext
    from oagen.target.http import HttpOptions
    from oagen.target.open import open_target

    log = LogTail(log_file) if log_file is not None else None
    description = read_document(terminal, settings, strict=False)
    with open_target(
        base_url=settings.api.base_url,
        app=None if settings.api.base_url else settings.api.app,
        http=HttpOptions(timeout=timeout, headers=header_pairs(headers)),
        agent=agent_options(settings),
        allow_hosts=settings.api.allow_hosts,
    ) as target:
        base_path = target.base_path or description.base_path
        require_listening(target, base_path, timeout)
        logins = Logins(settings.identities, os.environ, target, base_path=base_path)
        logins.log_in()
        replayer = Replayer(
            logins.target,
            Oracles(description, log),
            RunContext(identities=logins, run=uuid.uuid4().hex, base_path=base_path, timeout=timeout),
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


def _as_json(item: KeptFinding, done: Replay) -> dict[str, object]:
    from oagen.findings.verdicts import verdict_of

    return {
        "fingerprint": item.finding.fingerprint,
        "operation": item.finding.operation,
        "outcome": done.outcome.value,
        "verdict": verdict_of(item, done.outcome).value,
        "detail": done.detail,
    }
