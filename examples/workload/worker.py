"""worker: takes shipments off the queue and writes their labels to the table `shipments`."""

import json
import logging
import random
import time

from botocore.exceptions import BotoCoreError, ClientError
from opentelemetry import propagate, trace
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.trace import SpanKind

from workload.aws import QUEUE, client, queue_url
from workload.log_lines import log_as_json
from workload.measures import Measures
from workload.service import stop_on_sigterm
from workload.site import Site, here
from workload.telemetry import start_tracing

HELD_SHARE = 0.02
log = logging.getLogger("shop.worker")
Message = dict[str, object]


class Worker:
    """Consumes the shipments queue."""

    def __init__(self, site: Site, measures: Measures) -> None:
        self._sqs, self._dynamodb = client(site, "sqs"), client(site, "dynamodb")
        self._queue_url, self._measures = queue_url(site), measures

    def run_once(self) -> None:
        """Take up to ten messages, waiting a second for the first."""
        with suppress_instrumentation():
            batch = self._sqs.receive_message(
                QueueUrl=self._queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=1, MessageAttributeNames=["All"]
            )
        for message in batch.get("Messages", []):
            self._take(message)

    def _take(self, message: dict[str, dict[str, dict[str, str]]]) -> None:
        started = time.perf_counter()
        carrier = {key: value["StringValue"] for key, value in message.get("MessageAttributes", {}).items()}
        tracer, parent = trace.get_tracer("shop.worker"), propagate.extract(carrier)
        with tracer.start_as_current_span(f"{QUEUE} process", context=parent, kind=SpanKind.CONSUMER) as span:
            span.set_attributes({"messaging.system": "aws_sqs", "messaging.destination.name": QUEUE})
            span.set_attributes({"messaging.operation.type": "process", "peer.service": QUEUE})
            status = self._ship(json.loads(str(message["Body"])), str(message["ReceiptHandle"]))
        self._measures.request(status, (time.perf_counter() - started) * 1000)

    def _ship(self, shipment: dict[str, object], receipt: str) -> int:
        order_id = str(shipment["order_id"])
        if random.random() < HELD_SHARE:
            log.warning("shipment of order %s is held: address is incomplete", order_id)
        label = {"order_id": {"S": order_id}, "weight_kg": {"N": str(shipment["weight_kg"])}}
        try:
            self._dynamodb.put_item(TableName="shipments", Item=label)
            self._sqs.delete_message(QueueUrl=self._queue_url, ReceiptHandle=receipt)
        except (ClientError, BotoCoreError):
            log.exception("shipment of order %s stays in the queue", order_id)
            return 500
        log.info("shipment of order %s labelled, %s kg", order_id, shipment["weight_kg"])
        return 200


def main() -> None:
    """Work until told to stop."""
    log_as_json()
    stop_on_sigterm()
    site = here()
    start_tracing(site, "worker", version="1.2.0")
    worker = Worker(site, Measures(site.raw / "metrics", "worker"))
    log.info("worker follows the queue %s", QUEUE)
    while True:
        worker.run_once()


if __name__ == "__main__":
    main()
