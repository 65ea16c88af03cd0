"""The published schemas of formats, which lie beside the project where they lie at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, Draft6Validator
from referencing import Registry
from referencing.jsonschema import DRAFT6

import oagen

SCHEMAS = Path(os.environ.get("OAGEN_SHARED") or Path(oagen.__file__).parents[2] / "shared") / "schemas"


def sarif_problems(log: Any) -> list[str]:
    """Return what the schema of SARIF 2.1.0 says against a log."""
    schema = json.loads(_file("sarif-2.1.0.json").read_text(encoding="utf-8"))
    return [error.message for error in Draft4Validator(schema).iter_errors(log)]


def har_problems(har: Any) -> list[str]:
    """Return what the schema of HAR 1.2 says against a file's content."""
    folder = _file("har-1.2")
    schemas = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}
    registry: Registry[Any] = Registry().with_resources(
        (name, DRAFT6.create_resource(schema)) for name, schema in schemas.items()
    )
    return [error.message for error in Draft6Validator(schemas["har.json"], registry=registry).iter_errors(har)]


def _file(name: str) -> Path:
    path = SCHEMAS / name
    if not path.exists():
        pytest.skip(f"the published schema {name} is not beside the project: OAGEN_SHARED names its folder")
    return path
