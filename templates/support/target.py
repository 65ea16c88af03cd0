"""The API that this run tests: an application in this process, or a URL."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies

import pytest

from .api import Api, make_client
from .application import load_application, running
from .current import end_run
from .settings import Settings, is_loopback

CONNECT_SECONDS = 10.0


@contextmanager
def open_url(settings: Settings, base_path: str) -> Iterator[Api]:
    """Yield the API at its URL; the run ends with one message where nothing is there.

    Args:
        base_path: Path prefix that the API description gives; a base URL with a
            path of its own has it already.
    """
    parts = urlsplit(settings.base_url)
    base_url = (
        settings.base_url
        if parts.path.strip("/")
        else settings.base_url.rstrip("/") + base_path
    )
    _reach(parts)
    with make_client(
        base_url, None, proxies=not is_loopback(parts.hostname or "")
    ) as client:
        yield Api(client, settings)


@contextmanager
def open_application(settings: Settings, base_path: str) -> Iterator[Api]:
    """Yield the application in this process; skip where none is given."""
    if not settings.app:
        pytest.skip(
            "unit tests call the application in process: "
            "give --api-app package.module:attribute"
        )
    app = load_application(settings.app, settings.root)
    with (
        running(app) as transport,
        make_client(f"http://127.0.0.1{base_path}", transport, proxies=False) as client,
    ):
        complete = getattr(transport, "complete", asyncio.run)
        api = Api(client, settings, app, complete)
        api.failure = getattr(transport, "failure", None)
        yield api


def _reach(url: SplitResult) -> None:
    """End the run where nobody listens at a URL; a proxy alone knows that of others."""
    host = url.hostname or ""
    if not host or (getproxies() and not is_loopback(host)):
        return
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        socket.create_connection((host, port), CONNECT_SECONDS).close()
    except OSError as error:
        end_run(
            f"no API answers at {url.scheme}://{host}:{port} ({error}): "
            "start it, or give another --api-base-url"
        )
