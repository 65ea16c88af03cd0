"""How good values are over real documents: most are valid, every violation is proved, and it is quick."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from oagen.errors import OagenError
from oagen.scenario.values.boundaries import boundaries
from oagen.scenario.values.checking import SchemaChecker
from oagen.scenario.values.examples import ExampleMaker
from oagen.scenario.values.trees import to_json
from oagen.scenario.values.violations import parameter_violations, violations
from oagen.spec.loading import load_description
from oagen.spec.model import ApiDescription, MediaType, Parameter, Schema

SHARED = Path(os.environ.get("OAGEN_SHARED") or Path(__file__).parents[4] / "shared")
SMALL = ("museum.yaml", "train-travel.yaml", "petstore-v3.yaml", "notion.json", "readme.json", "azure-appconf.json")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SHARED.is_dir(), reason="the real documents are not beside the checkout (OAGEN_SHARED)"),
]


def descriptions(*names: str) -> Iterator[ApiDescription]:
    for path in sorted((SHARED / "specs").glob("[re]*/*.*")):
        if path.suffix in {".json", ".yaml"} and (not names or path.name in names):
            try:
                yield load_description(str(path))
            except OagenError:
                continue


def contents(description: ApiDescription) -> Iterator[tuple[Parameter | MediaType, Schema]]:
    for operation in description.operations:
        bodies = operation.request_body.content if operation.request_body else ()
        items: tuple[Parameter | MediaType, ...] = (*operation.parameters, *bodies)
        for item in items:
            if item.schema is not None:
                yield item, item.schema


def test_nearly_all_examples_are_valid_and_quickly_made() -> None:
    refused, seconds = [], []
    for description in descriptions():
        checker = SchemaChecker(description.resolver)
        maker = ExampleMaker(checker)
        for item, schema in contents(description):
            begun = time.process_time()
            if isinstance(item, Parameter):
                value = maker.example_for_parameter(item)
            else:
                value = maker.example_for_body(item, unique=True)
            seconds.append(time.process_time() - begun)
            if not checker.is_valid(schema, to_json(value)):
                refused.append(str(schema.location))

    assert len(seconds) > 4000
    assert len(refused) < len(seconds) / 100, refused
    assert median(seconds) < 0.003


def test_every_violation_and_boundary_is_what_it_says() -> None:
    made = 0
    for description in descriptions(*SMALL):
        checker = SchemaChecker(description.resolver)
        maker = ExampleMaker(SchemaChecker(description.resolver))
        for item, schema in contents(description):
            if isinstance(item, Parameter):
                found = list(parameter_violations(maker, item))
            else:
                found = list(violations(maker, schema, maker.example_for_body(item, unique=True)))
            for violation in found:
                assert violation.missing or not checker.is_valid(schema, to_json(violation.value)), violation
            for boundary in boundaries(maker, schema):
                assert checker.is_valid(schema, to_json(boundary.value)), boundary
            made += len(found)

    assert made > 500
