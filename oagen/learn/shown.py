"""What a success shows."""

from __future__ import annotations

from typing import Any

from oagen.runner.run import Exchange

_FIRST_FAILURE = 300


def shown_by(exchange: Exchange) -> Any:
    """Return the JSON body of a successful answer; None where there is none, or not a whole one."""
    answer = exchange.answer
    if answer is None or answer.status >= _FIRST_FAILURE or answer.truncated:
        return None
    try:
        return answer.json()
    except ValueError:
        return None
