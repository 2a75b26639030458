"""The settings file that fa2 init writes explains every key in both languages, and says what holds."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from fa2.config.loading import load
from fa2.config.sections import configuration_type, sections
from fa2.config.template import template
from fa2.core.messages import LANGUAGES, Language, catalogue


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fresh_file_sets_nothing(tmp_path: Path, language: Language) -> None:
    file = tmp_path / "fa2.toml"
    file.write_text(template(catalogue(language)), encoding="utf-8")
    loaded = load(file)
    assert loaded.origins == {}
    assert loaded.configuration.model_dump() == configuration_type()().model_dump()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_values_behind_the_marks_are_the_defaults(tmp_path: Path, language: Language) -> None:
    shown = re.sub(r"^# (\w+ = )(?=.)", r"\1", template(catalogue(language)), flags=re.MULTILINE)
    stated = tomllib.loads(shown)
    for name, model in sections().items():
        assert stated[name] == model().model_dump(mode="json", exclude_none=True), name
    file = tmp_path / "fa2.toml"
    file.write_text(shown, encoding="utf-8")
    assert load(file).configuration.model_dump() == configuration_type()().model_dump()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_section_and_key_has_its_comment(language: Language) -> None:
    text = template(catalogue(language))
    for name, model in sections().items():
        body = text.split(f"\n[{name}]\n", 1)[1].split("\n[", 1)[0]
        for key in model.model_fields:
            assert re.search(rf"^# .+\n(# .+\n)*# {key} =", body, re.MULTILINE), f"{name}.{key}"
