"""How a kept report is written: the report and its fingerprint as compressed JSON, and what is listed of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import orjson
import zstandard
from pydantic import BaseModel

from fa2.core.fingerprints import fingerprint
from fa2.core.incident import Model, Span, UtcTime
from fa2.core.past import Feedback, Fingerprint, KeptReport, NoPastReport, Trait, report_id
from fa2.core.report import Report, Verdict

_TITLE = 300
_MOST_BYTES = 256 << 20
"""Of one text, unpacked; more is not read back."""


class _Fingerprint(BaseModel):
    traits: list[tuple[str, str, str, float]]
    service: str | None
    mechanism: str | None


class Row(Model):
    """What a store has of a report beside the report itself; times in UTC."""

    id: str
    title: str
    start: UtcTime
    end: UtcTime
    kept_at: UtcTime
    verdict: Verdict
    fingerprint: bytes
    """Of `packed_fingerprint`."""


def row_of(report: Report, at: datetime) -> Row:
    """Return what is kept of a report beside itself."""
    return Row(
        id=report_id(report),
        title=report.title[:_TITLE],
        start=report.window.start,
        end=report.window.end,
        kept_at=at,
        verdict=report.verdict,
        fingerprint=packed_fingerprint(fingerprint(report)),
    )


def kept_report(row: Row, said: Sequence[Feedback]) -> KeptReport:
    """Return a kept report from its row. Raises ValueError when its fingerprint is none."""
    return KeptReport(
        id=row.id,
        title=row.title,
        window=Span(start=row.start, end=row.end),
        kept_at=row.kept_at,
        verdict=row.verdict,
        fingerprint=unpacked_fingerprint(row.fingerprint),
        feedback=tuple(said),
    )


def packed_report(report: Report) -> bytes:
    """Return a report as compressed JSON."""
    return zstandard.compress(report.model_dump_json().encode())


def unpacked_report(body: bytes, id: str) -> Report:
    """Return the report in what `packed_report` gave. Raises NoPastReport when it is none."""
    try:
        return Report.model_validate_json(_unpacked(body))
    except (zstandard.ZstdError, ValueError) as error:
        raise NoPastReport("errors.past.broken", id=id) from error


def _unpacked(body: bytes) -> bytes:
    if not 0 < zstandard.frame_content_size(body) <= _MOST_BYTES:
        raise ValueError("too large")
    return zstandard.decompress(body)


def packed_fingerprint(print_: Fingerprint) -> bytes:
    """Return a fingerprint as compressed JSON."""
    traits = [[*trait, weight] for trait, weight in print_.traits.items()]
    told = {"traits": traits, "service": print_.service, "mechanism": print_.mechanism}
    return zstandard.compress(orjson.dumps(told))


def unpacked_fingerprint(body: bytes) -> Fingerprint:
    """Return the fingerprint in what `packed_fingerprint` gave. Raises ValueError when it is none."""
    try:
        read = _Fingerprint.model_validate_json(_unpacked(body))
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from error
    traits = {Trait(kind, service, told): weight for kind, service, told, weight in read.traits if weight > 0}
    return Fingerprint(traits, read.service, read.mechanism)
