"""How often fa2 recalls the right incidents of the past, and how often it recalls one where none is alike.

    python bench/past.py BENCH [--quick]

Each labelled bundle is investigated, and its report compared with those of all others, as if they were kept. Two
incidents are alike where service and kind of the fault are those of the truth.

    right     share of what was recalled that is alike
    found     share of incidents with one alike among the others of which one was recalled
    false     share of incidents for which something is recalled where the store holds only what is unlike
    noise     share of quiet windows for which something is recalled
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path

from harness import Goal, arguments, fa2, keep, run

Truths = Mapping[str, tuple[str, str]]
"""Service and kind by case; quiet windows have none."""
Recall = Callable[[str, Collection[str]], list[str]]
"""What is recalled for a case where the store holds some others."""


def main() -> bool:
    """Run the benchmark and return whether the goals are met."""
    from fa2.core.fingerprints import fingerprint
    from fa2.core.past import KeptReport
    from fa2.core.report import Report

    asked = arguments(__doc__)
    folders = [*sorted(path.parent for path in asked.bench.glob("*/truth.json")), Path("examples/incidents")]
    truths: dict[str, tuple[str, str]] = {}
    reports: dict[str, Report] = {}
    for folder in folders:
        told = json.loads((folder / "truth.json").read_text())
        for case in sorted(told)[:: 4 if asked.quick else 1]:
            name, truth = f"{folder.name}/{case}", told[case]
            reports[name] = Report.model_validate_json(_reported(folder / case))
            if truth["verdict"] == "incident":
                truths[name] = (truth["service"], truth.get("kind") or truth.get("metric"))
    when = datetime(2026, 1, 1, tzinfo=UTC)
    kept = {n: KeptReport(n, r.title, r.window, when, r.verdict, fingerprint(r)) for n, r in reports.items()}

    def recalled(name: str, among: Collection[str]) -> list[str]:
        from fa2.core.recall import alike

        past = [kept[n] for n in among if n != name]
        return [one.id for one in alike(reports[name], kept[name].fingerprint, past, 3)]

    shares = {folder.name: _shares(folder.name, truths, kept, recalled) for folder in folders}
    for name, found in shares.items():
        print(f"past: {name}  " + "  ".join(f"{k} {v[0]}/{v[1]}" for k, v in found.items()))
    right = [found["right"] for found in shares.values()]
    wrongly = sum(n - r for r, n in right) / max(1, sum(n for _, n in right))
    goals = [Goal("share recalled wrongly", round(wrongly, 3), 0.05)]
    keep("past", {}, goals, shares={name: {k: list(v) for k, v in found.items()} for name, found in shares.items()})
    return all(goal.met for goal in goals)


def _reported(bundle: Path) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "report.json"
        run(fa2("investigate", bundle, "--no-llm", "--no-past", "--format", "json", "--output", output))
        return output.read_bytes()


def _shares(folder: str, truths: Truths, kept: Collection[str], recalled: Recall) -> dict[str, tuple[int, int]]:
    right = told = found = with_alike = wrongly = 0
    cases = [name for name in truths if name.startswith(f"{folder}/")]
    for name in cases:
        got = recalled(name, kept)
        alike = [n for n in kept if n != name and truths.get(n) == truths[name]]
        right, told = right + sum(n in alike for n in got), told + len(got)
        with_alike, found = with_alike + bool(alike), found + any(n in alike for n in got)
        wrongly += bool(recalled(name, [n for n in kept if n not in alike]))
    quiet = [name for name in kept if name.startswith(f"{folder}/") and name not in truths]
    noise = sum(bool(recalled(name, kept)) for name in quiet)
    return {
        "right": (right, told),
        "found": (found, with_alike),
        "false": (wrongly, len(cases)),
        "noise": (noise, len(quiet)),
    }


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
