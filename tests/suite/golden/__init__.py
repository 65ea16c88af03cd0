"""The rendered files of the shelf's suite as they are meant to be; what is copied as it stands is left out.

`python -m tests.suite.golden` writes them again, to be read in the diff.
"""

from __future__ import annotations

import functools
from pathlib import Path

from oagen.suite.build import build_suite
from oagen.suite.formatting import format_sources
from oagen.suite.model import SuiteSettings
from oagen.suite.templating import Renderer
from tests.suite import shelf

FOLDER = Path(__file__).parent
SUFFIX = ".txt"  # so that no tool takes them for code of this project


@functools.cache
def rendered() -> dict[str, str]:
    """Return the rendered files of the shelf's suite."""
    files = format_sources(build_suite(shelf.description(), shelf.scenarios(), SuiteSettings()).files)
    copied = (*Renderer(None).runtime(), "contract/checking.py")
    carried = {name for name in files if name.startswith("support/")}
    return {name: text for name, text in files.items() if name not in copied and name not in carried and text}


def stored() -> dict[str, str]:
    """Return the golden files."""
    return {
        file.relative_to(FOLDER).as_posix().removesuffix(SUFFIX): file.read_text(encoding="utf-8")
        for file in sorted(FOLDER.rglob(f"*{SUFFIX}"))
    }


def write() -> None:
    """Write the golden files again."""
    files = rendered()
    for name in stored().keys() - files.keys():
        (FOLDER / f"{name}{SUFFIX}").unlink()
    for name, text in files.items():
        file = FOLDER / f"{name}{SUFFIX}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
