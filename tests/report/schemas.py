"""The published schemas of formats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, Draft6Validator
from referencing import Registry
from referencing.jsonschema import DRAFT6

SCHEMAS = Path(__file__).with_name("published")


def sarif_problems(log: Any) -> list[str]:
    """Return what the schema of SARIF 2.1.0 says against a log."""
    schema = json.loads((SCHEMAS / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    return [error.message for error in Draft4Validator(schema).iter_errors(log)]


def har_problems(har: Any) -> list[str]:
    """Return what the schema of HAR 1.2 says against a file's content."""
    folder = SCHEMAS / "har-1.2"
    schemas = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}
    registry: Registry[Any] = Registry().with_resources(
        (name, DRAFT6.create_resource(schema)) for name, schema in schemas.items()
    )
    return [error.message for error in Draft6Validator(schemas["har.json"], registry=registry).iter_errors(har)]
