"""True claims rendered by fa2's rules, and the same with one fact changed; bench/grounding.py counts what is struck.

Whether a mutant is a real change is decided here, by rule and never by the checker: its text differs, and the number,
time, name or direction that it states is not that of the cell that the claim names.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fa2.core.messages import LANGUAGES, Language, Statement, Value, catalogue
from fa2.core.report import Claim, EvidenceRecord, Report
from fa2.grounding.grounds import Grounds
from fa2.pipeline import investigate
from fa2.wiring.investigations import Request, as_bundle, stages

_NAMES = ("service", "resource", "action", "actor", "name", "metric")
_TEXTS = ("pattern", "statement", "error", "passage", "further")
_LEAST_CHANGE = 0.1
"""Relative; a number that differs by less may be the other one, rounded."""
_ROLES = {
    "window": ("expected", "baseline"), "value": ("usual",), "own_ms": ("usual_ms",), "gap_ms": ("usual_ms",),
    "median_ms": ("usual_median_ms",), "p95_ms": ("usual_p95_ms",), "requests": ("usual_requests",),
    "failed": ("usual_failed",), "ran_window": ("ran_baseline",), "spoke_window": ("spoke_baseline",),
}  # fmt: skip
_TURNED: Mapping[Language, Sequence[tuple[str, str]]] = {
    "en": (
        (" rose to ", " fell to "), (" fell to ", " rose to "), ("slower than 95", "faster than 95"),
        (" logs something new, ", " logs less than before, "), (" no longer logs ", " increasingly logs more lines than before, "),
        (") only ", ") with an increase to "), (" beyond normal", " fewer than normal"), (" stopped reporting", " increased"),
        (" times, where the baseline's rate gives", " times, a decrease, where the baseline's rate gives"),
        (" fell silent: all ", " increased: all "), ("failed in ", "decreased to "),
    ),
    "ja": (
        ("上昇しました", "低下しました"), ("低下しました", "上昇しました"), ("増えています", "減っています"), ("減っています", "増えています"),
        ("多くなっています", "少なくなっています"), ("出なくなりました", "増えました"), ("見られなくなりました", "増えました"),
        ("件出ています。", "件に減っています。"), ("超えています", "下回っています"), ("失敗しています（", "減少しています（"), ("途絶えました", "増加しました"),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Said:
    """A claim as it is said, and what it is held to."""

    case: str
    language: Language
    claim: Claim
    text: str
    cited: tuple[str, ...]
    grounds: Grounds
    report: Report
    kind: str = "true"
    """What was changed; true where nothing was."""


def reports(folders: Sequence[Path]) -> Iterator[tuple[str, Report]]:
    """Yield the report on each bundle, its claims without text, analysed in this process."""
    for folder in folders:
        with as_bundle(folder, Request(), lambda _: None) as bundle:
            yield (
                folder.name,
                investigate(bundle, stages(), language="en", named=str(folder), watch=lambda _: None),
            )


def grounds_of(report: Report) -> Grounds:
    """Return what the claims of a report are held to."""
    return Grounds(
        report.evidence,
        names=names_of(report),
        window=report.window.window,
        baselines=[span.window for span in report.baseline],
        claims=[claim.id for claim in report.claims],
    )


def names_of(report: Report) -> set[str]:
    """Return the names that a report knows."""
    said = {str(r.parameters[n]) for r in report.evidence for n in _NAMES if isinstance(r.parameters.get(n), str)}
    return said | services_of(report) | {p.service for p in report.patterns if p.service}


def services_of(report: Report) -> set[str]:
    """Return the services that a report knows."""
    return (
        {node.service for node in report.service_map.nodes}
        | {s.service for s in report.suspects}
        | {claim.service for claim in report.claims if claim.service}
    )


def said(case: str, report: Report) -> Iterator[Said]:
    """Yield the claims of a report in each language."""
    grounds = grounds_of(report)
    for language in LANGUAGES:
        for claim in report.claims:
            text = _text(claim, claim.values, language)
            yield Said(case, language, claim, text, tuple(claim.evidence), grounds, report)


def mutants(true: Said, chance: random.Random) -> Iterator[Said]:
    """Yield a claim with one fact changed, in each way that it can be."""
    yield from _numbers(true, chance)
    yield from _elsewhere(true)
    yield from _swapped(true)
    yield from _services(true, chance)
    yield from _times(true, chance)
    yield from _quotations(true, chance)
    yield from _ids(true, chance)
    yield from _directions(true)


def _text(claim: Claim, values: Mapping[str, Value], language: Language) -> str:
    return catalogue(language).render(Statement(claim.key, values))


def _with(true: Said, kind: str, **values: Value) -> Iterator[Said]:
    text = _text(true.claim, {**true.claim.values, **values}, true.language)
    if text != true.text:
        yield replace(true, text=text, kind=kind)


def _record(true: Said) -> EvidenceRecord:
    return next(r for r in true.report.evidence if r.id == true.cited[0])


def _stated(true: Said) -> dict[str, float]:
    """Return the numbers that a claim states."""
    template = catalogue(true.language).template(true.claim.key)
    return {
        name: float(value)
        for name, value in true.claim.values.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and f"{{{name}" in template
    }


def _differs(a: float, b: float) -> bool:
    return not math.isclose(a, b, rel_tol=_LEAST_CHANGE, abs_tol=1e-9)


def _numbers(true: Said, chance: random.Random) -> Iterator[Said]:
    """Change one number to one that is not in the evidence."""
    cells = [float(v) for row in _record(true).rows for v in row if isinstance(v, int | float)]
    for name, value in _stated(true).items():
        for _ in range(20):
            factor = chance.choice([0.3, 0.5, 0.8, 1.1, 1.25, 2, 3, 10])
            other = round(value * factor) if value.is_integer() else value * factor
            other = other if value else chance.randint(1, 90)
            if _differs(other, value) and all(_differs(other, cell) for cell in cells):
                whole = float(other).is_integer() and value.is_integer()
                yield from _with(true, "number", **{name: int(other) if whole else other})
                break


def _elsewhere(true: Said) -> Iterator[Said]:
    """Change one number to another one of the same row."""
    record = _record(true)
    for name, value in _stated(true).items():
        for column, cell in zip(record.columns, record.rows[0], strict=True):
            if (
                isinstance(cell, int | float)
                and not isinstance(cell, bool)
                and column != name
                and _differs(cell, value)
            ):
                yield from _with(true, "number of the same evidence", **{name: cell})


def _swapped(true: Said) -> Iterator[Said]:
    """Change a number of the window and its counterpart of normal times about."""
    stated = _stated(true)
    for now, counterparts in _ROLES.items():
        for usual in counterparts:
            if now in stated and usual in stated and _differs(stated[now], stated[usual]):
                values = true.claim.values
                yield from _with(true, "window and baseline swapped", **{now: values[usual], usual: values[now]})


def _services(true: Said, chance: random.Random) -> Iterator[Said]:
    mine = true.claim.values.get("service")
    if not isinstance(mine, str):
        return
    others = sorted(
        s for s in services_of(true.report) if s.lower() not in mine.lower() and mine.lower() not in s.lower()
    )
    told = json.dumps([_record(true).parameters, _record(true).rows]).lower()
    inside = [s for s in others if s.lower() in told]
    outside = [s for s in others if s.lower() not in told]
    if outside:
        yield from _with(true, "service", service=chance.choice(outside))
    if inside:
        yield from _with(true, "service of the same evidence", service=chance.choice(inside))


def _times(true: Said, chance: random.Random) -> Iterator[Said]:
    record = _record(true)
    bounds = [t for s in (true.report.window, *true.report.baseline) for t in (s.start, s.end)]
    cells = {
        c: t for c, v in zip(record.columns, record.rows[0], strict=True) if isinstance(v, str) and (t := _time(v))
    }
    for name, value in true.claim.values.items():
        moment = _time(value) if isinstance(value, str) else None
        if moment is None:
            continue
        for _ in range(20):
            other = moment + chance.choice([-1, 1]) * timedelta(seconds=chance.choice([5, 60, 600, 3600, 32400, 86400]))
            if all(abs(other - t) > timedelta(seconds=2) for t in [*cells.values(), *bounds]):
                yield from _with(true, "time", **{name: other.isoformat()})
                break
        for other in [*(t for c, t in cells.items() if c != name), *bounds]:
            if abs(other - moment) > timedelta(seconds=2):
                yield from _with(true, "time of the same evidence or window", **{name: other.isoformat()})


def _time(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value).astimezone(UTC) if len(value) >= 19 and value[4] == "-" else None
    except ValueError:
        return None


def _quotations(true: Said, chance: random.Random) -> Iterator[Said]:
    """Change one word of what is quoted."""
    for name in _TEXTS:
        value = true.claim.values.get(name)
        if not isinstance(value, str) or len(value) < 8:
            continue
        words = [w for w in value.split() if w.isalpha() and len(w) >= 4]
        if words:
            word = chance.choice(words)
            other = chance.choice(["refused", "corrupted", "rejected", "succeeded"])
            yield from _with(true, "quotation", **{name: value.replace(word, other, 1)})


def _ids(true: Said, chance: random.Random) -> Iterator[Said]:
    yield replace(true, cited=("E" + "".join(chance.choices("0123456789abcdef", k=10)),), kind="id of none")
    numbers = list(_stated(true).values())
    mine = true.claim.values.get("service")
    for record in chance.sample(true.report.evidence, k=min(8, len(true.report.evidence))):
        cells = [float(v) for row in record.rows for v in row if isinstance(v, int | float)]
        told = json.dumps([record.parameters, record.rows])
        elsewhere = any(all(_differs(n, c) for c in cells) for n in numbers) or (mine and str(mine) not in told)
        if record.id not in true.cited and elsewhere:
            yield replace(true, cited=(record.id,), kind="id of another")
            return


def _directions(true: Said) -> Iterator[Said]:
    for word, other in _TURNED[true.language]:
        if word in true.text:
            yield replace(true, text=true.text.replace(word, other, 1), kind="direction")
            return
