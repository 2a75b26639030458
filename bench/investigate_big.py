"""What `fa2 investigate` costs on millions of log lines, spans and points.

    python bench/investigate_big.py BENCH [--quick]

The alternative is bench/lines_per_minute.py: one DuckDB pass over the same Parquet files that counts lines
per minute with one regular expression. Bundles come from bench/make_big_bundle.py; the patterns that it
writes into the window alone have to stand in the report, or the run does not count.

    plain     5 and 10 million lines of real shapes
    shapes    the same with 300,000 distinct shapes among them: the bad case for memory
    spans     a million lines with trace ids, and the 1.9 million spans that they were written in
    metrics   5 million points of 6,944 series
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness import Goal, Run, arguments, big_bundle, fa2, keep, measure, middle, script, table
from make_big_bundle import INJECTED

PREFIXED = "status=5[0-9][0-9]"
"""An expression that begins with a literal, which RE2 looks for without matching: as cheap as a pass can be."""
MAX_RATIO = 5.0
MAX_PEAK_MB = 1500.0
MAX_GROWTH = 1.2


def main() -> bool:
    """Run the benchmark and return whether its goals are met."""
    asked = arguments(__doc__)
    scale = 10 if asked.quick else 1
    often = asked.repetitions or (1 if asked.quick else 3)
    fine = True
    for kind, options in (("plain", []), ("shapes", ["--shapes", str(300_000 // scale)])):
        once, twice = (
            big_bundle(asked.bench, f"{kind}-{lines // 1000}k", "--lines", str(lines), *options)
            for lines in (5_000_000 // scale, 10_000_000 // scale)
        )
        fine &= _lines(kind, once, twice, often)
    spans = big_bundle(asked.bench, f"spans-{1000 // scale}k", "--lines", str(1_000_000 // scale), "--spans")
    points = str(5_000_000 // scale)
    metrics = big_bundle(asked.bench, f"metrics-{5000 // scale}k", "--lines", "0", "--metrics", points)
    for kind, bundle in (("spans", spans), ("metrics", metrics)):
        fine &= _whole(kind, bundle, often)
    return fine


def _lines(kind: str, once: Path, twice: Path, repetitions: int) -> bool:
    """Measure a bundle of log lines and one of twice the size."""
    runs: dict[str, list[Run]] = {}
    for bundle in (once, twice):
        runs |= measure(
            {
                f"lines per minute, {bundle.name}": script("lines_per_minute.py", bundle),
                f"the same, literal prefix, {bundle.name}": script("lines_per_minute.py", bundle, PREFIXED),
                f"fa2 investigate, {bundle.name}": _investigate(bundle),
            },
            repetitions,
        )
    print(table(f"investigate_big: {kind}", runs))
    ratios = [
        middle(runs[f"fa2 investigate, {b.name}"], "cpu_s") / middle(runs[f"lines per minute, {b.name}"], "cpu_s")
        for b in (once, twice)
    ]
    peaks = [middle(runs[f"fa2 investigate, {b.name}"], "peak_mb") for b in (once, twice)]
    missing = [f"{bundle.name}: {text}" for bundle in (once, twice) for text in missed(bundle)]
    goals = [
        Goal("CPU against one pass", ratios[0], MAX_RATIO),
        Goal("CPU against one pass, twice the lines", ratios[1], MAX_RATIO),
        Goal("peak memory, MB", max(peaks), MAX_PEAK_MB),
        Goal("injected patterns not found", len(missing), 0),
    ]
    if kind == "plain":  # with hundreds of thousands of shapes memory grows with these, up to DuckDB's limit
        goals.append(Goal("peak memory, twice the lines against once", peaks[1] / peaks[0], MAX_GROWTH))
    return keep(f"investigate_{kind}", runs, goals, not_found=missing)


def _whole(kind: str, bundle: Path, repetitions: int) -> bool:
    """Measure a bundle for which there is no alternative of one query: peak memory has a goal."""
    runs = measure({f"fa2 investigate, {bundle.name}": _investigate(bundle)}, repetitions)
    print(table(f"investigate_big: {kind}", runs))
    goals = [Goal("peak memory, MB", middle(next(iter(runs.values())), "peak_mb"), MAX_PEAK_MB)]
    return keep(f"investigate_{kind}", runs, goals)


def _investigate(bundle: Path, output: Sequence[str | Path] = ()) -> list[str]:
    return fa2("investigate", bundle, "--no-llm", "--no-past", "--format", "json", *output)


def missed(bundle: Path) -> list[str]:
    """Return the injected patterns that a report on a bundle does not tell as new."""
    import subprocess

    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        subprocess.run(_investigate(bundle, ("--output", report)), check=True)
        rows = json.loads(report.read_bytes())["patterns"]
    new = {(row["service"], row["level"], _plain(row)) for row in rows if row["change"] == "new"}
    return [text for service, level, text in INJECTED if (service, level, _words(text)) not in new]


def _plain(row: Mapping[str, str]) -> str:
    return _words(row["pattern"])


def _words(text: str) -> str:
    """Return the words without digits of a text or pattern: what every drawing of it has in common."""
    return " ".join(word for word in text.split() if "#" not in word and "<*>" not in word)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
