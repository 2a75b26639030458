"""Why a query of Athena failed, in words with a remedy, by what Athena says itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fa2.core.errors import Fa2Error

_TEXT = 400
"""How much of Athena's own words is shown."""
_REASONS = (
    ("athena_cutoff", r"bytes scanned limit"),
    ("athena_access", r"access ?denied|not authorized|forbidden|insufficient (?:lake formation )?permission|status code: 403"),
    ("athena_column", r"cannot be resolved|COLUMN_NOT_FOUND|TYPE_MISMATCH|FUNCTION_NOT_FOUND|function\b.{0,200}?does not exist|not registered"),
    ("athena_table", r"(?:table|schema|database|view|catalog)\b.{0,300}?(?:does not exist|not found)|(?:TABLE|SCHEMA)_NOT_FOUND"),
    ("athena_data", r"HIVE_|ICEBERG_|BAD_DATA|CANNOT_OPEN_SPLIT|CURSOR_ERROR"),
    ("athena_busy", r"exhausted resources|EXCEEDED_|slow ?down|reduce your request rate|TooManyRequests|capacity"),
    ("athena_output", r"output location"),
)  # fmt: skip


class QueryFailed(Fa2Error):
    """Athena ended a query without a result, or did not begin it."""


def failure(status: Mapping[str, Any], workgroup: str) -> QueryFailed:
    """Return the error of a query whose state is FAILED or CANCELLED, told apart by its StateChangeReason."""
    told = status.get("AthenaError")
    inner = told.get("ErrorMessage") if isinstance(told, Mapping) else None
    reason = _clean(str(status.get("StateChangeReason") or inner or ""))
    state = str(status.get("State"))
    code = _code(reason) or ("athena_cancelled" if state == "CANCELLED" else "athena_failed")
    return QueryFailed(f"coverage.{code}", reason=reason or state, workgroup=workgroup)


def refusal(error: Any, workgroup: str) -> QueryFailed | None:
    """Return why Athena did not begin a query, where that is told better than by the code of its answer.

    error: botocore's ClientError of StartQueryExecution.
    """
    said = error.response.get("Error", {})
    text = _clean(str(said.get("Message") or ""))
    if said.get("Code") != "InvalidRequestException":
        return None
    if re.search(r"output location", text, re.I):
        return QueryFailed("coverage.athena_output", reason=text, workgroup=workgroup)
    if re.search(r"work ?group", text, re.I):
        return QueryFailed("coverage.athena_workgroup", reason=text, workgroup=workgroup)
    return QueryFailed("coverage.athena_refused", reason=text, workgroup=workgroup)


def _code(reason: str) -> str | None:
    return next((code for code, pattern in _REASONS if re.search(pattern, reason, re.I)), None)


def _clean(text: str) -> str:
    return " ".join(text.split())[:_TEXT]
