"""Estimates as a person reads them: in width, aligned also in Japanese, and never nothing where there is something."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from fa2.apps.cli.estimates_table import dollars, estimate_rows
from fa2.core.budgets import Estimate
from fa2.core.messages import LANGUAGES, Language, catalogue

HERE = "(111122223333, ap-northeast-1)"
GROUPS = ", ".join(f"/aws/lambda/service-{n}" for n in range(9))
FOUND = (
    Estimate(f"CloudWatch Logs {HERE}", bytes=7_000_000, usd=0.00003, what=GROUPS),
    Estimate(f"AWS Config {HERE}", bytes=None, usd=None, what="\x1b[31mresources: 300"),
)


def rows(estimates: tuple[Estimate, ...], width: int = 80, language: Language = "en") -> list[str]:
    return list(estimate_rows(estimates, width=width, texts=catalogue(language)))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [60, 80, 140])
def test_no_line_is_wider_than_the_terminal_and_nothing_is_lost(width: int, language: Language) -> None:
    told = rows(FOUND, width, language)
    assert max(map(cell_len, told)) <= width
    assert GROUPS.replace(" ", "") in "".join("".join(told).split())
    assert "\x1b" not in "".join(told)


def test_figures_end_in_one_column_in_japanese_too() -> None:
    _, logs, *_, config = rows(FOUND, 140, "ja")
    ends = {cell_len(logs[: logs.index("<$0.0001") + 8]), cell_len(config[: config.index("費用は不明") + 5])}
    assert len(ends) == 1


def test_the_place_is_told_once_where_there_is_one_only() -> None:
    assert rows(FOUND)[0] == "Account 111122223333, region ap-northeast-1"
    assert HERE not in "".join(rows(FOUND))
    other = Estimate("X-Ray (111122223333, us-east-1)", bytes=None, usd=0.02, what="")
    assert [HERE in row for row in rows((FOUND[1], other), 120)] == [True, False]
    assert "us-east-1" in rows((FOUND[1], other), 120)[1]


@pytest.mark.parametrize(
    ("usd", "text"), [(0.0, "$0.00"), (0.00001, "<$0.0001"), (0.0001, "$0.0001"), (0.005, "$0.0050"), (1.5, "$1.50")]
)
def test_a_cost_never_looks_like_none(usd: float, text: str) -> None:
    assert dollars(usd) == text
