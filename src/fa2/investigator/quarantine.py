"""Data made fit to be shown to a model: between markers that it cannot forge, and without what reads like an instruction."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from fa2.core.messages import Language, Value, catalogue
from fa2.core.report import EvidenceRecord
from fa2.core.visible_text import one_line
from fa2.redaction.instructions import reads_like_instruction

_MARK = "DATA"
_NAMES = frozenset(("service", "caller", "callee", "level", "source", "name", "namespace", "stat"))
"""Parameters that are names of the data."""
_SPACES = re.compile(r"\\s[+*]|\(\.\*\?\)")
_MARKS = re.compile(r"\\(?=[^\w\s])|[\^$]")


class Quarantine:
    """Quotes the data of one investigation."""

    def __init__(self, language: Language, *, seed: str) -> None:
        """seed: markers are made from it and from the data, so that the same data gives the same prompt."""
        self._texts = catalogue(language)
        self._seed = seed

    def block(self, text: str, /) -> str:
        """Return text between markers that do not occur in it, however letters are written."""
        marker = self._marker(text)
        return f"<{marker}>\n{text}\n</{marker}>"

    def value(self, text: str, at_most: int, /) -> str:
        """Return one value on one line: cut, nothing unseen, and a note in place of what reads like an instruction."""
        if reads_like_instruction(text):
            return self._texts.text("investigator.withheld", n=len(text))
        shown = one_line(text)
        return shown if len(shown) <= at_most else f"{shown[: at_most - 1]}…"

    def _marker(self, text: str) -> str:
        plain = "".join(c for c in unicodedata.normalize("NFKC", text).upper() if c.isalnum())
        for attempt in range(1_000):
            digest = hashlib.sha256(f"{self._seed}\n{attempt}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()
            marker = f"{_MARK}-{digest[:12].upper()}"
            if marker.replace("-", "") not in plain:
                return marker
        raise AssertionError("no text holds a thousand hashes of itself")


def without_instructions(record: EvidenceRecord) -> EvidenceRecord:
    """Return evidence in which values that read like an instruction are null.

    Where what was searched for reads like one, as the expression for a log pattern may, only names are left of it.
    """
    rows: list[list[Value]] = [[_harmless(value) for value in row] for row in record.rows]
    asked = record.parameters
    tainted = any(isinstance(value, str) and reads_like_instruction(_as_text(value)) for value in asked.values())
    parameters = {name: value for name, value in asked.items() if not tainted or name in _NAMES}
    return record.model_copy(update={"rows": rows, "parameters": parameters})


def _as_text(expression: str) -> str:
    """Return a regular expression about as the text that it finds."""
    return _MARKS.sub("", _SPACES.sub(" ", expression))


def _harmless(value: Value) -> Value:
    return None if isinstance(value, str) and reads_like_instruction(value) else value
