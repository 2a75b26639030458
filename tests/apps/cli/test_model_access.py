"""What `fa2 doctor`, `fa2 plan` and `fa2 iam` say of the configured model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from bedrock_server import Turn, bedrock
from typed_servers import Turn as Said
from typed_servers import openai_server

from fa2.apps.cli.aws_options import model_lines
from fa2.apps.cli.doctor_lines import doctor_lines
from fa2.config.sections import Configuration, configuration_type
from fa2.core.messages import LANGUAGES, catalogue
from fa2.core.windows import TimeWindow
from fa2.sources.aws.permissions import Ground, policy
from fa2.wiring.aws import Live
from fa2.wiring.model_access import bound_of_model, examine_model

PROFILE = "apac.anthropic.claude-sonnet-4-20250514-v1:0"
WINDOW = TimeWindow(datetime(2026, 11, 20, 3, tzinfo=UTC), datetime(2026, 11, 20, 4, tzinfo=UTC))
KEYS = {"AWS_ACCESS_KEY_ID": "AKIA111122223333TEST", "AWS_SECRET_ACCESS_KEY": "s", "AWS_CONFIG_FILE": "/dev/null"}


def settings(**model: object) -> Configuration:
    return configuration_type().model_validate({"model": model, "aws": {"endpoint_url": model.pop("endpoint", "")}})


@dataclass
class Doctor:
    """What doctor tells of a model, and the exit code's reason."""

    lines: list[str]
    statuses: list[str]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.lines).split())


def doctor(configuration: Configuration, language: str = "en") -> Doctor:
    tried = examine_model(configuration)
    texts = catalogue("ja" if language == "ja" else "en")
    return Doctor(list(doctor_lines([], WINDOW, tried, width=100, texts=texts)), [entry.status for entry in tried])


@contextmanager
def at_bedrock(monkeypatch: pytest.MonkeyPatch, *script: Turn) -> Iterator[Configuration]:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    with bedrock(*script) as runtime:
        assert runtime.server is not None
        yield settings(provider="bedrock", name=PROFILE, region="ap-northeast-1", endpoint=runtime.server.url)


def test_a_model_that_answers_is_told_with_its_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    with at_bedrock(monkeypatch, Turn()) as configuration:
        told = doctor(configuration)
    assert told.statuses == ["ok"]
    assert f"[model] bedrock:{PROFILE}" in told.lines[2]
    assert "It answers: 150 tokens" in told.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_model_that_is_denied_is_told_with_the_statement_that_allows_it(
    monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    said = "User: arn:aws:iam::111122223333:user/x is not authorized to perform: bedrock:InvokeModel on resource: arn:x"
    with at_bedrock(monkeypatch, Turn(error=(403, "AccessDeniedException", said))) as configuration:
        told = doctor(configuration, language)
    assert told.statuses == ["failed"]
    statement = next(json.loads(line) for line in told.lines if line.strip().startswith('{"Effect"'))
    assert f"arn:aws:bedrock:ap-northeast-1:*:inference-profile/{PROFILE}" in statement["Resource"]
    assert "fa2 iam" in told.text
    assert ("IAM denies" if language == "en" else "IAM により") in told.text


def test_an_unknown_model_and_a_missing_key_are_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("FA2_MODEL_API_KEY", raising=False)
    assert "OPENAI_API_KEY" in doctor(settings(provider="openai", name="gpt-5")).text
    missing = {"error": {"message": "model 'x' not found", "type": "api_error", "code": None, "param": None}}
    with openai_server(Said(error=(404, missing))) as server:
        told = doctor(settings(provider="openai", name="x", base_url=f"{server.url}/v1"), "ja")
    assert "にモデル x はありません" in told.text


def test_the_fast_model_is_tried_too_and_an_unknown_price_is_told() -> None:
    with openai_server(Said(), Said()) as server:
        told = doctor(settings(provider="openai", name="big", fast_name="small", base_url=f"{server.url}/v1"))
        assert [asked["model"] for asked in server.asked] == ["big", "small"]
    assert set(told.statuses) == {"ok"}
    assert "max_usd limits nothing" in told.text


def test_without_a_model_nothing_is_asked() -> None:
    assert [entry.status for entry in examine_model(Configuration())] == ["skipped"]
    assert list(model_lines(Configuration())) == []


def test_the_policy_holds_what_a_model_of_bedrock_needs_and_nothing_for_others() -> None:
    def actions(configuration: Configuration) -> str:
        live = Live(configuration, lambda _: None, sources=("xray",))
        return policy(live.permissions(), Ground())

    assert PROFILE in actions(settings(provider="bedrock", name=PROFILE))
    assert "bedrock:" not in actions(settings(provider="openai", name="x", base_url="http://localhost:1"))


def test_the_plan_tells_the_bound_in_tokens_and_dollars() -> None:
    priced = settings(provider="bedrock", name=PROFILE, max_tokens=10_000)
    bound = bound_of_model(priced)
    assert bound is not None
    assert bound.usd == pytest.approx(0.15)
    assert "$0.15, 10,000 tokens" in " ".join(model_lines(priced))
    capped = bound_of_model(settings(provider="bedrock", name=PROFILE, max_tokens=10_000_000, max_usd=0.5))
    assert capped is not None
    assert capped.usd == 0.5
    unknown = settings(provider="openai", name="x", base_url="http://localhost:1", max_tokens=10_000)
    assert "unknown price: 10,000 tokens" in " ".join(model_lines(unknown))
