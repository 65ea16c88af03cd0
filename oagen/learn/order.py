"""In which order scenarios are tried: what succeeds and needs little first, what burdens the target last."""

from __future__ import annotations

from oagen.fuzz.drastic import ends, sets_default, sweeps
from oagen.scenario.model import Scenario

_TOO_MANY = "429"


def burden(scenario: Scenario) -> tuple[int, bool, bool, int]:
    """Return what orders scenarios: harm that the target may take, success before refusal, and the number of steps."""
    return _harm(scenario), bool(scenario.states), not scenario.status.startswith("2"), len(scenario.given)


def may_harm(method: str, path: str) -> bool:
    """Tell whether a request of any kind to an operation may cost the target more than what this run has made."""
    return sweeps(method, path) or changes_all_others(method, path)


def changes_all_others(method: str, path: str) -> bool:
    """Tell whether a request may change what all others are answered: a restart, another default for all."""
    return sets_default(method, path) or ends(path)


def _harm(scenario: Scenario) -> int:
    if scenario.status == _TOO_MANY or scenario.repeat > 1:
        return 3  # from then on, it may refuse everything
    request = scenario.when
    return 2 * may_harm(request.method, request.path)
