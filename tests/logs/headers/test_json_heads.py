"""Times and levels of JSON lines come from their members, in plain Python as in the kernel."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fa2.logs.compiled import kernels
from fa2.logs.headers.header import Dating
from fa2.logs.headers.header_levels import LEVELS
from fa2.logs.headers.json_keys import detect_json
from fa2.logs.headers.json_members import members, scalars
from fa2.logs.scans.scanning import ScanOptions
from scanned import NUMBERED, Bytes, compiled, plainly, seen

MEMBERS = ['"time":"2026-03-01T00:00:09Z",', '"level":"warn"', '{"x":[1,{"time":"no"}]}', '"a":1,', '"tim\\u0065":1']
VALUES = ['"time"', '"level"', '"2026-03-01T00:00:00Z"', '"error"', "30", "null", '"\\""', '"\\\\"', "é"]
PIECES = st.sampled_from([*'{}[]"\\,: \t', *VALUES, *MEMBERS])
SOUP = st.lists(PIECES, max_size=14).map("".join)


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    """Compile before the tests, which are not about that."""
    for kernel in (kernels.find_lines, kernels.scan_lines, kernels.carry_times, kernels.read_json):
        kernel.load()


def lines_of(count: int, **more: object) -> list[str]:
    return [
        json.dumps(
            {
                "time": f"2026-03-01T00:{n // 60 % 60:02}:{n % 60:02}Z",
                "level": ("info", "warn")[n % 2],
                **more,
                "msg": f"job {n}",
            }
        )
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("line", "time", "level"),
    [
        ({"time": "2026-03-01T09:00:00.5+09:00", "level": "error"}, "2026-03-01T00:00:00.500000+00:00", "ERROR"),
        ({"timestamp": 1772323200000, "severity": "WARNING"}, "2026-03-01T00:00:00+00:00", "WARN"),
        ({"ts": "1772323200.25", "lvl": "dbg"}, "2026-03-01T00:00:00.250000+00:00", "DEBUG"),
        ({"pid": 1, "level": 50, "time": 1772323200000}, "2026-03-01T00:00:00+00:00", "ERROR"),
        ({"t": {"$date": "2026-03-01T00:00:00.5Z"}, "s": "W", "msg": "?"}, "2026-03-01T00:00:00.500000+00:00", "WARN"),
        ({"@t": "2026-03-01T00:00:00Z", "@l": "Warning"}, "2026-03-01T00:00:00+00:00", "WARN"),
        (
            {"@timestamp": "2026-03-01T00:00:00Z", "log": {"logger": "a", "level": "ERROR"}},
            "2026-03-01T00:00:00+00:00",
            "ERROR",
        ),
        ({"instant": {"epochSecond": 1772323200}, "level": "INFO"}, "2026-03-01T00:00:00+00:00", "INFO"),
        (
            {"level": 300, "level_name": "WARNING", "created": "2026-03-01 00:00:00"},
            "2026-03-01T00:00:00+00:00",
            "WARN",
        ),
        ({"__REALTIME_TIMESTAMP": "1772323200000001", "PRIORITY": "6"}, "2026-03-01T00:00:00.000001+00:00", "INFO"),
        ({"timeUnixNano": "1772323200000001000", "severityNumber": 17}, "2026-03-01T00:00:00.000001+00:00", "ERROR"),
        ({"asctime": "2026-03-01 00:00:00,250", "levelno": 20}, "2026-03-01T00:00:00.250000+00:00", "INFO"),
        ({"log": "job 1\n", "time": "2026-03-01T00:00:00.250123456Z"}, "2026-03-01T00:00:00.250123+00:00", None),
        ({"startedAt": "2026-03-01T00:00:00Z", "level": 3}, "2026-03-01T00:00:00+00:00", None),
        (
            {"nested": {"time": "no"}, "@timestamp": "2026-03-01T00:00:00Z", "level": "?"},
            "2026-03-01T00:00:00+00:00",
            None,
        ),
    ],
)
def test_time_and_level_are_found_under_the_usual_names(line: dict[str, object], time: str, level: str | None) -> None:
    found = detect_json([json.dumps(line)] * 20)
    assert found is not None
    head = found.read(json.dumps(line), Dating())
    assert head.level == level
    assert datetime.fromtimestamp((head.time_us or 0) / 1e6, UTC).isoformat() == time


@pytest.mark.parametrize("lines", [[], ["plain text"] * 9, ['{"a": 1}'] * 9, ['{"time": "soon"}'] * 9, ["[1, 2]"] * 9])
def test_lines_without_them_have_no_such_header(lines: list[str]) -> None:
    assert detect_json(lines) is None


def test_members_are_told_as_they_stand() -> None:
    line = ' { "a" : 1.5 , "b":"x\\"y","c":{"d":"}"},"e":[{}],"f":true, "g": "cut'
    assert list(members(line)) == [
        ("a", "bare", "1.5"),
        ("b", "text", 'x\\"y'),
        ("c", "object", '{"d":"}"}'),
        ("e", "array", "[{}]"),
        ("f", "bare", "true"),
    ]


KEYS = st.sampled_from(["time", "level", "log", "a", 'b\u0065"', ""])
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(KEYS, VALUE), st.sampled_from([None, (",", ":"), (" , ", "\t: ")]))
def test_members_are_those_that_json_itself_finds(line: dict[str, object], marks: tuple[str, str] | None) -> None:
    text = json.dumps(line, separators=marks)
    found = [
        (json.loads(f'"{key}"'), json.loads(f'"{value}"' if form == "text" else value))
        for key, form, value in members(text)
    ]
    assert found == list(line.items())
    inner = {(json.loads(f'"{a}"'), json.loads(f'"{b}"')) for a, b in (path for path in scalars(text) if path[1:])}
    assert inner == {(key, name) for key, value in line.items() if isinstance(value, dict) for name in value}


def test_json_lines_have_times_and_levels_and_stay_whole() -> None:
    data = "\n".join(lines_of(600)).encode()
    found = compiled(Bytes(data))
    assert seen(found) == seen(plainly(Bytes(data)))
    assert found.shapes == [
        '{"time": "<*>", "level": "info", "msg": "job <*>"}',
        '{"time": "<*>", "level": "warn", "msg": "job <*>"}',
    ]
    assert (found.untimed, found.levels.tolist()) == (0, [1 << LEVELS.index("INFO"), 1 << LEVELS.index("WARN")])
    assert (found.last_us - found.first_us).tolist() == [598_000_000, 598_000_000]


def nested_lines(count: int) -> list[str]:
    times = (f"2026-03-01T00:00:{n % 60:02}Z" for n in range(count))
    return [json.dumps({"a": {"time": time, "level": 6}, "msg": "x"}) for time in times]


@settings(max_examples=60)
@given(st.sampled_from([lines_of(200), nested_lines(200)]), st.lists(SOUP, max_size=12))
@example(
    lines_of(200),
    [
        '{"time":"2026-03-01T00:00:09Z","level":"error","time":"2026-03-01T00:00:01Z"}',
        "{",
        '{"time":',
        '{"time":,"level":"warn"}',
        '{"level":"E"}',
        '{"level":""}',
    ],
)
@example(
    lines_of(200),
    [
        '{"x":"' + "y" * 200 + '\\"' + "z" * 70 + '","level":"fatal","time":"2026-03-01T00:00:09Z"}',
        '{"x":"\\',
        '{"level":60}',
        '{"level":7}',
        '{"level":99}',
    ],
)
@example(
    nested_lines(200),
    [
        '{"a":{"level":4,"time":"2026-03-01T00:00:09Z","level":3},"a":{"level":2}}',
        '{"a":"","a":{"level":3}}',
        '{"a":{"level":{"level":3}}}',
        '{"a":[{"level":3}]}',
        '{"a":{"level":3',
        '{"level":3}',
        '{"a":{ }, "time":"2026-03-01T00:00:09Z"}',
    ],
)
def test_the_kernel_reads_any_line_as_plain_python_does(usual: list[str], lines: list[str]) -> None:
    data = "\n".join(usual + lines).encode()
    assert seen(compiled(Bytes(data))) == seen(plainly(Bytes(data)))


DATES = st.sampled_from(["2026-03-01T00:00:00", "2026-03-01T00:00:01", "2026-3-1T0:0:1", "2026-02-30T00:00:00", ""])
FRACTIONS = st.sampled_from(["", ".", ",5", ".5", ".25", ".123456", ".999999999", ".1234567890", ".5.5", ".x"])
ZONES = st.sampled_from(["", "Z", "+09:00", "+08:00", "+0", " Z", "Z.5", " a.5", "5", "+99:00"])


@settings(max_examples=100)
@given(st.lists(st.tuples(DATES, FRACTIONS, ZONES), max_size=30), st.sampled_from(["", ".000", ",000"]))
@example(
    [
        ("2026-03-01T00:00:00", f, z)
        for f in (".5", ".25", ".1234567890", "")
        for z in ("Z", "+09:00", "+08:00", "+08:00")
    ],
    ".000",
)
@example([("2026-3-1T0:0:1Z ", "abc", f".{n}") for n in (5, 6)], ".000")
def test_times_of_one_second_are_read_as_if_each_were_alone(times: list[tuple[str, str, str]], usual: str) -> None:
    lines = [
        json.dumps({"time": f"2026-03-01T00:00:{n % 60:02}{usual}Z", "msg": f"job {'abc'[n % 3]}"}) for n in range(300)
    ]
    lines += [json.dumps({"time": "".join(time), "msg": "x" * n}) for n, time in enumerate(times)]
    data = "\n".join(lines).encode()
    assert seen(compiled(Bytes(data))) == seen(plainly(Bytes(data)))


def test_half_of_the_lines_are_enough_and_the_others_go_by_the_line_before() -> None:
    data = "\n".join(line for line in lines_of(300) for line in (line, "plain text 2020-01-01")).encode()
    found = compiled(Bytes(data))
    assert seen(found) == seen(plainly(Bytes(data)))
    assert found.untimed == 0
    assert found.last_us.max() - found.first_us.min() == 299_000_000
    assert detect_json(["plain text", *lines_of(1), "plain text"]) is None


def test_a_level_that_is_told_only_when_it_is_unusual_is_found() -> None:
    lines = [
        json.dumps({"@t": "2026-03-01T00:00:00Z", **({"@l": "Error"} if n % 9 == 0 else {}), "@m": "x"})
        for n in range(90)
    ]
    found = detect_json(lines)
    assert found is not None
    assert [found.read(line, Dating()).level for line in lines[:2]] == ["ERROR", None]


def test_blocks_and_threads_make_no_difference() -> None:
    data = "\n".join(
        line
        for n, line in enumerate(lines_of(900, tags=["a", {"b": 1}]))
        for line in [line] + ["  trace"] * (n % 19 == 0)
    ).encode()
    split = compiled(Bytes(data, 2000), ScanOptions(number_lines=True, threads=3))
    assert seen(split)[:4] == seen(compiled(Bytes(data), NUMBERED))[:4]
    assert split.lines == 900 + 48
