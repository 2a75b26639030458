"""Findings to a report: filtered, grouped by kind, ranked, explained, counted, with next steps."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from fa2.core.coverage import CoverageEntry
from fa2.core.findings_report import (
    LABELS,
    Count,
    Counted,
    FindingsReport,
    Gap,
    Item,
    Label,
    Resource,
    Said,
)
from fa2.core.messages import Value
from fa2.findings.ranking import rank, shared_resources
from fa2.findings.reading import Finding, one_name
from fa2.findings.stepping import next_steps

_MOST_LISTED = 50
_MOST_COUNTED = 12


@dataclass(frozen=True)
class Wanted:
    """What is asked of the findings."""

    inputs: tuple[str, ...]
    days: int | None = None
    least: Label | None = None
    as_of: datetime | None = None
    """Null: when the latest finding was seen."""


def findings_report(found: Sequence[Finding], coverage: Iterable[CoverageEntry], wanted: Wanted) -> FindingsReport:
    """Return the report. The same findings give the same report, in whatever order they come."""
    as_of = wanted.as_of or max((finding.last_seen for finding in found), default=None)
    told, left_out = _chosen(found, wanted, as_of)
    groups = _grouped(told)
    shared = shared_resources(groups)
    items = sorted((_item(group, shared, as_of) for group in groups if as_of), key=_order)
    placed = tuple(replace(item, place=place) for place, item in enumerate(items, 1))
    gaps = tuple(_gaps(coverage))
    return FindingsReport(
        inputs=wanted.inputs,
        as_of=as_of,
        days=wanted.days,
        least=wanted.least,
        findings=len(told),
        resources=len({one_name(resource.id) for finding in told for resource in finding.resources}),
        items=placed,
        counts=_counts(told),
        left_out=left_out,
        next_steps=next_steps(placed, shared, gaps),
        gaps=gaps,
    )


def _chosen(found: Sequence[Finding], wanted: Wanted, as_of: datetime | None) -> tuple[list[Finding], tuple[Said, ...]]:
    """Return the findings to tell of, and how many are left out for which reason."""
    told: list[Finding] = []
    left: Counter[str] = Counter()
    since = as_of - timedelta(days=wanted.days) if as_of and wanted.days is not None else None
    for finding in found:
        if finding.closed:
            left["closed"] += 1
        elif wanted.least and LABELS.index(finding.label) > LABELS.index(wanted.least):
            left["mild"] += 1
        elif since and finding.last_seen < since:
            left["old"] += 1
        else:
            told.append(finding)
    values: dict[str, dict[str, Value]] = {"closed": {}, "mild": {"least": wanted.least}, "old": {"days": wanted.days}}
    said = (Said(f"findings_report.left_out.{why}", {"n": left[why], **values[why]}) for why in values if left[why])
    return sorted(told, key=lambda f: (f.origin, f.id)), tuple(said)


def _grouped(told: Iterable[Finding]) -> list[list[Finding]]:
    """Return findings of one kind together, the gravest and latest of each first."""
    kinds: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in told:
        kinds[finding.origin, finding.key].append(finding)
    return [sorted(kind, key=lambda f: (-(f.severity or 0), -f.last_seen.timestamp(), f.id)) for kind in kinds.values()]


def _item(group: Sequence[Finding], shared: Mapping[str, int], as_of: datetime) -> Item:
    first, resources = group[0], _resources(group)
    ranked = rank(group, shared, as_of)
    words = f"findings_report.family.{first.family}"
    values: dict[str, Value] = {"key": first.key, "n": len(resources), "product": first.product}
    return Item(
        place=0,
        key=first.key,
        origin=first.origin,
        product=first.product,
        nature=first.nature,
        family=first.family,
        title=first.title,
        description=first.description,
        remediation=first.remediation,
        remediation_url=first.remediation_url,
        severity=first.severity,
        label=first.label,
        findings=len(group),
        resources=resources[:_MOST_LISTED],
        resource_count=len(resources),
        accounts=tuple(sorted({f.account for f in group if f.account})),
        regions=tuple(sorted({f.region for f in group if f.region})),
        first_seen=min(f.first_seen for f in group),
        last_seen=max(f.last_seen for f in group),
        score=ranked.score,
        reasons=ranked.reasons,
        means=Said(f"{words}.means", values),
        matters=Said(f"{words}.matters", values),
        action=Said(f"{words}.action", values),
        ids=tuple(f.id for f in group[:_MOST_LISTED]),
    )


def _resources(group: Sequence[Finding]) -> tuple[Resource, ...]:
    return tuple({one_name(resource.id): resource for finding in group for resource in finding.resources}.values())


def _order(item: Item) -> tuple[float, float, str, str]:
    return -item.score, -item.last_seen.timestamp(), item.origin, item.key


def _counts(told: Sequence[Finding]) -> dict[Counted, tuple[Count, ...]]:
    severities = Counter(finding.label for finding in told)
    types = Counter(kind for f in told for kind in sorted({r.type for r in f.resources if r.type}))
    return {
        "severity": tuple(Count(label, severities[label]) for label in LABELS if severities[label]),
        "product": _frequent(Counter(finding.product for finding in told)),
        "account": _frequent(Counter(finding.account for finding in told if finding.account)),
        "region": _frequent(Counter(finding.region for finding in told if finding.region)),
        "resource_type": _frequent(types),
    }


def _frequent(counts: Counter[str]) -> tuple[Count, ...]:
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Count(value, n) for value, n in ordered[:_MOST_COUNTED])


def _gaps(coverage: Iterable[CoverageEntry]) -> Iterator[Gap]:
    for entry in coverage:
        if (error := entry.error) and not error.code.startswith("note_"):
            yield Gap(entry.source, error.code, error.message, error.remedy, error.values)
