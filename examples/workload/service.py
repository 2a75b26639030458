"""The shell of an HTTP service: routes, server spans, the request log, request metrics, and errors as answers."""

import json
import logging
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry import propagate, trace
from opentelemetry.trace import Span, SpanKind, StatusCode

from workload.measures import Measures
from workload.site import Site
from workload.watched_file import Json

SLOW_MS = 1000
log = logging.getLogger("shop.http")


class Refused(Exception):
    """A request that is answered with an error status. Statuses from 500 on are our failure, below the caller's."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class Request:
    """What a handler gets."""

    path: dict[str, str] = field(default_factory=dict)
    """The values of the route's {names}."""
    body: Json = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a field of the body as text."""
        return str(self.body[name])


Handler = Callable[[Request], Json]


def serve(site: Site, name: str, routes: Mapping[str, Handler], measures: Measures) -> ThreadingHTTPServer:
    """Return a bound server for routes such as {"POST /orders": ..., "GET /orders/{order_id}": ...}."""
    bound = type("Bound", (ShopHandler,), {"site": site, "name": name, "routes": routes, "measures": measures})
    server = ShopServer(("127.0.0.1", site.port(name)), bound)
    log.info("%s is listening on port %d", name, site.port(name))
    return server


def stop_on_sigterm() -> None:
    """Leave through the usual exit on SIGTERM, so that the last spans are written."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


class ShopServer(ThreadingHTTPServer):
    """A thread a connection; a deep accept queue."""

    daemon_threads = True
    request_queue_size = 128


class ShopHandler(BaseHTTPRequestHandler):
    """Serves one connection of one service."""

    site: Site
    name: str
    routes: Mapping[str, Handler]
    measures: Measures
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def setup(self) -> None:
        """Send small answers at once."""
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do_GET(self) -> None:
        """Serve a GET."""
        self._serve()

    def do_POST(self) -> None:
        """Serve a POST."""
        self._serve()

    def _serve(self) -> None:
        started = time.perf_counter()
        route, path = self._match()
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
        parent = propagate.extract(dict(self.headers.items()))
        tracer = trace.get_tracer("shop.http")
        with tracer.start_as_current_span(route, context=parent, kind=SpanKind.SERVER) as span:
            status, answer = self._answer(span, route, Request(path, body))
            self._describe(span, route, status)
            latency_ms = (time.perf_counter() - started) * 1000
            say = log.warning if latency_ms > SLOW_MS else log.info
            say("%s %s %d in %.0f ms", self.command, self.path, status, latency_ms)
            self.measures.request(status, latency_ms)
            self._send(status, answer)

    def _answer(self, span: Span, route: str, request: Request) -> tuple[int, Json]:
        handler = self.routes.get(route)
        if handler is None:
            return 404, {"error": "no such path"}
        try:
            return (201 if self.command == "POST" else 200), handler(request)
        except Refused as refused:
            self._explain(span, refused)
            return refused.status, {"error": str(refused)}
        except Exception as error:
            log.exception("unhandled %s in %s", type(error).__name__, route)
            span.record_exception(error)
            span.set_status(StatusCode.ERROR, str(error))
            return 500, {"error": "internal error"}

    def _explain(self, span: Span, refused: Refused) -> None:
        if refused.status < 500:
            log.warning("%s refused: %s", self.path, refused)
            return
        log.error("%s failed: %s", self.path, refused, exc_info=refused.__cause__)
        span.record_exception(refused.__cause__ or refused)
        span.set_status(StatusCode.ERROR, str(refused))

    def _describe(self, span: Span, route: str, status: int) -> None:
        span.set_attributes({"http.request.method": self.command, "url.path": self.path, "url.scheme": "http"})
        span.set_attributes({"http.route": route.split()[1], "http.response.status_code": status})
        span.set_attributes({"server.address": self.site.host(self.name), "server.port": self.site.port(self.name)})

    def _match(self) -> tuple[str, dict[str, str]]:
        wanted = f"{self.command} {self.path}".split("/")
        for route in self.routes:
            parts = route.split("/")
            pairs = list(zip(parts, wanted, strict=False))
            if len(parts) == len(wanted) and all(p == w or p.startswith("{") for p, w in pairs):
                return route, {p.strip("{}"): w for p, w in pairs if p.startswith("{")}
        return f"{self.command} /", {}

    def _send(self, status: int, answer: Json) -> None:
        payload = json.dumps(answer).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)
            self.wfile.flush()
        except OSError:
            log.warning("%s %s: the client went away before the answer", self.command, self.path)
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Drop http.server's own access log; ours is written above."""
