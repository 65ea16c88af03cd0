"""A finding as shell commands: what to paste to see it again.

The commands are for a POSIX shell with curl; values that come from earlier answers are taken out of them with jq. No
secret is in them: what an identity sends stands there as the environment variables that its configuration names.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from oagen.findings.shell import double_quoted, expansion, printf_argument, quoted, variable_name
from oagen.scenario.model import RESPONSE, Capture, Credential, Request, Scenario, Unique
from oagen.scenario.tree import tokens as pointer_tokens
from oagen.scenario.uniqueness import fill, unique_seed
from oagen.scenario.wire import Dynamic, WireRequest, encode

HeaderTemplates = Mapping[str, Iterable[tuple[str, str]]]
"""Headers of each identity as configured, `Bearer ${ALICE_TOKEN}`: never the secrets themselves."""

BASE_URL = "${BASE_URL}"
"""Stands for the API's address where none is known, as with an application in process."""

HARMLESS = frozenset({"accept", "accept-charset", "accept-encoding", "accept-language", "content-type", "user-agent"})
"""Headers of an identity that hold no secret, whatever they are, in lower case."""

_TOKEN = re.compile(r"oagenTOKEN(\d+)NEKOTnegao")
_IN_JSON = re.compile(r'"oagenTOKEN(\d+)NEKOTnegao"|oagenTOKEN(\d+)NEKOTnegao')
_LARGE = 4_096  # bytes of a body beyond which it is packed
_VARIABLE = re.compile(r"\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CurlContext:
    """What commands are written for.

    Attributes:
        base_url: Where the API answers, its base path included; user name and password in it are left out.
        identities: What each identity sends, as configured.
        headers: Names of headers that go with every request; their values are the reader's to set.
        seed: Unique values are made from it.
    """

    base_url: str = BASE_URL
    identities: HeaderTemplates = field(default_factory=dict)
    headers: tuple[str, ...] = ()
    seed: str = ""


def curl_lines(scenario: Scenario, context: CurlContext) -> str:
    """Return the commands that send a scenario's requests, one a line.

    The answer of a step that later requests need is kept in a shell variable.
    """
    writer = _Writer(scenario, context)
    commands = [writer.step(step.name, step.request) for step in scenario.steps]
    asked = [writer.command(request) for request in (scenario.when, *scenario.alongside)]
    if len(asked) > 1:  # at the same moment
        asked = [" & ".join(asked) + " & wait"]
    elif scenario.repeat > 1:
        asked = [f"for _ in $(seq {scenario.repeat}); do {asked[0]}; done"]
    return "\n".join([*commands, *asked])


def curl_of(wire: WireRequest, context: CurlContext | None = None) -> str:
    """Return the command that sends one request as it is, without credentials."""
    return _command(wire, (), _Plain(), (context or CurlContext()).base_url)


@dataclass(slots=True)
class _Plain:
    """Text without anything dynamic."""

    def url(self, text: str) -> str:
        return quoted(text)

    def text(self, text: str) -> str:
        return quoted(text)

    def body(self, body: bytes) -> str | None:  # noqa: ARG002 - nothing to fill in
        return None


class _Writer:
    """Writes the commands of one scenario."""

    def __init__(self, scenario: Scenario, context: CurlContext) -> None:
        self._context = context
        self._test = f"{scenario.operation} {scenario.title}"
        self._tokens: list[Capture | Credential] = []
        self._variables = {step.name: variable_name(f"{step.name}_answer") for step in scenario.steps}
        requests = [*(step.request for step in scenario.steps), scenario.when, *scenario.alongside]
        for request in requests:
            encode(request, self._bind)
        self._needed = {token.step for token in self._tokens if isinstance(token, Capture)}
        self._with_headers = {
            token.step for token in self._tokens if isinstance(token, Capture) and token.header is not None
        }

    def step(self, name: str, request: Request) -> str:
        """Return the command of a given step; its answer is kept where it is needed."""
        if name not in self._needed:
            return self.command(request, "-o /dev/null")
        return f"{self._variables[name]}=$({self.command(request, '-i' if name in self._with_headers else '')})"

    def command(self, request: Request, options: str = "") -> str:
        wire = encode(request, self._bind)
        own = {name.lower() for name, _ in wire.headers}
        always = [(name, "${" + variable_of(name) + "}") for name in self._context.headers]
        sent = [*self._headers_of(request.identity), *always]
        credentials = [(name, template) for name, template in sent if name.lower() not in own]
        return _command(wire, credentials, self, self._context.base_url, options)

    def url(self, text: str) -> str:
        return self._filled(text, self._url_of)

    def text(self, text: str) -> str:
        return self._filled(text, self._text_of)

    def body(self, body: bytes) -> str | None:
        """Return a body that holds captures; None where it holds none."""
        text = body.decode("utf-8", "replace")
        if not _TOKEN.search(text):
            return None
        parts, end = [], 0
        for found in _IN_JSON.finditer(text):
            parts.append(quoted(text[end : found.start()]) if found.start() > end else "")
            shown = self._json_of if found[1] else self._text_of
            parts.append(self._value(self._tokens[int(found[1] or found[2])], shown))
            end = found.end()
        return "".join(parts) + (quoted(text[end:]) if end < len(text) else "")

    def _filled(self, text: str, shown: Callable[[Capture], str]) -> str:
        pieces = _TOKEN.split(text)
        return (
            "".join(
                self._value(self._tokens[int(piece)], shown) if index % 2 else quoted(piece) if piece else ""
                for index, piece in enumerate(pieces)
            )
            or "''"
        )

    def _value(self, token: Capture | Credential, shown: Callable[[Capture], str]) -> str:
        if isinstance(token, Credential):
            templates = {name.lower(): text for name, text in self._headers_of(token.identity)}
            template = templates.get(token.header.lower())
            return _template(template or placeholder(token.identity, token.header))
        return shown(token)

    def _url_of(self, capture: Capture) -> str:
        return self._jq(capture, "|tostring|@uri")

    def _text_of(self, capture: Capture) -> str:
        return self._jq(capture, "")

    def _json_of(self, capture: Capture) -> str:
        return self._jq(capture, "", as_json=True)

    def _jq(self, capture: Capture, tail: str, *, as_json: bool = False) -> str:
        variable = expansion(self._variables.get(capture.step, RESPONSE))
        if capture.header is not None:
            pattern = quoted(f"^{capture.header}:")
            return f"\"$(printf %s {variable} | grep -i {pattern} | head -n 1 | cut -d: -f2- | tr -d ' \\r')\""
        body = f"printf %s {variable}"
        if capture.step in self._with_headers:
            body += " | sed '1,/^\\r*$/d'"
        path = "".join(f"[{_jq_token(token)}]" for token in pointer_tokens(capture.pointer or ""))
        return f'"$({body} | jq {"-c" if as_json else "-r"} {quoted(f".{path}{tail}")})"'

    def _bind(self, value: Dynamic) -> object:
        if isinstance(value, Unique):
            text = fill(value.template, unique_seed(self._context.seed, self._test, value.name, value.template))
            return int(text) if value.integer else text
        if value not in self._tokens:
            self._tokens.append(value)
        return f"oagenTOKEN{self._tokens.index(value)}NEKOTnegao"

    def _headers_of(self, identity: str | None) -> list[tuple[str, str]]:
        if identity is None:
            return []
        known = self._context.identities.get(identity)
        if known is None:
            return [("Authorization", placeholder(identity, "Authorization"))]
        return [
            (name, text if _names_variable(text) or name.lower() in HARMLESS else placeholder(identity, name))
            for name, text in known
        ]


def variable_of(header: str) -> str:
    """Return the environment variable that holds what `--header` gave: `X_API_KEY` for `X-Api-Key`."""
    return variable_name(header).upper()


def placeholder(identity: str, header: str) -> str:
    """Return the variable that stands for a secret that the configuration takes from no variable."""
    return "${" + variable_name(f"{identity}_{header}").upper() + "}"


def _names_variable(template: str) -> bool:
    return any(found[1] for found in _VARIABLE.finditer(template))


def _template(template: str) -> str:
    """Return a header template as a double-quoted word that the shell fills in."""
    parts, end = [], 0
    for found in _VARIABLE.finditer(template):
        parts.append(double_quoted(template[end : found.start()]))
        parts.append("${" + found[1] + "}" if found[1] else double_quoted("${"))
        end = found.end()
    return '"' + "".join(parts) + double_quoted(template[end:]) + '"'


def _jq_token(token: str) -> str:
    return token if token.isascii() and token.isdecimal() else json.dumps(token)


def _command(
    wire: WireRequest,
    credentials: Iterable[tuple[str, str]],
    writer: _Plain | _Writer,
    base_url: str,
    options: str = "",
) -> str:
    words = ["curl -sS", *([options] if options else [])]
    if re.search(r"/\.{1,2}(?:[/?]|$)", wire.target):
        words.append("--path-as-is")
    if re.search(r"[\[\]{}]", wire.target):
        words.append("-g")
    if wire.method == "HEAD":
        words.append("--head")
    elif wire.method != "GET" or wire.body is not None:
        words.append(f"-X {quoted(wire.method)}")
    words.append(_url(wire.target, writer, base_url))
    words += [f"-H {_header(name, value, writer)}" for name, value in wire.headers]
    words += [f"-H {_template(f'{name}: {template}')}" for name, template in credentials]
    if wire.body is None:
        return " ".join(words)
    if not any(name.lower() == "content-type" for name, _ in wire.headers):
        words.append("-H 'Content-Type:'")  # else curl adds that of a form
    return _with_body(" ".join(words), wire.body, writer)


def _url(target: str, writer: _Plain | _Writer, base_url: str) -> str:
    if base_url.startswith(BASE_URL):
        return f'"{BASE_URL}"{writer.url(base_url.removeprefix(BASE_URL) + target)}'
    return writer.url(re.sub(r"(?<=://)[^/@]*@", "", base_url.rstrip("/")) + target)


def _header(name: str, value: str, writer: _Plain | _Writer) -> str:
    return writer.text(f"{name}: {value}") if value.strip() else quoted(f"{name};")  # curl's way to say an empty one


def _with_body(command: str, body: bytes, writer: _Plain | _Writer) -> str:
    dynamic = writer.body(body)
    if dynamic is not None:
        return f"{command} --data-raw {dynamic}"
    if len(body) > _LARGE:
        packed = base64.b64encode(gzip.compress(body, mtime=0)).decode("ascii")
        return f"printf %s {packed} | base64 -d | gunzip | {command} --data-binary @-"
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    if text is not None and text.isprintable():
        return f"{command} --data-raw {quoted(text)}"
    return f"printf {printf_argument(body)} | {command} --data-binary @-"
