"""Every document that the team collected is read: the real and the odd ones whole, the broken ones with a diagnosis."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from oagen.spec.bundle import bundle
from oagen.spec.loading import load_description
from oagen.spec.model import Severity
from tests.spec.documents import refusal_of, shared

_ROW = re.compile(r"\| ((?:real|edge|broken)/\S+) \| \S+ \| (\S+) \| \d+ \| (\w+) \| (\w+) \|")


def _rows(kinds: tuple[str, ...]) -> list[object]:
    try:
        table = shared("README.md").read_text(encoding="utf-8")
    except pytest.skip.Exception:
        return [pytest.param("", "", "", marks=pytest.mark.skip(reason="the shared documents are not here"))]
    found = [match.groups() for match in map(_ROW.match, table.splitlines()) if match]
    return [
        pytest.param(name, operations, pairs, id=name) for name, _, operations, pairs in found if name.startswith(kinds)
    ]


@pytest.mark.parametrize(("name", "operations", "pairs"), _rows(("real", "edge")))
def test_real_documents_are_read_whole(name: str, operations: str, pairs: str) -> None:
    description = load_description(str(shared(name)))

    assert len(description.operations) == int(operations)
    assert len(list(description.documented())) >= int(pairs)  # the table does not count additionalOperations
    assert [item for item in description.diagnostics if item.severity is Severity.ERROR] == []
    if description.dialect != "3.2":
        assert len(list(description.documented())) == int(pairs)
    assert json.dumps(bundle(description))


@pytest.mark.parametrize(("name", "operations", "pairs"), _rows(("broken",)))
def test_broken_documents_get_a_diagnosis_that_names_the_place(name: str, operations: str, pairs: str) -> None:
    path = shared(name)
    refusal = refusal_of(path)
    if refusal is not None:
        assert Path(name).name in refusal
        assert refusal.isprintable()
        assert "line" in refusal or "empty" in refusal or "HTML" in refusal
        return
    description = load_description(str(path))
    assert description.diagnostics
    for diagnostic in description.diagnostics:
        assert diagnostic.location.document == Path(name).name
        assert diagnostic.line is not None
        assert diagnostic.message.isprintable()
    assert json.dumps(bundle(description))
