"""Plain Python and the compiled kernels see the same in any bytes; threads and blocks make no difference."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fa2.core.ports import Progress
from fa2.core.windows import TimeWindow
from fa2.logs.compiled import kernels
from fa2.logs.scans import compiled_scan
from fa2.logs.scans.blocks import Files, Messages
from fa2.logs.scans.scanning import ScanOptions, scan
from fa2.logs.shapes.definition import MAX_CHARS, shape_of
from scanned import Bytes, compiled, plainly, seen

NASTY = [
    b"\0",
    b"\x01",
    b"\x02",
    b"\t",
    b"\r",
    b"\n",
    b"\r\n",
    b"\x0b",
    b"\x1b[0m",
    b"\x7f",
    b"\x85",
    b"\xff",
    b"\xe3\x81",
]
NASTY += [
    b"\xed\xa0\x80",
    b"\xf0\x9f\x98",
    b"\xf4\x90\x80\x80",
    b"\xc0\xaf",
    b"\xe0\x80\x80",
    "\u2028é語😀".encode(),
    b"\xef\xbb\xbf",
]
WORDS = [
    b"<*>",
    b"<",
    b"1",
    b"42",
    b"a",
    b"eth0",
    b"k8s",
    b"md5_hash",
    b"_",
    b"_1",
    b"x_1_y",
    b"a1_",
    b"a1b2",
    b" ",
    b"  ",
]
WORDS += [
    b".",
    b":",
    b"+",
    b"@",
    b"%",
    b"-",
    b"=",
    b"/",
    b"10.0.0.1:80",
    b"3f2a-beef-09",
    b"node-17",
    b"core.",
    b'"',
    b"A" * 63,
]
WORDS += [b"7" * 64, b"w" * 65 + b"1", b"." * 130, b"\xe6\x97\xa5" * 40, b" " * 31, b"x1.y" * 20]
LINES = st.lists(st.sampled_from(NASTY + WORDS), max_size=40).map(b"".join)
LONG = st.tuples(LINES, st.sampled_from(NASTY + WORDS), st.integers(1, 1600)).map(lambda t: t[0] + t[1] * t[2] + t[0])


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    """Compile before the tests, which are not about that."""
    for kernel in (
        kernels.find_lines,
        kernels.scan_lines,
        kernels.fill_slots,
        kernels.carry_times,
        kernels.read_headers,
    ):
        kernel.load()


@settings(max_examples=200)
@given(st.lists(LINES | LONG, max_size=8))
@example(
    [b"x" * (MAX_CHARS - 1) + b"12", b"\xff" * (MAX_CHARS + 1), "😀".encode() * MAX_CHARS + b"1", b"1 " * MAX_CHARS]
)
@example([b"a\x01b\x02 1", b"a b\r1", b"\r", b"\r\r", b"", b"\xef\xbf\xbd", b"\xff"])
@example([b"9" * 64 + b"a" * 64 + b"." * 64 + b"9", b"a" * 200 + b"1", b"1" + b"." * 300, b"1" + b"." * 300 + b"1"])
def test_kernels_give_what_plain_python_gives(lines: list[bytes]) -> None:
    data = b"\n".join(lines)
    found = compiled(Bytes(data))
    assert seen(found) == seen(plainly(Bytes(data)))
    texts = [line.decode("utf-8", "replace") for line in data.removesuffix(b"\n").split(b"\n")] if data else []
    assert Counter(dict(zip(found.shapes, found.counts.tolist()))) == Counter(map(shape_of, texts))


@given(st.lists(st.text(), max_size=8))
@example(["a 1\nb 2", "a 1\rb", "lone \ud800 1", "", "\n", "x" * 2000 + "1"])
def test_messages_may_hold_newlines(texts: list[str]) -> None:
    found = compiled(Messages(texts))
    assert seen(found) == seen(plainly(Messages(texts)))
    assert found.lines == len(texts)
    assert {shape_of(text) for text in texts if text.isascii()} <= set(found.shapes)


@given(st.lists(LINES, min_size=1, max_size=30), st.integers(1, 200), st.integers(1, 4))
def test_blocks_and_threads_make_no_difference(lines: list[bytes], block: int, threads: int) -> None:
    data = b"\n".join(lines)
    split = compiled(Bytes(data, block), ScanOptions(number_lines=True, threads=threads))
    whole = plainly(Bytes(data))
    # a place counts blocks; what is at it does not
    assert seen(split)[0:4] + seen(split)[5:] == seen(whole)[0:4] + seen(whole)[5:]
    assert [text for _, _, text in seen(split)[4]] == [text for _, _, text in seen(whole)[4]]  # type: ignore[attr-defined]


def timed(seconds: Sequence[int]) -> bytes:
    """Return lines with times, a trace behind some, that many seconds after midnight."""
    out = []
    for n, second in enumerate(seconds):
        day, rest = divmod(second, 86400)
        clock = f"2026-03-{1 + day:02}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}.{n % 1000:03}Z"
        out.append(f"{clock} {('INFO', 'WARN', 'ERROR')[n % 3]} job {'done' if n % 2 else 'begun'} in {n} ms")
        out += ["  at com.example.Job(Job.java:12)"] * (n % 7 == 0)
    return "\n".join(out).encode()


@pytest.mark.parametrize("order", ["forward", "mixed"])
def test_times_levels_and_intervals_are_the_same_in_kernels_threads_and_plain(order: str) -> None:
    seconds = [n * 37 % 500_000 for n in range(4000)] if order == "mixed" else list(range(0, 400_000, 100))
    data = timed(seconds)
    whole = plainly(Bytes(data))
    assert seen(compiled(Bytes(data))) == seen(whole)
    split = compiled(Bytes(data, 1000), ScanOptions(number_lines=True, threads=3))
    assert seen(split)[:4] == seen(whole)[:4]
    assert (whole.untimed, whole.buckets.counts.sum(), len(set(whole.buckets.intervals.tolist()))) == (
        0,
        whole.lines,
        49 if order == "forward" else 37,
    )
    assert set(whole.levels.tolist()) == {0, 1 << 3 | 1 << 4 | 1 << 5}
    assert "job begun in <*> ms" in whole.shapes


def test_a_window_leaves_out_lines_of_other_times_and_their_traces() -> None:
    data = timed(range(0, 7200, 10))
    window = TimeWindow.parse("2026-03-01T01:00Z/2026-03-01T01:10Z")
    options = ScanOptions(number_lines=True, window=window, threads=1)
    found = compiled(Bytes(data), options)
    assert seen(found) == seen(plainly(Bytes(data), options))
    assert (found.lines, found.matched) == (720 + 103, 60 + 8)
    assert sum(found.numbers.array() >= 0) == 68  # type: ignore[union-attr]


def test_times_in_no_order_need_bounded_room(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(2)
    data = timed([chance.randrange(2_000_000) for _ in range(60_000)])
    found = compiled(Bytes(data))
    assert found.buckets.counts.sum() == found.lines
    assert found.buckets.step_s == 32768
    assert len(found.buckets.counts) <= 3 * 64


def test_lines_of_shapes_beyond_the_bound_are_counted() -> None:
    data = b"\n".join(b"word" + bytes([97 + n % 26, 97 + n // 26 % 26]) for n in range(2000))
    for way in (plainly, compiled):
        found = way(Bytes(data), ScanOptions(number_lines=True, max_shapes=100, threads=1))
        assert (len(found.shapes), found.lines, found.matched) == (100, 2000, 2000)
        lost = found.gaps[0].counts["lines_beyond_shapes"]
        assert lost > 1000
        assert found.counts.sum() + lost == 2000
        assert sum(found.numbers.array() < 0) == lost  # type: ignore[union-attr]


def test_shapes_beyond_the_bound_of_text_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled_scan, "_ARENA_BYTES", 1 << 20)
    data = b"\n".join(b"%b %d" % (bytes(97 + int(c) for c in f"{n:06}") * 100, n) for n in range(4000))
    found = compiled(Bytes(data))
    lost = found.gaps[0].counts["lines_beyond_shapes"]
    assert 1000 < lost < 4000
    assert found.counts.sum() + lost == found.lines == 4000


def test_tables_grow_with_the_shapes() -> None:
    data = b"\n".join(b"%b %d" % (bytes(97 + int(c) for c in f"{n % 50_000:05}"), n) for n in range(120_000))
    found = compiled(Bytes(data))
    assert len(found.shapes) == 50_000
    assert set(found.counts.tolist()) == {2, 3}


@pytest.mark.parametrize("tail", [b"", b"\n", b"\nlast 1", b"\r\nlast 1\r\n"])
def test_of_a_line_of_many_megabytes_the_head_is_looked_at_and_the_rest_passed_over(
    tmp_path: Path, tail: bytes
) -> None:
    path = tmp_path / "huge.log"
    path.write_bytes(b"first 1\n" + b"huge 1 " + b"x" * 10_000_000 + b" 2" + tail)
    last = [shape_of("last 1")] if b"last" in tail else []
    for way in (plainly, compiled):
        found = way(Files((path,)))
        assert found.shapes == sorted(["first <*>", shape_of("huge 1 " + "x" * 3000), *last])
        assert found.counts.tolist() == [1] * len(found.shapes)
        assert max(len(line) for line in found.samples.lines) <= 16_000


def test_a_file_of_nothing_but_long_lines_is_read_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.log"
    path.write_bytes(b"\n".join(b"%d " % n + b"y" * 5_000_000 for n in range(9)))
    found = compiled(Files((path,)))
    assert (found.lines, found.counts.tolist()) == (9, [9])


def test_an_endless_stack_trace_is_counted_by_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "trace.log"
    trace = b"".join(b"\tat com.example.Deep.call%d(Deep.java:%d)\n" % (n % 3, n) for n in range(200_000))
    path.write_bytes(b"2026-03-01T00:00:00Z ERROR failed 1\n" + trace)
    found = compiled(Files((path,)))
    assert (found.lines, found.counts.sum()) == (200_001, 200_001)
    assert len(found.shapes) < 10


def test_a_watcher_is_told_how_far_reading_is(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.log", "b.log")]
    for path in paths:
        path.write_bytes(b"line 1\n" * 1000)
    told: list[Progress] = []
    scan(Files(tuple(paths)), watch=told.append)
    assert [(p.stage, p.done, p.total) for p in told] == [("scan", 7000, 14000), ("scan", 14000, 14000)]
