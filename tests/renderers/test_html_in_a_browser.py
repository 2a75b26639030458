"""The HTML page in a real browser: silent, self-contained, readable at every width."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from headless_chromium import Chromium, program

from fa2.core.report import Report
from fa2.renderers import html

EXECUTABLE = program()
pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(EXECUTABLE is None, reason="no Chromium here: apt-get install chromium"),
]
COMPLAINTS = {"Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    assert EXECUTABLE
    browser = Chromium(EXECUTABLE)
    yield browser
    browser.close()


def stored(folder: Path, report: Report) -> Path:
    page = folder / "report.html"
    page.write_text(html.render(report), encoding="utf-8")
    return page


def complaints(chromium: Chromium, session: str) -> list[object]:
    return [entry for method in COMPLAINTS for entry in chromium.seen(method, session)]


def test_the_page_asks_the_network_for_nothing_and_complains_of_nothing(
    chromium: Chromium, tmp_path: Path, any_report: Report
) -> None:
    page = stored(tmp_path, any_report)
    session = chromium.open(page)
    chromium.ask(session, "document.querySelector('.theme').click()")
    requests = chromium.seen("Network.requestWillBeSent", session)
    assert [r["request"]["url"] for r in requests] == [page.as_uri()]
    assert complaints(chromium, session) == []


@pytest.mark.parametrize("width", [400, 768, 1280])
def test_the_page_never_scrolls_sideways(chromium: Chromium, tmp_path: Path, differing: Report, width: int) -> None:
    session = chromium.open(stored(tmp_path, differing), width=width)
    size = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    scrolled, seen = chromium.ask(session, size)
    assert scrolled <= seen


def test_a_click_on_a_claim_opens_its_evidence_with_the_cells_marked(
    chromium: Chromium, tmp_path: Path, english: Report
) -> None:
    session = chromium.open(stored(tmp_path, english))
    said = "[...document.querySelectorAll('.claim .said')].find(e => e.textContent.includes('4,182'))"
    chromium.ask(session, f"{said}.click()")
    marked = "[...document.querySelectorAll('dialog[open] td.hit')].map(e => e.textContent)"
    assert chromium.ask(session, marked) == ["4182", "2026-11-20T03:12:07Z"]
    escape = "dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape'}))"
    chromium.ask(session, escape)
    assert not chromium.ask(session, "document.getElementById('drawer').open")


def test_the_pattern_table_sorts_and_filters(chromium: Chromium, tmp_path: Path, english: Report) -> None:
    session = chromium.open(stored(tmp_path, english))
    rows = (
        "[...document.querySelectorAll('.patterns-table tbody tr')].filter(r => !r.hidden)"
        ".map(r => Number(r.cells[3].dataset.value))"
    )
    chromium.ask(session, "document.querySelector('.col-window button').click()")
    counts = [row.window_count for row in english.patterns]
    assert chromium.ask(session, rows) == sorted(counts, reverse=True)
    chromium.ask(session, "document.querySelector('.col-window button').click()")
    assert chromium.ask(session, rows) == sorted(counts)
    chromium.ask(
        session,
        "const i = document.querySelector('.controls input'); i.value = 'hikari';i.dispatchEvent(new Event('input'))",
    )
    assert chromium.ask(session, rows) == [4182]
    assert chromium.ask(session, "document.querySelector('.controls output').textContent") == ("1 of 7 patterns")


def test_a_plot_tells_the_value_under_the_pointer(chromium: Chromium, tmp_path: Path, english: Report) -> None:
    session = chromium.open(stored(tmp_path, english))
    told = chromium.ask(
        session,
        "const p = document.querySelector('.plot'); const b = p.getBoundingClientRect();"
        "p.dispatchEvent(new PointerEvent('pointermove', {clientX: b.x + b.width * 0.97}));"
        "p.parentElement.querySelector('.readings').textContent",
    )
    assert told.startswith("2026-11-20 03:4")


def test_both_themes_and_the_switch_between_them(chromium: Chromium, tmp_path: Path, english: Report) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    page = stored(tmp_path, english)
    chromium.ask(chromium.open(page), "localStorage.clear()")
    session = chromium.open(page, dark=True)
    assert chromium.ask(session, ground) == "rgb(15, 18, 22)"
    chromium.ask(session, "document.querySelector('.theme').click()")
    assert chromium.ask(session, ground) == "rgb(255, 255, 255)"


def test_without_scripts_everything_is_there_and_evidence_opens_by_its_link(
    chromium: Chromium, tmp_path: Path, english: Report
) -> None:
    session = chromium.open(stored(tmp_path, english), scripts=False, at="#ev-3")
    chromium.send("Emulation.setScriptExecutionDisabled", session, value=False)
    assert chromium.ask(session, "document.getElementById('ev-3').closest('details').open")
    assert chromium.ask(session, "[...document.querySelectorAll('.js')].every(e => e.hidden)")
    assert chromium.ask(session, "document.querySelectorAll('.patterns-table tbody tr').length") == 7
