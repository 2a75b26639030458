"""docs/query.md says what there is, and its examples can be run."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from fa2.logs.query.aggregates import AGGREGATES
from fa2.logs.query.expressions import signature
from fa2.logs.query.functions import FUNCTIONS
from fa2.logs.query.lexing import COMMANDS
from fa2.logs.query.parsing import ELSEWHERE, parse
from fa2.logs.query.periods import UNITS
from fa2.logs.query.plans import plan

TEXT = (Path(__file__).parents[3] / "docs" / "query.md").read_text(encoding="utf-8")
NOT_SUPPORTED = TEXT.splitlines()[-1]


def test_every_command_and_function_is_there_as_it_is_called() -> None:
    assert [name for name in COMMANDS if not re.search(rf"`(\w+ )*{name}\b", TEXT)] == []
    assert [name for name in map(signature, FUNCTIONS.values()) if f"`{name}`" not in TEXT] == []
    assert [a.name for a in AGGREGATES.values() if f"`{a.name}`" not in TEXT] == []
    assert f"periods in {', '.join(unit.name for unit in UNITS)} " in TEXT


def test_its_examples_can_be_run() -> None:
    examples = re.findall(r"fa2 query '(.+?)' ", TEXT)
    assert len(examples) >= 5
    for example in examples:
        assert plan(parse(example), window=None, now=datetime(2026, 11, 20, tzinfo=UTC)).result.headings


def test_what_is_not_supported_is_said() -> None:
    assert {"source", "join", "lookup"} <= set(ELSEWHERE)
    assert all(f"`{name}`" in NOT_SUPPORTED for name in ("SOURCE", "join", "lookup"))
