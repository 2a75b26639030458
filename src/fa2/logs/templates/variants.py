"""Templates that differ in how much of a value is there: none in the brackets, more of them in a list, or text around it."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from fa2.logs.patterns.pattern import VARIABLE

_V = re.escape(VARIABLE)
_PAIRS = ("()", "[]", "{}", '""', "''")
_EMPTY = re.compile("|".join(rf"{re.escape(pair[0])}(?:{_V})?{re.escape(pair[1])}" for pair in _PAIRS))
_MEMBER = rf"(?:{_V}|[A-Za-z]+[0-9])"
_NAMES = re.compile(rf"(?<![\w<>*.-]){_MEMBER}(?: {_MEMBER}(?![\w.-]))+")
_LIST = re.compile(rf"{_V}(?:(?: |, ?| ?; ?){_V})+")
_REPEATED = re.compile(rf"(?<!\S)(\S(?:(?!{_V}).){{0,60}}{_V}.{{0,60}}?)(?:[ ,;]+\1)+(?!\S)")
_DIFFERING, _OPEN, _SAYING = 3, 8, 2
"""How many fields may differ, how many are tried, and how many words have to stay."""
_MANY = 6
"""Values that a template must have before it is searched for repetitions, which takes long."""
_FIELD = re.compile(r"\s+|[,;:.]+(?=\s|$)|(?:[^\s,;:.]|[,;:.](?!\s|$))+")


def unify(templates: Iterable[str]) -> dict[str, str]:
    """Return for each template the one that stands for it and its variants; a template without variants is itself."""
    found = {template: template for template in templates}
    for step in (_fields, _brackets, _lists):
        now = step(sorted(set(found.values())))
        found = {template: now.get(text, text) for template, text in found.items()}
    return found


def _fields(templates: list[str]) -> dict[str, str]:
    """Give a template to a more general one: where they differ, that has a value, and this what looks like one."""
    general = {tuple(_FIELD.findall(template)): template for template in templates}
    values: dict[int, set[int]] = defaultdict(set)
    for fields in general:
        values[len(fields)].update(n for n, field in enumerate(fields) if field == VARIABLE)
    found = {}
    for fields, template in general.items():
        for key in _generalised(fields, values[len(fields)]):
            if key in general:
                found[template] = general[key]
                break
    return {template: _most_general(general, found) for template, general in found.items()}


def _most_general(template: str, found: dict[str, str]) -> str:
    while template in found:
        template = found[template]
    return template


def _generalised(fields: tuple[str, ...], values: set[int]) -> Iterator[tuple[str, ...]]:
    """Yield the fields with one to three of those that look like values as <*>, if some of what they say is left.

    values: where templates of so many fields have values.
    """
    open_ = [n for n in sorted(values) if fields[n] != VARIABLE and _looks_like_a_value(fields[n])][:_OPEN]
    says = [_says_something(field) for field in fields]
    for size in range(1, _DIFFERING + 1):
        for places in itertools.combinations(open_, size):
            left = sum(says) - sum(says[n] for n in places)
            if left >= _SAYING or (size == 1 and VARIABLE in fields[places[0]]):
                yield tuple(VARIABLE if n in places else field for n, field in enumerate(fields))


def _looks_like_a_value(field: str) -> bool:
    return VARIABLE in field or (not field.isalpha() and any(map(str.isalnum, field)))


def _says_something(field: str) -> bool:
    return sum(map(str.isalpha, field)) > 2


def _brackets(templates: list[str]) -> dict[str, str]:
    """Unify templates with a value in brackets or quotes with those that have none there."""
    return _variants(templates, lambda text: _EMPTY.sub(lambda pair: pair[0][0] + VARIABLE + pair[0][-1], text))


def _lists(templates: list[str]) -> dict[str, str]:
    """Unify templates with lists of values of different lengths."""
    return _variants(templates, lambda text: _LIST.sub(VARIABLE, _NAMES.sub(VARIABLE, _once(text))))


def _once(text: str) -> str:
    """Return a template with a value for what it says several times in a row, values included."""
    return _REPEATED.sub(VARIABLE, text) if text.count(VARIABLE) >= _MANY else text


def _variants(templates: list[str], general: Callable[[str], str]) -> dict[str, str]:
    alike: dict[str, list[str]] = defaultdict(list)
    for template in templates:
        alike[general(template)].append(template)
    return {text: key for key, variants in alike.items() if len(variants) > 1 for text in variants}
