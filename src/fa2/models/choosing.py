"""Which model is meant: PROVIDER:NAME as it is written on the command line, and what else belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from fa2.core.errors import UnusableInput

Provider = Literal["bedrock", "anthropic", "openai", "recorded"]
PROVIDERS: tuple[Provider, ...] = get_args(Provider)


@dataclass(frozen=True)
class ModelChoice:
    """A model of a provider, where it is asked, and what it costs where the user knows better."""

    provider: Provider
    name: str
    """As the provider calls it: an id, an inference profile or its ARN; for `recorded`, the path of a run."""
    base_url: str = ""
    """Another address than the provider's own."""
    region: str = ""
    """Of Bedrock; empty: the one that AWS's settings name."""
    usd_per_million_input: float | None = None
    usd_per_million_output: float | None = None
    """Null: the list price, where there is one."""

    def __str__(self) -> str:
        return f"{self.provider}:{self.name}"


def parse_choice(text: str, *, base_url: str = "", region: str = "") -> ModelChoice:
    """Return the model that PROVIDER:NAME means; NAME may hold colons and slashes.

    Raises UnusableInput for an unknown provider, a missing name and an address that is none.
    """
    provider, colon, name = text.strip().partition(":")
    if not colon or not name:
        raise UnusableInput("errors.model.form", text=text[:200], known=", ".join(PROVIDERS))
    if provider not in PROVIDERS:
        raise UnusableInput("errors.model.provider", name=provider[:200], known=", ".join(PROVIDERS))
    return checked(ModelChoice(provider, name, base_url.strip(), region))


def checked(choice: ModelChoice) -> ModelChoice:
    """Return a choice as it is. Raises UnusableInput where it lacks a name, or its address is none."""
    if not choice.name:
        raise UnusableInput("errors.model.form", text=str(choice), known=", ".join(PROVIDERS))
    if choice.base_url and not choice.base_url.startswith(("http://", "https://")):
        raise UnusableInput("errors.model.base_url", url=choice.base_url[:200])
    return choice
