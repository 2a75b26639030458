"""Log lines fetched for a model: its filters, in the log groups that were chosen before, and not many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from itertools import takewhile
from typing import Any

from fa2.core.deadlines import Deadline, DeadlinePassed
from fa2.core.windows import TimeWindow
from fa2.logs.engines.cloudwatch_line_queries import lines_query
from fa2.logs.query import syntax as tree
from fa2.logs.query.printing import printed
from fa2.sources.aws.asking import Ask
from fa2.sources.aws.cloudwatch_logs.choice import Choice
from fa2.sources.aws.cloudwatch_logs.groups import batches
from fa2.sources.aws.cloudwatch_logs.lines import rows_of
from fa2.sources.aws.cloudwatch_logs.queries import Insights, InsightsQuery
from fa2.sources.aws.further import Brought, CannotFetch, Kept, asked_anew, reserve, within

MOST_LINES = 1_000
"""Lines that one query brings."""
_LEAST_BYTES = 10_000_000
"""What a query is taken to scan at least, where sizes are not known."""
_GB = 1e9
_OURS = frozenset({"@service", "@level", "@traceId", "@spanId"})
"""Fields that we add; CloudWatch has none of these names."""
_BEFORE = (tree.Fields, tree.Filter, tree.Parse, tree.ParseAll, tree.ParseLogfmt)


def filters_of(query: tree.Query) -> str:
    """Return the commands of a query that decide which lines come, as CloudWatch takes them; perhaps none.

    They end with the last `filter` before lines are counted, sorted or cut. Raises CannotFetch for fields that only
    our tables have.
    """
    first = list(takewhile(lambda command: isinstance(command, _BEFORE), query.commands))
    while first and not isinstance(first[-1], tree.Filter):
        first.pop()
    ours = sorted({name for command in first for name in _fields(command)} & _OURS)
    if ours:
        raise CannotFetch("tools.refused.own_fields", fields=", ".join(ours))
    return printed(tree.Query(tuple(first), at=query.at)) if first else ""


def fetch_lines(
    asks: Sequence[Ask[Any]], query: tree.Query, windows: Sequence[TimeWindow], deadline: Deadline
) -> Brought:
    """Return the lines that a query's filters let through, MOST_LINES of each time and fifty log groups at most.

    asks: of CloudWatch Logs, planned before: their log groups are asked, and no others. What is scanned is reserved
    from the budget first, and what was not needed given back. Raises CannotFetch.
    """
    where, kept = filters_of(query), Kept()
    able = [asked_anew(ask, kept, deadline) for ask in asks if isinstance(ask.found, Choice) and ask.found.groups]
    if not able:
        raise CannotFetch("tools.refused.no_groups")
    times = within(able[0].incident, windows)
    sizes = [_expected(ask.found, times) for ask in able if isinstance(ask.found, Choice)]
    total = sum(sizes)
    price = able[0].prices.logs_insights_gb / _GB
    reserve(able[0], usd=total * price, bytes=total)
    matched = sum(_ask(ask, where, times) for ask in able)
    coverage = [entry for ask in able for entry in ask.coverage]
    if all(entry.status in ("ok", "partial") for entry in coverage):
        unused = total - sum(entry.bytes_scanned or 0 for entry in coverage)
        able[0].budget.give_back(usd=unused * price, bytes=unused)
    return Brought(kept.rows, coverage, matched)


def _ask(ask: Ask[Any], where: str, times: Sequence[TimeWindow]) -> int:
    """Ask for each time in a look, and return how many lines matched; stops what still runs when the time is over."""
    matched = 0
    with Insights(ask, ask.settings.max_concurrent_queries) as insights:
        for window in times:
            text = lines_query(window, limit=MOST_LINES, where=where)
            queries = [InsightsQuery(text, batch, window) for batch in batches(ask.found.groups)]  # type: ignore[attr-defined]  # a Choice
            try:
                with ask.look(table="logs", query=text, window=window) as look:
                    for answer in insights.answers(look, queries):
                        matched += answer.matched
                        if answer.matched > len(answer.rows):
                            look.truncated()
                        for rows in rows_of(answer.rows, window, look.gaps):
                            look.add(rows)
            except DeadlinePassed:
                break  # told by the look
    return matched


def _expected(choice: Choice, times: Sequence[TimeWindow]) -> int:
    """Return the bytes that asking about some times scans, by the fullest of the times that sizes are known of."""
    known = (choice.window, *choice.baselines)
    rate = max(choice.bytes(choice.groups, time) / time.duration.total_seconds() for time in known)
    return sum(max(_LEAST_BYTES, int(rate * time.duration.total_seconds())) for time in times)


def _fields(node: object) -> Iterator[str]:
    """Yield the names of all fields in a tree."""
    if isinstance(node, tree.Field):
        yield node.name
    elif is_dataclass(node):
        for part in fields(node):
            yield from _fields(getattr(node, part.name))
    elif isinstance(node, tuple):
        for part in node:
            yield from _fields(part)
