"""The summary of a job: every part, and nothing of it is markup that a document or an API has brought."""

from __future__ import annotations

import datetime as dt
from typing import Any

from oagen.ci.ledger import NightRecord
from oagen.ci.night import Group, Night
from oagen.ci.summary import problem_summary, summary_of
from oagen.errors import OagenError
from oagen.findings.model import Decision, KeptFinding
from tests.ci.test_issues import finding

NOW = dt.datetime(2030, 1, 31, 2, 17, tzinfo=dt.UTC)


def reported(fingerprint: str, verdict: str, **more: Any) -> dict[str, Any]:
    plain = {"kind": "undocumented-5xx", "operation": "GET /notes", "status": 500, "curl": f"curl {fingerprint}"}
    return {"fingerprint": fingerprint, "verdict": verdict, **plain, **more}


def night(*findings: dict[str, Any], code: int = 1, **more: Any) -> Night:
    report = {"findings": list(findings), "requests": 7, "seconds": 2.0, "stop": "time is up", "never_seen": []}
    return Night(code=code, when=NOW, report=report | more.pop("report", {}), **more)


def test_each_finding_stands_in_its_group_once() -> None:
    waived = KeptFinding(finding=finding("b"), decision=Decision.WAIVED, until=NOW.date() - dt.timedelta(days=1))
    kept = (waived, KeptFinding(finding=finding("c"), decision=Decision.ACCEPTED, first_seen=NOW))
    found = night(
        reported("a", "new"),
        reported("b", "known"),
        reported("c", "known"),
        reported("d", "regressed"),
        reported("e", "fixed"),
        reported("f", "not reached"),
        reported("g", "new", kind="documented-5xx"),
        kept=kept,
    )

    groups = {item.fingerprint: item.group for item in found.listed()}
    text = summary_of(found)

    assert groups == {
        "a": Group.NEW,
        "b": Group.KNOWN,
        "c": Group.SETTLED,
        "d": Group.REGRESSED,
        "e": Group.FIXED,
        "f": Group.NOT_REACHED,
        "g": Group.DOCUMENTED,
    }
    assert "## oagen: 1 new, 1 back again, 1 known, 1 accepted or waived, 1 documented, 1 fixed, 1 not reached" in text
    assert "### Back again after they were fixed (1)" in text
    assert [item.fingerprint for item in found.listed() if "its waiver is over" in item.sentence] == ["b"]
    assert text.count("```sh") == 2, "what is new or back is shown with its commands"


def test_what_was_never_seen_is_listed() -> None:
    text = summary_of(night(report={"never_seen": [["GET /notes", "404"]]}, code=0))

    assert "Documented and never seen: 1 responses" in text
    assert "* `GET /notes 404`" in text


def test_the_last_seven_nights_are_shown_and_this_one_first() -> None:
    earlier = tuple(NightRecord(day=f"2030-01-{day:02}", ending="clean", requests=day) for day in range(1, 20))

    rows = [line for line in summary_of(night(earlier=earlier)).splitlines() if line.startswith("| 2030")]

    assert len(rows) == 7
    assert rows[0].startswith("| 2030\\-01\\-31")
    assert "19" in rows[1]


def test_nothing_from_outside_is_markup() -> None:
    hostile = "<img src=x onerror=alert(1)> @octocat [x](http://evil) `a` | b\n# head"
    problem = OagenError(hostile, hint=hostile)
    texts = [
        summary_of(night(reported(hostile, "new", operation=hostile, curl="```\n# not a heading"), code=2)),
        summary_of(Night(code=2, when=NOW, problem=problem)),
        summary_of(night(touched={hostile: hostile}, notes=(hostile,))),
        problem_summary(hostile, problem),
    ]

    for text in texts:
        prose = "\n".join(line for line in text.splitlines() if "`" not in line)
        assert "<img" not in prose
        assert "@octocat" not in prose
        assert "](http" not in prose
        assert "\n# head" not in prose


def test_long_lists_are_cut_and_say_so() -> None:
    found = night(*(reported(f"{number:012x}", "known") for number in range(70)), code=0)
    commands = night(reported("a", "new", curl="x" * 100_000))

    assert "and 20 more" in summary_of(found)
    assert len(summary_of(commands)) < 20_000
