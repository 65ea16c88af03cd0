"""What the rendered call of a request puts on the wire, against what the one serialiser says."""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from oagen.scenario.design import design
from oagen.scenario.model import (
    Argument,
    ArrayOf,
    Body,
    Capture,
    Credential,
    Literal,
    ObjectOf,
    PartEncoding,
    Request,
    Text,
    Unique,
    Value,
)
from oagen.scenario.wire import Dynamic, WireRequest, encode
from oagen.spec.loading import load_description
from oagen.spec.model import ParameterLocation, Style
from oagen.suite.build import build_suite
from oagen.suite.calls import RequestWriter
from oagen.suite.expressions import Imports
from oagen.suite.model import SuiteSettings
from oagen.suite.python_source import PythonSource
from tests.suite import shelf
from tests.suite.running import write

SAMPLES = Path(__file__).resolve().parents[2] / "sample_specs"
CAPTURED = {"text": "a/b ?&é", "number": 17}
HOSTILE = "a \"'\\{}%{x}/?#&=+é\n\u202e"


class Sender:
    """Evaluates rendered calls with the support package of a real suite; keeps what it would send."""

    def __init__(self, folder: Path) -> None:
        write(build_suite(shelf.description(), shelf.scenarios(), SuiteSettings()), folder / "wire_suite")
        sys.path.insert(0, str(folder))
        self._support: Any = importlib.import_module("wire_suite.support")
        settings = importlib.import_module("wire_suite.support.settings").Settings(
            identities={name: {"Authorization": "Bearer a"} for name in ("alice", "user", "other", "admin")}
        )
        self.sent: list[httpx.Request] = []

        def answer(request: httpx.Request) -> httpx.Response:
            self.sent.append(request)
            return httpx.Response(204)

        client = httpx.Client(base_url="http://testserver", transport=httpx.MockTransport(answer))
        self._api = self._support.Api(client, settings)

    def send(self, source: str) -> httpx.Request:
        names = {name: getattr(self._support, name) for name in self._support.__all__}
        exec(source, {**names, "api": self._api, "captured": CAPTURED})
        return self.sent.pop()

    def bind(self, value: Dynamic) -> Any:
        match value:
            case Capture():
                return CAPTURED["number" if value.step == "number" else "text"]
            case Credential():
                return "Bearer a"
            case Unique():
                function: Callable[..., Any] = self._support.unique_number if value.integer else self._support.unique
                return function(value.template, value.name)


@pytest.fixture(scope="module")
def sender(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sender]:
    folder = tmp_path_factory.mktemp("wire")
    yield Sender(folder)
    sys.path.remove(str(folder))


def _rendered(request: Request) -> str:
    def captured(capture: Capture) -> PythonSource:
        return PythonSource(f"captured[{'number' if capture.step == 'number' else 'text'!r}]")

    return RequestWriter(captured, Imports()).call(request)


def _unbounded(content: bytes) -> bytes:
    """Return content without its boundary, which is made from the parts, unique values included, or at random."""
    return re.sub(rb"oagen-[0-9a-f]{24}|\b[0-9a-f]{32}\b", b"boundary", content)


def _check(sender: Sender, request: Request) -> None:
    expected: WireRequest = encode(request, sender.bind)
    source = _rendered(request)
    sent = sender.send(source)
    assert sent.method == expected.method
    assert sent.url.raw_path.decode("latin-1") == expected.target, source
    assert _unbounded(sent.content) == _unbounded(expected.body or b""), source
    by_name: dict[str, list[str]] = {}
    for name, value in expected.headers:
        by_name.setdefault(name.lower(), []).append(value)
    for name, values in by_name.items():
        assert _unbounded(str(sent.headers.get_list(name)).encode()) == _unbounded(str(values).encode()), source
    if expected.body is None or not any(name == "content-type" for name in by_name):
        assert ("content-type" in sent.headers) == ("content-type" in by_name), source


def _request(where: ParameterLocation, value: Value, **more: Any) -> Request:
    name = "an id" if where is not ParameterLocation.HEADER else "X-Id"
    path = "/things/{an id}/rest" if where is ParameterLocation.PATH else "/things"
    return Request(method="POST", path=path, arguments=(Argument(name=name, where=where, value=value, **more),))


VALUES: list[Value] = [
    Literal("plain"),
    Literal(HOSTILE),
    Literal(""),
    Literal(".."),
    Literal(3),
    Literal(1.5),
    Literal(value=True),
    Literal(None),
    Literal(["a", "b c"]),
    Literal([]),
    Literal({"k": "v", "l": 2}),
    Capture("text", "/id"),
    Capture("number", "/id"),
    Unique("n-####-^^^^"),
    Unique("7####", "second", integer=True),
    Text((Literal("a-"), Capture("text", "/id"), Literal("-"), Capture("number", "/n"))),
    ArrayOf((Literal("a"), Capture("text", "/id"))),
    ObjectOf((("k", Capture("number", "/id")),)),
]
STYLES: dict[ParameterLocation, tuple[Style, ...]] = {
    ParameterLocation.PATH: (Style.SIMPLE, Style.LABEL, Style.MATRIX),
    ParameterLocation.QUERY: (Style.FORM, Style.SPACE_DELIMITED, Style.PIPE_DELIMITED, Style.DEEP_OBJECT),
    ParameterLocation.HEADER: (Style.SIMPLE,),
    ParameterLocation.COOKIE: (Style.FORM, Style.COOKIE),
}


@pytest.mark.parametrize("explode", [True, False])
@pytest.mark.parametrize(
    ("where", "style"), [(where, style) for where, styles in STYLES.items() for style in styles], ids=str
)
def test_a_parameter_of_any_style(sender: Sender, where: ParameterLocation, style: Style, explode: bool) -> None:
    for value in VALUES:
        if style is Style.LABEL and value in (Literal(""), Literal([])):
            continue  # `.` is a step of a path to httpx, which takes it away
        _check(sender, _request(where, value, style=style, explode=explode))


@pytest.mark.parametrize(
    "more",
    [{"raw": True}, {"media_type": "application/json"}, {"allow_reserved": True}],
    ids=["raw", "content", "allowReserved"],
)
def test_a_query_parameter_that_is_not_plain(sender: Sender, more: dict[str, Any]) -> None:
    value = Literal("a%zz") if more.get("raw") else Literal("a/b")
    _check(sender, _request(ParameterLocation.QUERY, value, **more))


@pytest.mark.parametrize("step", ["number", "text"])
def test_json_in_a_query_keeps_what_is_captured_as_it_is(sender: Sender, step: str) -> None:
    value = ArrayOf((Capture(step, pointer="/id"), Literal("b")))
    _check(sender, _request(ParameterLocation.QUERY, value, media_type="application/json"))


def test_a_parameter_twice(sender: Sender) -> None:
    one = Argument(name="q", where=ParameterLocation.QUERY, value=Literal("a"))
    two = Argument(name="q", where=ParameterLocation.QUERY, value=Capture("text", "/id"))

    _check(sender, Request(method="GET", path="/", arguments=(one, two)))


JSON = "application/json"
BODIES = [
    Body(media_type=JSON, value=Literal({"a": [1, None, True, 1.5, HOSTILE]})),
    Body(media_type=JSON, value=Literal(None)),
    Body(media_type=JSON, value=Literal({"a": float("nan"), "b": float("inf"), "c": "\ud800"})),
    Body(media_type=JSON, value=Literal({"a": b"\x00\xff"})),
    Body(media_type=JSON, value=ObjectOf((("a", Literal(1)), ("a", Capture("number", "/id"))))),
    Body(media_type=JSON, value=ObjectOf((("a", Capture("text", "/id")), ("b", Unique("##", integer=True))))),
    Body(media_type=JSON, value=Literal("{broken"), raw=True),
    Body(media_type=JSON, value=Literal(b"\xff{"), raw=True),
    Body(media_type=None, value=Literal("bare"), raw=True),
    Body(media_type="application/merge-patch+json", value=Literal({"a": None})),
    Body(media_type="application/x-www-form-urlencoded", value=Literal({"a b": "c&d", "n": 1, "l": ["x", "y"]})),
    Body(media_type="application/x-www-form-urlencoded", value=ObjectOf((("a", Capture("text", "/id")),))),
    Body(
        media_type="application/x-www-form-urlencoded",
        value=Literal({"l": ["x", "y"]}),
        encodings=(PartEncoding(name="l", style=Style.PIPE_DELIMITED, explode=False),),
    ),
    Body(media_type="multipart/form-data", value=Literal({"file": b"\x00\x01", "note": "hello"})),
    Body(
        media_type="multipart/form-data",
        value=ObjectOf((("photo", Literal("a")), ("n", Capture("number", "/id")), ("l", Literal(["x", True])))),
        encodings=(PartEncoding(name="photo", content_type="image/png"),),
    ),
    Body(
        media_type="multipart/form-data",
        value=ObjectOf((("meta", ObjectOf((("k", Capture("text", "/id")),))), ("files", Literal([b"a", b"b"])))),
    ),
    Body(media_type="multipart/form-data", value=Literal({'a"\n': "b", "c": b"d"})),
    Body(media_type="multipart/form-data", value=Literal({})),
    Body(media_type="application/xml", value=Literal({"pet": {"name": "Rex", "@id": 1}})),
    Body(media_type="text/plain", value=Text((Literal("to "), Capture("text", "/id")))),
    Body(media_type="application/octet-stream", value=Literal(b"\x00" * 300)),
    Body(media_type="application/x-ndjson", value=Literal([{"a": 1}, {"a": 2}])),
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: f"{body.media_type} {body.value!r:.40}")
def test_a_body(sender: Sender, body: Body) -> None:
    _check(sender, Request(method="POST", path="/things", body=body))


def test_a_doubled_header_and_a_credential(sender: Sender) -> None:
    header = ParameterLocation.HEADER
    arguments = (
        Argument(name="X-Tag", where=header, value=Literal("a"), style=Style.SIMPLE),
        Argument(name="X-Tag", where=header, value=Literal("b"), style=Style.SIMPLE),
        Argument(
            name="X-Token",
            where=header,
            value=Text((Literal("was: "), Credential("alice"))),
            style=Style.SIMPLE,
        ),
    )

    _check(sender, Request(method="QUERY", path="/things", arguments=arguments))


@pytest.mark.parametrize("document", sorted(file.name for file in SAMPLES.iterdir() if file.suffix == ".yaml"), ids=str)
def test_every_request_of_the_samples(sender: Sender, document: str) -> None:
    scenarios = design(load_description(str(SAMPLES / document)))
    assert scenarios
    for scenario in scenarios:
        for request in (*(step.request for step in scenario.steps), scenario.when, *scenario.alongside):
            _check(sender, request)


def _shared_documents() -> list[Path]:
    shared = Path(os.environ.get("OAGEN_SHARED", Path(__file__).resolve().parents[3] / "shared"))
    folders = [shared / "specs" / kind for kind in ("real", "edge")]
    return sorted(file for folder in folders if folder.is_dir() for file in folder.iterdir() if file.is_file())


@pytest.mark.slow
def test_every_request_of_real_documents(sender: Sender) -> None:
    documents = _shared_documents()
    if not documents:
        pytest.skip("needs the shared documents beside the repository, or OAGEN_SHARED")
    for document in documents:
        for scenario in design(load_description(str(document))):
            for request in (*(step.request for step in scenario.steps), scenario.when, *scenario.alongside):
                _check(sender, request)
