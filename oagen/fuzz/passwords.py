"""A password that the campaign has changed is changed back, by the operation that did it."""

from __future__ import annotations

import re
from collections.abc import Callable

from oagen.fuzz.slots import Slot, put, slots_of
from oagen.runner.logins import Logins
from oagen.runner.passwords import is_password
from oagen.scenario.model import Request
from oagen.target.model import Answer

_FORMER = re.compile(r"old|current|former|previous|existing|actual", re.IGNORECASE)
_MOST = 3  # passwords of one request that may be the new one


def sets_password(request: Request) -> bool:
    """Whether a request is a write with a password in it."""
    return request.method not in ("GET", "HEAD", "OPTIONS", "DELETE") and bool(_new(request))


def changed_back(
    request: Request, logins: Logins, ask: Callable[[Request], Answer | None], ended: Callable[[], bool]
) -> Request | None:
    """Log in with a password that a request has set, and set the former one again.

    Args:
        request: A write that succeeded.
        logins: Know the former password of who has sent it.
        ask: Sends a request.
        ended: Whether that has helped.

    Returns:
        What has set the former password; None where it is not known, or nothing has.
    """
    name = request.identity
    former = logins.password(name)
    if name is None or former is None:
        return None
    for new in list(dict.fromkeys(slot.value for slot in _new(request)))[:_MOST]:
        undoing = request
        for slot in _passwords(request):
            undoing = put(undoing, slot, new if _FORMER.search(slot.name) else former)
        with logins.other_password(name, new):
            answer = ask(undoing)
        if answer is not None and answer.status < 400 and ended():  # noqa: PLR2004
            return undoing
    return None


def _passwords(request: Request) -> list[Slot]:
    return [slot for slot in slots_of(request) if isinstance(slot.value, str) and is_password(slot.name)]


def _new(request: Request) -> list[Slot]:
    return [slot for slot in _passwords(request) if slot.value and not _FORMER.search(slot.name)]
