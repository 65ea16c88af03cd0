"""Several requests at the same moment, on any target."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from oagen.scenario.wire import WireRequest
from oagen.target.model import Answer, SendFailure, Target


def send_together(
    target: Target, requests: Sequence[WireRequest], *, timeout: float | None = None
) -> tuple[Answer | SendFailure, ...]:
    """Return what came of each request, in the order given.

    A target with a way of its own uses that: behind an agent, threads would only wait for each other.
    """
    own = getattr(target, "send_together", None)
    if own is not None:
        outcomes: tuple[Answer | SendFailure, ...] = own(requests, timeout=timeout)
        return outcomes
    start = threading.Barrier(len(requests))
    done: dict[int, Answer | SendFailure] = {}
    raised: list[Exception] = []

    def send(index: int, request: WireRequest) -> None:
        start.wait()
        try:
            done[index] = target.send(request, timeout=timeout)
        except SendFailure as failure:
            done[index] = failure
        except Exception as error:  # noqa: BLE001 - it is raised where it was asked for
            raised.append(error)

    threads = [threading.Thread(target=send, args=item, daemon=True) for item in enumerate(requests)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]
    return tuple(done[index] for index in sorted(done))
