"""Trace summaries: what one tells of a trace, the ranges and filters in which they are asked, and where failures began.

https://docs.aws.amazon.com/xray/latest/api/API_GetTraceSummaries.html
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit

from fa2.core.tables import ROOT_CAUSES
from fa2.core.windows import TimeWindow
from fa2.logs.shapes.definition import shape_of
from fa2.sources.local.json_values import Json, at, items, micros, number, text
from fa2.sources.local.row_batches import Row

Outcome = Literal["fault", "throttle", "error", "ok"]
OUTCOMES: tuple[Outcome, ...] = ("fault", "throttle", "error", "ok")
"""The worst first; a throttled request also counts as an error with X-Ray, and is told as throttled only."""

LONGEST = timedelta(hours=6)
"""The longest range that X-Ray takes in one request for summaries and for the service graph."""
_ID = re.compile(r"1-([0-9a-fA-F]{8})-[0-9a-fA-F]{24}")
_CAUSES = {
    "fault": ("FaultRootCauses", "ERROR"),
    "throttle": ("ErrorRootCauses", "ERROR"),
    "error": ("ErrorRootCauses", "WARN"),
    "slow": ("ResponseTimeRootCauses", "WARN"),
}
"""Where a summary holds the causes of each kind, and how grave a line of the kind is."""


@dataclass(frozen=True)
class Cause:
    """Where a failure or a delay began."""

    service: str
    """The last service of the path that traces itself."""
    words: str
    """What failed there: the callee or function, and its exception."""


@dataclass(frozen=True)
class Summary:
    """What X-Ray tells of a trace without giving its segments."""

    id: str
    start_us: int
    """The second in which it began, as its id has it, in microseconds."""
    outcome: Outcome
    seconds: float | None
    """Until the root answered."""
    root: str
    """The service that it entered by."""
    entry: str
    """Method and path, values masked."""
    causes: tuple[tuple[str, Cause], ...]
    """Kind of _CAUSES and cause."""

    @property
    def blamed(self) -> str:
        """The service where the failure began; empty where nothing failed."""
        return next((cause.service for kind, cause in self.causes if kind == self.outcome), "")


def summary_of(value: Json) -> Summary | None:
    """Return an item of TraceSummaries; null where it has no id of a trace."""
    id = text(at(value, "Id")) or ""
    known = _ID.fullmatch(id)
    if known is None:
        return None
    begun = int(known[1], 16) * 1_000_000 or micros(at(value, "StartTime")) or 0
    seconds = number(at(value, "ResponseTime"))
    return Summary(
        id=id,
        start_us=begun,
        outcome=_outcome(value),
        seconds=seconds if seconds is not None else number(at(value, "Duration")),
        root=text(at(value, "EntryPoint", "Name")) or text(at(value, "ServiceIds", 0, "Name")) or "",
        entry=_entry(value),
        causes=tuple(_causes(value)),
    )


def _outcome(value: Json) -> Outcome:
    flags = {"fault": "HasFault", "throttle": "HasThrottle", "error": "HasError"}
    return next((kind for kind in OUTCOMES if kind in flags and at(value, flags[kind]) is True), "ok")


def _entry(value: Json) -> str:
    method, url = text(at(value, "Http", "HttpMethod")) or "", text(at(value, "Http", "HttpURL")) or ""
    try:
        path = urlsplit(url).path
    except ValueError:
        path = ""
    return shape_of(f"{method} {path}".strip())


def _causes(value: Json) -> Iterator[tuple[str, Cause]]:
    for kind, (name, _) in _CAUSES.items():
        if kind in ("throttle", "error") and _outcome(value) != kind:
            continue
        for told in items(at(value, name)):
            cause = _cause(items(at(told, "Services")))
            if cause is not None:
                yield kind, cause
                break


def _cause(path: Sequence[Json]) -> Cause | None:
    """Return the end of a path of services; what X-Ray inferred has no spans and is told as the callee."""
    own = [service for service in path if at(service, "Inferred") is not True and text(at(service, "Name"))]
    if not own:
        return None
    entities = [entity for service in path for entity in items(at(service, "EntityPath"))]
    exceptions = [e for entity in entities for e in items(at(entity, "Exceptions"))]
    deepest = exceptions[-1] if exceptions else None
    name = text(at(own[-1], "Name")) or ""
    parts = (
        text(at(path[-1], "Name")) if path[-1] is not own[-1] else _other(entities, name),
        text(at(deepest, "Name")),
        text(at(deepest, "Message")),
    )
    return Cause(name, ": ".join(part for part in parts if part))


def _other(entities: Sequence[Json], service: str) -> str | None:
    last = text(at(entities[-1], "Name")) if entities else None
    return last if last != service else None


def ranges(windows: Iterable[TimeWindow], pieces: int = 1) -> list[TimeWindow]:
    """Return the windows cut into at least `pieces` together, each at most LONGEST, at whole seconds between them."""
    found: list[TimeWindow] = []
    whole = list(windows)
    total = sum((w.duration for w in whole), timedelta())
    step = min(LONGEST, max(timedelta(seconds=int((total / max(pieces, 1)).total_seconds())), timedelta(minutes=1)))
    for window in whole:
        start = window.start
        while start < window.end:
            end = min((start + step).replace(microsecond=0) if start + step < window.end else window.end, window.end)
            found.append(TimeWindow(start, end))
            start = end
    return found


def slow_filter(slow_s: float | None) -> str:
    """Return the filter expression for traces that failed, were throttled, or took longer than so many seconds."""
    failed = "error = true OR fault = true OR throttle = true"
    return failed if slow_s is None else f"{failed} OR responsetime > {slow_s:g}"


def slow_from(normal: Iterable[Summary]) -> float | None:
    """Return the 95th percentile of response times in seconds, with three digits; null for fewer than 20 traces."""
    times = sorted(s.seconds for s in normal if s.seconds is not None)
    return float(f"{times[int(0.95 * len(times))]:.3g}") if len(times) >= 20 else None


def root_cause_counts(
    found: Iterable[Summary], *, slow_s: float | None, interval_s: int, scale: float = 1.0
) -> Iterator[Row]:
    """Yield rows of log_counts: how often failures and delays began where, by interval.

    scale: how many traces each of these stands for.
    """
    counts: Counter[tuple[int, str, str, str]] = Counter()
    samples: dict[tuple[int, str, str, str], str] = {}
    for summary in found:
        for kind, cause in summary.causes:
            if kind == "slow" and (slow_s is None or (summary.seconds or 0) <= slow_s or summary.outcome != "ok"):
                continue
            line = f"X-Ray {kind}: {cause.words}".rstrip(": ")
            bucket = summary.start_us // (interval_s * 1_000_000) * interval_s * 1_000_000
            key = (bucket, cause.service, shape_of(line), _CAUSES[kind][1])
            counts[key] += 1
            samples.setdefault(key, f"{line} (trace {summary.id})")
    for key, count in sorted(counts.items()):
        bucket, service, pattern, level = key
        yield {
            "bucket": bucket,
            "interval_s": interval_s,
            "source": ROOT_CAUSES,
            "service": service,
            "pattern": pattern,
            "level": level,
            "count": max(1, round(count * scale)),
            "sample": samples[key],
        }
