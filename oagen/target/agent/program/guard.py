"""A guard that lets nothing out: no socket, no database, no subprocess, no mail, no file written."""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import Any, Callable

from . import capture

_REFUSED = frozenset(
    {
        "socket.connect",
        "socket.getaddrinfo",
        "socket.gethostbyname",
        "socket.sendto",
        "subprocess.Popen",
        "os.system",
        "os.exec",
        "os.posix_spawn",
        "os.fork",
        "os.forkpty",
        "os.remove",
        "os.rename",
        "os.rmdir",
        "os.mkdir",
        "os.truncate",
        "shutil.rmtree",
        "shutil.copyfile",
        "shutil.move",
        "sqlite3.connect",
        "smtplib.connect",
        "ftplib.connect",
        "urllib.Request",
    }
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_DRIVERS = (
    ("psycopg2", "connect"),
    ("psycopg", "connect"),
    ("psycopg.Connection", "connect"),
    ("psycopg.AsyncConnection", "connect"),
    ("MySQLdb", "connect"),
    ("pyodbc", "connect"),
    ("oracledb", "connect"),
    ("asyncpg", "connect"),
    ("aiosqlite", "connect"),
)
"""Ways into drivers written in C, which raise no audit event of their own."""


class BlockedError(Exception):
    """What is raised where the guard stands in the way."""


class Blocked:
    """Something that was held back.

    Attributes:
        event: What was tried, as Python audits it.
        frames: Where, innermost first, each with the line it was at.
        of_request: It was tried for a request, and not by something that runs beside.
        handling: The exception that was being handled then, such as one that is reported somewhere.
    """

    def __init__(self, event: str, frames: list[tuple[FrameType, int]]) -> None:
        self.event = event
        self.frames = frames
        self.of_request = capture.in_request()
        self.handling = _handled(sys.exc_info()[1])


class Guard:
    """Holds I/O back while it is armed.

    Attributes:
        look: Called with the frames of what is held back first, while its objects are as they were.
    """

    def __init__(self) -> None:
        self.armed = False
        self.blocked: list[Blocked] = []
        self.look: Callable[[list[tuple[FrameType, int]]], None] = lambda _: None
        self._installed = False

    def install(self) -> None:
        """Begin to listen; an audit hook stays until the process ends."""
        if not self._installed:
            self._installed = True
            sys.addaudithook(self._audit)

    def arm(self) -> None:
        """Hold back what is tried from now on."""
        self.blocked = []
        self._wrap_drivers()
        self.armed = True

    def disarm(self) -> list[Blocked]:
        """Let everything through again; return what was held back, the first one first."""
        self.armed = False
        blocked, self.blocked = self.blocked, []
        return blocked

    def refuse(self, event: str) -> None:
        """Hold something back.

        Raises:
            BlockedError: Always.
        """
        frames = stack_of(sys._getframe(1))  # noqa: SLF001 - the only way to the caller
        self.blocked.append(Blocked(event, frames))
        if self.blocked[-1].of_request and sum(each.of_request for each in self.blocked) == 1:
            self.armed = False
            self.look(frames)
            self.armed = True
        raise BlockedError(event)

    def _audit(self, event: str, arguments: Any) -> None:
        if not self.armed:
            return
        if event == "open":
            if _writes(arguments):
                self.refuse("open")
        elif event in _REFUSED and not _imports(arguments):
            self.refuse(event)

    def _wrap_drivers(self) -> None:
        """Stand before the connections that are open already, and before drivers that raise no events."""
        for place, name in _DRIVERS:
            module, _, inner = place.partition(".")
            owner: Any = sys.modules.get(place) or sys.modules.get(module)
            if inner and owner is not sys.modules.get(place):
                owner = getattr(owner, inner, None)
            self._wrap(owner, name)
        self._watch_sqlalchemy()
        wrapper = getattr(sys.modules.get("django.db.backends.utils"), "CursorWrapper", None)
        for name in ("execute", "executemany", "callproc"):
            self._wrap(wrapper, name)

    def _watch_sqlalchemy(self) -> None:
        engine = getattr(sys.modules.get("sqlalchemy.engine"), "Engine", None)
        event = getattr(sys.modules.get("sqlalchemy"), "event", None)
        if engine is None or event is None or getattr(engine, "oagen_guard", None) is self:
            return
        engine.oagen_guard = self

        def before(*_: Any) -> None:
            if self.armed:
                self.refuse("sqlalchemy.execute")

        event.listen(engine, "before_cursor_execute", before)

    def _wrap(self, owner: Any, name: str) -> None:
        original = getattr(owner, "__dict__", {}).get(name)
        if original is None or hasattr(original, "oagen_guard") or isinstance(original, (staticmethod, classmethod)):
            return

        def guarded(*arguments: Any, **keywords: Any) -> Any:
            if self.armed:
                self.refuse(f"{getattr(owner, '__name__', '')}.{name}")
            return original(*arguments, **keywords)

        guarded.oagen_guard = self  # type: ignore[attr-defined]
        setattr(owner, name, guarded)


def _handled(error: BaseException | None) -> BaseException | None:
    """Return the exception that came first, of those that led to one another; None where the guard is behind it."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        error = error.__cause__ or error.__context__
    return None if not seen or any(isinstance(each, BlockedError) for each in seen) else seen[0]


def stack_of(frame: FrameType | None) -> list[tuple[FrameType, int]]:
    """Return the frames from here outwards with their lines, across a switch of greenlets."""
    frames = []
    while frame is not None:
        frames.append((frame, frame.f_lineno))
        frame = frame.f_back
    current: Callable[[], Any] | None = getattr(sys.modules.get("greenlet"), "getcurrent", None)
    if current is not None:
        parent = current().parent
        while parent is not None:
            outer = parent.gr_frame
            while outer is not None:
                frames.append((outer, outer.f_lineno))
                outer = outer.f_back
            parent = parent.parent
    return frames


def _writes(arguments: Any) -> bool:
    """Tell whether a file is opened to be written, other than by the interpreter for itself."""
    path, mode, flags = (*arguments, None, None, None)[:3]
    writing = any(letter in mode for letter in "wax+") if isinstance(mode, str) else bool((flags or 0) & _WRITING)
    if not writing or isinstance(path, int):
        return False
    text = os.fsdecode(path) if isinstance(path, (str, bytes)) else str(path)
    return text != os.devnull and "__pycache__" not in text


def _imports(arguments: Any) -> bool:
    """Tell whether the interpreter keeps compiled modules."""
    return bool(arguments) and isinstance(arguments[0], str) and "__pycache__" in arguments[0]
