"""AWS Config's history files into one Parquet file with the columns of the Glue table.

Files are unpacked some ahead in other threads, parsed one at a time, and written in batches, so that memory follows
the largest file and not their number; a file too large for that is read item by item.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from fa2.core.coverage import CoverageEntry, problem
from fa2.core.errors import Fa2Error, UnusableInput
from fa2.core.ports import Gaps
from fa2.sources.local.config_files import ConfigFiles, Delivery
from fa2.sources.local.config_items import cleaned, documented
from fa2.sources.local.config_unpacking import Content, unpacked_ahead
from fa2.sources.local.folders import FoundFile
from fa2.sources.local.json_stream import JsonStream
from fa2.sources.local.json_values import Json, items

if TYPE_CHECKING:
    import pyarrow as pa

_SPACE = b" \t\r\n\xef\xbb\xbf"
_BATCH_ITEMS = 20_000
_KEYS = ("account_id", "region", "year", "month", "day")


@dataclass
class LoadedItems:
    """What came of some files."""

    items: int = 0
    snapshot_items: int = 0
    """Left out: they tell what there is, not what changed."""
    coverage: list[CoverageEntry] = field(default_factory=list)
    """One entry a file that was not read as it should have been."""
    undelivered: Counter[str] = field(default_factory=Counter)
    """Files of history that do not say when they were delivered, by the month of their first item."""


_Gathered = tuple[FoundFile, Delivery | None, list[Json]]


@dataclass
class _Deliveries:
    """Items of files to be written: a row each, with its partition."""

    write: Callable[[pa.Table], None]
    loaded: LoadedItems
    gathered: list[_Gathered] = field(default_factory=list)
    count: int = 0

    def add(self, file: FoundFile, delivery: Delivery | None, listed: list[Json]) -> None:
        """Add items of a file; write what has gathered when it is enough."""
        self.gathered.append((file, delivery, listed))
        self.count += len(listed)
        if self.count >= _BATCH_ITEMS:
            self.flush()

    def flush(self) -> None:
        """Write what has gathered: at once where all is as documented, else file by file."""
        gathered, self.gathered, self.count = self.gathered, [], 0
        together = documented([item for _, _, listed in gathered for item in listed]) if gathered else None
        if together is not None:
            self._write(together, [(*each, len(each[2])) for each in gathered])
            return
        for each in gathered:
            gaps = Gaps()
            array = cleaned(each[2], gaps)
            self.loaded.coverage += _entries(each[0], gaps)
            if len(array):
                self._write(array, [(*each, len(array))])

    def _write(self, array: pa.StructArray, rows: list[tuple[FoundFile, Delivery | None, list[Json], int]]) -> None:
        import pyarrow as pa

        ends = list(accumulate((count for *_, count in rows), initial=0))
        deliveries = []
        for (_, delivery, _, _), start in zip(rows, ends):
            if delivery is None:
                delivery = _delivery_by_items(array[start:])
                self.loaded.undelivered[f"{delivery.day:%Y-%m}"] += 1
            deliveries.append(delivery)
        self.loaded.items += len(array)
        columns: dict[str, pa.Array] = {
            "fileversion": pa.array(["1.0"] * len(rows), pa.string()),
            "configurationitems": pa.ListArray.from_arrays(pa.array(ends, pa.int32()), array),
            "$path": pa.array([_path(file, where) for (file, *_), where in zip(rows, deliveries)], pa.string()),
        }
        keys = [(w.account, w.region, str(w.day.year), str(w.day.month), str(w.day.day)) for w in deliveries]
        for at, key in enumerate(_KEYS):
            columns[key] = pa.array([each[at] for each in keys], pa.string())
        self.write(pa.table(columns))


def _path(file: FoundFile, delivery: Delivery) -> str:
    day = delivery.day
    folders = f"AWSLogs/{delivery.account}/Config/{delivery.region}/{day.year}/{day.month}/{day.day}"
    return f"{folders}/{delivery.kind}/{file.path.name}"


def load_items(files: ConfigFiles, into: Path, watch: Callable[[int], None] = lambda _: None) -> LoadedItems:
    """Write the items of history files to the Parquet file `into` and return what came of it.

    Columns: fileversion, configurationitems, $path (as in S3 below the bucket), account_id, region, year, month, day.
    A file of unknown delivery counts as delivered on the day its first item was captured. watch: is told the bytes on
    disk that each file took. Raises OSError when nothing can be written.
    """
    import pyarrow.parquet as pq

    loaded = LoadedItems(coverage=list(files.coverage))
    writers: list[pq.ParquetWriter] = []

    def write(table: pa.Table) -> None:
        if not writers:
            writers.append(pq.ParquetWriter(into, table.schema, compression="zstd"))
        writers[0].write_table(table)

    rows = _Deliveries(write, loaded)
    try:
        for (file, delivery), unpacked in unpacked_ahead(files.history):
            gaps = Gaps()
            _read(file, delivery, unpacked, _Sinks(rows, loaded, gaps))
            loaded.coverage += _entries(file, gaps)
            watch(file.size)
        rows.flush()
    finally:
        for writer in writers:
            writer.close()
    return loaded


@dataclass(frozen=True)
class _Sinks:
    """Where what is read of a file goes."""

    rows: _Deliveries
    loaded: LoadedItems
    gaps: Gaps


def _read(file: FoundFile, delivery: Delivery | None, unpacked: Content, sinks: _Sinks) -> None:
    if isinstance(unpacked, OSError):
        problem_ = unpacked.strerror or str(unpacked)
        sinks.loaded.coverage.append(
            CoverageEntry(source=file.shown, status="failed", error=problem("unreadable_file", problem=problem_))
        )
    elif isinstance(unpacked, Fa2Error):
        _failed(file, unpacked, sinks)
    elif isinstance(unpacked, bytes) and not unpacked.strip():
        if not file.damage:
            sinks.gaps.add("empty_file")
    elif isinstance(unpacked, bytes) and not unpacked.lstrip(_SPACE).startswith(b"{"):
        sinks.gaps.add("config_no_items", 1, file.shown)
    else:
        document = _parsed(unpacked) if isinstance(unpacked, bytes) else None
        if document is not None:
            _take(file, delivery, document, sinks)
        else:
            _stream(file, delivery, sinks)


def _parsed(data: bytes) -> dict[str, Json] | None:
    try:
        document: Json = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return document if isinstance(document, dict) else None


def _take(file: FoundFile, delivery: Delivery | None, document: dict[str, Json], sinks: _Sinks) -> None:
    listed = document.get("configurationItems")
    if not isinstance(listed, list):
        sinks.gaps.add("config_no_items", 1, file.shown)
    elif document.get("configSnapshotId") is not None:
        sinks.loaded.snapshot_items += len(listed)
    elif listed:
        sinks.rows.add(file, delivery, listed)


def _delivery_by_items(array: pa.StructArray) -> Delivery:
    captured, account, region = (
        next((value.as_py() for value in array.field(name) if value.is_valid), "")
        for name in ("configurationItemCaptureTime", "awsAccountId", "awsRegion")
    )
    try:
        day = date.fromisoformat(captured[:10])
    except ValueError:
        day = date(1970, 1, 1)
    return Delivery(account, region, day, "ConfigHistory")


def _stream(file: FoundFile, delivery: Delivery | None, sinks: _Sinks) -> None:
    """Read a file item by item: one too large to be held, or one that is broken somewhere."""
    batch: list[Json] = []
    seen = snapshot = False
    try:
        with file.open() as stream:
            for key, value in JsonStream(stream, file.name, sinks.gaps).members("configurationItems"):
                snapshot = snapshot or (key == "configSnapshotId" and value is not None)
                if key != "configurationItems":
                    continue
                seen = True
                batch += items(value) if isinstance(value, list) else [value]
                if len(batch) >= 1000:
                    _flush(file, delivery, (batch, snapshot), sinks)
                    batch = []
    except (OSError, Fa2Error) as error:
        _failed(file, error, sinks)
    _flush(file, delivery, (batch, snapshot), sinks)
    if not seen and not sinks.gaps.counts and not file.damage:
        sinks.gaps.add("config_no_items", 1, file.shown)


def _flush(file: FoundFile, delivery: Delivery | None, batch: tuple[list[Json], bool], sinks: _Sinks) -> None:
    listed, snapshot = batch
    if snapshot:
        sinks.loaded.snapshot_items += len(listed)
    elif listed:
        sinks.rows.add(file, delivery, listed)


def _failed(file: FoundFile, error: Exception, sinks: _Sinks) -> None:
    if isinstance(error, UnusableInput):
        code, values = error.key.removeprefix("coverage."), dict(error.values)
    else:
        code, values = "unreadable_file", {"problem": str(error)}
    sinks.loaded.coverage.append(CoverageEntry(source=file.shown, status="failed", error=problem(code, **values)))


def _entries(file: FoundFile, gaps: Gaps) -> Iterator[CoverageEntry]:
    if file.damage:
        gaps.add(file.damage)
    for code, count in gaps.counts.items():
        reason = problem(code, n=count, example=gaps.examples[code])
        yield CoverageEntry(source=file.shown, table="changes", status="partial", error=reason)
