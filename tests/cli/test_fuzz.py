from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from oagen.findings.model import Decision
from oagen.findings.store import Store
from oagen.scenario.wire import WireRequest
from oagen.target.model import Answer
from tests.cli.orders import orders_over_http, write_document
from tests.cli.running import oagen_in
from tests.fuzz.apps import OrdersApi
from tests.suite.running import run

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def api() -> Iterator[tuple[str, OrdersApi]]:
    """The orders API with its planted faults, over HTTP."""
    with orders_over_http() as served:
        yield served


def test_finds_reports_and_remembers(tmp_path: Path, api: tuple[str, OrdersApi]) -> None:
    url, orders = api
    write_document(tmp_path)
    arguments = ("fuzz", "openapi.json", "--base-url", url, "--max-requests", "500", "--report", "json=found.json")

    first = oagen_in(tmp_path, *arguments)
    again = oagen_in(tmp_path, *arguments, "--fail-on", "never")

    report = json.loads((tmp_path / "found.json").read_text())
    assert first.code == 1, first.err
    assert {"not-object"} <= set(orders.faults)
    assert "answers an undocumented 500" in first.out
    assert "--log-file" in first.out
    assert again.code == 0, again.out
    assert "[known]" in again.out
    assert report["stop"] == "all requests are sent"
    assert sum(sum(counts.values()) for counts in report["responses"].values()) == report["requests"]
    finding = report["findings"][0]
    assert finding["curl"].startswith("curl ")
    assert {"fingerprint", "kind", "operation", "status", "exception", "frame", "verdict", "count", "steps"} <= set(
        finding
    )


def test_read_only_and_filters_send_nothing_else(tmp_path: Path, api: tuple[str, OrdersApi]) -> None:
    url, orders = api
    write_document(tmp_path)
    arguments = (
        "fuzz",
        "openapi.json",
        "--base-url",
        url,
        "--max-requests",
        "200",
        "--read-only",
        "--exclude",
        "path:/orders/*",
    )

    ended = oagen_in(tmp_path, *arguments)

    assert ended.code in (0, 1), ended.err
    assert {(request.method, request.target.partition("?")[0]) for request in orders.sent} <= {
        ("GET", "/orders"),
        ("GET", "/"),
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--base-url", "http://192.0.2.1"), "--allow-host"),
        (("--base-url", "http://127.0.0.1:1", "--log-file", "no.log"), "no.log"),
        (("--base-url", "http://127.0.0.1:1", "--header", "nonsense"), "Name: value"),
        (("--base-url", "http://127.0.0.1:1", "--request-id-header", "X-Request-ID"), "--log-file"),
        (
            ("--base-url", "http://127.0.0.1:1", "--request-id-header", "a b", "--log-file", "no.log"),
            "name of a header",
        ),
        (("--base-url", "http://127.0.0.1:1", "--identity", "bob"), "bob"),
        (("--base-url", "http://127.0.0.1:1", "--report", "pdf=x"), "json=FILE"),
        (("--base-url", "http://127.0.0.1:1", "--store", "openapi.json"), "openapi.json"),
        (("--base-url", "http://127.0.0.1:1", "--tag", "nope"), "no operation matches 'tag:nope'"),
        (("--base-url", "http://127.0.0.1:1", "--method", "PATCH"), "methods are 'POST'"),
        (
            ("--base-url", "http://127.0.0.1:1", "--method", "GET", "--exclude", "method:GET"),
            "no operation is selected",
        ),
        (("--base-url", "http://127.0.0.1:1", "--rate-limit", "fast"), "10/s or 300/m"),
        ((), "--base-url"),
    ],
)
def test_what_the_user_can_mend_ends_with_2(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    write_document(tmp_path)

    ended = oagen_in(tmp_path, "fuzz", "openapi.json", *arguments)

    assert ended.code == 2, ended.out
    assert said in ended.err
    assert "Traceback" not in ended.err


def test_nobody_listens(tmp_path: Path) -> None:
    write_document(tmp_path)

    ended = oagen_in(tmp_path, "fuzz", "openapi.json", "--base-url", "http://127.0.0.1:1")

    assert ended.code == 2
    assert "no connection" in ended.err


def test_reports_and_tests_of_what_was_found(tmp_path: Path, api: tuple[str, OrdersApi]) -> None:
    url, _ = api
    write_document(tmp_path)
    formats = ("json", "junit", "sarif", "markdown")
    arguments = ["fuzz", "openapi.json", "--base-url", url, "--max-requests", "300", "--emit-tests", "found"]
    ended = oagen_in(tmp_path, *arguments, *(f"--report={name}=out/{name}" for name in formats))

    assert ended.code == 1, ended.err
    count = len(json.loads((tmp_path / "out" / "json").read_text())["findings"])
    assert count > 0
    assert len(ET.parse(tmp_path / "out" / "junit").getroot().findall("testsuite/testcase/failure")) == count
    assert len(json.loads((tmp_path / "out" / "sarif").read_text())["runs"][0]["results"]) == count
    assert "documented and never seen" in ended.out
    ran = run(tmp_path / "found", "--api-base-url", url)
    assert f"{count} xfailed" in ran.output, ran.output


def test_a_waiver_that_is_over_makes_a_known_finding_count_again(tmp_path: Path, api: tuple[str, OrdersApi]) -> None:
    url, _ = api
    write_document(tmp_path)
    arguments = (
        "fuzz",
        "openapi.json",
        "--base-url",
        url,
        "--max-requests",
        "300",
        "--read-only",
        "--report",
        "json=found.json",
    )
    assert oagen_in(tmp_path, *arguments).code == 1

    endings = []
    for until in ("2090-01-31", "2020-01-31"):
        with closing(Store(tmp_path / ".oagen/findings.sqlite")) as store:
            for kept in store.kept():
                store.mark(kept.finding.fingerprint, Decision.WAIVED, until=dt.date.fromisoformat(until))
        endings.append(oagen_in(tmp_path, *arguments))

    assert [ended.code for ended in endings] == [0, 1]
    assert ["[known, its waiver is over]" in ended.out for ended in endings] == [False, True]
    assert {item["verdict"] for item in json.loads((tmp_path / "found.json").read_text())["findings"]} == {"known"}
    assert oagen_in(tmp_path, "findings", "accept", "--all").code == 0
    assert oagen_in(tmp_path, "findings", "list", "--open").out == ""


@pytest.mark.parametrize("most", [1, 7, 120])
def test_not_one_request_more_than_max_requests(tmp_path: Path, api: tuple[str, OrdersApi], most: int) -> None:
    url, orders = api
    write_document(tmp_path)
    arguments = ("fuzz", "openapi.json", "--base-url", url, "--max-requests", str(most), "--report", "json=found.json")

    for _ in range(2):  # the second time there are findings to run again, too
        orders.sent.clear()
        ended = oagen_in(tmp_path, *arguments, "--fail-on", "never")

        assert ended.code == 0, ended.err
        report = json.loads((tmp_path / "found.json").read_text())
        assert most - most // 5 <= report["requests"] <= most
        assert 0.8 * report["requests"] <= len(orders.sent) <= report["requests"]  # some the server refuses by itself
        assert sum(sum(counts.values()) for counts in report["responses"].values()) == report["requests"]


def test_every_request_carries_an_id_of_its_own(tmp_path: Path, api: tuple[str, OrdersApi]) -> None:
    url, _ = api
    write_document(tmp_path)
    (tmp_path / "server.log").touch()
    ids = ("--log-file", "server.log", "--request-id-header", "X-Request-ID")
    arguments = ("--base-url", url, *ids, "--max-requests", "60", "--report", "har=sent.har")

    ended = oagen_in(tmp_path, "fuzz", "openapi.json", *arguments)

    assert ended.code in (0, 1), ended.err
    entries = json.loads((tmp_path / "sent.har").read_text())["log"]["entries"]
    ids_sent = [item["value"] for entry in entries for item in entry["request"]["headers"] if item["name"] == ids[-1]]
    assert len(set(ids_sent)) == len(entries)
    assert len(entries) in (59, 60)  # two at the same moment are one too many at the end


def test_a_rate_limit_is_kept(tmp_path: Path, api: tuple[str, OrdersApi], monkeypatch: pytest.MonkeyPatch) -> None:
    url, orders = api
    write_document(tmp_path)
    arrived: list[float] = []

    def respond(request: WireRequest) -> Answer:
        arrived.append(time.monotonic())
        return OrdersApi.send(orders, request)

    monkeypatch.setattr(orders, "send", respond)
    limits = ("--max-requests", "25", "--rate-limit", "600/m")

    ended = oagen_in(tmp_path, "fuzz", "openapi.json", "--base-url", url, *limits)

    assert ended.code in (0, 1), ended.err
    assert 20 <= len(arrived) <= 25
    assert arrived[-1] - arrived[0] >= 0.09 * (len(arrived) - 2)  # two at the same moment count as one


def test_a_report_on_stdout_is_alone_there(tmp_path: Path, api: tuple[str, OrdersApi]) -> None:
    url, _ = api
    write_document(tmp_path)
    ended = oagen_in(tmp_path, "fuzz", "openapi.json", "--base-url", url, "--max-requests", "100", "--report", "json=-")

    assert 50 < json.loads(ended.out)["requests"] <= 100
    assert "requests in" in ended.err


def test_across_runs_findings_are_fixed_regressed_or_not_reached(tmp_path: Path, api: tuple[str, OrdersApi]) -> None:
    url, orders = api
    write_document(tmp_path)

    def verdicts(*arguments: str) -> tuple[int, dict[str, str]]:
        common = ("--base-url", url, "--max-requests", "300", "--report", "json=found.json", "-H", "X-Key: s3cr3t-key")
        ended = oagen_in(tmp_path, "fuzz", "openapi.json", *common, *arguments)
        text = (tmp_path / "found.json").read_text()
        assert "s3cr3t-key" not in text + ended.out + ended.err
        return ended.code, {item["fingerprint"]: item["verdict"] for item in json.loads(text)["findings"]}

    code, first = verdicts()
    assert (code, set(first.values())) == (1, {"new"})
    assert "${X_KEY}" in (tmp_path / "found.json").read_text()
    orders.broken = False
    code, reading = verdicts("--read-only", "--fail-on", "any")
    assert (code, set(reading)) == (0, set(first))
    assert set(reading.values()) <= {"fixed", "not reached"}
    assert "not reached" in reading.values()
    code, second = verdicts("--fail-on", "any")
    assert (code, set(second)) == (0, {name for name, verdict in reading.items() if verdict == "not reached"})
    assert set(second.values()) == {"fixed"}
    assert verdicts() == (0, {})  # what was fixed before is no news
    orders.broken = True
    code, last = verdicts()
    assert code == 1
    assert {last[name] for name in first if name in last} == {"regressed"}
