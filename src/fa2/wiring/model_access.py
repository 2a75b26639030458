"""What surrounds asking a model: how Bedrock is reached, what IAM has to allow, whether it answers, what it may cost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fa2.core.coverage import CoverageEntry, Problem, problem
from fa2.core.deadlines import Deadline
from fa2.core.errors import Fa2Error
from fa2.core.language_model import Message, Question
from fa2.models.opening import BedrockAccess, open_model
from fa2.models.prices import usd_per_token
from fa2.sources.aws.accounts import own_session
from fa2.sources.aws.bedrock_models import model_permissions, model_statement
from fa2.sources.aws.permissions import Permission

if TYPE_CHECKING:
    from fa2.config.sections import Configuration
    from fa2.models.choosing import ModelChoice

_PATIENCE_S = 30.0
_PING = Question("", (Message("user", "ping"),), max_output_tokens=64)
"""The smallest question: what comes back does not matter."""


@dataclass(frozen=True)
class ModelBound:
    """What a model may use up at most in one investigation."""

    names: tuple[str, ...]
    tokens: int
    usd: float | None
    """Null where nobody knows its price: then only tokens and time are limited."""
    seconds: float


def bedrock_access(configuration: Configuration) -> BedrockAccess:
    """Return how Amazon Bedrock is reached: with the profile and the address of the AWS sources."""
    aws = configuration.aws
    return BedrockAccess(
        session=lambda: own_session(aws),
        endpoint_url=aws.endpoint_url,
        region=next(iter(aws.regions), ""),
        statement=lambda choice: model_statement(choice.name, choice.region),
    )


def permissions_of_model(configuration: Configuration) -> list[Permission]:
    """Return what IAM has to allow for the configured models; nothing for other providers than Bedrock."""
    return [
        permission
        for choice in _choices(configuration)
        if choice.provider == "bedrock"
        for permission in model_permissions(choice.name, choice.region)
    ]


def examine_model(configuration: Configuration) -> list[CoverageEntry]:
    """Ask each configured model the smallest question; say whether it answers. Costs a few tokens, and 30 seconds at most."""
    try:
        choices = _choices(configuration)
    except Fa2Error as error:
        return [CoverageEntry(source="[model]", status="failed", error=_told(error))]
    if not choices:
        return [CoverageEntry(source="[model]", status="skipped", error=problem("model_none"))]
    access = bedrock_access(configuration)
    return [entry for choice in choices for entry in _examined(choice, access)]


def _examined(choice: ModelChoice, access: BedrockAccess) -> Iterator[CoverageEntry]:
    began = time.monotonic()
    source = f"[model] {choice}"
    try:
        model = open_model(choice, bedrock=access)
        answer = model.ask(_PING, Deadline(_PATIENCE_S))
    except Fa2Error as error:
        yield CoverageEntry(source=source, status="failed", error=_told(error))
        return
    took_s = time.monotonic() - began
    fine = problem("note_model_answers", seconds=took_s, tokens=answer.tokens.input + answer.tokens.output)
    yield CoverageEntry(source=source, status="ok", error=fine, duration_s=took_s, cost_usd=answer.usd)
    if model.usd_per_token is None:
        yield CoverageEntry(source=source, status="ok", error=problem("note_model_price"))


def _told(error: Fa2Error) -> Problem:
    return Problem(code=error.key, message=str(error), values=dict(error.values))


def bound_of_model(configuration: Configuration) -> ModelBound | None:
    """Return what the configured models may use up; null where none is configured. Asks nobody."""
    choices = _choices(configuration)
    if not choices:
        return None
    limits = configuration.model
    prices = [usd_per_token(choice) for choice in choices]
    dearest = max(max(price) for price in prices if price) if all(prices) else None
    usd = None if dearest is None else min(limits.max_usd, dearest * limits.max_tokens)
    return ModelBound(tuple(map(str, choices)), limits.max_tokens, usd, limits.max_seconds)


def _choices(configuration: Configuration) -> list[ModelChoice]:
    """Return the strong model and the fast one, where they differ."""
    from fa2.wiring.model import model_request

    request = model_request(configuration)
    return [] if request is None else list(dict.fromkeys((request.quality, request.fast)))
