from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from oagen.learn.choosing import chosen
from oagen.learn.codec import dump_learned, load_learned
from oagen.learn.model import Learned, Progress, WitnessState
from oagen.learn.witnesses import learn
from oagen.scenario.design import design
from oagen.spec.model import ApiDescription
from tests.learn.items import Items, context, described

POST, GET, DELETE = "POST /items", "GET /items/{item_id}", "DELETE /items/{item_id}"


def learned_from(target: Items, description: ApiDescription | None = None, **options: Any) -> Learned:
    description = description or described()
    return learn(description, design(description), target, context(), **({"campaign": False} | options))


def test_every_promise_of_an_honest_api_is_verified() -> None:
    learned = learned_from(Items())
    assert {pair: known.state for pair, known in learned.pairs.items()} == dict.fromkeys(
        [(POST, "201"), (POST, "422"), (POST, "409"), (GET, "200"), (GET, "404"), (DELETE, "204"), (DELETE, "404")],
        WitnessState.VERIFIED,
    )
    assert learned.stopped is None


def test_what_was_created_is_deleted_again() -> None:
    items = Items()
    learned = learned_from(items)
    assert items.kept == {}
    assert learned.left_behind == 0


def test_a_witness_is_seen_twice_with_other_uniques() -> None:
    items = Items()
    learned_from(items)
    skus = [json.loads(sent.body or b"{}")["sku"] for sent in items.sent if _creates(sent)]
    assert len(set(skus)) > len(skus) / 2


def _creates(sent: Any) -> bool:
    try:
        body = json.loads(sent.body or b"null")
    except ValueError:
        return False
    return sent.method == "POST" and isinstance(body, dict) and isinstance(body.get("sku"), str)


def test_an_answer_that_comes_once_only_is_not_verified() -> None:
    learned = learned_from(Items(unstable=True), described(post={"201": {"description": "made"}}))
    known = learned.pairs[POST, "201"]
    assert known.state is WitnessState.NOT_REACHED
    assert "reached once; then it answered 500, not 201" in (known.reason or "")


def test_a_404_that_live_items_are_answered_too_is_not_verified() -> None:
    known = learned_from(Items(lost=True)).pairs[GET, "404"]
    assert known.state is WitnessState.NOT_REACHED
    assert "not for its reason: the same request with a live identifier is answered 404, too" in (known.reason or "")


def test_a_refutation_says_what_was_promised_and_what_came() -> None:
    known = learned_from(Items(enforced=frozenset())).pairs[POST, "422"]
    first = known.tried[0]
    assert first.state is WitnessState.REFUTED
    assert first.reason == f"422 promised {first.title.removeprefix('422 ')}; the API answered {first.answered}"


def test_another_violation_is_found_where_the_designed_ones_are_not_refused() -> None:
    description = described()
    scenarios = tuple(scenario for scenario in design(description) if "count is" not in scenario.title)
    learned = learn(description, scenarios, Items(enforced=frozenset({"range"})), context())
    known = learned.pairs[POST, "422"]
    (witness,) = [item.witness for item in known.tried if item.witness is not None]
    assert known.state is WitnessState.VERIFIED
    assert "count is" in witness.title
    held = [
        scenario for scenario in chosen(scenarios, learned) if (scenario.operation, scenario.status) == (POST, "422")
    ]
    assert held[0] == witness
    accepted = [item.title for item in known.tried if item.answered == 201 and item.technique == "violated-constraint"]
    assert [scenario.title for scenario in held[1:]] == accepted  # broken promises, kept


def test_undocumented_statuses_are_listed() -> None:
    learned = learned_from(Items(), described(post={"201": {"description": "made"}}))
    assert not [item for item in learned.undocumented if item.operation == POST]
    learned = learned_from(Items(unstable=True), described(post={"201": {"description": "made"}}))
    assert (POST, 500) in [(item.operation, item.status) for item in learned.undocumented]


def test_a_second_time_sends_nothing() -> None:
    description = described()
    before = load_learned(json.loads(json.dumps(dump_learned(learned_from(Items(), description)))))
    again = Items()
    learned = learned_from(again, description, known=before)
    assert again.sent == []
    assert learned.pairs == before.pairs


def test_a_changed_scenario_alone_is_tried_again() -> None:
    description = described()
    scenarios = design(description)
    before = learn(description, scenarios, Items(), context())
    changed = tuple(
        replace(scenario, title="404 when it is not there")
        if scenario.operation == GET and scenario.status == "404"
        else scenario
        for scenario in scenarios
    )
    again = Items()
    learned = learn(description, changed, again, context(), known=before)
    assert learned.state_of((GET, "404")) is WitnessState.VERIFIED
    assert 0 < len(again.sent) < 15


def test_a_spent_budget_keeps_what_was_learned() -> None:
    seconds = iter(range(10_000))
    learned = learned_from(Items(), budget=15, clock=lambda: float(next(seconds)))
    states = [known.state for known in learned.pairs.values()]
    assert learned.stopped == "the budget was spent"
    assert WitnessState.VERIFIED in states
    assert WitnessState.UNTRIED in states


def test_an_interruption_keeps_what_was_learned() -> None:
    class Interrupted(Items):
        def send(self, request: Any, *, timeout: float | None = None) -> Any:
            if len(self.sent) == 12:
                self.sent.append(request)
                raise KeyboardInterrupt
            return super().send(request, timeout=timeout)

    learned = learned_from(Interrupted())
    assert learned.stopped == "it was interrupted"
    assert learned.state_of((POST, "201")) is WitnessState.VERIFIED


def test_a_target_that_dies_ends_it() -> None:
    items = Items(dead=12)
    learned = learned_from(items)
    assert learned.stopped == "the target does not answer any more"
    assert len(items.sent) < 60


def test_the_reset_hook_comes_before_and_after() -> None:
    resets: list[int] = []
    items = Items()
    learned = learned_from(items, reset=lambda: resets.append(len(items.sent)))
    assert resets[0] == 0
    assert resets[1:] == [learned.requests]


def test_progress_is_told() -> None:
    told: list[Progress] = []
    learned_from(Items(), progress=told.append)
    assert told
    assert told[0].pairs == 7


@pytest.mark.parametrize("missing", ["version", "pairs"])
def test_damaged_memory_is_refused(missing: str) -> None:
    from oagen.errors import StoreError

    value = dump_learned(Learned())
    del value[missing]
    with pytest.raises(StoreError, match="can't be read back"):
        load_learned(value)
