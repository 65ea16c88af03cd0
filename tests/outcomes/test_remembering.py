"""What an earlier search has shown is not searched again, unless there may be more."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from oagen.errors import TargetError
from oagen.outcomes import finding
from oagen.outcomes.model import Outcomes
from oagen.spec.loading import load_description

KEY = "GET /things"


@pytest.fixture
def searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Outcomes, int]]:
    """Return what searches with a finder that finds nothing, and tells how often it was asked to."""
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1"},
        "paths": {"/things": {"get": {"responses": {"200": {"description": "All"}}}}},
    }
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    description = load_description(str(tmp_path / "openapi.json"))

    def search(
        known: Outcomes | None = None, *, budget: float = 60, cut_short: bool = False, starts: bool = True
    ) -> tuple[Outcomes, int]:
        begun: list[str] = []

        class Finder:
            trials = 0

            def __init__(self, *_parts: Any, **_named: Any) -> None:
                pass

            def handler_of(self, _operation: Any) -> object:
                return object()

            def fingerprint(self, *_parts: Any) -> str:
                return "abc"

            def begin(self, operation: Any, _scenarios: Any) -> Any:
                begun.append(operation.key)
                if not starts:
                    raise TargetError("the application does not start")
                return SimpleNamespace(operation=operation, search=SimpleNamespace(is_worth_more=cut_short))

            def go_on(self, _hunts: Any) -> None:
                pass

            def finish(self, _hunt: Any) -> tuple[list[Any], list[Any]]:
                return [], []

        monkeypatch.setattr(finding, "Finder", Finder)
        found = finding.find_outcomes(
            description,
            (),
            SimpleNamespace(app="shop:app"),  # type: ignore[arg-type]
            base_path="",
            budget=budget,
            progress=lambda _operation, _trials: None,
            known=known,
        )
        return found, len(begun)

    return search


def test_a_search_that_came_to_its_end_is_not_done_again(searched: Callable[..., tuple[Outcomes, int]]) -> None:
    first, _ = searched()

    assert searched(first)[1] == 0
    assert searched(first, budget=600)[1] == 0
    assert searched(searched(first)[0])[1] == 0


def test_one_that_time_has_ended_goes_on_where_there_is_more(searched: Callable[..., tuple[Outcomes, int]]) -> None:
    first, _ = searched(cut_short=True)

    assert searched(first)[1] == 0
    assert searched(first, budget=30)[1] == 0
    assert searched(first, budget=120)[1] == 1
    assert searched(searched(first, budget=30)[0], budget=60)[1] == 0


def test_an_application_that_did_not_start_is_tried_again(searched: Callable[..., tuple[Outcomes, int]]) -> None:
    first, _ = searched(starts=False)

    assert [item.reason for item in first.unreached] == ["the application does not start"]
    assert KEY in first.fingerprints  # it was to be searched
    again, count = searched(first)
    assert count == 1
    assert again.unreached == ()
