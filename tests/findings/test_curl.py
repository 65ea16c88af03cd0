"""The commands of a finding, run by a real shell and a real curl, send what oagen sends."""

from __future__ import annotations

import http.server
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from oagen.findings.curl import BASE_URL, CurlContext, curl_lines, curl_of
from oagen.scenario.model import Argument, Body, Capture, Credential, Literal, Request, Scenario, Step, Text
from oagen.scenario.tree import obj
from oagen.scenario.wire import WireRequest
from oagen.spec.model import ParameterLocation, Style
from tests.findings import faulty

needs_curl = pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("jq")), reason="the commands are run by curl and jq, not here"
)


@dataclass
class Recorder:
    """What a server was sent."""

    url: str
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    class Answering(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            found.requests.append(
                (self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, self.rfile.read(length))
            )
            content = json.dumps({"id": "a b/c", "deep": [{"n": 7}], "name": 'say "hi"'}).encode()
            self.send_response(201)
            self.send_header("ETag", '"v1"')
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = answer  # noqa: N815 - names of the standard library

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    found = Recorder(url=f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()


def _run(commands: str, **environment: str) -> None:
    done = subprocess.run(
        ["bash", "-c", commands], env=os.environ | environment, capture_output=True, check=False, timeout=30
    )
    assert (done.returncode, done.stderr) == (0, b""), commands


@needs_curl
@pytest.mark.parametrize(
    "wire",
    [
        WireRequest(method="GET", target="/a?b=%00&c=[1]"),
        WireRequest(method="HEAD", target="/a"),
        WireRequest(method="GET", target="/a/../b", body=b"with a body"),
        WireRequest(method="DELETE", target="/it's"),
        WireRequest(method="POST", target="/", body=b"@/etc/passwd", headers=(("Content-Type", "text/plain"),)),
        WireRequest(method="POST", target="/", body=b"\x00\xff\x1b[31m'%s\\n\n", headers=(("X-Empty", ""),)),
        WireRequest(method="POST", target="/", body=b"`id` $HOME \"$(id)\" '!'", headers=(("X-A", "`id` $(id) 'x'"),)),
        WireRequest(method="PUT", target="/", body="schön \u202e".encode()),
        WireRequest(method="PUT", target="/", body=b"x" * 300_000),
        WireRequest(method="POST", target="/", body=b""),
    ],
    ids=lambda wire: f"{wire.method} {wire.target}",
)
def test_a_request_arrives_as_it_was_sent(recorder: Recorder, wire: WireRequest) -> None:
    command = curl_of(wire, CurlContext(base_url=recorder.url))
    _run(command)

    [(method, path, headers, body)] = recorder.requests
    assert (method, path, body) == (wire.method, wire.target, wire.body or b"")
    assert {name.lower(): value for name, value in wire.headers}.items() <= headers.items()
    if wire.body is not None and not wire.headers:
        assert "content-type" not in headers
    assert "\x1b" not in command
    assert len(command) < 4_000


@needs_curl
def test_values_come_from_earlier_answers_and_secrets_from_the_environment(recorder: Recorder) -> None:
    made = Step(name="path", request=Request(method="POST", path="/things", identity="alice"))
    when = Request(
        method="PUT",
        path="/things/{id}",
        identity="alice",
        arguments=(
            Argument(name="id", where=ParameterLocation.PATH, value=Capture("path", pointer="/id"), style=Style.SIMPLE),
            Argument(name="If-Match", where=ParameterLocation.HEADER, value=Capture("path", header="ETag")),
            Argument(name="X-Who", where=ParameterLocation.HEADER, value=Credential("bob")),
        ),
        body=Body(
            media_type="application/json",
            value=obj(
                (
                    ("n", Capture("path", pointer="/deep/0/n")),
                    ("name", Capture("path", pointer="/name")),
                    ("text", Text((Literal("no. "), Capture("path", pointer="/deep/0/n")))),
                )
            ),
        ),
    )
    context = CurlContext(
        base_url=recorder.url,
        identities={"alice": (("Authorization", "Bearer ${ALICE_TOKEN}"), ("X-Key", "topsecret")), "bob": ()},
    )
    commands = curl_lines(faulty.scenario("PUT /things/{id}", when=when, given=(made,)), context)
    _run(commands, ALICE_TOKEN='to"k$en', ALICE_X_KEY="key", BOB_AUTHORIZATION="bob's")

    assert "topsecret" not in commands
    first, second = recorder.requests
    assert (first[2]["authorization"], first[2]["x-key"]) == ('Bearer to"k$en', "key")
    assert second[:2] == ("PUT", "/things/a%20b%2Fc")
    assert (second[2]["if-match"], second[2]["x-who"]) == ('"v1"', "bob's")
    assert json.loads(second[3]) == {"n": 7, "name": 'say "hi"', "text": "no. 7"}


@needs_curl
def test_an_api_without_an_address_is_named_by_a_variable(recorder: Recorder) -> None:
    commands = curl_lines(faulty.DIVIDED.scenario, CurlContext(base_url=BASE_URL + "/api"))
    _run(commands, BASE_URL=recorder.url)

    assert [path for _, path, _, _ in recorder.requests] == ["/api/bottles", "/api/bottles/a%20b%2Fc/share"]


def test_the_commands_are_the_same_every_time_and_hold_no_password() -> None:
    context = CurlContext(base_url="https://me:hidden@example.org/api/", seed="s")
    scenario: Scenario = replace(faulty.DIVIDED.scenario, repeat=3)

    assert curl_lines(scenario, context) == curl_lines(scenario, context)
    assert "hidden" not in curl_lines(scenario, context)
    assert "https://example.org/api/bottles" in curl_lines(scenario, context)
