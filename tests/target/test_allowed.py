"""Generated traffic stays on this machine unless a host was named."""

from __future__ import annotations

import socket

import pytest

from oagen.errors import TargetError
from oagen.target.allowed import require_allowed


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8000", "http://localhost", "https://[::1]:1/api", "http://127.9.9.9", "http://LOCALHOST:80"],
)
def test_this_machine_is_allowed(url: str) -> None:
    require_allowed(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1",
        "http://localhost@192.0.2.1/",
        "http://0.0.0.0:80",
        "https://[2001:db8::1]",
        "http://3221225985",
    ],
)
def test_other_machines_are_refused_with_the_way_on(url: str) -> None:
    with pytest.raises(TargetError, match="not this machine") as caught:
        require_allowed(url)

    assert "--allow-host" in (caught.value.hint or "")


@pytest.mark.parametrize("name", ["192.0.2.1", "192.0.2.1:8000", " 192.0.2.1"])
def test_a_named_host_is_allowed(name: str) -> None:
    require_allowed("http://192.0.2.1:8000", [name])


def test_a_host_named_with_another_port_is_not() -> None:
    with pytest.raises(TargetError):
        require_allowed("http://192.0.2.1:8000", ["192.0.2.1:9000"])


def test_every_address_of_a_name_must_be_here(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [(0, 0, 0, "", ("127.0.0.1", 80)), (0, 0, 0, "", ("192.0.2.1", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: answers)

    with pytest.raises(TargetError):
        require_allowed("http://api.test")


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:8000", "ftp://127.0.0.1", "http://", "http://[", "http://a:99999", "http://a:0"]
)
def test_what_is_no_base_url(url: str) -> None:
    with pytest.raises(TargetError) as caught:
        require_allowed(url)

    assert caught.value.hint
