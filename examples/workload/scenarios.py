"""What goes wrong in each recording, and what an investigation should then say."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from workload.catalogue import NO_WEIGHT_SKU
from workload.run import Run
from workload.watched_file import Json


@dataclass(frozen=True)
class Scenario:
    """One recording: the fault that is switched on, and the truth about it."""

    name: str
    fault: Callable[[Run], None]
    truth: Json = field(default_factory=dict)
    question: str = "Customers cannot check out. What broke, and why?"


def supplier_feed(run: Run) -> None:
    """Another team's batch writes to the table `stock` and uses up its write capacity."""
    run.begin_batch("supplier-feed")


def slow_provider(run: Run) -> None:
    """The card provider answers in three seconds instead of a tenth of one."""
    run.change_outside("gateway_median_ms", 3000)


def expired_voucher(run: Run) -> None:
    """A voucher that has expired makes the rounds; each use costs payments a database connection."""
    run.change_outside("expired_voucher_share", 0.3)


def mistyped_timeout(run: Run) -> None:
    """Somebody means three seconds and writes three milliseconds."""
    run.change_parameter("r.silva", "shop-operators", ("/shop/orders/inventory_timeout_ms", "3"))


def broken_catalogue(run: Run) -> None:
    """A delivered catalogue lacks a weight, and inventory dies of it each time it starts."""
    run.deliver_catalogue(without_weight=NO_WEIGHT_SKU)


def nothing(run: Run) -> None:
    """Nothing goes wrong; somebody changes a text, as people do."""
    banner = ("/shop/storefront/banner_text", random.choice(["Order by Friday", "New: gift wrapping"]))
    run.change_parameter("r.silva", "shop-operators", banner)


def incident(service: str, mechanism: str, *, resource: str, cause: str) -> Json:
    """Return the truth of an incident. `also` holds names that blame the same thing as rightly."""
    return {
        "verdict": "incident",
        "service": service,
        "also": [resource] if resource != service else [],
        "resource": resource,
        "mechanism": mechanism,
        "kind": mechanism,
        "cause": cause,
    }


SCENARIOS = (
    Scenario(
        "dynamodb-throttling",
        supplier_feed,
        incident(
            "inventory",
            "throttling",
            resource="stock",
            cause="A supplier feed used up the write capacity of the DynamoDB table stock; inventory's reservations "
            "were refused with ProvisionedThroughputExceededException, retries included.",
        ),
    ),
    Scenario(
        "slow-dependency",
        slow_provider,
        incident(
            "payments",
            "dependency_slow",
            resource="card-gateway",
            cause="The outside card provider's median latency rose from 90 ms to 3 s; payments gave up after 2 s.",
        ),
    ),
    Scenario(
        "exhausted-connections",
        expired_voucher,
        incident(
            "payments",
            "connections_exhausted",
            resource="ledger",
            cause="payments does not return its ledger connection when a voucher is unknown; an expired voucher in "
            "circulation drained the pool of ten.",
        ),
    ),
    Scenario(
        "bad-config",
        mistyped_timeout,
        incident(
            "orders",
            "bad_config",
            resource="/shop/orders/inventory_timeout_ms",
            cause="r.silva set /shop/orders/inventory_timeout_ms from 1500 to 3; inventory answers in about twice "
            "that time and was healthy throughout.",
        ),
    ),
    Scenario(
        "crash-loop",
        broken_catalogue,
        incident(
            "inventory",
            "crash",
            resource="inventory",
            cause="A delivered catalogue holds a product without weight; inventory raises TypeError on reading it, "
            "exits, and is restarted again and again.",
        ),
    ),
    Scenario(
        "quiet",
        nothing,
        {"verdict": "no_incident"},
        "One customer wrote that the shop felt slow. Did anything break?",
    ),
)
