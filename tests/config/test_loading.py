"""Settings come from fa2.toml, the environment and flags, the later wins, and what is wrong is named by its key."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from fa2.config.loading import found_file, load
from fa2.core.errors import UnusableInput
from fa2.core.messages import LANGUAGES, Language, Statement, catalogue


def written(folder: Path, text: str) -> Path:
    file = folder / "fa2.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_flag_wins_over_the_environment_and_that_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, "[limits]\nmax_usd = 0.25\ndeadline_s = 30\nmax_gib = 5\n")
    monkeypatch.setenv("FA2_LIMITS__MAX_USD", "0.5")
    monkeypatch.setenv("FA2_LIMITS__DEADLINE_S", "40")
    loaded = load(file, flags={"limits.deadline_s": 50})
    limits = loaded.configuration.limits
    assert (limits.max_gib, limits.max_usd, limits.deadline_s) == (5, 0.5, 50)
    assert loaded.origins == {
        "limits.max_gib": "file",
        "limits.max_usd": "environment",
        "limits.deadline_s": "flag",
    }


def test_lists_in_the_environment_are_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FA2_AWS__REGIONS", '["eu-west-1", "ap-northeast-1"]')
    assert load(written(tmp_path, "")).configuration.aws.regions == ["eu-west-1", "ap-northeast-1"]
    monkeypatch.setenv("FA2_AWS__REGIONS", "eu-west-1")
    with pytest.raises(UnusableInput, match=r"FA2_AWS__REGIONS='\[\"eu-west-1\"\]'"):
        load(written(tmp_path, ""))


def test_variables_of_other_readers_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FA2_LANGUAGE", "ja")
    monkeypatch.setenv("FA2_STORE", "x")
    assert load(written(tmp_path, "")).origins == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[limits]\nmax_uds = 1", "limits.max_uds is no setting. Near it are: max_usd"),
        ("[limts]\nmax_usd = 1", "limts is no setting. Near it are: limits"),
        ("[limits]\nmax_usd = -1", "limits.max_usd: -1 is not valid"),
        ("[aws]\nroles = [{ arn = 'arn:aws:iam::1:role/x' }]", "aws.roles.0.arn"),
        ("[aws]\nregions = ['Tokyo']", "aws.regions.0: Tokyo is not valid"),
        ("limits = 3", "limits"),
        ("limits = ", "is no TOML"),
    ],
)
def test_what_is_wrong_is_named_by_its_key(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UnusableInput) as caught:
        load(written(tmp_path, text))
    assert said in str(caught.value)
    catalogue("ja").render(Statement(caught.value.key, caught.value.values))


@pytest.mark.parametrize(
    ("text", "english", "japanese"),
    [
        ("[limits]\nmax_usd = 'much'", "a number is wanted", "数値で指定"),
        ("[limits]\ndeadline_s = 0", "it must be more than 0", "0 より大きい値"),
        ("[limits]\nmax_usd = nan", "it must be 0 or more", "0 以上"),
        ("[windows]\nlead_min = 2.5", "a whole number is wanted", "整数で指定"),
        ("[slack]\ninsight = 'perhaps'", "true or false is wanted", "true または false"),
        ("[report]\nlanguage = 'fr'", "it must be one of: '', 'en', 'ja'", "'', 'en', 'ja'"),
        ("[aws]\nregions = 'ap-northeast-1'", 'a list is wanted, for example ["a", "b"]', "リストで指定"),
        ("[aws]\nregions = ['mars-1']", "it is no region", "リージョンは"),
        ("[report]\ntime_zone = 'Mars/Olympus'", "there is no such time zone", "タイムゾーンはありません"),
        ("[report]\ntime_zone = '../../etc/passwd'", "there is no such time zone", "タイムゾーンはありません"),
        ("workload = 3", "keys and values are wanted", "キーと値の組"),
    ],
)
def test_what_would_be_right_is_said_in_both_languages(tmp_path: Path, text: str, english: str, japanese: str) -> None:
    with pytest.raises(UnusableInput) as caught:
        load(written(tmp_path, text))
    assert english in _render(caught.value, "en")
    assert japanese in _render(caught.value, "ja")
    assert "Input should" not in _render(caught.value, "ja")


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    file = tmp_path / "fa2.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(UnusableInput, match="is no TOML"):
        load(file)


def test_the_file_is_looked_for_where_it_is_stated_here_and_at_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "home"
    (home / "fa2").mkdir(parents=True)
    environment = {"XDG_CONFIG_HOME": str(home)}
    assert found_file(environment) is None
    written(home / "fa2", "")
    assert found_file(environment) == home / "fa2" / "fa2.toml"
    written(tmp_path, "")
    assert found_file(environment) == Path("fa2.toml")
    with pytest.raises(UnusableInput, match="no file"):
        found_file({**environment, "FA2_CONFIG": str(tmp_path / "other.toml")})


@given(st.text(max_size=200))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_any_text_gives_settings_or_a_clear_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / "fa2.toml"
    file.write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
    try:
        load(file)
    except UnusableInput as error:
        for language in LANGUAGES:
            _render(error, language)


def _render(error: UnusableInput, language: Language) -> str:
    text = catalogue(language).render(Statement(error.key, error.values))
    assert text
    return text
