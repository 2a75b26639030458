"""Templates that differ in how much of a value is there: none in the brackets, more of them in a list, or text around it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable

from fa2.logs.patterns import VARIABLE

_V = re.escape(VARIABLE)
_PAIRS = ("()", "[]", "{}", '""', "''")
_EMPTY = re.compile("|".join(rf"{re.escape(pair[0])}(?:{_V})?{re.escape(pair[1])}" for pair in _PAIRS))
_MEMBER = rf"(?:{_V}|[A-Za-z]+[0-9])"
_NAMES = re.compile(rf"(?<![\w<>*.-]){_MEMBER}(?: {_MEMBER}(?![\w.-]))+")
_LIST = re.compile(rf"{_V}(?:(?: |, ?| ?; ?){_V})+")
_REPEATED = re.compile(rf"(?<!\S)(\S(?:(?!{_V}).){{0,60}}{_V}.{{0,60}}?)(?:[ ,;]+\1)+(?!\S)")
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
    """Unify templates that differ in one field which is a value in one of them and holds a value in the others."""
    alike: dict[tuple[str, ...], set[str]] = defaultdict(set)
    whole: set[tuple[str, ...]] = set()
    for template in templates:
        fields = _FIELD.findall(template)
        for n, field in enumerate(fields):
            if VARIABLE in field:
                key = (*fields[:n], VARIABLE, *fields[n + 1 :])
                alike[key].add(template)
                if field == VARIABLE:
                    whole.add(key)
    return {
        template: "".join(key)
        for key, variants in sorted(alike.items())
        if key in whole and len(variants) > 1
        for template in variants
    }


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
