"""Coverage: what was asked of which source, so that "nothing found" differs from "never looked"."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from fa2.core.incident import Model, Span
from fa2.core.messages import Value, catalogue

Status = Literal["ok", "partial", "failed", "skipped"]


class Problem(Model):
    """Why something was not looked at, or only in part."""

    code: str
    """A message of locales/*/coverage.toml, where there is one: shown in the reader's language."""
    message: str
    """In English."""
    remedy: str = ""
    """What a person can do about it, in English."""
    values: dict[str, Value] = Field(default_factory=dict)
    """Fill in the message of `code`, and of `code`_remedy."""


class CoverageEntry(Model):
    """One line of coverage.json."""

    source: str
    """The file or the API that was read."""
    table: str | None = None
    query: str | None = None
    """What was asked; for a file, the reader that took it."""
    window: Span | None = None
    status: Status
    rows_returned: int | None = None
    rows_matched: int | None = None
    rows_scanned: int | None = None
    bytes_scanned: int | None = None
    truncated: bool = False
    cost_usd: float | None = None
    duration_s: float | None = None
    error: Problem | None = None


def problem(code: str, **values: Value) -> Problem:
    """Return a Problem whose English text and remedy come from coverage.toml."""
    texts = catalogue("en")
    remedy = f"coverage.{code}_remedy"
    known = texts.has(f"coverage.{code}")
    return Problem(
        code=code,
        message=texts.text(f"coverage.{code}", **values) if known else code,
        remedy=texts.text(remedy, **values) if texts.has(remedy) else "",
        values=values,
    )
