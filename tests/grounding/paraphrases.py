"""Paraphrases of what reports on examples/incidents say, true and false, written by hand as a model would write them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fa2.core.messages import Language
from fa2.core.report import Report


@dataclass(frozen=True)
class Paraphrase:
    """A statement on an incident, and what it cites."""

    case: str
    language: Language
    truth: Literal["true", "false", "unseen"]
    """unseen: false in a way that nothing checks, such as a cause that is none."""
    text: str
    cites: tuple[str, ...]
    """Each the end of a claim's key, a colon, and words that stand in the claim's values."""

    def cited(self, report: Report) -> list[str]:
        """Return the ids of the evidence that it cites. Raises LookupError where the report has no such claim."""
        return [id_ for cite in self.cites for id_ in _evidence(report, cite)]


def paraphrases(name: str = "paraphrases") -> Iterator[Paraphrase]:
    """Yield all of paraphrases.toml, or of held_out.toml, which the checker was not made with."""
    read = tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8"))
    for case, groups in read.items():
        for group in groups["groups"]:
            for truth in ("true", "false", "unseen"):
                for text in group.get(truth, []):
                    language: Language = (
                        "en" if text.isascii() or not any("\u3040" <= c <= "\u9fff" for c in text) else "ja"
                    )
                    yield Paraphrase(case, language, truth, text, tuple(group["cites"]))


def _evidence(report: Report, cite: str) -> list[str]:
    key, _, words = cite.partition(":")
    for claim in report.claims:
        values = json.dumps(claim.values, ensure_ascii=False)
        if claim.key.endswith(key) and all(word in values for word in words.split()):
            return claim.evidence
    raise LookupError(cite)
