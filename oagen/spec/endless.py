"""Find objects that require themselves: each would hold another one, without end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any


def endless(schemas: Iterable[Any], resolve: Callable[[Any], Any]) -> Iterator[Any]:
    """Yield one schema of each circle that can't be escaped.

    Args:
        schemas: All schemas, each reached as itself.
        resolve: Returns the schema that a `$ref` leads to.
    """
    done: set[int] = set()
    for start in schemas:
        if id(start) in done:
            continue
        open_now: set[int] = {id(start)}
        stack: list[tuple[Any, Iterator[Any]]] = [(start, iter(_needed(start, resolve)))]
        while stack:
            schema, needed = stack[-1]
            following = next(needed, None)
            if following is None:
                stack.pop()
                open_now.discard(id(schema))
                done.add(id(schema))
            elif id(following) in open_now:
                yield following
            elif id(following) not in done:
                open_now.add(id(following))
                stack.append((following, iter(_needed(following, resolve))))


def _needed(schema: dict[str, Any], resolve: Callable[[Any], Any]) -> list[dict[str, Any]]:
    """Return the schemas that a value of this one can't do without satisfying."""
    needed = []
    if "$ref" in schema:
        needed.append(resolve(schema))
    if isinstance(parts := schema.get("allOf"), list):
        needed += parts
    if schema.get("type") == "object" and (required := schema.get("required")):
        properties = schema.get("properties", {})
        needed += [properties.get(name) for name in required]
    if schema.get("type") == "array" and schema.get("minItems"):
        needed.append(schema.get("items"))
    return [item for item in needed if isinstance(item, dict)]
