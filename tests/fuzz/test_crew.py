"""Several workers are told as one campaign, and none outlives the one that started them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from oagen.errors import TargetError
from oagen.findings.model import Finding, FindingKind, StoredVerdict
from oagen.fuzz.commons import Commons
from oagen.fuzz.crew import Crew, Responses, WorkerFailed
from oagen.fuzz.events import Event, Finished, Found, Noticed, Progress, Started, Stop
from oagen.fuzz.joining import joined_findings
from tests.findings import faulty

pytestmark = pytest.mark.timeout(60)

OPERATIONS = ["GET /bottles", "POST /bottles"]
Told = Generator[tuple[Event, Responses]]


def progress(requests: int) -> Progress:
    return Progress(phase="hunt", requests=requests, seconds=1.0, reached=1, findings=0, corpus=2)


def finished(stop: Stop, *findings: Finding, responses: Responses | None = None) -> Finished:
    sent = sum(count for counts in (responses or {}).values() for count in counts.values())
    return Finished(stop=stop, requests=sent, seconds=2.0, responses=responses or {}, findings=findings)


def events_of(work: Callable[[int], Told], size: int = 2) -> list[Event]:
    return list(Crew(size, work, OPERATIONS).run())


def last(events: list[Any]) -> Finished:
    assert isinstance(events[-1], Finished)
    return events[-1]


def test_findings_are_joined_and_answers_added_up() -> None:
    longer = replace(faulty.BROKEN, count=3, flaky=True, operations=("PUT /x",), verdict=StoredVerdict.KNOWN)
    answers: Responses = {"GET /bottles": {"200": 2, "500": 1}}

    def work(number: int) -> Told:
        yield Started(operations=2), {}
        mine = longer if number else replace(faulty.BROKEN, count=2, proven=True)
        yield Found(finding=mine), answers
        yield Noticed(message="the same for both"), answers
        yield progress(3), answers
        yield finished(Stop.DEAD if number else Stop.TIME, mine, responses=answers), answers

    events = events_of(work)

    end = last(events)
    assert (end.stop, end.requests, end.responses) == (Stop.TIME, 6, {"GET /bottles": {"200": 4, "500": 2}})
    (finding,) = end.findings
    assert (finding.count, finding.flaky) == (5, False)
    assert set(finding.operations) == {*faulty.BROKEN.operations, "PUT /x"}
    assert finding.verdict is faulty.BROKEN.verdict
    assert sum(isinstance(event, Started) for event in events) == 1
    assert sum(isinstance(event, Noticed) for event in events) == 1
    assert sum(isinstance(event, Found) and not event.again for event in events) == 1
    whole = [event for event in events if isinstance(event, Progress)][-1]
    assert (whole.requests, whole.reached, whole.findings, whole.statuses) == (6, 1, 1, {"200": 4, "500": 2})


def test_what_was_shown_again_from_fresh_steps_is_told_before_what_was_met_first() -> None:
    proven = replace(faulty.DIVIDED, proven=True)
    met = replace(faulty.DIVIDED, scenario=replace(faulty.DIVIDED.scenario, given=()))
    excused = replace(proven, kind=FindingKind.DOCUMENTED_5XX)

    assert joined_findings([met, proven]) == joined_findings([proven, met])
    assert joined_findings([met, proven])[0].scenario == proven.scenario
    assert joined_findings([replace(met, flaky=True), met])[0].flaky
    assert joined_findings([excused, met])[0].kind is FindingKind.UNDOCUMENTED_5XX


def test_a_worker_that_is_killed_leaves_what_it_found() -> None:
    def work(number: int) -> Told:
        yield Started(operations=2), {}
        if number:
            yield Found(finding=faulty.BROKEN), {"GET /bottles": {"500": 4}}
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.3)
        yield finished(Stop.REQUESTS, responses={"GET /bottles": {"200": 1}}), {"GET /bottles": {"200": 1}}

    events = events_of(work)

    assert [event.message for event in events if isinstance(event, Noticed)] == [
        "worker 2 was ended by SIGKILL; the others go on"
    ]
    end = last(events)
    assert end.stop is Stop.REQUESTS
    assert [finding.fingerprint for finding in end.findings] == [faulty.BROKEN.fingerprint]
    assert end.responses == {"GET /bottles": {"200": 1, "500": 4}}


def test_all_workers_killed() -> None:
    def work(_number: int) -> Told:
        yield Started(operations=2), {}
        os.kill(os.getpid(), signal.SIGKILL)
        yield Started(operations=2), {}

    assert last(events_of(work)).stop is Stop.KILLED


def test_what_keeps_all_from_beginning_is_raised() -> None:
    def work(_number: int) -> Told:
        raise TargetError("nobody listens", hint="start it")
        yield Started(operations=2), {}

    with pytest.raises(TargetError) as error:
        events_of(work)
    assert (error.value.message, error.value.hint) == ("nobody listens", "start it")


def test_what_ends_one_later_is_told() -> None:
    def work(number: int) -> Told:
        yield Started(operations=2), {}
        time.sleep(0.2)
        if number:
            raise TargetError("it is gone")
        yield finished(Stop.TIME), {}

    events = events_of(work)

    assert [event.message for event in events if isinstance(event, Noticed)] == ["worker 2 ended: it is gone"]
    assert last(events).stop is Stop.TIME


def test_a_fault_of_ours_is_ours() -> None:
    def work(_number: int) -> Told:
        yield Started(operations=2), {}
        raise RuntimeError("boom")

    with pytest.raises(WorkerFailed, match="boom"):
        events_of(work)


def _sending(ended: Path) -> Callable[[int], Told]:
    def work(number: int) -> Told:
        try:
            yield Started(operations=2), {}
            (ended / f"begun {number}").touch()
            for count in range(10_000):
                time.sleep(0.01)
                yield progress(count), {}
        except KeyboardInterrupt:
            (ended / f"ended {number}").touch()
            yield finished(Stop.INTERRUPTED, faulty.BROKEN), {}

    return work


def test_an_interrupt_ends_all_and_waits_for_what_they_found(tmp_path: Path) -> None:
    crew = Crew(3, _sending(tmp_path), OPERATIONS)
    events = crew.run()
    next(events)  # an interrupt that comes before is nothing a generator can catch
    while len(list(tmp_path.glob("begun *"))) < 3:
        next(events)

    rest = [events.throw(KeyboardInterrupt), *events]

    end = last(rest)
    assert end.stop is Stop.INTERRUPTED
    assert end.findings[0].count == 3 * faulty.BROKEN.count
    assert len(list(tmp_path.glob("ended *"))) == 3
    assert not any(_is_there(pid) for pid in crew.pids)


def test_no_worker_outlives_an_interrupt_before_the_first_event(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), closing(Crew(2, _sending(tmp_path), OPERATIONS)) as crew:
        crew.run().throw(KeyboardInterrupt)

    assert not any(_is_there(pid) for pid in crew.pids)


def test_no_worker_outlives_a_reader_that_stops(tmp_path: Path) -> None:
    crew = Crew(2, _sending(tmp_path), OPERATIONS)
    events = crew.run()
    next(events)
    events.close()

    assert not any(_is_there(pid) for pid in crew.pids)


def test_no_worker_outlives_the_process_that_started_it(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    parent = os.fork()
    if parent == 0:
        crew = Crew(2, _sending(tmp_path), OPERATIONS)
        os.write(writer, f"{crew.pids[0]} {crew.pids[1]}\n".encode())
        for _ in crew.run():
            pass
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as told:
        pids = [int(pid) for pid in told.readline().split()]
        os.kill(parent, signal.SIGKILL)
        os.waitpid(parent, 0)
        told.read()  # until the last of them has closed it

    assert len(pids) == 2
    until = time.monotonic() + 10
    while any(_is_there(pid) for pid in pids) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(_is_there(pid) for pid in pids)


def _is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


# -- what they share --------------------------------------------------------------------------------------------------


def _in_another_process(do: Callable[[], bool]) -> bool:
    pid = os.fork()
    if pid == 0:
        os._exit(int(do()))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1


def test_a_finding_is_taken_once() -> None:
    commons = Commons()

    assert commons.claim("aaaa")
    assert not _in_another_process(lambda: commons.claim("aaaa"))
    assert _in_another_process(lambda: commons.claim("bbbb"))
    assert not commons.claim("bbbb")
    commons.close()


def test_what_another_worker_has_just_brought_back_is_not_brought_back_again(monkeypatch: pytest.MonkeyPatch) -> None:
    commons, ran = Commons(), []

    def restore() -> bool:
        ran.append(True)
        return True

    assert _in_another_process(lambda: commons.restore(restore))
    assert commons.restore(restore)
    assert ran == []
    monkeypatch.setattr("oagen.fuzz.commons._GRACE", -10.0)
    assert commons.restore(restore)
    assert ran == [True]
    commons.close()


def test_a_restoring_that_failed_is_tried_by_the_next_worker() -> None:
    commons = Commons()

    assert not commons.restore(lambda: False)
    assert _in_another_process(lambda: commons.restore(lambda: True))
    commons.close()


def test_who_is_alone_waits_for_the_others(tmp_path: Path) -> None:
    commons = Commons()
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        with commons.among_others():
            os.write(writer, b"x")
            time.sleep(0.5)
            (tmp_path / "done").touch()
        os._exit(0)
    os.read(reader, 1)

    with commons.alone():
        assert (tmp_path / "done").exists()

    os.waitpid(pid, 0)
    os.close(reader)
    os.close(writer)
    commons.close()
