"""Which lines are those of a pattern, as a query can tell: for evidence that anybody can ask again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from fa2.core.messages import Value
from fa2.core.telemetry import Telemetry
from fa2.logs.bundles.bundle_patterns import PatternCount, templates
from fa2.logs.bundles.line_tables import LineTable
from fa2.logs.patterns.matching import spans
from fa2.logs.patterns.pattern import SPACE, VARIABLE, template_regex
from fa2.logs.shapes.dialects import shape_sql

_WORD = re.compile("[A-Za-z]{3,}")


@dataclass(frozen=True)
class Membership:
    """The condition for a row to be a pattern's line, with its parameters."""

    sql: str
    parameters: dict[str, Value]


def membership(telemetry: Telemetry, count: PatternCount) -> Membership:
    """Return the condition for the lines of a pattern of a service and level; it holds for those that were counted.

    It compares shapes with the template's regular expression where that fits the pattern's own shapes and no
    others, else with the list of its shapes. A plain word is looked for first, which costs little.
    """
    regex, word = template_regex(count.pattern), _longest_word(count.pattern)
    fits = _fits(telemetry, count.pattern, regex, word)
    parameters: dict[str, Value] = {"service": count.service, "level": count.level, "word": word}
    parameters |= {"regex": regex} if fits else {"shapes": "\n".join(_shapes(telemetry, count.pattern))}
    return Membership(_sql(count.table, by_regex=fits), parameters)


def _fits(telemetry: Telemetry, pattern: str, regex: str, word: str) -> bool:
    """Return whether a regular expression matches the shapes of a pattern and no others."""
    ((fits,),) = telemetry.rows(
        f"""SELECT bool_and((contains(shape, $word) AND regexp_matches(shape, $regex)) = (pattern = $pattern))
        FROM {telemetry.derived(templates)}""",
        {"word": word, "regex": regex, "pattern": pattern},
    )
    return bool(fits)


def _shapes(telemetry: Telemetry, pattern: str) -> list[str]:
    asked = f"SELECT shape FROM {telemetry.derived(templates)} WHERE pattern = $pattern ORDER BY shape"
    return [shape for (shape,) in telemetry.rows(asked, {"pattern": pattern})]


def stands_for(text: str, parameters: Mapping[str, Value]) -> bool:
    """Return whether a pattern, perhaps cut at its end with a …, is the one that a membership's parameters tell."""
    whole = not text.endswith("…")
    template = text.removesuffix("…").strip(SPACE)
    if "regex" in parameters:
        asked, regex = str(parameters["regex"]), template_regex(template)
        return asked == regex or (not whole and asked.startswith(regex.removesuffix(r"\s*$")))
    asked = str(parameters.get("shapes", ""))
    if not whole:
        template += VARIABLE
    return bool(asked) and all(spans(template, shape) is not None for shape in asked.split("\n"))


def _longest_word(pattern: str) -> str:
    """Return the longest plain word of a template; it stands in each of its lines. Empty when there is none."""
    words = [word for part in pattern.split(VARIABLE) for word in _WORD.findall(part)]
    return max(words, key=lambda word: (len(word), word), default="")


def _sql(table: LineTable, *, by_regex: bool) -> str:
    shape = shape_sql(table.text)
    told = (
        f"regexp_matches({shape}, $regex)"
        if by_regex
        else f"{shape} IN (SELECT unnest(string_split($shapes, chr(10))))"
    )
    return (
        "service IS NOT DISTINCT FROM $service AND level IS NOT DISTINCT FROM $level "
        f"AND contains({table.text}, $word) AND {told}"
    )
