"""Finds all that is to be hidden in a text, each place once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from fa2.redaction.assignments import assigned
from fa2.redaction.headers_and_urls import authorizations, client_options, cookies, user_infos
from fa2.redaction.keys import prefixed, private_keys, random_strings, web_tokens
from fa2.redaction.networks import arns, ips
from fa2.redaction.numbers import accounts, called_numbers, cards_and_my_numbers, cut_numbers
from fa2.redaction.people import addresses, emails, phones
from fa2.redaction.readings import readings
from fa2.redaction.sightings import KINDS, Kind, Recogniser, Sighting

RECOGNISERS: tuple[Recogniser, ...] = (
    private_keys,
    prefixed,
    web_tokens,
    authorizations,
    cookies,
    user_infos,
    client_options,
    assigned,
    random_strings,
    arns,
    accounts,
    cards_and_my_numbers,
    called_numbers,
    cut_numbers,
    emails,
    phones,
    addresses,
    ips,
)

_ORDER = {kind: n for n, kind in enumerate(KINDS)}


@dataclass(frozen=True)
class Place:
    """A place in a text as it stands, half-open, that is to be hidden whole."""

    start: int
    end: int
    kind: Kind
    key: str
    """What all spellings of the value have in common."""
    label: str = ""
    by_context: bool = False


def places(text: str, *, keep: Collection[Kind] = ()) -> list[Place]:
    """Return the places of a text that are to be hidden, in order and apart; kinds in `keep` are left.

    Each recogniser looks at each reading of the text: some milliseconds for 10,000 characters.
    """
    return merged(_found(text, keep))


def _found(text: str, keep: Collection[Kind]) -> Iterator[Place]:
    for reading in readings(text):
        for recogniser in RECOGNISERS:
            for sighting in recogniser(reading):
                if sighting.end > sighting.start and sighting.kind not in keep:
                    yield _placed(sighting, *reading.place(sighting.start, sighting.end), reading.text)


def _placed(sighting: Sighting, start: int, end: int, text: str) -> Place:
    key = sighting.key or text[sighting.start : sighting.end]
    return Place(start, end, sighting.kind, key, sighting.label, sighting.by_context)


def merged(found: Iterable[Place]) -> list[Place]:
    """Return places apart from each other: those that share characters become one, so that nothing is half hidden."""
    apart: list[Place] = []
    for place in sorted(found, key=lambda p: (p.start, -p.end, _ORDER[p.kind])):
        if apart and place.start < apart[-1].end:
            apart[-1] = _joined(apart[-1], place)
        else:
            apart.append(place)
    return apart


def _joined(a: Place, b: Place) -> Place:
    start, end = min(a.start, b.start), max(a.end, b.end)
    whole = [p for p in (a, b) if (p.start, p.end) == (start, end)]
    if not whole:
        kind = min(a.kind, b.kind, key=_ORDER.__getitem__)
        return Place(start, end, kind, "", by_context=a.by_context or b.by_context)
    best = min(whole, key=lambda p: _ORDER[p.kind])
    return Place(start, end, best.kind, best.key, best.label, best.by_context)
