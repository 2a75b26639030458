"""A language model from which secrets and personal data are kept: it sees aliases, and we see what they stand for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from fa2.core.deadlines import Deadline
from fa2.core.language_model import Answer, Hearer, LanguageModel, Question
from fa2.redaction.aliases import LONGEST_ALIAS, Aliases

_UNFINISHED = re.compile(r"<[^<>\s]*\Z")


class RedactingModel:
    """Stands in front of another model and hides all that goes to it: instructions, messages, results, calls, tools."""

    def __init__(self, model: LanguageModel, aliases: Aliases) -> None:
        self._model = model
        self._aliases = aliases

    @property
    def name(self) -> str:
        """The name of the model behind."""
        return self._model.name

    @property
    def usd_per_token(self) -> tuple[float, float] | None:
        """What the model behind costs."""
        return self._model.usd_per_token

    def ask(self, question: Question, deadline: Deadline, hearer: Hearer | None = None, /) -> Answer:
        """Return the answer with values in place of aliases, in the text, in the calls and in what the hearer is told."""
        heard = hearer or Hearer()
        pieces = RestoredPieces(self._aliases, heard.text)
        answer = self._model.ask(self._aliases.hidden(question), deadline, replace(heard, text=pieces.add))
        pieces.end()
        return self._aliases.restored(answer)


class RestoredPieces:
    """Restores a text that arrives in pieces; an alias cut in two is held back until it is whole."""

    def __init__(self, aliases: Aliases, tell: Callable[[str], None]) -> None:
        self._aliases = aliases
        self._tell = tell
        self._held = ""

    def add(self, piece: str) -> None:
        """Take a piece, and pass on what cannot be the beginning of an alias."""
        text = self._held + piece
        cut = _UNFINISHED.search(text, max(0, len(text) - LONGEST_ALIAS))
        whole, self._held = (text[: cut.start()], text[cut.start() :]) if cut else (text, "")
        if whole:
            self._tell(self._aliases.restore(whole))

    def end(self) -> None:
        """Pass on what was held back."""
        if self._held:
            self._tell(self._aliases.restore(self._held))
        self._held = ""
