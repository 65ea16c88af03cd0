"""What is not configured is one finding with all its operations."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from oagen.findings.model import FindingKind
from oagen.fuzz.campaign import Campaign
from oagen.fuzz.events import CampaignOptions, Finished
from oagen.fuzz.oracles import Fault, Oracles
from oagen.scenario.model import Argument, Literal, Request
from oagen.scenario.wire import WireRequest
from oagen.spec.model import ParameterLocation
from oagen.target.caught import CaughtException, CaughtFrame
from oagen.target.model import Answer
from tests.fuzz.apps import DOCUMENT, Answering, OrdersApi, described

LIST = Request(method="GET", path="/orders")
READ = Request(
    method="GET",
    path="/orders/{order_id}",
    arguments=(Argument(name="order_id", where=ParameterLocation.PATH, value=Literal("ord-77")),),
)
DELETE = Request(method="DELETE", path="/orders/{order_id}", arguments=READ.arguments)


@pytest.fixture
def oracles(tmp_path: Path) -> Oracles:
    return Oracles(described(tmp_path))


def fault(oracles: Oracles, request: Request, answer: Answer) -> Fault:
    (found,) = oracles.faults_of(request, answer)
    return found


def names(oracles: Oracles, *pairs: tuple[Request, Answer]) -> set[str]:
    return {fault(oracles, request, answer).fingerprint.identity for request, answer in pairs}


def said(status: int, text: str) -> Answer:
    return Answer(status=status, body=text.encode())


@pytest.mark.parametrize("status", [501, 503])
def test_the_same_message_is_one_fault_whatever_the_operation(oracles: Oracles, status: int) -> None:
    def problem(path: str) -> Answer:
        at = "2030-01-01T10:00:00Z" if path == "/orders" else "2031-01-01T10:00:00Z"
        return said(status, json.dumps({"detail": "No mail server is configured", "instance": path, "at": at}))

    assert len(names(oracles, (LIST, problem("/orders")), (READ, problem("/orders/ord-77")))) == 1
    assert len(names(oracles, (LIST, problem("/orders")), (READ, said(status, "No payment key is set")))) == 2
    other = said(501 if status == 503 else 503, "No payment key is set")
    assert len(names(oracles, (LIST, said(status, "No payment key is set")), (READ, other))) == 2


@pytest.mark.parametrize(
    "text", ["", "Service Unavailable", '{"status": 503, "error": "Not Implemented"}', "<p>503</p>"]
)
def test_an_answer_that_says_nothing_is_one_of_its_operation(oracles: Oracles, text: str) -> None:
    assert len(names(oracles, (LIST, said(503, text)), (READ, said(503, text)))) == 2


def test_other_server_errors_stay_apart(oracles: Oracles) -> None:
    assert len(names(oracles, (LIST, said(500, "not configured")), (READ, said(500, "not configured")))) == 2


def test_a_documented_one_is_listed_apart(oracles: Oracles) -> None:
    text = "No mail server is configured"
    documented, other = (fault(oracles, request, said(503, text)) for request in (DELETE, READ))

    assert (documented.kind, other.kind) == (FindingKind.DOCUMENTED_5XX, FindingKind.UNDOCUMENTED_5XX)
    assert documented.fingerprint.identity != other.fingerprint.identity


def test_in_process_exception_and_message_decide_not_the_line(oracles: Oracles) -> None:
    def raised(line: int, message: str, kind: str = "shop.mail.NotConfigured") -> Answer:
        frame = CaughtFrame(file="/srv/shop/mail.py", line=line, function="send", first=1, application=True)
        caught = CaughtException(type=kind, message=message, frames=(frame,), omitted=0, text="Traceback", how="raised")
        return Answer(status=503, exception=caught)

    same = [(LIST, raised(10, "no mail server")), (READ, raised(20, "no mail server"))]
    assert len(names(oracles, *same)) == 1
    assert len(names(oracles, *same, (READ, raised(10, "no payment key")))) == 2
    assert len(names(oracles, *same, (READ, raised(10, "no mail server", "shop.mail.Other")))) == 2
    assert len(names(oracles, (LIST, raised(10, "")), (READ, raised(20, "")))) == 2


def test_a_campaign_reports_it_once_with_all_its_operations(tmp_path: Path) -> None:
    api = OrdersApi(broken=False)
    more = {f"/mail/{name}": {"post": DOCUMENT["paths"]["/orders"]["post"]} for name in ("order", "offer", "bill")}

    def respond(request: WireRequest) -> Answer:
        if request.target.startswith("/mail/"):
            return said(503, json.dumps({"detail": "No mail server is configured", "path": request.target}))
        return api.send(request)

    description = described(tmp_path, {**DOCUMENT, "paths": {**DOCUMENT["paths"], **more}})
    finished = list(Campaign(description, Answering(respond), CampaignOptions(max_requests=1500)).run())[-1]

    assert isinstance(finished, Finished)
    (finding,) = finished.findings
    assert set(finding.operations) >= {f"POST {path}" for path in more}
    assert finding.count > 100
