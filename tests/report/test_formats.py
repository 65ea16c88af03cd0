"""Each format says what the campaign found, and nothing that an API or a document says does anything in it."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from oagen.findings.model import Decision, FindingKind, KeptFinding, StoredVerdict
from oagen.findings.proof import Proof, ProofContext, proof_of
from oagen.fuzz.events import Stop
from oagen.report import as_json, codequality, junit, markdown, sarif
from oagen.report.account import Account, Places, account_of
from oagen.report.places import Place
from oagen.report.writing import STREAMED, Format, rendered
from oagen.scenario import codec
from tests.ci.workflow import assert_taken
from tests.findings import faulty
from tests.report.campaigns import FINISHED, HOSTILE, SECRET, account, hostile
from tests.report.schemas import sarif_problems

RENDERED = [form for form in Format if form not in STREAMED]


@pytest.mark.parametrize("form", RENDERED)
def test_hostile_text_does_nothing(tmp_path: Path, form: Format) -> None:
    text = rendered(form, account(tmp_path, *faulty.FINDINGS, hostile(), notices=(HOSTILE,)))

    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e\ufffe\ud800]", text)
    assert SECRET not in text
    assert "${ALICE_TOKEN}" in text or form is Format.CODEQUALITY
    text.encode("utf-8")


@pytest.mark.parametrize("form", RENDERED)
def test_the_same_campaign_gives_the_same_report(tmp_path: Path, form: Format) -> None:
    assert rendered(form, account(tmp_path)) == rendered(form, account(tmp_path))


@pytest.mark.parametrize("form", RENDERED)
def test_a_campaign_without_findings_has_a_report(tmp_path: Path, form: Format) -> None:
    assert "bbbb33334444" in rendered(form, account(tmp_path))
    assert "bbbb33334444" not in rendered(form, replace(account(tmp_path), proofs=()))


def test_json_is_as_documented(tmp_path: Path) -> None:
    report = json.loads(as_json.render(account(tmp_path)))

    assert set(report) == {"requests", "seconds", "stop", "responses", "withheld", "findings", "never_seen"}
    assert report["responses"]["POST /bottles"] == {"201": 100, "500": 7}
    first, second = report["findings"]
    assert set(first) == {
        *("fingerprint", "kind", "operation", "status", "exception", "frame"),
        *("verdict", "count", "steps", "curl", "scenario", "message", "operations"),
        *("flaky", "first_seen", "traceback", "case"),
    }
    assert (first["flaky"], first["traceback"]) == (False, faulty.BROKEN.traceback)
    assert (first["kind"], first["frame"], first["verdict"]) == ("undocumented-5xx", "cellar.py:27", "new")
    assert (first["count"], first["steps"], second["steps"]) == (7, 1, 2)
    assert codec.load(second["scenario"]) == faulty.DIVIDED.scenario
    assert second["curl"].startswith("bottle_answer=$(curl -sS -X POST http://127.0.0.1:8000/bottles ")


def test_junit_counts_what_it_holds(tmp_path: Path) -> None:
    root = ET.fromstring(junit.render(account(tmp_path, *faulty.FINDINGS, hostile())))
    suite = root.find("testsuite")

    assert suite is not None
    cases = suite.findall("testcase")
    failed = [case for case in cases if case.find("failure") is not None]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == (str(len(cases)), "3", "0")
    assert (len(cases), len(failed)) == (4, 3)  # the operation without a fault has a case that passed
    failure = failed[0].find("failure")
    assert failure is not None
    assert failure.get("message") == faulty.BROKEN.sentence
    assert "json.decoder.JSONDecodeError" in str(failure.text)
    assert "curl -sS -X POST" in str(failure.text)


def test_junit_does_not_fail_for_what_was_accepted(tmp_path: Path) -> None:
    root = ET.fromstring(junit.render(_with_accepted(account(tmp_path))))

    skipped = root.findall("testsuite/testcase/skipped")
    assert [item.get("message") for item in skipped] == ["accepted: till 2.4"]
    assert len(root.findall("testsuite/testcase/failure")) == 1


def test_junit_of_a_campaign_that_was_cut_off_is_not_green(tmp_path: Path) -> None:
    cut = replace(account(tmp_path, notices=("the target is gone",)), stop=Stop.UNFINISHED.value, proofs=())
    root = ET.fromstring(junit.render(cut))

    error = root.find("testsuite/testcase/error")
    assert error is not None
    assert (root.get("errors"), error.get("message"), error.text) == ("1", Stop.UNFINISHED.value, "the target is gone")


def test_sarif_points_at_document_and_source(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "cellar.py").write_text(faulty.APP)
    traceback = str(faulty.BROKEN.traceback).replace("/srv/app", str(tmp_path / "app"))
    broken = replace(faulty.BROKEN, traceback=traceback)
    run = json.loads(sarif.render(account(tmp_path, broken, faulty.DIVIDED)))["runs"][0]

    first, second = run["results"]
    line = (tmp_path / "openapi.json").read_text().split("\n").index('        "responses": {') + 1
    place = first["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("openapi.json", line)
    source = first["relatedLocations"][0]["physicalLocation"]
    assert (source["artifactLocation"]["uri"], source["region"]["startLine"]) == ("app/cellar.py", 27)
    assert set(first["partialFingerprints"].values()) == {"aaaa11112222"}
    given, request = second["relatedLocations"][-2:]
    assert given["message"]["text"] == "Given POST /bottles, answered 201."
    assert request["logicalLocations"] == [{"fullyQualifiedName": faulty.SHARE}]
    asked = (tmp_path / "openapi.json").read_text().split("\n").index('    "/bottles/{bottle_id}/share": {') + 2
    assert request["physicalLocation"]["region"]["startLine"] == asked
    assert str(tmp_path) not in json.dumps(run["results"])
    assert "curl -sS" in second["message"]["text"]


def test_sarif_keeps_the_rules_of_the_format(tmp_path: Path) -> None:
    log = sarif.campaign_sarif(_with_accepted(account(tmp_path, *faulty.FINDINGS, hostile(), notices=("a lock-out",))))

    assert sarif_problems(log) == []
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert log["version"] == "2.1.0"
    assert all(rule["help"]["text"] and rule["shortDescription"]["text"] for rule in rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"none", "note", "warning", "error"}
        assert result["baselineState"] in {"new", "unchanged", "updated", "absent"}
        assert result["message"]["text"]
        assert "](" not in result["message"]["text"].replace("\\](", "")
        for location in [*result["locations"], *result["relatedLocations"]]:
            if "physicalLocation" in location:
                uri = location["physicalLocation"]["artifactLocation"]["uri"]
                assert re.fullmatch(r"[A-Za-z0-9._~%/-]+", uri)
                assert location["physicalLocation"].get("region", {"startLine": 1})["startLine"] >= 1
        numbers = [location["id"] for location in result["relatedLocations"]]
        assert len(set(numbers)) == len(numbers)
    assert [len(result.get("suppressions", ())) for result in run["results"]] == [1, 0, 0]


def test_sarif_names_files_from_the_root_of_the_repository(tmp_path: Path) -> None:
    project = tmp_path / "services" / "cellar"
    (project / "app").mkdir(parents=True)
    (project / "app" / "cellar.py").write_text(faulty.APP)
    (tmp_path / "specs").mkdir()
    found = replace(faulty.BROKEN, frame="app/cellar.py:27", traceback=None)
    finished = replace(FINISHED, findings=(found,))
    description = faulty.description(tmp_path / "specs")

    told = account_of(finished, description, ProofContext(), root=project, top=tmp_path)

    (result,) = sarif.campaign_sarif(told)["runs"][0]["results"]
    places = [*result["locations"], result["relatedLocations"][0]]
    assert [place["physicalLocation"]["artifactLocation"]["uri"] for place in places] == [
        "specs/openapi.json",
        "services/cellar/app/cellar.py",
    ]
    assert codequality.campaign_codequality(told)[0]["location"]["path"] == "services/cellar/app/cellar.py"


def test_sarif_of_a_document_on_a_host_is_what_code_scanning_takes(tmp_path: Path) -> None:
    """It refuses all of a log in which one place has another scheme than `file`."""
    found = account(tmp_path, faulty.BROKEN)
    document = Place(path="https://staging.example.test:8443/v1/openapi.json?a=b", line=7, is_inside=False)
    source = Place(path="cellar.py", line=38)
    only = replace(found, places={faulty.BROKEN.fingerprint: Places(document=document)})
    both = replace(found, places={faulty.BROKEN.fingerprint: Places(document=document, source=source)})

    for told, first in (
        (only, "staging.example.test%3A8443/v1/openapi.json%3Fa%3Db"),
        (both, "cellar.py"),
    ):
        log = sarif.campaign_sarif(told)
        (result,) = log["runs"][0]["results"]
        assert sarif_problems(log) == []
        assert [item["physicalLocation"]["artifactLocation"]["uri"] for item in result["locations"]] == [first]
        assert_taken(log)


def test_sarif_leaves_out_what_is_fixed_and_keeps_what_was_not_reached(tmp_path: Path) -> None:
    fixed = replace(faulty.DIVIDED, fingerprint="dddd77778888", verdict=StoredVerdict.FIXED)
    missed = replace(faulty.DIVIDED, verdict=StoredVerdict.NOT_REACHED)

    results = sarif.campaign_sarif(account(tmp_path, faulty.BROKEN, missed, fixed))["runs"][0]["results"]

    assert [(item["properties"]["verdict"], item["baselineState"]) for item in results] == [
        ("new", "new"),
        ("not reached", "unchanged"),
    ]


def test_sarif_of_a_campaign_that_was_cut_off_says_so(tmp_path: Path) -> None:
    whole, cut = account(tmp_path), replace(account(tmp_path), stop=Stop.UNFINISHED.value)

    for found, successful in ((whole, True), (cut, False)):
        (invocation,) = sarif.campaign_sarif(found)["runs"][0]["invocations"]
        assert invocation["executionSuccessful"] is successful


def test_sarif_of_a_method_outside_the_document_has_a_place(tmp_path: Path) -> None:
    traced = replace(faulty.BROKEN, frame=None, scenario=replace(faulty.BROKEN.scenario, document="", pointer=""))
    (result,) = sarif.campaign_sarif(account(tmp_path, traced))["runs"][0]["results"]

    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "openapi.json"


@pytest.mark.parametrize("kind", list(FindingKind))
def test_every_kind_has_a_rule_a_severity_and_a_place(tmp_path: Path, kind: FindingKind) -> None:
    found = account(tmp_path, replace(faulty.BROKEN, kind=kind))
    log = sarif.campaign_sarif(found)
    (violation,) = codequality.campaign_codequality(found)
    (run,) = log["runs"]
    (result,) = run["results"]

    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == kind.value
    assert len(run["tool"]["driver"]["rules"]) == len(FindingKind)
    assert violation["severity"] in {"info", "minor", "major", "critical", "blocker"}
    assert result["locations"]
    assert sarif_problems(log) == []


def test_markdown_shows_what_was_found(tmp_path: Path) -> None:
    text = markdown.render(account(tmp_path))

    assert "2 findings in 321 requests" in text
    assert "answers an undocumented 500 \\(ZeroDivisionError at cellar\\.py&#58;38\\)" in text
    assert "1. given `POST /bottles`, answered 201" in text
    assert "* `POST /bottles 422`" in text


def test_markdown_of_hostile_text_has_no_markup(tmp_path: Path) -> None:
    text = markdown.render(account(tmp_path, hostile(), notices=(HOSTILE,)))

    outside = re.sub(r"(?ms)^(`{3,})\w*$.*?^\1$", "", text)
    spans = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", outside)
    assert "<script" not in spans
    assert "](" not in re.sub(r"\\.", "", spans)
    assert not re.search(r"(?<!&#64;)@you", spans)
    assert "\n# h" not in outside
    rows = [line for line in outside.splitlines() if line.startswith("| ") and "cccc55556666" in line]
    assert len(re.findall(r"(?<!\\)\|", rows[0])) == 5


def test_gitlab_is_told_what_there_is_now(tmp_path: Path) -> None:
    fixed = replace(faulty.DIVIDED, fingerprint="dddd77778888", verdict=StoredVerdict.FIXED)
    missed = replace(faulty.DIVIDED, verdict=StoredVerdict.NOT_REACHED)
    violations = codequality.campaign_codequality(_with_accepted(account(tmp_path, faulty.BROKEN, missed, fixed)))

    assert [item["fingerprint"] for item in violations] == ["aaaa11112222", "bbbb33334444"]
    assert [item["severity"] for item in violations] == ["info", "major"]
    assert violations[1]["description"].endswith("[not reached]")
    assert violations[1]["location"] == {"path": "cellar.py", "lines": {"begin": 38}}
    assert {item["check_name"] for item in violations} == {"undocumented-5xx"}


def _with_accepted(found: Account) -> Account:
    first, *others = found.proofs
    kept = KeptFinding(finding=faulty.BROKEN, decision=Decision.ACCEPTED, reason="till 2.4")
    accepted: Proof = replace(proof_of(faulty.BROKEN, ProofContext(), kept), curl=first.curl)
    return replace(found, proofs=(accepted, *others))
