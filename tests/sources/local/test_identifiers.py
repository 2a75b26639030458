"""Ids of traces, spans and requests in text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.sources.local.identifiers import ids_of_text, normal_trace_id

TRACE, SPAN = "5759e988bd862e3fe1be46a994272793", "53995c3f42cd8ad8"


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (f"traceparent=00-{TRACE}-{SPAN}-01", (TRACE, SPAN)),
        (f"traceId={TRACE} spanId={SPAN}", (TRACE, SPAN)),
        (f'"trace_id":"{TRACE}","span_id":"{SPAN}"', (TRACE, SPAN)),
        (f"TRACE_ID: {TRACE}", (TRACE, None)),
        (f"dd.trace_id={TRACE}", (TRACE, None)),
        (
            "XRAY TraceId: 1-5759e988-bd862e3fe1be46a994272793\tSegmentId: 53995c3f42cd8ad8",
            (TRACE, None),
        ),
        (
            "RequestId: 8f507cfc-0000-4697-b07a-ac58fc914c95",
            ("8f507cfc-0000-4697-b07a-ac58fc914c95", None),
        ),
        ("x-request-id=abc123def", ("abc123def", None)),
        (f"requestId=abc123def traceId={TRACE}", (TRACE, None)),
        ("a request id was missing", (None, None)),
        ("trace 7 of 2026-11-20", (None, None)),
        ("Traceback (most recent call last)", (None, None)),
    ],
)
def test_ids_are_found_in_text(text: str, ids: tuple[str | None, str | None]) -> None:
    assert ids_of_text(text) == ids


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("1-5759e988-bd862e3fe1be46a994272793", TRACE),
        ("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1", TRACE),
        (TRACE.upper(), TRACE),
        (f"00-{TRACE}-{SPAN}-01", TRACE),
        ("0" * 32, None),
        ("", None),
        ("my-own-id", "my-own-id"),
    ],
)
def test_trace_ids_have_one_form(written: str, normal: str | None) -> None:
    assert normal_trace_id(written) == normal


@given(st.text(max_size=200))
def test_any_text_is_searched_without_harm(text: str) -> None:
    ids_of_text(text)
    normal_trace_id(text)
