"""Rows of CloudWatch's `pattern` and `diff` become patterns of ours; what is missing or odd is counted, not fatal."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.core.messages import Statement, catalogue
from fa2.core.ports import Gaps
from fa2.core.windows import TimeWindow
from fa2.logs.engines.cloudwatch_patterns import MAX_INTERVALS, CloudWatchPatterns, read_differences, read_patterns
from fa2.logs.engines.cloudwatch_queries import diff_query, pattern_query
from fa2.logs.patterns.pattern import pattern_id
from fa2.logs.query.parsing import parse

START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
WINDOW = TimeWindow(START, START + timedelta(hours=1))
MS = int(START.timestamp()) * 1000


def row(**fields: object) -> list[dict[str, str]]:
    """Return a result row; values that are no text are given as JSON, as CloudWatch gives them."""
    return [
        {"field": f"@{name}", "value": value if isinstance(value, str) else json.dumps(value)}
        for name, value in fields.items()
    ]


def dynamic(position: int, name: str | None, **values: int) -> dict[str, object]:
    return {
        "dynamicTokenPosition": position,
        "tokenType": "DYNAMIC",
        "tokenString": "<*>",
        "isNumeric": False,
        "isErrorCode": False,
        "enumerations": values,
        **({"inferredTokenName": name} if name else {}),
    }


LOGIN = row(
    pattern="User <Name-1> logged in from <IPAddress-2> to <h-1>",
    ratio="0.75",
    sampleCount="6",
    severityLabel="INFO",
    PatternId="aaa",
    regexString="User .* logged in",
    tokens=[
        {"tokenType": "STATIC", "tokenString": "User "},
        dynamic(2, "IPAddress-2", **{"10.0.0.1": 2, "10.0.0.9": 4}),
        dynamic(1, "Name-1", ada=3, grace=3),
    ],
    logSamples=[{"logEvent": "User ada logged in from 10.0.0.1 to <h-1>", "timestamp": MS}],
    relatedPattern=["bbb", "unheard-of"],
    visualization={"timeWindowCountMapping": {str(MS): 2, str(MS + 60_000): 0, str(MS + 120_000): 4}},
)
LOST = row(
    pattern="Error: connection req-<*> lost after <*> ms",
    ratio="0.25",
    sampleCount="2",
    severityLabel="ERROR",
    PatternId="bbb",
    tokens=[dynamic(1, None, **{"17": 1, "18": 1}), dynamic(2, None, **{"30": 2})],
    logSamples=["Error: connection req-17 lost after 30 ms"],
    relatedPattern=[{"patternId": "aaa"}, "bbb"],
    visualization={"timeWindowCountMapping": {str(MS // 1000 + 120): 2}},
)


def read(*rows: list[dict[str, str]], window: TimeWindow = WINDOW) -> tuple[CloudWatchPatterns, Gaps]:
    gaps = Gaps()
    return read_patterns(rows, window, "/aws/app", gaps), gaps


def test_counts_lie_within_what_was_asked_for() -> None:
    half = TimeWindow(START + timedelta(seconds=30), START + timedelta(seconds=150))
    found, _ = read(LOGIN, LOST, window=half)
    for start, length in zip(found.counts.columns["bucket"], found.counts.columns["interval_s"], strict=True):
        assert isinstance(start, datetime)
        assert start + timedelta(seconds=int(str(length)) / 2) in half
    assert sum(int(str(n)) for n in found.counts.columns["count"]) == 8


def test_every_field_of_a_whole_row_finds_its_place() -> None:
    found, gaps = read(LOST, LOGIN)
    login, lost = found.patterns
    assert not gaps.counts
    assert login.text == "User <*> logged in from <*> to <h-1>", "<h-1> is no token: none has the name"
    assert (login.count, login.ratio, login.severity) == (6, 0.75, "INFO")
    assert (login.id, lost.id) == (pattern_id(login.text), pattern_id(lost.text))
    assert [(t.kind, t.name, t.distinct, t.exact) for t in login.tokens] == [
        ("name", "Name-1", 2, False),
        ("ip", "IPAddress-2", 2, False),
    ]
    assert [(v.value, v.count) for v in login.tokens[1].values] == [("10.0.0.9", 4), ("10.0.0.1", 2)]
    assert (login.related, lost.related) == ((lost.id,), (login.id,))
    assert login.samples == ("User ada logged in from 10.0.0.1 to <h-1>",)
    assert lost.samples == ("Error: connection req-17 lost after 30 ms",)
    assert (login.first_seen, login.last_seen) == (START, START + timedelta(minutes=2))
    assert (login.histogram, lost.histogram) == ((2, 0, 4), (0, 0, 2))
    assert (found.histogram_start, found.histogram_step) == (START, timedelta(minutes=1))


def test_tokens_without_names_are_named_as_ours_are() -> None:
    lost = read(LOST)[0].patterns[0]
    assert [(t.kind, t.name) for t in lost.tokens] == [("number", "Number-1"), ("duration", "Duration-2")]


def test_counts_are_rows_of_log_counts_whose_patterns_are_shapes() -> None:
    counts = read(LOGIN, LOST)[0].counts
    assert counts.table == "log_counts"
    assert list(zip(*counts.columns.values())) == [
        (START, 60, "/aws/app", "User <*> logged in from <*> to <h-<*>>", 2, LOGIN[7]["value"][15:56]),
        (
            START + timedelta(minutes=2),
            60,
            "/aws/app",
            "User <*> logged in from <*> to <h-<*>>",
            4,
            LOGIN[7]["value"][15:56],
        ),
        (
            START + timedelta(minutes=2),
            60,
            "/aws/app",
            "Error: connection req-<*> lost after <*> ms",
            2,
            LOST[6]["value"][2:-2],
        ),
    ]


def test_a_row_of_the_four_documented_fields_is_a_pattern_of_the_whole_window() -> None:
    found, gaps = read(row(pattern="took <Time-1> for <Token-2>", ratio="1.00", sampleCount="40", severityLabel="WARN"))
    pattern = found.patterns[0]
    assert (pattern.text, pattern.count, pattern.ratio, pattern.severity) == ("took <*> for <*>", 40, 1.0, "WARN")
    assert [(t.kind, t.name, t.values) for t in pattern.tokens] == [("time", "Time-1", ()), ("token", "Token-2", ())]
    assert (pattern.first_seen, pattern.histogram, pattern.samples, pattern.related) == (None, (), (), ())
    columns = found.counts.columns
    assert [columns[name][0] for name in ("bucket", "interval_s", "count", "sample")] == [START, 3600, 40, None]
    assert gaps.counts == {"cloudwatch_no_histogram": 1}


def test_a_missing_or_unknown_severity_is_judged_by_the_words() -> None:
    rows = [
        row(pattern=f"an {word} <*>", sampleCount="1", severityLabel=label)
        for word, label in (("error", ""), ("ok", "?"))
    ]
    assert {p.text: p.severity for p in read(*rows)[0].patterns} == {"an error <*>": "ERROR", "an ok <*>": "INFO"}


def test_what_cannot_be_read_is_counted_and_costs_only_itself() -> None:
    broken = row(
        pattern="job <*> ended",
        sampleCount="7",
        ratio="many",
        tokens="[{",
        logSamples="{}",
        relatedPattern="null",
        visualization={"timeWindowCountMapping": {str(MS): 5, "soon": 1, str(MS + 1000): "x"}},
    )
    found, gaps = read(broken, row(sampleCount="3"), row(pattern="no count <*>"), row(pattern="odd", sampleCount="-1"))
    (pattern,) = found.patterns
    assert (pattern.text, pattern.count, pattern.ratio, pattern.severity) == ("job <*> ended", 7, 0.0, "INFO")
    assert (pattern.histogram, [t.distinct for t in pattern.tokens]) == ((5,), [0])
    assert gaps.counts == {
        "cloudwatch_row": 3,
        "cloudwatch_tokens": 1,
        "cloudwatch_samples": 1,
        "cloudwatch_histogram": 1,
        "cloudwatch_histogram_sum": 2,
    }


def test_tokens_of_another_number_than_the_text_has_are_not_taken() -> None:
    found, gaps = read(row(pattern="a <*> b <*>", sampleCount="1", tokens=[dynamic(1, "IP-1", x=1)]))
    assert [t.values for t in found.patterns[0].tokens] == [(), ()]
    assert gaps.counts["cloudwatch_tokens"] == 1


def test_a_histogram_over_years_stays_small() -> None:
    far = {"timeWindowCountMapping": {"1": 1, "2": 1, str(MS // 1000): 1}}
    found, _ = read(row(pattern="p", sampleCount="3", visualization=far))
    assert len(found.patterns[0].histogram) <= MAX_INTERVALS
    assert sum(found.patterns[0].histogram) == 3


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["tokenType", "dynamicTokenPosition", "enumerations", "timeWindowCountMapping", "logEvent", "1", "x"]
            ),
            inner | st.just("DYNAMIC"),
            max_size=4,
        )
    ),
    max_leaves=12,
)
FIELDS = ("pattern", "ratio", "sampleCount", "tokens", "logSamples", "relatedPattern", "visualization", "PatternId")


@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), JSON | st.just("a <*> b") | st.just("3")), max_size=4))
def test_no_row_whatever_is_in_it_stops_the_others(fields: list[dict[str, object]]) -> None:
    found, gaps = read(*(row(**given) for given in fields), row(pattern="whole <*>", sampleCount="2"))
    assert "whole <*>" in [p.text for p in found.patterns]
    assert len(found.patterns) + gaps.counts["cloudwatch_row"] == len(fields) + 1
    assert len({len(column) for column in found.counts.columns.values()}) == 1


def test_differences_are_read_where_they_are_told() -> None:
    gaps = Gaps()
    rows = [
        row(
            pattern="job <*> ended",
            sampleCount="5",
            diffEventCount="-20",
            differenceDescription="20 less",
            severityLabel="INFO",
        ),
        row(pattern="Error in <ID-1>", sampleCount="50", diffEventCount="50", severityLabel="ERROR"),
        row(pattern="heartbeat", sampleCount="9"),
        row(sampleCount="9"),
    ]
    found = read_differences(rows, gaps)
    assert [(d.text, d.count, d.difference, d.description, d.severity) for d in found] == [
        ("Error in <*>", 50, 50, "", "ERROR"),
        ("job <*> ended", 5, -20, "20 less", "INFO"),
        ("heartbeat", 9, None, "", "INFO"),
    ]
    assert found[0].id == pattern_id("Error in <*>")
    assert gaps.counts == {"cloudwatch_difference": 1, "cloudwatch_row": 1}


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_gap_has_words(language: str) -> None:
    _, gaps = read(*(row(pattern="p <*>", sampleCount="1", **dict.fromkeys(FIELDS[3:], "[")), row()))
    for code, n in {**gaps.counts, "cloudwatch_difference": 1, "cloudwatch_histogram_sum": 3}.items():
        assert str(n) in catalogue(language).render(Statement(f"coverage.{code}", {"n": n, "example": "p"}))


@pytest.mark.parametrize(
    "query",
    [
        pattern_query(),
        pattern_query("detail.message", containing=['say "no" \\ never', "ERROR"], limit=50),
        pattern_query("my field"),
        diff_query(),
        diff_query("previousWeek", containing=["it's | pattern @x"]),
    ],
)
def test_queries_are_of_the_language(query: str) -> None:
    assert parse(query)


def test_queries_are_what_aws_documents() -> None:
    assert pattern_query() == "pattern @message | sort @sampleCount desc | limit 10000"
    assert pattern_query("my field", containing=['a "b"', "c"], limit=5) == (
        'filter @message like "a \\"b\\"" or @message like "c" | pattern `my field` | sort @sampleCount desc | limit 5'
    )
    assert diff_query("previousDay").endswith("| diff previousDay")
    assert diff_query().endswith("| diff")


def test_what_cannot_be_a_query_is_refused() -> None:
    for bad in ({"limit": 0}, {"limit": 10_001}, {"containing": ["a\nb"]}, {"containing": [""]}, {"field": "a`b"}):
        with pytest.raises(ValueError, match=r"query|field"):
            pattern_query(**bad)  # type: ignore[arg-type]
