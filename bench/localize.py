"""How often fa2 names the right service and the right verdict on labelled bundles.

    python bench/localize.py BENCH [--quick]

BENCH holds folders of bundles with a truth.json each. Every bundle is copied to a folder of a random name
first, so that no name can give the answer away; of suspects with equal scores the true one counts as last.

    top1, top3   share of incidents whose true service is first, or among the first three
    named        share of incidents with the verdict incident
    quiet        share of quiet windows with the verdict no_incident
"""

from __future__ import annotations

import json
import secrets
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from harness import Goal, Run, arguments, fa2, keep, run


@dataclass(frozen=True)
class Answer:
    """What a report said of a case, beside the truth."""

    case: str
    truth: str
    """incident or no_incident."""
    verdict: str
    rank: int | None
    """The place of the true service; null where it is no suspect or there is none."""


def main() -> bool:
    """Run the benchmark and return whether every case gave a report."""
    asked = arguments(__doc__)
    for folder in sorted(path.parent for path in asked.bench.glob("*/truth.json")):
        truths = json.loads((folder / "truth.json").read_text())
        cases = sorted(truths)[:: 8 if asked.quick else 1]
        found = [_answer(folder / case, truths[case]) for case in cases]
        answers = [answer for answer, _ in found]
        shares = _shares(answers)
        print(f"localize: {folder.name}  cases {len(answers)}  " + "  ".join(f"{k} {v:.3f}" for k, v in shares.items()))
        keep(
            f"localize_{folder.name}",
            {"fa2 investigate": [cost for _, cost in found]},
            [Goal("slowest bundle, wall s", max(cost.wall_s for _, cost in found), 2.0)] if not asked.quick else [],
            shares=shares,
            answers=[asdict(answer) for answer in answers],
        )
    return True


def _answer(bundle: Path, truth: Mapping[str, str]) -> tuple[Answer, Run]:
    with tempfile.TemporaryDirectory() as folder:
        copy, output = Path(folder) / secrets.token_hex(4), Path(folder) / "report.json"
        shutil.copytree(bundle, copy, copy_function=shutil.copyfile)
        incident = json.loads((copy / "incident.json").read_text())
        (copy / "incident.json").write_text(json.dumps({**incident, "id": copy.name}))
        cost = run(fa2("investigate", copy, "--no-llm", "--no-past", "--format", "json", "--output", output))
        report = json.loads(output.read_bytes())
    return Answer(
        bundle.name, truth["verdict"], report["verdict"], _rank(report["suspects"], truth.get("service"))
    ), cost


def _rank(suspects: Sequence[Mapping[str, object]], service: str | None) -> int | None:
    scores = [float(str(s["score"])) for s in suspects if s["service"] == service]
    return sum(float(str(s["score"])) >= max(scores) for s in suspects) if scores else None


def _shares(answers: Sequence[Answer]) -> dict[str, float]:
    incidents = [a for a in answers if a.truth == "incident"]
    quiet = [a for a in answers if a.truth == "no_incident"]
    shares = {}
    if incidents:
        shares["top1"] = sum(a.rank == 1 for a in incidents) / len(incidents)
        shares["top3"] = sum(a.rank is not None and a.rank <= 3 for a in incidents) / len(incidents)
        shares["named"] = sum(a.verdict == "incident" for a in incidents) / len(incidents)
    if quiet:
        shares["quiet"] = sum(a.verdict == "no_incident" for a in quiet) / len(quiet)
    return {name: round(share, 3) for name, share in shares.items()}


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
