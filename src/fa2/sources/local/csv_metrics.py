"""CSV files of metrics: the bundle's columns, one value a row, one column a series, CloudWatch's.

Times are ISO 8601, YYYY/MM/DD HH:MM:SS or epochs; columns are separated by commas,
semicolons, tabs or bars.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice

import orjson

from fa2.core.errors import UnusableInput
from fa2.core.ports import FileHead, Gaps, LocalFile, Rows
from fa2.sources.local.csv_columns import Layout, Series, layout_of
from fa2.sources.local.csv_tables import file_rows, head_rows, names_zone, to_number, to_time
from fa2.sources.local.json_values import json_text
from fa2.sources.local.metric_services import (
    instance_of_dimensions,
    service_of_dimensions,
    stat_named,
)
from fa2.sources.local.row_batches import Row, batches
from fa2.sources.local.service_names import service_of

_HEAD = 64 * 1024
_SAMPLE = 500
_PERIOD_S = 60
"""Taken where there is only one point."""
_SERIES_KEPT = 20_000
_UNITS = {"s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600, "hour": 3600}
_PERIOD = re.compile(r"(?:PT)?(\d+)\s*([a-zA-Z]*?)s?", re.IGNORECASE)


class CsvMetrics:
    """Reads metrics from CSV."""

    name = "csv_metrics"
    tables: tuple[str, ...] = ("metrics",)

    def recognise(self, head: FileHead) -> float:
        """Return how surely a CSV holds times and numbers and no other text than names."""
        found = _layout(head.head, head.name)
        return found[1].sureness if found else 0.0

    def read(self, file: LocalFile, gaps: Gaps) -> Iterator[Rows]:
        """Yield metric points.

        Empty cells are no points. Counts csv_cell (a cell that should be a number and is not),
        csv_time (a row without a time), csv_row (a row that cannot be taken apart) and
        note_csv_no_zone
        (times that name no zone, taken as UTC). Raises UnusableInput when the head is no such CSV.
        """
        with file.open() as stream:
            found = _layout(stream.read(_HEAD), file.name)
        if found is None:
            raise UnusableInput("coverage.csv_unclear", name=file.name)
        delimiter, layout = found
        with file.open() as stream:
            rows = islice(file_rows(stream, delimiter, gaps), layout.data_from, None)
            yield from batches("metrics", _Reader(layout, delimiter, file.name, gaps).points(rows))


source = CsvMetrics()


def _layout(head: bytes, name: str) -> tuple[str, Layout] | None:
    table = head_rows(head, _HEAD)
    if table is None:
        return None
    delimiter, rows = table
    layout = layout_of(rows, delimiter, _stem(name))
    return (delimiter, layout) if layout else None


def _stem(name: str) -> str:
    return re.sub(r"\.(csv|tsv|txt)$", "", name.rsplit("/", 1)[-1], flags=re.IGNORECASE)


class _Reader:
    """Turns the rows of one file into metric points."""

    def __init__(self, layout: Layout, delimiter: str, name: str, gaps: Gaps) -> None:
        self._layout, self._delimiter, self._gaps = layout, delimiter, gaps
        self._service = service_of(name)
        self._stem = _stem(name)
        self._of_row: Callable[[Sequence[str], int], Iterator[Row]]
        self._of_row = self._wide if layout.series else self._long
        self._period = _PERIOD_S
        self._described: dict[tuple[object, ...], Row] = {}
        columns = {**layout.dimensions, **layout.columns}
        self._describing = sorted(i for name, i in columns.items() if name != "value")

    def points(self, rows: Iterator[list[str]]) -> Iterator[Row]:
        """Yield the points of all rows; the first ones tell the period."""
        sample = list(islice(rows, _SAMPLE))
        self._period = self._smallest_gap(sample)
        for row in chain(sample, rows):
            if not any(cell.strip() for cell in row):
                continue
            stamp = self._cell(row, self._layout.time)
            time = to_time(stamp)
            if time is None:
                self._gaps.add("csv_time", 1, self._delimiter.join(row))
                continue
            if not names_zone(stamp):
                self._gaps.add("note_csv_no_zone", 1, stamp)
            yield from self._of_row(row, time)

    def _smallest_gap(self, sample: Iterable[Sequence[str]]) -> int:
        last: dict[tuple[str, ...], int] = {}
        keys = [*self._layout.columns.values(), *self._layout.dimensions.values()]
        value = self._layout.columns.get("value")
        smallest = None
        for row in sample:
            time = to_time(self._cell(row, self._layout.time))
            if time is None:
                continue
            key = tuple(self._cell(row, i) for i in keys if i != value)
            gap = abs(time - last.get(key, time))
            last[key] = time
            if gap >= 1_000_000 and (smallest is None or gap < smallest):
                smallest = gap
        return round(smallest / 1e6) if smallest is not None else _PERIOD_S

    def _long(self, row: Sequence[str], time: int) -> Iterator[Row]:
        value = self._number(row, self._layout.columns["value"])
        name = self._cell(row, self._layout.columns["name"])
        if value is None:
            return
        if not name:
            self._gaps.add("csv_cell", 1, self._delimiter.join(row))
            return
        yield self._point(row, time, Series(0, name), value)

    def _wide(self, row: Sequence[str], time: int) -> Iterator[Row]:
        for series in self._layout.series:
            value = self._number(row, series.column)
            if value is not None:
                yield self._point(row, time, series, value)

    def _point(self, row: Sequence[str], time: int, series: Series, value: float) -> Row:
        key = (series, *(self._cell(row, i) for i in self._describing))
        fixed = self._described.get(key)
        if fixed is None:
            if len(self._described) >= _SERIES_KEPT:
                self._described.clear()
            fixed = self._described[key] = self._describe(row, series)
        return {**fixed, "timestamp": time, "value": value}

    def _describe(self, row: Sequence[str], series: Series) -> Row:
        said = {name: self._cell(row, i) for name, i in self._layout.columns.items()}
        given = {name: self._cell(row, i) for name, i in self._layout.dimensions.items()}
        dimensions = {
            **_object(said.get("dimensions", "")),
            **{k: v for k, v in given.items() if v},
        }
        own = said.get("service") or series.service or service_of_dimensions(dimensions)
        from_name = self._service if self._layout.series else None
        stat = said.get("stat", "")
        return {
            "service": own or from_name,
            "resource": said.get("resource") or instance_of_dimensions(dimensions),
            "namespace": said.get("namespace") or series.namespace or "unknown",
            "name": series.name,
            "dimensions": json_text(dimensions) or said.get("dimensions") or None,
            "stat": stat_named(stat) or stat or series.stat or "Average",
            "unit": said.get("unit") or series.unit,
            "period_s": _seconds(said.get("period_s") or series.period) or self._period,
        }

    def _number(self, row: Sequence[str], column: int) -> float | None:
        cell = self._cell(row, column)
        if not cell:
            return None
        value = to_number(cell, self._delimiter)
        if value is None or value in (float("inf"), float("-inf")):
            self._gaps.add("csv_cell", 1, cell)
            return None
        return value

    @staticmethod
    def _cell(row: Sequence[str], column: int) -> str:
        return row[column].strip() if len(row) > column else ""


def _object(written: str) -> dict[str, str]:
    if not written.startswith("{"):
        return {}
    try:
        found = orjson.loads(written)
    except orjson.JSONDecodeError:
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def _seconds(period: str | None) -> int | None:
    """Return the seconds in “300”, “5 minutes” or “PT5M”."""
    found = _PERIOD.fullmatch(period.strip()) if period else None
    if found is None:
        return None
    factor = _UNITS.get(found.group(2).lower() or "s")
    seconds = int(found.group(1)) * factor if factor else 0
    return seconds if 0 < seconds < 2**31 else None
