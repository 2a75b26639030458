"""Which model is meant, what it costs, and what is missing for asking it."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.core.errors import UnusableInput
from fa2.core.language_model import Tokens
from fa2.models import opening
from fa2.models.choosing import PROVIDERS, ModelChoice, parse_choice
from fa2.models.opening import BedrockAccess, open_model
from fa2.models.prices import usd, usd_per_token

PROFILE = "arn:aws:bedrock:ap-northeast-1:111122223333:application-inference-profile/abc"


@pytest.mark.parametrize(
    ("text", "provider", "name"),
    [
        ("bedrock:apac.anthropic.claude-sonnet-4-20250514-v1:0", "bedrock", "apac.anthropic.claude-sonnet-4-20250514-v1:0"),
        (f"bedrock:{PROFILE}", "bedrock", PROFILE),
        ("openai:qwen3:8b", "openai", "qwen3:8b"),
        ("openai:Qwen/Qwen3-8B", "openai", "Qwen/Qwen3-8B"),
        ("recorded:/tmp/a:b.json", "recorded", "/tmp/a:b.json"),
    ],
)  # fmt: skip
def test_names_may_hold_colons_and_slashes(text: str, provider: str, name: str) -> None:
    choice = parse_choice(text)
    assert (choice.provider, choice.name, str(choice)) == (provider, name, text)


@given(st.sampled_from([*PROVIDERS, "", "ollama"]), st.text(max_size=30))
def test_any_text_is_a_model_as_it_is_written_or_is_refused(provider: str, text: str) -> None:
    written = f"{provider}:{text}"
    if provider in PROVIDERS and text.strip():
        assert str(parse_choice(written)) == written.strip()
    else:
        with pytest.raises(UnusableInput, match="bedrock, anthropic, openai, recorded"):
            parse_choice(written)


@pytest.mark.parametrize("text", ["qwen3", "openai:", ":x", "ollama:qwen3", ""])
def test_what_names_no_model_is_refused(text: str) -> None:
    with pytest.raises(UnusableInput):
        parse_choice(text)


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(UnusableInput, match="localhost:11434/v1"):
        parse_choice("openai:x", base_url="localhost:11434")


@pytest.mark.parametrize(("provider", "variable"), [("openai", "OPENAI_API_KEY"), ("anthropic", "ANTHROPIC_API_KEY")])
def test_a_missing_key_is_told_with_its_variable(provider: str, variable: str) -> None:
    with pytest.raises(UnusableInput, match=variable):
        open_model(parse_choice(f"{provider}:x"), environment={"OTHER": "y"})
    assert open_model(parse_choice(f"{provider}:x"), environment={variable: "k"}).name == f"{provider}:x"
    assert open_model(parse_choice(f"{provider}:x"), environment={"FA2_MODEL_API_KEY": "k"})
    assert open_model(parse_choice(f"{provider}:x", base_url="http://localhost:1/v1"), environment={})


def test_a_missing_package_is_told_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "find_spec", lambda name: None if name == "pydantic_ai" else object())
    with pytest.raises(UnusableInput, match=r"pip install .*\[model\]"):
        open_model(parse_choice("openai:x"), environment={"OPENAI_API_KEY": "k"})


class _Session:
    region_name = "eu-west-1"

    def __init__(self) -> None:
        self.made: dict[str, Any] = {}

    def client(self, service: str, **told: Any) -> object:
        self.made = {"service": service, **told}
        return object()


@pytest.mark.parametrize(
    ("base_url", "endpoint", "region", "asked"),
    [
        ("", "", "", (None, "eu-west-1")),
        ("", "http://localhost:1", "us-east-1", ("http://localhost:1", "us-east-1")),
        ("https://vpce.example", "http://localhost:1", "", ("https://vpce.example", "eu-west-1")),
    ],
)
def test_bedrock_is_asked_once_where_it_is_said_to_be(base_url: str, endpoint: str, region: str, asked: object) -> None:
    session = _Session()
    choice = parse_choice("bedrock:x", base_url=base_url, region=region)
    open_model(choice, bedrock=BedrockAccess(lambda: session, endpoint))
    assert (session.made["endpoint_url"], session.made["region_name"]) == asked
    assert session.made["service"] == "bedrock-runtime"
    assert session.made["config"].retries["total_max_attempts"] == 1


@pytest.fixture
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("somebody phones home")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.usefixtures("_offline")
@pytest.mark.parametrize(
    ("text", "million"),
    [
        ("bedrock:anthropic.claude-sonnet-4-20250514-v1:0", (3, 15)),
        ("bedrock:us.anthropic.claude-sonnet-4-20250514-v1:0", (3, 15)),
        ("bedrock:apac.anthropic.claude-sonnet-4-20250514-v1:0", (3, 15)),
        ("bedrock:jp.anthropic.claude-sonnet-4-5-20250929-v1:0", (3.3, 16.5)),
        ("bedrock:eu.anthropic.claude-sonnet-4-5-20250929-v1:0", (3.3, 16.5)),
        ("bedrock:global.anthropic.claude-sonnet-4-5-20250929-v1:0", (3, 15)),
        ("bedrock:arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-20250514-v1:0", (3, 15)),
        ("bedrock:arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.amazon.nova-pro-v1:0", (0.8, 3.2)),
        ("anthropic:claude-sonnet-4-5", (3, 15)),
        ("openai:gpt-4.1-mini", (0.4, 1.6)),
        (f"bedrock:{PROFILE}", None),
        ("openai:qwen3:8b", None),
        ("recorded:x", None),
    ],
)
def test_prices_are_those_of_the_list_without_asking_anybody(text: str, million: tuple[float, float] | None) -> None:
    found = usd_per_token(parse_choice(text))
    assert (found and tuple(price * 1e6 for price in found)) == (million and pytest.approx(million))


def test_what_a_server_of_one_s_own_costs_is_known_only_where_it_was_said() -> None:
    assert usd_per_token(parse_choice("openai:gpt-4.1-mini", base_url="http://localhost:1/v1")) is None
    own = ModelChoice("openai", "x", "http://localhost:1/v1", usd_per_million_input=2, usd_per_million_output=4)
    assert usd(own, Tokens(1_000_000, 500_000, cached=10)) == pytest.approx(4)
    assert usd(ModelChoice("openai", "x", "http://a", usd_per_million_input=2), Tokens(1, 1)) is None


def test_tokens_of_the_cache_cost_what_the_list_says() -> None:
    sonnet = parse_choice("anthropic:claude-sonnet-4-5")
    assert usd(sonnet, Tokens(1000, 0, cached=1000)) == pytest.approx(1000 * 0.3e-6)
    assert usd(sonnet, Tokens(1000, 0), written=1000) == pytest.approx(1000 * 3.75e-6)


HANGING = """
import socket, sys, warnings
from fa2.core.deadlines import Deadline, DeadlinePassed
from fa2.core.language_model import Message, Question
from fa2.models.choosing import parse_choice
from fa2.models.opening import open_model
silent = socket.create_server(("127.0.0.1", 0))
model = open_model(parse_choice("openai:x", base_url=f"http://127.0.0.1:{silent.getsockname()[1]}/v1"), environment={})
try:
    model.ask(Question("", (Message("user", "hi"),)), Deadline(0.3))
except DeadlinePassed:
    print("passed")
"""


def test_a_server_that_hangs_does_not_hold_up_the_end_of_the_program() -> None:
    done = subprocess.run([sys.executable, "-c", HANGING], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "passed\n", "")


def test_models_are_loaded_when_they_are_asked_and_not_before() -> None:
    code = "import sys, fa2.models.opening; print(*sorted({'pydantic_ai', 'openai', 'anthropic', 'boto3'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert done.stdout.strip() == ""
