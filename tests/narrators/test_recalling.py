"""The past is added to a report and the report to the past; what goes wrong is told, and nothing more."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from fa2.core.errors import Fa2Error, UnusableInput
from fa2.core.past import Feedback, PastFailed, Shelf
from fa2.core.report import Report
from fa2.narrators.recalling import SOURCE, kept, with_past
from fa2.stores.past_folder import PastInFolder
from pasts import NOW, report


class Broken:
    """A store that fails at everything."""

    def __init__(self, error: Fa2Error) -> None:
        self.error = error

    def keep(self, report: Report, at: datetime, /) -> str:
        raise self.error

    def kept(self) -> Shelf:
        raise self.error

    def report(self, id: str, /) -> Report:
        raise self.error

    def judge(self, id: str, feedback: Feedback, /) -> None:
        raise self.error

    def forget(self, id: str, /) -> None:
        raise self.error


def test_what_was_kept_is_recalled_the_next_time(tmp_path: Path) -> None:
    past = PastInFolder(tmp_path)
    first, now = report(1), report(9)
    assert kept(first, past, NOW) == first
    told = with_past(now, past, at_most=3)
    assert [one.title for one in told.past] == [first.title]
    (entry,) = told.coverage
    assert (entry.source, entry.status, entry.rows_scanned, entry.rows_returned) == (SOURCE, "ok", 1, 1)
    assert told.model_copy(update={"past": [], "coverage": []}) == now


def test_nothing_alike_differs_from_never_looked(tmp_path: Path) -> None:
    past = PastInFolder(tmp_path)
    (entry,) = with_past(report(9), past, at_most=3).coverage
    assert (entry.status, entry.rows_scanned, entry.rows_returned) == ("ok", 0, 0)
    assert with_past(report(9), past, at_most=0).coverage == []


def test_what_a_report_tells_of_others_is_not_kept_with_it(tmp_path: Path) -> None:
    past = PastInFolder(tmp_path)
    kept(report(1), past, NOW)
    told = with_past(report(9), past, at_most=3)
    assert told.past
    assert kept(told, past, NOW).past == told.past
    assert all(past.report(one.id).past == [] for one in past.kept().reports)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PastFailed("coverage.past_corrupt", path="x", problem="malformed"), "past_corrupt"),
        (UnusableInput("coverage.aws_denied", action="dynamodb:Scan", account="1", statement="{}"), "aws_denied"),
        (UnusableInput("errors.aws.credentials"), "errors.aws.credentials"),
    ],
)
def test_a_store_that_fails_costs_a_note_and_nothing_else(error: Fa2Error, code: str) -> None:
    now = report(9)
    for told in (with_past(now, Broken(error), at_most=3), kept(now, Broken(error), NOW)):
        (entry,) = told.coverage
        assert (entry.source, entry.status) == (SOURCE, "failed")
        assert entry.error is not None
        assert entry.error.code == code
        assert told.model_copy(update={"coverage": []}) == now
