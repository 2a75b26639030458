"""Each failure is told in both languages, with its remedy, whatever was raised."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_ai import exceptions as of

from fa2.core.language_model import ModelFailed, Tokens
from fa2.core.messages import LANGUAGES, Statement, catalogue
from fa2.models import failures
from fa2.models.choosing import ModelChoice, parse_choice
from fa2.models.failures import Failure, failure_of

KEYS = sorted(set(re.findall(r'"(errors\.model\.[a-z_.]+)"', Path(failures.__file__).read_text(encoding="utf-8"))))
REASONS = {"throttled", "denied", "unknown_model", "too_long", "outage", "garbage", "refused", "rejected"}
CHOICE = parse_choice("bedrock:x")


def told(failure: Failure, choice: ModelChoice = CHOICE) -> ModelFailed:
    return failure.error(choice, spent=Tokens(7), statement='{"Effect":"Allow"}', attempts=3)


@pytest.mark.parametrize("key", KEYS)
def test_each_failure_can_be_told_in_both_languages(key: str) -> None:
    error = told(Failure(key, "words of the provider"))
    texts = [
        catalogue("ja" if language == "ja" else "en").render(Statement(error.key, error.values))
        for language in LANGUAGES
    ]
    assert all(len(text) > 40 for text in texts)
    assert error.reason in REASONS
    assert error.spent == Tokens(7)


ERRORS = [
    of.ModelAPIError("m", "?"),
    of.ModelHTTPError(418, "m", body="teapot"),
    of.ModelHTTPError(400, "m", body={"error": {"message": 7}}),
    of.ModelHTTPError(500, "m", body=[1]),
    of.ModelServerError("m", "?"),
    of.ModelTimeoutError("m", "?"),
    of.UnexpectedModelBehavior("?"),
    of.UserError("?"),
    KeyError("output"),
    RecursionError(),
    UnicodeDecodeError("utf-8", b"x", 0, 1, "bad"),
    ConnectionResetError(),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("provider", ["bedrock:x", "openai:x", "anthropic:x"])
def test_whatever_is_raised_has_a_reason(error: Exception, provider: str) -> None:
    choice = parse_choice(provider)
    assert told(failure_of(error, choice), choice).reason in REASONS


@given(st.text(max_size=900), st.sampled_from([400, 401, 403, 404, 413, 429, 500, 529]))
def test_what_a_provider_says_is_short_one_line_and_without_the_key(text: str, status: int) -> None:
    secret = "sk-0123456789"  # noqa: S105 (nobody's)
    error = of.ModelHTTPError(status, "m", body={"error": {"message": f"{text} {secret} {text}"}})
    failure = failure_of(error, parse_choice("openai:x"), secret=secret)
    assert secret not in failure.problem
    assert len(failure.problem) <= 300
    assert len(failure.problem.splitlines()) <= 1


def test_a_lack_of_credentials_is_told_as_such() -> None:
    from botocore.exceptions import NoCredentialsError, TokenRetrievalError

    assert failure_of(NoCredentialsError(), CHOICE).key == "errors.model.credentials.denied"
    assert (
        failure_of(TokenRetrievalError(provider="sso", error_msg="x"), CHOICE).key == "errors.model.credentials.denied"
    )
