"""Files are followed through growth, rotation, truncation and packing: each message once."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from datetime import UTC
from pathlib import Path

import pytest

from fa2.core.detectors import FilePosition, LogEvent
from fa2.sources.local.json_lines import JsonLines
from fa2.sources.local.log_following import analysed, events, files_to_read
from fa2.sources.local.plain_text import PlainText

SOURCES = [JsonLines(), PlainText()]


def text(*numbers: int) -> str:
    return "".join(f"2026-11-20T03:{n // 60:02}:{n % 60:02}Z INFO step {n} of the work is done\n" for n in numbers)


class Follower:
    """Reads what is new, and remembers how far."""

    def __init__(self, *paths: Path) -> None:
        self.paths = [str(path) for path in paths]
        self.positions: dict[str, FilePosition] = {}

    def read(self, all_there: bool = True) -> list[LogEvent]:
        found = []
        for file in files_to_read(self.paths, self.positions, SOURCES):
            for followed in events(file, UTC, all_there=all_there):
                self.positions[followed.position.path] = followed.position
                found.append(followed.event)
        return found

    def steps(self, all_there: bool = True) -> list[int]:
        return [int(event.line.split(" step ")[1].split()[0]) for event in self.read(all_there)]


def test_messages_come_with_time_text_and_all_their_lines(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text("2026-11-20T03:00:01Z ERROR lost\n  at one\n  at two\n2026-11-20T03:00:02Z INFO on\n")
    first, second = Follower(log).read()
    assert (first.us, first.text) == (1_795_143_601_000_000, "ERROR lost")
    assert first.line == "2026-11-20T03:00:01Z ERROR lost\n  at one\n  at two"
    assert second.text == "INFO on"


def test_words_before_the_time_are_kept(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text("".join(f"web-1 2026-11-20T03:00:0{n}Z INFO on\n" for n in range(5)))
    assert {event.text for event in Follower(log).read()} == {"web-1 INFO on"}


def test_json_is_its_message_and_keys_without_the_time(tmp_path: Path) -> None:
    log = tmp_path / "app.jsonl"
    record = {
        "time": "2026-11-20T03:00:01Z",
        "msg": "paid",
        "level": "info",
        "order": {"id": 7, "sum": 1.5},
        "none": None,
    }
    log.write_text(json.dumps(record) + "\n")
    (event,) = Follower(log).read()
    assert event.text == "paid level=info order.id=7 order.sum=1.5"
    assert event.line == json.dumps(record)
    assert analysed("no json") == "no json"


def test_only_what_is_new_is_read(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text(text(1, 2))
    follower = Follower(log)
    assert follower.steps() == [1, 2]
    assert follower.steps() == []
    with log.open("a") as file:
        file.write(text(3))
    assert follower.steps() == [3]


def test_a_message_that_may_go_on_is_waited_for(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text(text(1, 2) + "2026-11-20T03:00:03Z INFO step 3 of")
    follower = Follower(log)
    assert follower.steps(all_there=False) == [1]
    with log.open("a") as file:
        file.write(" the work is done\n  in two lines\n")
    assert follower.steps(all_there=False) == [2]
    (event,) = follower.read()
    assert event.line.endswith("INFO step 3 of the work is done\n  in two lines")


def rename(log: Path) -> None:
    log.rename(log.with_name("app.log.1"))


def copy_and_truncate(log: Path) -> None:
    shutil.copy(log, log.with_name("app.log.1"))
    log.write_text("")


def pack(log: Path) -> None:
    log.with_name("app.log.1.gz").write_bytes(gzip.compress(log.read_bytes()))
    log.unlink()


@pytest.mark.parametrize("rotate", [rename, copy_and_truncate, pack])
def test_rotation_loses_nothing_and_doubles_nothing(tmp_path: Path, rotate: Callable[[Path], None]) -> None:
    log = tmp_path / "app.log"
    log.write_text(text(*range(50)))
    follower = Follower(tmp_path)
    assert follower.steps() == [*range(50)]
    with log.open("a") as file:
        file.write(text(50, 51))
    rotate(log)
    with log.open("a") as file:
        file.write(text(*range(60, 70)))
    assert sorted(follower.steps()) == [50, 51, *range(60, 70)]
    assert follower.steps() == []


def test_a_truncated_file_is_read_from_its_beginning(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text(text(*range(50)))
    follower = Follower(log)
    follower.read()
    log.write_text(text(7, 8))
    assert follower.steps() == [7, 8]


def test_packed_files_are_read_once(tmp_path: Path) -> None:
    (tmp_path / "app.log.2.gz").write_bytes(gzip.compress(text(1, 2).encode()))
    follower = Follower(tmp_path)
    assert follower.steps() == [1, 2]
    assert follower.steps() == []


def test_what_is_no_log_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)
    (tmp_path / "empty.log").write_text("")
    (tmp_path / "app.log").write_text(text(1))
    assert Follower(tmp_path).steps() == [1]
