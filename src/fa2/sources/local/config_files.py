"""Which files of AWS Config lie where: account, region, day of delivery and kind, by folder and name as in S3."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from fa2.core.coverage import CoverageEntry, problem
from fa2.core.months import Month
from fa2.sources.local.folders import FoundFile, find_files

Kind = Literal["ConfigHistory", "ConfigSnapshot"]
_FOLDERS = re.compile(
    r"/(?P<account>\d{12})/Config/(?P<region>[a-z0-9-]+)/(?P<year>\d{4})/(?P<month>\d{1,2})/(?P<day>\d{1,2})/"
    r"(?P<kind>ConfigHistory|ConfigSnapshot|OversizedChangeNotification)/[^/]+$"
)
_NAME = re.compile(
    r"/(?P<account>\d{12})_Config_(?P<region>[a-z0-9-]+)_(?P<kind>ConfigHistory|ConfigSnapshot)_"
    r"(?:[^/]*_)?(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)T\d{6}Z[^/]*$"
)
_NO_ITEMS = re.compile(r"/(ConfigWritabilityCheckFile|OversizedChangeNotification/[^/]+)$")


@dataclass(frozen=True)
class Delivery:
    """Where a file would lie in S3: the values of the table's partition keys, and what kind of file it is."""

    account: str
    region: str
    day: date
    kind: Kind


@dataclass
class ConfigFiles:
    """The files of some folders, and what was found besides them."""

    history: list[tuple[FoundFile, Delivery | None]] = field(default_factory=list)
    """To be read; without a delivery, what the file is has to be told by its content."""
    delivered: Counter[tuple[str, Kind]] = field(default_factory=Counter)
    """Files by month of delivery (2024-11) and kind, among all that were found."""
    coverage: list[CoverageEntry] = field(default_factory=list)

    def of_kind(self, kind: Kind) -> Counter[str]:
        """Return how many files of a kind were delivered, by month."""
        return Counter({month: count for (month, which), count in self.delivered.items() if which == kind})


def delivery_of(path: str) -> Delivery | None:
    """Return what folders and name tell of a file, or null where they tell too little."""
    found = _FOLDERS.search(path) or _NAME.search(path)
    if not found or found["kind"] == "OversizedChangeNotification":
        return None
    try:
        day = date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return None
    kind: Kind = "ConfigSnapshot" if found["kind"] == "ConfigSnapshot" else "ConfigHistory"
    return Delivery(found["account"], found["region"], day, kind)


def config_files(paths: Iterable[Path], months: Collection[Month], late_days: int) -> ConfigFiles:
    """Return the files below some paths that may hold items of the months.

    That is those delivered in the months or in the first `late_days` days of a following one, and those that do not
    say when they were delivered. Snapshots are counted and left; OversizedChangeNotification repeats what a history
    file says, and is left too. Raises UnusableInput when there is nothing at a path.
    """
    found = ConfigFiles()
    seen: set[Path] = set()
    for file in (file for path in paths for file in find_files(path)):
        if not isinstance(file, FoundFile):
            status: Literal["failed", "skipped"] = "failed" if file.code == "unreadable_file" else "skipped"
            reason = problem(file.code, problem=file.problem)
            found.coverage.append(CoverageEntry(source=file.shown, status=status, error=reason))
        elif file.path not in seen and not _NO_ITEMS.search(file.path.as_posix()):
            seen.add(file.path)
            _sort(file, found, months, late_days)
    return found


def _sort(file: FoundFile, found: ConfigFiles, months: Collection[Month], late_days: int) -> None:
    delivery = delivery_of(file.path.as_posix())
    if delivery is None:
        found.history.append((file, None))
        return
    month = Month(delivery.day.year, delivery.day.month)
    found.delivered[str(month), delivery.kind] += 1
    late = delivery.day.day <= late_days and month.plus(-1) in months
    if delivery.kind == "ConfigHistory" and (month in months or late):
        found.history.append((file, delivery))
