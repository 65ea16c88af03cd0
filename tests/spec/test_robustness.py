"""Whatever a document holds, reading it ends with a description or a DocumentError, never with another exception."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oagen.errors import DocumentError
from oagen.spec.bundle import bundle
from oagen.spec.loading import load_description
from oagen.spec.parsing import parse
from tests.spec.documents import read, refusal_of

SAMPLES = Path(__file__).parents[2] / "sample_specs"
DOCUMENTS = [
    parse((SAMPLES / name).read_bytes(), name).value
    for name in ("library-2.0.yaml", "tickets-3.0.yaml", "fleet-3.1.yaml", "streaming-3.2.yaml")
]
ODD: list[Any] = [
    None, True, False, 0, -1, 3.5, 10**30, "", "x", "#/", "a/b#c", "http://[", [], {}, [None], [1], [{}], ["a", ["b"]],
    {"$ref": "#/paths"}, {"$ref": 1}, {"$ref": "#/components/schemas"}, {"x": None}, {"": {}}, {"type": ["string", {}]},
    {"required": [[]]},
]  # fmt: skip
KEYS = ["$ref", "type", "items", "properties", "required", "in", "name", "nullable", "enum", "allOf", "discriminator",
        "$id", "$anchor", "content", "schema", "example", "examples"]  # fmt: skip


def _containers(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list) and value:
        yield value
        for child in value.values() if isinstance(value, dict) else value:
            yield from _containers(child)


@pytest.mark.parametrize("original", DOCUMENTS, ids=["2.0", "3.0", "3.1", "3.2"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_odd_values_anywhere(tmp_path: Path, original: Any, data: st.DataObject) -> None:
    value = copy.deepcopy(original)
    for _ in range(data.draw(st.integers(1, 3))):
        places = list(_containers(value))
        if not places:
            break
        place = places[data.draw(st.integers(0, len(places) - 1))]
        keys = [*place, *KEYS] if isinstance(place, dict) else list(range(len(place)))
        place[data.draw(st.sampled_from(keys))] = copy.deepcopy(data.draw(st.sampled_from(ODD)))
    file = tmp_path / "odd.json"
    file.write_text(json.dumps(value))
    refusal = refusal_of(file)
    if refusal is not None:
        assert refusal.isprintable()
        return
    description = load_description(str(file))
    assert json.dumps(bundle(description))
    assert all(diagnostic.message.isprintable() for diagnostic in description.diagnostics)


@pytest.mark.parametrize("name", ["none.yaml", "", ".", "a\0b"])
def test_a_source_that_is_no_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(DocumentError, match=r"does not exist|is a directory|can't be read"):
        load_description(str(tmp_path / name))


@pytest.mark.parametrize("text", ["null", "[1, 2, 3]", "7", "text", "{}", '{"openapi": "4.0.0"}', '{"swagger": {}}'])
def test_a_root_that_is_no_description(tmp_path: Path, text: str) -> None:
    with pytest.raises(DocumentError, match=r"openapi\.json, line 1 \(#"):
        read(tmp_path, text)
