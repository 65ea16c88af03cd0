"""The API that this run tests: an application in this process, or a URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from .api import Api, make_client
from .application import load_application, running
from .settings import Settings, is_loopback


@contextmanager
def open_url(settings: Settings, base_path: str) -> Iterator[Api]:
    """Yield the API at its URL.

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
        make_client(
            f"http://testserver{base_path}", transport, proxies=False
        ) as client,
    ):
        yield Api(client, settings)
