"""The customers: requests to the storefront at random times, in a mix that state/outside.json sets."""

import random
import threading
import time
from collections import deque

import requests

from workload.catalogue import SKUS
from workload.site import Site, here
from workload.watched_file import WatchedFile

CHECKOUT_SHARE, BROWSE_SHARE = 0.5, 0.35
VOUCHERS = ("WELCOME10", "NOVEMBER5")
LIMIT = 80
"""Most requests under way at once; a customer beyond that gives up."""
LONGEST_RUN_S = 1800


class Customers:
    """Sends requests, each on a thread of its own, and remembers some order numbers to ask for."""

    def __init__(self, site: Site) -> None:
        self._url = site.url("storefront")
        self._outside = WatchedFile(site.state / "outside.json")
        self._orders: deque[str] = deque(maxlen=50)
        self._places = threading.Semaphore(LIMIT)
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=LIMIT))

    def arrive(self) -> None:
        """Let one customer come, unless too many wait already."""
        if self._places.acquire(blocking=False):
            threading.Thread(target=self._act, daemon=True).start()

    def _act(self) -> None:
        try:
            choice = random.random()
            if choice < CHECKOUT_SHARE:
                self._checkout()
            elif choice < CHECKOUT_SHARE + BROWSE_SHARE or not self._orders:
                self._session.get(f"{self._url}/products/{random.choice(SKUS)}", timeout=10)
            else:
                self._session.get(f"{self._url}/orders/{random.choice(self._orders)}", timeout=10)
        except requests.RequestException:
            pass  # the customer leaves; the shop's own records say why
        finally:
            self._places.release()

    def _checkout(self) -> None:
        order = {"sku": random.choice(SKUS), "quantity": str(random.choice([1, 1, 1, 2, 3]))}
        order["card"] = f"tok_{random.getrandbits(48):012x}"
        voucher = self._voucher()
        if voucher:
            order["voucher"] = voucher
        answer = self._session.post(f"{self._url}/checkout", json=order, timeout=10)
        if answer.status_code == 201:
            self._orders.append(answer.json()["order_id"])

    def _voucher(self) -> str | None:
        draw = random.random()
        shared = float(str(self._outside.content()["expired_voucher_share"]))
        if draw < shared:
            return "SUMMER25"
        return random.choice(VOUCHERS) if draw < shared + 0.08 else None


def main() -> None:
    """Send customers until told to stop, at most half an hour."""
    site = here()
    customers, outside = Customers(site), WatchedFile(site.state / "outside.json")
    ends = time.monotonic() + LONGEST_RUN_S
    while time.monotonic() < ends:
        time.sleep(random.expovariate(float(str(outside.content()["requests_per_s"]))))
        customers.arrive()


if __name__ == "__main__":
    main()
