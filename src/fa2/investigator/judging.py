"""What is kept of a conclusion: claims that their evidence bears out, and what rests on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from fa2.core.messages import Statement
from fa2.core.report import (
    Hypothesis,
    ModelClaim,
    ModelSuspect,
    Report,
    Said,
    StruckClaim,
)
from fa2.investigator.conclusion import Conclusion, WrittenClaim, WrittenHypothesis
from fa2.investigator.hypotheses import StatedHypothesis

_LONGEST = 1_200
"""Characters of a claim; a longer one says too much to be checked."""
_LABEL = 40
ORDERS = ("action", "prevention")
"""Sections that tell what to do: their words of direction are wishes, not measurements."""


@dataclass(frozen=True)
class Checks:
    """How a text is held to evidence; each gives null, or why it does not stand."""

    claim: Callable[[str, Sequence[str]], Statement | None]
    """A statement, with the ids that it cites."""
    order: Callable[[str, Sequence[str]], Statement | None]
    """Something to do, with the ids that it cites."""
    guess: Callable[[str], Statement | None]
    """Something not yet known: what it names has to be there, in any evidence."""


@dataclass
class Kept:
    """What stands, and what was struck."""

    claims: list[ModelClaim] = field(default_factory=list)
    struck: list[StruckClaim] = field(default_factory=list)
    hypotheses: list[Hypothesis] = field(default_factory=list)
    ranking: list[ModelSuspect] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)


class Judge:
    """Judges one conclusion."""

    def __init__(self, checks: Checks, *, services: Iterable[str], mechanisms: Iterable[str]) -> None:
        self._checks = checks
        self._services = set(services)
        self._mechanisms = set(mechanisms)

    def judge(self, conclusion: Conclusion, stated: dict[str, StatedHypothesis]) -> Kept:
        """Return what stands. Hypotheses that were stated and not judged end inconclusive."""
        kept = Kept()
        ids = self._claims(conclusion.claims, kept)
        self._hypotheses(conclusion, stated, ids, kept)
        self._rank(conclusion, ids, kept)
        for one in conclusion.labels:
            label = " ".join(one.label.split())
            if one.service in self._services and 0 < len(label) <= _LABEL and self._checks.guess(label) is None:
                kept.labels[one.service] = label
        return kept

    def _claims(self, written: Sequence[WrittenClaim], kept: Kept) -> dict[str, str]:
        """Sort claims; return the new id of each that stands by the id that the model gave it."""
        ids: dict[str, str] = {}
        for claim in written:
            reason = self._problem(claim)
            evidence = list(dict.fromkeys(claim.evidence))
            if reason is not None:
                struck = StruckClaim(
                    text=claim.text[:_LONGEST], section=claim.section, evidence=evidence, reason=reason
                )
                kept.struck.append(struck)
                continue
            id_ = f"M{len(kept.claims) + 1}"
            kept.claims.append(ModelClaim(id=id_, text=claim.text, section=claim.section, evidence=evidence))
            ids.setdefault(claim.id, id_)
        return ids

    def _problem(self, claim: WrittenClaim) -> Said | None:
        if len(claim.text) > _LONGEST:
            return Said(key="investigator.struck.long", values={"n": _LONGEST})
        check = self._checks.order if claim.section in ORDERS else self._checks.claim
        return _said(check(claim.text, claim.evidence))

    def _hypotheses(
        self, conclusion: Conclusion, stated: dict[str, StatedHypothesis], ids: dict[str, str], kept: Kept
    ) -> None:
        judged = {hypothesis.id: hypothesis for hypothesis in conclusion.hypotheses if hypothesis.id in stated}
        more = [hypothesis for hypothesis in conclusion.hypotheses if hypothesis.id not in stated]
        for id_, one in stated.items():
            written = judged.get(id_) or WrittenHypothesis(
                id=id_, text=one.text, service=one.service, mechanism=one.mechanism, speaking=[], against=[]
            )
            self._hypothesis(written.model_copy(update={"text": written.text or one.text}), ids, kept)
        for written in more:
            self._hypothesis(written, ids, kept)

    def _hypothesis(self, written: WrittenHypothesis, ids: dict[str, str], kept: Kept) -> None:
        """Keep a hypothesis; what it was judged to be counts only with a claim that stands."""
        reason = _said(self._checks.guess(written.text)) if written.text.strip() else Said(key="grounding.empty")
        if reason is not None:
            kept.struck.append(
                StruckClaim(text=written.text[:_LONGEST], section="hypothesis", evidence=[], reason=reason)
            )
            return
        speaking, against = _known(written.speaking, ids), _known(written.against, ids)
        borne_out = {"confirmed": speaking, "rejected": against}.get(written.status, ["-"])
        settles = written.settles[:_LONGEST] if self._checks.guess(written.settles) is None else ""
        kept.hypotheses.append(
            Hypothesis(
                id=f"H{len(kept.hypotheses) + 1}",
                text=written.text[:_LONGEST],
                service=written.service if written.service in self._services else None,
                mechanism=self._mechanism(written.mechanism),
                status=written.status if borne_out else "inconclusive",
                speaking=speaking,
                against=against,
                settles=settles,
            )
        )

    def _rank(self, conclusion: Conclusion, ids: dict[str, str], kept: Kept) -> None:
        """Keep the suspects that are services of the data and rest on a claim that stands."""
        for suspect in conclusion.ranking:
            claims = _known(suspect.claims, ids)
            listed = {one.service for one in kept.ranking}
            if claims and suspect.service in self._services - listed:
                mechanism = self._mechanism(suspect.mechanism)
                kept.ranking.append(ModelSuspect(service=suspect.service, mechanism=mechanism, claims=claims))

    def _mechanism(self, name: str) -> str | None:
        return name if name in self._mechanisms else None


def agrees(report: Report, ranking: Sequence[ModelSuspect]) -> bool | None:
    """Tell whether both name the same first suspect; null where either names none."""
    if not report.suspects or not ranking:
        return None
    return report.suspects[0].service == ranking[0].service


def _known(claims: Iterable[str], ids: dict[str, str]) -> list[str]:
    return list(dict.fromkeys(ids[claim] for claim in claims if claim in ids))


def _said(reason: Statement | None) -> Said | None:
    return None if reason is None else Said(key=reason.key, values=dict(reason.values))
