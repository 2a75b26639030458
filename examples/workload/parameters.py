"""The shop's parameters: what Systems Manager Parameter Store holds, delivered to each process by an agent's file."""

import logging
from collections.abc import Mapping

from workload.site import Site
from workload.watched_file import WatchedFile

DEFAULTS = {
    "/shop/storefront/banner_text": "Free returns until January",
    "/shop/orders/inventory_timeout_ms": "1500",
    "/shop/orders/payments_timeout_ms": "4000",
    "/shop/payments/gateway_timeout_ms": "2000",
}

log = logging.getLogger("shop.parameters")


class Parameters:
    """The parameters of one service, followed while they change; each change is logged by name."""

    def __init__(self, site: Site, service: str) -> None:
        self._prefix = f"/shop/{service}/"
        self._file = WatchedFile(site.state / "parameters.json")
        self._seen = self._mine()

    def text(self, name: str) -> str:
        """Return the present value of /shop/SERVICE/name."""
        mine = self._mine()
        if mine != self._seen:
            changed = sorted(key for key in mine if mine[key] != self._seen.get(key))
            self._seen = mine
            log.info("parameters reloaded, changed: %s", ", ".join(changed))
        return mine[self._prefix + name]

    def seconds(self, name: str) -> float:
        """Return a parameter that is written in milliseconds, in seconds."""
        return int(self.text(name)) / 1000

    def _mine(self) -> Mapping[str, str]:
        values = self._file.content()
        return {key: str(value) for key, value in values.items() if key.startswith(self._prefix)}
