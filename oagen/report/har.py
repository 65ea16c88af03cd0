"""What was sent and answered as HAR 1.2, written request by request."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import functools
import http
import json
import re
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, quote

from oagen import __version__
from oagen.errors import OutputError
from oagen.findings.redaction import REDACTED, Redaction, is_telling
from oagen.scenario.wire import WireRequest
from oagen.target.ahead import UnderWay, begin, room_ahead
from oagen.target.model import Answer, SendFailure, Target
from oagen.target.together import send_together

_locking: ModuleType | None
if sys.platform == "win32":
    _locking = None
else:
    import fcntl as _locking

_HEAD = (
    '{"log":{"version":"1.2","creator":{"name":"oagen","version":"' + __version__ + '"},"pages":[],"entries":[\n'
).encode()
_TAIL = b"\n]}}\n"
_LARGEST_SENT = 64 * 1024  # bytes of a body that are kept
_LARGEST_ANSWER = 8 * 1024
_ROOM = 256 * 1024 * 1024
"""Bytes of a file beyond which only server errors, and requests without an answer, are added."""

_SERVER_ERROR = 500
_MEMBER = re.compile(r'("(?:[^"\\]|\\.)*"\s*:\s*)"((?:[^"\\]|\\.)+)"')
_ARGUMENT = re.compile(r"([?&])([^=&]*)=([^&]+)")
_URL = "/:?#[]@!$&'()*+,;=%~"


class HarFile:
    """A HAR file that is complete after each entry, so that whoever writes it may be killed.

    Several processes may write the same one: it is locked while an entry is put before its end.

    Args:
        path: The file.
        redaction: Knows the secrets of the run.
        origin: `http://127.0.0.1:8000`, in front of each request's target.
        fresh: Begin it anew; else go on with what another process has begun.

    Raises:
        OutputError: It can't be written.
    """

    def __init__(self, path: Path, redaction: Redaction, *, origin: str, fresh: bool = True, room: int = _ROOM) -> None:
        self._path = path
        self._redaction = redaction
        self._origin = origin
        self._room = room
        self._lock = threading.Lock()
        self._broken = False
        with self._explained():
            self._file = path.open("w+b" if fresh else "r+b", buffering=0)
            if fresh:
                self._file.write(_HEAD + _TAIL)

    def add(self, request: WireRequest, outcome: Answer | SendFailure) -> None:
        """Write one exchange; after the first that can't be written, none.

        Raises:
            OutputError: It can't be written.
        """
        if self._broken:
            return
        entry = self._text(_entry(request, outcome, self._origin)).encode("ascii")
        with self._lock, self._explained(), self._alone():
            end = self._file.seek(0, 2) - len(_TAIL)
            if end > self._room and isinstance(outcome, Answer) and outcome.status < _SERVER_ERROR:
                return
            self._file.seek(end)
            self._file.write((b"" if end <= len(_HEAD) else b",\n") + entry + _TAIL)

    def again(self) -> HarFile:
        """Return the same file for another process."""
        return HarFile(self._path, self._redaction, origin=self._origin, fresh=False, room=self._room)

    def close(self) -> None:
        """Close the file; what is added later is left out."""
        self._broken = True
        self._file.close()

    def _text(self, entry: dict[str, Any]) -> str:
        text = json.dumps(entry, separators=(",", ":"), ensure_ascii=True)
        if self._redaction.concerns(text):
            text = json.dumps(self._redaction.value(entry), separators=(",", ":"), ensure_ascii=True)
        return text

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        if _locking is None:
            yield
            return
        _locking.flock(self._file, _locking.LOCK_EX)
        try:
            yield
        finally:
            _locking.flock(self._file, _locking.LOCK_UN)

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self._broken = True
            raise OutputError(f"the report {self._path} can't be written: {error.strerror}") from error


class RecordingTarget:
    """A target whose exchanges go into a HAR file; one that can't be written any more does not keep it from sending."""

    def __init__(self, target: Target, har: HarFile) -> None:
        self._target = target
        self.room_ahead = room_ahead(target)
        self._har = har

    def send(self, request: WireRequest, *, timeout: float | None = None) -> Answer:
        """Return the answer to a request; raises as the target does."""
        return self.begin(request, timeout=timeout).answer()

    def begin(self, request: WireRequest, *, timeout: float | None = None) -> UnderWay:
        """Send a request and return without its answer."""
        try:
            sent = begin(self._target, request, timeout=timeout)
        except SendFailure as failure:
            self._add(request, failure)
            raise
        return UnderWay(lambda: self._recorded(request, sent))

    def _recorded(self, request: WireRequest, sent: UnderWay) -> Answer:
        try:
            answer = sent.answer()
        except SendFailure as failure:
            self._add(request, failure)
            raise
        self._add(request, answer)
        return answer

    def send_together(
        self, requests: Sequence[WireRequest], *, timeout: float | None = None
    ) -> tuple[Answer | SendFailure, ...]:
        """Return what came of each of the requests sent at the same moment."""
        outcomes = send_together(self._target, requests, timeout=timeout)
        for request, outcome in zip(requests, outcomes, strict=True):
            self._add(request, outcome)
        return outcomes

    def close(self) -> None:
        """Close the target."""
        self._target.close()

    def _add(self, request: WireRequest, outcome: Answer | SendFailure) -> None:
        with contextlib.suppress(OutputError):
            self._har.add(request, outcome)


def _entry(request: WireRequest, outcome: Answer | SendFailure, origin: str) -> dict[str, Any]:
    answer = outcome if isinstance(outcome, Answer) else None
    milliseconds = round(answer.seconds * 1000, 3) if answer is not None else 0
    started = dt.datetime.now(dt.UTC) - dt.timedelta(milliseconds=milliseconds)
    entry = {
        "startedDateTime": started.isoformat(timespec="milliseconds"),
        "time": milliseconds,
        "request": _request(request, origin),
        "response": _response(answer),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
    }
    if isinstance(outcome, SendFailure):
        entry["comment"] = _text(f"{outcome.kind.value}: {outcome.message}")
    return entry


def _request(request: WireRequest, origin: str) -> dict[str, Any]:
    target = request.target if request.target.startswith("/") else f"/{request.target}"
    shown: dict[str, Any] = {
        "method": _text(request.method),
        "url": origin + _ARGUMENT.sub(_argument, quote(target.encode("utf-8", "replace"), safe=_URL)),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(request.headers),
        "queryString": [
            {"name": _text(name), "value": REDACTED if is_telling(name) else _text(value)}
            for name, value in parse_qsl(target.partition("?")[2], keep_blank_values=True, errors="replace")
        ],
        "headersSize": -1,
        "bodySize": len(request.body or b""),
    }
    if request.body is not None:
        media_type = next((value for name, value in request.headers if name.lower() == "content-type"), "")
        text, encoded, cut = _content(request.body, _LARGEST_SENT)
        shown["postData"] = {"mimeType": _text(media_type), "params": [], "text": text}
        if notes := [note for note, told in (("base64", encoded), ("cut off", cut)) if told]:
            shown["postData"]["comment"] = ", ".join(notes)
    return shown


def _response(answer: Answer | None) -> dict[str, Any]:
    content: dict[str, Any] = {"size": 0, "mimeType": "x-unknown"}
    status, phrase, location, size = 0, "", "", -1
    headers: tuple[tuple[str, str], ...] = ()
    if answer is not None:
        text, encoded, cut = _content(answer.body, _LARGEST_ANSWER)
        content = {
            "size": len(answer.body),
            "mimeType": _text(answer.header("Content-Type") or "x-unknown"),
            "text": text if encoded else _MEMBER.sub(_member, text),
        }
        if encoded:
            content["encoding"] = "base64"
        if cut or answer.truncated:
            content["comment"] = "cut off"
        status, headers, size = answer.status, answer.headers, len(answer.body)
        phrase, location = _phrase(status), _text(answer.header("Location") or "")
    return {
        "status": status,
        "statusText": phrase,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(headers),
        "content": content,
        "redirectURL": location,
        "headersSize": -1,
        "bodySize": size,
    }


def _headers(headers: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": _text(name), "value": REDACTED if is_telling(name) else _text(value)} for name, value in headers]


def _content(body: bytes, largest: int) -> tuple[str, bool, bool]:
    """Return a body as text, whether that is base64, and whether it is cut off."""
    part = body[:largest]
    try:
        return part.decode("utf-8"), False, len(body) > largest
    except UnicodeDecodeError as error:
        if len(body) > largest and error.start > largest - 4:  # cut within a character
            return part[: error.start].decode("utf-8"), False, True
    return base64.b64encode(part).decode("ascii"), True, len(body) > largest


def _member(found: re.Match[str]) -> str:
    """Return a member of a JSON object, its value redacted where its name tells: a token that an answer gives."""
    return f'{found[1]}"{REDACTED}"' if is_telling(found[1]) else found[0]


def _argument(found: re.Match[str]) -> str:
    """Return an argument in a query, its value redacted where its name tells."""
    return f"{found[1]}{found[2]}={quote(REDACTED)}" if is_telling(found[2]) else found[0]


def _text(text: str) -> str:
    """Return text without lone surrogates, which no JSON reader need accept."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


@functools.lru_cache
def _phrase(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return ""
