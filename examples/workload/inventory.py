"""inventory: answers what is in stock and reserves it, in the DynamoDB table `stock`."""

import logging
import threading
import time

from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, ClientError

from workload.aws import client
from workload.catalogue import Catalogue
from workload.log_lines import log_as_text
from workload.measures import Measures
from workload.service import Refused, Request, serve, stop_on_sigterm
from workload.site import here
from workload.telemetry import start_tracing
from workload.watched_file import Json

REFRESH_S = 5
log = logging.getLogger("shop.inventory")


class Inventory:
    """GET /products/{sku}, POST /reservations and POST /releases."""

    def __init__(self, dynamodb: BaseClient, catalogue: Catalogue) -> None:
        self._dynamodb, self._catalogue = dynamodb, catalogue

    def show(self, request: Request) -> Json:
        """Return one product with its stock."""
        sku = request.path["sku"]
        item = self._stock("get_item", Key={"sku": {"S": sku}}).get("Item")
        if item is None:
            raise Refused(404, f"no product {sku}")
        product = self._catalogue[sku]
        return {"sku": sku, "on_hand": int(item["on_hand"]["N"]), "shelf": product.shelf}

    def reserve(self, request: Request) -> Json:
        """Take stock for an order; 409 if there is not enough."""
        sku, quantity = request.text("sku"), request.text("quantity")
        try:
            self._move(sku, "on_hand - :q", quantity, ConditionExpression="on_hand >= :q")
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            raise Refused(409, f"{sku} is out of stock") from None
        log.info("reserved %s of %s for order %s", quantity, sku, request.text("order_id"))
        return {"sku": sku, "weight_kg": self._catalogue[sku].weight_kg * int(quantity)}

    def release(self, request: Request) -> Json:
        """Give stock back that an order did not use."""
        sku, quantity = request.text("sku"), request.text("quantity")
        self._move(sku, "on_hand + :q", quantity)
        log.info("released %s of %s from order %s", quantity, sku, request.text("order_id"))
        return {"sku": sku}

    def _move(self, sku: str, expression: str, quantity: str, **condition: str) -> None:
        self._stock(
            "update_item",
            Key={"sku": {"S": sku}},
            UpdateExpression=f"SET on_hand = {expression}",
            ExpressionAttributeValues={":q": {"N": quantity}},
            **condition,
        )

    def _stock(self, operation: str, **call: object) -> dict[str, dict[str, dict[str, str]]]:
        try:
            answer: dict[str, dict[str, dict[str, str]]]
            answer = getattr(self._dynamodb, operation)(TableName="stock", **call)
            return answer
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            raise
        except (ClientError, BotoCoreError) as error:
            raise Refused(503, "stock is unavailable") from error


def main() -> None:
    """Serve until told to stop; the main thread keeps the catalogue fresh, and the process ends if it cannot."""
    log_as_text()
    stop_on_sigterm()
    site = here()
    start_tracing(site, "inventory", version="3.1.0")
    catalogue = Catalogue(site.state / "catalogue.json")
    inventory = Inventory(client(site, "dynamodb"), catalogue)
    routes = {
        "GET /products/{sku}": inventory.show,
        "POST /reservations": inventory.reserve,
        "POST /releases": inventory.release,
    }
    server = serve(site, "inventory", routes, Measures(site.raw / "metrics", "inventory"))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        follow(catalogue)
    except Exception:
        log.critical("inventory cannot continue", exc_info=True)
        raise SystemExit(1) from None


def follow(catalogue: Catalogue) -> None:
    """Re-read the catalogue for ever."""
    while True:
        if catalogue.refresh():
            log.info("catalogue loaded, %d products", len(catalogue))
        time.sleep(REFRESH_S)


if __name__ == "__main__":
    main()
