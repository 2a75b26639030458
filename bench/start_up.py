"""How long fa2 takes from start to finish when there is little to do.

    python bench/start_up.py BENCH [--quick]

Help against an interpreter that does nothing; `fa2 investigate` on every bundle of nezha-tt, whole process.
"""

from __future__ import annotations

import sys
from statistics import median

from harness import Goal, arguments, fa2, keep, measure, middle, table


def main() -> bool:
    """Run the benchmark and return whether its goals are met."""
    asked = arguments(__doc__)
    often = asked.repetitions or (3 if asked.quick else 11)
    runs = measure({"python -c pass": [sys.executable, "-c", "pass"], "fa2 --help": fa2("--help")}, often)
    print(table("start", runs))
    help_s = middle(runs["fa2 --help"], "wall_s")

    cases = sorted(path for path in (asked.bench / "nezha-tt").iterdir() if path.is_dir())
    cases = cases[:3] if asked.quick else cases
    commands = {case.name: fa2("investigate", case, "--no-llm", "--no-past", "--format", "json") for case in cases}
    found = measure(
        {"python -c pass": [sys.executable, "-c", "pass"], **commands}, asked.repetitions or (1 if asked.quick else 3)
    )
    walls = {name: middle(found[name], "wall_s") for name in commands}
    every = [r for name in commands for r in found[name]]
    print(
        table(
            "investigate, all bundles of nezha-tt",
            {"python -c pass": found["python -c pass"], "fa2 investigate": every},
        )
    )
    goals = [
        Goal("fa2 --help, wall s", help_s, 0.2),
        Goal("fa2 investigate, wall s, median bundle", median(walls.values()), 2.0),
        Goal("fa2 investigate, wall s, slowest bundle", max(walls.values()), 2.0),
    ]
    return keep("start_up", {**runs, **{f"investigate {name}": found[name] for name in commands}}, goals)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
