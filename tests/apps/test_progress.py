"""Progress is drawn for a person who waits, on standard error, and never into a pipe."""

from __future__ import annotations

import io
import itertools
import sys

import pytest

from fa2.apps.cli import progress as drawing
from fa2.apps.cli.progress import watching
from fa2.core.messages import catalogue
from fa2.core.ports import Progress

STEPS = [Progress("collect", done, 10, {"file": "\x1b[2J[red]x"}) for done in range(11)]


class Terminal(io.StringIO):
    """Standard error as a terminal."""

    def isatty(self) -> bool:
        return True


def drawn(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, *, seconds_a_step: float) -> str:
    clock = itertools.count(0.0, seconds_a_step)
    monkeypatch.setattr(drawing.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with watching(catalogue("en")) as watch:
        for step in STEPS:
            watch(step)
    return stream.getvalue()


def test_a_pipe_sees_nothing_however_long_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn(monkeypatch, io.StringIO(), seconds_a_step=60) == ""


def test_what_is_done_at_once_is_not_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn(monkeypatch, Terminal(), seconds_a_step=0.001) == ""


def test_a_person_who_waits_sees_the_stage_and_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    text = drawn(monkeypatch, Terminal(), seconds_a_step=0.5)
    assert "Reading files" in text
    assert "%" in text
    assert "[red]" not in text
    assert "\x1b[2J" not in text


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_stage_has_its_word(monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    texts = catalogue("ja" if language == "ja" else "en")
    for stage in ("collect", "analyse", "rank"):
        assert texts.has(f"cli.progress.{stage}")
