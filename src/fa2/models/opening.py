"""Opens models: a choice and the environment to a model that can be asked."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

from fa2.core.errors import UnusableInput
from fa2.core.language_model import LanguageModel
from fa2.models.choosing import ModelChoice, checked
from fa2.models.hosted import HostedModel, Patience
from fa2.models.recorded import RecordedModel

if TYPE_CHECKING:
    from pydantic_ai.models import Model

    Opened = Callable[[], AbstractAsyncContextManager[Model[Any]]]

OWN_KEY = "FA2_MODEL_API_KEY"
_ANTHROPIC_URL = "https://api.anthropic.com"
_OPENAI_URL = "https://api.openai.com/v1"
_PACKAGES = {"bedrock": ("pydantic_ai", "boto3"), "anthropic": ("pydantic_ai", "anthropic"),
             "openai": ("pydantic_ai", "openai"), "recorded": ()}  # fmt: skip
_PROFILE_REGION = re.compile(r"arn:[^:]*:bedrock:([a-z0-9-]+):")
_CONNECT_S = 10.0
_READ_S = 900.0
"""How long Bedrock may say nothing: the deadline ends waiting before, and this the thread that is left behind."""


@dataclass(frozen=True)
class BedrockAccess:
    """How Bedrock is reached: as the AWS sources are."""

    session: Callable[[], object]
    """Gives a boto3 session. Raises UnusableInput where there are no credentials."""
    endpoint_url: str = ""
    """Another address; empty: AWS's own, or that of AWS_ENDPOINT_URL_BEDROCK_RUNTIME or AWS_ENDPOINT_URL."""
    region: str = ""
    """Where the choice names none; empty: that of the session, or AWS_REGION."""
    statement: Callable[[ModelChoice], str] = lambda _: ""
    """The IAM statement that allows asking a model, to be named when it is denied."""


def open_model(
    choice: ModelChoice,
    *,
    environment: Mapping[str, str] | None = None,
    bedrock: BedrockAccess | None = None,
    patience: Patience | None = None,
) -> LanguageModel:
    """Return a model that can be asked; nothing is sent yet.

    environment: ANTHROPIC_API_KEY and OPENAI_API_KEY go to these providers only; FA2_MODEL_API_KEY goes wherever the
    choice points, and before them. Servers at a base_url may need none. None: that of the process.
    bedrock: needed for that provider.
    Raises UnusableInput with the remedy when a package or a key is missing, or the choice is none.
    """
    checked(choice)
    missing = [name for name in _PACKAGES[choice.provider] if find_spec(name) is None]
    if missing:
        raise UnusableInput("errors.model.package", package=missing[0], provider=choice.provider)
    variables = os.environ if environment is None else environment
    waits = patience or Patience()
    match choice.provider:
        case "recorded":
            return RecordedModel(Path(choice.name))
        case "bedrock":
            return _on_bedrock(choice, bedrock or BedrockAccess(_plain_session), waits)
        case "anthropic":
            key = _key(choice, variables, "ANTHROPIC_API_KEY")
            return HostedModel(choice, _anthropic(choice, key), secret=key, patience=waits, caches=True)
        case "openai":
            key = _key(choice, variables, "OPENAI_API_KEY")
            return HostedModel(choice, _openai(choice, key), secret=key, patience=waits)
        case _:
            assert_never(choice.provider)


def _key(choice: ModelChoice, variables: Mapping[str, str], name: str) -> str:
    """Return the key to send, perhaps none; a provider's key goes to nobody else."""
    own = variables.get(OWN_KEY, "").strip()
    if own or choice.base_url:
        return own
    key = variables.get(name, "").strip()
    if not key:
        raise UnusableInput("errors.model.no_key", variable=name, own=OWN_KEY, provider=choice.provider)
    return key


def _anthropic(choice: ModelChoice, key: str) -> Opened:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Model[Any]]:
        """Open a client for one request, in the loop that asks."""
        from anthropic import AsyncAnthropic
        from httpx2 import Timeout
        from pydantic_ai.models.anthropic import AnthropicModel
        from pydantic_ai.providers.anthropic import AnthropicProvider

        url = choice.base_url or _ANTHROPIC_URL
        timeout = Timeout(None, connect=_CONNECT_S)
        async with AsyncAnthropic(api_key=key or "none", base_url=url, max_retries=0, timeout=timeout) as client:
            yield AnthropicModel(choice.name, provider=AnthropicProvider(anthropic_client=client))

    return opened


def _openai(choice: ModelChoice, key: str) -> Opened:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Model[Any]]:
        """Open a client for one request, in the loop that asks."""
        from httpx2 import Timeout
        from openai import AsyncOpenAI
        from pydantic_ai.models.openai import OpenAIChatModel
        from pydantic_ai.profiles.openai import OpenAIModelProfile
        from pydantic_ai.providers.openai import OpenAIProvider
        from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

        url = choice.base_url or _OPENAI_URL
        timeout = Timeout(None, connect=_CONNECT_S)
        async with AsyncOpenAI(api_key=key or "none", base_url=url, max_retries=0, timeout=timeout) as client:
            if not choice.base_url:
                yield OpenAIChatModel(choice.name, provider=OpenAIProvider(openai_client=client))
                return
            # All of them know max_tokens.
            profile = OpenAIModelProfile(openai_chat_supports_max_completion_tokens=False)
            provider = OpenAICompatibleProvider("server", openai_client=client)
            yield OpenAIChatModel(choice.name, provider=provider, profile=profile)

    return opened


def _on_bedrock(choice: ModelChoice, access: BedrockAccess, patience: Patience) -> HostedModel:
    client = _runtime_client(choice, access)

    @asynccontextmanager
    async def opened() -> AsyncIterator[Model[Any]]:
        """Give the model; boto3's client serves every request."""
        from pydantic_ai.models.bedrock import BedrockConverseModel
        from pydantic_ai.providers.bedrock import BedrockProvider

        yield BedrockConverseModel(choice.name, provider=BedrockProvider(bedrock_client=client))

    return HostedModel(choice, opened, statement=access.statement(choice), patience=patience, caches=True)


def _runtime_client(choice: ModelChoice, access: BedrockAccess) -> Any:
    """Return boto3's client, which asks once: how often it is tried again is decided elsewhere."""
    from botocore.config import Config
    from botocore.exceptions import NoRegionError

    config = Config(
        connect_timeout=_CONNECT_S,
        read_timeout=_READ_S,
        retries={"total_max_attempts": 1, "mode": "standard"},
        user_agent_extra="fa2",
    )
    session: Any = access.session()
    own = _PROFILE_REGION.match(choice.name)  # elsewhere it is not known
    region = choice.region or (own and own[1]) or access.region or session.region_name or os.environ.get("AWS_REGION")
    url = choice.base_url or access.endpoint_url or None
    try:
        return session.client("bedrock-runtime", region_name=region, endpoint_url=url, config=config)
    except NoRegionError as error:
        raise UnusableInput("errors.aws.region") from error
    except ValueError as error:  # an endpoint that is no address
        raise UnusableInput("errors.aws.endpoint", problem=str(error)[:200]) from error


def _plain_session() -> object:
    import boto3

    return boto3.Session()
