"""The ledger database: SQLite behind a TCP port, with a limit on connections as any database server has.

Protocol: a line of JSON each way, {"sql", "args"} and {"rows"} or {"error"}. A connection over the limit is told so
and closed.
"""

import json
import logging
import socketserver
import sqlite3
import threading

from workload.log_lines import log_as_text
from workload.measures import MetricFile, Reading, every_period
from workload.service import stop_on_sigterm
from workload.site import here

MAX_CONNECTIONS = 12
SCHEMA = """
CREATE TABLE entries (id INTEGER PRIMARY KEY, order_id TEXT, amount_cents INTEGER, authorization TEXT);
CREATE TABLE vouchers (code TEXT PRIMARY KEY, percent INTEGER);
INSERT INTO vouchers VALUES ('WELCOME10', 10), ('NOVEMBER5', 5);
"""
log = logging.getLogger("ledger")


class Database:
    """One SQLite database in memory, used by one connection at a time."""

    def __init__(self) -> None:
        self._sqlite = sqlite3.connect(":memory:", check_same_thread=False)
        self._sqlite.executescript(SCHEMA)
        self._lock = threading.Lock()
        self.connections = 0

    def admit(self) -> bool:
        """Count a new connection in, unless the limit is reached."""
        with self._lock:
            admitted = self.connections < MAX_CONNECTIONS
            self.connections += admitted
            return admitted

    def leave(self) -> None:
        """Count a connection out."""
        with self._lock:
            self.connections -= 1

    def run(self, sql: str, args: list[object]) -> list[list[object]]:
        """Run one statement in a transaction of its own and return its rows."""
        with self._lock, self._sqlite:
            return [list(row) for row in self._sqlite.execute(sql, args)]


class Session(socketserver.StreamRequestHandler):
    """One client's connection."""

    database: Database
    disable_nagle_algorithm = True

    def handle(self) -> None:
        """Answer statements until the client leaves."""
        if not self.database.admit():
            log.error("FATAL: sorry, too many clients already (max_connections = %d)", MAX_CONNECTIONS)
            self._say({"error": "FATAL: sorry, too many clients already"})
            return
        log.info("connection authorized: application=payments database=ledger")
        try:
            for line in self.rfile:
                self._say(self._answer(json.loads(line)))
        finally:
            self.database.leave()

    def _answer(self, statement: dict[str, object]) -> dict[str, object]:
        args = statement["args"]
        assert isinstance(args, list)
        try:
            return {"rows": self.database.run(str(statement["sql"]), args)}
        except sqlite3.Error as error:
            return {"error": f"ERROR: {error}"}

    def _say(self, answer: dict[str, object]) -> None:
        self.wfile.write(json.dumps(answer).encode() + b"\n")


class LedgerServer(socketserver.ThreadingTCPServer):
    """A thread a connection."""

    daemon_threads = True
    allow_reuse_address = True


def main() -> None:
    """Serve until told to stop."""
    log_as_text()
    stop_on_sigterm()
    site, database = here(), Database()
    metrics = MetricFile(
        site.raw / "metrics" / "ledger.csv", namespace="Shop/Database", dimensions={"Database": "ledger"}
    )
    every_period(lambda start: metrics.append(start, readings(database)))
    bound = type("Bound", (Session,), {"database": database})
    log.info("ledger is ready to accept connections, max_connections = %d", MAX_CONNECTIONS)
    LedgerServer(("127.0.0.1", site.port("ledger")), bound).serve_forever()


def readings(database: Database) -> list[Reading]:
    """Return the database's own metrics."""
    limit = Reading("MaxConnections", "Average", "Count", MAX_CONNECTIONS)
    return [Reading("DatabaseConnections", "Average", "Count", database.connections), limit]


if __name__ == "__main__":
    main()
