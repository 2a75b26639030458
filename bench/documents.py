"""How well runbooks are found: graded questions on a small corpus, by several ways to cut words and to rank.

    python bench/documents.py [--files 2000]

Corpus and questions are those of tests/documents: twelve short documents in English and Japanese, and what
people ask of them, some of it in the other language, some of it about nothing that is there. Compared are

    fa2         the search as it is: sections, words, glossary, ranking and least relevance
    own words   fa2's words in SQLite's FTS5, all of the question's, ranked by FTS5's bm25
    unicode61   FTS5's default tokenizer, all words of the question
    trigram     FTS5's trigram tokenizer, all three letters next to each other in the question

    recall@3    share of the fitting documents that are among the first three
    mrr         mean of 1 / place of the first fitting document
    quiet       share of questions about nothing there that get no answer
    told        share of all answers among the first three that fit

Held-out questions were written after the weights of fa2 had been chosen. The times are those of an index on
files drawn from the corpus again: made, opened with nothing changed, and searched.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, median

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "documents"))

from corpora import Asked, asked, corpus, parts
from harness import RESULTS, machine

from fa2.core.ports import Gaps
from fa2.documents.ranking import Counted, fit, stock_of
from fa2.documents.searching import Part, search
from fa2.documents.terms import query
from fa2.documents.words import words
from fa2.sources.documents.folder import opened_folder

Finder = Callable[[str], list[str]]
"""From a question to documents, best first."""
Figures = Mapping[str, float]


def main() -> bool:
    """Print the tables, write results/documents.json and return whether fa2 is the best of all."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--files", type=int, default=2000, help="files of the folder that is timed")
    files = options.parse_args().files
    ways: dict[str, Finder] = {
        "fa2": _found,
        "own words": _fts5("ascii", words),
        "unicode61": _fts5("unicode61", lambda text: re.findall(r"\w+", text)),
        "trigram": _fts5("trigram", _trigrams),
    }
    groups = {
        "all": asked(),
        "English": [a for a in asked() if a.language == "en"],
        "Japanese": [a for a in asked() if a.language == "ja"],
        "held out": [a for a in asked() if a.held_out],
    }
    figures = {
        group: {way: _figures(find, questions) for way, find in ways.items()} for group, questions in groups.items()
    }
    for group, by_way in figures.items():
        _print(f"{group} ({len(groups[group])} questions)", by_way)
    relevance, times = _relevance(), _times(files)
    print(f"\nrelevance of the best section: {json.dumps(relevance)}\ntimes in s: {json.dumps(times)}")
    _keep({"figures": figures, "relevance": relevance, "files": files, "times_s": times})
    best = figures["all"]
    return all(best["fa2"][name] >= max(way[name] for way in best.values()) for name in ("recall@3", "mrr", "quiet"))


def _found(text: str) -> list[str]:
    return [hit.part.document for hit in search(parts(), query([(text, 1.0)]))]


def _fts5(tokenizer: str, cut: Callable[[str], Sequence[str]]) -> Finder:
    """Return a search in FTS5 over the same sections; cut makes the words of a question, and of texts for ascii."""
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE VIRTUAL TABLE search USING fts5(file UNINDEXED, title, body, tokenize = '{tokenizer}')")
    for part in parts():
        texts = [part.section.title, part.section.text]
        given = [" ".join(cut(text)) for text in texts] if tokenizer == "ascii" else texts
        connection.execute("INSERT INTO search VALUES (?, ?, ?)", (part.document, *given))

    def find(text: str) -> list[str]:
        wanted = " OR ".join(f'"{word}"' for word in dict.fromkeys(cut(text)))
        sql = "SELECT file FROM search WHERE search MATCH ? ORDER BY bm25(search, 0.0, 3.0, 1.0)"
        rows = connection.execute(sql, (wanted,)).fetchall() if wanted else []
        return list(dict.fromkeys(row[0] for row in rows))

    return find


def _trigrams(text: str) -> list[str]:
    return [text[n : n + 3] for n in range(len(text) - 2) if '"' not in text[n : n + 3]]


def _figures(find: Finder, questions: Sequence[Asked]) -> Figures:
    answered = [(find(a.text), a.fitting) for a in questions if a.fitting]
    unanswered = [find(a.text) for a in questions if not a.fitting]
    told = [name in fitting for found, fitting in answered for name in found[:3]]
    told += [False for found in unanswered for _ in found[:3]]
    return {
        "recall@3": mean(len(fitting.keys() & set(found[:3])) / len(fitting) for found, fitting in answered),
        "mrr": mean(_reciprocal(found, fitting) for found, fitting in answered),
        "quiet": mean(not found for found in unanswered),
        "told": mean(told or [False]),
    }


def _reciprocal(found: Sequence[str], fitting: Mapping[str, int]) -> float:
    return next((1 / place for place, name in enumerate(found, 1) if name in fitting), 0.0)


def _relevance() -> dict[str, dict[str, float]]:
    """Return the relevance of the best section, least and most, of questions with and without an answer."""
    every: list[Part] = parts()
    counted = [Counted.of(part.section.title, part.section.text) for part in every]
    best: dict[str, list[float]] = {"answered": [], "unanswered": []}
    for a in asked():
        wanted = query([(a.text, 1.0)])
        stock = stock_of(counted, wanted)
        fits = [(fit(wanted, c, stock).relevance, p.document) for c, p in zip(counted, every, strict=True)]
        kind = "answered" if a.fitting else "unanswered"
        best[kind].append(max(r for r, document in fits if document in a.fitting or not a.fitting))
    return {kind: {"least": round(min(v), 3), "most": round(max(v), 3)} for kind, v in best.items()}


def _times(files: int) -> dict[str, float]:
    chance = random.Random(1)
    paragraphs = [text for written in corpus().values() for text in written.split("\n\n") if text.strip()]
    with tempfile.TemporaryDirectory() as scratch:
        folder, index = Path(scratch) / "runbooks", Path(scratch) / "index.db"
        folder.mkdir()
        for n in range(files):
            drawn = "\n\n".join(chance.choices(paragraphs, k=12))
            (folder / f"{n:05}.md").write_text(f"# Note {n}\n\n{drawn}\n", encoding="utf-8")
        made = _timed(lambda: _open(folder, index))
        again = median(_timed(lambda: _open(folder, index)) for _ in range(5))
        with opened_folder(folder, index, Gaps()) as documents:
            searched = median(_timed(lambda a=a: documents.search(query([(a.text, 1.0)]))) for a in asked())
    return {"made": round(made, 3), "opened again": round(again, 3), "searched": round(searched, 4)}


def _open(folder: Path, index: Path) -> None:
    with opened_folder(folder, index, Gaps()):
        pass


def _timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _print(title: str, by_way: Mapping[str, Figures]) -> None:
    names = list(next(iter(by_way.values())))
    print(f"\n{title:24}" + "".join(f"{name:>10}" for name in names))
    for way, figures in by_way.items():
        print(f"{way:24}" + "".join(f"{figures[name]:10.2f}" for name in names))


def _keep(results: Mapping[str, object]) -> None:
    kept = {"benchmark": "documents", "date": datetime.now(UTC).isoformat(timespec="seconds"), **results}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "documents.json").write_text(json.dumps({**kept, "machine": machine()}, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(not main())
