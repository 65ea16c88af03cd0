"""Valid JSON that is far deeper than programs expect, in one place of a body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from oagen.fuzz.encoded import encoded
from oagen.fuzz.slots import place_at, with_body
from oagen.scenario.model import Literal, Request

_MARK = "here it gets deep"


def deepened(request: Request, path: Sequence[str | int], deep: bytes) -> Request | None:
    """Return the request with this JSON at a place of its body; None where the body is not JSON.

    The body becomes bytes: a value so deep is more than most code can walk through, ours included.
    """
    body = request.body
    if body is None or body.raw or not isinstance(body.value, Literal):
        return None
    marked = with_body(request, place_at(body.value.value, path, _MARK)).body
    assert marked is not None
    sent = encoded(marked)
    if sent is None:
        return None
    content = sent[1].replace(f'"{_MARK}"'.encode(), deep)
    return None if content == sent[1] else replace(request, body=replace(marked, value=Literal(content), raw=True))
