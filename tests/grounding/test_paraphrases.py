"""Statements written by hand as a model would: the true ones stand, the false ones are struck."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from paraphrases import Paraphrase, paraphrases

from fa2.core.report import Report
from fa2.grounding.checking import check
from fa2.grounding.grounds import Grounds
from fa2.pipeline import investigate
from fa2.wiring.investigations import Request, as_bundle, stages

EXAMPLES = Path(__file__).parents[2] / "examples" / "incidents"
_NAMES = ("service", "resource", "action", "actor", "name", "metric")


@cache
def known(case: str) -> tuple[Report, Grounds]:
    with as_bundle(EXAMPLES / case, Request(), lambda _: None) as bundle:
        report = investigate(bundle, stages(), language="en", named=case, watch=lambda _: None)
    said = {str(r.parameters[n]) for r in report.evidence for n in _NAMES if isinstance(r.parameters.get(n), str)}
    names = said | {node.service for node in report.service_map.nodes}
    baselines = [span.window for span in report.baseline]
    return report, Grounds(report.evidence, names=names, window=report.window.window, baselines=baselines)


def by_case(*truths: str) -> list[list[Paraphrase]]:
    written = [p for p in paraphrases() if p.truth in truths]
    return [[p for p in written if p.case == case] for case in sorted({p.case for p in written})]


def struck(p: Paraphrase) -> bool:
    report, grounds = known(p.case)
    return check(p.text, p.cited(report), grounds) is not None


@pytest.mark.end_to_end
@pytest.mark.parametrize("written", by_case("true"), ids=lambda w: w[0].case)
def test_a_true_paraphrase_stands(written: list[Paraphrase]) -> None:
    assert [p.text for p in written if struck(p)] == []


@pytest.mark.parametrize("written", by_case("false"), ids=lambda w: w[0].case)
def test_a_false_paraphrase_is_struck(written: list[Paraphrase]) -> None:
    assert [p.text for p in written if not struck(p)] == []


@pytest.mark.parametrize("written", by_case("unseen"), ids=lambda w: w[0].case)
def test_a_false_cause_over_true_facts_is_not_seen(written: list[Paraphrase]) -> None:
    assert [p.text for p in written if struck(p)] == []
