"""The figures of an evaluation, arm by arm, and by group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from statistics import fmean

from fa2.core.evaluation import ARMS, Arm, ArmFigures, CaseOutcome, Disagreement, Estimate, GroupFigures
from fa2.evaluation.intervals import mean, share


def figures(outcomes: Sequence[CaseOutcome], seed: int = 0) -> list[ArmFigures]:
    """Return the figures of each arm that there are outcomes of, rules first."""
    of_rules = _by_case(_of(outcomes, "rules"), _first)
    return [_figures(arm, mine, of_rules, seed) for arm in ARMS if (mine := _of(outcomes, arm))]


def groups(outcomes: Sequence[CaseOutcome]) -> list[GroupFigures]:
    """Return top-1 by the group that labels name; empty where they name fewer than two."""
    names = sorted({o.truth.group for o in _incidents(outcomes) if o.truth.group})
    return [_group(name, outcomes) for name in names] if len(names) > 1 else []


def _group(name: str, outcomes: Sequence[CaseOutcome]) -> GroupFigures:
    mine = [o for o in _incidents(outcomes) if o.truth.group == name]
    top1: dict[Arm, float] = {arm: fmean(_by_case(of, _first).values()) for arm in ARMS if (of := _of(mine, arm))}
    return GroupFigures(group=name, cases=len({o.case for o in mine}), top1=top1)


def _figures(arm: Arm, outcomes: Sequence[CaseOutcome], of_rules: dict[str, float], seed: int) -> ArmFigures:
    incidents, quiet = _incidents(outcomes), [o for o in outcomes if o.truth.verdict == "no_incident"]
    reported = [o for o in outcomes if o.error is None]
    with_model = [o for o in reported if o.ending is not None]
    known = [o for o in with_model if o.usd is not None]
    claiming = [o for o in with_model if o.kept + o.struck]
    return ArmFigures(
        arm=arm,
        incidents=len({o.case for o in incidents}),
        quiet=len({o.case for o in quiet}),
        investigations=len(outcomes),
        errors=len(outcomes) - len(reported),
        top1=_share(incidents, _first),
        top3=_share(incidents, lambda o: o.rank is not None and o.rank <= 3),
        named=_share(incidents, lambda o: o.verdict == "incident"),
        quiet_right=_share(quiet, lambda o: o.verdict == "no_incident"),
        quiet_open=_share(quiet, lambda o: o.verdict == "inconclusive"),
        invented=_share([o for o in quiet if o.ending is not None], lambda o: o.ranked_by == "model"),
        grounded=_share(claiming, lambda o: o.kept / (o.kept + o.struck)),
        without_claims=sum(o.ending == "nothing" for o in with_model),
        disagreement=_disagreement(_incidents(with_model)),
        gain=None if arm == "rules" else _gain(_by_case(incidents, _first), of_rules, seed),
        tokens=_mean(with_model, lambda o: o.input_tokens + o.output_tokens, seed),
        usd=_mean(known, lambda o: o.usd or 0.0, seed),
        seconds=_mean(reported, lambda o: o.seconds, seed),
        usd_total=sum(o.usd or 0.0 for o in known) if known else None,
    )


def _first(outcome: CaseOutcome) -> bool:
    return outcome.rank == 1


def _of(outcomes: Iterable[CaseOutcome], arm: Arm) -> list[CaseOutcome]:
    return [outcome for outcome in outcomes if outcome.arm == arm]


def _incidents(outcomes: Iterable[CaseOutcome]) -> list[CaseOutcome]:
    return [outcome for outcome in outcomes if outcome.truth.verdict == "incident"]


def _by_case(outcomes: Iterable[CaseOutcome], value: Callable[[CaseOutcome], float]) -> dict[str, float]:
    """Return the mean of the repeats of each case."""
    values: dict[str, list[float]] = defaultdict(list)
    for outcome in outcomes:
        values[outcome.case].append(float(value(outcome)))
    return {case: fmean(of) for case, of in sorted(values.items())}


def _share(outcomes: Iterable[CaseOutcome], value: Callable[[CaseOutcome], float]) -> Estimate | None:
    return share(list(_by_case(outcomes, value).values()))


def _mean(outcomes: Iterable[CaseOutcome], value: Callable[[CaseOutcome], float], seed: int) -> Estimate | None:
    return mean(list(_by_case(outcomes, value).values()), seed)


def _gain(mine: dict[str, float], of_rules: dict[str, float], seed: int) -> Estimate | None:
    """Return top-1 less that of the rules, on the cases that both have."""
    return mean([value - of_rules[case] for case, value in mine.items() if case in of_rules], seed)


def _disagreement(outcomes: Sequence[CaseOutcome]) -> Disagreement | None:
    comparable = [o for o in outcomes if o.differs is not None]
    if not comparable:
        return None
    differing = [o for o in comparable if o.differs]
    return Disagreement(
        times=len(differing),
        of=len(comparable),
        model_right=sum(o.rank == 1 and o.rules_rank != 1 for o in differing),
        rules_right=sum(o.rank != 1 and o.rules_rank == 1 for o in differing),
        both_right=sum(o.rank == 1 and o.rules_rank == 1 for o in differing),
    )
