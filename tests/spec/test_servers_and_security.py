from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from oagen.spec.model import ParameterLocation, SchemeKind
from tests.spec.documents import OK, document, messages, read


@pytest.mark.parametrize(
    ("url", "variables", "path"),
    [
        ("https://example.com", {}, ""),
        ("https://example.com/", {}, ""),
        ("https://example.com/api/v1/", {}, "/api/v1"),
        ("/api", {}, "/api"),
        ("api", {}, "/api"),
        ("./api/../v2", {}, "/v2"),
        ("//example.com/x", {}, "/x"),
        ("https://{host}/{v}", {"host": {"default": "a"}, "v": {"default": "v3", "enum": ["v3"]}}, "/v3"),
        ("/{v}", {"v": {"enum": ["first", "second"]}}, "/first"),
        ("http://[", {}, ""),
    ],
)
def test_the_base_path_is_that_of_the_first_server(tmp_path: Path, url: str, variables: Any, path: str) -> None:
    servers = [{"url": url, "variables": variables}, {"url": "/other"}]

    assert read(tmp_path, document({}, servers=servers)).base_path == path


@pytest.mark.parametrize(
    ("server", "message"),
    [
        ({"url": 7}, "a server needs a 'url'"),
        ("https://example.com", "a server needs a 'url'"),
        ({"url": "/{a}", "variables": {"a": "x"}}, "should be a server variable, not 'x'"),
        ({"url": "/{a}", "variables": {"a": {}}}, "'a' needs a default"),
        ({"url": "/{a}", "variables": {"a": {"default": "1", "enum": [1]}}}, "is a text, not 1"),
    ],
)
def test_servers_that_do_not_fit_are_told(tmp_path: Path, server: Any, message: str) -> None:
    assert message in messages(read(tmp_path, document({}, servers=[server])))


def test_security_schemes_of_every_kind(tmp_path: Path) -> None:
    flows = {"implicit": {"scopes": {"read": ""}}, "clientCredentials": {"scopes": {"read": "", "write": ""}}}
    schemes = {
        "bearer": {"type": "http", "scheme": "Bearer"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": "session"},
        "oauth": {"type": "oauth2", "flows": flows},
        "openid": {"type": "openIdConnect", "openIdConnectUrl": "https://example.com"},
        "tls": {"type": "mutualTLS"},
        "alias": {"$ref": "#/components/securitySchemes/bearer"},
    }
    description = read(tmp_path, document({}, version="3.1.0", components={"securitySchemes": schemes}))

    found = {scheme.name: scheme for scheme in description.security_schemes}
    assert [scheme.kind for scheme in found.values()] == [
        SchemeKind.HTTP, SchemeKind.API_KEY, SchemeKind.OAUTH2, SchemeKind.OPENID_CONNECT, SchemeKind.MUTUAL_TLS,
        SchemeKind.HTTP,
    ]  # fmt: skip
    assert found["bearer"].http_scheme == "bearer"
    assert (found["cookie"].where, found["cookie"].parameter) == (ParameterLocation.COOKIE, "session")
    assert found["oauth"].scopes == ("read", "write")
    assert description.diagnostics == ()


@pytest.mark.parametrize(
    ("scheme", "message"),
    [
        ({"type": "http"}, "needs a 'scheme'"),
        ({"type": "apiKey", "in": "body", "name": "a"}, "needs a 'name', and 'in' query, header or cookie"),
        ({"type": "magic"}, "no type of security scheme 'magic'"),
        ({"$ref": "#/none"}, "points nowhere"),
        (None, "should be a security scheme, not null"),
    ],
)
def test_a_scheme_that_does_not_fit_is_left_out(tmp_path: Path, scheme: Any, message: str) -> None:
    description = read(tmp_path, document({}, components={"securitySchemes": {"a": scheme}}))

    assert description.security_schemes == ()
    assert message in messages(description)


@pytest.mark.parametrize(
    ("everywhere", "own", "alternatives", "needs_identity"),
    [
        ([{"key": ["x"]}], None, [(("key", ("x",)),)], True),
        ([{"key": []}], [], [], False),
        ([], [{"key": []}], [(("key", ()),)], True),
        ([{"key": []}], [{}, {"key": []}], [(), (("key", ()),)], False),
        (None, None, [], False),
    ],
)
def test_the_security_of_an_operation_is_its_own_or_the_roots(
    tmp_path: Path, everywhere: Any, own: Any, alternatives: Any, needs_identity: bool
) -> None:
    schemes = {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "K"}}}
    operation = {**OK, "security": own} if own is not None else OK
    root = {"security": everywhere} if everywhere is not None else {}
    (get,) = read(tmp_path, document({"/a": {"get": operation}}, components=schemes, **root)).operations

    assert [requirement.schemes for requirement in get.security] == alternatives
    assert get.needs_identity is needs_identity
