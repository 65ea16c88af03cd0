"""Files that commands write."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oagen.cli.terminal import Terminal


def require_writable(file: Path | None, *, coming: Path) -> None:
    """Make sure that a file can be written later; None and `-` always can.

    Args:
        coming: A folder that will be there by then.

    Raises:
        OutputError: It can't.
    """
    import os

    from oagen.errors import OutputError

    if file is None or str(file) == "-":
        return
    folder = file.absolute().parent
    if file.is_dir():
        raise OutputError(f"{file} can't be written: it is a folder")
    if folder.is_dir():
        if not os.access(file if file.exists() else folder, os.W_OK):
            raise OutputError(f"{file} can't be written: permission denied")
    elif folder != coming.absolute():
        raise OutputError(f"{file} can't be written: there is no folder {file.parent}")


def write_json(terminal: Terminal, file: Path, value: object) -> None:
    """Write a value as JSON to a file, or to stdout where the file is called `-`.

    Raises:
        OutputError: The file can't be written.
    """
    import json

    from oagen.errors import OutputError

    text = json.dumps(value, indent=2, ensure_ascii=True) + "\n"
    if str(file) == "-":
        terminal.verbatim(text)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{file} can't be written: {error.strerror}") from error
