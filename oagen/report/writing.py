"""Reports to files, each whole or not at all."""

from __future__ import annotations

import enum
import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from oagen.errors import OutputError, UsageError
from oagen.findings.folder import make_folder

if TYPE_CHECKING:
    from oagen.report.account import Account

STDOUT = Path("-")


class Format(enum.StrEnum):
    """The formats of reports."""

    JSON = "json"
    JUNIT = "junit"
    SARIF = "sarif"
    MARKDOWN = "markdown"
    CODEQUALITY = "codequality"
    HAR = "har"


STREAMED = frozenset({Format.HAR})
"""Formats that are written request by request (`oagen.report.har`), not from a campaign's account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFile:
    """A report that was asked for; `-` is stdout."""

    format: Format
    path: Path


def asked_reports(texts: Iterable[str]) -> tuple[ReportFile, ...]:
    """Return the reports that `FORMAT=FILE` asks for, each once their folders are sure to be there.

    Raises:
        UsageError: A text is of another form, or two reports go to the same file.
        OutputError: A folder can't be made.
    """
    found: list[ReportFile] = []
    for text in texts:
        name, _, file = text.partition("=")
        if name not in set(Format) or not file:
            formats = ", ".join(f"{item.value}=FILE" for item in Format)
            raise UsageError(f"{text!r} is no report", hint=f"--report takes one of {formats}; - is stdout")
        path = Path(file)
        if any(item.path == path for item in found):
            raise UsageError(f"two reports go to {path}", hint="name another file")
        if path != STDOUT:
            _prepare(path)
        elif name in STREAMED:
            raise UsageError(
                f"{name} is written while requests are sent, so it needs a file", hint=f"--report {name}=FILE"
            )
        found.append(ReportFile(format=Format(name), path=path))
    return tuple(found)


def write_reports(
    reports: Iterable[ReportFile], account: Account, print_text: Callable[[str], None], *, durable: bool = True
) -> None:
    """Write every report that renders an account; one that can't be written does not keep the others from it.

    Args:
        print_text: Prints the report that goes to stdout.
        durable: Whether to wait until they are on disk.

    Raises:
        OutputError: At least one could not be written.
    """
    problems: list[OutputError] = []
    for report in reports:
        if report.format in STREAMED:
            continue
        text = rendered(report.format, account)
        if report.path == STDOUT:
            print_text(text)
            continue
        try:
            write_atomically(report.path, text, durable=durable)
        except OutputError as error:
            problems.append(error)
    if problems:
        raise OutputError("; ".join(error.message for error in problems), hint=problems[0].hint)


def rendered(form: Format, account: Account) -> str:
    """Return a report as text."""
    match form:
        case Format.JSON:
            from oagen.report import as_json

            return as_json.render(account)
        case Format.JUNIT:
            from oagen.report import junit

            return junit.render(account)
        case Format.SARIF:
            from oagen.report import sarif

            return sarif.render(account)
        case Format.MARKDOWN:
            from oagen.report import markdown

            return markdown.render(account)
        case Format.CODEQUALITY:
            from oagen.report import codequality

            return codequality.render(account)
        case Format.HAR:
            raise AssertionError("HAR is written request by request")


def write_atomically(path: Path, text: str, *, durable: bool = True) -> None:
    """Write a file so that it is the old one or the new one, whatever happens in between.

    Args:
        durable: Also when the machine itself stops; else only when the process does.

    Raises:
        OutputError: It can't be written.
    """
    staged = None
    try:
        handle, staged = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.absolute().parent)
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        Path(staged).chmod(_mode(path))
        Path(staged).replace(path)
    except OSError as error:
        if staged is not None:
            with suppress(OSError):
                Path(staged).unlink()
        raise OutputError(f"the report {path} can't be written: {error.strerror}") from error


def _prepare(path: Path) -> None:
    try:
        make_folder(path.absolute().parent)
    except OSError as error:
        raise OutputError(f"the folder of the report {path} can't be made: {error.strerror}") from error
    if path.is_dir():
        raise OutputError(f"{path} is a folder", hint="name a file, as in --report sarif=findings.sarif")


def _mode(path: Path) -> int:
    """Return the permissions of the file that is replaced, else those of a new file."""
    with suppress(OSError):
        return path.stat().st_mode & 0o777
    if sys.platform == "win32":
        return 0o666
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
