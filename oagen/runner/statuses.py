"""Which status codes a documented status speaks for."""

from __future__ import annotations

from collections.abc import Iterable

_SERVER_ERROR = 500


def status_matches(status: int, documented: str, excluded: Iterable[str] = ()) -> bool:
    """Whether an answered code is what `404`, `4XX` or `default` promises.

    A range or `default` does not speak for the codes and ranges in `excluded`, and `default` never for a 5xx.
    """
    if documented.isdigit():
        return status == int(documented)
    if any(status_matches(status, item) for item in excluded if item != "default"):
        return False
    if documented == "default":
        return status < _SERVER_ERROR
    return documented.upper() == f"{status // 100}XX"


def any_status_matches(status: int, documented: Iterable[str]) -> bool:
    """Whether an answered code is one of several, ranges included."""
    return any(status_matches(status, item) for item in documented)
