"""Learns what of a header stands behind its time: level, thread, host, logger, by the columns of lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from fa2.logs.headers import header_parts as hp
from fa2.logs.headers.header_levels import LETTERS, level_code
from fa2.logs.headers.header_parts import Part
from fa2.logs.headers.header_times import FORMS, extras_of

STEP = 0.97
"""How many of the lines so far must have a part for it to belong to the header."""
MOST_BEFORE_LEVEL = 8
"""How many columns may stand between time and level."""
_MOST_BRACKETS = 3
FIELD = re.compile(r"[ \t]*(\[(?:[^\[\]]|\[[^\[\]]*\])*\]|[^ \t]+)")
_LEVEL_FIELD = re.compile(
    r"(?P<key>[A-Za-z_]+=)?(?P<open>[\"'\[(<|]?)[ \t]*(?P<module>[\w.-]*:)?(?P<level>[A-Za-z]+)[ \t]*(?P<close>[\])>|:,;\"']*)"
)
_SEPARATOR = re.compile(hp.SEPARATOR_PART.regex)
_LOGGER = re.compile(hp.LOGGER_PART.regex)
_PID_LOGGER = re.compile(r"[^ \t\[\]]+\[[^ \t\[\]]*\](?: \([^()]*\))?:(?:[ \t]|$)")
_CLOSER = re.compile(r"[^ \t\[\]]+\]")
PROSE = re.compile(r"[A-Z]?[a-z]+[.,;!?]?")
"""A word as messages have them; ids and names in headers mostly look otherwise."""
_PAIR = re.compile(r"[A-Za-z_][\w.-]*=")
_KINDS = (
    re.compile(r"\d{1,10}"),
    re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}"),
    re.compile(r"(?=[0-9a-f]*\d)[0-9a-f]{12,}"),
    re.compile(r"[A-Za-z_$][\w$-]*(?:\.[A-Za-z_$][\w$-]*)+"),
    re.compile(r"[\w./$<>-]+\.[A-Za-z]{1,5}:\d+"),
)
"""Columns of one of these are ids, loggers and places in source code, not words of messages."""
_STATUS = re.compile(r"[1-5]\d\d")


@dataclass
class Columns:
    """Lines and how far their header is known."""

    parts: list[Part]
    texts: list[str]
    ends: list[int]
    """Where on each line the known part of the header ends."""
    needed: int
    """How many lines must have the header."""
    done: set[str] = field(default_factory=set)
    """Rules that apply once and have."""
    brackets: int = 0

    def extend(self, parts: list[Part], share: float = STEP) -> bool:
        """Add parts to the header if a share of the lines has them; tell whether."""
        pattern = re.compile(hp.regex_of(parts), re.ASCII)
        found = [(text, match.end()) for text, at in zip(self.texts, self.ends) if (match := pattern.match(text, at))]
        if len(found) < max(share * len(self.texts), self.needed):
            return False
        self.parts = [*self.parts, *parts]
        self.texts, self.ends = [text for text, _ in found], [end for _, end in found]
        return True

    def column(self, index: int) -> list[str]:
        """Return a field of each line, counted from the known end; empty where there are not so many."""
        return [fields[index] if index < len(fields) else "" for fields in self._fields()]

    def _fields(self) -> list[list[str]]:
        key = (len(self.parts), MOST_BEFORE_LEVEL + 2)
        if self._known[0] != key:
            self._known = (key, [_split(text, at, key[1]) for text, at in zip(self.texts, self.ends)])
        return self._known[1]

    _known: tuple[tuple[int, int], list[list[str]]] = ((-1, 0), [])

    def share(self, matches: Callable[[str], object], index: int = 0) -> float:
        """Return in how many of the lines a field fits."""
        return sum(bool(matches(text)) for text in self.column(index)) / len(self.texts)

    def gap(self, index: int) -> list[Part]:
        """Return the parts between the field before and this one."""
        gaps = Counter(_gap_before(text, at, index) for text, at in zip(self.texts, self.ends))
        return [] if gaps[False] == len(self.texts) else [hp.GAP_PART] if not gaps[False] else [hp.ANY_GAP_PART]

    def through(self, count: int) -> list[Part]:
        """Return the parts of some fields with the gaps before them."""
        parts: list[Part] = []
        for index in range(count):
            bracket = self.share(_is_bracket, index) >= STEP
            parts += [*self.gap(index), hp.bracketed("[") if bracket else hp.WORD_PART]
        return parts

    def skip(self, count: int) -> list[Part]:
        """Return the parts of some fields with the gaps before them and the gap behind."""
        return [*self.through(count), *self.gap(count)]

    def plain(self, count: int) -> bool:
        """Whether the first fields look like no words of a message."""
        return all(self.share(PROSE.fullmatch, index) < 0.3 for index in range(count))

    def few(self, index: int) -> bool:
        """Whether a field has few values, with various words behind them."""
        values, rest = set(self.column(index)), {re.sub(r"\d+", "0", text) for text in self.column(index + 2)}
        return len(values) <= max(2, len(self.texts) // 20) and len(rest) >= 3 * len(values)

    def ended(self) -> list[Part]:
        """Return the parts with the spaces before the message."""
        last = self.parts[-1]
        if last.op in (hp.LOGGER, hp.GAP_END, hp.ANY_GAP):
            return self.parts
        return [*self.parts, hp.ANY_GAP_PART if last.op in (hp.LIT, hp.BRACKET, hp.UNTIL) else hp.GAP_END_PART]


def _split(text: str, at: int, most: int) -> list[str]:
    fields: list[str] = []
    while len(fields) < most and (found := FIELD.match(text, at)):
        fields.append(found[1])
        at = found.end()
    return fields


def _gap_before(text: str, at: int, index: int) -> bool:
    start = _start_of(text, at, index)
    return start >= len(text) or (text[start - 1 : start] in (" ", "\t") and start > at)


def before(lines: Sequence[str], needed: int, fields: int) -> Columns | None:
    """Return the lines with the fields before the time, which may tell the level; null when too few have them."""
    columns = Columns([], list(lines), [0] * len(lines), needed)
    for _ in range(fields):
        level = "level" not in columns.done and columns.share(_stated_level) >= 0.9 and _extend_by_level(columns, 0)
        if level:
            columns.done.add("level")
        if not (level or columns.extend(columns.through(1), 0.0)) or not columns.extend(columns.gap(0), 0.0):
            return None
    return columns


def learn(columns: Columns, syslog: int) -> Columns:
    """Return the columns with all that belongs to the header. syslog: the RFC whose fields follow, or 0."""
    _closers(columns)
    if syslog == 5424:
        fields = [part for _ in range(4) for part in (hp.GAP_PART, hp.WORD_PART)]
        columns.extend([*fields, hp.GAP_PART, hp.STRUCTURED_PART, hp.GAP_END_PART])
        return columns
    for _ in range(16):
        if columns.share(_PAIR.match) >= 0.9 and not _level(columns):
            break
        if "end" in columns.done or not any(rule(columns, syslog) for rule in _RULES):
            break
        _closers(columns)
    return columns


def _closers(columns: Columns) -> None:
    """Take what closes a field: brackets, quotes, commas, colons."""
    for _ in range(4):
        marks = Counter(text[at : at + 1] for text, at in zip(columns.texts, columns.ends))
        mark, count = marks.most_common(1)[0]
        if not mark or mark not in "])>\"',;:" or count < STEP * len(columns.texts):
            return
        if columns.parts[-1].op == hp.ZONE and mark == ":":
            return
        if not columns.extend(hp.literal(mark)):
            return


def _pipes(columns: Columns, _: int) -> bool:
    """Columns between bars: all but the last, which is the message."""
    if columns.share(lambda text: text[:1] == "|") < STEP:
        return False
    rests = [text[at:] for text, at in zip(columns.texts, columns.ends)]
    bars = sorted(rest.count("|") for rest in rests)[int((1 - STEP) * len(rests))]
    parts: list[Part] = [hp.ANY_GAP_PART, *hp.literal("|")]
    for index in range(1, min(bars, 6)):
        words = [rest.split("|")[index].strip() for rest in rests if rest.count("|") >= bars]
        level = sum(level_code(word) > 0 for word in words) >= STEP * len(words)
        text = [hp.ANY_GAP_PART, hp.LEVEL_PART, hp.ANY_GAP_PART] if level else [hp.text_until("|")]
        parts += [*text, *hp.literal("|")]
    return columns.extend([*parts, hp.ANY_GAP_PART])


def _streams(columns: Columns, _: int) -> bool:
    """What container runtimes put before a line: stdout or stderr, F or P."""
    if columns.share(re.compile("std(?:out|err)").fullmatch) < STEP or columns.share("FP".__contains__, 1) < STEP:
        return False
    return columns.extend(columns.through(2))


def _second_time(columns: Columns, _: int) -> bool:
    """A time that another program has written behind the first."""
    if "second" in columns.done:
        return False
    text, at = columns.texts[0], columns.ends[0]
    for index in range(3):
        start = _start_of(text, at, index)
        for form in FORMS:
            found = None if form.weak else form.search.match(text, start)
            if found and columns.extend([*columns.skip(index), *hp.silent(form.parts(extras_of(form, [found])))]):
                columns.done.add("second")
                return True
    return False


def _start_of(text: str, at: int, index: int) -> int:
    """Return where a field starts."""
    for _ in range(index):
        found = FIELD.match(text, at)
        at = found.end() if found else len(text)
    return len(text) - len(text[at:].lstrip(" \t"))


def _level(columns: Columns, _: int = 0) -> bool:
    """A level in the same place of all lines."""
    if "level" in columns.done:
        return False
    for index in range(MOST_BEFORE_LEVEL + 1):
        if columns.share(_stated_level, index) >= 0.9 and _extend_by_level(columns, index):
            columns.done.add("level")
            return True
        if columns.share(lambda text: len(text) == 1 and text in LETTERS, index) >= STEP and columns.plain(index):
            columns.done.add("level")
            return columns.extend([*columns.skip(index), hp.LETTER_PART], 0.9)
    return False


def _stated_level(text: str) -> bool:
    found = _LEVEL_FIELD.fullmatch(text)
    return bool(found and len(found["level"]) > 1 and level_code(found["level"]))


def _extend_by_level(columns: Columns, index: int) -> bool:
    texts = [text for text in columns.column(index) if _stated_level(text)]
    found = [match for text in texts if (match := _LEVEL_FIELD.fullmatch(text))]
    key, opening, close = (
        Counter(m[name] or "" for m in found).most_common(1)[0][0] for name in ("key", "open", "close")
    )
    marked = bool(key or opening) or sum(m["level"].isupper() for m in found) > 0.9 * len(found)
    if index and not ((columns.plain(index) and marked) or (index == 1 and marked and columns.few(0))):
        return False
    modules = sum(bool(m["module"]) for m in found)
    module = [hp.word_without(":"), *hp.literal(":")]
    level = [*([] if not modules else module if modules == len(found) else hp.optional(module)), hp.LEVEL_PART]
    padding = [hp.ANY_GAP_PART] if opening else []
    parts = [*columns.skip(index), *hp.literal(key + opening), *padding, *level, *padding, *hp.literal(close)]
    return columns.extend(parts, 0.9)


def _bracket(columns: Columns, _: int) -> bool:
    for index in range(3):
        if columns.brackets < _MOST_BRACKETS and columns.share(_is_bracket, index) >= 0.95 and columns.plain(index):
            columns.brackets += 1
            return columns.extend(columns.through(index + 1), 0.95)
    return False


def _is_bracket(text: str) -> bool:
    return text[:1] == "[" and text[-1:] == "]"


def _host(columns: Columns, syslog: int) -> bool:
    """A host and the program on it, which kernels and daemons leave out at times."""
    if "logger" in columns.done or (not syslog and "second" not in columns.done and "level" in columns.done):
        return False
    behind = [text[at:].lstrip(" \t").partition(" ")[2] for text, at in zip(columns.texts, columns.ends)]
    tagged = sum(bool(_LOGGER.match(text)) for text in behind) / len(behind)
    with_pid = sum(bool(_PID_LOGGER.match(text)) for text in behind) / len(behind)
    surely_syslog = bool(syslog) or "second" in columns.done
    if tagged < 0.5 or (not surely_syslog and with_pid < 0.2) or columns.share(_LOGGER.match) > 0.5:
        return False
    columns.done |= {"logger", "end"}
    tag = hp.optional([hp.LOGGER_PART])
    return columns.extend([*columns.gap(0), hp.WORD_PART, hp.GAP_PART, *tag])


def _logger(columns: Columns, _: int) -> bool:
    if "logger" in columns.done:
        return False
    rests = [text[at:].lstrip(" \t") for text, at in zip(columns.texts, columns.ends)]
    if sum(bool(_LOGGER.match(rest)) for rest in rests) < 0.95 * len(rests):
        return False
    columns.done.add("logger")
    return columns.extend([*columns.gap(0), hp.LOGGER_PART], 0.95)


def _separator(columns: Columns, _: int) -> bool:
    for index in range(4):
        if columns.share(_SEPARATOR.fullmatch, index) >= STEP:
            known = index == 0 or columns.plain(index) or (index == 1 and ("level" in columns.done or columns.few(0)))
            parts = [*columns.skip(index), hp.SEPARATOR_PART]
            if index == 1 and "logger" not in columns.done:
                parts = [*columns.gap(0), hp.NAME_PART, *columns.gap(1), hp.SEPARATOR_PART]
            return known and columns.extend(parts)
    return False


def _closer(columns: Columns, _: int) -> bool:
    """A word that ends with a bracket which opened before the time: `file.cc:12] `."""
    for index in range(3):
        if columns.share(_CLOSER.fullmatch, index) >= 0.95 and columns.plain(index):
            parts = [*columns.skip(index), hp.word_without("]"), *hp.literal("]")]
            return columns.extend(parts, 0.95)
    return False


def _identifier(columns: Columns, _: int) -> bool:
    """Ids, loggers, places in source code; and columns that are padded."""
    values = columns.column(0)
    for at, kind in enumerate(_KINDS):
        if f"kind{at}" in columns.done or columns.share(kind.fullmatch) < STEP:
            continue
        if at == 0 and all(_STATUS.fullmatch(value) for value in values if value):
            continue
        columns.done.add(f"kind{at}")
        return columns.extend([*columns.gap(0), hp.NAME_PART if at == 3 else hp.WORD_PART])
    padded = re.compile(r"[ \t]*[^ \t]+(?: {2,}|\t)")
    rests = [text[at:] for text, at in zip(columns.texts, columns.ends)]
    if "padded" in columns.done or "level" not in columns.done or not columns.few(0):
        return False
    columns.done.add("padded")
    wide = sum(bool(padded.match(rest)) for rest in rests) >= STEP * len(rests)
    return wide and columns.extend([*columns.gap(0), hp.NAME_PART])


_RULES: tuple[Callable[[Columns, int], bool], ...] = (
    _pipes,
    _streams,
    _level,
    _second_time,
    _identifier,
    _bracket,
    _closer,
    _host,
    _logger,
    _separator,
)
"""In the order in which they are tried; after each that fits, from the first again."""
