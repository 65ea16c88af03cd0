"""What only a campaign meets, as witnesses; and what was looked for in vain, which is left alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from oagen.learn.bases import Bases
from oagen.learn.changes import Change
from oagen.learn.codec import dump_learned, load_learned
from oagen.learn.differences import differences
from oagen.learn.fewest import fewest
from oagen.learn.hunting import Met
from oagen.learn.memory import Memory
from oagen.learn.model import Learned, WitnessState
from oagen.learn.reaching import plainest
from oagen.learn.witnesses import learn
from oagen.report.learned_text import learned_lines
from oagen.runner.run import Exchange, run_scenario
from oagen.scenario.context import DesignContext
from oagen.scenario.design import design
from oagen.scenario.model import Argument, Body, Capture, Literal, Request, Step
from oagen.scenario.wire import WireRequest
from oagen.spec.loading import load_description
from oagen.spec.model import ApiDescription, ParameterLocation
from oagen.target.model import Answer, FailureKind, SendFailure
from tests.learn.items import Items, context, described

NOTES: dict[str, Any] = {
    "/notes": {
        "post": {
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "required": ["text", "size"],
                            "properties": {
                                "text": {"type": "string"},
                                "size": {"type": "integer"},
                                "color": {"type": "string"},
                            },
                        }
                    }
                },
            },
            "responses": {"201": {"description": "made"}, "418": {"description": "It is a teapot."}},
        }
    },
    "/notes/{note_id}": {
        "parameters": [{"name": "note_id", "in": "path", "required": True, "schema": {"type": "integer"}}],
        "get": {"responses": {"200": {"description": "it"}, "404": {"description": "none"}}},
    },
}


class Notes:
    """Notes, some of which are refused as by a teapot."""

    def __init__(self, *, refuses: Callable[[dict[str, Any]], bool]) -> None:
        self._refuses = refuses
        self._kept: list[Any] = []
        self.sent: list[WireRequest] = []

    def close(self) -> None:
        """Nothing is open."""

    def send(self, request: WireRequest, *, timeout: float | None = None) -> Answer:
        del timeout
        self.sent.append(request)
        if request.target != "/notes":
            number = request.target.rpartition("/")[2]
            there = number.isdecimal() and 0 < int(number) <= len(self._kept)
            return _answer(200 if there else 404, {"id": int(number)} if there else {})
        if request.method != "POST":
            return _answer(405, {})
        try:
            body = json.loads(request.body or b"")
        except (ValueError, RecursionError):
            return _answer(400, {})
        if not isinstance(body, dict) or not isinstance(body.get("text"), str) or type(body.get("size")) is not int:
            return _answer(422, {})
        if self._refuses(body):
            return _answer(418, {})
        self._kept.append(body)
        return _answer(201, {"id": len(self._kept)})


def _answer(status: int, body: Any) -> Answer:
    return Answer(status=status, headers=(("Content-Type", "application/json"),), body=json.dumps(body).encode())


@pytest.fixture
def notes(tmp_path: Path) -> ApiDescription:
    return _described(tmp_path, NOTES)


def _described(folder: Path, paths: dict[str, Any]) -> ApiDescription:
    file = folder / "openapi.json"
    file.write_text(json.dumps({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths}))
    return load_description(str(file))


def _learned(description: ApiDescription, target: Any, budget: float = 100, **options: Any) -> Learned:
    return learn(description, design(description), target, context(), budget=budget, **options)


def test_what_a_campaign_meets_becomes_a_witness_with_nothing_beside_its_cause(notes: ApiDescription) -> None:
    def refuses(body: dict[str, Any]) -> bool:
        return not body["text"].isascii()

    pair = ("POST /notes", "418")
    assert _learned(notes, Notes(refuses=refuses), campaign=False).state_of(pair) is not WitnessState.VERIFIED
    known = _learned(notes, Notes(refuses=refuses)).pairs[pair]
    assert known.state is WitnessState.VERIFIED
    witness = next(item.witness for item in known.tried if item.witness is not None)
    assert witness.title.startswith("418 with text ")
    assert witness.when.body is not None
    plain = next(item for item in design(notes) if (item.operation, item.status) == ("POST /notes", "201"))
    assert [change.place for change in differences(plain.when, witness.when)] == [("body", "text")]


def test_a_campaign_ends_where_nothing_new_comes(notes: ApiDescription) -> None:
    target = Notes(refuses=lambda _body: False)
    learned = _learned(notes, target)
    assert learned.state_of(("POST /notes", "418")) is not WitnessState.VERIFIED
    assert learned.stopped is None
    assert len(target.sent) < 6000
    assert 0 <= learned.requests - len(target.sent) <= 1  # one may have been under way


def test_what_was_looked_for_in_vain_is_left_alone_until_something_is_another(
    notes: ApiDescription, tmp_path: Path
) -> None:
    target = Notes(refuses=lambda _body: False)
    before = load_learned(json.loads(json.dumps(dump_learned(_learned(notes, target)))))
    assert "1 were looked for in vain" in "\n".join(learned_lines(before, limit=5))
    again = Notes(refuses=lambda _body: False)
    assert _learned(notes, again, known=before).pairs == before.pairs
    assert again.sent == []
    more = Notes(refuses=lambda _body: False)
    learn(notes, design(notes), more, context(), budget=101, known=before, campaign=False)
    assert more.sent
    changed = json.loads(json.dumps(NOTES))
    schema = changed["/notes"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    schema["properties"]["color"]["enum"] = ["red", "blue"]
    other, described_anew = Notes(refuses=lambda _body: False), _described(tmp_path, changed)
    _learned(described_anew, other, known=before, campaign=False)
    assert [item for item in other.sent if item.target == "/notes"]


def test_a_target_that_a_campaign_ends_is_not_waited_for(notes: ApiDescription) -> None:
    class Fragile(Notes):
        gone = False

        def send(self, request: WireRequest, *, timeout: float | None = None) -> Answer:
            self.gone = self.gone or "\\ud" in (request.body or b"").decode("ascii", "replace")
            if self.gone:
                self.sent.append(request)
                raise SendFailure(FailureKind.REFUSED, "nobody listens")
            return super().send(request, timeout=timeout)

    target = Fragile(refuses=lambda _body: False)
    learned = _learned(notes, target)
    assert target.gone
    assert learned.stopped == "the target does not answer any more"
    assert not any(known.searched for known in learned.pairs.values())


def test_a_search_that_the_budget_cut_short_is_not_given_up() -> None:
    seconds = iter(range(100_000))
    description = described(get={"200": {"description": "fine"}, "418": {"description": "never"}})
    before = _learned(description, Items(), budget=20, clock=lambda: float(next(seconds)))
    assert before.stopped == "the budget was spent"
    assert not any(known.searched for known in before.pairs.values())


# -- the parts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("causes", [{3}, {0, 9}, set(), {5, 6, 7}])
def test_the_fewest_that_suffice_are_found(causes: set[int]) -> None:
    asked = 0

    def suffices(some: Sequence[int]) -> bool:
        nonlocal asked
        asked += 1
        return causes <= set(some)

    assert set(fewest(range(10), suffices)) == causes
    assert asked <= 20


def _post(body: Any, *arguments: Argument, raw: bool = False, media_type: str = "application/json") -> Request:
    return Request(
        method="POST",
        path="/notes",
        arguments=arguments,
        body=Body(media_type=media_type, value=Literal(body), raw=raw),
    )


def _query(name: str, value: Any) -> Argument:
    return Argument(name=name, where=ParameterLocation.QUERY, value=Literal(value))


@pytest.mark.parametrize(
    ("base", "other", "phrases"),
    [
        (_post({"a": 1, "b": {"c": 2}}), _post({"a": 1, "b": {"c": 3}}), ["b.c 3"]),
        (_post({"a": 1, "b": 2}), _post({"b": 2, "d": ""}), ["a left out", "d empty"]),
        (_post({"a": 1}), _post({"a": "\x00"}), ["a of unusual characters"]),
        (_post({"a": 1}), _post('{"', raw=True), ["a body that is no JSON text"]),
        (_post({"a": 1}), _post({"a": [2]}), ["a [2]"]),
        (_post({"a": 1}), _post("[]", raw=True), ["an empty array for a body"]),
        (_post({"a": 1}), _post("x", media_type="text/plain"), ["a body of text/plain"]),
        (_post({"a": 1}), _post({"a": 2}, media_type="text/json"), ["a body of text/json", "a 2"]),
        (_post({"a": 1}), replace(_post({}), body=None), ["no body"]),
        (_post({}, _query("limit", 1)), _post({}, _query("limit", -1)), ["limit -1"]),
        (
            _post({}, _query("limit", 1)),
            _post({}, _query("q", 1), _query("q", 2)),
            ["limit left out", "q more than once"],
        ),
        (_post({}), replace(_post({}), identity="bob"), ["the credentials of bob"]),
    ],
)
def test_differences_are_told_and_lead_there(base: Request, other: Request, phrases: list[str]) -> None:
    found = differences(base, other)
    assert [change.phrase for change in found] == phrases
    for change in found:
        base = change.of(base)
    assert base == other


def test_values_become_as_plain_as_they_can_be() -> None:
    changes = differences(_post({"a": 1, "b": 2}), _post({"a": "x" * 40 + "!", "b": [7, 8, [9]]}))

    def draws(some: Sequence[Change]) -> bool:
        body = _after(some).body
        assert body is not None
        assert isinstance(body.value, Literal)
        return "!" in body.value.value["a"] and 7 in body.value.value["b"]

    assert [change.phrase for change in plainest(changes, draws)] == ["a xxxxxxxxxx!", "b [7]"]


def _after(changes: Sequence[Change]) -> Request:
    request = _post({"a": 1, "b": 2})
    for change in changes:
        request = change.of(request)
    return request


def _get(number: int | str) -> Request:
    argument = Argument(name="note_id", where=ParameterLocation.PATH, value=Literal(number))
    return Request(method="GET", path="/notes/{note_id}", arguments=(argument,))


@pytest.mark.parametrize(
    ("number", "status", "told"),
    [
        (5, 404, Capture("note", pointer="/id")),  # what a write has made will have another number
        (41, 404, Literal(987654321)),  # it may be there another time
        ("x", 404, Literal("x")),
        (2**63, 500, Literal(2**63)),
        (41, 200, Capture("note", pointer="/id")),
        (7, 200, Literal(7)),  # it was there before
    ],
)
def test_what_is_told_names_nothing_that_will_not_be_there(
    notes: ApiDescription, number: int | str, status: int, told: Any
) -> None:
    memory = Memory(notes)
    memory.overhear(Exchange(step="", request=_get(7), answer=_answer(200, {"id": 7})))
    memory.overhear(Exchange(step="", request=_post({}), answer=_answer(201, {"id": 5})))
    bases = Bases(DesignContext(notes), memory, lambda scenario: scenario)
    operation = next(item for item in notes.operations if item.method == "GET")
    met = Met(pair=(operation.key, str(status)), status=status, request=_get(number), weight=1)
    basis = next(bases.of(operation, met, ()))
    value = basis.goal.arguments[0].value
    assert (value.pointer if isinstance(value, Capture) else value) == (
        told.pointer if isinstance(told, Capture) else told
    )


def test_steps_of_a_campaign_are_told_with_values_of_their_own(notes: ApiDescription) -> None:
    bases = Bases(DesignContext(notes), Memory(notes), lambda scenario: scenario)
    operation = next(item for item in notes.operations if item.method == "GET")
    made = Step(name="note", request=_post({"text": "a", "size": 3}))
    deleted = Step(name="deletion", request=_get(1))
    captured = replace(_get(1), arguments=(replace(_get(1).arguments[0], value=Capture("note", pointer="/id")),))
    met = Met(pair=(operation.key, "404"), status=404, request=_get(1), weight=1)
    ways = [((made,), captured), ((made, deleted), captured)]
    _, making, deleting = bases.of(operation, met, ways)
    assert (making.after, deleting.after) == ("", "after the deletion")
    assert making.base == making.goal == captured


class Taken:
    """Names that are refused where they are there already, though only a conflict in a campaign shows it."""

    def __init__(self) -> None:
        self.kept: set[str] = set()

    def close(self) -> None:
        """Nothing is open."""

    def send(self, request: WireRequest, *, timeout: float | None = None) -> Answer:
        del timeout
        name = request.target.rpartition("/")[2]
        if request.method == "DELETE":
            there = name in self.kept
            self.kept.discard(name)
            return _answer(204 if there else 404, None)
        try:
            body = json.loads(request.body or b"")
        except (ValueError, RecursionError):
            return _answer(400, {})
        text = body.get("name") if isinstance(body, dict) else None
        if not isinstance(text, str) or not text:
            return _answer(422, {})
        if text in self.kept:
            return _answer(418, {})
        self.kept.add(text)
        return _answer(201, {"name": text})


def test_what_earlier_requests_of_the_campaign_explain_is_told_with_them(tmp_path: Path) -> None:
    schema = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    description = _described(
        tmp_path,
        {
            "/tags": {
                "post": {
                    "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
                    "responses": {"201": {"description": "made"}, "418": {"description": "It is a teapot."}},
                }
            },
            "/tags/{name}": {
                "parameters": [{"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}],
                "delete": {"responses": {"204": {"description": "gone"}}},
            },
        },
    )
    learned = _learned(description, Taken())
    witnesses = [item.witness for item in learned.pairs["POST /tags", "418"].tried if item.witness is not None]
    assert [witness.title for witness in witnesses] == ["418 when it has been done before"]
    assert all(_ends_with_418(witness, Taken()) for witness in witnesses)


def _ends_with_418(scenario: Any, target: Taken) -> bool:
    trace = run_scenario(scenario, target, context())
    answer = trace.decisive.answer if trace.decisive is not None else None
    return answer is not None and answer.status == 418
