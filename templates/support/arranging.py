"""Set-up of a test: requests that must succeed before the one that is tested."""

from __future__ import annotations

from typing import Any

import httpx

from .explaining import exchange
from .pointers import at_pointer
from .statuses import status_matches


class SetupError(Exception):
    """The test could not begin: a request of its set-up did not answer as it must."""


class Resource:
    """What a set-up request answered: `order["id"]`, `order.at("/items/0/id")`, `order.header("ETag")`."""

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
                f"set-up: {self._name} was answered without {pointer}\n{exchange(self.response)}"
            ) from None

    def header(self, name: str) -> str:
        """Return a response header."""
        try:
            return self.response.headers[name]
        except KeyError:
            raise SetupError(
                f"set-up: {self._name} was answered without the header {name}\n{exchange(self.response)}"
            ) from None


def arranged(name: str, response: httpx.Response, status: str) -> Resource:
    """Return what a set-up request made.

    Raises:
        SetupError: It did not answer `status` (a code, or a range such as `2XX`).
    """
    if not status_matches(response.status_code, status):
        raise SetupError(
            f"set-up: {name} was to be answered {status}, not {response.status_code}\n{exchange(response)}"
        )
    return Resource(name, response)
