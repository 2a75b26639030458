"""Results of a query as a table, JSON or CSV; what to say beside them; and problems with a caret beneath them."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from rich.cells import cell_len

from fa2.apps.cli.query_table import shown, table
from fa2.core.coverage import CoverageEntry
from fa2.core.messages import Catalogue
from fa2.core.windows import iso
from fa2.logs.query.plans import Plan
from fa2.logs.query.problems import QueryProblem
from fa2.logs.query.relations import Statement
from fa2.logs.query.running import Answer
from fa2.renderers.wording import one_line, visible


def as_table(answer: Answer, texts: Catalogue, columns: int) -> str:
    """Return the rows as a table that fits the terminal."""
    return table(answer, columns) if answer.rows else texts.text("query.no_rows")


def as_json(answer: Answer, texts: Catalogue, columns: int) -> str:
    """Return {"results": [{heading: value}], "statistics": …}; times are ISO 8601."""
    results = [
        {heading: iso(value) if isinstance(value, datetime) else value for heading, value in zip(answer.headings, row)}
        for row in answer.rows
    ]
    statistics = {"recordsMatched": answer.matched, "recordsScanned": answer.scanned, "rowsBeforeLimit": answer.cut}
    text = json.dumps({"results": results, "statistics": statistics}, ensure_ascii=False, indent=1)
    return _ACTING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


_ACTING = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
"""What would act on a terminal and that JSON need not escape."""


def as_csv(answer: Answer, texts: Catalogue, columns: int) -> str:
    """Return the rows as CSV with a heading, text as it is."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(answer.headings)
    writer.writerows([shown(value) for value in row] for row in answer.rows)
    return out.getvalue()


FORMS: dict[str, Callable[[Answer, Catalogue, int], str]] = {"table": as_table, "json": as_json, "csv": as_csv}


def remarks(answer: Answer, coverage: Sequence[CoverageEntry], texts: Catalogue) -> Iterator[str]:
    """Yield what to say beside the rows: what was not read, what to know, how many there are."""
    for entry in coverage:
        if entry.error and entry.status != "ok" and texts.has(key := f"coverage.{entry.error.code}"):
            yield visible(f"{entry.source}: {texts.text(key, **entry.error.values)}")
    for note in answer.notes:
        yield one_line(texts.render(note))
    if answer.cut is not None:
        yield texts.text("query.cut", n=len(answer.rows), total=answer.cut)
    yield texts.text("query.counts", rows=len(answer.rows), matched=answer.matched, scanned=answer.scanned)


def explained(plan: Plan) -> str:
    """Return the SQL of each stage and its bound values."""
    return "\n\n".join(_statement(statement) for statement in (*(s.statement for s in plan.stages), plan.result))


def _statement(statement: Statement) -> str:
    bound = [f"-- ${name} = {json.dumps(value, ensure_ascii=False)}" for name, value in statement.parameters.items()]
    return "\n".join([visible(statement.sql) + ";", *bound])


def pointed(problem: QueryProblem, texts: Catalogue, columns: int) -> str:
    """Return what is wrong, the line of the query, and carets under what is meant."""
    said = texts.text("cli.error", text=one_line(problem.told(texts)))
    line, before = problem.excerpt()
    if not line.strip():
        return said
    start = max(len(before) - columns // 2, 0)
    cut = line[start : start + columns - 4]
    meant = cut[len(before) - start :][: problem.length]
    indent = " " * cell_len(visible(line[start : len(before)]))
    return "\n".join([said, f"  {visible(cut)}", f"  {indent}{'^' * max(cell_len(visible(meant)), 1)}"])
