"""Settings come from the environment, and nothing in it is too odd."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.config.environment import Settings, from_environment


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, None),
        ({"FA2_LANGUAGE": "ja"}, "ja"),
        ({"FA2_LANGUAGE": "JA_JP.UTF-8"}, "ja"),
        ({"FA2_LANGUAGE": "en", "LANG": "ja_JP.UTF-8"}, "en"),
        ({"FA2_LANGUAGE": "fr", "LANG": "ja_JP.UTF-8"}, "ja"),
        ({"FA2_LANGUAGE": ""}, None),
        ({"LANG": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "en_US.UTF-8"}, None),
        ({"LANG": "ja_JP.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, None),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "ja_JP.eucJP"}, "ja"),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": ""}, "ja"),
    ],
    ids=str,
)
def test_the_language_is_what_is_stated_or_japanese_where_the_locale_is(
    environment: dict[str, str], language: str | None
) -> None:
    assert from_environment(environment).language == language


@pytest.mark.parametrize(("environment", "color"), [({}, True), ({"NO_COLOR": ""}, True), ({"NO_COLOR": "0"}, False)])
def test_no_color_takes_colour_away_unless_empty(environment: dict[str, str], color: bool) -> None:
    assert from_environment(environment).color is color


@given(st.dictionaries(st.sampled_from(["FA2_LANGUAGE", "LANG", "LC_ALL", "LC_MESSAGES", "NO_COLOR"]), st.text()))
def test_any_environment_gives_settings(environment: dict[str, str]) -> None:
    settings = from_environment(environment)
    assert settings.language in (None, "en", "ja")
    assert settings == Settings(settings.language, settings.color)


@pytest.mark.parametrize(
    ("environment", "store"),
    [
        ({}, "~/.local/state/fa2/detectors.sqlite3"),
        ({"XDG_STATE_HOME": "/var/state"}, "/var/state/fa2/detectors.sqlite3"),
        ({"XDG_STATE_HOME": "state"}, "~/.local/state/fa2/detectors.sqlite3"),
        ({"XDG_STATE_HOME": "/var/state", "FA2_STORE": "here.sqlite3"}, "here.sqlite3"),
    ],
    ids=str,
)
def test_detectors_are_kept_where_it_is_stated_or_where_state_belongs(environment: dict[str, str], store: str) -> None:
    assert from_environment(environment).store == Path(store)


@pytest.mark.parametrize(
    ("environment", "runs"),
    [
        ({}, "~/.local/state/fa2/runs"),
        ({"XDG_STATE_HOME": "/var/state"}, "/var/state/fa2/runs"),
        ({"XDG_STATE_HOME": "state"}, "~/.local/state/fa2/runs"),
    ],
    ids=str,
)
def test_records_of_models_at_work_are_kept_where_state_belongs(environment: dict[str, str], runs: str) -> None:
    assert from_environment(environment).runs == Path(runs)


@pytest.mark.parametrize(
    ("environment", "past"),
    [
        ({}, "~/.local/state/fa2/past"),
        ({"XDG_STATE_HOME": "/var/state"}, "/var/state/fa2/past"),
        ({"XDG_STATE_HOME": "state"}, "~/.local/state/fa2/past"),
    ],
    ids=str,
)
def test_past_reports_are_kept_where_state_belongs(environment: dict[str, str], past: str) -> None:
    assert from_environment(environment).past == Path(past)
