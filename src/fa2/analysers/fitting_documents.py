"""Documents that fit what was found: runbooks and past notes on the suspects, their mechanisms and messages."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence

from fa2.core.addresses import web_address
from fa2.core.analysis import DocumentSearch, FittingDocument
from fa2.core.evidence import Query
from fa2.core.messages import LANGUAGES, Statement, Value, catalogue
from fa2.core.observations import Observation
from fa2.core.ranked import RankedSuspect
from fa2.core.telemetry import Telemetry
from fa2.documents import terms
from fa2.documents.asking import incident_texts
from fa2.documents.searching import Hit, Part, search
from fa2.documents.sections import sections

MOST = 3
"""Documents that a report tells, unless another number is set."""
_LETTERS = 4_000_000
"""Letters of documents that are read word by word; of more, those with the most of the words."""
_SUSPECTS = (1.5, 1.0, 0.7)
"""Weights of the first suspects' names and mechanisms."""
_OBSERVATIONS = 10
_MESSAGE = 0.5
"""Weight of a word in a log pattern, an error text or a metric's name."""
_SAID = ("pattern", "error", "name", "action", "error_code")
"""Values of statements that hold words of programs."""
_TOKEN = re.compile(r"<[^<>]*>")
_PLACE = re.compile(r"#L\d+\Z")


def fitting_documents(
    telemetry: Telemetry,
    observations: Sequence[Observation],
    suspects: Sequence[RankedSuspect],
    *,
    at_most: int = MOST,
) -> DocumentSearch | None:
    """Return the sections that fit best, `at_most` and one of each document; null without the table.

    What is looked for: the question, the alarm, names and mechanisms of the first suspects, and words of
    the strongest observations. Each comes with an observation whose evidence is the sentences that matched.
    """
    if not telemetry.has("documents"):
        return None
    wanted = terms.of_terms(_wanted(telemetry, observations, suspects))
    ((searched,),) = telemetry.rows("SELECT count(*) FROM documents")
    texts = dict(_parts(telemetry, wanted)) if wanted.terms else {}
    hits = search(list(texts), wanted, at_most)
    return DocumentSearch(searched, tuple(_fitting(telemetry, hit, texts[hit.part]) for hit in hits))


def _wanted(
    telemetry: Telemetry, observations: Sequence[Observation], suspects: Sequence[RankedSuspect]
) -> Iterator[terms.Term]:
    for text, weight in incident_texts(telemetry.incident):
        yield from terms.terms(text, weight)
    for suspect, weight in zip(suspects, _SUSPECTS, strict=False):
        yield from terms.terms(suspect.service, weight)
        if suspect.mechanism:
            names = [catalogue(language).word(f"mechanism.{suspect.mechanism}") for language in LANGUAGES]
            yield from terms.one_of(names, weight)
    telling = [o for o in observations if o.role != "context" and o.strength >= 0.3]
    for observation in sorted(telling, key=lambda o: -o.strength)[:_OBSERVATIONS]:
        for text in _said(observation):
            yield from terms.terms(text, _MESSAGE)


def _said(observation: Observation) -> Iterable[str]:
    values = (observation.statement.values.get(name) for name in _SAID)
    return (_TOKEN.sub(" ", value) for value in values if isinstance(value, str))


def _parts(telemetry: Telemetry, wanted: terms.Query) -> Iterator[tuple[Part, str]]:
    """Yield the sections of the rows, each with the text of its row; no more than _LETTERS in all.

    Rows with the most of the wanted words come first, and decide which are read where there are many.
    """
    rows = telemetry.rows(
        """SELECT id, title, text, url FROM (SELECT DISTINCT id, title, text, url FROM documents)
        ORDER BY len(list_filter(string_split($words, ' '),
            lambda word: contains(lower(concat_ws(' ', title, text)), word))) DESC, id, text""",
        {"words": " ".join(wanted.words)},
    )
    read = 0
    for id_, title, text, url in rows:
        if read and read + len(text) > _LETTERS:
            return
        read += len(text)
        for section in sections(text, title):
            yield Part(id_, _PLACE.sub("", id_), section, url), text


def _fitting(telemetry: Telemetry, hit: Hit, text: str) -> FittingDocument:
    part = hit.part
    asked = telemetry.ask(_query(hit, text))
    values = dict(zip(asked.columns, asked.rows[0], strict=True))
    said: dict[str, Value] = {"document": part.id, **{n: values[n] for n in ("passage", "further") if n in values}}
    key = "observations.document.two" if "further" in said else "observations.document.one"
    return FittingDocument(
        Observation("document", Statement(key, said), (asked,), role="context"),
        title=part.section.title,
        url=web_address(part.url),
        terms=hit.terms,
    )


def _query(hit: Hit, text: str) -> Query:
    """Return the query for the sentences that matched, in the document as it is now."""
    parameters: dict[str, Value] = {"id": hit.part.id, "hash": hashlib.sha256(text.encode()).hexdigest()}
    columns = ["id", "title", "url"]
    for name, passage in zip(("passage", "further"), hit.passages, strict=False):
        parameters[f"{name}_at"] = hit.part.section.start + passage.start + 1
        parameters[f"{name}_length"] = len(passage.text)
        columns.append(f"substr(text, ${name}_at, ${name}_length) AS {name}")
    return Query(
        "documents",
        f"SELECT DISTINCT {', '.join(columns)} FROM documents WHERE id = $id AND sha256(text) = $hash",
        parameters,
    )
