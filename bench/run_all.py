"""Runs all benchmarks on a folder of bench data, and says which goals are met.

python bench/run_all.py BENCH [--quick]
make bench BENCH=FOLDER
"""

from __future__ import annotations

import subprocess
import sys

from harness import arguments, script

BENCHMARKS = (
    "start_up",
    "localize",
    "past",
    "investigate_big",
    "collect_text",
    "detectors",
    "patterns",
    "engines",
    "collecting",
    "grounding",
    "prompts",
    "injected",
)


def main() -> int:
    """Run each benchmark in a process of its own; return 1 when one of them missed a goal or failed."""
    asked = arguments(__doc__)
    options = ["--quick"] if asked.quick else []
    if asked.repetitions:
        options += ["--repetitions", str(asked.repetitions)]
    worst = 0
    for name in BENCHMARKS:
        ended = subprocess.run(script(f"{name}.py", asked.bench, *options)).returncode
        if ended:
            print(f"{name}: a goal was missed, or it failed", file=sys.stderr)
        worst = max(worst, ended)
    return min(worst, 1)


if __name__ == "__main__":
    sys.exit(main())
