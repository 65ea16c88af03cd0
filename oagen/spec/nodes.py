"""A value of a document together with its place, and what every reader asks of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from oagen.errors import DocumentError
from oagen.spec.diagnostics import DiagnosticLog, Unusable, quoted
from oagen.spec.model import Example, Location, Schema
from oagen.spec.normalising import Normaliser
from oagen.spec.references import Resolver


class Node(NamedTuple):
    """A value and its place."""

    value: Any
    location: Location

    def child(self, token: str | int) -> Node:
        """Return what stands below; the value is None where nothing does."""
        value = self.value
        if isinstance(value, dict):
            below = value.get(token)
        else:
            below = value[token] if isinstance(value, list) and isinstance(token, int) else None
        return Node(below, self.location.child(token))

    def text(self, key: str) -> str:
        """Return a text below, or nothing where there is none."""
        value = self.value.get(key)
        return value if isinstance(value, str) else ""

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Return a boolean below; `"true"` in quotes is forgiven."""
        value = self.value.get(key, default)
        return value if isinstance(value, bool) else value == "true"


class Nodes:
    """Goes from node to node through references, and notes what does not fit.

    Attributes:
        resolver: Follows references.
        faults: Where faults go.
    """

    def __init__(self, resolver: Resolver, faults: DiagnosticLog) -> None:
        self.resolver = resolver
        self.faults = faults
        self._normaliser = Normaliser(resolver, faults)

    def follow(self, node: Node, what: str) -> Node:
        """Return the object that stands here or that a reference here leads to.

        Args:
            node: What was found.
            what: What it should be, for messages: `a parameter`.

        Raises:
            Unusable: It is not an object, or the reference leads nowhere.
        """
        if isinstance(node.value, dict) and "$ref" in node.value:
            reference = node.value["$ref"]
            if not isinstance(reference, str):
                raise Unusable(f"'$ref' can't be {quoted(reference)}", node.location.child("$ref"))
            try:
                value, location = self.resolver.resolve(reference, node.location)
            except DocumentError as error:
                raise Unusable(error.message, node.location.child("$ref"), hint=error.hint) from None
            if not isinstance(value, dict):
                message = f"the reference {quoted(reference)} leads to {quoted(value)}, which is not {what}"
                raise Unusable(message, node.location.child("$ref"))
            return Node(value, location)
        if not isinstance(node.value, dict):
            raise Unusable(f"this should be {what}, not {quoted(node.value)}", node.location)
        return node

    def schema(self, node: Node) -> Schema | None:
        """Return the schema that stands here, made 2020-12; None where nothing that could be one does."""
        if node.value is None:
            return None
        if not isinstance(node.value, dict | bool):
            self.faults.warn(f"this is not a schema but {quoted(node.value)}; it is left out", node.location)
            return None
        self._normaliser.normalise(node.value, node.location)
        return Schema(node.value, node.location, self.resolver)

    def check_schemas(self) -> None:
        """Warn of what only shows when all schemas are known."""
        self._normaliser.check_endless()

    def members(self, node: Node, what: str, *, extensible: bool = False) -> Iterator[tuple[str, Node]]:
        """Yield name and node of each member of an object.

        Args:
            node: The object; nothing is there where its value is None.
            what: What it should be, for messages.
            extensible: Keys that begin with `x-` are extensions; elsewhere they are names (`x-rate-limit`).
        """
        if node.value is None:
            return
        if not isinstance(node.value, dict):
            self.faults.warn(f"this should be {what}, not {quoted(node.value)}; it is left out", node.location)
            return
        for name in node.value:
            if not (extensible and name.startswith("x-")):
                yield name, node.child(name)

    def items(self, node: Node, what: str) -> Iterator[Node]:
        """Yield each item of a list."""
        if node.value is None:
            return
        if not isinstance(node.value, list):
            self.faults.warn(f"this should be {what}, not {quoted(node.value)}; it is left out", node.location)
            return
        for index in range(len(node.value)):
            yield node.child(index)

    def texts(self, node: Node, what: str) -> tuple[str, ...]:
        """Return the texts of a list; a single text counts as a list of one."""
        if isinstance(node.value, str):
            return (node.value,)
        return tuple(item.value for item in self.items(node, what) if isinstance(item.value, str))

    def examples(self, node: Node) -> tuple[Example, ...]:
        """Return the values of `example` and `examples` (OpenAPI 3.2, Working with Examples)."""
        found = []
        if "example" in node.value:
            found.append(Example(value=node.value["example"], location=node.location.child("example")))
        if isinstance(node.value.get("examples"), dict):
            for name, holder in self.members(node.child("examples"), "a map of examples"):
                try:
                    example = self.follow(holder, "an example")
                except Unusable as fault:
                    self.faults.warn(f"{fault.message}; this example is left out", fault.location)
                    continue
                for key in ("dataValue", "value"):
                    if key in example.value:
                        place = example.location.child(key)
                        found.append(Example(value=example.value[key], name=name, location=place))
                        break
        return tuple(found)
