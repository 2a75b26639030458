"""A server on loopback that answers as a test says: whole, in pieces, slowly, cut off, or never."""

from __future__ import annotations

import itertools
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Request:
    """A request as it came; names of headers in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The body, which has to be a JSON object."""
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found


@dataclass(frozen=True)
class Reply:
    """An answer: its pieces are sent one by one, as chunks."""

    status: int = 200
    pieces: tuple[bytes, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    ending: str = "whole"
    """whole; cut: the connection breaks after the pieces; hang: nothing follows them; drip: `drops` follow for ever."""
    drops: bytes = b" "
    """Repeated, one byte at a time."""


def json_reply(body: object, status: int = 200, **headers: str) -> Reply:
    """Return an answer of JSON; names of headers with _ for -."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, (json.dumps(body).encode(),), {"Content-Type": "application/json", **named})


class TalkingServer(ThreadingHTTPServer):
    """Serves on a free port of loopback; closing it ends connections that wait, too."""

    daemon_threads = False
    block_on_close = True

    def __init__(self, respond: Callable[[Request], Reply]) -> None:
        self.respond = respond
        self.closing = threading.Event()
        self.problems: list[str] = []
        self.open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self.server_port}"

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        self.closing.set()
        for connection in list(self.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        super().server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away."""


@contextmanager
def talking(respond: Callable[[Request], Reply]) -> Iterator[TalkingServer]:
    """Serve until the block ends. Raises AssertionError for what `respond` raised."""
    server = TalkingServer(respond)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    if server.problems:
        raise AssertionError("the model's server:\n" + "\n".join(server.problems))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: TalkingServer

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            reply = self.server.respond(Request(self.command, self.path, headers, body))
        except Exception as error:
            self.server.problems.append(f"{type(error).__name__}: {error}")
            reply = json_reply({"error": {"message": f"the test's server: {error}"}}, 418)
        self._send(reply)

    def _send(self, reply: Reply) -> None:
        told = {**reply.headers, "Transfer-Encoding": "chunked"}
        lines = [f"HTTP/1.1 {reply.status} Answer", *(f"{name}: {value}" for name, value in told.items())]
        self.wfile.write("\r\n".join((*lines, "\r\n")).encode())
        for piece in reply.pieces:
            self._chunk(piece)
        match reply.ending:
            case "whole":
                self.wfile.write(b"0\r\n\r\n")
                return
            case "hang":
                self.server.closing.wait()
            case "drip":
                for n in itertools.count():
                    if self.server.closing.wait(0.005):
                        break
                    self._chunk(reply.drops[n % len(reply.drops) :][:1])
        self.close_connection = True

    def _chunk(self, piece: bytes) -> None:
        self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        self.wfile.flush()

    do_GET = do_POST = _serve  # noqa: N815 (names of http.server)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
