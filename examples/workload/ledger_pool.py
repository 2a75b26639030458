"""Connections to the ledger database, and a pool of them."""

import json
import queue
import socket
import threading

from opentelemetry import trace
from opentelemetry.trace import SpanKind

from workload.site import Site

Rows = list[list[object]]


class LedgerError(Exception):
    """What the ledger answered instead of rows."""


class PoolTimeout(Exception):
    """No connection became free in time."""


class Connection:
    """One connection to the ledger; for one thread at a time."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._socket = socket.create_connection((site.host("ledger"), site.port("ledger")), timeout=5)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._lines = self._socket.makefile("rb")

    def run(self, sql: str, *args: object) -> Rows:
        """Run one statement in a transaction of its own; raises LedgerError."""
        verb = sql.split()[0]
        attributes = {"db.system.name": "sqlite", "db.namespace": "ledger", "db.query.text": sql}
        attributes |= {"db.operation.name": verb, "peer.service": "ledger", "server.address": self._site.host("ledger")}
        tracer = trace.get_tracer("shop.ledger")
        with tracer.start_as_current_span(f"{verb} ledger", kind=SpanKind.CLIENT, attributes=attributes):
            self._socket.sendall(json.dumps({"sql": sql, "args": args}).encode() + b"\n")
            answer = json.loads(self._lines.readline())
            if "error" in answer:
                raise LedgerError(answer["error"])
            rows: Rows = answer["rows"]
            return rows

    def close(self) -> None:
        """Leave the ledger."""
        self._lines.close()
        self._socket.close()


class Pool:
    """Up to `size` connections, opened when first needed. Whoever acquires one must release it."""

    def __init__(self, site: Site, *, size: int, timeout_s: float) -> None:
        self._site, self._size, self._timeout_s = site, size, timeout_s
        self._idle: queue.LifoQueue[Connection] = queue.LifoQueue()
        self._lock = threading.Lock()
        self._open = 0

    @property
    def in_use(self) -> int:
        """How many connections are out."""
        return self._open - self._idle.qsize()

    def acquire(self) -> Connection:
        """Return a connection; raises PoolTimeout."""
        with trace.get_tracer("shop.ledger").start_as_current_span("ledger pool acquire") as span:
            span.set_attribute("db.client.connection.pool.name", "ledger")
            return self._idle_one() or self._new_one() or self._awaited_one()

    def release(self, connection: Connection) -> None:
        """Give a connection back."""
        self._idle.put(connection)

    def _idle_one(self) -> Connection | None:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return None

    def _new_one(self) -> Connection | None:
        with self._lock:
            if self._open == self._size:
                return None
            self._open += 1
        return Connection(self._site)

    def _awaited_one(self) -> Connection:
        try:
            return self._idle.get(timeout=self._timeout_s)
        except queue.Empty:
            state = f"size {self._size}, in use {self.in_use}"
            raise PoolTimeout(
                f"timed out after {self._timeout_s:.1f} s waiting for a ledger connection ({state})"
            ) from None
