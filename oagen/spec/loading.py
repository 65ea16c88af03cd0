"""Read an API description: the table of contents of this package.

A source becomes documents (`documents`), documents become nodes with a place (`nodes`), schemas are made JSON Schema
2020-12 (`normalising`), and a dialect (`dialect_2`, `dialect_3`) reads operations into the model.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from oagen.spec.diagnostics import DiagnosticLog
from oagen.spec.dialect_2 import Dialect2
from oagen.spec.dialect_3 import Dialect3
from oagen.spec.documents import DocumentStore
from oagen.spec.model import ApiDescription, Location
from oagen.spec.nodes import Node, Nodes
from oagen.spec.operations import Dialect, OperationReader
from oagen.spec.references import Resolver
from oagen.spec.selection import Selection
from oagen.spec.servers import base_path
from oagen.spec.sources import shown
from oagen.spec.versions import dialect_of

__all__ = ["Selection", "load_description"]


def load_description(source: str, *, strict: bool = False, selection: Selection = Selection()) -> ApiDescription:  # noqa: B008 - frozen
    """Return everything an API description promises.

    Reading is lenient: what can't be used becomes a `Diagnostic` with its place, and the rest goes on.

    Args:
        source: A path, an `http` or `https` URL, or `-` for standard input; JSON or YAML.
        strict: The first diagnostic that costs an operation ends the reading.
        selection: Which operations to read.

    Raises:
        DocumentError: It can't be read at all, or, with `strict`, one operation can't.
    """
    with _without_garbage_collection():
        store = DocumentStore(source)
        faults = DiagnosticLog(store, strict=strict)
        resolver = Resolver(store)
        nodes = Nodes(resolver, faults)
        root = Node(store.root.value, Location(store.root.name, ""))
        store.root.dialect = dialect_of(root, faults)
        _report_problems(store, faults)
        dialect = _dialect(nodes, root, store.root.dialect)
        schemes = dialect.security_schemes()
        servers = dialect.servers()
        reader = OperationReader(nodes, root, dialect, frozenset(scheme.name for scheme in schemes), servers)
        operations = reader.read(selection)
        for _, component in dialect.components():
            nodes.schema(component)
        nodes.check_schemas()
        webhooks = tuple(name for name, _ in nodes.members(root.child("webhooks"), "a map of webhooks"))
        _report_problems(store, faults)
    return ApiDescription(
        source=shown(source),
        dialect=store.root.dialect,
        title=_text(root.child("info").child("title")),
        version=_text(root.child("info").child("version")),
        operations=operations,
        webhooks=webhooks,
        security_schemes=schemes,
        servers=servers,
        diagnostics=faults.all(),
        resolver=resolver,
        base_path=base_path(servers, store.root.source),
    )


def _dialect(nodes: Nodes, root: Node, version: str) -> Dialect:
    return Dialect2(nodes, root) if version == "2.0" else Dialect3(nodes, root, version)


def _text(node: Node) -> str:
    return "" if node.value is None or isinstance(node.value, dict | list) else str(node.value)


def _report_problems(store: DocumentStore, faults: DiagnosticLog) -> None:
    """Turn what the parsers noticed into diagnostics; a doubled path or method costs an operation."""
    for document in list(store.by_name.values()):
        problems, document.problems = document.problems, ()
        for problem in problems:
            location = Location(document.name, "").child(*problem.tokens)
            costs_operation = problem.tokens[:1] == ("paths",) and len(problem.tokens) in (2, 3)
            (faults.error if costs_operation else faults.warn)(problem.message, location, line=problem.line)


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Keep the collector from walking millions of new values again and again; nothing here makes garbage in circles."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
