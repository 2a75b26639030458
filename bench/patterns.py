"""What `fa2 patterns` costs on large logs, against drain3, DuckDB and grep in the same run.

    python bench/patterns.py BENCH [--quick]

The log is real lines of loghub-2k, drawn again at random; bare messages, so that nothing but patterns is to be found.
All subjects run on one processor, but for the one that has two. drain3 (with the masks of its own example) reads the
first lines only, as it would take minutes for all; what is compared is CPU time a line, of whole processes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from harness import BUNDLES, Command, Goal, Run, arguments, fa2, keep, measure, middle, script, table

_DRAIN, _DRAIN_LINES = "drain3, masks", 100_000
_DUCKDB = """import duckdb, sys
duckdb.sql("SET threads = 1")
print(duckdb.sql(f'''SELECT count(*) FROM (
    SELECT regexp_replace(line, '[^ ]*[0-9][^ ]*', '<*>', 'g') AS shape, count(*)
    FROM read_csv('{sys.argv[1]}', columns = {{'line': 'VARCHAR'}}, delim = '\\x01', quote = '', escape = '',
                  header = false, auto_detect = false, strict_mode = false, max_line_size = 20000000)
    GROUP BY 1)''').fetchall())
"""


def main() -> bool:
    """Run the benchmark and return whether its goals are met."""
    asked = arguments(__doc__)
    lines = 1_600_000 if asked.quick else 16_000_000
    folder = BUNDLES / f"patterns-{lines // 1000}k"
    if not (folder / "shapes.log").is_file():
        subprocess.run(script("patterns_inputs.py", asked.bench, folder, lines), check=True)
    plain, small = folder / "plain.log", folder / "small.log"
    subjects = _subjects(folder)
    runs = measure(subjects, asked.repetitions or (1 if asked.quick else 3))
    if find_spec("drain3"):
        drain = {_DRAIN: _alone(script("patterns_drain.py", plain, _DRAIN_LINES))}
        runs |= measure(drain, 1 if asked.quick else 3)
    else:
        print("drain3 is not installed (pip install --group bench): nothing is compared with it", file=sys.stderr)
    with tempfile.TemporaryDirectory() as empty:
        cold = {
            "fa2 patterns, 2,000 lines, nothing compiled": ["env", f"XDG_CACHE_HOME={empty}", *fa2("patterns", small)]
        }
        runs |= measure(cold, 3)
    size = plain.stat().st_size / 1e6
    print(table(f"patterns: {lines:,} lines, {size:.0f} MB; drain3: {_DRAIN_LINES:,} lines", runs))
    a_line = {name: middle(found, "cpu_s") / _lines_of(name, lines) for name, found in runs.items()}
    for name, cost in a_line.items():
        print(f"  {1e-6 / cost:8.3f} M lines a CPU second: {name}")
    stages = _stages(folder / "shapes.log", 1)
    alone, together = (min(_stages(plain, threads)["scan_s"] for _ in range(3)) for threads in (1, 2))
    print(f"  scan alone: {alone:.2f} s with one thread, {together:.2f} s with two")
    print(f"  {stages['shapes']:,} shapes: scan {stages['scan_s']:.1f} s, merge {stages['merge_s']:.1f} s")
    goals = [*_goals(runs, a_line), Goal("CPU a megabyte of JSON, of plain text's", _json(runs, folder), 2.0)]
    goals += [Goal("scan with two threads, of one's", together / alone, 1 / 1.8)]
    goals += [Goal("merge of two million shapes, s", stages["merge_s"], 10.0)]
    return keep("patterns", runs, goals, lines=lines, megabytes=round(size, 1), shapes=stages)


def _subjects(folder: Path) -> dict[str, Command]:
    plain = folder / "plain.log"
    return {
        "grep -c ERROR": _alone(["grep", "-c", "ERROR", str(plain)]),
        "duckdb, one regular expression": _alone([sys.executable, "-c", _DUCKDB, str(plain)]),
        "fa2 patterns": _alone(fa2("patterns", plain)),
        "fa2 patterns, half the lines": _alone(fa2("patterns", folder / "half.log")),
        "fa2 patterns, JSON lines": _alone(fa2("patterns", folder / "json.log")),
        "fa2 patterns, gzip": _alone(fa2("patterns", folder / "plain.log.gz")),
        "fa2 patterns --assignments": _alone(fa2("patterns", plain, "--assignments", folder / "out.csv")),
        "fa2 patterns, two processors": fa2("patterns", plain),
        "fa2 patterns, as many shapes as lines": _alone(fa2("patterns", folder / "shapes.log")),
    }


def _alone(command: Command) -> list[str]:
    """Return a command that runs on one processor."""
    first = min(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    return ["taskset", "-c", str(first), *map(str, command)]


def _lines_of(name: str, lines: int) -> int:
    if name.startswith("drain3"):
        return _DRAIN_LINES
    if "2,000" in name:
        return 2000
    return lines // 2 if "half" in name else lines // 8 if "as many shapes" in name else lines


def _goals(runs: dict[str, list[Run]], a_line: dict[str, float]) -> list[Goal]:
    cost, wall = a_line["fa2 patterns"], {name: middle(found, "wall_s") for name, found in runs.items()}
    peaks = {name: middle(found, "peak_mb") for name, found in runs.items()}
    return [
        *(
            [Goal("CPU a line, in hundredths of drain3's", 100 * cost / a_line[_DRAIN], 1.0)]
            if _DRAIN in a_line
            else []
        ),
        Goal("CPU a line, of DuckDB's with one expression", cost / a_line["duckdb, one regular expression"], 0.25),
        Goal("CPU a line, of grep's", cost / a_line["grep -c ERROR"], 10.0),
        Goal("CPU a line of gzip, of plain text's", a_line["fa2 patterns, gzip"] / cost, 2.0),
        Goal("2,000 lines, nothing compiled, s", wall["fa2 patterns, 2,000 lines, nothing compiled"], 1.0),
        Goal(
            "peak memory, of that for half the lines",
            peaks["fa2 patterns"] / peaks["fa2 patterns, half the lines"],
            1.2,
        ),
    ]


def _json(runs: dict[str, list[Run]], folder: Path) -> float:
    """Return the CPU time for a megabyte of JSON lines, of that for one of plain text."""
    files = {"fa2 patterns, JSON lines": folder / "json.log", "fa2 patterns": folder / "plain.log"}
    json_cost, cost = (middle(runs[name], "cpu_s") / file.stat().st_size for name, file in files.items())
    return json_cost / cost


def _stages(path: Path, threads: int) -> dict[str, float]:
    command = script("patterns_stages.py", path, str(threads))
    done = subprocess.run(_alone(command) if threads == 1 else command, capture_output=True, check=True)
    told: dict[str, float] = json.loads(done.stdout)
    return told


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
