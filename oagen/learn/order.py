"""In which order scenarios are tried: what succeeds and needs little first, what burdens the target last."""

from __future__ import annotations

import re

from oagen.scenario.model import Scenario

_SWEEPING = re.compile(r"(?i)(?:^|[/_-])(?:reset|shutdown|restart|purge|wipe|clear|truncate|maintenance|prune|flush)")
_ENDING = re.compile(r"(?i)(?:^|[/_-])(?:shut-?down|restart|reboot|terminate|kill|quit|exit)(?:$|[/_-])")
_TOO_MANY = "429"


def burden(scenario: Scenario) -> tuple[int, bool, bool, int]:
    """Return what orders scenarios: harm that the target may take, success before refusal, and the number of steps."""
    return _harm(scenario), bool(scenario.states), not scenario.status.startswith("2"), len(scenario.given)


def may_harm(method: str, path: str) -> bool:
    """Tell whether a request of any kind to an operation may cost the target more than what this run has made."""
    writes = method not in ("GET", "HEAD", "OPTIONS")
    sweeps = writes and bool(_SWEEPING.search(path))
    return sweeps or bool(_ENDING.search(path)) or (method == "DELETE" and "{" not in path)


def _harm(scenario: Scenario) -> int:
    if scenario.status == _TOO_MANY or scenario.repeat > 1:
        return 3  # from then on, it may refuse everything
    request = scenario.when
    writes = request.method not in ("GET", "HEAD", "OPTIONS")
    if (writes and _SWEEPING.search(request.path)) or _ENDING.search(request.path):
        return 2
    return int(request.method == "DELETE" and "{" not in request.path)
