"""Small applications, written to a folder of their own and started there."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from oagen.target.agent.client import AgentTarget
from oagen.target.agent.options import AgentOptions

Start = Callable[..., AgentTarget]

ASGI_HEAD = """\
import asyncio, json, os, sys, threading, time

async def answer(send, body, status=200, headers=()):
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})

"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return a function that writes `shop.py` and starts the application in it."""
    with ExitStack() as stack:

        def begin(source: str, place: str = "shop:app", **options: Any) -> AgentTarget:
            (tmp_path / "shop.py").write_text(ASGI_HEAD + textwrap.dedent(source), "utf-8")
            return stack.enter_context(AgentTarget(place, AgentOptions(**{"cwd": tmp_path, "timeout": 5.0, **options})))

        yield begin
