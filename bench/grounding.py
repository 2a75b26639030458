"""How well statements are held to their evidence: what is struck of true claims, and of claims with one fact changed.

    python bench/grounding.py BENCH [--quick]

True claims are those that the rules render, in English and Japanese, on the bundles of nezha-tt, petshop and examples;
none should be struck. Each is changed in one fact, in each way that it can be; all of these should be struck. Of the
changed claims 1,000 are drawn evenly over the kinds, and all of them are counted as well. The paraphrases are those
of tests/grounding/paraphrases.toml: written by hand as a model would, those held out when the checker was done.

    struck      share of the changed claims that are struck
    wrongly     share of the true claims that are struck
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "grounding"))

from grounding_claims import Said, grounds_of, mutants, reports, said
from harness import RESULTS, arguments, machine
from paraphrases import Paraphrase, paraphrases

from fa2.core.messages import Statement, catalogue
from fa2.core.report import Report
from fa2.grounding.checking import check

_DRAWN = 1000
_EXAMPLES = Path(__file__).parents[1] / "examples" / "incidents"


def main() -> bool:
    """Print the tables, write results/grounding.json and return whether the goals are met."""
    asked = arguments(__doc__)
    chance = random.Random(5)
    folders = sorted(p.parent for name in ("nezha-tt", "petshop") for p in asked.bench.glob(f"{name}/*/incident.json"))
    folders = folders[:: 8 if asked.quick else 1] + sorted(p.parent for p in _EXAMPLES.glob("*/incident.json"))
    known = list(reports(folders))
    true = [claim for case, report in known for claim in said(case, report)]
    changed = [mutant for claim in true for mutant in mutants(claim, chance)]
    began = time.perf_counter()
    wrongly = [claim for claim in true if _struck(claim)]
    took = time.perf_counter() - began
    kinds = _kinds(changed)
    drawn = _drawn(changed, chance)
    missed = [m for m in drawn if not _struck(m)]
    written = _written(dict(known))
    print(f"true claims {len(true)}, struck wrongly {len(wrongly)}; {1000 * took / len(true):.2f} ms a claim")
    print(f"changed claims drawn {len(drawn)}, struck {len(drawn) - len(missed)}")
    for kind, (struck, made) in sorted(kinds.items()):
        print(f"  {kind:40} {struck:6} of {made:6}  {100 * struck / made:6.2f} %")
    print(f"paraphrases: {json.dumps(written)}")
    for shown in [*wrongly[:5], *missed[:10]]:
        print(f"  ! {shown.kind} {shown.case} {shown.language}: {shown.text[:220]}")
    _keep(
        true={"claims": len(true), "struck": len(wrongly), "ms_a_claim": round(1000 * took / len(true), 3)},
        drawn={"claims": len(drawn), "struck": len(drawn) - len(missed)},
        changed={kind: {"claims": made, "struck": struck} for kind, (struck, made) in sorted(kinds.items())},
        paraphrases=written,
    )
    return not wrongly and not missed


def _struck(claim: Said) -> Statement | None:
    return check(claim.text, claim.cited, claim.grounds)


def _kinds(changed: Sequence[Said]) -> dict[str, tuple[int, int]]:
    made = Counter(m.kind for m in changed)
    struck = Counter(m.kind for m in changed if _struck(m))
    return {kind: (struck[kind], made[kind]) for kind in made}


def _drawn(changed: Sequence[Said], chance: random.Random) -> list[Said]:
    """Return 1,000 changed claims, as evenly over the kinds as there are."""
    by_kind: dict[str, list[Said]] = {}
    for mutant in changed:
        by_kind.setdefault(mutant.kind, []).append(mutant)
    for group in by_kind.values():
        chance.shuffle(group)
    drawn: list[Said] = []
    while len(drawn) < min(_DRAWN, len(changed)):
        for group in by_kind.values():
            if group and len(drawn) < _DRAWN:
                drawn.append(group.pop())
    return drawn


def _written(known: dict[str, Report]) -> dict[str, dict[str, int]]:
    grounds = {case: grounds_of(report) for case, report in known.items()}
    found: dict[str, dict[str, int]] = {}
    written = [("", p) for p in paraphrases()] + [("held out, ", p) for p in paraphrases("held_out")]
    for kind, p in written:
        cited = p.cited(known[p.case])
        struck = check(p.text, cited, grounds[p.case])
        group = found.setdefault(f"{kind}{p.truth} {p.language}", {"written": 0, "struck": 0})
        group["written"] += 1
        group["struck"] += struck is not None
        if (struck is not None) != _meant(p):
            why = "" if struck is None else catalogue("en").render(struck)
            print(f"  ! {p.truth} {p.case}: {p.text} {why}")
    return found


def _meant(p: Paraphrase) -> bool:
    """Return whether a paraphrase should be struck, as far as the checker can see."""
    return p.truth == "false"


def _keep(**results: object) -> None:
    kept = {"benchmark": "grounding", "date": datetime.now(UTC).isoformat(timespec="seconds"), **results}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "grounding.json").write_text(
        json.dumps({**kept, "machine": machine()}, indent=1, ensure_ascii=False) + "\n"
    )


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
