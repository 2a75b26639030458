"""fa2 init, config, plan, doctor and iam as a person meets them."""

from __future__ import annotations

import json
from pathlib import Path

from scenes import fa2, failed, succeeded


def test_init_writes_a_file_once_that_config_reads(tmp_path: Path) -> None:
    done = fa2("init", cwd=tmp_path)
    assert done.returncode == 0
    assert b"fa2 doctor" in done.stderr
    file = tmp_path / "fa2.toml"
    assert "[limits]" in file.read_text(encoding="utf-8")
    assert "is there already" in failed("init", cwd=tmp_path)
    file.write_text("[limits]\nmax_usd = 0.25\n", encoding="utf-8")
    said = succeeded("config", "--set", "aws.profile=night", cwd=tmp_path, FA2_LIMITS__MAX_GIB="7")
    assert "max_usd = 0.25  # the file fa2.toml" in said
    assert "max_gib = 7.0  # environment" in said
    assert 'profile = "night"  # flag' in said
    assert "deadline_s" not in said
    assert "deadline_s = 90.0  # default" in succeeded("config", "--all", cwd=tmp_path)


def test_init_speaks_the_language_that_is_asked_for() -> None:
    assert "# 全サービス共通の接続先" in succeeded("init", "-", "--language", "ja")


def test_a_setting_that_is_none_is_refused(tmp_path: Path) -> None:
    assert "SECTION.KEY=VALUE" in failed("config", "--set", "nonsense", cwd=tmp_path)
    assert "limits.x is no setting" in failed("config", "--set", "limits.x=1", cwd=tmp_path)


def test_asking_aws_needs_an_alarm_or_a_window_and_credentials(tmp_path: Path) -> None:
    nobody = {
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    assert "--alarm NAME" in failed("investigate", cwd=tmp_path)
    assert "--alarm NAME" in failed("plan", cwd=tmp_path)
    for command in (["investigate"], ["plan"], ["collect", "-o", "x"]):
        assert "no AWS credentials" in failed(*command, "--alarm", "checkout-5xx", cwd=tmp_path, **nobody)
    assert "認証情報がありません" in failed("doctor", cwd=tmp_path, FA2_LANGUAGE="ja", **nobody)
    assert "no AWS profile night" in failed("doctor", "--profile", "night", cwd=tmp_path, **nobody)


def test_an_alarm_and_data_at_hand_are_not_asked_about_at_once(tmp_path: Path) -> None:
    assert "one of the two" in failed("investigate", tmp_path, "--alarm", "checkout-5xx")


def test_the_policy_is_a_policy_of_what_is_configured(tmp_path: Path) -> None:
    arn = "arn:aws:iam::210987654321:role/fa2"
    policy = json.loads(
        succeeded("iam", "--account", "123456789012", "--set", f'aws.roles=[{{arn="{arn}"}}]', cwd=tmp_path)
    )
    assert policy["Version"] == "2012-10-17"
    assert {"Action": ["sts:AssumeRole"], "Resource": [arn]}.items() <= _of(policy, "sts:AssumeRole").items()
    assert "123456789012" in json.dumps(policy) or all(s["Resource"] == ["*"] for s in policy["Statement"][:-1])


def _of(policy: dict[str, list[dict[str, object]]], action: str) -> dict[str, object]:
    (found,) = [s for s in policy["Statement"] if action in s["Action"]]  # type: ignore[operator]  # a list of texts
    return found


def test_init_makes_the_folder_of_its_file_and_says_in_a_line_when_it_cannot(tmp_path: Path) -> None:
    assert fa2("init", ".config/fa2/fa2.toml", cwd=tmp_path).returncode == 0
    assert (tmp_path / ".config/fa2/fa2.toml").is_file()
    assert "Name another path" in failed("init", ".config/fa2/fa2.toml/deeper/fa2.toml", cwd=tmp_path)


def test_a_policy_is_not_made_for_what_is_no_account_or_region(tmp_path: Path) -> None:
    assert "twelve digits" in failed("iam", "--account", "1234", cwd=tmp_path)
    assert "ap-northeast-1" in failed("iam", "--region", "tokyo", cwd=tmp_path)
