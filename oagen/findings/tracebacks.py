"""Python tracebacks in the text of a log, whatever stands around them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEADER = "Traceback (most recent call last)"
_FRAME = re.compile(r'\s*File "([^"]+)", line (\d+)(?:, in (.+))?')
_EXCEPTION = re.compile(r"([A-Za-z_][\w.]*)(?::\s?(.*))?$")
_CHAINED = ("direct cause of the following", "During handling of the above")
_GROUP_BAR = re.compile(r"^(?:[ \t]*[|+][-+ ]*)+")
_IN_GROUP = re.compile(r"^\s*[|+] ")
_LARGEST_GAP = 400  # lines that the message of an exception may take before the next one of its chain


@dataclass(frozen=True, slots=True)
class Frame:
    """One line of a traceback.

    Attributes:
        code: The source line as printed; empty where the log has none.
    """

    file: str
    line: int
    function: str
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """One exception with its frames, outermost first."""

    exception: str
    message: str
    frames: tuple[Frame, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traceback:
    """Exceptions that led to one another; the last one is what reached the server.

    Attributes:
        text: As it was printed.
        end: The line just after it, of those that `unfolded` returns.
    """

    chain: tuple[Raised, ...]
    text: str
    end: int = 0

    @property
    def last(self) -> Raised:
        """What was raised in the end."""
        return self.chain[-1]


def parse_tracebacks(text: str) -> tuple[Traceback, ...]:
    """Return the tracebacks in a text, in order; one that is not complete yet (no exception line) is left out.

    Tracebacks inside a JSON string are unfolded, the bars of exception groups are taken off.
    """
    lines = unfolded(text)
    blocks = list(_blocks(lines))
    found: list[Traceback] = []
    chain: list[tuple[int, int, Raised]] = []
    for block in blocks:
        if chain and not _continues(lines, chain[-1][1], block[0]):
            found.append(_traceback(lines, chain))
            chain = []
        chain.append(block)
    if chain:
        found.append(_traceback(lines, chain))
    return tuple(found)


def unfolded(text: str) -> list[str]:
    """Return the lines of a log as `Traceback.end` counts them: those inside a JSON string are lines, too."""
    lines: list[str] = []
    for line in text.split("\n"):
        if "Traceback (most" in line and "\\n" in line:
            lines += line.replace("\\n", "\n").replace('\\"', '"').split("\n")
        elif _IN_GROUP.match(line):
            lines.append(_GROUP_BAR.sub("  " if "|   " in line[:12] else "", line))
        else:
            lines.append(line.rstrip("\r"))
    return lines


def _blocks(lines: list[str]) -> list[tuple[int, int, Raised]]:
    """Return first line, line after the exception, and what was raised, for each traceback printed."""
    found = []
    index = 0
    while index < len(lines):
        if _HEADER not in lines[index]:
            index += 1
            continue
        first = index
        indent = len(lines[index]) - len(lines[index].lstrip())
        frames: list[Frame] = []
        index += 1
        while index < len(lines):
            line = lines[index]
            if match := _FRAME.match(line):
                frames.append(Frame(match[1], int(match[2]), (match[3] or "?").strip()))
            elif not line.strip() or not line.startswith((" " * (indent + 1), "\t")):
                break
            elif frames and not frames[-1].code and line.strip(" ^~"):
                last = frames[-1]
                frames[-1] = Frame(last.file, last.line, last.function, line.strip())
            index += 1
        exception = _EXCEPTION.match(lines[index].strip()) if index < len(lines) else None
        if exception and frames:
            name = exception[1].rpartition(".")[2]
            raised = Raised(exception=name, message=(exception[2] or "").strip(), frames=tuple(frames))
            found.append((first, index + 1, raised))
    return found


def _continues(lines: list[str], end: int, first: int) -> bool:
    gap = lines[end:first]
    return len(gap) < _LARGEST_GAP and any(words in line for line in gap for words in _CHAINED)


def _traceback(lines: list[str], chain: list[tuple[int, int, Raised]]) -> Traceback:
    text = "\n".join(lines[chain[0][0] : chain[-1][1]])
    return Traceback(chain=tuple(raised for _, _, raised in chain), text=text, end=chain[-1][1])
