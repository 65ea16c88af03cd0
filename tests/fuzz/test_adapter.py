"""The contract with Schemathesis: what an upgrade must keep."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from oagen.fuzz.adapter import Cases
from oagen.scenario.model import Literal
from oagen.scenario.values.checking import SchemaChecker
from oagen.scenario.wire import encode
from oagen.spec.model import ApiDescription, Operation, ParameterLocation
from tests.fuzz.apps import DOCUMENT, described


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> ApiDescription:
    return described(tmp_path_factory.mktemp("api"))


@pytest.fixture(scope="module")
def cases(api: ApiDescription) -> Cases:
    return Cases(api)


def _operation(api: ApiDescription, key: str) -> Operation:
    return next(operation for operation in api.operations if operation.key == key)


def test_valid_cases_satisfy_the_document(api: ApiDescription, cases: Cases) -> None:
    operation = _operation(api, "POST /orders")
    assert operation.request_body is not None
    schema = operation.request_body.content[0].schema
    assert schema is not None
    checker = SchemaChecker(api.resolver)

    made = list(itertools.islice(cases.coverage(operation, positive=True), 8))

    assert len(made) >= 3
    for generated in made:
        body = generated.request.body
        assert body is not None
        assert isinstance(body.value, Literal)
        assert body.media_type == "application/json"
        assert checker.is_valid(schema, body.value.value), body
        assert generated.positive


def test_violations_say_their_reason_and_break_the_document(api: ApiDescription, cases: Cases) -> None:
    made = list(cases.coverage(_operation(api, "POST /orders"), positive=False))

    reasons = [generated.reason for generated in made]
    assert len(made) > 15
    assert all(reasons)
    assert any("quantity" in reason for reason in reasons)
    assert any(generated.request.method != "POST" for generated in made)


def test_the_same_cases_come_each_time(api: ApiDescription) -> None:
    operation = _operation(api, "GET /orders")

    first, second = ([item.request for item in Cases(api).coverage(operation, positive=False)] for _ in range(2))

    assert first == second


def test_path_values_are_plain_again(api: ApiDescription, cases: Cases) -> None:
    operation = _operation(api, "GET /orders/{order_id}")
    values = [
        argument.value
        for generated in cases.coverage(operation, positive=False)
        for argument in generated.request.arguments
        if argument.where is ParameterLocation.PATH and not argument.raw
    ]

    assert values
    assert not any(isinstance(value, Literal) and "%" in str(value.value) for value in values)


def test_every_case_can_be_encoded(api: ApiDescription, cases: Cases) -> None:
    count = 0
    for operation in api.operations:
        for positive in (True, False):
            for generated in cases.coverage(operation, positive=positive):
                encode(generated.request, lambda value: pytest.fail(f"{value!r} is dynamic"))
                count += 1

    assert count > 40


def test_draws_are_fresh_and_valid(api: ApiDescription, cases: Cases) -> None:
    drawn = cases.draws(_operation(api, "POST /orders"), 10)

    assert 0 < len(drawn) <= 10
    assert all(request.method == "POST" and request.body is not None for request in drawn)
    assert len({repr(request) for request in drawn}) > 1


def test_an_operation_that_can_not_be_read_costs_only_itself(tmp_path: Path) -> None:
    parameters = [{"name": "order_id", "in": "path", "required": True, "schema": {"type": "string", "pattern": "("}}]
    broken = {"get": {"parameters": parameters, "responses": {"200": {"description": "x"}}}}
    api = described(tmp_path, {**DOCUMENT, "paths": {**DOCUMENT["paths"], "/broken/{order_id}": broken}})
    cases = Cases(api)

    for operation in api.operations:
        list(itertools.islice(cases.coverage(operation, positive=False), 5))

    assert list(itertools.islice(cases.coverage(_operation(api, "POST /orders"), positive=True), 1))


def test_generators_left_half_read_end_without_noise(tmp_path: Path) -> None:
    program = (
        "import pathlib; from oagen.fuzz.adapter import Cases; from tests.fuzz.apps import described;"
        f"api = described(pathlib.Path({str(tmp_path)!r})); cases = Cases(api);"
        "kept = [cases.coverage(o, positive=False) for o in api.operations]; [next(k, None) for k in kept];"
        "cases.close()"
    )
    root = Path(__file__).parents[2]

    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
