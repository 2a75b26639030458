"""What the columns of a CSV of metrics mean: one value a row, or one column a series."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from fa2.sources.local.csv_tables import to_number, to_time
from fa2.sources.local.metric_services import read_label, stat_named

_SYNONYMS = {
    "timestamp": "timestamp time date datetime ts @timestamp _time period_start datapoint_time",
    "service": "service service_name servicename service.name app application component",
    "resource": "resource instance instance_id instanceid host hostname pod pod_name node",
    "namespace": "namespace",
    "name": "name metric metric_name metricname __name__ _measurement measurement series",
    "dimensions": "dimensions labels tags",
    "stat": "stat statistic statistics aggregation",
    "unit": "unit units",
    "period_s": "period_s period interval interval_s step",
    "value": "value val _value metric_value metricvalue datapoint",
}
_MEANING = {word: name for name, words in _SYNONYMS.items() for word in words.split()}
_DIMENSIONS = re.compile(
    r"region|az|availability[ _]?zone|zone|account(?:[ _]?id)?|env(?:ironment)?|cluster"
    r"|k8s[._]?\w*|version|stage|tenant|shard|partition|device|method|route|status(?:[ _]?code)?"
    r"|queue|table|database|function(?:[ _]?name)?|load[ _]?balancer|_field|field",
    re.IGNORECASE,
)
_METRIC = (
    r"cpu|mem(?:ory)?|latency|duration|response[_-]?time|errors?|error[_-]?rate|faults?"
    r"|availability|load|workload"
    r"|requests?|request[_-]?count|rps|qps|throughput|disk|diskio|network|socket"
    r"|connections?|throttles?|invocations?|saturation|restarts?|gc|threads?|queue|lag"
)
_PARTS = re.compile(rf"(?P<service>.+?)[._:/| -](?P<name>(?:{_METRIC})(?:[._ -].*)?)", re.IGNORECASE)
_ALONE = re.compile(rf"(?:{_METRIC})(?:[._ -].*)?", re.IGNORECASE)
_UNIT = re.compile(r"(?P<name>.+?)\s*[\[(](?P<unit>[^\])]{1,20})[\])]$")
_TIMES = 0.5
_NUMBERS = 0.5


@dataclass(frozen=True)
class Series:
    """A column that holds one series."""

    column: int
    name: str
    service: str | None = None
    namespace: str | None = None
    stat: str | None = None
    unit: str | None = None
    period: str | None = None


@dataclass(frozen=True)
class Layout:
    """Where everything stands in a row."""

    time: int
    data_from: int
    """Rows above the first data row."""
    columns: dict[str, int] = field(default_factory=dict)
    """Columns of the metrics table, by their name there."""
    dimensions: dict[str, int] = field(default_factory=dict)
    series: tuple[Series, ...] = ()
    """Empty where each row names its metric."""
    sureness: float = 0.8


def layout_of(rows: Sequence[Sequence[str]], delimiter: str, stem: str | None) -> Layout | None:
    """Return what the first rows of a file say of its columns; None where they are not metrics.

    stem: the file's name without folder and ending, which names what the columns do not.
    """
    data_from = next((i for i, row in enumerate(rows) if _is_data(row, delimiter)), None)
    if not data_from:
        return None
    data = [row for row in rows[data_from:] if any(cell.strip() for cell in row)]
    names = [cell.strip() for cell in rows[data_from - 1]]
    time = _time_column(names, data)
    if time is None or len(set(names)) < 2:
        return None
    if data_from > 1:
        return _labelled(rows[:data_from], time, data_from)
    if len(rows[0]) < len(data[0]):
        return None
    return _long(names, data, delimiter) or _wide(names, data, delimiter, stem)


def _is_data(row: Sequence[str], delimiter: str) -> bool:
    times = sum(to_time(cell) is not None for cell in row)
    return times > 0 and any(to_number(cell, delimiter) is not None for cell in row)


def _time_column(names: list[str], data: Sequence[Sequence[str]]) -> int | None:
    columns = range(len(names))
    likely = sorted(columns, key=lambda i: (_MEANING.get(names[i].lower()) != "timestamp", i))
    for column in likely:
        cells = [row[column] for row in data if len(row) > column]
        named = re.search(r"time|date|stamp|^ts$", names[column], re.IGNORECASE) or column == 0
        times = [cell for cell in cells if to_time(cell) is not None]
        written_out = any(not cell.strip().replace(".", "").isdigit() for cell in times)
        if len(times) >= _TIMES * max(1, len(data)) and (named or written_out):
            return column
    return None


def _long(names: list[str], data: Sequence[Sequence[str]], delimiter: str) -> Layout | None:
    columns: dict[str, int] = {}
    for column, name in enumerate(names):
        meaning = _MEANING.get(name.lower())
        if meaning is not None:
            columns.setdefault(meaning, column)
    if not {"timestamp", "name", "value"} <= columns.keys():
        return None
    if _share_of_numbers(data, columns["value"], delimiter) < 0.3:
        return None
    rest = {n: i for i, n in enumerate(names) if n and i not in columns.values()}
    time = columns.pop("timestamp")
    exact = {"timestamp", "namespace", "name", "stat", "period_s", "value"} <= set(names)
    return Layout(time, 1, columns, rest, sureness=1.0 if exact else 0.9)


def _wide(names: list[str], data: Sequence[Sequence[str]], delimiter: str, stem: str | None) -> Layout | None:
    time = _time_column(names, data)
    columns: dict[str, int] = {}
    dimensions: dict[str, int] = {}
    values: list[int] = []
    for column, name in enumerate(names):
        meaning = _MEANING.get(name.lower())
        if column == time or not name or meaning == "timestamp":
            continue
        if meaning in (
            "service",
            "resource",
            "namespace",
            "unit",
            "stat",
            "period_s",
            "dimensions",
        ):
            columns.setdefault(meaning, column)
        elif _share_of_numbers(data, column, delimiter) >= _NUMBERS and not _is_index(name):
            values.append(column)
        elif _DIMENSIONS.fullmatch(name):
            dimensions[name] = column
        elif any(len(row) > column and row[column].strip() for row in data) and not _is_index(name):
            return None
    if time is None or not values:
        return None
    named = _series([(i, names[i]) for i in values], stem)
    return Layout(time, 1, columns, dimensions, named, 0.6 if dimensions else 0.8)


def _is_index(name: str) -> bool:
    return bool(re.fullmatch(r"(?:unnamed:? ?\d*|index|row|#|id)", name, re.IGNORECASE))


def _share_of_numbers(data: Sequence[Sequence[str]], column: int, delimiter: str) -> float:
    cells = [row[column] for row in data if len(row) > column and row[column].strip()]
    if not cells:
        return 0.0
    return sum(to_number(cell, delimiter) is not None for cell in cells) / len(cells)


def _series(headers: list[tuple[int, str]], stem: str | None) -> tuple[Series, ...]:
    """Name each column: SERVICE.METRIC where several services share metrics, else by itself."""
    parts = {column: _PARTS.fullmatch(name) for column, name in headers}
    services = {found["service"] for found in parts.values() if found}
    kinds = [found["name"] for found in parts.values() if found]
    share = len(services) >= 2 and len(set(kinds)) < len(kinds)
    of_metric = stem is not None and _ALONE.fullmatch(stem) is not None
    plain = not any(_ALONE.search(name) for _, name in headers)
    series = []
    for column, header in headers:
        name, unit = header, None
        if found := _UNIT.fullmatch(header):
            name, unit = found["name"], found["unit"]
        split = parts[column]
        if share and split:
            series.append(Series(column, split["name"], split["service"], unit=unit))
        elif of_metric and plain and stem is not None and not stat_named(name):
            series.append(Series(column, stem, name, unit=unit))
        elif stat := stat_named(name):
            series.append(Series(column, stem or name, stat=stat, unit=unit))
        else:
            label = read_label(name)
            series.append(Series(column, label.name, label.service, label.namespace, label.stat, unit))
    return tuple(series)


def _labelled(above: Sequence[Sequence[str]], time: int, data_from: int) -> Layout | None:
    """Return the layout of a file whose first rows describe its columns, as CloudWatch saves.

    Each such row starts with what it states: Label, Full label, Stat, Period, Namespace, Unit...
    """
    facts = {row[time].strip().lower().rstrip(":"): row for row in above if len(row) > time}
    width = max(len(row) for row in above)

    def fact(column: int, *names: str) -> str | None:
        rows = [facts[name] for name in names if name in facts]
        said = (row[column].strip() for row in rows if len(row) > column)
        return next((cell for cell in said if cell), None)

    series = []
    for column in range(width):
        full = fact(column, "full label", "label", "", "time", "timestamp", "id")
        if column == time or full is None:
            continue
        label = read_label(full)
        series.append(
            Series(
                column,
                fact(column, "metric name", "metricname", "metric") or label.name,
                fact(column, "service") or label.service,
                fact(column, "namespace") or label.namespace,
                stat_named(fact(column, "stat", "statistic", "statistics") or "") or label.stat,
                fact(column, "unit"),
                fact(column, "period"),
            )
        )
    return Layout(time, data_from, series=tuple(series), sureness=0.9) if series else None
