"""Files to patterns: every line counted once, whatever is in it, and told where it went."""

from __future__ import annotations

import csv
import gzip
import random
from pathlib import Path

import numpy as np
import pytest
import zstandard
from isal import igzip

from fa2.core.errors import UnusableInput
from fa2.logs.patterns.mining import Mined, mine, mine_files
from fa2.logs.scans import line_numbers
from fa2.logs.scans.assignments import write_assignments
from fa2.logs.scans.scanning import ScanOptions

LINES = ["connect from 10.0.0.1", "connect from 10.0.0.22", "", "disk full", "connect from 10.0.0.3"]
NUMBERED = ScanOptions(number_lines=True)


def file_of(folder: Path, data: bytes, name: str = "app.log") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def texts(found: Mined) -> list[str]:
    return [found.patterns[p].text if p >= 0 else "–" for p in found.assignment]


def test_lines_get_the_pattern_that_their_values_vary_in(tmp_path: Path) -> None:
    found = mine_files([file_of(tmp_path, "\n".join(LINES).encode())], options=NUMBERED)
    assert texts(found) == ["connect from <*>", "connect from <*>", "", "disk full", "connect from <*>"]
    assert [(p.text, p.count, p.ratio) for p in found.patterns] == [
        ("connect from <*>", 3, 0.6),
        ("", 1, 0.2),
        ("disk full", 1, 0.2),
    ]
    assert found.patterns[0].samples == ("connect from 10.0.0.1", "connect from 10.0.0.22", "connect from 10.0.0.3")
    assert (found.lines, found.matched, found.untimed) == (5, 5, 5)


def test_messages_and_a_file_of_them_give_the_same(tmp_path: Path) -> None:
    found = mine(LINES)
    from_file = mine_files([file_of(tmp_path, "\n".join(LINES).encode())], options=NUMBERED)
    assert found.patterns == from_file.patterns
    assert found.assignment.tolist() == from_file.assignment.tolist()


def test_the_order_of_lines_makes_no_difference_but_to_samples() -> None:
    lines = [f"{verb} of {n} by user_{n}" for verb in ("get", "put", "drop") for n in range(20)]
    facts = [(p.text, p.count, p.id) for p in mine(lines).patterns]
    random.Random(3).shuffle(lines)
    assert [(p.text, p.count, p.id) for p in mine(lines).patterns] == facts


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", 0),
        (b"\n", 1),
        (b"one", 1),
        (b"one\n", 1),
        (b"one\ntwo", 2),
        (b"one\n\ntwo\n\n", 4),
        (b"one\r\ntwo\r\n", 2),
        (b"\xef\xbb\xbfone\ntwo\n", 2),
        ("one\ntwo\n".encode("utf-16"), 2),
        ("one\ntwo".encode("utf-16-be"), 2),
        (b"\x00\x00\n\x00one\x00\n", 2),
        (b"one\xff\xfe\n\xe3\x81\n\xf0\x9f\n", 3),
    ],
)
def test_each_line_is_counted_however_lines_end(tmp_path: Path, data: bytes, lines: int) -> None:
    found = mine_files([file_of(tmp_path, data)], options=NUMBERED)
    assert found.lines == found.assignment.size == lines
    assert sum(p.count for p in found.patterns) == lines
    if data.startswith(b"\xef\xbb\xbf"):
        assert {p.text for p in found.patterns} == {"one", "two"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_with_a_mark_is_read_as_what_it_is(tmp_path: Path, encoding: str) -> None:
    text = ("" if encoding == "utf-16" else "\ufeff") + "接続 12 件\nétat 3\n"
    found = mine_files([file_of(tmp_path, text.encode(encoding))], options=NUMBERED)
    assert texts(found) == ["接続 <*> 件", "état <*>"]
    assert found.gaps[0].counts["note_other_encoding"] == 1


def packed(kind: str, data: bytes) -> bytes:
    half = len(data) // 2
    return {
        "gzip": gzip.compress(data),
        "igzip": igzip.compress(data),
        "members": gzip.compress(data[:half]) + gzip.compress(b"") + gzip.compress(data[half:]),
        "padded": gzip.compress(data[:half]) + b"\0" * 600 + gzip.compress(data[half:]) + b"\0" * 600,
        "twice": gzip.compress(gzip.compress(data)),
        "zstd": zstandard.compress(data),
        "frames": zstandard.compress(data[:half]) + zstandard.compress(data[half:]),
    }[kind]


@pytest.mark.parametrize("kind", ["gzip", "igzip", "members", "padded", "twice", "zstd", "frames"])
def test_packed_files_give_what_they_hold(tmp_path: Path, kind: str) -> None:
    data = "".join(f"line {n} of {n * n}\n" for n in range(40_000)).encode()
    found = mine_files([file_of(tmp_path, packed(kind, data))])
    assert [(p.text, p.count) for p in found.patterns] == [("line <*> of <*>", 40_000)]
    assert not found.gaps[0].counts


@pytest.mark.parametrize("kind", ["gzip", "members", "zstd"])
def test_of_a_file_that_breaks_off_what_came_before_is_kept(tmp_path: Path, kind: str) -> None:
    chance = random.Random(1)
    data = "".join(f"line {n} of {chance.random()}\n" for n in range(40_000)).encode()
    whole = packed(kind, data)
    found = mine_files([file_of(tmp_path, whole[: len(whole) * 3 // 4])])
    assert 20_000 < found.lines < 40_000
    assert found.patterns[0].count > 20_000
    assert found.gaps[0].counts == {"truncated_packing": 1}


def test_of_a_damaged_file_what_came_before_is_kept(tmp_path: Path) -> None:
    data = "".join(f"line {n}\n" for n in range(40_000)).encode()
    found = mine_files([file_of(tmp_path, gzip.compress(data)[:-8] + bytes(8))])
    assert 30_000 < found.patterns[0].count <= 40_000
    assert found.gaps[0].counts == {"damaged_packing": 1}


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match=r"missing\.log"):
        mine_files([tmp_path / "missing.log"])


def test_several_files_are_read_one_after_the_other(tmp_path: Path) -> None:
    paths = [file_of(tmp_path, b"from 1\nto 2", "a.log"), file_of(tmp_path, b"to 3\n", "b.log")]
    found = mine_files(paths, options=NUMBERED)
    assert texts(found) == ["from <*>", "to <*>", "to <*>"]
    assert found.files == tuple(map(str, paths))


def test_assignments_are_a_row_for_each_line(tmp_path: Path) -> None:
    data = b'said "a, b" 1\n\nplain\nsaid "a, b" 2\r\n'
    found = mine_files([file_of(tmp_path, data)], options=NUMBERED)
    write_assignments(found, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["line", "pattern"],
        ["1", 'said "a, b" <*>'],
        ["2", ""],
        ["3", "plain"],
        ["4", 'said "a, b" <*>'],
    ]


def test_assignments_that_cannot_be_written_say_so(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match=r"out\.csv"):
        write_assignments(mine(["a"]), tmp_path / "no" / "out.csv")


def test_many_assignments_lie_in_a_file_and_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = file_of(tmp_path, b"".join(b"%s %d\n" % (b"get" if n % 3 else b"put", n) for n in range(60_000)))
    held = mine_files([path], options=NUMBERED).assignment
    monkeypatch.setattr(line_numbers, "IN_MEMORY", 1000)
    spilled = mine_files([path], options=NUMBERED)
    assert isinstance(spilled.assignment, np.memmap)
    assert np.array_equal(held, spilled.assignment)
    write_assignments(spilled, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text().endswith("59999,get <*>\n60000,get <*>\n")
