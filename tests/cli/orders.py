"""The orders API with its planted faults, over HTTP."""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from oagen.scenario.wire import WireRequest
from tests.fuzz.apps import DOCUMENT, OrdersApi


@contextlib.contextmanager
def orders_over_http(context: ssl.SSLContext | None = None) -> Iterator[tuple[str, OrdersApi]]:
    """Serve the API, by TLS where a context is given; yield its URL and itself. It offers its document."""
    orders = OrdersApi()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            if self.path == "/openapi.json":
                self._document()
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = orders.send(WireRequest(method=self.command, target=self.path, body=body))
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def _document(self) -> None:
            body = json.dumps(DOCUMENT).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = answer  # noqa: N815

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"{'https' if context else 'http'}://127.0.0.1:{server.server_address[1]}", orders
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def write_document(folder: Path) -> None:
    """Write the document of the API."""
    (folder / "openapi.json").write_text(json.dumps(DOCUMENT))
