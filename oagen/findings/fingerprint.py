"""One name for one fault."""

from __future__ import annotations

import ast
import functools
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from oagen.findings.frameworks import FRAMEWORKS
from oagen.findings.import_roots import import_root
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
_F = TypeVar("_F", Frame, CaughtFrame)


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


def beside(tracebacks: Sequence[Traceback], printed: Traceback) -> Iterator[Traceback]:
    """Yield the tracebacks of a request that name other faults of the application than the decisive one.

    A server that handles one exception, says so in its log, and then meets another one has two faults. What is printed
    twice, leads to the other one in its chain, or holds it in a group, is the same fault.

    Args:
        printed: The decisive one.
    """
    known = _links(printed)
    for item in tracebacks:
        links = _links(item)
        if item.last.exception not in _GROUPS and application_frame(item) is not None and known.isdisjoint(links):
            yield item
        known |= links


def _links(traceback: Traceback) -> set[str]:
    """Return what identifies each exception of a chain."""
    return {of_traceback(replace(traceback, chain=(raised,))).identity for raised in traceback.chain}


def of_traceback(traceback: Traceback) -> Fingerprint:
    """Return the fingerprint of what escaped: exception type and innermost frame of the application."""
    frame = application_frame(traceback)
    exception = traceback.last.exception
    if frame is None:
        deepest = traceback.last.frames[-1]
        key, shown = (_short(deepest.file), deepest.function, deepest.code), f"{_short(deepest.file)}:{deepest.line}"
    else:
        key, shown = (_short(frame.file), *place_in_function(frame)), f"{_short(frame.file)}:{frame.line}"
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
    own = [frame for frame in caught.frames if frame.application] or list(caught.frames[-1:])
    frame = _telling(own, exception)
    if frame is None:
        return Fingerprint(
            identity=_digest(exception), exception=exception, message=normalise(caught.message), exact=True
        )
    place = f"+{frame.line - frame.first}" if frame.first else str(frame.line)
    return Fingerprint(
        identity=_digest(exception, _short(frame.file), _qualified(frame), place),
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
        identity=_digest(kind, _short(where.file), _qualified(where)),
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
            return _telling(own, raised.exception)
    return None


def _telling(own: Sequence[_F], exception: str) -> _F | None:
    """Return the frame that names a fault: the innermost, of a recursion without end the first that repeats."""
    if exception == "RecursionError":
        calls = Counter((frame.file, frame.function) for frame in own)
        repeated = next((frame for frame in own if calls[frame.file, frame.function] >= _RECURSION), None)
        if repeated is not None:
            return repeated
    return own[-1] if own else None


def place_in_function(frame: Frame) -> tuple[str, str]:
    """Return a frame's function, and where in it the frame is.

    That is the qualified name and the line counted from the first one of the function; where the file is not on this
    machine, or does not have that line any more, the name as printed and the text of the source line.
    """
    name = frame.function.rpartition(".")[2]
    found = _function_at(frame.file, frame.line, name, frame.code) if frame.code else None
    if found is None:
        return frame.function, frame.code or str(frame.line)
    return found[0], f"+{frame.line - found[1]}"


def _qualified(frame: CaughtFrame) -> str:
    """Return a function's qualified name, `Orders.get`, where its process has told its name alone."""
    if "." in frame.function:
        return frame.function
    found = _function_at(frame.file, frame.line, frame.function)
    return frame.function if found is None or frame.first not in (0, found[1]) else found[0]


@functools.lru_cache(maxsize=512)
def _function_at(file: str, line: int, name: str, code: str | None = None) -> tuple[str, int] | None:
    """Return the qualified name and the first line of the function of this name around a line of a file.

    Args:
        code: What the line has to hold, so that the file is known to be the one that ran.
    """
    source = _source(file)
    if source is None or not 0 < line <= len(source[0]):
        return None
    if code is not None and source[0][line - 1].strip() != code:
        return None
    around = [
        (qualified, first)
        for qualified, first, last in source[1]
        if qualified.rpartition(".")[2] == name and first <= line <= last
    ]
    return max(around, key=lambda item: item[1], default=None)


@functools.lru_cache(maxsize=64)
def _source(file: str) -> tuple[list[str], list[tuple[str, int, int]]] | None:
    """Return a file's lines, and qualified name, first and last line of its functions; None where it can't be read."""
    path = Path(file)
    if path.suffix != ".py" or not path.is_absolute():
        return None
    try:
        text = path.read_text("utf-8")
        tree = ast.parse(text)
    except (OSError, ValueError, SyntaxError, RecursionError):
        return None
    return text.split("\n"), list(_functions(tree))


def _functions(tree: ast.Module) -> Iterator[tuple[str, int, int]]:
    """Yield the functions of a module as Python names them (PEP 3155), decorators being their first lines."""
    waiting: list[tuple[str, ast.AST]] = [("", tree)]
    while waiting:
        prefix, parent = waiting.pop()
        for node in ast.iter_child_nodes(parent):
            inside = prefix
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = min([node.lineno, *(item.lineno for item in node.decorator_list)])
                yield prefix + node.name, first, node.end_lineno or node.lineno
                inside = f"{prefix}{node.name}.<locals>."
            elif isinstance(node, ast.ClassDef):
                inside = f"{prefix}{node.name}."
            waiting.append((inside, node))


def _package(file: str) -> str | None:
    """Return the top-level package of an installed file; None for a file of Python itself."""
    found = _LIBRARY.match(file)
    if found is None:
        return None
    return re.split(r"[/\\]", file[found.end() :])[0].removesuffix(".py")


def _short(file: str) -> str:
    """Return a file's name as it is on every machine.

    That is from the folder on that imports name it from; its last three parts where it is not on this machine.
    """
    if found := _LIBRARY.match(file):
        return file[found.end() :].replace("\\", "/")
    path = Path(file)
    top = import_root(path.parent) if path.is_absolute() and path.is_file() else None
    return "/".join(re.split(r"[/\\]", file)[-3:]) if top is None else path.relative_to(top).as_posix()


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:12]
