"""docs/engines.md shows what is generated."""

from __future__ import annotations

import contextlib
import io
import json
import re
from pathlib import Path

import pytest

from fa2.core.incident import Incident
from fa2.logs.engines.lake_lines import LakeLines

PAGE = Path(__file__).parents[3] / "docs" / "engines.md"
SHOWN = re.findall(
    r"```python\n((?:(?!```).)*)```\n\n```(?:sql|text)\n((?:(?!```).)*)```\n", PAGE.read_text(encoding="utf-8"), re.S
)


@pytest.mark.parametrize("number", range(3))
def test_what_the_page_shows_is_what_its_code_prints(number: int) -> None:
    code, shown = SHOWN[number]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, {})  # noqa: S102 - our own page
    assert len(shown) > 50
    assert shown == printed.getvalue()


def test_the_page_has_these_three_and_a_job_for_spark() -> None:
    text = PAGE.read_text(encoding="utf-8")
    (job,) = re.findall(r"```python\n(from pyspark.*?)```", text, re.S)
    given = re.search(r"lines = (LakeLines\(.*?\n\))\n", job, re.S)
    assert len(SHOWN) == 3
    assert given
    names = {
        name: getattr(__import__("fa2.logs.engines.lake_lines", fromlist=["x"]), name)
        for name in ("LakeLines", "Column", "Text")
    }
    assert isinstance(eval(given[1], names), LakeLines)  # noqa: S307 - our own page


def test_the_incident_on_the_page_is_one() -> None:
    (shown,) = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert Incident.parse(shown.encode()).id == json.loads(shown)["id"] == "incident-7"
