"""What `fa2 doctor` tried, as lines for a terminal: by source, what is wrong last, each with its remedy beneath."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len

from fa2.core.coverage import CoverageEntry, Problem, Status
from fa2.core.messages import Catalogue
from fa2.core.windows import TimeWindow
from fa2.renderers.terminal_text import breaks
from fa2.renderers.wording import one_line

_ORDER: tuple[Status, ...] = ("ok", "skipped", "partial", "failed")
_STYLES: dict[Status, str] = {"ok": "32", "skipped": "2", "partial": "33", "failed": "1;31"}
_LONGEST_QUERY = 200
_ARROW = "→ "
_LEAST_ROOM = 20

Place = tuple[str, str]
"""An account and a region."""


@dataclass
class _Tried:
    """One thing that was tried, with all that is to be said of it."""

    query: str
    status: Status = "ok"
    said: list[Problem] = field(default_factory=list)


def doctor_lines(
    places: Sequence[Place], window: TimeWindow, tried: Sequence[CoverageEntry], *, width: int, texts: Catalogue
) -> Iterator[str]:
    """Yield what was tried in some places, for a window; lines are as wide as `width` but for IAM statements."""
    for account, region in places:
        yield texts.text("cli.doctor.account", account=account, region=region)
    lines = _Lines(width, texts)
    told = texts.text("cli.doctor.window", start=window.start.isoformat(), end=window.end.isoformat())
    yield from lines.wrapped(told)
    groups = _grouped(tried)
    only = f" ({places[0][0]}, {places[0][1]})" if len(places) == 1 else ""
    for source, found in sorted(groups.items(), key=lambda group: _worst(group[1])):
        yield ""
        yield one_line(source.removesuffix(only) if only else source)
        for one in found:
            yield from lines.of(one)
    yield ""
    for text in _summary(tried, texts):
        yield from lines.wrapped(text)


def colored(line: str, texts: Catalogue) -> str:
    """Return a line with its mark in colour, where it has one."""
    for status, style in _STYLES.items():
        mark = f"  {texts.text(f'cli.doctor.{status}')} "
        if line.startswith(mark):
            return f"  \x1b[{style}m{mark.strip()}\x1b[0m{line[len(mark) - 1 :]}"
    return line


@dataclass(frozen=True)
class _Lines:
    width: int
    texts: Catalogue

    def of(self, one: _Tried) -> Iterator[str]:
        """Yield the mark with what was tried, then what there is to say, indented."""
        marks = [self.texts.text(f"cli.doctor.{status}") for status in _ORDER]
        column = max(map(cell_len, marks)) + 4
        mark = self.texts.text(f"cli.doctor.{one.status}")
        begin = f"  {mark}{' ' * (column - 2 - cell_len(mark))}"
        query = one.query if len(one.query) <= _LONGEST_QUERY else one.query[:_LONGEST_QUERY] + " …"
        said = [pair for problem in one.said for pair in self._said(problem)]
        if query:
            yield from self.wrapped(query, begin, " " * column)
            begin = " " * (column + 2)
        for text, arrow in said:
            yield from self.wrapped(text, begin[: -len(_ARROW)] + arrow if arrow else begin, " " * cell_len(begin))
            begin = " " * (column + 2)

    def _said(self, problem: Problem) -> Iterator[tuple[str, str]]:
        """Yield the message, then the remedy with an arrow, then an IAM statement by itself, so that it can be copied."""
        for part, plain, arrow in (("", problem.message, ""), ("_remedy", problem.remedy, _ARROW)):
            key = f"{problem.code if problem.code.startswith('errors.') else f'coverage.{problem.code}'}{part}"
            text = one_line(self.texts.text(key, **problem.values) if self.texts.has(key) else plain)
            statement = one_line(str(problem.values.get("statement") or ""))
            if statement and statement in text:
                text = text.replace(statement, "").strip()
                yield text, arrow
                yield statement, ""
            elif text:
                yield text, arrow

    def wrapped(self, text: str, begin: str = "", further: str = "") -> Iterator[str]:
        """Yield a text in lines; a statement of IAM stays one, so that it can be copied."""
        text = one_line(text)
        room = max(_LEAST_ROOM, self.width - cell_len(further))
        cuts = [] if text.startswith('{"Effect"') else breaks(text, room)
        for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
            yield (further if start else begin) + text[start:end].rstrip()


def _grouped(tried: Sequence[CoverageEntry]) -> dict[str, list[_Tried]]:
    """Return what was tried by source; the same trouble with several calls once, and all that is said of one call."""
    groups: dict[str, list[_Tried]] = {}
    for entry in tried:
        group = groups.setdefault(entry.source, [])
        query = entry.query or ""
        same = next((t for t in group if entry.error and entry.status != "ok" and entry.error in t.said), None)
        if same:
            same.query = same.query if query in same.query else f"{same.query}, {query}"
            continue
        one = next((t for t in group if t.query == query), None)
        if one is None:
            one = _Tried(query)
            group.append(one)
        one.status = max(one.status, entry.status, key=_ORDER.index)
        one.said += [entry.error] if entry.error else []
    return groups


def _worst(found: Sequence[_Tried]) -> int:
    return max(_ORDER.index(one.status) for one in found)


def _summary(tried: Sequence[CoverageEntry], texts: Catalogue) -> Iterator[str]:
    wrong = {(e.source, e.error.code, str(e.error.values)) for e in tried if e.status == "failed" and e.error}
    partly = {(e.source, e.error.code, str(e.error.values)) for e in tried if e.status == "partial" and e.error}
    if wrong:
        yield texts.text("cli.doctor.wrong", n=len(wrong))
    else:
        yield texts.text("cli.doctor.partly" if partly else "cli.doctor.fine", n=len(partly))
    if any(code in ("aws_denied", "errors.model.iam.denied") for _, code, _ in wrong):
        yield texts.text("cli.doctor.denied")
