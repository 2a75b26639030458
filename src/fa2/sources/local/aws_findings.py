"""What Security Hub and GuardDuty findings have in common: envelopes and ARNs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fa2.core.ports import Gaps
from fa2.sources.local.json_values import Json, at, items, mapping, text


def findings_in(document: Json) -> Iterator[Json]:
    """Yield findings: from CLI output, a bare list, EventBridge events, or the finding itself."""
    if isinstance(document, list):
        for entry in document:
            yield from findings_in(entry)
        return
    for held in (document, at(document, "detail")):
        for name in ("Findings", "findings"):
            listed = at(held, name)
            if isinstance(listed, list):
                yield from items(listed)
                return
    if text(at(document, "detail-type")) and mapping(at(document, "detail")):
        yield at(document, "detail")
    else:
        yield document


def findings_of(answers: Iterable[Json], gaps: Gaps) -> Iterator[Json]:
    """Yield all findings of some answers or other documents. Counts aws_more_pages."""
    for document in answers:
        if token := text(at(document, "NextToken")) or text(at(document, "nextToken")):
            gaps.add("aws_more_pages", 1, token)
        yield from findings_in(document)
