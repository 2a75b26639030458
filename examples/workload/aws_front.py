"""Stands before the local AWS server and enforces each table's provisioned capacity, which the server itself ignores.

A request over capacity is answered as DynamoDB answers it; all others are passed on. Writes the metrics that CloudWatch
would have for tables and queues.
"""

import http.client
import json
import logging
import socket
import time
import uuid
import zlib
from http.server import BaseHTTPRequestHandler

from workload.aws import QUEUE
from workload.capacity import WRITES, Capacity, Usage
from workload.measures import PERIOD_S, MetricFile, Reading, every_period
from workload.service import ShopServer, stop_on_sigterm
from workload.site import Site, here
from workload.watched_file import Json

EXCEEDED = {
    "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
    "message": "The level of configured provisioned throughput for the table was exceeded. "
    "Consider increasing your provisioning level with the UpdateTable API.",
}
SKIPPED_HEADERS = ("connection", "keep-alive", "transfer-encoding", "content-length", "date", "server")


class Front(BaseHTTPRequestHandler):
    """Serves one connection of an AWS client."""

    site: Site
    capacity: Capacity
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def setup(self) -> None:
        """Send small answers at once."""
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do_POST(self) -> None:
        """Admit or refuse one API call."""
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        target = self.headers.get("x-amz-target", "")
        if not target.startswith("DynamoDB_"):
            self._send(*self._forward(body))
            return
        operation, call = target.split(".")[1], json.loads(body)
        table = str(call.get("TableName", ""))
        if not self.capacity.admit(table, operation, time.monotonic()):
            self._refuse()
            return
        status, headers, answer = self._forward(body)
        self._account(operation, call, len(body if operation in WRITES else answer))
        self._send(status, headers, answer)

    def _account(self, operation: str, call: Json, size_bytes: int) -> None:
        table = str(call.get("TableName", ""))
        units = call.get("ProvisionedThroughput")
        if operation in ("CreateTable", "UpdateTable") and isinstance(units, dict):
            reads, writes = units["ReadCapacityUnits"], units["WriteCapacityUnits"]
            self.capacity.provision(table, reads=reads, writes=writes, now=time.monotonic())
        self.capacity.charge(table, operation, size_bytes)

    def _refuse(self) -> None:
        answer = json.dumps(EXCEEDED).encode()
        headers = {"Content-Type": "application/x-amz-json-1.0", "x-amz-crc32": str(zlib.crc32(answer))}
        headers["x-amzn-RequestId"] = uuid.uuid4().hex.upper()
        self._send(400, headers, answer)

    def _forward(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        server = http.client.HTTPConnection("127.0.0.1", self.site.port("moto"), timeout=10)
        server.request("POST", self.path, body, dict(self.headers.items()))
        response = server.getresponse()
        answer = response.read()
        server.close()
        headers = {name: value for name, value in response.getheaders() if name.lower() not in SKIPPED_HEADERS}
        return response.status, headers, answer

    def _send(self, status: int, headers: dict[str, str], answer: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """AWS keeps no access log that its customers see."""


class CloudMetrics:
    """The AWS/DynamoDB and AWS/SQS metrics of this run."""

    def __init__(self, site: Site, capacity: Capacity) -> None:
        self._site, self._capacity = site, capacity

    def write(self, period_start: float) -> None:
        """Write one period of every table and of the queue."""
        for table, usage in self._capacity.usage().items():
            writes = self._capacity.provisioned_writes(table)
            self._file("AWS/DynamoDB", {"TableName": table}).append(period_start, table_readings(usage, writes))
        depth = float(queue_depth(self._site))
        waiting = Reading("ApproximateNumberOfMessagesVisible", "Average", "Count", depth)
        self._file("AWS/SQS", {"QueueName": QUEUE}).append(period_start, [waiting])

    def _file(self, namespace: str, dimensions: dict[str, str]) -> MetricFile:
        path = self._site.raw / "metrics" / "cloudwatch.csv"
        return MetricFile(path, namespace=namespace, dimensions=dimensions)


def table_readings(usage: Usage, provisioned_writes: float) -> list[Reading]:
    """Return one table's metrics as CloudWatch names them; throttle events only where there were any."""
    readings = [
        Reading("ConsumedWriteCapacityUnits", "Sum", "Count", usage.consumed_writes),
        Reading("ConsumedReadCapacityUnits", "Sum", "Count", usage.consumed_reads),
        Reading("ProvisionedWriteCapacityUnits", "Average", "Count", provisioned_writes),
    ]
    events = {"WriteThrottleEvents": usage.write_throttles, "ReadThrottleEvents": usage.read_throttles}
    return readings + [Reading(name, "Sum", "Count", count) for name, count in events.items() if count]


def queue_depth(site: Site) -> int:
    """Return how many messages wait in the shipments queue."""
    server = http.client.HTTPConnection("127.0.0.1", site.port("moto"), timeout=PERIOD_S / 2)
    credential = "Credential=local/20260101/us-east-1/sqs/aws4_request"
    headers = {"X-Amz-Target": "AmazonSQS.GetQueueAttributes", "Content-Type": "application/x-amz-json-1.0"}
    headers["Authorization"] = f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0"
    url = f"http://127.0.0.1:{site.port('moto')}/111122223333/{QUEUE}"
    query = {"QueueUrl": url, "AttributeNames": ["ApproximateNumberOfMessages"]}
    server.request("POST", "/", json.dumps(query), headers)
    attributes = json.loads(server.getresponse().read()).get("Attributes", {})
    server.close()
    return int(attributes.get("ApproximateNumberOfMessages", 0))


def main() -> None:
    """Serve until told to stop."""
    logging.basicConfig(level=logging.INFO)
    stop_on_sigterm()
    site, capacity = here(), Capacity()
    every_period(CloudMetrics(site, capacity).write)
    bound = type("Bound", (Front,), {"site": site, "capacity": capacity})
    ShopServer(("127.0.0.1", site.port("aws")), bound).serve_forever()


if __name__ == "__main__":
    main()
