"""Several campaigns at once, each in a process of its own, told as one."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Collection, Generator, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from oagen.errors import OagenError
from oagen.findings.model import Finding
from oagen.findings.store import Store
from oagen.fuzz.events import Event, Finished, Found, Noticed, Progress, Started, Stop
from oagen.fuzz.interrupts import Interrupt
from oagen.fuzz.joining import is_better, joined_ends, joined_findings, joined_progress, joined_responses

_LAST_WORDS = 15.0  # seconds in which workers that were told to end must have told what they found
_ROUND = 0.5

Responses = dict[str, dict[str, int]]
Work = Callable[[int], Generator[tuple[Event, Responses]]]
"""Does the share of the worker of a number, in its process; yields its events, and what was answered so far."""


class WorkerFailed(Exception):  # noqa: N818 - its fault is ours
    """A worker ended by a fault of oagen; the message has its traceback."""


@dataclass(slots=True, kw_only=True)
class _Worker:
    number: int
    process: BaseProcess
    reader: Connection
    progress: Progress | None = None
    responses: Responses = field(default_factory=dict)
    findings: dict[str, Finding] = field(default_factory=dict)
    finished: Finished | None = None
    gone: bool = False


class Crew:
    """Workers, started at once.

    The process that starts them must have no threads. They end when it does, however it does. Ctrl-C is for this
    process: it tells them to end, and waits a moment for what they found.

    Args:
        size: How many.
        work: What each does.
        operations: Keys of those that the campaign is about.
        interrupt: Asks them to end; each has a copy of its own, which this process asks through a signal.
    """

    def __init__(self, size: int, work: Work, operations: Collection[str], interrupt: Interrupt | None = None) -> None:
        self._operations = operations
        self._interrupt = interrupt or Interrupt()
        self._told: set[str] = set()
        self._started = False
        self._interrupted = False
        self._error: OagenError | None = None
        lifeline, self._lifeline = os.pipe()
        self._workers: list[_Worker] = []
        self._closed = False
        try:
            self._start(size, work, lifeline)
        except BaseException:
            self.close()
            raise
        finally:
            os.close(lifeline)

    def _start(self, size: int, work: Work, lifeline: int) -> None:
        context = multiprocessing.get_context("fork")
        for number in range(size):
            reader, writer = context.Pipe(duplex=False)
            others = [worker.reader for worker in self._workers]
            process = context.Process(
                target=_work,
                kwargs={
                    "work": work,
                    "number": number,
                    "writer": writer,
                    "not_mine": (reader, *others),
                    "lifeline": lifeline,
                    "kept": self._lifeline,
                    "interrupt": self._interrupt,
                },
                name=f"oagen-{number + 1}",
            )
            process.start()
            writer.close()
            self._workers.append(_Worker(number=number, process=process, reader=reader))

    @property
    def pids(self) -> tuple[int, ...]:
        """The workers' process ids."""
        return tuple(worker.process.pid or 0 for worker in self._workers)

    def run(self) -> Generator[Event]:
        """Yield what happens, as one campaign; the last event is `Finished`.

        Raises:
            OagenError: What ended a worker before it began.
            WorkerFailed: A worker met a fault of oagen.
        """
        try:
            while True:
                try:
                    yield from self._events()
                    break
                except KeyboardInterrupt:
                    if self._interrupted:
                        break
                    self._interrupted = True
                    self._tell_to_end()
            if self._error is not None and not self._started:
                raise self._error
            yield self.so_far(self._stop())
        finally:
            self.close()

    def so_far(self, stop: Stop = Stop.UNFINISHED) -> Finished:
        """Return what all workers have come to."""
        ends = [worker.finished or _end_of(worker, stop) for worker in self._workers]
        whole = joined_ends(ends)
        return Finished(
            stop=stop,
            requests=whole.requests,
            seconds=whole.seconds,
            responses=whole.responses,
            findings=whole.findings,
            withheld=whole.withheld,
        )

    def _stop(self) -> Stop:
        if self._interrupted:
            return Stop.INTERRUPTED
        ends = [worker.finished for worker in self._workers if worker.finished is not None]
        return joined_ends(ends).stop if ends else Stop.KILLED

    def _events(self) -> Iterator[Event]:
        """Yield events until no worker is left, or the time for last words is over.

        Raises:
            KeyboardInterrupt: Somebody has asked for the end.
        """
        until = time.monotonic() + _LAST_WORDS if self._interrupted else float("inf")
        while (left := {worker.reader: worker for worker in self._workers if not worker.gone}) and (
            time.monotonic() < until
        ):
            self._interrupt.check()
            for reader in wait(list(left), timeout=_ROUND):
                worker = left[reader]  # type: ignore[index]  # only connections are waited for
                try:
                    message = worker.reader.recv()
                except (EOFError, OSError):
                    yield from self._farewell(worker)
                    continue
                yield from self._heard(worker, message)

    def _heard(self, worker: _Worker, message: Any) -> Iterator[Event]:
        if isinstance(message, OagenError):
            self._error = self._error or message
            if self._started:
                yield from self._notice(f"worker {worker.number + 1} ended: {message.message}")
            return
        if isinstance(message, str):
            raise WorkerFailed(f"worker {worker.number + 1} failed:\n{message}")
        event, worker.responses = message
        match event:
            case Started():
                if not self._started:
                    self._started = True
                    yield event
            case Progress():
                worker.progress = event
                yield self._progress()
            case Found():
                yield from self._found(worker, event)
            case Noticed():
                yield from self._notice(event.message)
            case Finished():
                worker.finished = event

    def _found(self, worker: _Worker, event: Found) -> Iterator[Event]:
        finding = event.finding
        name = finding.fingerprint
        others = [other.findings[name] for other in self._workers if name in other.findings]
        worker.findings[name] = finding
        if not others:
            yield Found(finding=finding)
        elif all(is_better(finding, other) for other in others):
            yield Found(finding=finding, again=True)

    def _notice(self, message: str) -> Iterator[Event]:
        if message not in self._told:
            self._told.add(message)
            yield Noticed(message=message)

    def _progress(self) -> Progress:
        parts = [worker.progress for worker in self._workers if worker.progress is not None]
        names = {name for worker in self._workers for name in worker.findings}
        responses = joined_responses(worker.responses for worker in self._workers)
        return joined_progress(parts, responses, operations=self._operations, findings=len(names))

    def _farewell(self, worker: _Worker) -> Iterator[Event]:
        worker.gone = True
        worker.process.join(_ROUND)
        if worker.finished is None and self._error is None and not self._interrupted:
            code = worker.process.exitcode or 0
            how = f"by {signal.Signals(-code).name}" if code < 0 else f"with {code}"
            yield from self._notice(f"worker {worker.number + 1} was ended {how}; the others go on")

    def _tell_to_end(self) -> None:
        for worker in self._workers:
            if not worker.gone:
                worker.process.terminate()

    def close(self) -> None:
        """Leave no process behind; whoever starts a crew calls this, since `run` may never be begun."""
        if self._closed:
            return
        self._closed = True
        for worker in self._workers:
            worker.reader.close()
        with contextlib.suppress(OSError):
            os.close(self._lifeline)
        until = time.monotonic() + _ROUND
        for worker in self._workers:
            worker.process.join(max(until - time.monotonic(), 0) if worker.gone else 0)
            if worker.process.is_alive():
                worker.process.kill()
            worker.process.join()


def _end_of(worker: _Worker, stop: Stop) -> Finished:
    """Return what is known of a worker that has not told its end."""
    progress = worker.progress
    return Finished(
        stop=stop,
        requests=sum(count for counts in worker.responses.values() for count in counts.values()),
        seconds=progress.seconds if progress else 0.0,
        responses=worker.responses,
        findings=joined_findings(worker.findings.values()),
    )


def preload() -> None:
    """Import what every worker needs, so that they share it."""
    import hypothesis  # noqa: F401
    import schemathesis  # noqa: F401


def settle(store: Store, run: int, finished: Finished, *, known: Collection[str]) -> None:
    """Have the store tell of a campaign what all workers have found together.

    Args:
        known: Fingerprints that it had before.
    """
    for finding in finished.findings:
        store.record(finding, run)
    names = {finding.fingerprint for finding in finished.findings}
    for name in {finding.fingerprint for finding in store.met(run)} - names - set(known):
        store.forget(name)  # one worker has struck it out, another had met it, too
    store.finish_run(run, stop=finished.stop.value, requests=finished.requests, seconds=finished.seconds)


# -- in the worker's process ------------------------------------------------------------------------------------------


def _work(
    *,
    work: Work,
    number: int,
    writer: Connection,
    not_mine: tuple[Connection, ...],
    lifeline: int,
    kept: int,
    interrupt: Interrupt,
) -> None:
    os.close(kept)
    for reader in not_mine:
        reader.close()
    signal.signal(signal.SIGINT, _ignore)  # SIG_IGN would be inherited by what a restart command starts
    signal.signal(signal.SIGTERM, lambda *_arguments: interrupt.ask())
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True, name="oagen-lifeline").start()
    try:
        _tell_all(work(number), writer, interrupt)
    except (BrokenPipeError, KeyboardInterrupt):
        pass
    except OagenError as error:
        writer.send(error)
    except BaseException:  # noqa: BLE001 - the other process tells it
        writer.send(traceback.format_exc())
    finally:
        os._exit(0)


def _tell_all(events: Generator[tuple[Event, Responses]], writer: Connection, interrupt: Interrupt) -> None:
    """Tell events until there are no more; where the end is asked for between two of them, the second is told of it."""
    with contextlib.closing(events) as generator:
        try:
            for item in generator:
                writer.send(item)
                interrupt.check()
        except KeyboardInterrupt:
            with contextlib.suppress(StopIteration):
                writer.send(generator.throw(KeyboardInterrupt))
                for item in generator:
                    writer.send(item)


def _ignore(*_arguments: object) -> None:
    """Leave Ctrl-C to the other process."""


def _end_with(lifeline: int) -> None:
    """End this process when the one that started it has ended, however it did."""
    with contextlib.suppress(OSError):
        os.read(lifeline, 1)
    os._exit(1)
