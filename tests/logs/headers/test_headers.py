"""Headers: many formats are recognised, messages stay whole, and the compiled reader agrees with the plain one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fa2.logs.headers.header import LEVELS, Dating, Head, Header, detect
from header_cases import CASES, MESSAGES, Case

DATING = Dating(latest=datetime(2026, 11, 25, tzinfo=UTC), day=date(2026, 11, 21))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    """Compiles the reader before the tests, which takes seconds where it was never compiled."""
    _read_compiled(_detected(CASES[0]), ["x"], DATING)


def _us(text: str) -> int:
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)


def _header(case: Case, line: int) -> str:
    return case.header.format(i=line % 10, i2=f"{line % 60:02}")


def _lines(case: Case) -> list[str]:
    return [_header(case, line) + MESSAGES[line % len(MESSAGES)] for line in range(40)]


def _detected(case: Case) -> Header:
    header = detect(_lines(case))
    assert header is not None
    return header


def _read_compiled(header: Header, lines: Sequence[str], dating: Dating) -> list[Head]:
    texts = [line.encode() for line in lines]
    starts = np.cumsum([0, *(len(text) + 1 for text in texts)])[:-1].astype(np.int64)
    ends = starts + np.array([len(text) for text in texts], np.int64)
    heads = header.reader(dating).read_block(np.frombuffer(b"\n".join(texts) + b"\n", np.uint8), starts, ends)
    return [
        Head(int(at - start), None if us == np.iinfo(np.int64).min else int(us), LEVELS[level] or None)
        for at, start, us, level in zip(heads.message_starts, starts, heads.times_us, heads.levels)
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_header_goes_and_the_message_stays(case: Case) -> None:
    header = _detected(case)
    for at, line in enumerate(_lines(case)):
        head = header.read(line, DATING)
        assert line[head.message_start :] == MESSAGES[at % len(MESSAGES)]
        assert head.level == case.level
    assert header.read(_lines(case)[0], DATING).time_us == _us(case.first)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_duckdb_strips_the_same(case: Case) -> None:
    lines = [*_lines(case), "no header", "\tat a.B(C.java:1)"]
    header = _detected(case)
    rows = duckdb.execute("SELECT regexp_replace(unnest($1::VARCHAR[]), $2, '')", [lines, header.regex]).fetchall()
    assert [row[0] for row in rows] == [line[header.read(line, DATING).message_start :] for line in lines]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_the_compiled_reader_gives_what_the_plain_one_gives(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(CASES))
    line = _lines(case)[data.draw(st.integers(0, 9))]
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(line)))
        put = data.draw(st.sampled_from([*" \t:[]()-+.,|Z019aM\r", "é", "(x):", "WARN", "  ", "99", "Feb", "EST", ""]))
        line = line[:at] + put + line[at + data.draw(st.integers(0, 2)) :]
    header = _detected(case)
    plain = header.read(line, DATING)
    expected = (len(line[: plain.message_start].encode()), plain.time_us, plain.level)
    assert tuple(_read_compiled(header, [line], DATING)[0][:3]) == expected


ZONES = ("UTC", "Asia/Tokyo", "America/New_York", "Europe/Dublin", "Africa/Casablanca", "Australia/Lord_Howe")


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.lists(st.datetimes(datetime(1971, 1, 1), datetime(2036, 12, 31)), min_size=1, max_size=20),
    st.sampled_from(["%Y-%m-%d %H:%M:%S", "%b %d %H:%M:%S", "%H:%M:%S", "%d/%m/%Y %I:%M:%S %p"]),
    st.datetimes(datetime(1999, 1, 1), datetime(2030, 1, 1)),
)
def test_times_in_any_zone_and_year_agree(zone: str, times: list[datetime], form: str, latest: datetime) -> None:
    header = detect([datetime(2026, 11, 21, 3, 12, second).strftime(form) + " a b: c" for second in range(40)])
    assert header is not None
    dating = Dating(ZoneInfo(zone), latest.replace(tzinfo=UTC), date(2024, 2, 29))
    lines = [time.strftime(form) + " message" for time in times]
    plain = [header.read(line, dating) for line in lines]
    assert [head[1] for head in _read_compiled(header, lines, dating)] == [head.time_us for head in plain]


def test_times_without_a_zone_are_of_the_zone_that_is_told() -> None:
    header = detect([f"2026-03-29 00:30:{second:02} started" for second in range(40)])
    assert header is not None
    berlin = Dating(ZoneInfo("Europe/Berlin"))
    assert header.read("2026-03-29 01:30:00 x", berlin).time_us == _us("2026-03-29 00:30:00")
    assert header.read("2026-03-29 03:30:00 x", berlin).time_us == _us("2026-03-29 01:30:00")


def test_a_year_that_is_missing_rolls_over() -> None:
    lines = ["Dec 31 23:59:59 web01 app[1]: x", "Jan  1 00:00:01 web01 app[1]: x", "Feb 29 10:00:00 web01 app[1]: x"]
    header = detect(lines * 10)
    assert header is not None
    assert not header.has_year
    dating = Dating(latest=datetime(2027, 1, 2, tzinfo=UTC))
    times = [header.read(line, dating).time_us for line in lines]
    assert times == [_us("2026-12-31 23:59:59"), _us("2027-01-01 00:00:01"), _us("2024-02-29 10:00:00")]
    assert header.read(lines[0], Dating()).time_us is None


def test_the_level_and_logger_are_given() -> None:
    lines = [f"2026-11-21 03:12:{i:02},123 WARN [main] com.example.Shop: slow {i}" for i in range(40)]
    header = detect(lines)
    assert header is not None
    head = header.read(lines[0], DATING)
    assert (head.level, head.logger) == ("WARN", "com.example.Shop")


@pytest.mark.parametrize(
    "lines",
    [
        list(MESSAGES) * 4,
        ["2026-11-21 03:12:00 backup started", "2026-11-21 04:12:00 backup ended", *MESSAGES * 4],
        [f"session 17952307{i:02} opened by user {i}" for i in range(40)],
        [f"user {i * 99991 % 3_000_000_000 + 1_000_000_000} logged in" for i in range(40)],
        [f"connection from 10.0.0.{i} at Wed Jun 29 14:44:{i:02} 2005" for i in range(40)],
        ['{"time": "2026-11-21T03:12:00Z", "message": "x"}'] * 40,
        ["INFO nova.compute.manager [-] VM Stopped"] * 40,
        [],
        ["", " "],
    ],
    ids=["messages", "few dates", "ids", "random ids", "a time behind words", "json", "no time", "nothing", "empty"],
)
def test_bare_messages_have_no_header(lines: list[str]) -> None:
    assert detect(lines) is None


def test_words_of_messages_are_never_taken_for_a_level_or_logger() -> None:
    lines = [f"2026-11-21 03:12:{i:02} Login of user{i} failed with error {i}" for i in range(40)]
    header = detect(lines)
    assert header is not None
    head = header.read(lines[0], DATING)
    assert lines[0][head.message_start :] == "Login of user0 failed with error 0"
    assert head.level is None


def test_key_value_lines_keep_their_keys() -> None:
    lines = [f'time="2026-11-21T03:12:{i:02}Z" level=error msg="no {i}" path=/a' for i in range(40)]
    header = detect(lines)
    assert header is not None
    head = header.read(lines[3], DATING)
    assert (lines[3][head.message_start :], head.level) == ('msg="no 3" path=/a', "ERROR")


def test_stack_traces_do_not_hide_the_header() -> None:
    entry = "2026-11-21 03:12:{:02},123 ERROR [main] com.example.Shop: boom"
    trace = [
        "java.lang.IllegalStateException: x",
        "\tat a.B.c(B.java:1)",
        "Caused by: java.io.IOException",
        "\t... 12 more",
    ]
    header = detect([text for i in range(40) for text in (entry.format(i), *trace)])
    assert header is not None
    assert header.read(entry.format(1), DATING).level == "ERROR"
    assert header.read(trace[1], DATING) == Head(0, None, None)


def test_a_level_behind_a_full_time_makes_half_of_the_lines_enough() -> None:
    entries = [f"2026-11-21T03:12:{i:02}.1Z\t0f1e2d3c-1111-2222-3333-444455556666\tINFO\torder {i}" for i in range(30)]
    around = [f"START RequestId: {i}" for i in range(20)]
    assert detect([*entries, *around]) is not None
    assert detect([line.replace("INFO\t", "") for line in entries] + around) is None


def test_times_that_do_not_exist_are_null_but_stripped() -> None:
    header = detect([f"2026-11-21 03:12:{i:02} INFO x" for i in range(40)])
    assert header is not None
    assert header.read("2026-02-30 03:12:00 INFO x", DATING) == Head(25, None, "INFO")
    leap = [header.read(f"2026-12-31 23:59:{text} INFO x", DATING).time_us for text in ("59.5", "60")]
    assert leap == [None, _us("2027-01-01 00:00:00")]


def test_the_day_order_is_the_one_that_puts_times_closer_together() -> None:
    for form in ("%d/%m/%Y", "%m/%d/%Y"):
        days = [datetime(2026, 11, day, tzinfo=UTC) for day in range(1, 9) for _ in range(5)]
        header = detect([f"{day.strftime(form)} 03:12:00 message" for day in days])
        assert header is not None
        times = [header.read(f"{day.strftime(form)} 00:00:00 message", DATING).time_us or 0 for day in days]
        assert {later - earlier for earlier, later in pairwise(times)} == {0, 86_400_000_000}


def test_regexes_keep_to_what_all_engines_read() -> None:
    for case in CASES:
        assert not re.search(r"\(\?[=!<P]|\\[dDwWsSbB]|[*+?}][+]", _detected(case).regex), case.name


PIECES = st.sampled_from(
    [
        *"[](){}<>|:;,.-=/ \t#*\"'",
        "2026-11-21",
        "03:12:00",
        "T",
        "Z",
        ",123",
        "Nov 21",
        "INFO",
        "error",
        "web01",
        "a.b.C:",
        "1795230720",
        "app[12]:",
        "+09:00",
        "[main]",
        "key=",
        "\x00",
        "é",
        "<34>1",
        "\x1b[32m",
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(PIECES, max_size=14).map("".join), max_size=12), st.integers(1, 4))
def test_any_lines_are_read_alike_by_both_readers(lines: list[str], times: int) -> None:
    header = detect(lines * times)
    if header is None or not lines:
        return
    plain = [header.read(line, DATING) for line in lines]
    starts = [len(line[: head.message_start].encode()) for line, head in zip(lines, plain)]
    compiled = _read_compiled(header, lines, DATING)
    assert [head[:3] for head in compiled] == [(at, head.time_us, head.level) for at, head in zip(starts, plain)]


@pytest.mark.parametrize("piece", ["[", "(", "[a[b]", "x", "a:", "a=b ", "| ", "\t"])
def test_very_long_lines_take_no_more_than_their_length(piece: str) -> None:
    header = _detected(next(case for case in CASES if case.name == "spring"))
    start = "2026-11-21T03:12:00.123Z  INFO 4711 --- "
    assert header.read(start + piece * 500_000, DATING) == Head(0, None, None)
    assert detect([start + piece * 20_000] * 10) is not None
