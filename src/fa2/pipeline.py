"""The way through, on one screen: analyse → rank → narrate → look further. Collecting comes before, rendering after."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fa2.core.analysis import Analysis, Exhibits
from fa2.core.bundle import Bundle
from fa2.core.graph import CallGraph
from fa2.core.messages import Language
from fa2.core.observations import Observation
from fa2.core.ports import Analyser, Progress, Watcher
from fa2.core.ranked import Ranking
from fa2.core.report import Report
from fa2.core.tables import MEASURED
from fa2.core.telemetry import Telemetry


@dataclass(frozen=True)
class Stages:
    """What does the work of each stage."""

    analysers: Mapping[str, Analyser]
    graph: Callable[[Telemetry], CallGraph]
    exhibit: Callable[[Telemetry, Sequence[Observation]], Exhibits]
    rank: Callable[[Analysis], Ranking]
    narrate: Callable[[Analysis, Ranking, Language, str], Report]
    further: Callable[[Telemetry, Report], Report] = lambda _, report: report
    """Adds what the past and a language model know; gives the report as it is where neither is asked."""


def investigate(bundle: Bundle, stages: Stages, *, language: Language, named: str, watch: Watcher) -> Report:
    """Return the report on a bundle; `named` is what the user called it. Raises BrokenBundle."""
    with Telemetry.of(bundle) as telemetry:
        analysis = analyse(telemetry, stages, watch)
        watch(Progress("rank", 0, None))
        report = stages.narrate(analysis, stages.rank(analysis), language, named)
        return stages.further(telemetry, report)


def analyse(telemetry: Telemetry, stages: Stages, watch: Watcher) -> Analysis:
    """Return what every analyser saw in a bundle, in the order of their names."""
    bundle = telemetry.bundle
    observations: list[Observation] = []
    for done, (name, run) in enumerate(sorted(stages.analysers.items())):
        watch(Progress("analyse", done, len(stages.analysers), {"analyser": name}))
        observations.extend(run(telemetry))
    return Analysis(
        incident=bundle.incident,
        tables=bundle.tables,
        silent=tuple(t for t in bundle.tables if t in MEASURED.keys() - set(telemetry.measured([telemetry.window]))),
        has_normal=bool(telemetry.measured(telemetry.baselines)),
        coverage=bundle.coverage,
        observations=tuple(observations),
        graph=telemetry.derived(stages.graph),
        exhibits=stages.exhibit(telemetry, observations),
    )
