"""What came and went from one campaign to the next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from oagen.errors import UsageError
from oagen.findings.history import history, since
from oagen.findings.model import Decision, Finding, StoredVerdict
from oagen.findings.store import Store
from oagen.findings.upkeep import compact
from oagen.report.trend import Trend, trend_json, trend_lines, trend_markdown, trend_of
from tests.findings import faulty
from tests.report.campaigns import HOSTILE

TODAY = dt.date(2026, 3, 10)
_OLD = replace(faulty.BROKEN, fingerprint="0000aaaa0000", operation=f"GET /{HOSTILE}")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Four nights: two findings on the first, one fixed on the second, a third on the last."""
    day = 0

    def now() -> str:
        return f"2026-03-0{max(day, 1)}T02:00:00+00:00"

    monkeypatch.setattr("oagen.findings.store._now", now)

    with closing(Store(tmp_path / "store")) as opened:

        def night(*findings: Finding, never: list[tuple[str, str]], fixed: str | None = None) -> None:
            nonlocal day
            day += 1
            run = opened.begin_run(seed=1, source="x")
            for finding in findings:
                opened.record(finding, run)
            met = {finding.fingerprint for finding in findings}
            unmet = {
                item.fingerprint: StoredVerdict.NOT_REACHED
                for item in opened.findings()
                if item.fingerprint not in met and item.verdict is not StoredVerdict.FIXED
            }
            if fixed:
                opened.mark(fixed, Decision.FIXED)
                unmet[fixed] = StoredVerdict.FIXED
            opened.conclude(unmet, operations=[faulty.CREATE, faulty.SHARE], never_seen=never)
            opened.finish_run(run, stop="time is up", requests=100 * day, seconds=60)

        night(faulty.BROKEN, _OLD, never=[(faulty.CREATE, "422"), (faulty.SHARE, "404")])
        night(_OLD, never=[(faulty.CREATE, "422")], fixed="aaaa11112222")
        night(never=[(faulty.CREATE, "422"), (faulty.SHARE, "404")])
        night(faulty.DIVIDED, never=[(faulty.CREATE, "422"), (faulty.SHARE, "404"), (faulty.SHARE, "422")])
        day += 1
        opened.begin_run(seed=1, source="x")
        yield opened


def _trend(store: Store, text: str) -> Trend:
    return trend_of(since(history(store), text), store.kept(), TODAY)


def _names(trend: Trend) -> dict[str, list[str]]:
    return {
        name: [item.finding.fingerprint for item in getattr(trend, name)]
        for name in ("new", "known", "fixed", "settled")
    }


def test_new_known_and_fixed(store: Store) -> None:
    new, known, fixed = "bbbb33334444", "0000aaaa0000", "aaaa11112222"

    assert _names(_trend(store, "1")) == {"new": [known, new], "known": [], "fixed": [fixed], "settled": []}
    assert _names(_trend(store, "2")) == {"new": [new], "known": [known], "fixed": [fixed], "settled": []}
    assert _names(_trend(store, "2026-03-03")) == {"new": [new], "known": [known], "fixed": [], "settled": []}
    store.mark(known, Decision.ACCEPTED, reason="as it is")
    assert _names(_trend(store, "3"))["settled"] == [known]


def test_never_seen_is_what_no_campaign_saw(store: Store) -> None:
    assert _trend(store, "1").never_seen == ((faulty.CREATE, "422"),)
    assert _trend(store, "3").never_seen == ((faulty.CREATE, "422"), (faulty.SHARE, "404"))
    assert _trend(store, "4").never_seen == (
        (faulty.CREATE, "422"),
        (faulty.SHARE, "404"),
        (faulty.SHARE, "422"),
    )


def test_it_is_told_in_three_forms(store: Store) -> None:
    trend = _trend(store, "2")
    lines, text, values = list(trend_lines(trend, TODAY)), trend_markdown(trend), trend_json(trend)

    assert [run["number"] for run in values["runs"]] == [2, 3, 4, 5]
    assert [(run["new"], run["known"], run["fixed"], run["not_reached"]) for run in values["runs"]] == [
        (0, 1, 1, 0),
        (0, 0, 0, 1),
        (1, 0, 0, 1),
        (0, 0, 0, 0),
    ]
    assert (values["runs"][2]["stop"], values["runs"][3]["stop"]) == ("time is up", None)
    assert [item["fingerprint"] for item in values["fixed"]] == ["aaaa11112222"]
    assert lines[1].split() == ["2", "2026-03-02", "02:00", "200", "0", "0", "1", "1", "0"]
    assert lines[4].endswith("cut off")
    assert "## Fixed: 1" in text
    assert "| 4 | 2026-03-04 02:00 | 400 | 1 | 0 | 0 | 0 | 1 | 3 |" in text
    assert "<script" not in text.replace("&lt;script", "")
    assert "\x1b" not in "".join(lines) + text


@pytest.mark.parametrize("text", ["yesterday", "99", "2026-13-01", ""])
def test_what_is_no_beginning(store: Store, text: str) -> None:
    with pytest.raises(UsageError):
        since(history(store), text)


def test_nothing_since(store: Store) -> None:
    assert list(trend_lines(_trend(store, "2027-01-01"), TODAY)) == ["no campaign since then"]
    assert "No campaign since then." in trend_markdown(_trend(store, "2027-01-01"))


def test_compacting_keeps_findings_and_how_often_they_were_met(store: Store) -> None:
    for number in range(30):
        store.keep(bytes([number]), faulty.BROKEN.scenario.when, 1)
        store.record(faulty.DIVIDED, store.begin_run(seed=1, source="x"))
    before = store.kept()

    assert compact(store, requests=10, runs=5)
    assert not compact(store, requests=10, runs=5)
    assert store.kept() == before
    assert store.record(faulty.DIVIDED, store.begin_run(seed=1, source="x")) is StoredVerdict.KNOWN
    assert store.matching("bbbb33334444").finding.count == before[-1].finding.count + 1
    assert len(list(store.corpus())) == 10
    assert len(history(store)) == 5 + 3 + 1  # the newest, those that met something first or last, and the one above
