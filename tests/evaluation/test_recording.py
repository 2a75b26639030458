"""A record can be gone on with, and never with figures of another model among its own."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from evaluated import outcome
from fa2.core.errors import UnusableInput
from fa2.core.evaluation import Evaluation
from fa2.evaluation.recording import read, summed_up, written

PLAN = Evaluation(version="1", folder="f", models=["a:b"], started=datetime(2026, 11, 20, tzinfo=UTC), planned=2)


def test_a_record_comes_back_as_it_was(tmp_path: Path) -> None:
    made = summed_up(PLAN, [outcome("b", "agent"), outcome("a", "agent"), outcome("a")])
    written(made, tmp_path / "out.json")
    assert Evaluation.model_validate_json((tmp_path / "out.json").read_bytes()) == made
    assert [o.key for o in read(tmp_path / "out.json", PLAN)] == [
        ("a", "agent", 1),
        ("a", "rules", 1),
        ("b", "agent", 1),
    ]
    assert [of.arm for of in made.figures] == ["rules", "agent"]
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]


@pytest.mark.parametrize(
    "change", [{"models": ["other:c"]}, {"language": "ja"}, {"seed": 9}, {"version": "2"}], ids=str
)
def test_other_conditions_are_not_mixed(tmp_path: Path, change: dict[str, object]) -> None:
    written(PLAN, tmp_path / "out.json")
    with pytest.raises(UnusableInput, match="another"):
        read(tmp_path / "out.json", PLAN.model_copy(update=change))


def test_a_record_of_rules_alone_goes_on_with_a_model(tmp_path: Path) -> None:
    written(summed_up(PLAN.model_copy(update={"models": []}), [outcome("a")]), tmp_path / "out.json")
    assert len(read(tmp_path / "out.json", PLAN)) == 1


@pytest.mark.parametrize("text", ["", "{", '{"format": "fa2.run/1"}'])
def test_what_is_no_record_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "out.json").write_text(text)
    with pytest.raises(UnusableInput, match="cannot be gone on with"):
        read(tmp_path / "out.json", PLAN)


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="cannot be written"):
        written(PLAN, tmp_path / "none" / "out.json")
