"""Exceptions as plain values: type, message, frames, and the text that Python prints."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from collections.abc import Iterator
from types import CodeType, FrameType, TracebackType
from typing import Any, Callable

MESSAGE_LIMIT = 4000
TEXT_LIMIT = 40000
FRAME_LIMIT = 40
"""Frames that are kept at each end of a traceback; a recursion error has a thousand."""


def describe(
    error: BaseException, is_application: Callable[[str], bool], links: TracebackType | None = None
) -> dict[str, Any]:
    """Return an exception as a JSON value.

    The frames go from the outermost to the innermost. A frame's `first` is the line its function begins at, so that
    `line - first` does not change with lines added above it.

    Args:
        is_application: Says whether a file is the application's own.
        links: The traceback as it was when the exception was met; its own may have been cleared since.
    """
    if links is None:
        error = sole_member(error)
        links = error.__traceback__
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    frames = [_frame(code, line, is_application) for code, line in _walk(links)]
    omitted = max(0, len(frames) - 2 * FRAME_LIMIT)
    if omitted:
        frames = frames[:FRAME_LIMIT] + frames[-FRAME_LIMIT:]
    return {
        "type": name,
        "message": _clipped(_message(error), MESSAGE_LIMIT),
        "frames": frames,
        "omitted": omitted,
        "text": _clipped(_text(error, links), TEXT_LIMIT),
    }


def sole_member(error: BaseException) -> BaseException:
    """Return what an exception group of one member is about (task groups wrap whatever fails in them)."""
    members = getattr(error, "exceptions", None)
    while isinstance(members, tuple) and len(members) == 1 and isinstance(members[0], BaseException):
        error = members[0]
        members = getattr(error, "exceptions", None)
    return error


Stack = list[tuple[CodeType, int]]


def awaited_stack(coroutine: Any) -> Stack:
    """Return where a suspended coroutine waits, outermost first."""
    stack = []
    while coroutine is not None:
        frame: FrameType | None = None
        waiting_for: Any = None
        for prefix, link in (("cr", "cr_await"), ("gi", "gi_yieldfrom"), ("ag", "ag_await")):
            frame = frame or getattr(coroutine, f"{prefix}_frame", None)
            waiting_for = waiting_for or getattr(coroutine, link, None)
        if frame is None:
            break
        stack.append((frame.f_code, frame.f_lineno))
        coroutine = waiting_for
    return stack


def thread_stacks() -> dict[int, Stack]:
    """Return where each other thread is, outermost first, by the thread's number."""
    stacks: dict[int, Stack] = {}
    for number, innermost in sys._current_frames().items():  # noqa: SLF001 - the only way to see another thread
        if number != threading.get_ident():
            stack: Stack = []
            frame: FrameType | None = innermost
            while frame is not None:
                stack.append((frame.f_code, frame.f_lineno))
                frame = frame.f_back
            stacks[number] = stack[::-1]
    return stacks


def show_stack(stack: Stack) -> str:
    """Return a stack in the way of a traceback."""
    return "".join(f'  File "{code.co_filename}", line {line}, in {code.co_name}\n' for code, line in stack)


def _walk(link: TracebackType | None) -> Iterator[tuple[CodeType, int]]:
    while link is not None:
        yield link.tb_frame.f_code, link.tb_lineno
        link = link.tb_next


def _frame(code: CodeType, line: int, is_application: Callable[[str], bool]) -> dict[str, Any]:
    return {
        "file": os.path.abspath(code.co_filename) if code.co_filename[:1] != "<" else code.co_filename,
        "line": line,
        "function": getattr(code, "co_qualname", code.co_name),
        "first": code.co_firstlineno,
        "application": is_application(code.co_filename),
    }


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an application's own __str__ may raise anything
        return "<an exception whose text can't be had>"


def _text(error: BaseException, links: TracebackType | None) -> str:
    try:
        return "".join(traceback.format_exception(type(error), error, links))
    except Exception:  # noqa: BLE001 - see _message
        return "".join(traceback.format_tb(links)) + type(error).__name__ + "\n"


def _clipped(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n... {len(text) - 2 * half} characters left out ...\n{text[-half:]}"
