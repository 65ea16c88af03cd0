"""Findings of earlier campaigns are run again as far as the campaign may send what they take."""

from __future__ import annotations

from dataclasses import replace

import pytest

from oagen.findings.model import Finding, KeptFinding, StoredVerdict
from oagen.fuzz.events import Finished, Stop
from oagen.fuzz.oracles import Oracles
from oagen.fuzz.pacing import Ledger
from oagen.fuzz.replaying import Replayer, Scope, with_earlier
from oagen.runner.run import RunContext
from oagen.scenario.model import Request
from oagen.scenario.wire import WireRequest
from oagen.spec.model import ApiDescription
from oagen.target.model import Answer
from tests.findings import faulty
from tests.fuzz.apps import Answering

_CREATE, _SHARE = faulty.CREATE, faulty.SHARE
_PURGED = replace(
    faulty.BROKEN,
    operation="PURGE /bottles",
    scenario=faulty.scenario("PURGE /bottles", when=Request(method="PURGE", path="/bottles")),
)


def _answered(request: WireRequest) -> Answer:
    """Answer as an API does whose faults are mended."""
    created = request.target == "/bottles"
    return Answer(status=201 if created else 400, headers=(("Content-Type", "application/json"),), body=b'{"id": "1"}')


@pytest.fixture
def description(tmp_path_factory: pytest.TempPathFactory) -> ApiDescription:
    return faulty.description(tmp_path_factory.mktemp("described"))


@pytest.mark.parametrize(
    ("finding", "scope", "verdict"),
    [
        (faulty.DIVIDED, Scope([_CREATE, _SHARE]), StoredVerdict.FIXED),
        (faulty.DIVIDED, Scope([_SHARE]), StoredVerdict.NOT_REACHED),  # its given step was left out on purpose
        (faulty.DIVIDED, Scope([_CREATE, _SHARE], read_only=True), StoredVerdict.NOT_REACHED),
        (faulty.DIVIDED, Scope([_CREATE]), None),
        (_PURGED, Scope([_CREATE], other_methods=True), StoredVerdict.FIXED),
        (_PURGED, Scope([_CREATE]), None),
    ],
)
def test_what_is_run_again(
    description: ApiDescription, finding: Finding, scope: Scope, verdict: StoredVerdict | None
) -> None:
    target = Answering(_answered)
    finished = Finished(stop=Stop.TIME, requests=0, seconds=1, responses={}, findings=())

    whole, _ = with_earlier(
        finished,
        [KeptFinding(finding=finding)],
        lambda: Replayer(target, Oracles(description), RunContext(run="1")),
        Ledger(),
        seconds=10,
        scope=scope,
    )

    assert [item.verdict for item in whole.findings] == ([] if verdict is None else [verdict])
    assert bool(target.sent) is (verdict is StoredVerdict.FIXED)


def test_an_interrupt_leaves_the_rest_not_reached(description: ApiDescription) -> None:
    def interrupted(_request: WireRequest) -> Answer:
        raise KeyboardInterrupt

    whole, replays = with_earlier(
        Finished(stop=Stop.TIME, requests=0, seconds=1, responses={}, findings=()),
        [KeptFinding(finding=finding) for finding in faulty.FINDINGS],
        lambda: Replayer(Answering(interrupted), Oracles(description), RunContext(run="1")),
        Ledger(),
        seconds=10,
        scope=Scope([_CREATE, _SHARE]),
    )

    assert (whole.stop, replays) == (Stop.INTERRUPTED, ())
    assert [item.verdict for item in whole.findings] == [StoredVerdict.NOT_REACHED] * 2
