"""What the agent says came of a request."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from oagen.target.agent.stacks import innermost_frame
from oagen.target.caught import CaughtException, CaughtFrame


class Ending(enum.StrEnum):
    """How a request ended."""

    COMPLETE = "complete"
    DROPPED = "dropped"  # the application failed in the middle of its response
    HUNG = "hung"  # no response in time
    EXITED = "exited"  # the application called sys.exit: behind a server its process would have ended
    DIED = "died"  # its process did end


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came of a request.

    Attributes:
        status: 0 where there was none.
        seconds: Until the response was complete, measured in the application's process.
        exception: What the application failed with, or None.
        lines: Lines of the application that ran for the first time, by absolute path.
        truncated: The body went on beyond what is kept of it.
        refused: A server would have answered this by itself; the application has not seen the request.
        stack: Where a hung application was, or a crashed one; `where` is the innermost frame of its own code there.
        ending_detail: A phrase for `DIED`: how the process ended.
        restarted: The application was started afresh after this request: what it held in memory is lost.
    """

    ending: Ending
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    seconds: float = 0.0
    exception: CaughtException | None = None
    lines: Mapping[str, tuple[int, ...]]
    truncated: bool = False
    refused: bool = False
    stack: str = ""
    where: CaughtFrame | None = None
    ending_detail: str = ""
    restarted: bool = False


def read_reply(
    header: Mapping[str, Any], body: bytes, is_application: Callable[[str], bool], *, restarted: bool = False
) -> Reply:
    """Return the reply in a frame of the agent."""
    caught = header.get("exception")
    stack = header.get("stack", "")
    return Reply(
        ending=Ending(header["outcome"]),
        status=header["status"],
        headers=tuple((name, value) for name, value in header["headers"]),
        body=body,
        seconds=header["seconds"],
        exception=None if caught is None else read_exception(caught),
        lines={file: tuple(lines) for file, lines in header["lines"].items()} if "lines" in header else {},
        truncated=header.get("truncated", False),
        refused=header.get("refused", False),
        stack=stack,
        where=innermost_frame(stack, is_application) if stack else None,
        restarted=restarted,
    )


def read_exception(caught: Mapping[str, Any]) -> CaughtException:
    """Return the exception that the agent described."""
    return CaughtException(
        type=caught["type"],
        message=caught["message"],
        frames=tuple(CaughtFrame(**frame) for frame in caught["frames"]),
        omitted=caught["omitted"],
        text=caught["text"],
        how=caught.get("how", "raised"),
    )
