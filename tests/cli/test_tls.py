"""Certificates and proxies, on the command line, with servers that insist on them."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.cli.orders import orders_over_http, write_document
from tests.cli.running import oagen_in
from tests.forked import Ended

pytestmark = pytest.mark.timeout(120)


@dataclass(frozen=True)
class Papers:
    """Certificates of one authority: a server's, a client's, and one of nobody it knows."""

    authority: Path
    server: Path
    client: Path
    stranger: Path

    def context(self) -> ssl.SSLContext:
        """Return that of a server that wants to see the client's."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server)
        context.load_verify_locations(self.authority)
        context.verify_mode = ssl.CERT_REQUIRED
        return context


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificates, and it is not installed")
    folder = tmp_path_factory.mktemp("tls")

    def run(*arguments: str) -> None:
        subprocess.run([openssl, *arguments], cwd=folder, check=True, capture_output=True)

    def signed(name: str, *extra: str) -> Path:
        key = ("-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-subj", f"/CN={name}")
        run("req", *key, "-out", f"{name}.csr", *extra)
        issuer = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-copy_extensions", "copy")
        run("x509", "-req", "-in", f"{name}.csr", *issuer, "-days", "2", "-out", f"{name}.crt")
        both = folder / f"{name}.pem"
        both.write_bytes((folder / f"{name}.key").read_bytes() + (folder / f"{name}.crt").read_bytes())
        return both

    alone = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2")
    run(*alone, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=tests")
    run(*alone, "-keyout", "other.key", "-out", "other.crt", "-subj", "/CN=stranger")
    stranger = folder / "stranger.pem"
    stranger.write_bytes((folder / "other.key").read_bytes() + (folder / "other.crt").read_bytes())
    return Papers(
        authority=folder / "ca.pem",
        server=signed("server", "-addext", "subjectAltName=IP:127.0.0.1"),
        client=signed("client"),
        stranger=stranger,
    )


def fuzzed(folder: Path, url: str, *arguments: str) -> Ended:
    common = ("--max-requests", "40", "--fail-on", "never", "--report", "json=found.json")
    return oagen_in(folder, "fuzz", "--base-url", url, *common, *arguments)


def sent(folder: Path) -> int:
    report = json.loads((folder / "found.json").read_text())
    return sum(counts.get("201", 0) for counts in report["responses"].values())


def test_bundle_and_client_certificate_are_for_document_requests_and_replays(tmp_path: Path, papers: Papers) -> None:
    known = ("--ca-bundle", str(papers.authority), "--client-cert", str(papers.client))
    with orders_over_http(papers.context()) as (url, orders):
        ended = fuzzed(tmp_path, url, *known)
        assert ended.code == 0, ended.err
        assert sent(tmp_path) > 0
        before = len(orders.sent)
        replayed = oagen_in(tmp_path, "replay", "--base-url", url, *known)
        again = fuzzed(tmp_path, url, *known, "--workers", "2")

    assert replayed.code == 1, replayed.err
    assert "still there" in replayed.out
    assert again.code == 0, again.err
    assert len(orders.sent) > before + 20


@pytest.mark.parametrize(
    ("bundle", "client", "said"),
    [
        (False, "client", "certificate_verify_failed"),
        (True, "", "tls|--client-cert"),
        (True, "stranger", "tls|--client-cert"),  # the server may hang up before its alert is read
    ],
)
def test_what_does_not_fit_is_one_message(tmp_path: Path, papers: Papers, bundle: bool, client: str, said: str) -> None:
    write_document(tmp_path)
    arguments = ["--ca-bundle", str(papers.authority)] if bundle else []
    if client:
        arguments += ["--client-cert", str(getattr(papers, client))]
    with orders_over_http(papers.context()) as (url, _):
        ended = fuzzed(tmp_path, url, "openapi.json", *arguments)

    assert ended.code == 2, ended.out
    assert ended.err.count("error:") == 1
    assert re.search(said, ended.err.lower())
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("option", ["--ca-bundle", "--client-cert"])
def test_a_file_that_is_none_is_named(tmp_path: Path, papers: Papers, option: str) -> None:
    (tmp_path / "nothing.pem").write_text("nothing")
    with orders_over_http(papers.context()) as (url, _):
        ended = fuzzed(tmp_path, url, option, "nothing.pem")

    assert ended.code == 2
    assert "nothing.pem" in ended.err


# -- a proxy ----------------------------------------------------------------------------------------------------------


@dataclass
class Passing:
    """A proxy, and the first lines of what it was asked for."""

    url: str
    lines: list[bytes] = field(default_factory=list)


@contextlib.contextmanager
def a_proxy(port: int) -> Iterator[Passing]:
    """Pass everything on to a port of this machine, whatever host is named."""

    class Handler(socketserver.StreamRequestHandler):
        rbufsize = 0

        def handle(self) -> None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as onward:
                line = self.rfile.readline()
                passing.lines.append(line.strip())
                head = b""
                while (header := self.rfile.readline()) not in (b"\r\n", b""):
                    head += header if not header.lower().startswith(b"proxy-") else b""
                if line.startswith(b"CONNECT"):
                    self.wfile.write(b"HTTP/1.1 200 fine\r\n\r\n")
                else:
                    method, target, version = line.split(b" ", 2)
                    path = b"/" + target.split(b"/", 3)[3]
                    onward.sendall(b" ".join((method, path, version)) + head + b"Connection: close\r\n\r\n")
                back = threading.Thread(target=self._back, args=(onward,), daemon=True)
                back.start()
                while piece := self.request.recv(65_536):
                    onward.sendall(piece)
                onward.shutdown(socket.SHUT_WR)
                back.join(5)

        def _back(self, onward: socket.socket) -> None:
            with contextlib.suppress(OSError):
                while piece := onward.recv(65_536):
                    self.request.sendall(piece)
                self.request.shutdown(socket.SHUT_RDWR)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        passing = Passing(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield passing
        server.shutdown()
        thread.join(5)


def test_everything_goes_through_the_proxy(tmp_path: Path) -> None:
    with orders_over_http() as (url, _), a_proxy(int(url.rpartition(":")[2])) as proxy:
        ended = fuzzed(tmp_path, "http://api.invalid:81", "--proxy", proxy.url, "--allow-host", "api.invalid")

    assert ended.code == 0, ended.err
    assert sent(tmp_path) > 0
    assert len(proxy.lines) > 20
    assert all(b" http://api.invalid:81/" in line for line in proxy.lines)


def test_tls_goes_through_a_tunnel(tmp_path: Path, papers: Papers) -> None:
    known = ("--ca-bundle", str(papers.authority), "--client-cert", str(papers.client))
    with orders_over_http(papers.context()) as (url, _), a_proxy(int(url.rpartition(":")[2])) as proxy:
        ended = fuzzed(tmp_path, url, "--proxy", proxy.url, *known)

    assert ended.code == 0, ended.err
    assert sent(tmp_path) > 0
    assert {line.split()[0] for line in proxy.lines} == {b"CONNECT"}


def test_a_proxy_that_is_not_there(tmp_path: Path) -> None:
    ended = fuzzed(tmp_path, "http://127.0.0.1:9", "--proxy", "http://u:s3cr3tpass@127.0.0.1:1")

    assert ended.code == 2
    assert "s3cr3tpass" not in ended.err
    assert ended.err.count("error:") == 1
