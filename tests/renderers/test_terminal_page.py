"""The terminal report: width, wrapping, no escapes."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from fa2.core.report import Report
from fa2.renderers import terminal
from fa2.renderers.terminal_tables import spark
from fa2.renderers.terminal_text import breaks
from fa2.renderers.wording import one_line, visible


@pytest.mark.parametrize("width", [60, 80, 100, 160])
def test_no_line_but_commands_is_wider_than_the_terminal(differing: Report, width: int) -> None:
    for line in terminal.render(differing, width=width).splitlines():
        if not line.startswith("    "):
            assert cell_len(line) <= width, line


def test_commands_stay_on_one_line_to_be_copied(english: Report) -> None:
    text = terminal.render(english, width=60)
    for record in english.evidence:
        for command in record.how_to_get:
            assert f"    {command}\n" in text


def test_the_first_screen_holds_verdict_cause_confidence_and_what_to_do(english: Report) -> None:
    first = "\n".join(terminal.render(english).splitlines()[:24])
    for part in ("Incident", "max_connections", "Confidence", "back to 400", "Severity"):
        assert part in first


def test_colour_only_when_asked_for(english: Report) -> None:
    assert "\x1b" not in terminal.render(english)
    assert "\x1b[" in terminal.render(english, color=True)


def test_text_from_logs_cannot_colour_or_mark_up(english: Report) -> None:
    assert r"\x1b[31mred" in terminal.render(english, width=400, color=True)


def test_japanese_breaks_between_characters_but_not_before_a_full_stop() -> None:
    text = "接続できません。再試行"
    assert breaks(text, 14) == [6]
    assert breaks("abc def", 4) == [4]
    assert breaks("abcdefgh", 4) == [4]


def test_a_sparkline_keeps_its_peak_and_its_gaps() -> None:
    assert spark([0, None, 7], 3) == "▁ █"
    assert spark([0] * 50 + [1] + [0] * 49, 10).count("█") == 1
    assert spark([], 10) == ""


def test_what_would_act_unseen_is_shown() -> None:
    assert visible("a\x1b[0m\u202eb\u200b\r\nc\t") == "a\\x1b[0m\\u202eb\\u200b\nc    "
    assert one_line("a\nb") == "a ⏎ b"
