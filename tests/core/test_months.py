"""Months: written, counted on and back, bounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.core.errors import UnusableInput
from fa2.core.months import Month, months_through

months = st.builds(Month, st.integers(1, 9998), st.integers(1, 12))


@given(months, st.integers(-40, 40))
def test_going_on_and_back_again_leads_to_the_same_month(month: Month, step: int) -> None:
    if month.year * 12 + step > 24 and month.year + 5 < 9998:
        assert month.plus(step).plus(-step) == month


@given(months)
def test_a_month_reads_back_as_written(month: Month) -> None:
    assert Month.parse(str(month)) == month


def test_months_through_ends_with_the_last_and_passes_over_new_year() -> None:
    assert [str(m) for m in months_through(Month(2024, 2), 4)] == ["2023-11", "2023-12", "2024-01", "2024-02"]


def test_february_of_a_leap_year_has_a_day_more() -> None:
    assert (Month(2024, 2).days, Month(2023, 2).days) == (29, 28)


@pytest.mark.parametrize("text", ["2024", "2024-13", "2024-00", "24-11", "2024/11", "٢٠٢٤-١١", "2024-11-01", ""])
def test_what_is_no_month_is_refused_with_the_text(text: str) -> None:
    with pytest.raises(UnusableInput) as refused:
        Month.parse(text)
    assert refused.value.key == "changes.error.month"
