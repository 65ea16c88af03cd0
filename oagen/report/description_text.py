"""What was read from an API description, for people and for machines."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from oagen.report.terminal_text import on_one_line
from oagen.spec.model import ApiDescription, Operation, SecurityRequirement
from oagen.suite.matrix_codec import dump_diagnostic


def heading(description: ApiDescription) -> str:
    """Return one line on the document as a whole."""
    version = "Swagger 2.0" if description.dialect == "2.0" else f"OpenAPI {description.dialect}"
    documented = sum(1 for _ in description.documented())
    return on_one_line(
        f"{description.title or description.source} {description.version} ({version}): "
        f"{len(description.operations)} operations, {documented} documented responses"
    )


def operations_table(description: ApiDescription) -> Table:
    """Return a line for each operation: documented statuses, security, name."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("operation", "responses", "security", "id"):
        table.add_column(column, overflow="fold")
    for operation in description.operations:
        row = (
            operation.key,
            " ".join(response.status for response in operation.responses),
            _security(operation),
            operation.operation_id or "",
        )
        table.add_row(*(Text(on_one_line(text)) for text in row))
    return table


def other_lines(description: ApiDescription) -> list[str]:
    """Return lines on servers, security schemes, callbacks and webhooks, as far as there are any."""
    callbacks = [f"{operation.key}: {name}" for operation in description.operations for name in operation.callbacks]
    schemes = [
        f"{scheme.name} ({' '.join(filter(None, (scheme.kind.value, scheme.http_scheme)))})"
        for scheme in description.security_schemes
    ]
    groups = {
        "servers": [server.expanded() for server in description.servers],
        "security schemes": schemes,
        "callbacks (listed, not tested)": callbacks,
        "webhooks (listed, not tested)": list(description.webhooks),
    }
    return [on_one_line(f"{name}: {', '.join(items)}") for name, items in groups.items() if items]


def dump_description(description: ApiDescription) -> dict[str, Any]:
    """Return what was read as JSON values."""
    return {
        "source": description.source,
        "dialect": description.dialect,
        "title": description.title,
        "version": description.version,
        "base_path": description.base_path,
        "servers": [server.expanded() for server in description.servers],
        "security_schemes": [
            {"name": scheme.name, "kind": scheme.kind.value, "http_scheme": scheme.http_scheme}
            for scheme in description.security_schemes
        ],
        "operations": [_dump_operation(operation) for operation in description.operations],
        "webhooks": list(description.webhooks),
        "diagnostics": [dump_diagnostic(diagnostic) for diagnostic in description.diagnostics],
    }


def _dump_operation(operation: Operation) -> dict[str, Any]:
    return {
        "operation": operation.key,
        "id": operation.operation_id,
        "tags": list(operation.tags),
        "deprecated": operation.deprecated,
        "responses": [
            {"status": response.status, "media_types": [media_type.name for media_type in response.content]}
            for response in operation.responses
        ],
        "security": [dict(_scopes(requirement)) for requirement in operation.security],
        "callbacks": list(operation.callbacks),
        "pointer": operation.location.pointer,
    }


def _scopes(requirement: SecurityRequirement) -> list[tuple[str, list[str]]]:
    return [(name, list(scopes)) for name, scopes in requirement.schemes]


def _security(operation: Operation) -> str:
    alternatives = [
        " + ".join(f"{name}[{' '.join(scopes)}]" if scopes else name for name, scopes in requirement.schemes)
        or "anonymous"
        for requirement in operation.security
    ]
    return " or ".join(alternatives)
