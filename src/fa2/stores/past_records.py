"""How a kept report is written: the report compressed, its fingerprint and the feedback as small JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import orjson
import zstandard
from pydantic import BaseModel, ValidationError

from fa2.core.fingerprints import fingerprint
from fa2.core.incident import Model, Span, UtcTime
from fa2.core.past import Feedback, Fingerprint, KeptReport, NoPastReport, Trait, report_id
from fa2.core.report import Report, Verdict

_TITLE = 300
_MOST_BYTES = 256 << 20
"""Of one report, unpacked; more is not read back."""


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
    """Of `fingerprint_json`."""


def row_of(report: Report, at: datetime) -> Row:
    """Return what is kept of a report beside itself."""
    return Row(
        id=report_id(report),
        title=report.title[:_TITLE],
        start=report.window.start,
        end=report.window.end,
        kept_at=at,
        verdict=report.verdict,
        fingerprint=fingerprint_json(fingerprint(report)),
    )


def kept_report(row: Row, said: Sequence[Feedback]) -> KeptReport:
    """Return a kept report from its row. Raises ValueError when its fingerprint is none."""
    return KeptReport(
        id=row.id,
        title=row.title,
        window=Span(start=row.start, end=row.end),
        kept_at=row.kept_at,
        verdict=row.verdict,
        fingerprint=fingerprint_of(row.fingerprint),
        feedback=tuple(said),
    )


def packed_report(report: Report) -> bytes:
    """Return a report as compressed JSON."""
    return zstandard.compress(report.model_dump_json().encode())


def unpacked_report(body: bytes, id: str) -> Report:
    """Return the report in what `packed_report` gave. Raises NoPastReport when it is none."""
    try:
        if not 0 < zstandard.frame_content_size(body) <= _MOST_BYTES:
            raise NoPastReport("errors.past.broken", id=id)
        return Report.model_validate_json(zstandard.decompress(body))
    except (zstandard.ZstdError, ValidationError) as error:
        raise NoPastReport("errors.past.broken", id=id) from error


def fingerprint_json(print_: Fingerprint) -> bytes:
    """Return a fingerprint as JSON."""
    traits = [[*trait, weight] for trait, weight in print_.traits.items()]
    return orjson.dumps({"traits": traits, "service": print_.service, "mechanism": print_.mechanism})


def fingerprint_of(text: bytes) -> Fingerprint:
    """Return the fingerprint in a JSON text. Raises ValueError when it is none."""
    read = _Fingerprint.model_validate_json(text)
    traits = {Trait(kind, service, told): weight for kind, service, told, weight in read.traits if weight > 0}
    return Fingerprint(traits, read.service, read.mechanism)
