"""Patterns in every form: complete, in both languages, and nothing in a log acts on who reads it."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from io import StringIO

import jsonschema
import pattern_reports
import pytest
from rich.cells import cell_len

from fa2.core.messages import Language
from fa2.core.pattern_report import PatternReport
from fa2.renderers import patterns_csv, patterns_html, patterns_json, patterns_table
from fa2.renderers.patterns_table import bar, fitted, spark

RENDERERS: dict[str, Callable[[PatternReport, Language], str]] = {
    "txt": lambda report, language: patterns_table.render(report, language, width=100),
    "html": patterns_html.render,
    "json": lambda report, _: patterns_json.render(report),
    "csv": lambda report, _: patterns_csv.render(report),
}
SCENES = {name: getattr(pattern_reports, name)() for name in ("shop", "json_lines", "compared", "nothing", "untimed")}
each = pytest.mark.parametrize("suffix", RENDERERS)


@each
@pytest.mark.parametrize("scene", ["shop", "json_lines", "compared"])
def test_what_is_rendered_is_as_last_reviewed(
    suffix: str, scene: str, language: Language, matches_snapshot: Callable[[str, str], None]
) -> None:
    spoken = f".{language}" if suffix in ("txt", "html") else ""
    matches_snapshot(f"patterns.{scene}{spoken}.{suffix}", RENDERERS[suffix](SCENES[scene], language))


@each
@pytest.mark.parametrize("scene", SCENES)
def test_the_same_report_gives_the_same_bytes(suffix: str, scene: str, language: Language) -> None:
    report = SCENES[scene]
    assert RENDERERS[suffix](report, language) == RENDERERS[suffix](replace(report), language)


@each
def test_no_control_character_or_direction_mark_gets_through(suffix: str, language: Language) -> None:
    text = RENDERERS[suffix](SCENES["shop"], language)
    if suffix == "json":
        assert "\x1b" not in text
        return
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert r"\x1b[31m" in text.replace("\\\\", "\\")


@pytest.mark.parametrize("width", [60, 80, 100, 140, 200])
def test_no_line_is_wider_than_the_terminal(width: int, language: Language) -> None:
    for report in SCENES.values():
        for line in patterns_table.render(report, language, width=width).splitlines():
            assert cell_len(line) <= width, line


def test_in_a_pipe_each_pattern_is_one_whole_line_without_colours() -> None:
    text = patterns_table.render(SCENES["json_lines"])
    assert any(line.endswith("INFO shop.http GET <Path-3> in <Number-4> ms {trace_id}") for line in text.splitlines())
    report = SCENES["shop"]
    text = patterns_table.render(report)
    assert "\x1b" not in text
    for pattern in report.patterns:
        shown = pattern.display.replace("\x1b", "\\x1b").replace("\u202e", "\\u202e")
        rows = [line for line in text.splitlines() if line.endswith(shown)]
        assert len(rows) == 1
        assert rows[0].split()[0] == f"{pattern.count:,}"


def test_on_a_screen_severities_and_tokens_are_coloured() -> None:
    text = patterns_table.render(SCENES["shop"], width=140, color=True)
    assert "\x1b[31mERROR" in text
    assert "\x1b[36m<pool>\x1b[0m" in text
    text = patterns_table.render(SCENES["json_lines"], width=100, color=True)
    assert "\x1b[2mINFO shop.http \x1b[0mGET \x1b[36m<Path-3>\x1b[0m in" in text


def test_the_table_says_what_changed_what_is_hidden_and_what_was_not_read() -> None:
    text = re.sub(r"\s+", " ", patterns_table.render(SCENES["compared"], "en", width=100))
    for told in (
        "2 new, 1 gone, 1 more, 1 less, 4 as before",
        "2 more patterns (4 lines, <0.1 %) are not shown",
        "17 lines have no time",
        "the period before: 2026-11-20 02:00:00",
        "▲ more 2,130 30 ×55",
        "✕ gone 0 60 –",
        "old/app.log.xz: The file is packed as xz",
    ):
        assert told in text, told


def test_only_the_table_puts_json_patterns_in_brief() -> None:
    report = SCENES["json_lines"]
    line = report.patterns[0].display
    assert line in [pattern["display"] for pattern in json.loads(patterns_json.render(report))["patterns"]]
    assert line in [row["display"] for row in csv.DictReader(StringIO(patterns_csv.render(report)))]
    page = patterns_html.render(report)
    assert ">INFO shop.http GET &lt;Path-3&gt; in &lt;Number-4&gt; ms {trace_id}<" in page
    assert json.dumps(report.patterns[0].text)[1:-1] in page.replace("\\u003c", "<").replace("\\u003e", ">")


def test_too_many_patterns_bring_advice(language: Language) -> None:
    told = {"en": "on logs with more than about 300", "ja": "約 300 種類を超えるログ"}[language]
    assert told in patterns_table.render(pattern_reports.crowded(301), language)
    assert told not in patterns_table.render(pattern_reports.crowded(300), language)
    assert told in patterns_html.render(pattern_reports.crowded(301), language)


def test_a_pattern_that_does_not_fit_is_cut_and_says_so() -> None:
    assert fitted("a b c", 3) == ["a b", "c"]
    assert fitted("word " * 40, 24)[-1].endswith("…")
    assert len(fitted("x" * 500, 24)) == 3


def test_bars_and_sparks_show_what_is_there() -> None:
    assert bar(1, 6) == "██████"
    assert bar(0.00001, 6) == "▏"
    assert bar(0, 6) == ""
    assert spark((0, 1, 100), 3) == " ▂█"
    assert spark((0,) * 60 + (1,), 14).strip() == "█"
    assert spark((), 14) == ""


def test_the_published_schema_is_up_to_date_and_everything_fits_it() -> None:
    stored = (files("fa2.renderers") / "schema" / "patterns.schema.json").read_text("utf-8")
    assert stored == patterns_json.schema(), (
        "run: python -m fa2.renderers.patterns_json > src/fa2/renderers/schema/patterns.schema.json"
    )
    schema = json.loads(stored)
    jsonschema.Draft202012Validator.check_schema(schema)
    for report in SCENES.values():
        jsonschema.validate(json.loads(patterns_json.render(report)), schema)


def test_json_holds_text_as_it_is() -> None:
    shop = json.loads(patterns_json.render(SCENES["shop"]))
    assert shop["patterns"][4]["tokens"][0]["values"] == [{"value": pattern_reports.HOSTILE, "count": 3}]
    assert shop["intervals"] == {"start": "2026-11-20T03:00:00Z", "step_s": 60.0, "count": 60}


def test_csv_has_a_row_a_pattern_with_numbers_for_machines() -> None:
    rows = list(csv.DictReader(StringIO(patterns_csv.render(SCENES["compared"]))))
    assert [row["change"] for row in rows] == ["more", "gone", "new", "less", "new", "same", "same"]
    assert rows[0]["count"] == "2130"
    assert rows[0]["first_seen"] == "2026-11-20T03:12:07Z"
    assert rows[0]["pattern"].count("<*>") == 3
    assert rows[2]["rate_ratio"] == ""
    assert "change" not in patterns_csv.render(SCENES["shop"]).splitlines()[0]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append("")

    def handle_data(self, data: str) -> None:
        if self.rows:
            self.rows[-1] += data


def test_hostile_text_makes_no_element_and_no_handler(language: Language) -> None:
    reader = _Reader()
    reader.feed(patterns_html.render(SCENES["shop"], language))
    tags = [tag for tag, _ in reader.tags]
    assert tags.count("script") == 2
    assert "img" not in tags
    assert not [name for _, attributes in reader.tags for name in attributes if name.startswith("on")]


def test_without_scripts_the_page_still_lists_the_patterns() -> None:
    reader = _Reader()
    reader.feed(patterns_html.render(pattern_reports.crowded(), "en"))
    assert len(reader.rows) == 201
    assert "INFO handled order <order> for <user> in <Duration-3> #0" in reader.rows[1]
    assert "5,000" in reader.rows[1]
