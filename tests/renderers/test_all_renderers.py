"""What holds for every renderer."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from pathlib import Path

import pytest

import fa2.renderers
from fa2.core.messages import messages
from fa2.core.report import Report, Said
from fa2.renderers import html, json_report, markdown, terminal

RENDERERS: dict[str, Callable[[Report], str]] = {
    "txt": terminal.render,
    "md": markdown.render,
    "html": html.render,
    "json": json_report.render,
}
each = pytest.mark.parametrize("suffix", RENDERERS)


@each
def test_the_rendered_report_is_as_last_reviewed(
    suffix: str, outage: Report, matches_snapshot: Callable[[str, str], None]
) -> None:
    matches_snapshot(f"outage.{outage.language}.{suffix}", RENDERERS[suffix](outage))


@each
def test_the_model_s_part_is_as_last_reviewed(
    suffix: str, investigated: Report, matches_snapshot: Callable[[str, str], None]
) -> None:
    matches_snapshot(f"investigated.{investigated.language}.{suffix}", RENDERERS[suffix](investigated))


@each
def test_reports_with_little_in_them_render(suffix: str, any_report: Report) -> None:
    assert len(RENDERERS[suffix](any_report)) > 200


@each
def test_the_same_report_gives_the_same_bytes(suffix: str, outage: Report) -> None:
    assert RENDERERS[suffix](outage) == RENDERERS[suffix](outage.model_copy(deep=True))


@each
def test_every_claim_action_and_remedy_is_told(suffix: str, english: Report) -> None:
    text = re.sub(r"\s+", "", RENDERERS[suffix](english))
    said = [*english.claims, *english.actions, english.headline, *english.confidence.reasons]
    told = [s.text for s in said if "<" not in s.text]
    told += [e.error.remedy for e in english.coverage if e.error]
    for sentence in told:
        for part in re.findall(r"[A-Za-z]{4,}(?: [A-Za-z]{4,})+", sentence):
            assert part.replace(" ", "") in text, part


@each
def test_no_control_character_or_direction_mark_gets_through(suffix: str, outage: Report) -> None:
    text = RENDERERS[suffix](outage)
    if suffix == "json":
        assert "\x1b" not in text
    else:
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
        assert r"\x1b[31m" in text.replace("\\\\", "\\").replace(r"\[", "[")


@each
def test_a_message_with_missing_values_falls_back_to_its_text(suffix: str, english: Report) -> None:
    broken = english.model_copy(update={"headline": Said(key="report.more", text="still told")})
    assert "still told" in RENDERERS[suffix](broken)


@each
def test_a_known_message_is_rendered_in_the_reports_language(suffix: str, outage: Report) -> None:
    known = outage.model_copy(update={"headline": Said(key="report.text.no_suspect")})
    expected = {"en": "No service stands out", "ja": "原因として際立つサービス"}[outage.language]
    assert expected in RENDERERS[suffix](known)


AREAS = {
    "patterns": "patterns",
    "changes": "changes",
    "insight": "insight",
    "findings": "findings_report",
    "run": "runs",
    "eval": "evaluation",
}
"""Areas of messages, by how the names of their renderers begin; the others speak with those of the report."""


def code_of(area: str) -> dict[str, str]:
    """Return the code that speaks with the messages of an area, by file."""
    folder = Path(fa2.renderers.__file__).parent
    files = [f for f in folder.iterdir() if f.suffix in (".py", ".js")]
    mine = [f for f in files if AREAS.get(f.name.partition("_")[0], "report") == area]
    return {f.name: f.read_text(encoding="utf-8") for f in mine}


@pytest.mark.parametrize("area", ["report", *AREAS.values()])
def test_every_message_that_the_renderers_name_exists(area: str) -> None:
    known = messages("en", area)
    for name, code in code_of(area).items():
        for key in re.findall(
            r'"((?:heading|label|text|legend|control|contents|column|section|page)\.(?!js"|css")[a-z_]+)"',
            code,
        ):
            assert f"{area}.{key}" in known, (name, key)


@pytest.mark.parametrize(
    ("area", "closed"),
    [
        ("report", {"related", "table", "state", "status", "section", "security", "hypothesis", "past"}),
        ("patterns", {"kind", "change", "asked", "help", "error"}),
    ],
)
def test_every_message_is_used(area: str, closed: set[str]) -> None:
    code = "".join(code_of(area).values())
    for key in messages("en", area):
        parts = key.split(".")
        if parts[1] not in closed:
            said = f'{parts[-1]}"' in code or f"{parts[-1]}'" in code or "rule_" in key
            assert said, f"{key} is not used"


def test_placeholders_of_report_messages_are_plain_names() -> None:
    for template in messages("en", "report").values():
        for _, name, _, conversion in string.Formatter().parse(template):
            assert conversion is None
            assert name is None or name.isidentifier()
