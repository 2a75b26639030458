"""Which log sources are a load balancer's access logs: they tell what its targets answered."""

from __future__ import annotations

FROM_LOAD_BALANCER = "source LIKE 'app/%/%'"
"""SQL for the lines of an Application Load Balancer; its id, app/NAME/ID, is their source."""


def is_load_balancer(source: str | None) -> bool:
    """Tell the same of one source."""
    return source is not None and source.startswith("app/") and source.count("/") >= 2
