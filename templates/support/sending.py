"""More than one request for one answer: at the same moment, or until it comes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx

from .statuses import status_matches


def together(status: str, *requests: Callable[[], httpx.Response]) -> httpx.Response:
    """Send requests at the same moment.

    Return the first answer with this status, else the last.
    """
    start = Barrier(len(requests))

    def send(request: Callable[[], httpx.Response]) -> httpx.Response:
        start.wait()
        return request()

    with ThreadPoolExecutor(max_workers=len(requests)) as pool:
        answers = list(pool.map(send, requests))
    expected = (
        answer for answer in answers if status_matches(answer.status_code, status)
    )
    return next(expected, answers[-1])


def repeated(
    status: str, times: int, request: Callable[[], httpx.Response]
) -> httpx.Response:
    """Send a request until it is answered with this status; return the last answer.

    Args:
        times: How often it is sent at most.
    """
    answer = request()
    for _ in range(times - 1):
        if status_matches(answer.status_code, status):
            break
        answer = request()
    return answer
