"""Reports, labels and outcomes for tests of evaluations."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from fa2.core.evaluation import Arm, CaseOutcome, Truth
from fa2.core.report import (
    ModelAnalysis,
    ModelClaim,
    ModelSuspect,
    ModelUsage,
    Report,
    Said,
    StruckClaim,
    Suspect,
    Verdict,
)

INCIDENT = Truth(verdict="incident", service="payments")
QUIET = Truth(verdict="no_incident")
_SPAN = {"start": "2026-11-20T03:00:00Z", "end": "2026-11-20T03:10:00Z"}


def report(
    suspects: Mapping[str, float], *, verdict: Verdict = "incident", model: ModelAnalysis | None = None
) -> Report:
    """A report with these suspects and scores, best first."""
    said = {"key": "k", "text": "t"}
    ordered = sorted(suspects.items(), key=lambda pair: -pair[1])
    read = Report.model_validate(
        {
            "version": "0.1.0",
            "language": "en",
            "incident": "i",
            "title": "",
            "question": "",
            "input": "b",
            "window": _SPAN,
            "baseline": [],
            "verdict": verdict,
            "headline": said,
            "severity": {"level": "low", "reasons": []},
            "confidence": {"level": "low", "reasons": []},
            "suspects": [],
            "claims": [],
            "evidence": [],
            "timeline": [],
            "security": {"answer": "no", "reason": said},
            "actions": [],
            "patterns": [],
            "chart_range": _SPAN,
            "charts": [],
            "service_map": {},
            "coverage": [],
        }
    )
    found = [Suspect(service=name, score=score, evidence=["e"]) for name, score in ordered]
    return read.model_copy(update={"suspects": found, "model": model})


def analysis(
    ranking: Sequence[str] = (), *, kept: int = 3, struck: int = 1, usd: float | None = 0.02, tokens: int = 1000
) -> ModelAnalysis:
    """What a model added."""
    claims = [ModelClaim(id=f"M{n}", text="c", section="cause", evidence=["e"]) for n in range(kept)]
    gone = [StruckClaim(text="c", section="cause", evidence=[], reason=Said(key="k")) for _ in range(struck)]
    return ModelAnalysis(
        outcome="complete" if kept else "nothing",
        ended=Said(key="k"),
        models=["test:model"],
        mode="agent",
        claims=claims,
        struck=gone,
        ranking=[ModelSuspect(service=name, claims=["M0"]) for name in ranking],
        usage=ModelUsage(requests=2, input_tokens=tokens, output_tokens=tokens // 10, usd=usd),
        run="run-1",
    )


def outcome(case: str, arm: Arm = "rules", *, rank: int | None = 1, repeat: int = 1, **more: object) -> CaseOutcome:
    """An outcome of an incident by default, found at `rank`."""
    values: dict[str, object] = {"truth": INCIDENT, "verdict": "incident", "rules_rank": 1, "seconds": 2.0}
    if arm != "rules":
        values |= {"ending": "complete", "ranked_by": "model", "input_tokens": 900, "output_tokens": 100, "usd": 0.02}
    return CaseOutcome.model_validate({"case": case, "arm": arm, "repeat": repeat, "rank": rank, **values, **more})


def bundle(folder: Path, id: str = "payments-out-of-connections", title: str = "Checkout is slow") -> Path:
    """A bundle without tables."""
    folder.mkdir(parents=True)
    incident = {"format": "fa2.bundle/1", "id": id, "title": title, "question": "Why?", "window": _SPAN, "baseline": []}
    (folder / "incident.json").write_text(json.dumps(incident))
    coverage = [{"source": id, "window": _SPAN, "status": "ok"}]
    (folder / "coverage.json").write_text(json.dumps(coverage))
    return folder


def label(folder: Path, truth: object) -> Path:
    """Write truth.json."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "truth.json").write_text(json.dumps(truth))
    return folder
