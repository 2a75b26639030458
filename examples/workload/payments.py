"""payments: charges cards through the outside provider and books each charge in the ledger.

It holds a real defect: a voucher that the ledger does not know leaves its connection outside the pool for ever. It does
no harm until such vouchers come in numbers.
"""

import logging

from workload.ledger_pool import LedgerError, Pool, PoolTimeout
from workload.log_lines import log_as_text
from workload.measures import Measures
from workload.parameters import Parameters
from workload.remote import Remote
from workload.service import Refused, Request, serve, stop_on_sigterm
from workload.site import here
from workload.telemetry import start_tracing
from workload.watched_file import Json

log = logging.getLogger("shop.payments")


class Payments:
    """POST /charges."""

    def __init__(self, parameters: Parameters, gateway: Remote, pool: Pool) -> None:
        self._parameters, self._gateway, self._pool = parameters, gateway, pool

    def charge(self, request: Request) -> Json:
        """Charge one order; 402 if declined, 422 for an unknown voucher, 503 without a database connection."""
        try:
            return self._charge(request)
        except PoolTimeout as error:
            raise Refused(503, "no database connection") from error
        except (LedgerError, OSError) as error:
            raise Refused(500, "the ledger failed") from error

    def _charge(self, request: Request) -> Json:
        order_id, amount = request.text("order_id"), int(request.text("amount_cents"))
        if request.body.get("voucher"):
            amount = amount * (100 - self._discount_percent(request.text("voucher"))) // 100
        timeout_s = self._parameters.seconds("gateway_timeout_ms")
        card: Json = {"amount": amount, "token": request.text("card")}
        authorization = self._gateway.post("/v1/authorizations", card, timeout_s=timeout_s)["authorization"]
        self._book(order_id, amount, str(authorization))
        log.info("charged order %s: %d cents, authorization %s", order_id, amount, authorization)
        return {"authorization": authorization, "amount_cents": amount}

    def _discount_percent(self, code: str) -> int:
        connection = self._pool.acquire()
        rows = connection.run("SELECT percent FROM vouchers WHERE code = ?", code)
        if not rows:
            raise Refused(422, f"voucher {code} is not valid")  # the defect: the connection is not released
        self._pool.release(connection)
        return int(str(rows[0][0]))

    def _book(self, order_id: str, amount: int, authorization: str) -> None:
        connection = self._pool.acquire()
        try:
            columns = "(order_id, amount_cents, authorization)"
            connection.run(f"INSERT INTO entries {columns} VALUES (?, ?, ?)", order_id, amount, authorization)
        finally:
            self._pool.release(connection)


def main() -> None:
    """Serve until told to stop."""
    log_as_text()
    stop_on_sigterm()
    site = here()
    start_tracing(site, "payments")
    pool = Pool(site, size=10, timeout_s=2)
    measures = Measures(site.raw / "metrics", "payments")
    measures.gauge("LedgerConnectionsInUse", "Count", lambda: pool.in_use)
    payments = Payments(Parameters(site, "payments"), Remote(site, "card-gateway"), pool)
    serve(site, "payments", {"POST /charges": payments.charge}, measures).serve_forever()


if __name__ == "__main__":
    main()
