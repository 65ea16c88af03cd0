"""A connection to an application behind an agent process, which is started again whenever it hangs or dies."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from oagen import __version__
from oagen.errors import TargetError
from oagen.scenario.wire import WireRequest
from oagen.target.agent.channel import ChannelClosedError, ChannelTimeoutError
from oagen.target.agent.failures import death_failure, document_failure, hang_failure, import_failure, reset_failure
from oagen.target.agent.interpreter import find_interpreter
from oagen.target.agent.options import AgentOptions
from oagen.target.agent.process import AgentProcess, Launch
from oagen.target.agent.program.files import ApplicationFiles
from oagen.target.agent.program.frames import VERSION, pack
from oagen.target.agent.reply import Ending, Reply, read_reply
from oagen.target.agent.stacks import innermost_frame

_OURS = (("Accept", "*/*"), ("User-Agent", f"oagen/{__version__}"))

MARGIN = 0.7
"""Seconds that the agent has, beyond a request's own, to say that the request hung; see `program/asgi.py`."""

ROOM_AHEAD = 3
"""Requests that may be under way: the agent, which answers one after the other, need not wait for the next."""

_SMALL = 5_000  # bytes of a frame: the pipe takes `ROOM_AHEAD` of them, whatever the agent does meanwhile

Heard = tuple[tuple[Reply, ...], Mapping[str, Any] | None]


@dataclass(slots=True, kw_only=True)
class _Told:
    """Requests that are sent in one frame, and what came of them.

    Attributes:
        timeout: Seconds for all of them.
        began: On the monotonic clock: when they were sent.
        problem: Why they could not be sent.
    """

    frame: bytes
    count: int
    is_trial: bool
    timeout: float
    began: float = 0.0
    problem: ChannelTimeoutError | ChannelClosedError | None = None
    outcome: Heard | TargetError | None = None


class AgentConnection:
    """An application in a process of its own, started again whenever it hangs or dies.

    Args:
        app: `package.module:attribute` or `package.module:factory()`.

    Raises:
        TargetError: The application can't be started; the message says where and the hint why.
    """

    def __init__(self, app: str, options: AgentOptions) -> None:
        folder = options.cwd.absolute()
        if not folder.is_dir():
            raise TargetError(f"{folder} is not a folder", hint="Name the folder that the application is started in.")
        self.app = app
        self._options = options
        self._folder = folder
        self._python = find_interpreter(options.python, folder)
        self._launch = Launch(
            python=self._python,
            folder=folder,
            environment=options.environment,
            log_file=options.log_file.absolute() if options.log_file else None,
        )
        given = {name.lower() for name, _ in options.headers}
        self._own_headers = [*options.headers, *(item for item in _OURS if item[0].lower() not in given)]
        self._is_application = ApplicationFiles([str(folder)])
        self._seen: dict[str, set[int]] = {}
        self._lock = threading.Lock()
        self._process: AgentProcess | None = None
        self._under_way: deque[_Told] = deque()
        self._heard_at = 0.0
        self.description: Mapping[str, Any] = {}
        self.restarts = 0
        self._hints: dict[str, Any] | None = None
        self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    @property
    def framework(self) -> str:
        """Name of the application's framework in lower case; empty where it is not a known one."""
        return str(self.description["framework"])

    @property
    def log_file(self) -> Path | None:
        """The file that takes what the application prints."""
        return self._process.log_file if self._process else self._options.log_file

    def ask(self, requests: Sequence[WireRequest], *, timeout: float) -> tuple[Reply, ...]:
        """Send requests to the application, at the same moment if there are several, and return what came of each.

        Args:
            timeout: Seconds for all of them together.

        Raises:
            TargetError: The application had to be started again, and did not start.
        """
        with self._lock:
            return self._exchange(self._packed(requests, timeout))[0]

    def begin(self, request: WireRequest, *, timeout: float) -> Callable[[], Reply]:
        """Send a request; what is returned waits for what comes of it.

        What was begun before is answered before. Up to `ROOM_AHEAD` requests are under way; the next one waits.
        """
        with self._lock:
            told = self._packed([request], timeout)
            while len(self._under_way) >= (ROOM_AHEAD if len(told.frame) <= _SMALL else 1):
                self._land()
            self._tell(told)

        def finish() -> Reply:
            with self._lock:
                return self._outcome(told)[0][0]

        return finish

    def survey(self, hints: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return which function of the application handles which operation; trials may come from then on.

        Args:
            hints: Examples by name of a field, for the values that trials put in the place of collaborators.

        Raises:
            TargetError: It hung or ended the process.
        """
        with self._lock:
            self._hints = dict(hints)
            return self._survey(self._running())

    def handlers(self) -> Sequence[Mapping[str, Any]]:
        """Return what the source of each operation's handler names: `method`, `path`, `compares`, `statuses`.

        `compares` has constants by the name of what they are compared with. Nothing where the application can't be
        looked into.
        """
        with self._lock:
            process = self._running()
            try:
                answer, _ = process.ask({"op": "handlers"}, timeout=self._options.startup_timeout)
            except (ChannelClosedError, ChannelTimeoutError):
                process.kill()
                self._process = None
                return ()
        return tuple(answer.get("handlers", ()))

    def try_out(
        self, request: WireRequest, trial: Mapping[str, Any], *, timeout: float
    ) -> tuple[Reply, Mapping[str, Any] | None]:
        """Send one request with collaborators replaced, I/O held back; return what came of it and what was seen.

        The second is None where the application was lost. `survey` comes first.

        Raises:
            TargetError: The application had to be started again, and did not start.
        """
        with self._lock:
            replies, report = self._exchange(self._packed([request], timeout, trial))
            return replies[0], report

    def document(self) -> str | None:
        """Return the document that the application makes by itself, as JSON, or None.

        Raises:
            TargetError: Making it failed, hung or ended the process.
        """
        with self._lock:
            process = self._running()
            try:
                answer, body = process.ask({"op": "document"}, timeout=self._options.startup_timeout)
            except (ChannelClosedError, ChannelTimeoutError) as error:
                process.kill()
                self._process = None
                raise TargetError(f"{self.app} made no document: its openapi() hung or ended its process") from error
        if "exception" in answer:
            raise document_failure(self.app, answer["exception"])
        return body.decode() or None

    def reset(self, suite: Path) -> None:
        """Call the function `reset` of a suite's `states.py` in the application's process.

        Raises:
            TargetError: It raised, hung or ended the process.
        """
        with self._lock:
            process = self._running()
            try:
                order = {"op": "reset", "suite": str(suite.absolute())}
                answer, _ = process.ask(order, timeout=self._options.startup_timeout)
            except (ChannelClosedError, ChannelTimeoutError) as error:
                process.kill()
                self._process = None
                raise TargetError(
                    f"reset() of {suite / 'states.py'} hung or ended the application's process"
                ) from error
        if "exception" in answer:
            raise reset_failure(suite / "states.py", answer["exception"])

    def include(self, sources: Sequence[Path]) -> None:
        """Start the application afresh, with more folders whose code is its own.

        Raises:
            TargetError: It does not start again.
        """
        with self._lock:
            self._land_all()
            self._options = replace(self._options, sources=(*self._options.sources, *sources))
            self._restart()

    def restart(self) -> None:
        """Start the application afresh: what it held in memory is lost.

        Raises:
            TargetError: It does not start again.
        """
        with self._lock:
            self._land_all()
            self._restart()

    def close(self) -> None:
        """Let the application shut down, and end its process."""
        with self._lock:
            if self._process is not None:
                self._process.stop()
                self._process = None

    # -- one request ------------------------------------------------------------------------------------------------

    def _survey(self, process: AgentProcess) -> Mapping[str, Any]:
        try:
            answer = process.ask({"op": "survey", "hints": self._hints}, timeout=self._options.startup_timeout)[0]
        except (ChannelClosedError, ChannelTimeoutError) as error:
            process.kill()
            self._process = None
            raise TargetError(f"{self.app} can't be looked into: it hung or ended its process") from error
        if "exception" in answer:
            raise TargetError(f"{self.app} can't be looked into: {answer['exception']['type']}")
        return answer

    def _packed(self, requests: Sequence[WireRequest], timeout: float, trial: Mapping[str, Any] | None = None) -> _Told:
        order: dict[str, Any] = {"op": "request", "requests": [self._header(item, timeout) for item in requests]}
        if trial is not None:
            order["trial"] = trial
        body = b"".join([request.body or b"" for request in requests])
        return _Told(frame=pack(order, body), count=len(requests), is_trial=trial is not None, timeout=timeout + MARGIN)

    def _exchange(self, told: _Told) -> Heard:
        self._land_all()
        self._tell(told)
        return self._outcome(told)

    def _tell(self, told: _Told) -> None:
        if self._process is None:
            self._start()
        self._send(told)
        self._under_way.append(told)

    def _send(self, told: _Told) -> None:
        assert self._process is not None
        told.began = time.monotonic()
        told.problem = None
        try:
            self._process.tell(told.frame, deadline=told.began + told.timeout)
        except (ChannelTimeoutError, ChannelClosedError) as error:
            told.problem = error

    def _outcome(self, told: _Told) -> Heard:
        """Wait for what comes of something told, and of all that was told before it."""
        while told.outcome is None:
            self._land()
        if isinstance(told.outcome, TargetError):
            raise told.outcome
        return told.outcome

    def _land_all(self) -> None:
        while self._under_way:
            self._land()

    def _land(self) -> None:
        """Wait for what comes of the first of what is under way."""
        told = self._under_way.popleft()
        try:
            told.outcome = self._heard(told)
        except TargetError as error:
            for lost in (told, *self._under_way):
                lost.outcome = error
            self._under_way.clear()
            raise
        finally:
            self._heard_at = time.monotonic()

    def _heard(self, told: _Told) -> Heard:
        process = self._process
        assert process is not None
        try:
            if told.problem is not None:
                raise told.problem
            answer, content = process.hear(deadline=max(told.began, self._heard_at) + told.timeout)
        except ChannelTimeoutError:
            stack = process.stack()
            return self._lost(told, Ending.HUNG, stack, ""), None
        except ChannelClosedError:
            _, how = process.exit_reason()
            stack = process.crash_stack() or process.log_tail()
            return self._lost(told, Ending.DIED, stack, how), None
        restarted = any(each.get("restart") for each in answer["answers"])
        if restarted:
            self._restart()
        replies = []
        for each in answer["answers"]:
            body, content = content[: each["size"]], content[each["size"] :]
            if "lines" in each and not told.is_trial:
                each["lines"] = self._unseen(each["lines"])
            replies.append(read_reply(each, body, self._is_application, restarted=restarted))
        return tuple(replies), answer.get("trial")

    def _header(self, request: WireRequest, timeout: float) -> dict[str, Any]:
        headers = [(_on_the_wire(name), _on_the_wire(value)) for name, value in request.headers]
        taken = {name.lower() for name, _ in headers}
        headers += [item for item in self._own_headers if item[0].lower() not in taken]
        return {
            "method": _on_the_wire(request.method),
            "target": _on_the_wire(request.target),
            "headers": headers,
            "timeout": timeout,
            "size": len(request.body or b""),
        }

    def _lost(self, told: _Told, ending: Ending, stack: str, detail: str) -> tuple[Reply, ...]:
        seconds = time.monotonic() - max(told.began, self._heard_at)
        self._restart()
        reply = Reply(
            ending=ending,
            stack=stack,
            where=innermost_frame(stack, self._is_application),
            ending_detail=detail,
            seconds=seconds,
            lines={},
            restarted=True,
        )
        return (reply,) * told.count

    def _unseen(self, lines: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
        """Leave out the lines that an earlier process of the same application has run."""
        if not self.restarts:
            for file, numbers in lines.items():
                self._seen.setdefault(file, set()).update(numbers)
            return {file: list(numbers) for file, numbers in lines.items()}
        fresh: dict[str, list[int]] = {}
        for file, numbers in lines.items():
            seen = self._seen.setdefault(file, set())
            if new := [number for number in numbers if number not in seen]:
                fresh[file] = new
                seen.update(new)
        return fresh

    # -- the process ------------------------------------------------------------------------------------------------

    def _running(self) -> AgentProcess:
        self._land_all()
        if self._process is None:
            self._start()
        assert self._process is not None
        return self._process

    def _restart(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process = None
        self.restarts += 1
        self._start()
        for told in self._under_way:  # the process that was to answer them is gone
            self._send(told)

    def _start(self) -> None:
        options = self._options
        process = AgentProcess(self._launch)
        order = {
            "version": VERSION,
            "app": self.app,
            "folder": str(self._folder),
            "coverage": options.coverage,
            "sources": [str(source.absolute()) for source in options.sources],
            "limits": asdict(options.limits),
            "needs_start_up": options.needs_start_up,
        }
        try:
            description, _ = process.ask(order, timeout=options.startup_timeout)
            self._check(description, process)
        except ChannelTimeoutError:
            stack = process.stack()
            where = innermost_frame(stack, self._is_application)
            failure = hang_failure(self.app, options.startup_timeout, stack, where, process.log_tail())
            process.kill()
            raise failure from None
        except ChannelClosedError:
            _, how = process.exit_reason()
            failure = death_failure(self.app, how, process.log_tail(), process.crash_stack())
            process.kill()
            raise failure from None
        except BaseException:
            process.kill()
            raise
        self.description = description
        self._is_application = ApplicationFiles(description["roots"])
        self._process = process
        if self._hints is not None:
            self._survey(process)

    def _check(self, description: Mapping[str, Any], process: AgentProcess) -> None:
        if description.get("version") != VERSION:
            raise TargetError(f"the agent speaks version {description.get('version')} of the protocol, not {VERSION}")
        if "failed" in description:
            raise import_failure(
                self.app, str(self._python), str(self._folder), description["failed"], process.log_tail()
            )


def _on_the_wire(text: str) -> str:
    """Return text of which each character is one byte.

    It is sent as UTF-8; a surrogate that stands for a raw byte becomes that, any other the three bytes of UTF-8.
    """
    if text.isascii():
        return text
    try:
        return text.encode("utf-8", "surrogateescape").decode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass").decode("latin-1")
