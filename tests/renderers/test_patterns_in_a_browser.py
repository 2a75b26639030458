"""The page of patterns in a real browser: sorted, filtered, opened, by mouse and by keyboard, at every width."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pattern_reports
import pytest
from headless_chromium import Chromium, program

from fa2.core.messages import Language
from fa2.core.pattern_report import PatternReport
from fa2.renderers.patterns_html import render

EXECUTABLE = program()
pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(EXECUTABLE is None, reason="no Chromium here: apt-get install chromium"),
]
COMPLAINTS = {"Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"}
ROWS = "[...document.querySelectorAll('#patterns tbody tr')]"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    assert EXECUTABLE
    browser = Chromium(EXECUTABLE)
    yield browser
    browser.close()


class Opened:
    """A page that is open."""

    def __init__(self, chromium: Chromium, folder: Path, report: PatternReport, **options: Any) -> None:
        self.file = folder / "patterns.html"
        self.file.write_text(render(report, options.pop("language", "en")), encoding="utf-8")
        self.chromium = chromium
        self.session = chromium.open(self.file, **options)

    def ask(self, expression: str) -> Any:
        return self.chromium.ask(self.session, expression)

    def column(self, name: str) -> list[str]:
        return list(self.ask(f"{ROWS}.map(r => r.querySelector('.c-{name}').textContent)"))

    def search(self, text: str) -> list[str]:
        self.ask(
            f"{{const s = document.getElementById('search'); s.value = {text!r}; s.dispatchEvent(new Event('input'))}}"
        )
        return self.column("pattern")

    def complaints(self) -> list[object]:
        return [entry for method in COMPLAINTS for entry in self.chromium.seen(method, self.session)]


@pytest.mark.parametrize("scene", ["shop", "json_lines", "compared", "nothing", "untimed"])
def test_the_page_asks_the_network_for_nothing_and_complains_of_nothing(
    chromium: Chromium, tmp_path: Path, scene: str, language: Language
) -> None:
    page = Opened(chromium, tmp_path, getattr(pattern_reports, scene)(), language=language)
    page.ask("document.querySelector('.theme').click(); document.querySelector('#patterns tbody a')?.click()")
    requests = chromium.seen("Network.requestWillBeSent", page.session)
    assert [r["request"]["url"] for r in requests] == [page.file.as_uri()]
    assert page.complaints() == []


@pytest.mark.parametrize("width", [400, 768, 1280, 1600])
def test_the_page_never_scrolls_sideways(chromium: Chromium, tmp_path: Path, width: int) -> None:
    page = Opened(chromium, tmp_path, pattern_reports.compared(), width=width, at="#P0000000002")
    scrolled, seen = page.ask("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert scrolled <= seen
    assert page.ask("document.getElementById('drawer').open")


def test_columns_sort_both_ways(chromium: Chromium, tmp_path: Path) -> None:
    page = Opened(chromium, tmp_path, pattern_reports.shop())
    assert page.column("count") == ["7,974", "2,130", "241", "1", "3", "1"]
    page.ask("document.querySelector('.c-count button').click()")
    assert page.column("count") == ["7,974", "2,130", "241", "3", "1", "1"]
    page.ask("document.querySelector('.c-count button').click()")
    assert page.column("count") == ["1", "1", "3", "241", "2,130", "7,974"]
    page.ask("document.querySelector('.c-severity button').click()")
    assert page.column("severity") == ["FATAL", "ERROR", "WARN", "INFO", "NONE", "NONE"]
    assert page.ask("document.querySelector('.c-severity').ariaSort") == "ascending"


def test_words_regular_expressions_and_severities_choose_rows(chromium: Chromium, tmp_path: Path) -> None:
    page = Opened(chromium, tmp_path, pattern_reports.shop())
    assert len(page.search("POOL orders-db")) == 2
    assert len(page.search("10.0.3.18")) == 1, "values are searched too"
    assert len(page.search(r"/killed process \d+/")) == 1
    assert page.search("/(/") == []
    assert page.ask("document.getElementById('nothing').textContent") == "No pattern matches."
    page.search("")
    page.ask("document.querySelector('.chip.ERROR').click(); document.querySelector('.chip.WARN').click()")
    assert page.column("severity") == ["ERROR", "WARN"]
    assert page.ask("document.getElementById('count').textContent") == "2 of 6 patterns, 2,371 lines"


def test_changes_choose_rows(chromium: Chromium, tmp_path: Path) -> None:
    page = Opened(chromium, tmp_path, pattern_reports.compared())
    page.ask("document.querySelector('.chip.new').click()")
    assert page.column("change") == ["✚ new", "✚ new"]
    assert page.column("before") == ["0", "0"]


def test_a_pattern_opens_with_all_that_is_known_of_it(chromium: Chromium, tmp_path: Path) -> None:
    page = Opened(chromium, tmp_path, pattern_reports.compared())
    page.ask(f"{ROWS}[0].querySelector('.c-count, .c-now').click()")
    page.ask("new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))")
    text = page.ask("document.getElementById('drawer').innerText")
    for told in (
        "2,130 (20.6 %)", "×55", "10.0.3.17:5432", "1,402", "at Pool.take", "2 different values", "WARN pool <pool>", "(.*?)",
        "always the same value", "expected 0.5",
    ):  # fmt: skip
        assert told in text, told
    page.ask("document.querySelector('.related a').click()")
    page.ask("dispatchEvent(new HashChangeEvent('hashchange'))")
    assert "is exhausted" in page.ask("document.querySelector('.drawer-pattern').textContent")


def test_json_patterns_are_in_brief_until_they_are_opened(chromium: Chromium, tmp_path: Path) -> None:
    page = Opened(chromium, tmp_path, pattern_reports.json_lines(), at="#P0000000008")
    assert page.column("pattern")[0] == "INFO shop.http GET <Path-3> in <Number-4> ms {trace_id}"
    opened = page.ask("document.querySelector('.drawer-pattern').textContent")
    assert opened == pattern_reports.json_lines().patterns[0].display
    assert len(page.search("shop.http get")) == 1
    assert len(page.search("err.code=")) == 1, "what is shown is searched too"


def test_the_keyboard_opens_steps_through_and_closes(chromium: Chromium, tmp_path: Path) -> None:
    page = Opened(chromium, tmp_path, pattern_reports.shop(), at="#P0000000001")
    assert page.ask("document.activeElement.className") == "close"
    assert page.ask("document.querySelector('.previous').disabled")
    page.ask("document.querySelector('.next').click()")
    assert "no connection" in page.ask("document.querySelector('.drawer-pattern').textContent")
    assert page.ask("location.hash") == "#P0000000002"
    page.ask("dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape'}))")
    assert not page.ask("document.getElementById('drawer').open")
    assert page.ask("document.activeElement.getAttribute('href')") == "#P0000000002"
    page.ask("document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '/', bubbles: true}))")
    assert page.ask("document.activeElement.id") == "search"


def test_the_chart_tells_what_lies_under_the_pointer(chromium: Chromium, tmp_path: Path) -> None:
    page = Opened(chromium, tmp_path, pattern_reports.shop())
    told = page.ask(
        "new Promise(done => setTimeout(() => {"
        "const c = document.querySelector('#volume svg'); const b = c.getBoundingClientRect();"
        "c.dispatchEvent(new PointerEvent('pointermove', {clientX: b.x + b.width * 0.99}));"
        "done(document.querySelector('#volume .readings').textContent)}, 100))"
    )
    assert told == "2026-11-20 03:59:00 UTC · 178 lines · ERROR and FATAL 40 · WARN 5 · others 133"


def test_thousands_of_patterns_are_drawn_as_one_scrolls(chromium: Chromium, tmp_path: Path) -> None:
    page = Opened(chromium, tmp_path, pattern_reports.crowded())
    drawn = page.ask(f"{ROWS}.length")
    assert 80 <= drawn <= 800
    assert not page.ask("document.getElementById('more').hidden")
    page.ask("document.getElementById('more').click()")
    assert page.ask(f"{ROWS}.length") > drawn
    assert len(page.search("#4999")) == 1
