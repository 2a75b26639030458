"""Which part of the requests X-Ray traces at all: told in coverage, since all its numbers are of traced requests."""

from __future__ import annotations

from typing import Any

from fa2.sources.aws.answers import pages
from fa2.sources.aws.asking import Ask
from fa2.sources.local.json_values import Json, at, items, number, text

_MOST_NAMED = 8
_STATISTICS = "SamplingStatisticSummaries"


def tell_sampling(ask: Ask[Any]) -> float | None:
    """Put the sampling rules, and what share of requests they let through of late, down as notes; return the share.

    Null where it is not known. Two calls or more.
    """
    share = None
    with ask.look(query="GetSamplingRules") as look:
        rules = [
            at(record, "SamplingRule")
            for answer in pages(ask.client(), "get_sampling_rules", holding="SamplingRuleRecords")
            for record in items(at(answer, "SamplingRuleRecords"))
        ]
        named = sorted(rules, key=lambda rule: number(at(rule, "Priority")) or 0)
        look.note("note_xray_rules", rules="; ".join(_told(rule) for rule in named[:_MOST_NAMED]), n=len(rules))
        boosted = [text(at(rule, "RuleName")) or "" for rule in named if at(rule, "SamplingRateBoost") is not None]
        if boosted:
            look.note("note_xray_boost", rules=", ".join(boosted[:_MOST_NAMED]))
    with ask.look(query="GetSamplingStatisticSummaries") as look:
        counts = [
            record
            for answer in pages(ask.client(), "get_sampling_statistic_summaries", holding=_STATISTICS)
            for record in items(at(answer, _STATISTICS))
        ]
        requests = _sum(counts, "RequestCount")
        if requests:
            traced = _sum(counts, "SampledCount") + _sum(counts, "BorrowCount")
            share = min(1.0, traced / requests)
            look.note("note_xray_share", share=share, requests=int(requests))
    return share


def _told(rule: Json) -> str:
    reservoir, rate = number(at(rule, "ReservoirSize")) or 0, number(at(rule, "FixedRate")) or 0
    return f"{text(at(rule, 'RuleName')) or '–'}: {reservoir:g}/s + {100 * rate:g} %"


def _sum(records: list[Json], name: str) -> float:
    return sum(number(at(record, name)) or 0.0 for record in records)
