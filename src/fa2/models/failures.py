"""What went wrong with a provider, in words with a remedy, and whether it is worth trying again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from fa2.core.language_model import ModelFailed, Tokens
from fa2.models.choosing import ModelChoice

Again = Literal["throttled", "outage", "no"]
_TEXT = 300
"""How much of a provider's own words is shown."""
_TOO_LONG = re.compile(
    r"context (length|size|window)|maximum context|prompt is too long|input is too long|exceed_context_size"
    r"|input length and `?max_tokens|too many input tokens|input tokens exceeded|request_too_large",
    re.IGNORECASE,
)
_PER_DAY = re.compile(r"per day|daily", re.IGNORECASE)
_NO_STREAM = re.compile(r"InvokeModelWithResponseStream|stream", re.IGNORECASE)
_NO_FORCING = re.compile(r"tool_?choice|forc\w+ tool", re.IGNORECASE)
_CONTENT = re.compile(r"content[_ -]?(filter|policy|management)|guardrail|safety|moderation", re.IGNORECASE)
_NEEDS_PROFILE = "on-demand throughput"
_EXPIRED = ("expiredtoken", "unrecognizedclient", "invalidsignature", "invalidclienttokenid", "signaturedoesnotmatch")


class BrokenOff(Exception):
    """A stream ended without telling why the model stopped."""


@dataclass(frozen=True)
class Failure:
    """An error of a provider, judged."""

    key: str
    """The message in errors."""
    problem: str
    """In the provider's own words, shortened."""
    again: Again = "no"
    after_s: float | None = None
    """How long the provider asked to wait."""
    without_stream: bool = False
    """Whether it may work when the answer is not asked for piece by piece."""
    without_forcing: bool = False
    """Whether it may work when no call is demanded."""

    def error(self, choice: ModelChoice, *, spent: Tokens, statement: str, attempts: int) -> ModelFailed:
        """Return it as the error that users see; `statement` is what IAM needs to allow."""
        address = choice.base_url or choice.provider
        return ModelFailed(
            self.key,
            spent=spent,
            model=str(choice),
            provider=choice.provider,
            name=choice.name,
            address=address,
            problem=self.problem,
            statement=statement,
            attempts=attempts,
        )


def failure_of(error: BaseException, choice: ModelChoice, *, secret: str = "") -> Failure:
    """Judge what pydantic-ai, an SDK of a provider or the network raised; `secret` does not appear in its words."""
    from pydantic_ai import exceptions as of

    words = _words(error, secret)
    match error:
        case BrokenOff():
            return Failure("errors.model.cut.outage", "", "outage")
        case of.ModelQuotaExceededError():
            return Failure("errors.model.quota.throttled", words)
        case of.ModelRateLimitError():
            key = "errors.model.quota.throttled" if _PER_DAY.search(words) else "errors.model.throttled"
            again: Again = "no" if _PER_DAY.search(words) else "throttled"
            return Failure(key, words, again, error.retry_after)
        case of.ModelUnavailableError():
            return Failure("errors.model.outage", words, "throttled", error.retry_after)
        case of.ModelServerError():
            return Failure("errors.model.outage", words, "outage", error.retry_after)
        case of.ModelConnectionError():
            return _unreached(error, words)
        case of.ModelAuthenticationError():
            return _denied(error, choice, words)
        case of.ModelContextWindowExceededError():
            return Failure("errors.model.too_long", words)
        case of.ModelNotFoundError():
            return Failure(_unknown(choice), words)
        case of.ModelAPIError():
            return _rejected(error, choice, words)
        case of.ContentFilterError():
            return Failure("errors.model.refused", words)
        case of.UserError():
            forcing = bool(_NO_FORCING.search(words))
            return Failure("errors.model.rejected", words, without_forcing=forcing)
        case _:
            return _of_others(error, choice, words)


def _unreached(error: object, words: str) -> Failure:
    phase = getattr(error, "phase", None)
    if phase == "connect" or ("connect" in words.lower() and phase != "read"):
        return Failure("errors.model.unreachable.outage", words, "outage")
    return Failure("errors.model.broken.outage", words, "outage")


def _denied(error: object, choice: ModelChoice, words: str) -> Failure:
    code = str(getattr(error, "provider_error_code", "") or "").lower()
    if choice.provider != "bedrock":
        return Failure("errors.model.key.denied", "")  # its words repeat parts of the key
    if any(name in code for name in _EXPIRED):
        return Failure("errors.model.credentials.denied", words)
    if "not authorized to perform" not in words:
        return Failure("errors.model.access.denied", words)
    return Failure("errors.model.iam.denied", words, without_stream="InvokeModelWithResponseStream" in words)


def _unknown(choice: ModelChoice) -> str:
    if choice.provider == "bedrock":
        return "errors.model.bedrock.unknown_model"
    return "errors.model.server.unknown_model" if choice.base_url else "errors.model.unknown_model"


def _rejected(error: object, choice: ModelChoice, words: str) -> Failure:
    status = getattr(error, "status_code", None)
    if _TOO_LONG.search(words) or status == 413:
        return Failure("errors.model.too_long", words)
    if choice.provider == "bedrock" and _NEEDS_PROFILE in words:
        return Failure("errors.model.profile.unknown_model", words)
    if status is None:
        return Failure("errors.model.garbage", words)
    if status in (408, 409, 424, 425):
        return Failure("errors.model.outage", words, "outage", getattr(error, "retry_after", None))
    if _CONTENT.search(f"{getattr(error, 'provider_error_code', '')} {words}"):
        return Failure("errors.model.refused", words)
    stream, forcing = bool(_NO_STREAM.search(words)), bool(_NO_FORCING.search(words))
    return Failure("errors.model.rejected", words, without_stream=stream, without_forcing=forcing)


def _of_others(error: BaseException, choice: ModelChoice, words: str) -> Failure:
    """Judge what no adapter turned into an error of its own: botocore's lack of credentials, and answers that are none."""
    name = type(error).__name__
    if choice.provider == "bedrock":
        if "Credential" in name or "Token" in name or "SSO" in name:
            return Failure("errors.model.credentials.denied", words)
        if name == "NoRegionError":
            return Failure("errors.model.region.denied", words)
    if isinstance(error, OSError) or name in ("EndpointConnectionError", "ProxyConnectionError"):
        return Failure("errors.model.unreachable.outage", words, "outage")
    return Failure("errors.model.garbage", f"{name}: {words}"[:_TEXT])


def _words(error: BaseException, secret: str) -> str:
    """Return what the provider said, in one short line."""
    said = _said(getattr(error, "body", None)) or str(error)
    if secret:
        said = said.replace(secret, "…")
    return " ".join(said.encode("utf-8", "replace").decode().split())[:_TEXT].rstrip(".: ")


def _said(body: object) -> str:
    """Return the message within an error's body: {"message": …}, or that within {"error": …} or {"Error": …}."""
    if not isinstance(body, dict):
        return body if isinstance(body, str) else ""
    within = body.get("error") or body.get("Error")
    if isinstance(within, dict | str):
        return _said(within)
    message = next((body[name] for name in ("message", "Message", "detail") if isinstance(body.get(name), str)), "")
    code = body.get("Code")
    return f"{code}: {message}" if isinstance(code, str) else str(message)
