"""Tries beforehand what a table in Athena will be asked for: catalogue, workgroup, partitions of the time, queries."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from fa2.core.windows import TimeWindow
from fa2.sources.aws.asking import Ask, Look
from fa2.sources.aws.athena.sizes import catalogue_bytes, file_bytes, holds_files
from fa2.sources.aws.athena.source import Known, engine, reach, tell_narrowing, tried
from fa2.sources.aws.athena.tables import LakeTable, Partition, described, partitions, strftime_of
from fa2.sources.aws.athena.values import identifier

_OPEN = re.compile(r"NOW.*", re.IGNORECASE)
_KEYS = ", "


def examine_table(ask: Ask[Any], check: Callable[[Known], None], windows: Sequence[TimeWindow]) -> None:
    """Look at the table, the workgroup and what lies in the windows; run a query that reads nothing, and stop one.

    check: raises for a table that lacks columns.
    """
    table = _table(ask, check, windows)
    _workgroup(ask)
    if table is not None:
        _size(ask, table, windows)
    with ask.look() as look:
        tried(ask, look)
    sql = f"SELECT 1 FROM {identifier(ask.settings.database)}.{identifier(ask.settings.table)} WHERE 1 = 0"
    with ask.look(query=f"StopQueryExecution {sql}"):
        engine(ask).try_stopping(sql)


def _table(ask: Ask[Any], check: Callable[[Known], None], windows: Sequence[TimeWindow]) -> LakeTable | None:
    settings = ask.settings
    table: LakeTable | None = None
    with ask.look(query=f"GetTable {settings.database}.{settings.table}", service="glue") as look:
        found = described(ask.client("glue"), settings.database, settings.table)
        keys = _KEYS.join(key.name for key in found.keys)
        look.note("note_athena_table", columns=len(found.columns), keys=keys or "–")
        check(Known(found, None))
        tell_narrowing(look, partitions(found, reach(ask, windows[0])), found)
        hull = TimeWindow(min(w.start for w in windows), max(w.end for w in windows))
        _tell_projection(look, found, hull)
        table = found
    return table


def _tell_projection(look: Look, table: LakeTable, window: TimeWindow) -> None:
    """Say so where the table's projection ends before the window, or begins after it."""
    for key in table.keys:
        first, _, last = key.range.partition(",")
        pattern = strftime_of(key.format) if key.format and key.projection == "date" else None
        if not pattern or not last:
            continue
        begins, ends = first.strip(), last.strip()
        late = not _OPEN.match(ends) and ends < window.end.strftime(pattern)
        early = not _OPEN.match(begins) and begins > window.start.strftime(pattern)
        if late or early:
            look.partial("athena_projection", key=key.name, range=key.range, window=str(window))


def _workgroup(ask: Ask[Any]) -> None:
    settings = ask.settings
    with ask.look(query=f"GetWorkGroup {settings.workgroup}") as look:
        found = engine(ask).workgroup()
        if not found.has_output and not settings.output_location:
            look.partial("athena_no_output", workgroup=settings.workgroup)
        if found.cutoff_bytes is not None:
            look.note("note_athena_cutoff", workgroup=settings.workgroup, most=found.cutoff_bytes)


def _size(ask: Ask[Any], table: LakeTable, windows: Sequence[TimeWindow]) -> None:
    """Tell how much lies in the partitions of the windows; asks the catalogue, or S3 for projected partitions."""
    how, service = ("ListObjectsV2", "s3") if table.projected else ("GetPartitions", "glue")
    with ask.look(query=f"{how} {table.database}.{table.name}", service=service) as look:
        chosen = [partitions(table, reach(ask, window)) for window in windows]
        size = _bytes(ask, table, chosen)
        if size == 0 and table.keys:
            look.partial("athena_no_partitions", table=table.name)
        elif size is not None:
            look.note("note_athena_window_size", size=size)
        else:
            look.note("note_athena_size_unknown", table=table.name)


def _bytes(ask: Ask[Any], table: LakeTable, chosen: Sequence[Sequence[Partition]]) -> int | None:
    """Return the bytes of some partitions, null where nobody knows. Raises what boto3 raises."""
    client = ask.client("s3" if table.projected else "glue")
    measure = file_bytes if table.projected else catalogue_bytes
    sizes = [measure(client, table, found) for found in chosen]
    if (
        table.projected
        and not any(sizes)
        and not any(holds_files(client, table, found) is not False for found in chosen)
    ):
        return 0
    return None if None in sizes else sum(size or 0 for size in sizes)
