"""Holds every engine to the one definition of a line's shape, on all lines of loghub-2k, as they are and without headers.

python bench/engines.py BENCH [--quick]

Python's `shape_of` is the definition; the scanner (compiled), DuckDB, Velox with Presto's functions, Oniguruma, which
Trino's regular expressions descend from, and Spark with two workers must give the same shape for each line; lines counted in DuckDB and in Spark must merge to a local scan's patterns. An engine
that is not installed (`make engines`) is named as missing. Times are of one process, after a first small run; Spark's
is of a cluster that is up. They tell nothing of engines on data of their own size.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from harness import Goal, arguments, keep

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from fa2.core.windows import TimeWindow
from fa2.logs.engines.count_queries import counts_sql
from fa2.logs.engines.lake_lines import Column, LakeLines, Text
from fa2.logs.shapes.definition import CLOSE, MAX_CHARS, NAME, OPEN, VALUE, shape_of
from fa2.logs.shapes.dialects import DUCKDB, SPARK, TRINO, shape_sql

Lines = Sequence[str]
Engine = Callable[[Lines], list[str]]


@dataclass(frozen=True)
class Told:
    """What an engine gave for the lines of a file."""

    distinct: int
    different: int
    """Lines whose shape is another than Python's."""
    seconds: float


def in_python(lines: Lines) -> list[str]:
    """Return the definition's shapes."""
    return [shape_of(line) for line in lines]


def in_duckdb(lines: Lines) -> list[str]:
    """Return the shapes that DuckDB gives."""
    import duckdb
    import pyarrow as pa

    table = pa.table({"n": range(len(lines)), "message": lines})
    with duckdb.connect() as connection:
        connection.register("lines", table)
        found = connection.sql(f"SELECT n, {shape_sql()} AS shape FROM lines ORDER BY n").fetchall()
    return [shape for _, shape in found]


def in_velox(lines: Lines) -> list[str]:
    """Return the shapes that Presto's functions give in Velox."""
    from pyvelox import legacy

    expression = legacy.Expression.from_string(shape_sql("message", TRINO))
    return list(expression.evaluate(["message"], [legacy.from_list(list(lines))]))


def in_oniguruma(lines: Lines) -> list[str]:
    """Return the shapes that the three replacements of the SQL give with Oniguruma's regular expressions."""
    import onigurumacffi

    steps = (
        (onigurumacffi.compile(f"({VALUE})"), OPEN, 1, CLOSE),
        (onigurumacffi.compile(f"{OPEN}({NAME}){CLOSE}"), "", 1, ""),
        (onigurumacffi.compile(f"{OPEN}[^{CLOSE}]*{CLOSE}"), "<*>", None, ""),
    )
    return [_replaced(line, steps) for line in lines]


def _replaced(line: str, steps: Sequence[tuple[Any, str, int | None, str]]) -> str:
    text = line.partition("\n")[0].partition("\r")[0][:MAX_CHARS].replace(OPEN, " ").replace(CLOSE, " ")
    for regex, before, group, after in steps:
        parts, place = [], 0
        while found := regex.search(text, place):
            parts += [text[place : found.start()], before, found[group] if group is not None else "", after]
            place = found.end()
        text = "".join(parts) + text[place:]
    return text


def in_scanner(lines: Lines) -> list[str]:
    """Return the shapes that the compiled scanner gives."""
    import numpy as np

    from fa2.logs.scans import scanning
    from fa2.logs.scans.blocks import Messages

    scanning.WORTH_LOADING = scanning.WORTH_COMPILING = 0  # as for much input
    found = scanning.scan(Messages(lines), scanning.ScanOptions(number_lines=True, bare=True))
    numbers = found.numbers.array(np.arange(len(found.shapes))) if found.numbers else ()
    return [found.shapes[n] for n in numbers]


def in_spark(session: Any, folder: Path) -> Engine:
    """Return what gives the shapes that a Spark session gives."""

    def shapes(lines: Lines) -> list[str]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.table({"n": range(len(lines)), "message": lines}), folder / "lines.parquet")
        frame = session.read.parquet(str(folder / "lines.parquet")).repartition(4)
        found = frame.selectExpr("n", f"{shape_sql('message', SPARK)} AS shape").collect()
        return [shape for _, shape in sorted(map(tuple, found))]

    return shapes


def main() -> int:
    """Print a table of all files and engines, write results/engines.json; return 1 when a shape differs."""
    asked = arguments(__doc__)
    files = sorted((asked.bench / "loghub-2k").glob("*/messages.log"))
    files += [] if asked.quick else sorted((asked.bench / "loghub-2k").glob("*/raw.log"))
    texts = {f"{f.parent.name}/{f.stem}": f.read_bytes().decode("utf-8", "replace") for f in files}
    read = {file: text.removesuffix("\n").split("\n") for file, text in texts.items()}
    engines: dict[str, Engine] = {"python": in_python, "scanner": in_scanner, "duckdb": in_duckdb}
    engines |= {"velox": in_velox, "oniguruma": in_oniguruma}
    missing: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        session = _spark(Path(folder), missing)
        if session:
            engines["spark"] = in_spark(session, Path(folder))
        told = {name: found for name, engine in engines.items() if (found := _ask(name, engine, read, missing))}
        merged = _merged({f: lines for f, lines in read.items() if f.endswith("messages")}, session, Path(folder))
        if session:
            session.stop()
    _print(read, told, missing)
    _print_merged(merged)
    different = sum(t.different for found in told.values() for t in found.values())
    lines = sum(map(len, read.values())) * len(told)
    unlike = sum(counts[1] for found in merged.values() for counts in found.values())
    goals = [Goal(f"shapes of {lines} lines that differ", different, 0), Goal("patterns that differ", unlike, 0)]
    shapes = {name: {file: vars(t) for file, t in found.items()} for name, found in told.items()}
    return 0 if keep("engines", {}, goals, shapes=shapes, patterns=merged, missing=missing) else 1


def _merged(read: dict[str, list[str]], session: Any, folder: Path) -> dict[str, dict[str, tuple[int, int]]]:
    """Return, by engine and file, how many patterns the lines counted there have, and how many differ from a scan's."""
    import pyarrow as pa

    from fa2.logs.engines.counted_shapes import mine_counts
    from fa2.logs.patterns.mining import mine

    start = datetime(2026, 11, 20, tzinfo=UTC)
    lake = LakeLines(("lines",), Text("bench"), Column.of("at"), "epoch_s")
    window = TimeWindow(start, start + timedelta(days=1))
    told: dict[str, dict[str, tuple[int, int]]] = {"duckdb": {}, **({"spark": {}} if session else {})}
    for file, lines in read.items():
        here = {(p.text, p.count, p.severity) for p in mine(lines).patterns}
        times = [int(start.timestamp()) + n for n in range(len(lines))]
        table = pa.table({"at": times, "message": lines})
        for name, counted in told.items():
            counts = (
                _counted_in_spark(session, table, lake, window, folder)
                if name == "spark"
                else _counted(table, lake, window)
            )
            there = {(p.text, p.count, p.severity) for p in mine_counts(counts).patterns}
            counted[file] = (len(there), len(here ^ there))
    return told


def _counted(table: Any, lake: LakeLines, window: TimeWindow) -> Any:
    import duckdb

    with duckdb.connect() as connection:
        connection.register("lines", table)
        return connection.sql(counts_sql(lake, window, DUCKDB)).to_arrow_table()


def _counted_in_spark(session: Any, table: Any, lake: LakeLines, window: TimeWindow, folder: Path) -> Any:
    import pyarrow.parquet as pq

    from fa2.logs.engines.spark import count_lines

    pq.write_table(table, folder / "lake.parquet")
    counts = count_lines(session.read.parquet(str(folder / "lake.parquet")), lake, window)
    counts.write.mode("overwrite").parquet(str(folder / "log_counts.parquet"))
    return pq.read_table(folder / "log_counts.parquet")


def _print_merged(merged: dict[str, dict[str, tuple[int, int]]]) -> None:
    print("Patterns of lines that were counted by shape and interval; = where they are those of a local scan")
    for name, found in merged.items():
        print(
            f"  {name:22}"
            + "  ".join(f"{file} {n} {f'{off} differ' if off else '='}" for file, (n, off) in found.items())
        )


def _spark(folder: Path, missing: dict[str, str]) -> Any:
    import pytest

    from sparks import start_spark

    try:
        return start_spark(folder, "UTC")
    except pytest.skip.Exception as reason:
        missing["spark"] = str(reason)
        return None


def _ask(name: str, engine: Engine, read: dict[str, list[str]], missing: dict[str, str]) -> dict[str, Told]:
    try:
        engine(["warm 1 up", "eth0"])
    except ImportError as reason:
        missing[name] = str(reason)
        return {}
    found = {}
    for file, lines in read.items():
        began = time.perf_counter()
        shapes = engine(lines)
        seconds = time.perf_counter() - began
        different = sum(a != b for a, b in zip(shapes, in_python(lines), strict=True))
        found[file] = Told(len(set(shapes)), different, seconds)
    return found


def _print(read: dict[str, list[str]], told: dict[str, dict[str, Told]], missing: dict[str, str]) -> None:
    print("Distinct shapes of each engine; = where each line has the definition's shape, else how many have not")
    print(f"  {'':22}{'lines':>7}" + "".join(f"{name:>15}" for name in told))
    for file, lines in read.items():
        cells = [
            f"{t.distinct} {'=' if not t.different else f'{t.different} differ'}"
            for t in (f[file] for f in told.values())
        ]
        print(f"  {file:22}{len(lines):>7}" + "".join(f"{cell:>15}" for cell in cells))
    totals = [sum(t.seconds for t in found.values()) for found in told.values()]
    print(f"  {'seconds in all':29}" + "".join(f"{total:15.2f}" for total in totals))
    for name, reason in missing.items():
        print(f"  {name} is missing: {reason}")


if __name__ == "__main__":
    sys.exit(main())
