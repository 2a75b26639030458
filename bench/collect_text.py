"""What `fa2 collect` costs on one large text log, against reading it with tools that everybody has.

    python bench/collect_text.py BENCH [--quick]

The log is the real lines of OpenStack's nova, drawn again and again with fresh digits and a time of their own. The
alternatives read every byte: a Python loop over its lines that looks at the time, `wc -l`, `grep -c`.
"""

from __future__ import annotations

import random
import shutil
import sys
from pathlib import Path

from harness import BUNDLES, Goal, arguments, fa2, keep, measure, middle, table

MAX_PEAK_MB = 1500.0
MAX_GROWTH = 1.2
_LOOP = """import re, sys
at = re.compile(rb"(\\d{4})-(\\d\\d)-(\\d\\d)[ T](\\d\\d):(\\d\\d):(\\d\\d)")
lines = times = 0
with open(sys.argv[1], "rb") as file:
    for line in file:
        lines += 1
        times += at.search(line) is not None
"""


def main() -> bool:
    """Run the benchmark and return whether its goals are met."""
    asked = arguments(__doc__)
    lines = 200_000 if asked.quick else 2_000_000
    once, twice = (_log(asked.bench, n) for n in (lines, 2 * lines))
    output = BUNDLES / "collected"
    subjects = {"python, a loop over lines": [sys.executable, "-c", _LOOP, str(once)]}
    if shutil.which("wc"):
        subjects["wc -l"] = ["wc", "-l", str(once)]
    if shutil.which("grep"):
        subjects["grep -cE"] = ["grep", "-cE", "ERROR|Exception|timed? ?out", str(once)]
    subjects["fa2 collect"] = fa2("collect", once, "--output", output)
    subjects["fa2 collect, twice the lines"] = fa2("collect", twice, "--output", output)
    runs = measure(
        subjects,
        asked.repetitions or (1 if asked.quick else 3),
        between=lambda: shutil.rmtree(output, ignore_errors=True),
    )
    shutil.rmtree(output, ignore_errors=True)
    size = once.stat().st_size / 1e6
    print(table(f"collect_text: {lines:,} lines, {size:.0f} MB", runs))
    cost = middle(runs["fa2 collect"], "cpu_s")
    print(f"  {lines / cost:,.0f} lines and {size / cost:.1f} MB a CPU second")
    peaks = [middle(runs[name], "peak_mb") for name in ("fa2 collect", "fa2 collect, twice the lines")]
    goals = [
        Goal("peak memory, MB", max(peaks), MAX_PEAK_MB),
        Goal("peak memory, twice the lines against once", peaks[1] / peaks[0], MAX_GROWTH),
    ]
    return keep("collect_text", runs, goals, lines=lines, megabytes=round(size, 1))


def _log(bench: Path, lines: int) -> Path:
    """Return a log file of so many lines, in the order of time, unless an earlier run wrote it."""
    file = BUNDLES / f"text-{lines // 1000}k" / "application.log"
    if file.is_file():
        return file
    source = sorted((bench / "openstack").glob("*.log"))[0]
    bodies = source.read_text(errors="replace").splitlines()
    chance = random.Random(11)
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    with partial.open("w") as out:
        for i in range(lines):
            digits = str.maketrans("0123456789", "".join(chance.sample("0123456789", 10)))
            seconds, micros = divmod(i * (7_200_000_000 // lines), 1_000_000)
            hour, rest = divmod(seconds, 3600)
            stamp = f"2026-03-01 {10 + hour:02}:{rest // 60:02}:{rest % 60:02}.{micros // 1000:03}"
            out.write(f"{stamp} {chance.choice(bodies).translate(digits)}\n")
    partial.rename(file)
    return file


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
