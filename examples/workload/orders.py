"""orders: takes an order through reservation and payment, stores it in the table `orders`, queues its shipment."""

import json
import logging
import uuid

from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, ClientError
from opentelemetry import propagate, trace
from opentelemetry.trace import SpanKind

from workload.aws import QUEUE, client, queue_url
from workload.log_lines import log_as_json
from workload.measures import Measures
from workload.parameters import Parameters
from workload.remote import Remote
from workload.service import Refused, Request, serve, stop_on_sigterm
from workload.site import Site, here
from workload.telemetry import start_tracing
from workload.watched_file import Json

PRICE_CENTS = 1290
log = logging.getLogger("shop.orders")


class OrderBook:
    """Orders in DynamoDB, and the queue of shipments."""

    def __init__(self, site: Site) -> None:
        self._dynamodb: BaseClient = client(site, "dynamodb")
        self._sqs: BaseClient = client(site, "sqs")
        self._queue_url = queue_url(site)

    def find(self, order_id: str) -> str | None:
        """Return an order's status."""
        item = self._dynamodb.get_item(TableName="orders", Key={"order_id": {"S": order_id}}).get("Item")
        return item["status"]["S"] if item else None

    def add(self, order_id: str, sku: str, authorization: str) -> None:
        """Store an order that is paid."""
        fields = {"order_id": order_id, "sku": sku, "authorization": authorization, "status": "paid"}
        self._dynamodb.put_item(TableName="orders", Item={name: {"S": value} for name, value in fields.items()})

    def ship(self, order_id: str, weight_kg: object) -> None:
        """Queue a shipment; the trace goes along in the message's attributes."""
        with trace.get_tracer("shop.orders").start_as_current_span(f"{QUEUE} publish", kind=SpanKind.PRODUCER) as span:
            span.set_attributes({"messaging.system": "aws_sqs", "messaging.destination.name": QUEUE})
            span.set_attributes({"messaging.operation.type": "send", "peer.service": QUEUE})
            carrier: dict[str, str] = {}
            propagate.inject(carrier)
            attributes = {key: {"DataType": "String", "StringValue": value} for key, value in carrier.items()}
            body = json.dumps({"order_id": order_id, "weight_kg": weight_kg})
            self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=body, MessageAttributes=attributes)


class Orders:
    """POST /orders and GET /orders/{order_id}."""

    def __init__(self, site: Site) -> None:
        self._parameters = Parameters(site, "orders")
        self._inventory, self._payments = Remote(site, "inventory"), Remote(site, "payments")
        self._book = OrderBook(site)

    def place(self, request: Request) -> Json:
        """Take one order; whatever was reserved is released if it cannot be paid or stored."""
        order_id = uuid.uuid4().hex[:12]
        reserved = self._reserve(order_id, request)
        try:
            authorization = str(self._pay(order_id, request)["authorization"])
            self._record(order_id, request.text("sku"), authorization, reserved["weight_kg"])
        except Refused:
            self._release(order_id, request)
            raise
        log.info("order %s placed for %s of %s", order_id, request.text("quantity"), request.text("sku"))
        return {"order_id": order_id}

    def show(self, request: Request) -> Json:
        """Return an order's status."""
        order_id = request.path["order_id"]
        try:
            status = self._book.find(order_id)
        except (ClientError, BotoCoreError) as error:
            raise Refused(503, "orders cannot be read") from error
        if status is None:
            raise Refused(404, f"no order {order_id}")
        return {"order_id": order_id, "status": status}

    def _reserve(self, order_id: str, request: Request) -> Json:
        wanted: Json = {"order_id": order_id, "sku": request.text("sku"), "quantity": request.text("quantity")}
        return self._inventory.post("/reservations", wanted, timeout_s=self._parameters.seconds("inventory_timeout_ms"))

    def _release(self, order_id: str, request: Request) -> None:
        unused: Json = {"order_id": order_id, "sku": request.text("sku"), "quantity": request.text("quantity")}
        try:
            self._inventory.post("/releases", unused, timeout_s=self._parameters.seconds("inventory_timeout_ms"))
        except Refused as refused:
            log.warning("order %s keeps its reservation: %s", order_id, refused)

    def _pay(self, order_id: str, request: Request) -> Json:
        amount = PRICE_CENTS * int(request.text("quantity"))
        charge: Json = {"order_id": order_id, "amount_cents": amount, "card": request.text("card")}
        if request.body.get("voucher"):
            charge["voucher"] = request.text("voucher")
        return self._payments.post("/charges", charge, timeout_s=self._parameters.seconds("payments_timeout_ms"))

    def _record(self, order_id: str, sku: str, authorization: str, weight_kg: object) -> None:
        try:
            self._book.add(order_id, sku, authorization)
            self._book.ship(order_id, weight_kg)
        except (ClientError, BotoCoreError) as error:
            raise Refused(503, "the order cannot be stored") from error


def main() -> None:
    """Serve until told to stop."""
    log_as_json()
    stop_on_sigterm()
    site = here()
    start_tracing(site, "orders", version="2.14.1")
    orders = Orders(site)
    routes = {"POST /orders": orders.place, "GET /orders/{order_id}": orders.show}
    serve(site, "orders", routes, Measures(site.raw / "metrics", "orders")).serve_forever()


if __name__ == "__main__":
    main()
