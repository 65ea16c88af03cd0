"""What leads a request past middlewares and authentication, and what a refusal says of it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from oagen.outcomes.model import Outcome, Replaced, SeamKind, Spec
from oagen.outcomes.plans import (
    Plan,
    asked_children,
    blocked_children,
    door_children,
    entered_children,
    sparing_children,
)
from oagen.outcomes.search import Entries, Search
from oagen.outcomes.specs import literal
from oagen.outcomes.trying import Seam, Trial
from oagen.scenario.wire import WireRequest


def seam(target: str, *values: object, of: str = "") -> Seam:
    outcomes = tuple(Outcome(value=literal(value)) for value in values)
    fields: tuple[dict[str, list[Spec]], ...] = tuple({} for _ in values)
    return Seam(target=target, kind=SeamKind.PATCH, library=True, direct=False, outcomes=outcomes, fields=fields, of=of)


def plan_of(body: object = None, method: str = "GET") -> Plan:
    headers = (("Content-Type", "application/json"),) if body is not None else ()
    content = None if body is None else json.dumps(body).encode()
    request = WireRequest(method=method, target="/books", headers=headers, body=content)
    return Plan(request=request, title="for a valid request", status="200")


def test_begins_with_what_has_led_others_to_their_handlers() -> None:
    way = plan_of().adding(seam("shop:settings", 1)).adding(seam("shop:user", "alice"))
    rarer = plan_of().adding(seam("shop:other", 1))
    entries = Entries()
    entries.note(rarer.choices)
    entries.note(way.choices)
    entries.note(way.choices)

    usual, second = entered_children(plan_of(), entries.usual())

    assert [choice.seam.target for choice in usual.choices] == ["shop:settings", "shop:user"]
    assert [choice.seam.target for choice in second.choices] == ["shop:other"]


def test_a_search_takes_the_way_that_another_has_found() -> None:
    settings, user = seam("shop:settings", 1), seam("shop:user", "alice")
    asked: list[list[str]] = []

    def try_plan(plan: Plan, replaced: Sequence[Replaced] | None = None, *, watch: bool = False) -> Trial:
        del replaced, watch
        targets = [choice.seam.target for choice in plan.choices]
        asked.append(targets)
        if "shop:settings" not in targets:
            return Trial(status=500, blocked="sqlite3.connect", beneath=(settings,), lines=frozenset({("m.py", 1)}))
        if "shop:user" not in targets:
            return Trial(status=401, lines=frozenset({("m.py", 2)}))
        return Trial(status=200, handled=True, lines=frozenset({("m.py", 3)}))

    entries = Entries()
    for _ in range(2):
        search = Search(["200"], (), try_plan, float("inf"), doors=[user], entries=entries)
        found = search.run([plan_of()])
        assert found.base is not None
        assert [choice.seam.target for choice in found.base.choices] == ["shop:settings", "shop:user"]
        first = asked.index(["shop:settings", "shop:user"])
        del asked[:]

    assert first == 1  # the request as it is, then all that it needs


def test_a_door_may_need_what_middlewares_ask() -> None:
    session = seam("django:get_user", "alice")
    door = Seam(
        target="framework:authenticators",
        kind=SeamKind.PATCH,
        library=True,
        direct=False,
        outcomes=(Outcome(value=literal("alice")),),
        fields=({},),
        beside=session,
    )

    alone, both = door_children(plan_of(), [door])

    assert [choice.seam.target for choice in alone.choices] == ["framework:authenticators"]
    assert [choice.seam.target for choice in both.choices] == ["framework:authenticators", "django:get_user"]


def test_queries_for_several_models_are_one_replacement_in_a_test() -> None:
    plan = plan_of().adding(seam("django:QuerySet.get", 1, of="shop:Book"))
    plan = plan.adding(seam("django:QuerySet.get", 2, of="shop:Author"))

    assert [item.of for item in plan.replaced] == ["shop:Book", "shop:Author"]
    (joined,) = plan.joined
    items = [["shop:Book", {"return": literal(1)}], ["shop:Author", {"return": literal(2)}]]
    assert joined.outcomes[0].value == {"k": "by_model", "items": items, "self": True}
    assert plan.without(1).joined[0].outcomes[0].value == literal(1)


def test_sends_what_is_said_to_be_required_wherever_a_refusal_says_it() -> None:
    said = {"detail": "Validation error", "errors": {"shelf": ["This field is required."]}}
    trial = Trial(status=400, body=json.dumps(said).encode())

    (more,) = asked_children(plan_of({"title": "Dune"}, "POST"), trial)

    assert json.loads(more.request.body or b"") == {"title": "Dune", "shelf": "shelf"}


def test_leaves_out_what_a_refusal_is_about() -> None:
    said = {"errors": {"format": ["epub9 is not supported"], "title": ["This field is required."]}}
    trial = Trial(status=422, body=json.dumps(said).encode())

    (less,) = sparing_children(plan_of({"title": "Dune", "format": "epub9"}, "POST"), trial)

    assert json.loads(less.request.body or b"") == {"title": "Dune"}
    assert not list(sparing_children(plan_of({"title": "Dune"}, "POST"), trial))


def test_ways_that_differ_in_what_is_given_alone_are_told_apart() -> None:
    entries = Entries()
    entries.note(plan_of().adding(seam("framework:authenticators", "alice")).choices)
    for _ in range(2):
        entries.note(plan_of().adding(seam("framework:authenticators", "alice with a token")).choices)

    given = [choices[0].outcome.value for choices in entries.usual()]

    assert given == [literal("alice with a token"), literal("alice")]


def test_others_take_the_way_through_the_framework_without_what_one_asked_for() -> None:
    user = seam("framework:authenticators", "alice")
    looked_up = Seam(
        target="shop:object_of",
        kind=SeamKind.PATCH,
        library=False,
        direct=False,
        outcomes=(Outcome(value=literal("a book")),),
        fields=({},),
    )

    def try_plan(plan: Plan, replaced: Sequence[Replaced] | None = None, *, watch: bool = False) -> Trial:
        del replaced, watch
        targets = {choice.seam.target for choice in plan.choices}
        if user.target not in targets:
            return Trial(status=401, lines=frozenset({("m.py", 1)}))
        if looked_up.target not in targets:
            return Trial(status=500, blocked="sqlite3.connect", beneath=(looked_up,), lines=frozenset({("m.py", 2)}))
        return Trial(status=200, handled=True, lines=frozenset({("m.py", 3)}))

    entries = Entries()
    Search(["200"], (), try_plan, float("inf"), doors=[user], entries=entries).run([plan_of()])

    ways = [{choice.seam.target for choice in choices} for choices in entries.usual()]
    assert ways == [{user.target, looked_up.target}, {user.target}]


def test_a_row_that_is_looked_up_before_the_handler_is_replaced_however_deep_it_is_asked_for() -> None:
    outer = tuple(seam(f"shop:guard_{number}", "anything") for number in range(3))
    row = seam("django:QuerySet.get", "a book", of="shop:Book")
    beneath = (*outer, seam("django:deeper", 1), row)

    before = blocked_children(plan_of(), Trial(status=500, blocked="sqlite3.connect", beneath=beneath), fix=True)
    inside = Trial(status=500, blocked="sqlite3.connect", beneath=beneath, handled=True)

    assert [plan.choices[0].seam.target for plan in before][3:] == [row.target]
    assert row.target not in [plan.choices[0].seam.target for plan in blocked_children(plan_of(), inside, fix=True)]
