"""Times and levels of JSON lines come from their members, in plain Python as in the kernel."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fa2.logs import kernels
from fa2.logs.header_levels import LEVELS
from fa2.logs.headers import Dating
from fa2.logs.json_heads import detect_json, members
from fa2.logs.scanning import ScanOptions
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
    assert list(members(line)) == [("a", "1.5"), ("b", 'x\\"y'), ("c", None), ("e", None), ("f", "true")]


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


@settings(max_examples=60)
@given(st.lists(SOUP, max_size=12))
@example(
    [
        '{"time":"2026-03-01T00:00:09Z","level":"error","time":"2026-03-01T00:00:01Z"}',
        "{",
        '{"time":',
        '{"time":,"level":"warn"}',
    ]
)
@example(
    [
        '{"x":"' + "y" * 200 + '\\"' + "z" * 70 + '","level":"fatal","time":"2026-03-01T00:00:09Z"}',
        '{"x":"\\',
        '{"level":60}',
    ]
)
def test_the_kernel_reads_any_line_as_plain_python_does(lines: list[str]) -> None:
    data = "\n".join(lines_of(200) + lines).encode()
    assert seen(compiled(Bytes(data))) == seen(plainly(Bytes(data)))


def test_blocks_and_threads_make_no_difference() -> None:
    data = "\n".join(
        line
        for n, line in enumerate(lines_of(900, tags=["a", {"b": 1}]))
        for line in [line] + ["  trace"] * (n % 19 == 0)
    ).encode()
    split = compiled(Bytes(data, 2000), ScanOptions(number_lines=True, threads=3))
    assert seen(split)[:4] == seen(compiled(Bytes(data), NUMBERED))[:4]
    assert split.lines == 900 + 48
