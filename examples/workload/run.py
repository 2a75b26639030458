"""One run of the shop: its folders, its processes, its customers, and what happens around it."""

import json
import random
import socket
import time
from pathlib import Path

from workload import aws, cloudtrail, parameters
from workload.catalogue import SKUS, deliver
from workload.cloudtrail import Call
from workload.site import Site, resolve_names_to_loopback
from workload.supervisor import Supervisor
from workload.watched_file import Json, WatchedFile, write

OUTSIDE: Json = {"requests_per_s": 5.0, "gateway_median_ms": 90, "expired_voucher_share": 0.0}
"""The world around the shop, in normal times."""
EMPTY_SHELF_SHARE = 0.03
SERVICES = ("ledger", "payments", "inventory", "orders", "storefront", "worker")


class Run:
    """A shop that is open. Everything that a fault may touch is a method here."""

    def __init__(self, folder: Path, base_port: int) -> None:
        self.site = Site(folder, base_port)
        for part in ("raw/logs", "raw/traces", "raw/metrics", "raw/cloudtrail", "state"):
            (folder / part).mkdir(parents=True)
        self._records: list[Json] = []
        self._supervisor = Supervisor(self.site)
        self._set_state()

    def open(self) -> None:
        """Start everything and wait until customers can be served."""
        resolve_names_to_loopback()
        for unseen in ("moto", "aws-front", "card-gateway"):
            self._supervisor.start_unseen(unseen)
        for place in ("moto", "aws", "card-gateway"):
            self._wait_for(place)
        aws.create_tables_and_queue(self.site)
        self._fill_shelves()
        for service in SERVICES:
            self._supervisor.start(service)
            if service != "worker":
                self._wait_for(service)
        self._supervisor.start_unseen("load")

    def close(self) -> None:
        """Stop everything and write the CloudTrail file."""
        self._supervisor.stop()
        path = self.site.raw / "cloudtrail" / "records.json"
        path.write_text(json.dumps({"Records": self._records}, indent=1))

    def live_until(self, when: float) -> None:
        """Let the run go on until an epoch second, tending its processes."""
        while time.time() < when:
            self._supervisor.tend()
            time.sleep(0.2)

    def begin_batch(self, name: str) -> None:
        """Start another team's batch job."""
        self._supervisor.start_unseen(name)

    def change_outside(self, name: str, value: float) -> None:
        """Change one thing in the world around the shop."""
        path = self.site.state / "outside.json"
        write(path, {**WatchedFile(path).content(), name: value})

    def change_parameter(self, actor: str, role: str, change: tuple[str, str]) -> None:
        """Let somebody change a parameter (name, new value), and CloudTrail record it."""
        path = self.site.state / "parameters.json"
        write(path, {**WatchedFile(path).content(), change[0]: change[1]})
        self.happen(cloudtrail.put_parameter(actor, role, change[0], random.randint(4, 19)))

    def deliver_catalogue(self, *, without_weight: str) -> None:
        """Deliver a new edition of the catalogue in which one product lacks its weight."""
        deliver(self.site.state / "catalogue.json", edition="2026-48", without_weight=without_weight)

    def happen(self, call: Call) -> None:
        """Record a management call in CloudTrail, now."""
        self._records.append(cloudtrail.record(call, time.time()))

    def _set_state(self) -> None:
        write(self.site.state / "outside.json", OUTSIDE)
        write(self.site.state / "parameters.json", dict(parameters.DEFAULTS))
        deliver(self.site.state / "catalogue.json", edition="2026-47")

    def _fill_shelves(self) -> None:
        dynamodb = aws.client(self.site, "dynamodb")
        empty = set(random.sample(SKUS, k=round(len(SKUS) * EMPTY_SHELF_SHARE)))
        for sku in SKUS:
            on_hand = "0" if sku in empty else "100000"
            dynamodb.put_item(TableName="stock", Item={"sku": {"S": sku}, "on_hand": {"N": on_hand}})

    def _wait_for(self, place: str, patience_s: float = 30) -> None:
        ends = time.monotonic() + patience_s
        while time.monotonic() < ends:
            try:
                socket.create_connection(("127.0.0.1", self.site.port(place)), timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise TimeoutError(f"{place} did not start within {patience_s} s; see {self.site.folder}")
