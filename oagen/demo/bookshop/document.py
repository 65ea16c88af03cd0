"""The bookshop's OpenAPI document, completed with what FastAPI can't see.

`python -m oagen.demo.bookshop.document` prints it as YAML.
"""

import sys
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from oagen.demo.bookshop.models import CatalogueEntry
from oagen.demo.bookshop.problems import ProblemDetails


def complete(app: FastAPI) -> None:
    """Add the schemas that responses name by reference alone, and write whole numbers as such."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document: dict[str, Any] = _with_whole_numbers(generate())
        schemas = document["components"]["schemas"]
        for model in (ProblemDetails, CatalogueEntry):
            _add(model, schemas)
        document["components"]["schemas"] = dict(sorted(schemas.items()))
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's documentation does


def _add(model: type[BaseModel], schemas: dict[str, Any]) -> None:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= schema.pop("$defs", {})
    schemas[model.__name__] = schema


def _with_whole_numbers(node: Any) -> Any:
    """Undo that FastAPI writes every bound as a float (`maximum: 100.0`)."""
    match node:
        case dict():
            return {key: _with_whole_numbers(value) for key, value in node.items()}
        case list():
            return [_with_whole_numbers(value) for value in node]
        case float() if node.is_integer():
            return int(node)
        case _:
            return node


def main() -> None:
    import yaml  # the shop itself needs FastAPI alone

    from oagen.demo.bookshop.main import app

    yaml.safe_dump(app.openapi(), sys.stdout, sort_keys=False, allow_unicode=True, width=110)


if __name__ == "__main__":
    main()
