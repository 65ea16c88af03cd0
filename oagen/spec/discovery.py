"""Find the API description in a project's folder where nobody named one."""

from __future__ import annotations

from pathlib import Path

_FOLDERS = (
    "", "docs", "doc", "api", "spec", "specs", "openapi", "swagger", "schema", "static", "public",
    "src/main/resources", "src/main/resources/static",
)  # fmt: skip
_NAMES = ("openapi", "swagger", "api", "api-docs")
_SUFFIXES = (".yaml", ".yml", ".json")
_LOOKED_AT = 1 << 20  # bytes of a file that are searched for `openapi` or `swagger`


def usual_documents(directory: Path) -> list[Path]:
    """Return the files of a project that are likely its API description, the likeliest first.

    A file counts when it has a usual name in a usual folder and says `openapi` or `swagger` near its beginning.
    """
    found = []
    for folder in _FOLDERS:
        for name in _NAMES:
            for suffix in _SUFFIXES:
                path = directory / folder / (name + suffix)
                if _is_description(path):
                    found.append(path)
    return found


def _is_description(path: Path) -> bool:
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            beginning = file.read(_LOOKED_AT)
    except OSError:
        return False
    return b"openapi" in beginning or b"swagger" in beginning
