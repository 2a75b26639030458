"""Denials stand only on evidence that counted none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fa2.core.report import EvidenceRecord
from fa2.core.windows import TimeWindow
from fa2.grounding.denials import unproved_denial
from fa2.grounding.grounds import Grounds

WINDOW = TimeWindow(datetime(2026, 11, 20, 3, tzinfo=UTC), datetime(2026, 11, 20, 4, tzinfo=UTC))


def record(id: str, columns: list[str], *rows: list[object]) -> EvidenceRecord:
    return EvidenceRecord(
        id=id,
        table="logs",
        sql="SELECT 1",
        parameters={"service": "web"},
        columns=columns,
        rows=[list(r) for r in rows],
    )


GROUNDS = Grounds(
    [
        record("Esome", ["window", "baseline"], [165, 0]),
        record("Enone", ["window", "baseline"], [0, 40]),
        record("Eempty", ["timestamp", "message"]),
    ],
    names=["web"],
    window=WINDOW,
)


@pytest.mark.parametrize(
    "text",
    [
        "There is no incident at `web`.",
        "`web` logged no errors.",
        "`web` is healthy.",
        "`web` was not affected.",
        "Nothing went wrong in `web`.",
        "`web` did not fail.",
        "The alarm on `web` was a false alarm.",
        "`web` に障害はありません。",
        "`web` は正常に動作していました。",
        "`web` ではエラーは発生していません。",
        "`web` は原因ではありません。",
    ],
)
def test_a_denial_needs_evidence_that_counted_none(text: str) -> None:
    found = unproved_denial(text, ["Esome"], GROUNDS)
    assert found
    assert found.key == "grounding.denial"
    assert unproved_denial(text, ["Enone"], GROUNDS) is None
    assert unproved_denial(text, ["Eempty"], GROUNDS) is None


@pytest.mark.parametrize(
    "text",
    [
        "`web` logged 165 errors, where the baseline has 0.",
        "`web` no longer answers.",
        "The log says “no errors found”.",
        "It rises nearly without exception.",
        "`web` のエラーは 165 件です。",
        "通常は 0 件です。",
    ],
)
def test_what_denies_nothing_is_let_pass(text: str) -> None:
    assert unproved_denial(text, ["Esome"], GROUNDS) is None
