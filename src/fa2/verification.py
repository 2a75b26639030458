"""Does a report still hold: asks each claim's queries again on the bundle and compares."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fa2.core.bundle import Bundle
from fa2.core.errors import RefusedQuery, UnusableInput
from fa2.core.evidence import Query
from fa2.core.messages import Catalogue, Statement, Value, catalogue
from fa2.core.report import Claim, EvidenceRecord, ModelClaim, Report
from fa2.core.telemetry import Telemetry, evidence_id
from fa2.core.windows import optional_time
from fa2.investigator.checking import ModelClaimCheck
from fa2.logs.bundles.membership import stands_for

_TOLERANCE = 1e-9
"""Relative; floats add up in another order on another machine."""


@dataclass(frozen=True)
class CheckedClaim:
    """A claim and what is wrong with it."""

    claim: Claim | ModelClaim
    problem: Statement | None
    """Null when the claim holds."""


def verify(report: Report, bundle: Bundle) -> list[CheckedClaim]:
    """Return every claim of a report with whether it holds on the bundle, in the report's order.

    A claim holds when it cites evidence, each cited query gives the same values again, each number and
    time in it is in the cell that it names, each other word of it stands in the evidence, and its text
    is what its values say. A model's claim holds when its words are borne out by the evidence that it cites.
    Queries come from a file and are run as single SELECTs on the bundle only.
    """
    records = {record.id: record for record in report.evidence}
    said = report.model.claims if report.model else []
    asked: dict[str, Statement | None] = {}
    with Telemetry.of(bundle) as telemetry:
        for id_ in [id_ for claim in report.claims for id_ in claim.evidence] + [i for c in said for i in c.evidence]:
            if id_ in records and id_ not in asked:
                asked[id_] = _ask_again(telemetry, records[id_])
        words = ModelClaimCheck(telemetry, report) if said else None
    texts = catalogue(report.language)
    checked = [CheckedClaim(c, next(_problems(c, records, asked, texts), None)) for c in report.claims]
    if words is not None:
        checked += [CheckedClaim(c, next(_cited(c, records, asked), None) or words.problem(c)) for c in said]
    return checked


def unsupported_suspects(report: Report) -> list[str]:
    """Return the services of suspects that cite evidence or claims which the report does not hold."""
    known = {record.id for record in report.evidence} | {claim.id for claim in report.claims}
    return [s.service for s in report.suspects if not s.evidence or set(s.evidence + s.claims + s.against) - known]


def _ask_again(telemetry: Telemetry, record: EvidenceRecord) -> Statement | None:
    query = Query(record.table, record.sql, record.parameters)
    try:
        again = telemetry.ask_untrusted(query, rows=len(record.rows) + 1)
    except RefusedQuery as error:
        return Statement(error.key, error.values)
    if evidence_id(query) != record.id:
        return Statement("verify.changed_query", {"evidence": record.id})
    if list(again.columns) != record.columns or len(again.rows) != len(record.rows):
        return Statement("verify.other_shape", {"evidence": record.id})
    for row, recorded in zip(again.rows, record.rows, strict=True):
        for column, now, then in zip(again.columns, row, recorded, strict=True):
            if not _same(now, then):
                values = {"evidence": record.id, "column": column, "then": _shown(then), "now": _shown(now)}
                return Statement("verify.other_value", values)
    return None


def _cited(
    claim: Claim | ModelClaim, records: Mapping[str, EvidenceRecord], asked: Mapping[str, Statement | None]
) -> Iterator[Statement]:
    if not claim.evidence:
        yield Statement("verify.no_evidence")
    for id_ in claim.evidence:
        if id_ not in records:
            yield Statement("verify.missing_evidence", {"evidence": id_})
        elif problem := asked.get(id_):
            yield problem


def _problems(
    claim: Claim,
    records: Mapping[str, EvidenceRecord],
    asked: Mapping[str, Statement | None],
    texts: Catalogue,
) -> Iterator[Statement]:
    yield from _cited(claim, records, asked)
    for name, value in claim.values.items():
        if value is not None and not _supported(name, value, claim, records):
            yield Statement("verify.unsupported", {"name": name, "value": _shown(value)})
    statement = Statement(claim.key, claim.values)
    if not texts.has(claim.key):
        yield Statement("verify.unknown_key", {"key": claim.key})
    elif claim.text and claim.text != _rendered(statement, texts):
        yield Statement("verify.other_text")


def _rendered(statement: Statement, texts: Catalogue) -> str | None:
    """Return the text of a statement; null where its values do not fit the message."""
    try:
        return texts.render(statement)
    except (LookupError, ValueError, TypeError, OverflowError):
        return None


def _supported(name: str, value: Value, claim: Claim, records: Mapping[str, EvidenceRecord]) -> bool:
    """Tell whether a value of a claim is in its evidence: numbers and times in the cell named, words anywhere."""
    cited = [records[id_] for id_ in claim.evidence if id_ in records]
    if (cell := claim.cells.get(name)) is not None:
        record = next((r for r in cited if r.id == cell.evidence), None)
        if record is None or cell.column not in record.columns or not 0 <= cell.row < len(record.rows):
            return False
        return _same(record.rows[cell.row][record.columns.index(cell.column)], value)
    if not isinstance(value, str) or _is_time(value):
        return False
    if name == "pattern":
        return any(stands_for(value, r.parameters) for r in cited)
    return any(value in str(known) for r in cited for known in _known(r))


def _known(record: EvidenceRecord) -> Iterator[Value]:
    yield from record.parameters.values()
    for row in record.rows:
        yield from row


def _is_time(value: str) -> bool:
    try:
        return len(value) >= 19 and value.endswith("Z") and optional_time(value) is not None
    except UnusableInput:
        return False


def _same(a: Value, b: Value) -> bool:
    if isinstance(a, bool) or isinstance(b, bool) or not isinstance(a, int | float) or not isinstance(b, int | float):
        return a == b
    try:
        return a == b or math.isclose(a, b, rel_tol=_TOLERANCE, abs_tol=1e-12)
    except OverflowError:  # a whole number too large for a float
        return False


def _shown(value: Value) -> str:
    return "null" if value is None else str(value)[:120]
