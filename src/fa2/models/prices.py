"""What a model's tokens cost, at list prices that came with genai-prices; nothing is looked up elsewhere."""

from __future__ import annotations

import re
from decimal import Decimal

from fa2.core.language_model import Tokens
from fa2.models.choosing import ModelChoice

_PRICED = {"bedrock": "aws", "anthropic": "anthropic", "openai": "openai"}
_SMALL = 1000
"""Tokens that a price is taken from: below where long questions cost more."""
_FOUNDATION = re.compile(r"^arn:[^:]*:bedrock:[^:]*::foundation-model/")


def usd_per_token(choice: ModelChoice) -> tuple[float, float] | None:
    """Return dollars a token of input and of output; null where nobody knows."""
    given = (choice.usd_per_million_input, choice.usd_per_million_output)
    listed = _listed(choice, Tokens(_SMALL, _SMALL))
    per_token = [
        price / 1e6 if price is not None else float(of_list) / _SMALL if of_list is not None else None
        for price, of_list in zip(given, listed or (None, None), strict=True)
    ]
    return None if per_token[0] is None or per_token[1] is None else (per_token[0], per_token[1])


def usd(choice: ModelChoice, tokens: Tokens, written: int = 0) -> float | None:
    """Return what some tokens cost; null where nobody knows.

    written: tokens of the input that went into the provider's cache, which costs more than plain input.
    """
    if choice.usd_per_million_input is None and choice.usd_per_million_output is None:
        listed = _listed(choice, tokens, written)
        return None if listed is None else float(sum(listed))
    prices = usd_per_token(choice)
    return None if prices is None else tokens.input * prices[0] + tokens.output * prices[1]


def _listed(choice: ModelChoice, tokens: Tokens, written: int = 0) -> tuple[Decimal, Decimal] | None:
    """Return dollars of input and of output by the list; null for a model it does not have, and elsewhere than at the
    provider's own address, where a model of the same name may cost anything."""
    if choice.provider not in _PRICED or (choice.base_url and choice.provider != "bedrock"):
        return None
    from genai_prices import Usage, calc_price

    usage = Usage(
        input_tokens=tokens.input,
        output_tokens=tokens.output,
        cache_read_tokens=tokens.cached,
        cache_write_tokens=written,
    )
    name = _FOUNDATION.sub("", choice.name)
    try:
        price = calc_price(usage, name, provider_id=_PRICED[choice.provider])
    except (LookupError, ValueError):
        return None
    return Decimal(price.input_price), Decimal(price.output_price)
