"""Set-up of a test: requests that must succeed before the one that is tested."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx

from .explaining import exchange
from .pointers import at_pointer
from .statuses import status_matches

Made = TypeVar("Made")

TRANSIENT = (429, 502, 503, 504)
PAUSES = (0.1, 0.5, 2.0)
"""Seconds between the tries of a set-up request."""


class SetupError(Exception):
    """The test could not begin: a request of its set-up did not answer as it must.

    Attributes:
        transient: Another try may succeed.
    """

    transient = False


def retried(make: Callable[[], Made]) -> Made:
    """Return what a set-up function makes; try again where the API was only busy."""
    for pause in PAUSES:
        try:
            return make()
        except SetupError as error:
            if not error.transient:
                raise
        except httpx.TransportError:
            pass
        time.sleep(pause)
    return make()


class Resource:
    """What a set-up request answered.

    `order["id"]`, `order.at("/items/0/id")`, `order.header("ETag")`.
    """

    def __init__(self, name: str, response: httpx.Response) -> None:
        self._name = name
        self.response = response

    def __getitem__(self, member: str) -> Any:
        return self.at("/" + member.replace("~", "~0").replace("/", "~1"))

    def at(self, pointer: str = "") -> Any:
        """Return the value at an RFC 6901 pointer into the JSON body."""
        try:
            return at_pointer(self.response.json(), pointer)
        except (LookupError, ValueError):
            raise SetupError(
                f"set-up: {self._name} was answered without {pointer}\n"
                f"{exchange(self.response)}"
            ) from None

    def header(self, name: str) -> str:
        """Return a response header."""
        try:
            return self.response.headers[name]
        except KeyError:
            raise SetupError(
                f"set-up: {self._name} was answered without the header {name}\n"
                f"{exchange(self.response)}"
            ) from None


def arranged(name: str, response: httpx.Response, status: str) -> Resource:
    """Return what a set-up request made.

    Raises:
        SetupError: It did not answer `status` (a code, or a range such as `2XX`).
    """
    if not status_matches(response.status_code, status):
        error = SetupError(
            f"set-up: {name} was to be answered {status}, not {response.status_code}\n"
            f"{exchange(response)}"
        )
        error.transient = response.status_code in TRANSIENT
        raise error
    return Resource(name, response)
