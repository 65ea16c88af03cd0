"""One name for one fault."""

from __future__ import annotations

import ast
import functools
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from oagen.findings.frameworks import FRAMEWORKS
from oagen.findings.normalising import normalise
from oagen.findings.tracebacks import Frame, Traceback
from oagen.target.caught import CaughtException, CaughtFrame

_LIBRARY = re.compile(r".*[/\\](?:site|dist)-packages[/\\]")
_STANDARD = re.compile(
    r".*[/\\]lib[/\\]python\d[\d.]*[/\\]|.*Python\d+[/\\]Lib[/\\]|.*[/\\](?:bin|Scripts)[/\\][^/\\.]+(?:\.exe)?$|<"
)
_GROUPS = frozenset({"ExceptionGroup", "BaseExceptionGroup"})
_WORD = re.compile(r"[a-z]{3,}")
_GENERIC = frozenset(
    {
        *("about", "address", "again", "apache", "app", "blank", "body", "center", "code", "connection", "content"),
        *("currently", "date", "detail", "details", "div", "error", "errors", "exception", "false", "fault"),
        *("hash", "head", "hint", "host", "html", "http", "https", "implemented", "instance", "internal", "issue"),
        *("json", "later", "length", "message", "messages", "meta", "name", "nginx", "not", "null", "number"),
        *("path", "please", "problem", "reason", "response", "responses", "rfc", "server", "service", "span"),
        *("status", "strong", "success", "temporarily", "text", "the", "this", "time", "timestamp", "title"),
        *("true", "try", "type", "unavailable", "uuid", "value", "with"),
    }
)
"""Words of an answer that says no more than its status."""

_RECURSION = 3  # times the same function is on the stack


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """What makes a fault this fault.

    Attributes:
        identity: Short and stable; lines added above the frame change nothing.
        exception: Type of the exception; None where only the answer is known.
        frame: `shop/orders.py:41`, innermost of the application; None where only the answer is known.
        message: The normalised message or body.
        exact: Whether a traceback, or the promise that is broken, tells it apart from other faults of the operation.
    """

    identity: str
    exception: str | None = None
    frame: str | None = None
    message: str = ""
    exact: bool = False


def decisive(tracebacks: Sequence[Traceback]) -> Traceback | None:
    """Return the one of several tracebacks of a request that names its fault best.

    Servers print an exception twice, or once more inside a group: the last one with a frame of the application.
    """
    plain = [item for item in tracebacks if item.last.exception not in _GROUPS] or list(tracebacks)
    own = [item for item in plain if application_frame(item) is not None]
    return (own or plain)[-1] if plain else None


def of_traceback(traceback: Traceback) -> Fingerprint:
    """Return the fingerprint of what escaped: exception type and innermost frame of the application."""
    frame = application_frame(traceback)
    exception = traceback.last.exception
    if frame is None:
        deepest = traceback.last.frames[-1]
        key, shown = (_short(deepest.file), deepest.function, deepest.code), f"{_short(deepest.file)}:{deepest.line}"
    else:
        key, shown = (
            (_short(frame.file), frame.function, place_in_function(frame)),
            f"{_short(frame.file)}:{frame.line}",
        )
    return Fingerprint(
        identity=_digest(exception, *key),
        exception=exception,
        frame=shown,
        message=normalise(traceback.last.message),
        exact=True,
    )


def of_caught(caught: CaughtException) -> Fingerprint:
    """Return the fingerprint of an exception that the application's own process reported."""
    exception = caught.type.rpartition(".")[2]
    frame = caught.innermost
    if frame is None and caught.frames:
        frame = caught.frames[-1]
    if frame is None:
        return Fingerprint(
            identity=_digest(exception), exception=exception, message=normalise(caught.message), exact=True
        )
    place = f"+{frame.line - frame.first}" if frame.first else str(frame.line)
    return Fingerprint(
        identity=_digest(exception, _short(frame.file), frame.function, place),
        exception=exception,
        frame=f"{_short(frame.file)}:{frame.line}",
        message=normalise(caught.message),
        exact=True,
    )


def of_answer(operation: str, status: int, body: str, values: Iterable[str] = ()) -> Fingerprint:
    """Return the fingerprint of an answer whose traceback nobody saw."""
    message = normalise(body, values)
    return Fingerprint(identity=_digest(operation, str(status), message), message=message)


def of_missing(kind: str, status: int, fingerprint: Fingerprint) -> Fingerprint | None:
    """Return the fingerprint of something that the server lacks, such as a configuration, for all its operations.

    What is not implemented or not available (501, 503) is one fault however many operations say so, provided that they
    say the same: by exception and message, or by the message alone. None where the message tells nothing.

    Args:
        kind: Whether the operation documents the status or not.
        fingerprint: The one of the operation, or of the line.
    """
    if not set(_WORD.findall(fingerprint.message.lower())) - _GENERIC:
        return None
    identity = _digest(kind, str(status), fingerprint.exception or "", fingerprint.message)
    return replace(fingerprint, identity=identity)


def of_silence(operation: str, kind: str, message: str = "") -> Fingerprint:
    """Return the fingerprint of a request that got no answer: one a kind and operation."""
    return Fingerprint(identity=_digest(operation, kind), message=normalise(message))


def of_stuck(kind: str, where: CaughtFrame, message: str = "") -> Fingerprint:
    """Return the fingerprint of a request without an answer where the application's own process tells its place.

    A loop is met on any of its lines, so that the function is the place.
    """
    return Fingerprint(
        identity=_digest(kind, _short(where.file), where.function),
        frame=f"{_short(where.file)}:{where.line}",
        message=normalise(message),
        exact=True,
    )


def of_promise(kind: str, *parts: str, message: str) -> Fingerprint:
    """Return the fingerprint of a promise that an answer breaks.

    Args:
        kind: Which kind of promise.
        parts: What tells it apart from others: its place in the document, the operation and status.
        message: What is wrong, as it was met.
    """
    return Fingerprint(identity=_digest(kind, *parts), message=message, exact=True)


def application_frame(traceback: Traceback) -> Frame | None:
    """Return the innermost frame of the application, in the last exception of the chain that has one.

    Code outside of any `site-packages` and of Python's own library is the application's. An application that is
    itself installed there is the package that the web framework called: the outermost one that is no framework.
    A recursion without end is named by the first function that repeats, since its depth is chance.
    """
    for raised in reversed(traceback.chain):
        own = [frame for frame in raised.frames if not _LIBRARY.match(frame.file) and not _STANDARD.match(frame.file)]
        if not own:
            packages = [(frame, _package(frame.file)) for frame in raised.frames]
            outermost = next((name for _, name in packages if name and name not in FRAMEWORKS), None)
            own = [frame for frame, name in packages if name is not None and name == outermost]
        if own:
            calls = Counter((frame.file, frame.function) for frame in own)
            repeated = [frame for frame in own if calls[frame.file, frame.function] >= _RECURSION]
            return repeated[0] if raised.exception == "RecursionError" and repeated else own[-1]
    return None


def place_in_function(frame: Frame) -> str:
    """Return where in its function a frame is: the line counted from `def`, else the text of the source line.

    The file is asked only where it is on this machine and still has that line.
    """
    start = _function_start(frame.file, frame.line, frame.function.rpartition(".")[2], frame.code)
    return f"+{frame.line - start}" if start is not None else frame.code or str(frame.line)


@functools.lru_cache(maxsize=512)
def _function_start(file: str, line: int, function: str, code: str) -> int | None:
    source = _source(file)
    if source is None or not code or not 0 < line <= len(source[0]) or source[0][line - 1].strip() != code:
        return None
    starts = [first for name, first, last in source[1] if name == function and first <= line <= last]
    return max(starts, default=None)


@functools.lru_cache(maxsize=64)
def _source(file: str) -> tuple[list[str], list[tuple[str, int, int]]] | None:
    """Return a file's lines, and name, first and last line of its functions; None where it can't be read."""
    path = Path(file)
    if path.suffix != ".py" or not path.is_absolute():
        return None
    try:
        text = path.read_text("utf-8")
        tree = ast.parse(text)
    except (OSError, ValueError, SyntaxError, RecursionError):
        return None
    functions = [
        (node.name, node.lineno, node.end_lineno or node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return text.split("\n"), functions


def _package(file: str) -> str | None:
    """Return the top-level package of an installed file; None for a file of Python itself."""
    found = _LIBRARY.match(file)
    if found is None:
        return None
    return re.split(r"[/\\]", file[found.end() :])[0].removesuffix(".py")


def _short(file: str) -> str:
    """Return a file's name from its package on, or its last three parts: the same on every machine."""
    if found := _LIBRARY.match(file):
        return file[found.end() :].replace("\\", "/")
    return "/".join(re.split(r"[/\\]", file)[-3:])


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:12]
