"""Documents as sections: Markdown split at its headings, each section with the titles that lead to it.

Headings are those of CommonMark (# and underlined); what looks like one inside a fence of code is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from fa2.core.addresses import web_address

LONGEST = 2000
"""Letters of a section; a longer one becomes several, cut at paragraphs, lines or sentences."""
SEPARATOR = " > "
"""Stands between titles where a path is one text."""
_LONGEST_TITLE = 200
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_HEADING = re.compile(r" {0,3}(?P<marks>#{1,6})[ \t]+(?P<title>\S.*?)[ \t]*#*[ \t]*$")
_UNDERLINE = re.compile(r"(?P<marks>={3,}|-{3,})[ \t]*$")
_UNDERLINED = re.compile(r"(?![-*+>|#]|\d+[.)])(?P<title>\S.{0,120})$")
_FENCE = re.compile(r" {0,3}(?P<marks>```+|~~~+)")
_FRONT_MATTER = re.compile(r"\A---\r?\n(?P<fields>.*?\n)(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"^(?P<name>title|url):[ \t]*[\"']?(?P<value>.+?)[\"']?[ \t\r]*$", re.MULTILINE)
_CUTS = ("\n\n", "\n", "。", ". ", "、", " ")


@dataclass(frozen=True)
class Section:
    """A part of a document that is found and shown as one."""

    path: tuple[str, ...]
    """Titles from the document's down to its own; empty in a text without any."""
    text: str
    """Never empty, never longer than LONGEST; stands in the document as it is here."""
    start: int
    """Where the text begins in the document, in letters."""
    line: int
    """The line on which it begins, from 1."""

    @property
    def title(self) -> str:
        """The path as one text."""
        return SEPARATOR.join(self.path)


class FrontMatter(NamedTuple):
    """What stands before a document between lines of dashes."""

    title: str | None
    url: str | None
    end: int
    """Where the document itself begins."""


class Heading(NamedTuple):
    """A heading and its place."""

    level: int
    title: str
    start: int
    """Of its first line."""
    end: int
    """After its last line."""
    at: int
    """Where its title stands."""


def front_matter(written: str) -> FrontMatter:
    """Return title and address that a document states before its text; an address only of http(s)."""
    found = _FRONT_MATTER.match(written)
    fields = {m["name"]: m["value"] for m in _FIELD.finditer(found["fields"])} if found else {}
    return FrontMatter(fields.get("title"), web_address(fields.get("url")), found.end() if found else 0)


def headings(written: str, start: int = 0) -> Iterator[Heading]:
    """Yield the headings outside code, in their order."""
    fence, before = "", None
    for match in _LINE.finditer(written, start):
        line = match[0].rstrip("\r\n")
        if marks := _FENCE.match(line):
            fence = _fence_after(fence, marks["marks"], line[marks.end() :])
            before = None
        elif fence:
            continue
        elif found := _HEADING.match(line):
            at = match.start() + found.start("title")
            yield Heading(len(found["marks"]), found["title"][:_LONGEST_TITLE], match.start(), match.end(), at)
            before = None
        elif before is not None and (marks := _UNDERLINE.match(line)):
            yield Heading(1 if marks["marks"][0] == "=" else 2, before[1], before[0], match.end(), before[0])
            before = None
        else:
            title = _UNDERLINED.match(line)
            before = (match.start(), title["title"].strip()) if title else None


def _fence_after(open_marks: str, marks: str, rest: str) -> str:
    """Return the marks of the fence that is open after a line of marks; nothing for none."""
    if not open_marks:
        return marks
    closes = marks[0] == open_marks[0] and len(marks) >= len(open_marks) and not rest.strip()
    return "" if closes else open_marks


def title_of(written: str) -> str | None:
    """Return the title that the document states, or its first heading; None for neither."""
    matter = front_matter(written)
    return matter.title or next((h.title for h in headings(written, matter.end)), None)


def sections(written: str, title: str | None = None) -> Iterator[Section]:
    """Yield the sections of a document in their order; none for an empty one.

    title: leads every path, unless the document states one or begins with that very heading.
    A heading with nothing beneath it is a section of its own, whose text is the heading.
    """
    matter = front_matter(written)
    root = matter.title or title
    path: list[tuple[int, str]] = []
    line, counted = 1, 0
    for heading, start, end in _bodies(written, matter.end):
        if heading:
            path = [step for step in path if step[0] < heading.level] + [(heading.level, heading.title)]
        titles = tuple(step[1] for step in path)
        whole = titles if root is None or titles[:1] == (root,) else (root, *titles)
        for begin, stop in _parts(written, start, end):
            line, counted = line + written.count("\n", counted, begin), begin
            yield Section(whole, written[begin:stop], begin, line)


def _bodies(written: str, begin: int) -> Iterator[tuple[Heading | None, int, int]]:
    """Yield each heading with where its text begins and ends, first what stands before any."""
    last: Heading | None = None
    start = begin
    for heading in headings(written, begin):
        yield last, *_body(written, last, start, heading)
        last, start = heading, heading.end
    yield last, *_body(written, last, start, None)


def _body(written: str, heading: Heading | None, start: int, following: Heading | None) -> tuple[int, int]:
    end = following.start if following else len(written)
    parent = heading and following and following.level > heading.level
    if heading and not parent and not written[start:end].strip():
        return heading.at, heading.at + len(heading.title)
    return start, end


def _parts(written: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        if written[start].isspace():
            start += 1
            continue
        stop = end if end - start <= LONGEST else _cut(written, start)
        kept = stop
        while written[kept - 1].isspace():
            kept -= 1
        yield start, kept
        start = stop


def _cut(written: str, start: int) -> int:
    for mark in _CUTS:
        found = written.rfind(mark, start + LONGEST // 2, start + LONGEST)
        if found >= 0:
            return found + len(mark)
    return start + LONGEST
