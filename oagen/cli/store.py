"""The store of findings, as commands open it."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oagen.cli.terminal import Terminal
    from oagen.config.settings import Settings
    from oagen.findings.model import Finding
    from oagen.findings.proof import ProofContext
    from oagen.findings.redaction import Redaction
    from oagen.findings.store import Store
    from oagen.findings.verdicts import Replay
    from oagen.spec.model import ApiDescription
    from oagen.suite.updating import Update


@contextlib.contextmanager
def existing_store(path: Path, redaction: Redaction | None = None, *, reading: bool = False) -> Iterator[Store]:
    """Open the store of earlier campaigns.

    Args:
        redaction: Knows the secrets of the run.
        reading: Nothing is going to be written, so that the file may be where nothing can be.

    Raises:
        UsageError: There is none.
        StoreError: It can't be used.
    """
    from oagen.errors import UsageError
    from oagen.findings.store import Store

    if not path.is_file():
        raise UsageError(f"there is no store of findings at {path}", hint="run oagen fuzz, or name it with --store")
    with contextlib.closing(Store(path, redaction, copied=reading)) as store:
        yield store


def proof_context(
    settings: Settings,
    base_path: str = "",
    *,
    headers: Iterable[tuple[str, str]] = (),
    redaction: Redaction | None = None,
) -> ProofContext:
    """Return what findings are shown with: where the API answers, what identities send, which texts are secret.

    Args:
        base_path: In front of every path, where the base URL has none of its own.
        headers: Those of the command line; their values are secret.
        redaction: Knows the secrets of the run; None where nothing was sent.
    """
    from urllib.parse import urlsplit

    from oagen.cli.secrecy import redaction_of
    from oagen.config.environment import header_templates
    from oagen.findings.curl import BASE_URL, HARMLESS, CurlContext
    from oagen.findings.proof import ProofContext

    url = settings.api.base_url
    if url is not None and not urlsplit(url).path.strip("/"):
        url = url.rstrip("/") + base_path
    return ProofContext(
        curl=CurlContext(
            base_url=url or BASE_URL + base_path,
            identities={who.name: header_templates(who) for who in settings.identities},
            headers=tuple(name for name, _ in headers if name.lower() not in HARMLESS),
        ),
        redaction=redaction or redaction_of(settings, headers=headers),
    )


def note_replays(store: Store, replays: Iterable[Replay]) -> None:
    """Keep in the store what replays have proved: what is fixed, and what is back."""
    from oagen.findings.model import Decision, StoredVerdict
    from oagen.findings.verdicts import ReplayOutcome

    for done in replays:
        was_fixed = done.finding.verdict is StoredVerdict.FIXED
        if done.outcome is ReplayOutcome.FIXED and not was_fixed:
            store.mark(done.finding.fingerprint, Decision.FIXED)
        elif done.outcome is ReplayOutcome.STILL_THERE and was_fixed:
            store.mark(done.finding.fingerprint, Decision.OPEN)


def tell_emitted(
    terminal: Terminal,
    folder: Path,
    description: ApiDescription,
    findings: Collection[Finding],
    settings: Settings,
    *,
    seconds: float | None = None,
    headers: Iterable[str] = (),
) -> list[Update]:
    """Write the tests of findings, and tell what was left alone, and which variables they need.

    Args:
        headers: Names of those that every request carries beside those of identities.

    Raises:
        OutputError: The folder can't be used.
    """
    from oagen.findings.curl import variable_of
    from oagen.suite.emitting import emit_tests
    from oagen.suite.regressions import SECONDS

    names = tuple(headers)
    updates = emit_tests(
        folder,
        description,
        findings,
        templates=settings.suite.templates,
        seconds=seconds or SECONDS,
        headers=names,
    )
    for header in names:
        terminal.note(f"the tests take the header {header} from the environment variable {variable_of(header)}")
    for update in updates:
        for name in update.obsolete:
            terminal.note(f"obsolete, its finding is not among these (kept): {update.folder / name}")
        for name in update.conflicts:
            terminal.note(f"conflict, changed by you and by its finding (left as it is): {update.folder / name}")
    return updates
