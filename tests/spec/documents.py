"""Write small documents for tests, and find the real ones."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from oagen.errors import DocumentError
from oagen.spec.loading import Selection, load_description
from oagen.spec.model import ApiDescription, Diagnostic, Operation, Severity

OK = {"responses": {"200": {"description": "fine"}}}


def shared(*parts: str) -> Path:
    """Return a place among the shared documents; the test is skipped where they are absent."""
    folder = Path(os.environ.get("OAGEN_SHARED") or Path(__file__).parents[3] / "shared")
    place = folder.joinpath("specs", *parts)
    if not place.exists():
        pytest.skip(f"the shared documents ({'/'.join(parts)}) are not beside this checkout; set OAGEN_SHARED")
    return place


def document(paths: Any, *, version: str = "3.0.3", **more: Any) -> dict[str, Any]:
    """Return a whole description around these paths."""
    return {"openapi": version, "info": {"title": "Tests", "version": "1"}, "paths": paths, **more}


def read(folder: Path, content: Any, *, name: str = "openapi.json", strict: bool = False,
         selection: Selection | None = None) -> ApiDescription:  # fmt: skip
    """Write a document and read it back as a description."""
    file = folder / name
    file.write_text(content if isinstance(content, str) else json.dumps(content, indent=1), encoding="utf-8")
    return load_description(str(file), strict=strict, selection=selection or Selection())


def refusal_of(file: Path) -> str | None:
    """Return the message with which a document is refused; None where it is read."""
    try:
        load_description(str(file))
    except DocumentError as error:
        return error.message
    return None


def operation(description: ApiDescription, key: str) -> Operation:
    """Return one operation by its key."""
    return next(operation for operation in description.operations if operation.key == key)


def errors(description: ApiDescription) -> list[Diagnostic]:
    """Return the diagnostics that cost an operation."""
    return [diagnostic for diagnostic in description.diagnostics if diagnostic.severity is Severity.ERROR]


def messages(description: ApiDescription) -> str:
    """Return all diagnostics as one text."""
    return "\n".join(f"{item.line} {item.location} {item.message}" for item in description.diagnostics)
