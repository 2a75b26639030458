"""What an investigation may spend: asked before the work, counted in dollars and bytes, capped in code."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """What one source expects to read and to cost, before it does."""

    source: str
    """As in coverage: the service, the account and the region."""
    what: str
    """What is asked: log groups, a table, a number of metrics."""
    bytes: int | None = None
    """Bytes that would be scanned; null where nothing is charged by the byte, or where nobody knows."""
    usd: float | None = None
    """At list prices; null where nobody knows."""
    calls: int | None = None
    """Requests to AWS, about."""


class Budget:
    """Dollars and bytes that may be spent, shared by threads; spending beyond is refused, never granted in part."""

    def __init__(self, *, usd: float | None, bytes: int | None = None) -> None:
        self.usd = usd
        """Null: without limit."""
        self.bytes = bytes
        self._usd_taken = 0.0
        self._bytes_taken = 0
        self._lock = threading.Lock()

    def take(self, *, usd: float = 0.0, bytes: int = 0) -> bool:
        """Reserve what a query is expected to cost; false, and nothing reserved, where it does not fit."""
        with self._lock:
            fits = (self.usd is None or self._usd_taken + usd <= self.usd) and (
                self.bytes is None or self._bytes_taken + bytes <= self.bytes
            )
            if fits:
                self._usd_taken += usd
                self._bytes_taken += bytes
            return fits

    def give_back(self, *, usd: float = 0.0, bytes: int = 0) -> None:
        """Take back what was reserved and turned out not to be needed; negative for what was spent beyond."""
        with self._lock:
            self._usd_taken = max(0.0, self._usd_taken - usd)
            self._bytes_taken = max(0, self._bytes_taken - bytes)

    @property
    def usd_left(self) -> float | None:
        """Dollars not yet reserved; null without limit."""
        with self._lock:
            return None if self.usd is None else max(0.0, self.usd - self._usd_taken)

    @property
    def bytes_left(self) -> int | None:
        """Bytes not yet reserved; null without limit."""
        with self._lock:
            return None if self.bytes is None else max(0, self.bytes - self._bytes_taken)
