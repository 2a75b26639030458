"""Provisioned capacity of DynamoDB tables: what each request costs and whether it is admitted.

Follows "Provisioned capacity mode" in the DynamoDB developer guide: a write unit is 1 KB, a read unit two eventually
consistent reads of 4 KB, unused capacity is saved for bursts. A request is admitted while the bucket holds anything
and then charged in full, so a large item runs the bucket into debt. The saved burst is five seconds here, not 300, so
that a recording need not wait for it to run dry; sizes are those of the request's or answer's JSON.
"""

import math
import threading
from dataclasses import dataclass, field

BURST_S = 5
WRITES = ("PutItem", "UpdateItem", "DeleteItem")
READS = ("GetItem", "Query", "Scan")


@dataclass
class TokenBucket:
    """Capacity units of one table in one direction."""

    units_per_s: float
    filled_at: float
    tokens: float = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = self.units_per_s * BURST_S

    def admit(self, now: float) -> bool:
        """Say whether a request may run at `now`, in seconds of any steady clock."""
        gained = (now - self.filled_at) * self.units_per_s
        self.tokens = min(self.tokens + gained, self.units_per_s * BURST_S)
        self.filled_at = now
        return self.tokens > 0

    def charge(self, units: float) -> None:
        """Take what an admitted request cost."""
        self.tokens -= units


@dataclass
class Usage:
    """What one table did since it was last asked."""

    consumed_writes: float = 0
    consumed_reads: float = 0
    write_throttles: int = 0
    read_throttles: int = 0


class Capacity:
    """The provisioned capacity of every table; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._writes: dict[str, TokenBucket] = {}
        self._reads: dict[str, TokenBucket] = {}
        self._usage: dict[str, Usage] = {}

    def provision(self, table: str, *, reads: float, writes: float, now: float) -> None:
        """Set a table's capacity in units a second, as CreateTable and UpdateTable do."""
        with self._lock:
            self._reads[table], self._writes[table] = TokenBucket(reads, now), TokenBucket(writes, now)
            self._usage.setdefault(table, Usage())

    def admit(self, table: str, operation: str, now: float) -> bool:
        """Say whether an operation may run now; a refusal is counted."""
        with self._lock:
            buckets = self._writes if operation in WRITES else self._reads
            admitted = table not in buckets or buckets[table].admit(now)
            if not admitted and operation in WRITES:
                self._usage[table].write_throttles += 1
            elif not admitted:
                self._usage[table].read_throttles += 1
            return admitted

    def charge(self, table: str, operation: str, size_bytes: int) -> None:
        """Take the units of an operation that ran."""
        with self._lock:
            if table not in self._usage:
                return
            if operation in WRITES:
                units: float = math.ceil(size_bytes / 1024)
                self._writes[table].charge(units)
                self._usage[table].consumed_writes += units
            elif operation in READS:
                units = math.ceil(size_bytes / 4096) / 2
                self._reads[table].charge(units)
                self._usage[table].consumed_reads += units

    def usage(self) -> dict[str, Usage]:
        """Return what each table did since the last call."""
        with self._lock:
            used, self._usage = self._usage, {table: Usage() for table in self._usage}
            return used

    def provisioned_writes(self, table: str) -> float:
        """Return a table's write capacity, units a second."""
        return self._writes[table].units_per_s
