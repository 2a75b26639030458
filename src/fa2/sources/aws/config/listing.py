"""What AWS Config has delivered to S3, as S3 lists it: files and bytes by account, region, day and kind; nothing is read.

A month of an account in a region is one folder: some hundreds to some thousands of files, a thousand a call.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fa2.core.months import Month
from fa2.logs.engines.lake_lines import Among
from fa2.sources.aws.athena.sizes import catalogue_bytes
from fa2.sources.aws.athena.tables import LakeTable, Partition
from fa2.sources.aws.side_by_side import each

MOST_CALLS = 400
"""Beyond, nobody knows how much there is."""
_SIDE_BY_SIDE = 8
_KINDS = ("ConfigHistory", "ConfigSnapshot")


@dataclass(frozen=True)
class Deliveries:
    """The partitions that one statement reads."""

    months: tuple[Month, ...]
    """In a row, the earliest first."""
    late_days: int
    """So many days of the month after the last are read too."""
    accounts: tuple[str, ...] | None = None
    """Null: all of the table."""
    regions: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Day:
    """Where files lie."""

    account: str
    region: str
    month: Month
    day: int

    def within(self, read: Deliveries) -> bool:
        """Tell whether a statement reads it."""
        late = self.month == read.months[-1].plus(1) and self.day <= read.late_days
        return (
            (self.month in read.months or late)
            and (read.accounts is None or self.account in read.accounts)
            and (read.regions is None or self.region in read.regions)
        )


@dataclass
class Listed:
    """What lies there."""

    bytes: Counter[Day] = field(default_factory=Counter)
    """Of files of all kinds."""
    files: Counter[tuple[Day, str]] = field(default_factory=Counter)
    """By kind: ConfigHistory or ConfigSnapshot."""

    def bytes_read(self, read: Deliveries) -> int:
        """Return what a statement scans at most: it opens snapshots too, to see that it does not need them."""
        return sum(size for day, size in self.bytes.items() if day.within(read))

    def of_kind(self, kind: str) -> Counter[str]:
        """Return how many files of a kind were delivered, by month (2024-11)."""
        found = Counter[str]()
        for (day, which), count in self.files.items():
            if which == kind:
                found[str(day.month)] += count
        return found


@dataclass(frozen=True)
class _Folder:
    account: str
    region: str
    month: Month
    day: int | None = None
    """Null: all of the month."""


class _TooMany(Exception):
    """Listing takes more calls than it is worth."""


def listed(s3: Any, table: LakeTable, reads: Sequence[Deliveries]) -> Listed | None:
    """Return what lies in the partitions that statements read; null where they cannot be told, or it takes too many calls.

    s3: a boto3 client. Calls: one for each thousand files of a month, eight side by side, MOST_CALLS at most; raises
    what boto3 raises.
    """
    template = re.fullmatch(r"s3://([a-z0-9.-]+)/(.*\$\{day\}/?)", table.template)
    folders = {folder for read in reads for folder in _folders(table, read)}
    whole = {(f.account, f.region, f.month) for f in folders if f.day is None}
    folders = {f for f in folders if f.day is None or (f.account, f.region, f.month) not in whole}
    if not template or not folders or len(folders) > MOST_CALLS:
        return None
    lister = _Lister(s3, template[1], template[2])
    found = Listed()
    try:
        for day, kind, size in (row for rows in each(lister.rows, folders, at_most=_SIDE_BY_SIDE) for row in rows):
            found.bytes[day] += size
            if kind in _KINDS:
                found.files[day, kind] += 1
    except _TooMany:
        return None
    return found


def catalogued(glue: Any, table: LakeTable, read: Deliveries) -> int | None:
    """Return the bytes of partitions that the catalogue lists; null where it does not say. A few calls, GetPartitions.

    glue: a boto3 client. Raises what boto3 raises.
    """
    after = read.months[-1].plus(1)
    late = (Among("month", (str(after.number),)), Among("day", tuple(str(day + 1) for day in range(read.late_days))))
    spans: list[tuple[int, tuple[Partition, ...]]] = [(after.year, late)]
    for year in sorted({month.year for month in read.months}):
        numbers = tuple(str(month.number) for month in read.months if month.year == year)
        spans.append((year, (Among("month", numbers),)))
    places = [Among(key, values) for key, values in (("account_id", read.accounts), ("region", read.regions)) if values]
    sizes = [catalogue_bytes(glue, table, [*places, Among("year", (str(year),)), *more]) for year, more in spans]
    return None if None in sizes else sum(size or 0 for size in sizes)


def _folders(table: LakeTable, read: Deliveries) -> Iterator[_Folder]:
    accounts, regions = _values(table, "account_id", read.accounts), _values(table, "region", read.regions)
    after = read.months[-1].plus(1)
    for account in accounts:
        for region in regions:
            yield from (_Folder(account, region, month) for month in read.months)
            yield from (_Folder(account, region, after, day + 1) for day in range(read.late_days))


def _values(table: LakeTable, name: str, wanted: Sequence[str] | None) -> Sequence[str]:
    key = table.key(name)
    there = key.values if key else ()
    return there if wanted is None else [value for value in wanted if value in there]


class _Lister:
    """Lists folders, and counts the calls of all threads."""

    def __init__(self, s3: Any, bucket: str, template: str) -> None:
        self._s3, self._bucket, self._template = s3, bucket, template
        self._calls = 0
        self._lock = threading.Lock()

    def rows(self, folder: _Folder) -> list[tuple[Day, str, int]]:
        """Return day, kind and bytes of each file of a folder. Raises _TooMany."""
        prefix = self._prefix(folder)
        found: list[tuple[Day, str, int]] = []
        more: dict[str, Any] = {}
        while True:
            self._count()
            answer = self._s3.list_objects_v2(Bucket=self._bucket, Prefix=prefix, **more)
            found += [row for held in answer.get("Contents") or [] if (row := _row(folder, prefix, held))]
            if not answer.get("NextContinuationToken"):
                return found
            more = {"ContinuationToken": answer["NextContinuationToken"]}

    def _prefix(self, folder: _Folder) -> str:
        values = {
            "account_id": folder.account,
            "region": folder.region,
            "year": str(folder.month.year),
            "month": str(folder.month.number),
            "day": str(folder.day),
        }
        template = self._template if folder.day is not None else self._template.partition("${day}")[0]
        return re.sub(r"\$\{([^}]*)\}", lambda key: values.get(key[1].lower(), ""), template)

    def _count(self) -> None:
        with self._lock:
            self._calls += 1
            if self._calls > MOST_CALLS:
                raise _TooMany


def _row(folder: _Folder, prefix: str, held: Mapping[str, Any]) -> tuple[Day, str, int] | None:
    """Return day, kind and bytes of a file; null for one that lies in no day."""
    below = str(held.get("Key")).removeprefix(prefix).split("/")
    day = str(folder.day) if folder.day is not None else below.pop(0)
    if not re.fullmatch(r"\d{1,2}", day, re.ASCII):
        return None
    return (
        Day(folder.account, folder.region, folder.month, int(day)),
        below[0] if below else "",
        int(held.get("Size") or 0),
    )
