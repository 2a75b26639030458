"""Where the processes of one run find each other: folders, ports and names.

Every server listens on 127.0.0.1. The names (orders.shop.internal, dynamodb.aws.internal) exist only inside these
processes, so that logs, spans and error texts read as they would anywhere else; nothing leaves the machine.
"""

import os
import socket
from dataclasses import dataclass
from pathlib import Path

PLACES = ("storefront", "orders", "inventory", "payments", "card-gateway", "ledger", "aws", "moto")
"""Everything that listens, in the order of its port above the run's base port."""

HOSTS = {"card-gateway": "card-gateway.example.com", "aws": "dynamodb.aws.internal", "moto": "moto.aws.internal"}
"""Host names that are not PLACE.shop.internal."""


@dataclass(frozen=True)
class Site:
    """One run of the workload."""

    folder: Path
    """Holds raw/ (what is exported and collected) and state/ (what the run itself needs)."""
    base_port: int

    @property
    def raw(self) -> Path:
        """The folder of logs, traces, metrics and CloudTrail records."""
        return self.folder / "raw"

    @property
    def state(self) -> Path:
        """The folder of parameters, the catalogue and the state of the outside world."""
        return self.folder / "state"

    def port(self, place: str) -> int:
        """Return the port of one of PLACES on 127.0.0.1."""
        return self.base_port + PLACES.index(place)

    def host(self, place: str) -> str:
        """Return the host name under which the processes know a place."""
        return HOSTS.get(place, f"{place}.shop.internal")

    def url(self, place: str) -> str:
        """Return the http URL of a place, without a path."""
        return f"http://{self.host(place)}:{self.port(place)}"

    def environment(self) -> dict[str, str]:
        """Return the environment that a process of this run is started with."""
        return {**os.environ, "SHOP_FOLDER": str(self.folder), "SHOP_BASE_PORT": str(self.base_port), "NO_PROXY": "*"}


def here() -> Site:
    """Return the site this process was started in, and make its names resolve."""
    resolve_names_to_loopback()
    return Site(Path(os.environ["SHOP_FOLDER"]), int(os.environ["SHOP_BASE_PORT"]))


def resolve_names_to_loopback() -> None:
    """Make every .internal and .example.com name mean 127.0.0.1 in this process."""
    lookup = socket.getaddrinfo

    def getaddrinfo(host, *rest, **options):  # type: ignore[no-untyped-def]
        ours = isinstance(host, str) and host.endswith((".internal", ".example.com"))
        return lookup("127.0.0.1" if ours else host, *rest, **options)

    socket.getaddrinfo = getaddrinfo
