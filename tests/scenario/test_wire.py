"""What goes on the wire for the values of a scenario."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from email.parser import BytesParser
from typing import Any
from urllib.parse import parse_qsl, unquote, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from oagen.spec.model import ParameterLocation, Style

_COLOURS = ["blue", "black", "brown"]
_RGB = {"R": 100, "G": 200, "B": 150}
_TOKEN = "TOKEN-1._~"


def _token(_value: Dynamic) -> str:
    return _TOKEN


def _value(value: Any) -> Value:
    return (
        value
        if isinstance(value, Literal | Capture | Unique | Credential | Text | ArrayOf | ObjectOf)
        else Literal(value)
    )


def _with(where: ParameterLocation, value: Any, path: str = "/x", name: str = "color", **more: Any) -> WireRequest:
    argument = Argument(name=name, where=where, value=_value(value), **more)
    return encode(Request(method="GET", path=path, arguments=(argument,)), _token)


def _path(value: Any, style: Style = Style.SIMPLE, **more: Any) -> str:
    return _with(ParameterLocation.PATH, value, "/x/{color}", style=style, **more).target.removeprefix("/x/")


def _query(value: Any, **more: Any) -> str:
    return _with(ParameterLocation.QUERY, value, **more).target.removeprefix("/x").removeprefix("?")


def _body(media_type: str | None, value: Any, **more: Any) -> WireRequest:
    body = Body(media_type=media_type, value=_value(value), **more)
    return encode(Request(method="POST", path="/x", body=body), _token)


# OpenAPI 3.2, Style Examples
@pytest.mark.parametrize(
    ("style", "explode", "sent"),
    [
        (Style.MATRIX, False, [";color", ";color=blue", ";color=blue,black,brown", ";color=R,100,G,200,B,150"]),
        (Style.MATRIX, True, [";color", ";color=blue", ";color=blue;color=black;color=brown", ";R=100;G=200;B=150"]),
        (Style.LABEL, False, [".", ".blue", ".blue,black,brown", ".R,100,G,200,B,150"]),
        (Style.LABEL, True, [".", ".blue", ".blue.black.brown", ".R=100.G=200.B=150"]),
        (Style.SIMPLE, False, ["", "blue", "blue,black,brown", "R,100,G,200,B,150"]),
        (Style.SIMPLE, True, ["", "blue", "blue,black,brown", "R=100,G=200,B=150"]),
    ],
)
def test_path_styles(style: Style, explode: bool, sent: list[str]) -> None:
    assert [_path(value, style, explode=explode) for value in ("", "blue", _COLOURS, _RGB)] == sent


@pytest.mark.parametrize(
    ("style", "explode", "value", "sent"),
    [
        (Style.FORM, False, "", "color="),
        (Style.FORM, False, "blue", "color=blue"),
        (Style.FORM, False, _COLOURS, "color=blue,black,brown"),
        (Style.FORM, False, _RGB, "color=R,100,G,200,B,150"),
        (Style.FORM, True, "", "color="),
        (Style.FORM, True, _COLOURS, "color=blue&color=black&color=brown"),
        (Style.FORM, True, _RGB, "R=100&G=200&B=150"),
        (Style.FORM, True, [], ""),
        (Style.SPACE_DELIMITED, False, _COLOURS, "color=blue%20black%20brown"),
        (Style.SPACE_DELIMITED, False, _RGB, "color=R%20100%20G%20200%20B%20150"),
        (Style.PIPE_DELIMITED, False, _COLOURS, "color=blue%7Cblack%7Cbrown"),
        (Style.PIPE_DELIMITED, False, _RGB, "color=R%7C100%7CG%7C200%7CB%7C150"),
        (Style.DEEP_OBJECT, True, _RGB, "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"),
        (Style.DEEP_OBJECT, True, {"a": {"b": [1, 2]}}, "color%5Ba%5D%5Bb%5D=1&color%5Ba%5D%5Bb%5D=2"),
        (Style.FORM, True, {"a": [1]}, "a=%5B1%5D"),
        (Style.FORM, True, "a&b=c d/é", "color=a%26b%3Dc%20d%2F%C3%A9"),
        (Style.FORM, True, True, "color=true"),
        (Style.FORM, True, None, "color=null"),
        (Style.FORM, True, 1e400, "color=Infinity"),
        (Style.FORM, True, "\x00\ud800", "color=%00%ED%A0%80"),
        (Style.FORM, True, b"\xff", "color=%FF"),
    ],
)
def test_query_styles(style: Style, explode: bool, value: Any, sent: str) -> None:
    assert _query(value, style=style, explode=explode) == sent


def test_reserved_characters_pass_where_allowed_but_never_end_the_query() -> None:
    assert _query("/a?b=c&d#e+f%20", allow_reserved=True) == "color=/a?b=c%26d%23e%2Bf%20"


@pytest.mark.parametrize(
    ("value", "sent"),
    [("a/b", "a%2Fb"), ("..", "%2E%2E"), ("a.b", "a.b"), ("?#", "%3F%23"), ("%2F", "%252F"), ("\udfff", "%ED%BF%BF")],
)
def test_a_path_value_stays_one_segment(value: str, sent: str) -> None:
    assert _path(value) == sent


def test_raw_arguments_go_out_as_they_are() -> None:
    assert _path("%zz/..", raw=True) == "%zz/.."
    assert _query("%zz&x", raw=True) == "color=%zz&x"


def test_a_placeholder_without_argument_and_odd_templates_are_sendable() -> None:
    assert encode(Request(method="GET", path="/a b/{id}?v=1#x"), _token).target == "/a%20b/%7Bid%7D?v=1%23x"


def test_a_template_with_a_query_is_continued() -> None:
    assert _with(ParameterLocation.QUERY, 1, "/x?list-type=2").target == "/x?list-type=2&color=1"


def test_content_parameters_are_serialised_as_their_media_type() -> None:
    sent = _query({"a": [1]}, media_type="application/json")

    assert json.loads(dict(parse_qsl(sent))["color"]) == {"a": [1]}


def test_querystring_parameters_are_the_whole_query() -> None:
    where = ParameterLocation.QUERYSTRING
    form = "application/x-www-form-urlencoded"

    assert _with(where, {"a": "b c", "d": [1, 2]}, media_type=form).target == "/x?a=b%20c&d=1&d=2"
    assert unquote(_with(where, {"a": 1}, media_type="application/json").target) == '/x?{"a":1}'


def test_header_and_cookie_parameters() -> None:
    header = ParameterLocation.HEADER

    assert _with(header, _RGB, explode=True).headers == (("color", "R=100,G=200,B=150"),)
    assert _with(header, _COLOURS, explode=False).headers == (("color", "blue,black,brown"),)
    assert _with(header, "a b\r\nX: é", name="X Y").headers == (("X%20Y", "a b%0D%0AX: %C3%A9"),)
    assert _with(ParameterLocation.COOKIE, _COLOURS, explode=False).headers == (("Cookie", "color=blue,black,brown"),)


def test_cookies_share_one_header() -> None:
    cookies = tuple(
        Argument(name=name, where=ParameterLocation.COOKIE, value=Literal(value))
        for name, value in (("a", "1;2"), ("b", "3"))
    )

    sent = encode(Request(method="GET", path="/", arguments=cookies), _token)

    assert sent.headers == (("Cookie", "a=1%3B2; b=3"),)


def test_repeated_headers_stay_apart() -> None:
    one = Argument(name="X-A", where=ParameterLocation.HEADER, value=Literal("1"))

    assert encode(Request(method="GET", path="/", arguments=(one, one)), _token).headers == (("X-A", "1"), ("X-A", "1"))


@pytest.mark.parametrize("dynamic", [Capture("order", pointer="/id"), Unique("a-####"), Credential("alice")])
def test_a_bound_token_is_unchanged_everywhere(dynamic: Dynamic) -> None:
    assert _path(dynamic) == _TOKEN
    assert _query(dynamic) == f"color={_TOKEN}"
    assert _with(ParameterLocation.HEADER, dynamic).headers == (("color", _TOKEN),)
    assert _with(ParameterLocation.COOKIE, dynamic).headers == (("Cookie", f"color={_TOKEN}"),)
    assert _body("application/x-www-form-urlencoded", ObjectOf((("a", dynamic),))).body == f"a={_TOKEN}".encode()
    assert _body("text/plain", Text((Literal("id "), dynamic))).body == f"id {_TOKEN}".encode()
    assert _body("application/json", ArrayOf((dynamic,))).body == f'["{_TOKEN}"]'.encode()


# -- bodies -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ({"a": [1, None, "é"]}, '{"a":[1,null,"é"]}'.encode()),
        ("\ud800\x00", b'"\\ud800\\u0000"'),
        (float("nan"), b"NaN"),
        (None, b"null"),
        (b"\x00\xff", b'"AP8="'),
        (ObjectOf((("a", Literal(1)), ("a", Literal({"b": 2})))), b'{"a":1,"a":{"b":2}}'),
        (10**4999, b"1" + b"0" * 4999),
    ],
    ids=["plain", "surrogate", "nan", "null", "bytes", "doubled", "huge"],
)
def test_json_bodies(value: Any, sent: bytes) -> None:
    request = _body("application/problem+json; charset=utf-8", value)

    assert request.body == sent
    assert request.headers == (("Content-Type", "application/problem+json; charset=utf-8"),)


def test_raw_bodies_and_bodies_without_a_type() -> None:
    assert _body("application/json", "{", raw=True).body == b"{"
    assert _body("application/json", b"\xff", raw=True).body == b"\xff"
    assert _body(None, "x").headers == ()
    assert encode(Request(method="GET", path="/"), _token).body is None
    assert _body("application/json", "", raw=True).body == b""


def test_a_content_type_argument_wins() -> None:
    request = Request(
        method="POST",
        path="/",
        arguments=(Argument(name="content-type", where=ParameterLocation.HEADER, value=Literal("text/wrong")),),
        body=Body(media_type="application/json", value=Literal(1)),
    )

    assert encode(request, _token).headers == (("content-type", "text/wrong"),)


def test_form_bodies_follow_their_encodings() -> None:
    value = {"a": ["x y", "z"], "o": {"k": 1}, "d": {"k": 1}, "p": [1, 2], "j": [1]}
    encodings = (
        PartEncoding(name="d", style=Style.DEEP_OBJECT, explode=True),
        PartEncoding(name="p", style=Style.PIPE_DELIMITED, explode=False),
        PartEncoding(name="j", content_type="application/json"),
    )

    sent = _body("application/x-www-form-urlencoded", value, encodings=encodings).body

    assert sent is not None
    assert parse_qsl(sent.decode()) == [
        ("a", "x y"), ("a", "z"), ("o", '{"k":1}'), ("d[k]", "1"), ("p", "1|2"), ("j", "[1]"),
    ]  # fmt: skip


def _parts(request: WireRequest) -> list[Any]:
    content_type = dict(request.headers)["Content-Type"]
    message = BytesParser().parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + (request.body or b""))
    assert message.is_multipart()
    return list(message.get_payload())


def test_multipart_bodies() -> None:
    value = {"name": "Alice", "file": b"\x00\r\n\xff", "tags": ["a", "b"], "meta": {"k": 1}, "img": "data", 'q"\n': 1}
    encodings = (PartEncoding(name="img", content_type="image/png, image/jpeg"),)

    request = _body("multipart/form-data", value, encodings=encodings)

    found = [
        (
            part.get_param("name", header="content-disposition"),
            part.get_filename(),
            part["content-type"],
            part.get_payload(decode=True),
        )
        for part in _parts(request)
    ]
    assert found == [
        ("name", None, None, b"Alice"),
        ("tags", None, None, b"a"),
        ("tags", None, None, b"b"),
        ("q%22%0A", None, None, b"1"),
        ("file", "file", "application/octet-stream", b"\x00\r\n\xff"),
        ("meta", None, "application/json", b'{"k":1}'),
        ("img", "img.png", "image/png", b"data"),
    ]
    assert _body("multipart/form-data", value, encodings=encodings) == request


def test_a_boundary_in_the_media_type_is_kept() -> None:
    request = _body('multipart/mixed; boundary="b1"', [{"a": 1}, "x"])

    assert request.body == b'--b1\r\nContent-Type: application/json\r\n\r\n{"a":1}\r\n--b1\r\n\r\nx\r\n--b1--\r\n'


def test_sequences() -> None:
    assert _body("application/x-ndjson", [{"a": 1}, 2]).body == b'{"a":1}\n2\n'
    assert _body("application/json-seq", [1]).body == b"\x1e1\n"
    assert _body("text/event-stream", [{"event": "e", "data": "a\nb"}]).body == b"event: e\ndata: a\ndata: b\n\n"


def test_xml_bodies() -> None:
    sent = _body("application/xml", {"pet": {"@id": 7, "name": "a<b&c", "tag": ["x", "y"], "gone": None}}).body

    assert sent is not None
    root = ET.fromstring(sent)
    assert (root.tag, root.attrib) == ("pet", {"id": "7"})
    assert [(child.tag, child.text) for child in root] == [
        ("name", "a<b&c"),
        ("tag", "x"),
        ("tag", "y"),
        ("gone", None),
    ]


def test_names_that_are_no_xml_names_stay_inside_their_element() -> None:
    sent = _body("text/xml", {"a><b": 1, "2": 2, "@x y": 3}).body

    assert sent is not None
    assert [child.tag for child in ET.fromstring(sent)] == ["a__b", "_2"]


def test_other_bodies_are_bytes_or_text() -> None:
    assert _body("application/octet-stream", b"\x00").body == b"\x00"
    assert _body("text/plain", "é\ud800").body == b"\xc3\xa9\xed\xa0\x80"
    assert _body("text/csv", ["a,b", "1,2"]).body == b"a,b\n1,2"
    assert _body("application/yaml", {"a": 1}).body == b'{"a":1}'


_ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=12)


@given(_ANY_TEXT)
def test_any_text_comes_back_from_path_and_query(text: str) -> None:
    wanted = text.encode("utf-8", "surrogatepass")
    path, query = _path(text), _query(text)

    assert path.isascii()
    assert not set(path) & set("/?# \r\n\x00")
    assert unquote_to_bytes(path) == wanted
    assert unquote_to_bytes(query.removeprefix("color=")) == wanted


@given(_ANY_TEXT)
def test_no_text_can_end_a_header(text: str) -> None:
    ((name, value),) = _with(ParameterLocation.HEADER, text, name="N" + text).headers

    assert not set(name + value) & set("\r\n\x00")
    assert (name + value).isascii()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | _ANY_TEXT,
        lambda inner: st.lists(inner) | st.dictionaries(_ANY_TEXT, inner),
    )
)
def test_any_json_comes_back(value: Any) -> None:
    sent = _body("application/json", value).body

    assert sent is not None
    sent.decode()
    assert json.dumps(json.loads(sent)) == json.dumps(json.loads(json.dumps(value)))
