"""Ctrl-C ends a campaign wherever it comes, and is never lost."""

from __future__ import annotations

import gc
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from oagen.fuzz.campaign import Campaign
from oagen.fuzz.events import CampaignOptions, Finished, Stop
from oagen.fuzz.interrupts import Interrupt
from oagen.fuzz.pacing import Ledger, PacedTarget
from oagen.scenario.wire import WireRequest
from oagen.target.model import Answer
from tests.fuzz.apps import Answering, OrdersApi, described


def test_it_is_not_lost_in_a_callback_of_the_garbage_collector() -> None:
    interrupt = Interrupt()

    def pressed(phase: str, _info: Mapping[str, int]) -> None:
        if phase == "start":
            signal.raise_signal(signal.SIGINT)  # an exception from here is printed, and gone

    with interrupt.by_keyboard():
        gc.callbacks.append(pressed)
        try:
            gc.collect()
        finally:
            gc.callbacks.remove(pressed)

    with pytest.raises(KeyboardInterrupt):
        interrupt.check()
    interrupt.check()  # told once


def test_who_presses_twice_does_not_wait() -> None:
    interrupt = Interrupt()

    with interrupt.by_keyboard():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)

    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("pressed", [1, 7, 400, 2890])  # the last one while findings are made smaller
def test_a_campaign_ends_before_its_next_request(tmp_path: Path, pressed: int) -> None:
    api, interrupt = OrdersApi(), Interrupt()

    def respond(request: WireRequest) -> Answer:
        answer = api.send(request)
        if len(api.sent) == pressed:
            signal.raise_signal(signal.SIGINT)
        return answer

    target: Any = PacedTarget(Answering(respond), Ledger(3000, interrupt))
    options = CampaignOptions(seed=1, max_seconds=100, max_requests=3000)
    with interrupt.by_keyboard():
        *_, finished = Campaign(described(tmp_path), target, options, paced=target).run()

    assert isinstance(finished, Finished)
    assert finished.stop is Stop.INTERRUPTED
    assert finished.requests == len(api.sent) == pressed
