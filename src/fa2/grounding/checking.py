"""Whether a statement is borne out by the evidence that it cites. Code decides; no model is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from fa2.core.messages import Statement
from fa2.grounding.borne import Borne
from fa2.grounding.exhibits import Exhibit
from fa2.grounding.figures import Figures
from fa2.grounding.grounds import Grounds
from fa2.grounding.movements import Movements
from fa2.grounding.plain_text import LONGEST, comparable
from fa2.grounding.quoting import quoted_from
from fa2.grounding.reading import BLANK, Fact, Reading, read
from fa2.grounding.sentences import Sentences
from fa2.grounding.subjects import misplaced
from fa2.grounding.timing import borne_time
from fa2.grounding.wording import Wording

_SHOWN = 120
_MOST = 100
"""Numbers that a statement may have: each is held against every cell, and against the words around it."""
_TOLD_ERROR = re.compile(r"(?:Error|エラー): (?P<said>\S.{20,})$", re.DOTALL)
_CUT = re.compile(r"\s?(?:…|\.{3})")


def check(text: str, cited: Sequence[str], grounds: Grounds) -> Statement | None:
    """Return why a statement does not stand; null where it does.

    It stands when it cites evidence that there is, and each id, number, time, name, quotation and direction in it is
    found in that evidence. Costs about half a millisecond; time grows with the length of the text.
    """
    return next(_problems(text, cited, grounds, wished=False), None)


def check_order(text: str, cited: Sequence[str], grounds: Grounds) -> Statement | None:
    """Return why something to do does not stand, as `check` does; its words of direction are wishes and are not held."""
    return next(_problems(text, cited, grounds, wished=True), None)


def check_guess(text: str, grounds: Grounds) -> Statement | None:
    """Return why something that is not known yet may not be said; null where it may.

    It cites nothing: what it names, quotes and counts has to be in any of the evidence, or be a name that is known.
    """
    if len(text) > LONGEST:
        return Statement("grounding.long", {"n": LONGEST})
    exhibits = grounds.exhibits
    reading = read(text, grounds.names, copies=[e.copies for e in exhibits])
    if len(reading.of("number")) > _MOST:
        return Statement("grounding.many", {"n": _MOST})
    borne = Figures(Wording(reading, _sentences(reading), exhibits, wished=True), grounds.bounds).borne
    return next(_parts(reading, borne, exhibits, grounds, guess=True), None)


def _problems(text: str, cited: Sequence[str], grounds: Grounds, *, wished: bool) -> Iterator[Statement]:
    if not text.strip():
        yield Statement("grounding.empty")
        return
    if len(text) > LONGEST:
        yield Statement("grounding.long", {"n": LONGEST})
        return
    if not cited:
        yield Statement("grounding.uncited")
        return
    exhibits: list[Exhibit] = []
    for id_ in dict.fromkeys(cited):
        exhibit = grounds.exhibit(id_)
        if exhibit is None:
            yield Statement("grounding.missing", {"evidence": _shown(id_)})
            return
        exhibits.append(exhibit)
    reading = read(text, grounds.names, _verbatim(exhibits), [e.copies for e in exhibits])
    if len(reading.of("number")) > _MOST:
        yield Statement("grounding.many", {"n": _MOST})
        return
    sentences = _sentences(reading)
    yield from _ids(reading, cited, grounds)
    borne = Figures(Wording(reading, sentences, exhibits, wished=wished), grounds.bounds).borne
    yield from _parts(reading, borne, exhibits, grounds, guess=False)
    if not wished:
        yield from _directions(Movements(reading, sentences, exhibits, borne), reading)
    yield from misplaced(reading, exhibits)
    yield from _told_error(reading, exhibits)
    if not _says_something(reading, exhibits):
        yield Statement("grounding.nothing")


def _parts(
    reading: Reading, borne: Sequence[tuple[Fact, Borne]], exhibits: Sequence[Exhibit], grounds: Grounds, *, guess: bool
) -> Iterator[Statement]:
    """Yield what is said and not found: names, quotations, times, percentiles, numbers."""
    for fact in reading.facts:
        if fact.kind == "name" and not _named(fact, exhibits) and not (guess and grounds.names.find(fact.text)):
            yield Statement("grounding.name", {"said": _shown(fact.text)})
        elif fact.kind == "quotation" and not any(quoted_from(fact.text, e) for e in exhibits):
            yield Statement("grounding.quotation", {"said": _shown(fact.text)})
        elif fact.kind == "time" and not borne_time(fact, reading, exhibits, grounds.bounds):
            yield Statement("grounding.time", {"said": _shown(fact.text)})
        elif fact.kind == "percentile" and not any(fact.text in e.percentiles for e in exhibits):
            yield Statement("grounding.number", {"said": _shown(fact.text)})
    for fact, found in borne:
        if not found.direct and not _harmless(fact, reading):
            key = "grounding.swapped" if found.swapped else "grounding.number"
            yield Statement(key, {"said": _shown(fact.text)})


def _ids(reading: Reading, cited: Sequence[str], grounds: Grounds) -> Iterator[Statement]:
    for fact in reading.of("id"):
        if fact.text.startswith("E") and len(fact.text) > 8:
            if grounds.exhibit(fact.text) is None:
                yield Statement("grounding.missing", {"evidence": fact.text})
            elif fact.text not in cited:
                yield Statement("grounding.not_cited", {"evidence": fact.text})
        elif fact.text.startswith("C") and grounds.claims and fact.text not in grounds.claims:
            yield Statement("grounding.missing", {"evidence": fact.text})


def _directions(movements: Movements, reading: Reading) -> Iterator[Statement]:
    for fact in reading.of("direction"):
        shown = movements.show(fact)
        if not shown.agrees:
            key = "grounding.direction" if shown.known else "grounding.no_direction"
            yield Statement(key, {"said": _shown(fact.text)})
    if (only := movements.only()) is not None:
        yield Statement("grounding.direction", {"said": _shown(only.text)})


def _named(fact: Fact, exhibits: Sequence[Exhibit]) -> bool:
    if fact.way in ("verbatim", "counted"):
        return True
    said = comparable(fact.text)
    forms = {said, said.removesuffix("'s"), said.rstrip(".:,/")}
    if fact.way == "marked" and said.isalpha():  # the payment service may be called payments
        forms |= {said + "s", said.removesuffix("s")}
    return any(exhibit.holds(form) for exhibit in exhibits for form in forms if form)


def _told_error(reading: Reading, exhibits: Sequence[Exhibit]) -> Iterator[Statement]:
    """Yield an error that is told without quotation marks, begins as one of the evidence's does, and goes on otherwise."""
    told = _TOLD_ERROR.search(reading.plain.text)
    if told is None:
        return
    said = comparable(told["said"])
    alike = [text for e in exhibits for _, _, text in e.texts if text.startswith(said[:20])]
    if alike and not any(_tells(said, text) for text in alike):
        yield Statement("grounding.quotation", {"said": _shown(said)})


def _tells(said: str, error: str) -> bool:
    """Tell whether an error is told as far as a full stop or the end, or to a "…" that is not its own."""
    if error.startswith(said.rstrip(".。")) or said.startswith(error):
        return True
    return any(
        error.startswith(said[: cut.start()]) and not error.startswith(said[: cut.end()]) for cut in _CUT.finditer(said)
    )


def _says_something(reading: Reading, exhibits: Sequence[Exhibit]) -> bool:
    """Tell whether anything in it was held to the evidence; what is left was found there."""
    times = [f for f in reading.of("time") if borne_time(f, reading, exhibits, ())]
    numbers = [f for f in reading.of("number") if not _harmless(f, reading)]
    return bool(times or numbers or reading.of("name") or reading.of("quotation"))


def _harmless(fact: Fact, reading: Reading) -> bool:
    """Tell whether a number counts nothing: that of an item in a list, "one of", or an ordinal."""
    text = reading.blanked
    if re.match(r"[.)]\s", text[fact.end : fact.end + 2]) and not text[: fact.start].rsplit("\n", 1)[-1].strip(
        " (*-" + BLANK
    ):
        return True
    return bool(re.search(r"第$", text[: fact.start]) or re.match(r"(?:番目|つ目|回目)", text[fact.end :]))


def _sentences(reading: Reading) -> Sentences:
    return Sentences(reading.blanked, reading.plain.text, [f.quantity for f in reading.facts if f.quantity is not None])


def _verbatim(exhibits: Sequence[Exhibit]) -> list[str]:
    """Return the texts of the evidence that are names though they do not look like one, or hold numbers and marks."""
    found: dict[str, None] = {}
    for exhibit in exhibits:
        for _, _, text in exhibit.stated:
            if re.search(r"[A-Za-zぁ-ヺ一-鿿]", text) and re.search(r"[^A-Za-z]", text):
                found[text] = None
    return list(found)


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
