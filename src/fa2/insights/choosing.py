"""Which series answer a question: by its words, the names of metrics, services and resources, and what metrics measure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fa2.core.insight import Chosen, SeriesName
from fa2.core.metric_kinds import MetricKind, metric_kind
from fa2.core.report import Said
from fa2.insights.questions import Measure, Topic, Understood, understand, words_of

_TOPIC, _MEASURE, _NAMED, _WORD, _WHOLE = 3.0, 3.0, 4.0, 1.5, 5.0
"""What it is worth that a series is of a topic, measures what is asked, is of something that is named, has a word of the
question in its name, or is named as a whole."""
_SECOND = 0.25
"""By how much less a second statistic of the same metric is worth."""
_SHARE = 0.55
"""The share of the best relevance that a series needs to be looked at."""
_LEAST = 1.5
_GOLDEN: dict[MetricKind, float] = {
    "errors": 1.0,
    "availability": 0.9,
    "latency": 0.9,
    "saturation": 0.7,
    "requests": 0.6,
}
"""Where the question names nothing that is there: what always matters."""
_DETAIL = frozenset({"AvailabilityZone", "Availability Zone"})
_ABOUT_ACCOUNTS = re.compile(r"AWS/(Usage|Billing|TrustedAdvisor|Logs)")


@dataclass(frozen=True)
class ByRules:
    """The chooser that goes by words; the same question and series give the same answer."""

    services: tuple[str, ...] = ()
    """Only series of these; empty: all."""
    namespaces: tuple[str, ...] = ()

    def __call__(self, question: str, listed: Sequence[SeriesName], /) -> Sequence[Chosen]:
        """Return the fitting series, most relevant first; the golden signals where the question names nothing."""
        asked = understand(question)
        within = [series for series in listed if self._wanted(series)]
        scored = [(series, *_relevance(series, asked)) for series in within]
        best = max((score for _, score, _ in scored), default=0.0)
        if best < _LEAST:
            scored = [(series, *_golden(series)) for series in within]
            best = max((score for _, score, _ in scored), default=0.0)
        fitting = [Chosen(s, score, reasons) for s, score, reasons in scored if score > 0 and score >= _SHARE * best]
        return _spread(fitting)

    def _wanted(self, series: SeriesName) -> bool:
        if self.namespaces and series.namespace not in self.namespaces:
            return False
        return not self.services or any(_is_of(series, service.lower()) for service in self.services)


def read_from(question: str) -> list[Said]:
    """Return what the rules take from a question, as statements."""
    asked = understand(question)
    said = [Said(key="insight.read.topic", values={"word": t.word, "topic": f"topic.{t.name}"}) for t in asked.topics]
    said += [
        Said(key="insight.read.measure", values={"word": m.word, "measure": f"measure.{m.name}"})
        for m in asked.measures
    ]
    return said


def _relevance(series: SeriesName, asked: Understood) -> tuple[float, tuple[Said, ...]]:
    found = list(_matches(series, asked))
    score = sum(worth for worth, _ in found)
    score -= 0.5 * bool(_DETAIL & {name for name, _ in series.dimensions})
    return (score if found else 0.0), tuple(reason for _, reason in found)


def _matches(series: SeriesName, asked: Understood) -> Iterator[tuple[float, Said]]:
    for topic in asked.topics[:1] if len(asked.topics) == 1 else asked.topics:
        if _is_about(series, topic):
            yield _TOPIC, Said(key="insight.reason.topic", values={"word": topic.word, "namespace": series.namespace})
            break
    for measure in asked.measures:
        if _measures(series, measure):
            yield _MEASURE, Said(key="insight.reason.measure", values={"word": measure.word, "name": series.name})
            break
    parts = words_of(series.name)
    for word in asked.names:
        if word == series.name.lower():
            yield _WHOLE, Said(key="insight.reason.name", values={"word": word})
        elif _is_of(series, word):
            yield _NAMED, Said(key="insight.reason.service", values={"word": word})
        elif word in parts or word.rstrip("s") in parts:
            yield _WORD, Said(key="insight.reason.name", values={"word": word})


def _is_about(series: SeriesName, topic: Topic) -> bool:
    return topic.namespaces.fullmatch(series.namespace) is not None


def _measures(series: SeriesName, measure: Measure) -> bool:
    if measure.metrics is not None:
        return measure.metrics.search("_".join(words_of(series.name))) is not None
    return metric_kind(series.name) in measure.kinds


def _is_of(series: SeriesName, word: str) -> bool:
    """Tell whether a word names the service, a resource or a namespace of a series, as a whole or as words of it."""
    wanted = f" {' '.join(words_of(word))} "
    named = [series.namespace, *(value for _, value in series.dimensions), series.service or "", series.resource or ""]
    return wanted.strip() != "" and any(wanted in f" {' '.join(words_of(name))} " for name in named)


def _golden(series: SeriesName) -> tuple[float, tuple[Said, ...]]:
    kind = metric_kind(series.name)
    quiet = _ABOUT_ACCOUNTS.fullmatch(series.namespace) or _DETAIL & {name for name, _ in series.dimensions}
    score = 0.0 if quiet else _GOLDEN.get(kind, 0.0)
    return score, (Said(key="insight.reason.golden", values={"kind": f"metric_kind.{kind}"}),)


def _spread(fitting: Sequence[Chosen]) -> list[Chosen]:
    """Return the series by relevance, the first of each metric before the second of any, and so on within equals.

    A second statistic of a metric comes after the first ones of all that fit as well.
    """
    seen: Counter[tuple[float, str, str]] = Counter()
    told: set[tuple[object, ...]] = set()
    placed: list[tuple[float, int, SeriesName, Chosen]] = []
    for chosen in sorted(fitting, key=lambda c: (-c.relevance, c.series)):
        metric = (chosen.series.namespace, chosen.series.name, chosen.series.dimensions, chosen.series.place)
        if metric in told:
            chosen = replace(chosen, relevance=chosen.relevance - _SECOND)
        told.add(metric)
        kind = (chosen.relevance, chosen.series.namespace, chosen.series.name)
        placed.append((-chosen.relevance, seen[kind], chosen.series, chosen))
        seen[kind] += 1
    return [chosen for *_, chosen in sorted(placed, key=lambda p: p[:3])]
