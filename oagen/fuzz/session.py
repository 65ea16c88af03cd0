"""The API as a campaign or a replay reaches it: opened, with everybody logged in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from oagen.config.settings import Settings
from oagen.fuzz.pacing import Ledger, PacedTarget
from oagen.runner.logins import Logins
from oagen.target.agent.client import AgentTarget
from oagen.target.agent.options import AgentOptions
from oagen.target.http import HttpOptions
from oagen.target.model import Target
from oagen.target.open import open_target


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """An open target and who may be sent as.

    Attributes:
        target: Renews the sessions of identities that log in.
        paced: What it sends through.
        base_path: In front of every path.
        afresh: In process: starts the application afresh.
    """

    target: Target
    paced: PacedTarget
    identities: Logins
    base_path: str
    afresh: Callable[[], None] | None = None


@contextmanager
def opened(
    settings: Settings,
    http: HttpOptions,
    base_path: str,
    learned: Callable[[Iterable[str]], None] | None = None,
    *,
    ledger: Ledger,
    rate: float | None = None,
) -> Iterator[Session]:
    """Open the API of the settings and log everybody in; close it at the end of the `with` block.

    Args:
        http: How requests are sent; its headers go to an application in process, too.
        base_path: That of the description, where the target has none of its own.
        learned: Is told the secrets that logins give.
        ledger: Counts what is sent.
        rate: Requests a second, at most.

    Raises:
        TargetError: It can't be reached, may not be sent requests, or somebody can't log in.
        ConfigError: A secret is not in the environment.
        UsageError: No API is named, or two are.
    """
    api = settings.api
    agent = AgentOptions(python=api.python, cwd=settings.root.absolute(), headers=http.headers, timeout=http.timeout)
    with open_target(base_url=api.base_url, app=api.app, http=http, agent=agent, allow_hosts=api.allow_hosts) as target:
        path = target.base_path or base_path
        paced = PacedTarget(target, ledger, rate=rate)
        identities = Logins(settings.identities, os.environ, paced, base_path=path, learned=learned)
        identities.log_in()
        yield Session(
            target=identities.target,
            paced=paced,
            identities=identities,
            base_path=path,
            afresh=target.restart if isinstance(target, AgentTarget) else None,
        )
