"""Whether names stand where the evidence has them: who calls whom, who logs, whose own time it is."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from fa2.core.messages import Statement
from fa2.grounding.exhibits import Exhibit
from fa2.grounding.reading import Fact, Reading

_CALLS = re.compile(r"\s?(?:to|calls|called|calling|→|->|-->)\s?")
_CALLS_JA = re.compile(r"\s?から\s?")
_ITSELF = re.compile(r"\s(?:itself)\b|\s?自体|\s?自身")
_OF = re.compile(r"\s(?:\([^()]{0,20}\)\s)?of (?:the )?")
_NO = re.compile(r"\s?の\s?")
_WAITS = re.compile(r"\s(?:waited|waits|was waiting|is waiting)\b")
_LOGS = re.compile(
    r"\s(?:no longer |still |also |never |again )?(?:logs?|logged|writes|wrote|prints|printed)\b|\s?(?:の|で)(?:新しい|新たな)?ログ|\s?が.{0,20}?(?:を|と)ログ"
)


def misplaced(reading: Reading, exhibits: Sequence[Exhibit]) -> Iterator[Statement]:
    """Yield calls told the wrong way round, and services that are said to log or to take what is another's."""
    names = reading.of("name")
    for a, b in itertools.pairwise(names):
        if _says_calls(a, b, reading.blanked) and _other_calls(a.text.lower(), b.text.lower(), exhibits):
            yield Statement("grounding.calls", {"caller": a.text, "callee": b.text})
        elif _OF.fullmatch(gap := reading.blanked[a.end : b.start]) and _is_of_another(
            a.text.lower(), b.text.lower(), exhibits
        ):
            yield Statement("grounding.name", {"said": b.text})
        elif _NO.fullmatch(gap) and _is_of_another(b.text.lower(), a.text.lower(), exhibits):
            yield Statement("grounding.name", {"said": a.text})
    for name in names:
        if _acts_for_another(name, reading.blanked, exhibits):
            yield Statement("grounding.name", {"said": name.text})


def _acts_for_another(name: Fact, text: str, exhibits: Sequence[Exhibit]) -> bool:
    """Tell whether a name is said to have logged, waited or taken time itself, where the evidence tells that of another."""
    said = name.text.lower()
    if _ITSELF.match(text, name.end) or _WAITS.match(text, name.end):
        return not _is_told_of(said, exhibits)
    return bool(_LOGS.match(text, name.end)) and _logs_another(said, exhibits)


def _says_calls(a: Fact, b: Fact, text: str) -> bool:
    gap = text[a.end : b.start]
    return bool(_CALLS.fullmatch(gap) or (_CALLS_JA.fullmatch(gap) and re.match(r"\s?への", text[b.end : b.end + 3])))


def _other_calls(caller: str, callee: str, exhibits: Sequence[Exhibit]) -> bool:
    """Tell whether the evidence has calls of one of the two, and none of the one to the other."""
    calls = {pair for exhibit in exhibits for pair in _calls(exhibit)}
    return (caller, callee) not in calls and any(callee == b or (callee, caller) == (a, b) for a, b in calls)


def _calls(exhibit: Exhibit) -> Iterator[tuple[str, str]]:
    """Yield who calls whom: service and resource of a call, caller and callee of an edge."""
    parameters, names = exhibit.record.parameters, exhibit.record.columns
    if parameters.get("service") and parameters.get("resource") and exhibit.record.table == "spans":
        yield str(parameters["service"]).lower(), str(parameters["resource"]).lower()
    if {"caller", "callee"} <= set(names):
        a, b = names.index("caller"), names.index("callee")
        for row in exhibit.record.rows:
            yield str(row[a]).lower(), str(row[b]).lower()


def _is_told_of(name: str, exhibits: Sequence[Exhibit]) -> bool:
    """Tell whether some evidence is about what "itself" is said of: its service, resource or operation, not its entry."""
    about = [_parameters(e) for e in exhibits if e.record.parameters.get("service")]
    return not about or any(name in (p.get(key) for key in ("service", "resource", "operation", "name")) for p in about)


def _is_of_another(what: str, whose: str, exhibits: Sequence[Exhibit]) -> bool:
    """Tell whether an operation or a metric is said to be of a service that it is not of in the evidence."""
    about = [p for e in exhibits if what in (p := _parameters(e)).values() and p.get("service") not in (None, what)]
    return bool(about) and not any(whose in p.values() for p in about)


def _parameters(exhibit: Exhibit) -> dict[str, str]:
    return {key: value.lower() for key, value in exhibit.record.parameters.items() if isinstance(value, str)}


def _logs_another(name: str, exhibits: Sequence[Exhibit]) -> bool:
    """Tell whether the lines that are cited are of other services than the one that is said to log them."""
    logs = [e for e in exhibits if e.record.table in ("logs", "log_counts") or "statement" in e.record.parameters]
    told = [e for e in logs if not e.record.parameters.get("service")]
    return bool(logs) and not told and not any(name in e.about for e in logs)
