"""Write docs/formats.md from the code that writes JSON; with --check, tell whether it is up to date."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pages import written

from oagen.cli.replay import as_json as replay_json
from oagen.findings.history import RunRecord
from oagen.findings.model import Decision, Finding, FindingKind, KeptFinding, StoredVerdict
from oagen.findings.proof import ProofContext, proof_of
from oagen.findings.verdicts import Replay, ReplayOutcome
from oagen.report.account import Account
from oagen.report.as_json import campaign_json
from oagen.report.finding_json import kept_json
from oagen.report.trend import trend_json, trend_of
from oagen.report.writing import Format
from oagen.scenario.model import Argument, Expectation, Literal, Request, Scenario
from oagen.spec.model import ParameterLocation
from oagen.suite.matrix import Cell, CellState, Matrix
from oagen.suite.matrix_codec import dump_matrix
from oagen.suite.model import Level

PAGE = Path(__file__).parent / "formats.md"
DAY = dt.datetime(2030, 1, 31, 2, 17, tzinfo=dt.UTC)
FINDING = Finding(
    fingerprint="4f2a91c07be3",
    kind=FindingKind.UNDOCUMENTED_5XX,
    operation="GET /orders",
    status=500,
    message="division by zero",
    exception="ZeroDivisionError",
    frame="shop/orders.py:41",
    traceback="Traceback (most recent call last): ...",
    exact=True,
    count=3,
    operations=("GET /orders",),
    scenario=Scenario(
        operation="GET /orders",
        status="default",
        technique="fuzz",
        title="no server error",
        pointer="/paths/~1orders/get/responses",
        document="openapi.yaml",
        when=Request(
            method="GET",
            path="/orders",
            arguments=(Argument(name="limit", where=ParameterLocation.QUERY, value=Literal(0)),),
        ),
        then=Expectation(status="default"),
    ),
)
KEPT = KeptFinding(finding=FINDING, first_seen=DAY, last_seen=DAY, decision=Decision.OPEN)
PROOF = proof_of(FINDING, ProofContext(today=DAY.date()), KEPT)
ACCOUNT = Account(
    api="Shop",
    requests=1200,
    seconds=60.0,
    stop="time is up",
    responses={"GET /orders": {"200": 1197, "500": 3}},
    proofs=(PROOF,),
    never_seen=(("GET /orders", "429"),),
)
RUN = RunRecord(
    number=7,
    started=DAY,
    stop="time is up",
    requests=1200,
    seconds=60.0,
    verdicts={FINDING.fingerprint: StoredVerdict.NEW},
    operations=frozenset({"GET /orders"}),
    never_seen=(("GET /orders", "429"),),
)
MATRIX = Matrix(
    operations=1,
    documented=2,
    cells=(
        Cell(
            operation="GET /orders",
            status="200",
            level=Level.INTEGRATION,
            state=CellState.PLANNED,
            technique="valid",
            tests=("integration/test_orders.py::TestListOrders::test_200",),
        ),
    ),
)

HEAD = """\
# Formats

Written by `make docs` from the code that writes them. Keys are only added, never renamed: a program that ignores what
it does not know keeps working.
"""
END = """
All of them are on disk from the first second on, kept up to date while the campaign runs, and whole when it is killed.
"""
CAMPAIGN = {
    "requests": "Sent, those that shrink and replay findings included.",
    "seconds": "Of the campaign.",
    "stop": "Why it ended; `it was not finished` while it runs, and where it was killed.",
    "responses": "Number of answers by status, by operation; `none` counts requests without an answer.",
    "withheld": "Broken promises that one validator saw and the other did not: they are not reported.",
    "findings": "Each finding once, see below; of earlier campaigns, too, what is fixed and what was not reached.",
    "never_seen": "Documented responses, operation and status, that no request drew.",
}
IN_CAMPAIGN = {
    "fingerprint": "Its name in every run; lines added above the fault change nothing.",
    "kind": "What the answer did wrong: " + ", ".join(f"`{kind.value}`" for kind in FindingKind) + ".",
    "operation": "The first operation that showed it.",
    "status": "What was answered; null where nothing was.",
    "exception": "Type of the exception, where a traceback was seen.",
    "frame": "The innermost frame of the application, where a traceback was seen.",
    "message": "Of the exception or of the answer, with what changes from one time to the next taken out.",
    "case": "What is peculiar about the request, to read after `when`: how it breaks the document, or which edge of "
    "it a value stands at; null where nothing is.",
    "operations": "Every operation that showed it.",
    "verdict": "How it relates to earlier runs: " + ", ".join(f"`{verdict.value}`" for verdict in StoredVerdict) + ".",
    "count": "How often it was met; from the store, in all campaigns together.",
    "steps": "How many requests its scenario sends.",
    "flaky": "It could not be shown again, or may need what the campaign had made.",
    "first_seen": "When the campaign began that met it first.",
    "curl": "Commands that draw it again, for a POSIX shell; secrets are variables.",
    "traceback": "As it was printed, secrets taken out; null where none was seen.",
    "scenario": "The requests and what is expected of them, as oagen keeps them; `version` counts its form.",
}
IN_STORE = {
    "decision": "What was decided: " + ", ".join(f"`{decision.value}`" for decision in Decision) + ".",
    "reason": "Why.",
    "until": "The last day of a waiver.",
    "last_seen": "When the campaign began that met it last.",
}
REPLAY = {
    "fingerprint": "Of the finding.",
    "operation": "Of the finding.",
    "outcome": "How it stands: " + ", ".join(f"`{outcome.value}`" for outcome in ReplayOutcome) + ".",
    "verdict": "The same, in the words of a campaign.",
    "detail": "What was answered, or why nothing can be said.",
}
TREND = {
    "runs": (
        "Each campaign, oldest first: its number, when it began, requests, seconds, why it ended (null where it was "
        "cut off), how many findings had each verdict, and how many documented responses it never saw."
    ),
    "new": "Findings first met in one of them, that are still there.",
    "known": "Findings met before, that are neither fixed nor accepted.",
    "fixed": "Findings that turned out fixed meanwhile, and were not met since.",
    "accepted": "Findings that are accepted, or waived until a day that has not passed.",
    "never_seen": "Documented responses, operation and status, that no campaign drew which was about them.",
}
TESTED = {
    "operations": "How many the description has.",
    "documented": "How many documented responses they have, ranges and `default` included.",
    "cells": "One for each documented response at each level: its `state` ("
    + ", ".join(f"`{state.value}`" for state in CellState)
    + "), the technique and tests that are to show it, and, joined by `oagen matrix`, the `outcome` of the last run.",
    "diagnostics": "What is wrong with the document: severity, message, place, hint.",
}
OTHER = {
    Format.JUNIT: (
        "JUnit's XML: a failed case for each finding; skipped is what is fixed, accepted or documented; an error says "
        "that the campaign was cut off."
    ),
    Format.SARIF: (
        "[SARIF 2.1.0](https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html): a rule for each kind, a "
        "result for each finding that is not fixed at the line of the document, with the line of the source and the "
        "requests as related locations. Paths start from the repository's root, as in Code Quality."
    ),
    Format.MARKDOWN: "GitHub's flavour, for the summary of a job.",
    Format.CODEQUALITY: (
        "[Code Quality](https://docs.gitlab.com/ci/testing/code_quality/) as GitLab reads it; what is fixed is left "
        "out, what is accepted is information."
    ),
    Format.HAR: (
        "[HAR 1.2](http://www.softwareishard.com/blog/har-12-spec/): every request and answer in order, logins left "
        "out, secrets taken out, bodies cut off after 64 KiB (requests) and 8 KiB (answers). After 256 MiB only server "
        "errors are added."
    ),
}


def page() -> str:
    """Return the text that docs/formats.md should have."""
    scenario = "scenario"
    finding = kept_json(KEPT, PROOF)
    kept = {key: "..." if key == scenario else value for key, value in finding.items()}
    replay = replay_json(KEPT, Replay(finding=FINDING, outcome=ReplayOutcome.STILL_THERE, detail="answers 500"))
    trend = trend_json(trend_of([RUN], [KEPT], DAY.date()))
    return "".join(
        [
            HEAD,
            *_section("A campaign: `oagen fuzz --report json=FILE`", campaign_json(ACCOUNT), CAMPAIGN),
            *_section("A finding: in a campaign, and `oagen findings list --json`", kept, IN_CAMPAIGN | IN_STORE),
            "\n`" + "`, `".join(IN_STORE) + "` are there in `oagen findings` alone.\n",
            *_section("A replay: `oagen replay --json`, an array of these", replay, REPLAY),
            *_section("The trend: `oagen report --json`", trend, TREND),
            *_section("The matrix: `oagen matrix --json FILE`", dump_matrix(MATRIX), TESTED),
            "\n## Other reports: `oagen fuzz --report FORMAT=FILE`\n\n| format | what it is |\n|---|---|\n",
            *(f"| `{form.value}` | {text} |\n" for form, text in OTHER.items()),
            END,
        ]
    )


def _section(title: str, value: Mapping[str, Any], meanings: Mapping[str, str]) -> Iterator[str]:
    if set(value) != set(meanings):
        raise SystemExit(f"{title}: {sorted(set(value) ^ set(meanings))} are either not written or not explained")
    yield f"\n## {title}\n\n| key | type | meaning |\n|---|---|---|\n"
    yield from (f"| `{key}` | {_type(value[key])} | {meanings[key]} |\n" for key in value)
    yield f"\n```json\n{json.dumps(_short(value), indent=2)}\n```\n"


def _type(value: object) -> str:
    match value:
        case None:
            return "text or null"
        case bool():
            return "true or false"
        case int() | float():
            return "number"
        case str():
            return "text"
        case list():
            return "array"
    return "object"


def _short(value: Any) -> Any:
    """Return the example without the scenarios in it, which are long."""
    if isinstance(value, Mapping):
        return {key: {"version": 1} if key == "scenario" else _short(item) for key, item in value.items()}
    return [_short(item) for item in value] if isinstance(value, list) else value


if __name__ == "__main__":
    missing = set(Format) - OTHER.keys() - {Format.JSON}
    sys.exit(f"{missing} are not explained" if missing else written(PAGE, page()))
