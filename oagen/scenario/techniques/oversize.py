"""413, 414 and 431: more than a server takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from oagen.scenario import tree
from oagen.scenario.context import DesignContext, steps_of
from oagen.scenario.effects import unchanged
from oagen.scenario.model import Argument, Body, Literal, Request, Scenario
from oagen.scenario.requests import sends_json, with_header
from oagen.spec.model import Operation, ParameterLocation, Response

_LIMIT = re.compile(r"(\d[\d,._ ]*)\s*(bytes?|[KMG]i?B|kilobytes?|megabytes?)\b", re.IGNORECASE)
_UNITS = {"b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_MOST_BYTES = 32 << 20
_DEFAULT_BYTES = 10 << 20
_LONG_URI = 10_000
_LONG_HEADER = 64 << 10


class Oversize:
    """A body beyond the limit that the description names (else 10 MiB), a long URI, a large header."""

    name = "oversize"

    def design(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        """Yield the one request that is too large in the way that the status speaks of."""
        match response.status:
            case "413":
                yield from self._body(context, operation, response)
            case "414":
                bare = context.bare(operation)
                padding = Argument(name="padding", where=ParameterLocation.QUERY, value=Literal("a" * _LONG_URI))
                when = replace(bare, arguments=(*bare.arguments, padding))
                yield context.scenario(
                    operation, response, technique=self.name, reason=f"for a URI of {_LONG_URI} characters", when=when
                )
            case "431":
                bare = context.bare(operation)
                when = replace(bare, arguments=with_header(bare, "X-Padding", Literal("a" * _LONG_HEADER)))
                yield context.scenario(
                    operation, response, technique=self.name, reason="for a header of 64 KiB", when=when
                )
            case _:
                return

    def _body(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        prepared = context.prepared(operation)
        size = named_limit(f"{response.description} {operation.description}")
        size = min(size + 1, _MOST_BYTES) if size is not None else _DEFAULT_BYTES
        body = _padded(prepared.request, size)
        if body is None:
            return
        setup = context.setup(prepared)
        effects = unchanged(context, setup, operation)
        yield context.scenario(
            operation,
            response,
            technique=self.name,
            reason=f"for a body of {size} bytes",
            given=setup.given if effects else steps_of(prepared),
            when=replace(prepared.request, body=body),
            effects=effects,
        )


def named_limit(text: str) -> int | None:
    """Return the largest number of bytes that a text names (`64 KiB`), or None. Multiples are taken as binary."""
    limits = []
    for number, unit in _LIMIT.findall(text):
        digits = re.sub(r"[,_ ]", "", number).rstrip(".")
        try:
            limits.append(int(float(digits) * _UNITS[unit[0].lower()]))
        except ValueError:
            continue
    return max(limits, default=None)


def _padded(request: Request, size: int) -> Body | None:
    """Return the request's body with text added until it is that large; a member of text is where it goes."""
    body = request.body
    if body is None:
        return None
    if sends_json(request):
        for path, leaf in tree.walk(body.value):
            if path and isinstance(leaf, Literal) and isinstance(leaf.value, str):
                return replace(body, value=tree.put(body.value, path, Literal("a" * size)))
        padded = tree.put(body.value, ("padding",), Literal("a" * size)) if tree.members(body.value) else None
        return replace(body, value=padded if padded is not None else Literal("a" * size))
    if isinstance(body.value, Literal) and isinstance(body.value.value, (str, bytes)):
        return replace(body, value=Literal("a" * size), raw=True)
    for path, leaf in tree.walk(body.value):
        if path and isinstance(leaf, Literal) and isinstance(leaf.value, (str, bytes)):
            return replace(body, value=tree.put(body.value, path, Literal("a" * size)))
    return replace(body, value=Literal("a" * size), raw=True)
