"""What can't be asked to end is ended, and said."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from oagen.fuzz.adapter import Cases
from oagen.fuzz.campaign import Campaign
from oagen.fuzz.events import CampaignOptions, Noticed
from oagen.fuzz.patience import TookTooLong, at_most
from tests.fuzz.apps import OrdersApi, described

pytestmark = pytest.mark.timeout(60)


def _busy(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        try:
            sum(range(1000))
        except Exception:  # noqa: BLE001 - as a library might
            continue


def test_what_takes_too_long_is_interrupted() -> None:
    started = time.process_time()

    with pytest.raises(TookTooLong), at_most(0.05):
        _busy(20)

    assert time.process_time() - started < 5
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGPROF) is signal.SIG_DFL


def _drop() -> None:
    class Dropped:
        def __del__(self) -> None:
            _busy(0.3)

    Dropped()
    _busy(20)


def test_what_is_lost_in_a_finalizer_is_raised_again_and_not_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    reported: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", hook := reported.append)

    with pytest.raises(TookTooLong), at_most(0.05):
        _drop()

    assert reported == []
    assert sys.unraisablehook is hook


def test_what_does_not_goes_on_undisturbed() -> None:
    with at_most(0.2):
        _busy(0.01)
    _busy(0.4)


def test_another_thread_is_left_alone() -> None:
    done: list[bool] = []

    def work() -> None:
        with at_most(0.01):
            _busy(0.1)
        done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert done == [True]


def test_an_operation_whose_cases_take_too_long_has_no_more_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    description = described(tmp_path)
    slow, quick = description.operations[:2]
    cases = Cases(description, patience=0.3)
    made = cases._schema.iter_coverage_cases

    def sometimes(operation: Any, **more: Any) -> Iterator[Any]:
        for number, case in enumerate(made(operation, **more)):
            if number == 2 and operation.method.upper() == slow.method:
                _busy(20)
            yield case

    monkeypatch.setattr(cases._schema, "iter_coverage_cases", sometimes)

    assert len(list(cases.coverage(slow, positive=False))) == 2
    assert cases.slow == {slow.key}
    assert list(cases.coverage(slow, positive=True)) == []
    assert cases.draws(slow, 3) == ()
    assert len(list(cases.coverage(quick, positive=False))) > 2
    assert len(cases.draws(quick, 3)) == 3
    cases.close()


def test_a_campaign_says_what_was_cut_short(tmp_path: Path) -> None:
    campaign = Campaign(described(tmp_path), OrdersApi(), CampaignOptions(max_requests=60))
    campaign._cases.slow.add("GET /orders")
    del campaign._cases._operations["POST /orders"]

    notices = [event.message for event in campaign.run() if isinstance(event, Noticed)]

    assert notices == [
        "Schemathesis can't read 1 operations, which get oagen's own values: POST /orders",
        "Schemathesis takes too long over 1 operations, and was cut short: GET /orders",
    ]


def test_what_is_kept_for_later_is_not_sent_by_what_answers_ask_for(tmp_path: Path) -> None:
    description, over = described(tmp_path), 0

    for most in range(90, 110):
        api = OrdersApi(broken=False)
        options = CampaignOptions(max_seconds=100, max_requests=most, reserve=30, shrink_share=0.0)
        list(Campaign(description, api, options).run())
        assert len(api.sent) >= most - 31
        over += max(len(api.sent) - (most - 30), 0)

    assert over <= 4  # a question after the target's health may be the last
