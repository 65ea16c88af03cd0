"""Find the operations of a description and put each together, whatever the dialect."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from oagen.spec.diagnostics import Unusable, quoted
from oagen.spec.model import (
    Operation,
    Parameter,
    RequestBody,
    Response,
    SecurityRequirement,
    SecurityScheme,
    Server,
)
from oagen.spec.nodes import Node, Nodes
from oagen.spec.parameters import matched_to_template
from oagen.spec.responses import LinkTargets
from oagen.spec.security import read_requirements
from oagen.spec.selection import Facts, Selection
from oagen.spec.servers import read_servers

_BRACES = re.compile(r"\{[^{}]*\}")
_OTHER_KEYS = frozenset(("$ref", "summary", "description", "parameters", "servers", "additionalOperations"))


class Dialect(Protocol):
    """What differs between the dialects."""

    methods: tuple[str, ...]

    def components(self) -> list[tuple[str, Node]]:
        """Return the named schemas of the root document."""

    def security_schemes(self) -> tuple[SecurityScheme, ...]:
        """Return the declared security schemes."""

    def servers(self) -> tuple[Server, ...]:
        """Return the servers of the root."""

    def inputs(self, lists: list[Node], operation: Node) -> tuple[tuple[Parameter, ...], RequestBody | None]:
        """Return the parameters and the request body of an operation."""

    def responses(self, operation: Node, targets: LinkTargets) -> tuple[Response, ...]:
        """Return the documented responses of an operation."""


@dataclass(frozen=True, slots=True)
class _Found:
    """An operation that was found, not read yet."""

    method: str
    path: str
    node: Node
    layers: tuple[Node, ...]  # the path item, and what its `$ref` leads to

    @property
    def key(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def operation_id(self) -> str | None:
        name = self.node.value.get("operationId")
        return name if isinstance(name, str) and name else None

    def from_item(self, key: str) -> Node:
        """Return what the path item says under a key; beside a `$ref` its own words come first."""
        return next((layer.child(key) for layer in self.layers if key in layer.value), self.layers[0].child(key))


class OperationReader:
    """Reads the operations below `paths`.

    Args:
        nodes: Follows references.
        root: The root document.
        dialect: Reads what differs.
        schemes: Names of the declared security schemes.
        servers: Those of the root.
    """

    def __init__(
        self, nodes: Nodes, root: Node, dialect: Dialect, schemes: frozenset[str], servers: tuple[Server, ...]
    ) -> None:
        self._nodes = nodes
        self._root = root
        self._dialect = dialect
        self._schemes = schemes
        self._servers = servers

    def read(self, selection: Selection) -> tuple[Operation, ...]:
        """Return the operations selected, in the document's order; one that can't be read is an error and left out."""
        found = list(self._find())
        self._warn_of_doubles(found)
        facts = {item.key: _facts(item) for item in found}
        selection.require_matches(list(facts.values()))
        chosen = [item for item in found if selection.accepts(facts[item.key])]
        targets = LinkTargets(
            {item.operation_id: item.key for item in reversed(chosen) if item.operation_id},
            {item.node.location: item.key for item in chosen},
        )
        default_security = self._security(self._root)
        operations = []
        for item in chosen:
            self._nodes.faults.operation = item.key
            try:
                operations.append(self._operation(item, targets, default_security))
            except Unusable as fault:
                self._nodes.faults.error(
                    f"{fault.message}; {quoted(item.key)} is left out", fault.location, hint=fault.hint
                )
            finally:
                self._nodes.faults.operation = None
        return tuple(operations)

    def _find(self) -> Iterator[_Found]:
        for path, child in self._nodes.members(self._root.child("paths"), "a map of paths", extensible=True):
            if child.value is None:
                continue
            if not path.startswith("/"):
                self._nodes.faults.warn(f"the path {quoted(path)} does not begin with a slash", child.location)
            try:
                target = self._nodes.follow(child, "a path item")
            except Unusable as fault:
                self._nodes.faults.error(
                    f"{fault.message}; {quoted(path)} is left out", fault.location, hint=fault.hint
                )
                continue
            layers = (target,) if target is child or len(child.value) == 1 else (child, target)
            yield from self._in_item(path, layers)

    def _in_item(self, path: str, layers: tuple[Node, ...]) -> Iterator[_Found]:
        faults = self._nodes.faults
        seen: set[str] = set()
        for layer in layers:
            for name, node in self._nodes.members(layer, "a path item", extensible=True):
                if name in self._dialect.methods:
                    if name in seen:
                        continue
                    seen.add(name)
                    if isinstance(node.value, dict):
                        yield _Found(name.upper(), path, node, layers)
                    else:
                        faults.error(
                            f"this should be an operation, not {quoted(node.value)}; it is left out", node.location
                        )
                elif name not in _OTHER_KEYS:
                    hint = "methods are written in lower case" if name.lower() in self._dialect.methods else None
                    faults.warn(
                        f"{quoted(name)} means nothing in a path item; it is left out", node.location, hint=hint
                    )
            if "query" in self._dialect.methods:
                for name, node in self._nodes.members(layer.child("additionalOperations"), "a map of operations"):
                    if isinstance(node.value, dict):
                        yield _Found(name, path, node, layers)
                    else:
                        faults.error(
                            f"this should be an operation, not {quoted(node.value)}; it is left out", node.location
                        )

    def _warn_of_doubles(self, found: list[_Found]) -> None:
        ids: dict[str, str] = {}
        templates: dict[tuple[str, str], str] = {}
        for item in found:
            if item.operation_id:
                first = ids.setdefault(item.operation_id, item.key)
                if first != item.key:
                    message = f"the operation id {quoted(item.operation_id)} is that of {quoted(first)} already"
                    self._nodes.faults.warn(message, item.node.location.child("operationId"))
            first = templates.setdefault((item.method, _BRACES.sub("{}", item.path)), item.key)
            if first != item.key:
                self._nodes.faults.warn(
                    f"{quoted(item.key)} is the same as {quoted(first)} but for names", item.node.location
                )

    def _security(self, node: Node) -> tuple[SecurityRequirement, ...]:
        return read_requirements(self._nodes, node.child("security"), self._schemes)

    def _operation(
        self, item: _Found, targets: LinkTargets, default_security: tuple[SecurityRequirement, ...]
    ) -> Operation:
        nodes, node = self._nodes, item.node
        parameters, body = self._dialect.inputs([item.from_item("parameters"), node.child("parameters")], node)
        responses = self._dialect.responses(node, targets)
        if not responses:
            nodes.faults.warn("no response is documented, so nothing is promised", node.location)
        own_servers = read_servers(nodes, node.child("servers")) or read_servers(nodes, item.from_item("servers"))
        return Operation(
            method=item.method,
            path=item.path,
            operation_id=item.operation_id,
            tags=nodes.texts(node.child("tags"), "a list of tags"),
            summary=node.text("summary") or str(item.from_item("summary").value or ""),
            description=node.text("description") or str(item.from_item("description").value or ""),
            parameters=matched_to_template(nodes, item.path, parameters, node.location),
            request_body=body,
            responses=responses,
            security=self._security(node) if node.value.get("security") is not None else default_security,
            servers=own_servers or self._servers,
            deprecated=node.flag("deprecated"),
            callbacks=tuple(name for name, _ in nodes.members(node.child("callbacks"), "a map of callbacks")),
            location=node.location,
        )


def _facts(item: _Found) -> Facts:
    tags = item.node.value.get("tags")
    names = tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else ()
    return Facts(method=item.method, path=item.path, operation_id=item.operation_id, tags=names)
