"""What would be sent to a model, shown: as text for people, as JSON to be searched."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from fa2.core.messages import Catalogue
from fa2.renderers.wording import visible

if TYPE_CHECKING:
    from fa2.core.language_model import Question
    from fa2.redaction.aliases import Hidden


def as_text(sent: Question, aliases: Sequence[Hidden], texts: Catalogue, *, listed: bool) -> str:
    """Return what would be sent, part by part, and what is hidden in it; each alias only where `listed`."""
    return visible("\n".join(_parts(sent, aliases, texts, listed))) + "\n"


def _parts(sent: Question, aliases: Sequence[Hidden], texts: Catalogue, listed: bool) -> Iterator[str]:
    yield texts.text("cli.egress.instructions")
    yield sent.instructions
    for message in sent.messages:
        yield texts.text("cli.egress.message")
        yield message.text
    for tool in sent.tools:
        yield texts.text("cli.egress.tool", name=tool.name)
        yield tool.description
        yield json.dumps(dict(tool.arguments), ensure_ascii=False)
    yield texts.text("cli.egress.tokens", n=_tokens(sent))
    kinds = Counter(alias.kind for alias in aliases)
    shown = texts.template("report.list_separator").join(f"{texts.word(f'hidden.{k}')} {n}" for k, n in kinds.items())
    yield texts.text("cli.egress.hidden", n=len(aliases), kinds=shown or "–")
    if listed:
        yield from (f"  {alias.alias}  {alias.shown}" for alias in aliases)
    yield texts.text("cli.egress.later")


def in_json(sent: Question, aliases: Sequence[Hidden] | None) -> str:
    """Return what would be sent as JSON, with the aliases where they are asked for."""
    shown: dict[str, object] = {**asdict(sent), "estimated_tokens": _tokens(sent)}
    if aliases is not None:
        shown["aliases"] = [asdict(alias) for alias in aliases]
    return json.dumps(shown, ensure_ascii=False, indent=1, default=dict) + "\n"


def _tokens(sent: Question) -> int:
    from fa2.investigator.limits import question_tokens

    return question_tokens(sent)
