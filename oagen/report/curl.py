"""A scenario's requests as curl commands, for a person to paste."""

from __future__ import annotations

import re
import shlex
import string

from oagen.scenario.model import Capture, Credential, Request, Scenario, Unique
from oagen.scenario.uniqueness import fill
from oagen.scenario.wire import Dynamic, WireRequest, encode

_NOT_IN_NAME = re.compile(r"[^A-Za-z0-9]+")
_PLAIN = frozenset(string.ascii_letters + string.digits + string.punctuation + " ") - frozenset("'\\")
_VARIABLE = re.compile(r"__oagen_([A-Z0-9_]+?)__")


def curl_lines(scenario: Scenario, base_url: str) -> tuple[str, ...]:
    """Return one command for each given step and the request.

    What only a run knows is a shell variable: `$ORDER_ID` for what a step's answer holds, `$ALICE_AUTHORIZATION` for
    a credential.
    """
    requests = [*(step.request for step in scenario.steps), scenario.when]
    return tuple(_command(request, base_url.rstrip("/")) for request in requests)


def _command(request: Request, base_url: str) -> str:
    wire = encode(request, _placeholder)
    words = ["curl", "--path-as-is", "-i"]
    if wire.method != "GET" or wire.body is not None:
        words += ["-X", _quoted(wire.method)]
    if request.identity is not None:
        words += ["-H", f'"Authorization: ${_variable(request.identity, "authorization")}"']
    for name, value in wire.headers:
        words += ["-H", _quoted(f"{name}: {value}")]
    if wire.body is not None:
        words += ["--data-binary", _body(wire)]
    return " ".join([*words, _quoted(base_url + wire.target)])


def _placeholder(value: Dynamic) -> str:
    match value:
        case Capture():
            return f"__oagen_{_variable(value.step, value.header or value.pointer or 'body')}__"
        case Credential():
            return f"__oagen_{_variable(value.identity, value.header)}__"
        case Unique():
            return fill(value.template, value.name or "curl")


def _variable(*words: str) -> str:
    return "_".join(_NOT_IN_NAME.sub("_", word).strip("_") for word in words).upper()


def _quoted(text: str) -> str:
    """Return a shell word in which placeholders are variables."""
    pieces = _VARIABLE.split(text)
    quoted = [f'"${piece}"' if index % 2 else shlex.quote(piece) for index, piece in enumerate(pieces) if piece]
    return "".join(quoted) or "''"


def _body(wire: WireRequest) -> str:
    body = wire.body or b""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    if text is not None and all(character.isprintable() or character == "\n" for character in text):
        return _quoted(text)
    escaped = "".join(chr(byte) if chr(byte) in _PLAIN else f"\\x{byte:02x}" for byte in body)
    return f"$'{escaped}'"
