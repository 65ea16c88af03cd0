"""Finding the outcomes of an application's collaborators: the part of `oagen generate` that unit tests come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oagen.cli.terminal import Terminal
    from oagen.config.settings import Settings
    from oagen.outcomes.model import Outcomes
    from oagen.scenario.model import Scenario
    from oagen.spec.model import ApiDescription

_TELL_EVERY = 5.0  # seconds


def outcomes_of_application(
    terminal: Terminal,
    settings: Settings,
    description: ApiDescription,
    scenarios: Sequence[Scenario],
    *,
    budget: float,
    known: Outcomes | None,
) -> Outcomes:
    """Return which outcomes of its collaborators draw each documented status from the application of the settings.

    Raises:
        TargetError: It can't be started.
    """
    import time

    from oagen.outcomes.finding import find_outcomes
    from oagen.target.agent.connection import AgentConnection
    from oagen.target.agent.options import AgentOptions

    api = settings.api
    told = time.monotonic()

    def tell(operation: str, trials: int) -> None:
        nonlocal told
        if time.monotonic() - told >= _TELL_EVERY:
            told = time.monotonic()
            terminal.note(f"unit tests: {trials} requests in process, now {operation}")

    options = AgentOptions(python=api.python, cwd=settings.root.absolute(), needs_start_up=False)
    with AgentConnection(api.app or "", options) as connection:
        return find_outcomes(
            description,
            scenarios,
            connection,
            base_path=description.base_path,
            budget=budget,
            known=known,
            progress=tell,
        )
