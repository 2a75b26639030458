"""Errors that mean: too many requests."""

from __future__ import annotations

import re

_THROTTLING = re.compile(
    r"throttl|provisioned_?throughput_?exceeded|too_?many_?requests|request_?limit_?exceeded"
    r"|bandwidth_?limit_?exceeded|prior_?request_?not_?complete|resource_?exhausted"
    r"|\bslow_?down(?:exception)?\b|rate_?exceeded|request_?rate_?too_?large",
    re.IGNORECASE,
)


def is_throttling(error: str | None) -> bool:
    """Tell whether the type or code of an error says that a caller was slowed down.

    The codes that AWS's SDKs retry as throttling, without those of quotas (LimitExceeded) and of
    conflicts (TransactionInProgress), and gRPC's RESOURCE_EXHAUSTED.
    """
    return bool(error and _THROTTLING.search(error))
