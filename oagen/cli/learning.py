"""Trying scenarios on the live target before a suite is written: the part of `oagen generate` that sends requests."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oagen.cli.terminal import Terminal
    from oagen.config.settings import Identity, Settings
    from oagen.learn.handlers import Handlers
    from oagen.learn.model import Learned
    from oagen.scenario.model import Scenario
    from oagen.spec.model import ApiDescription
    from oagen.target.model import Target

_TIMEOUT = 10.0  # seconds for one request
_TELL_EVERY = 5.0  # seconds


def learned_from_target(
    terminal: Terminal,
    settings: Settings,
    description: ApiDescription,
    scenarios: Sequence[Scenario],
    *,
    budget: float,
    known: Learned | None,
    keep: Callable[[Learned], None],
) -> Learned:
    """Return what the target of the settings shows of scenarios, and what was known before.

    A few safe requests tell whether the target has the base path of the document.

    Args:
        keep: Called every few seconds with what was learned so far.

    Raises:
        TargetError: It can't be reached, or may not be sent requests.
        ConfigError: The reset command fails, or the function `reset` of states.py does in a process of its own.
    """
    from dataclasses import replace

    from oagen.cli.connecting import left_out
    from oagen.cli.resetting import and_then, reset_of
    from oagen.learn.witnesses import learn
    from oagen.runner.logins import Logins
    from oagen.runner.run import RunContext
    from oagen.suite.generating import identities_of
    from oagen.target.agent.options import AgentOptions
    from oagen.target.base_path import reached_base_path
    from oagen.target.http import HttpOptions
    from oagen.target.open import open_target

    api = settings.api
    with open_target(
        base_url=api.base_url,
        app=None if api.base_url else api.app,
        http=HttpOptions(timeout=_TIMEOUT),
        agent=AgentOptions(python=api.python, cwd=settings.root.absolute()),
        allow_hosts=api.allow_hosts,
    ) as target:
        terminal.note(
            f"trying {len(scenarios)} scenarios on {api.base_url or api.app} for up to {budget:g} s: requests that "
            "create, change and delete, wrong ones included"
        )
        base_path = reached_base_path(target, description)
        other = base_path if base_path != description.base_path and not target.base_path else None
        if other is not None:
            terminal.note(left_out(description))
        logins = Logins(_usable(terminal, settings), os.environ, target, base_path=base_path)
        logins.log_in()
        context = RunContext(
            identities=logins,
            run=uuid.uuid4().hex,
            base_path=base_path,
            timeout=_TIMEOUT,
        )
        learned = learn(
            description,
            scenarios,
            logins.target,
            context,
            budget=budget,
            known=known,
            identities=identities_of(settings),
            progress=_Teller(terminal),
            keep=lambda learned: keep(replace(learned, base_path=other)),
            handlers=_handlers(target, description),
            reset=and_then(reset_of(settings, target), logins.forget),  # sessions may have been part of the state
        )
        return replace(learned, base_path=other)


def _handlers(target: Target, description: ApiDescription) -> Handlers:
    """Return what the handlers' sources name, where the application runs in process."""
    from oagen.learn.handlers import handlers_of
    from oagen.target.agent.client import AgentTarget

    return handlers_of(description, target.connection.handlers()) if isinstance(target, AgentTarget) else {}


class _Teller:
    """Tells progress, not too often."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._told = 0.0

    def __call__(self, progress: object) -> None:
        from oagen.learn.model import Progress
        from oagen.report.learned_text import progress_line

        assert isinstance(progress, Progress)
        if progress.seconds - self._told >= _TELL_EVERY:
            self._told = progress.seconds
            self._terminal.note(progress_line(progress))


def _usable(terminal: Terminal, settings: Settings) -> list[Identity]:
    """Return the identities whose secrets are there."""
    from oagen.config.environment import variables_of

    usable = []
    for item in settings.identities:
        missing = [name for name in variables_of(item) if not os.environ.get(name)]
        if missing:
            terminal.note(f"warning: identity {item.name!r} takes no part, since {missing[0]} is not set")
        else:
            usable.append(item)
    return usable
