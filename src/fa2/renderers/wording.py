"""A report's words in its language, and untrusted text made fit to be shown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel

from fa2.core.coverage import Problem
from fa2.core.incident import Span
from fa2.core.messages import Language, Statement, Value, catalogue
from fa2.core.report import Report, Said
from fa2.core.visible_text import one_line as one_line
from fa2.core.visible_text import visible as visible
from fa2.core.windows import iso

_AnyModel = TypeVar("_AnyModel", bound=BaseModel)


def said(statement: Said, language: Language) -> str:
    """Return a statement in a language; its own text, or its key, where it has no message."""
    messages = catalogue(language)
    if messages.has(statement.key):
        try:
            return messages.render(Statement(statement.key, statement.values))
        except (LookupError, ValueError, TypeError):
            return statement.text or messages.template(statement.key)
    return statement.text or statement.key


def with_texts(report: Report) -> Report:
    """Return the report with `text` of every statement filled in, in the report's language."""
    return filled(report, report.language)


def filled(model: _AnyModel, language: Language) -> _AnyModel:
    """Return a model with `text` of every statement in it filled in."""
    update: dict[str, object] = {}
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            update[name] = filled(value, language)
        elif isinstance(value, list) and value and isinstance(value[0], BaseModel):
            update[name] = [filled(item, language) for item in value]
    if isinstance(model, Said):
        update["text"] = said(model, language)
    return model.model_copy(update=update)


class Wording:
    """The report's own words (locales/*/report.toml) and units, in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._messages = catalogue(language)

    def __call__(self, name: str, /, **values: Value) -> str:
        """Return the text of report.NAME."""
        return self._messages.text(f"report.{name}", **values)

    def word(self, group: str, name: str) -> str:
        """Return words.GROUP.NAME; the bare name, spaced, where it has none."""
        key = f"words.{group}.{name}"
        return self._messages.template(key) if self._messages.has(key) else name.replace("_", " ")

    def tables(self, names: Iterable[str]) -> str:
        """Return the names of bundle tables as words, with commas."""
        return self("list_separator").join(self.table(name) for name in names)

    def table(self, name: str) -> str:
        """Return the word for a bundle table; the name itself where it is none of ours."""
        key = f"report.table.{name}"
        return self._messages.template(key) if self._messages.has(key) else name

    def number(self, value: Value) -> str:
        """Return a number with three digits that count; a dash for none."""
        return self._messages.format_field(value, "")

    def time(self, moment: datetime) -> str:
        """Return day and time of day, without the zone."""
        return self._messages.format_field(iso(moment), "time").removesuffix(" UTC")

    def clock(self, moment: datetime) -> str:
        """Return the time of day."""
        return self._messages.format_field(iso(moment), "clock")

    def span(self, span: Span) -> str:
        """Return a window with its length; the day once where both ends share it."""
        same_day = span.start.date() == span.end.date()
        end = self.clock(span.end) if same_day else self.time(span.end)
        length = (span.end - span.start).total_seconds()
        return self("range", start=self.time(span.start), end=end + " UTC", length=length)

    def problem(self, problem: Problem) -> tuple[str, str]:
        """Return why a source has gaps, and what to do about it; English where not translated."""
        reason = Said(key=f"coverage.{problem.code}", values=problem.values, text=problem.message)
        remedy = Said(key=f"coverage.{problem.code}_remedy", values=problem.values, text=problem.remedy)
        known = self._messages.has(remedy.key) or problem.remedy
        return said(reason, self.language), said(remedy, self.language) if known else ""
