"""The HTTP side of the fake AWS: whole requests in, whole answers out, connections kept or broken as told."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from wire import HttpRequest, HttpResponse


class HttpFront(ThreadingHTTPServer):
    """Serves on a free port of loopback; closing it ends connections that wait, too."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def __init__(self, respond: Callable[[HttpRequest], HttpResponse | None]) -> None:
        self.respond = respond
        self.open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        for connection in list(self.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        super().server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: HttpFront

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        response = self.server.respond(HttpRequest(self.command, self.path, headers, body))
        if response is None:
            self.close_connection = True
            return
        lengths: Mapping[str, str] = {"Content-Length": str(len(response.body)), **response.headers}
        lines = [f"HTTP/1.1 {response.status} Answer", *(f"{name}: {value}" for name, value in lengths.items())]
        self.close_connection = lengths["Content-Length"] != str(len(response.body))
        self.wfile.write("\r\n".join((*lines, "\r\n")).encode() + response.body)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = _serve  # noqa: N815 (names of http.server)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
