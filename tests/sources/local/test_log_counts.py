"""Counts of log lines, downloaded as CSV."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from exported_file import exported, rows_of

from fa2.core.errors import UnusableInput
from fa2.core.ports import Gaps
from fa2.sources.local.csv_metrics import source as csv_metrics
from fa2.sources.local.log_counts import source

AT = 1_795_143_600_000_000
HEADER = ("bucket", "interval_s", "source", "service", "pattern", "level", "count", "sample", "first_seen", "last_seen")


def downloaded(*rows: tuple[object, ...], header: tuple[str, ...] = HEADER) -> str:
    """Return CSV as Athena's console gives it: all quoted, times without a zone."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    return text.getvalue()


def test_what_the_counting_query_gives_is_read_as_it_stands() -> None:
    seen = "2026-11-20 03:00:01.500"
    file = exported(
        downloaded(
            ("2026-11-20 03:00:00.000", 60, "/app", "web", ' say "<*>", <*>', "ERROR", 7, "line 1\nline 2", seen, seen),
            ("2026-11-20 03:01:00.000", 60, "", "", "", "", 1, "", seen, seen),
        ),
        "athena.csv",
    )
    gaps = Gaps()
    assert source.recognise(file.head()) == 1.0 > csv_metrics.recognise(file.head())
    assert rows_of(source, file, gaps) == [
        {
            "bucket": AT,
            "interval_s": 60,
            "source": "/app",
            "service": "web",
            "pattern": ' say "<*>", <*>',
            "level": "ERROR",
            "count": 7,
            "sample": "line 1\nline 2",
        },
        {
            "bucket": AT + 60_000_000,
            "interval_s": 60,
            "source": "",
            "service": None,
            "pattern": "",
            "level": None,
            "count": 1,
            "sample": None,
        },
    ]
    assert not gaps.counts


def test_columns_may_stand_in_any_order_and_optional_ones_be_missing() -> None:
    header = ("count", "Pattern", "source", "interval_s", "bucket")
    moment = datetime.fromtimestamp(AT / 1e6, UTC)
    (row,) = rows_of(source, exported(downloaded((3, "p <*>", "s", 300, moment.isoformat()), header=header), "x.csv"))
    assert (row["bucket"], row["count"], row["pattern"], row["level"]) == (AT, 3, "p <*>", None)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (("soon", 60, "s", "", "p", "", 1, ""), "csv_time"),
        (("2026-11-20 03:00:00", 60, "s", "", "p", "", "many", ""), "csv_cell"),
        (("2026-11-20 03:00:00", 60, "s", "", "p", "", "1.5", ""), "csv_cell"),
        (("2026-11-20 03:00:00", 60, "s", "", "p", "", "1e400", ""), "csv_cell"),
        (("2026-11-20 03:00:00", 2**31, "s", "", "p", "", 1, ""), "csv_cell"),
        (("2026-11-20 03:00:00", 60, "s", "", "p", "", 0, ""), "csv_cell"),
        (("2026-11-20 03:00:00", 60, "s"), "csv_row"),
    ],
)
def test_a_row_that_cannot_be_read_is_counted_and_the_others_are_kept(row: tuple[object, ...], code: str) -> None:
    good = ("2026-11-20 03:00:00", 60, "s", "", "good", "", 1, "")
    gaps = Gaps()
    found = rows_of(source, exported(downloaded(good, row, header=HEADER[:8]), "x.csv"), gaps)
    assert [r["pattern"] for r in found] == ["good"]
    assert gaps.counts == {code: 1}


def test_other_csv_is_not_taken() -> None:
    other = exported("timestamp,value\n2026-11-20T03:00:00Z,1\n2026-11-20T03:01:00Z,2\n", "cpu.csv")
    assert source.recognise(other.head()) == 0.0
    with pytest.raises(UnusableInput):
        rows_of(source, other)
