"""The small corpus of runbooks and notes that tests and bench/documents.py search, and what is asked of it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fa2.documents.searching import Part
from fa2.sources.documents.rows import titled

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"


@dataclass(frozen=True)
class Asked:
    """A graded query."""

    text: str
    kind: Literal["question", "incident"]
    language: Literal["en", "ja"]
    fitting: dict[str, int]
    """By document: 2 answers it, 1 helps. Empty where nothing in the corpus does."""
    held_out: bool = False


def asked() -> list[Asked]:
    """Return the graded queries."""
    return [Asked(**query) for query in tomllib.loads((HERE / "queries.toml").read_text(encoding="utf-8"))["query"]]


def corpus() -> dict[str, str]:
    """Return the text of each document by its path."""
    files = sorted(file for file in CORPUS.rglob("*") if file.is_file())
    return {file.relative_to(CORPUS).as_posix(): file.read_text(encoding="utf-8") for file in files}


def parts() -> list[Part]:
    """Return the sections of the corpus as a search takes them."""
    return [
        Part(f"{name}#L{section.line}", name, section)
        for name, written in corpus().items()
        for section in titled(name, written)
    ]
