"""Reading the stacks that a hung or crashed process left."""

from __future__ import annotations

import re
from collections.abc import Callable

from oagen.target.caught import CaughtFrame

_FRAME = re.compile(r'^\s*File "(?P<file>[^"]*)", line (?P<line>\d+),? in (?P<function>.*)$')


def innermost_frame(stack: str, is_application: Callable[[str], bool]) -> CaughtFrame | None:
    """Return the innermost frame of the application in the first thread that runs any of its code.

    Both orders are read: that of a traceback, and that of `faulthandler`, which says `most recent call first`.
    """
    found: CaughtFrame | None = None
    innermost_last = True
    for line in stack.splitlines():
        if "most recent call" in line:
            if found is not None:
                return found
            innermost_last = "last" in line
        elif (found is None or innermost_last) and (match := _FRAME.match(line)) and is_application(match["file"]):
            found = CaughtFrame(
                file=match["file"],
                line=int(match["line"]),
                function=match["function"].strip(),
                first=0,
                application=True,
            )
    return found
