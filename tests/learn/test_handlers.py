"""Constants out of handlers' sources as values, and statuses as goals."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from oagen.learn.handlers import HandlerSource, handlers_of
from oagen.learn.model import WitnessState
from oagen.learn.witnesses import learn
from oagen.scenario.design import design
from oagen.scenario.wire import WireRequest
from oagen.spec.loading import load_description
from oagen.spec.model import ApiDescription
from oagen.target.model import Answer
from tests.learn.items import context

OK = {"description": "fine"}


@pytest.fixture
def search(tmp_path: Path) -> ApiDescription:
    parameters = [{"name": "unitCode", "in": "query", "schema": {"type": "string"}}]
    paths = {"/search": {"get": {"parameters": parameters, "responses": {"200": OK, "202": OK}}}}
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths}))
    return load_description(str(file))


class Searched:
    """Answers 202 for one code alone."""

    def close(self) -> None:
        """Nothing is open."""

    def send(self, request: WireRequest, *, timeout: float | None = None) -> Answer:
        del timeout
        return Answer(status=202 if "unitCode=xq-77" in request.target else 200, body=b"{}")


def test_a_constant_that_the_handler_compares_with_is_tried(search: ApiDescription) -> None:
    told = [{"method": "GET", "path": "/api/search", "compares": {"unit_code": ["xq-77"]}, "statuses": [202]}]
    pair = ("GET /search", "202")
    blind = learn(search, design(search), Searched(), context(), campaign=False)
    assert blind.state_of(pair) is not WitnessState.VERIFIED
    handlers = handlers_of(search, told)
    learned = learn(search, design(search), Searched(), context(), campaign=False, handlers=handlers)
    assert learned.state_of(pair) is WitnessState.VERIFIED
    assert learned.pairs[pair].tried[-1].title == "202 with unitCode xq-77"


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (["/search"], True),
        (["/api/search"], True),  # the document leaves out where the application has it
        (["/other"], False),
        (["/api/search", "/search"], True),
    ],
)
def test_handlers_are_found_by_method_and_path(search: ApiDescription, paths: Sequence[str], found: bool) -> None:
    told: list[dict[str, Any]] = [
        {"method": "GET", "path": path, "compares": {"a": [len(path)]}, "statuses": []} for path in paths
    ]
    handlers = handlers_of(search, told)
    assert ("GET /search" in handlers) is found
    if found:
        assert handlers["GET /search"].values("a")[0] == min(map(len, paths))


def test_numbers_bring_their_neighbours() -> None:
    source = HandlerSource(compares={"seats": (740,), "tier": ("gold",)})
    assert source.values("Seats") == (740, 741, 739)
    assert source.values("tier") == ("gold",)
    assert source.values("other") == ()
