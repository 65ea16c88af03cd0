"""The HTTP target, against servers that behave and servers that do not."""

from __future__ import annotations

import gzip
import shutil
import socket
import ssl
import subprocess
import threading
import time
import zlib
from contextlib import closing
from pathlib import Path

import pytest

from oagen.errors import TargetError
from oagen.scenario.wire import WireRequest
from oagen.target.http import HttpOptions, HttpTarget
from oagen.target.model import Answer, FailureKind, SendFailure
from tests.target.servers import answer, saying, serving

GET = WireRequest(method="GET", target="/x")
POST = WireRequest(method="POST", target="/x", body=b"{}")


def _send(url: str, request: WireRequest = GET, **options: object) -> Answer:
    with closing(HttpTarget(url, HttpOptions(**options))) as target:  # type: ignore[arg-type]
        return target.send(request)


def _failure(url: str, request: WireRequest = GET, **options: object) -> SendFailure:
    with pytest.raises(SendFailure) as caught:
        _send(url, request, **options)
    return caught.value


def test_an_answer_comes_back_whole() -> None:
    with serving(saying(answer(b'{"a":1}', "201 Created", "X-A: 1", "X-A: 2"))) as served:
        got = _send(served.url, POST)

    assert (got.status, got.json(), got.header("x-a"), got.truncated) == (201, {"a": 1}, "1, 2", False)
    assert 0 < got.seconds < 5


def test_a_connection_serves_many_requests() -> None:
    with serving(saying(answer(b"ok"))) as served, closing(HttpTarget(served.url)) as target:
        for _ in range(5):
            target.send(POST)

        assert (served.connections, len(served.requests)) == (1, 5)


def test_threads_do_not_share_a_connection_at_the_same_time() -> None:
    together = threading.Barrier(3, timeout=5)

    def script(connected: socket.socket, _request: bytes) -> None:
        together.wait()
        connected.sendall(answer(b"ok"))

    with serving(script) as served, closing(HttpTarget(served.url)) as target:
        threads = [threading.Thread(target=target.send, args=(POST,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert (served.connections, together.broken) == (3, False)


def test_the_path_goes_out_byte_for_byte() -> None:
    with serving(saying(answer())) as served:
        _send(served.url, WireRequest(method="GET", target="/a%2F..//%zz/\udcff\x01?q={}|"))

    assert served.requests[0].startswith(b"GET /a%2F..//%zz/\xff\x01?q={}| HTTP/1.1\r\n")


def test_headers_of_request_options_and_target_do_not_meet_twice() -> None:
    request = WireRequest(method="POST", target="/", headers=(("accept", "a/b"), ("X", "1"), ("X", "2")))
    with serving(saying(answer())) as served:
        _send(served.url, request, headers=(("User-Agent", "me"), ("X", "0"), ("Authorization", "t")))

    lines = served.requests[0].decode().split("\r\n")
    expected = "Accept-Encoding: gzip, deflate|Authorization: t|Content-Length: 0|User-Agent: me|X: 1|X: 2|accept: a/b"
    assert sorted(line for line in lines[1:] if line and not line.startswith("Host")) == expected.split("|")


@pytest.mark.parametrize(
    "request_",
    [
        WireRequest(method="GET", target="/a\r\nX: 1"),
        WireRequest(method="GET /x HTTP/1.1\r\nA:", target="/"),
        WireRequest(method="GET", target="/", headers=(("A\r\nB", "1"),)),
        WireRequest(method="GET", target="/", headers=(("A", "1\r\nB: 2"),)),
        WireRequest(method="GET", target="/", headers=(("A", "1\0"),)),
        WireRequest(method="GET", target="/", headers=(("A B", "1"),)),
    ],
    ids=["target", "method", "name", "value", "nul", "blank"],
)
def test_nothing_can_be_injected(request_: WireRequest) -> None:
    with serving(saying(answer())) as served:
        failure = _failure(served.url, request_)

    assert failure.kind is FailureKind.UNSENDABLE
    assert served.requests == []


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(b"hello", mtime=0), "gzip"),
        (gzip.compress(b"hel", mtime=0) + gzip.compress(b"lo", mtime=0), "x-gzip"),
        (zlib.compress(b"hello"), "deflate"),
        (zlib.compress(b"hello")[2:-4], "deflate"),
        (gzip.compress(zlib.compress(b"hello"), mtime=0), "deflate, gzip"),
        (b"hello", "identity"),
        (b"hello", "br"),
    ],
)
def test_compressed_bodies_are_unpacked(body: bytes, encoding: str) -> None:
    with serving(saying(answer(body, "200 OK", f"Content-Encoding: {encoding}"))) as served:
        assert _send(served.url).body == b"hello"


def test_a_bomb_is_cut_at_the_limit() -> None:
    bomb = gzip.compress(gzip.compress(bytes(50_000_000)))
    with serving(saying(answer(bomb, "200 OK", "Content-Encoding: gzip, gzip"))) as served:
        got = _send(served.url, max_body=1000)

    assert (len(got.body), got.truncated) == (1000, True)


def test_a_body_that_is_not_compressed_as_it_says_is_a_fault_of_the_protocol() -> None:
    with serving(saying(answer(b"hello", "200 OK", "Content-Encoding: gzip"))) as served:
        assert _failure(served.url).kind is FailureKind.PROTOCOL


def test_chunked_bodies() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    with serving(saying(chunked)) as served, closing(HttpTarget(served.url)) as target:
        assert [target.send(GET).body for _ in range(2)] == [b"hello", b"hello"]
        assert served.connections == 1


def test_http_1_0_and_bodies_that_end_with_the_connection() -> None:
    with (
        serving(saying(b"HTTP/1.0 200 OK\r\n\r\nhello", close=True)) as served,
        closing(HttpTarget(served.url)) as target,
    ):
        assert [target.send(POST).body for _ in range(2)] == [b"hello", b"hello"]


def test_interim_answers_are_passed_over() -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    with serving(saying(early + answer(b"ok"))) as served:
        assert _send(served.url).body == b"ok"


def test_redirects_are_not_followed() -> None:
    with serving(saying(answer(b"", "302 Found", "Location: http://example.com/"))) as served:
        assert _send(served.url).status == 302
    assert len(served.requests) == 1


def test_an_answer_nobody_asked_for_is_never_taken_for_the_next_one() -> None:
    smuggled = answer(b"", "204 No Content").replace(b"Content-Length: 0\r\n", b"") + answer(b"wrong")
    with serving(saying(smuggled, answer(b"right"))) as served, closing(HttpTarget(served.url)) as target:
        assert target.send(GET).status == 204
        assert target.send(POST).body == b"right"


def test_a_server_that_sends_a_second_answer_later_is_not_believed_on_a_connection_that_was_used() -> None:
    def script(connected: socket.socket, request: bytes) -> None:
        path = request.split()[1]
        connected.sendall(answer(path))
        if path.startswith(b"/twice"):
            time.sleep(0.005)  # so that the next request is on its way
            connected.sendall(answer(b"unasked", "500 Internal Server Error"))

    paths = [f"/{'twice' if number % 2 else 'once'}/{number}" for number in range(60)]
    with serving(script) as served, closing(HttpTarget(served.url)) as target:
        got = [target.send(WireRequest(method="GET", target=path)) for path in paths]

    taken = [path for path, answered in zip(paths, got, strict=True) if answered.body != path.encode()]
    assert len(taken) <= 3, taken
    assert served.connections > 50


def test_an_idle_connection_that_the_server_closed_is_replaced() -> None:
    def script(connected: socket.socket, _request: bytes) -> None:
        connected.sendall(answer(b"ok"))
        connected.shutdown(socket.SHUT_RDWR)

    with serving(script) as served, closing(HttpTarget(served.url)) as target:
        for _ in range(3):
            assert target.send(POST).body == b"ok"
            time.sleep(0.05)
        assert len(served.requests) == 3


@pytest.mark.parametrize(("method", "sent"), [("GET", 3), ("POST", 2)])
def test_only_what_may_be_repeated_is_sent_again(method: str, sent: int) -> None:
    def script(connected: socket.socket, _request: bytes) -> None:
        if len(served.requests) == 1:
            connected.sendall(answer(b"ok"))
        else:
            connected.shutdown(socket.SHUT_RDWR)

    with serving(script) as served, closing(HttpTarget(served.url)) as target:
        target.send(GET)
        with pytest.raises(SendFailure) as caught:
            target.send(WireRequest(method=method, target="/"))

    assert caught.value.kind is FailureKind.DROPPED
    assert len(served.requests) == sent


def test_a_refusal_sent_before_the_body_was_read_is_seen() -> None:
    early = answer(b"too large", "413 Content Too Large", "Connection: close")
    listener = socket.create_server(("127.0.0.1", 0))

    def refuse() -> None:
        connected, _ = listener.accept()
        with connected:
            connected.recv(1000)
            connected.sendall(early)
            connected.shutdown(socket.SHUT_WR)
            while connected.recv(65_536):
                pass

    thread = threading.Thread(target=refuse)
    thread.start()
    got = _send(
        f"http://127.0.0.1:{listener.getsockname()[1]}", WireRequest(method="POST", target="/", body=bytes(10**6))
    )
    thread.join()
    listener.close()

    assert (got.status, got.body) == (413, b"too large")


def test_no_answer_in_time() -> None:
    with serving(lambda _connected, _request: None) as served:
        assert _failure(served.url, timeout=0.2).kind is FailureKind.TIMEOUT


@pytest.mark.parametrize("piece", [b"1\r\nx\r\n", b"x"])
def test_an_answer_without_end_is_cut_in_time(piece: bytes) -> None:
    ended = threading.Event()
    head = b"HTTP/1.1 200 OK\r\n" + (b"Transfer-Encoding: chunked\r\n" if len(piece) > 1 else b"") + b"\r\n"

    def script(connected: socket.socket, _request: bytes) -> None:
        connected.sendall(head)
        while not ended.wait(0.02):
            connected.sendall(piece)

    with serving(script) as served:
        got = _send(served.url, timeout=0.4)
        ended.set()

    assert (got.status, got.truncated) == (200, True)
    assert 0.3 < got.seconds < 2


def test_headers_that_drip_are_cut_in_time() -> None:
    ended = threading.Event()

    def script(connected: socket.socket, _request: bytes) -> None:
        connected.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while not ended.wait(0.02):
            connected.sendall(b"x")

    with serving(script) as served:
        assert _failure(served.url, timeout=0.3).kind is FailureKind.TIMEOUT
        ended.set()


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        (b"hello\r\n\r\n", FailureKind.PROTOCOL),
        (b"HTTP/1.1 nope OK\r\n\r\n", FailureKind.PROTOCOL),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", FailureKind.OVERSIZE),
        (b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 200 + b"\r\n", FailureKind.OVERSIZE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", FailureKind.DROPPED),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", FailureKind.DROPPED),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", FailureKind.DROPPED),
        (b"", FailureKind.DROPPED),
    ],
    ids=["no-http", "status", "long-header", "many-headers", "short", "chunk-size", "short-chunk", "nothing"],
)
def test_what_is_no_answer(sent: bytes, kind: FailureKind) -> None:
    with serving(saying(sent, close=True)) as served:
        assert _failure(served.url, POST).kind is kind


def test_a_large_body_is_cut() -> None:
    with serving(saying(answer(bytes(100_000)))) as served:
        got = _send(served.url, max_body=10_000)

    assert (len(got.body), got.truncated) == (10_000, True)


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    assert _failure(f"http://127.0.0.1:{port}").kind is FailureKind.REFUSED


def test_a_proxy_gets_the_whole_url_and_its_credentials() -> None:
    with serving(saying(answer(b"ok"))) as served:
        got = _send("http://api.invalid:81", GET, proxy=f"http://u:p%40@127.0.0.1:{served.port}")

    assert got.body == b"ok"
    assert served.requests[0].startswith(b"GET http://api.invalid:81/x HTTP/1.1\r\nHost: api.invalid:81\r\n")
    assert b"Proxy-Authorization: Basic dTpwQA==" in served.requests[0]


# -- TLS --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificate, and it is not installed")
    folder = tmp_path_factory.mktemp("tls")
    made = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    made += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(folder / "key"), "-out", str(folder / "made")]
    subprocess.run(made, check=True, capture_output=True)
    path = folder / "both.pem"
    path.write_bytes((folder / "key").read_bytes() + (folder / "made").read_bytes())
    return path


def test_tls_with_bundle_and_client_certificate(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.load_verify_locations(certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    options = {"ca_bundle": str(certificate), "client_certificate": str(certificate)}
    with serving(saying(answer(b"ok")), context) as served:
        url = served.url.replace("http:", "https:")
        with closing(HttpTarget(url, HttpOptions(**options))) as target:  # type: ignore[arg-type]
            assert [target.send(POST).body for _ in range(3)] == [b"ok"] * 3


def test_a_certificate_that_nobody_vouches_for(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(saying(answer(b"ok")), context) as served:
        url = served.url.replace("http:", "https:")

        assert _failure(url).kind is FailureKind.TLS
        assert _send(url, verify=False).body == b"ok"


def test_a_certificate_file_that_is_none_is_the_users_mistake(tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("nothing")

    with pytest.raises(TargetError, match="certificate"):
        HttpTarget("https://127.0.0.1", HttpOptions(ca_bundle=str(tmp_path / "x.pem")))
