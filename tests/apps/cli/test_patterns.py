"""`fa2 patterns` as a person uses it."""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from fa2.apps.cli.commands import app
from scenes import fa2, failed, outage, succeeded

LINES = [
    *(f"INFO handled order {n} for user-{n % 3} in {10 + n % 7} ms" for n in range(40)),
    *(f"ERROR no connection from pool orders-db after {5000 + n} ms: 10.0.3.{n} refused" for n in range(8)),
    "FATAL out of memory: killed process 4711",
]


def written(folder: Path, lines: list[str] = LINES, name: str = "app.log", end: str = "\n") -> Path:
    file = folder / name
    file.write_bytes("".join(line + end for line in lines).encode())
    return file


def as_json(*arguments: str | Path) -> Any:
    """Run in this process, which is quicker; the forms that people see are run as they run them."""
    done = CliRunner().invoke(app, ["patterns", *map(str, arguments), "--format", "json"], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def texts(report: Any) -> list[str]:
    return [pattern["text"] for pattern in report["patterns"]]


def assigned(file: Path) -> list[tuple[str, str]]:
    with file.open(newline="", encoding="utf-8") as rows:
        read = csv.DictReader(rows)
        assert read.fieldnames == ["line", "pattern"]
        return [(row["line"], row["pattern"]) for row in read]


def test_patterns_have_counts_shares_severities_tokens_and_values(tmp_path: Path) -> None:
    report = as_json(written(tmp_path))
    assert (report["lines"], report["matched"], report["found"]) == (49, 49, 3)
    orders, errors, fatal = report["patterns"]
    assert [p["count"] for p in report["patterns"]] == [40, 8, 1]
    assert [p["severity"] for p in report["patterns"]] == ["NONE", "ERROR", "FATAL"]
    assert orders["ratio"] == pytest.approx(40 / 49)
    assert errors["text"].count("<*>") == len(errors["tokens"])
    addresses = errors["tokens"][-1]
    assert (addresses["kind"], addresses["distinct"]) == ("ip", 8)
    assert addresses["values"][0] == {"value": "10.0.3.0", "count": 1}
    assert orders["samples"] == LINES[:3]
    assert fatal["samples"] == LINES[-1:]


def test_each_line_gets_its_pattern_in_input_order(tmp_path: Path) -> None:
    file = written(tmp_path, ["a 1", "", "b 2", "a 3"])
    succeeded("patterns", file, "--assignments", tmp_path / "out.csv")
    rows = assigned(tmp_path / "out.csv")
    assert [line for line, _ in rows] == ["1", "2", "3", "4"]
    patterns = [pattern for _, pattern in rows]
    assert patterns[0] == patterns[3] == "a <*>"
    assert patterns[2] != patterns[0]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_and_a_missing_last_one_make_no_difference(tmp_path: Path, end: str) -> None:
    whole = as_json(written(tmp_path, name="whole.log"))
    other = tmp_path / "other.log"
    other.write_bytes(end.join(LINES).encode())
    assert texts(as_json(other)) == texts(whole)


def test_lines_that_the_filter_takes_away_have_no_pattern(tmp_path: Path) -> None:
    file = written(tmp_path)
    report = json.loads(
        succeeded("patterns", file, "--filter", "ERROR", "--format", "json", "--assignments", tmp_path / "out.csv")
    )
    assert (report["lines"], report["matched"], report["found"], report["filter"]) == (49, 8, 1, "ERROR")
    assert report["patterns"][0]["ratio"] == 1.0
    rows = assigned(tmp_path / "out.csv")
    assert len(rows) == 49
    assert [bool(pattern) for _, pattern in rows] == [line.startswith("ERROR") for line in LINES]


@pytest.mark.parametrize(
    ("filter", "matched"),
    [
        ("order", 40),
        ("ord", 0),
        ("/ord/", 48),
        ("/ERR|fatal/", 8),
        ("/ERR|fatal/i", 9),
        ("?ERROR ?FATAL", 9),
        ("-order", 9),
        ('"no connection from"', 8),
        ("order user-1", 13),
        ("%after 500[0-3]%", 4),
    ],
)
def test_a_filter_is_words_phrases_or_a_regular_expression(tmp_path: Path, filter: str, matched: int) -> None:
    assert as_json(written(tmp_path), "--filter", filter)["matched"] == matched


def test_what_is_no_filter_is_refused(tmp_path: Path) -> None:
    assert "regular expression" in failed("patterns", written(tmp_path), "--filter", "/(/")


def test_standard_input_and_packed_files_are_read(tmp_path: Path) -> None:
    plain = as_json(written(tmp_path))
    packed = tmp_path / "app.log.gz"
    packed.write_bytes(gzip.compress((tmp_path / "app.log").read_bytes()))
    assert as_json(packed)["patterns"] == plain["patterns"]
    done = subprocess.run(
        [sys.executable, "-m", "fa2", "patterns", "-", "--format", "json"],
        input=(tmp_path / "app.log").read_bytes(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert json.loads(done.stdout)["patterns"] == plain["patterns"]
    assert json.loads(done.stdout)["inputs"] == ["stdin"]


def test_several_files_are_mined_together(tmp_path: Path) -> None:
    one, two = written(tmp_path, LINES[:45], "one.log"), written(tmp_path, LINES[45:], "two.log")
    assert texts(as_json(one, two)) == texts(as_json(written(tmp_path)))
    assert as_json(one, two)["inputs"] == [str(one), str(two)]


def test_exports_and_bundles_are_read_through_their_messages(tmp_path: Path) -> None:
    events = [
        {"timestamp": 1763607600000 + 1000 * n, "message": line, "ingestionTime": 0} for n, line in enumerate(LINES)
    ]
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "events.json").write_text(json.dumps({"events": events}))
    assert as_json(folder)["lines"] == len(LINES)
    bundle = outage().write(tmp_path / "bundle")
    assert any("ProvisionedThroughputExceededException" in text for text in texts(as_json(bundle)))


def timed(minutes: range, text: str) -> list[str]:
    return [
        f"2026-11-20T03:{minute:02}:{second:02}Z INFO {text} {second}"
        for minute in minutes
        for second in range(0, 60, 5)
    ]


def test_times_in_front_give_period_histogram_and_window(tmp_path: Path) -> None:
    file = written(tmp_path, timed(range(10), "handled order"))
    report = as_json(file)
    (pattern,) = report["patterns"]
    assert pattern["text"] == "handled order <*>"
    assert pattern["first_seen"] == "2026-11-20T03:00:00Z"
    assert pattern["last_seen"] == "2026-11-20T03:09:55Z"
    assert sum(pattern["histogram"]) == 120
    assert report["intervals"]["count"] == len(pattern["histogram"])
    inside = as_json(file, "--from", "2026-11-20T03:02Z", "--to", "2026-11-20T03:04Z")
    assert (inside["lines"], inside["matched"]) == (120, 24)
    assert inside["period"] == {"start": "2026-11-20T03:02:00Z", "end": "2026-11-20T03:04:00Z"}
    assert as_json(file, "--from", "2026-11-20T03:09Z")["matched"] == 12
    assert as_json(file, "--to", "2026-11-20T12:01", "--assume-zone", "Asia/Tokyo")["matched"] == 120


def test_headers_can_be_kept(tmp_path: Path) -> None:
    (pattern,) = as_json(written(tmp_path, timed(range(2), "handled order")), "--keep-headers")["patterns"]
    assert pattern["text"].endswith(" INFO handled order <*>")
    assert pattern["first_seen"] is None


def test_a_period_is_compared_with_the_one_before(tmp_path: Path) -> None:
    calm = timed(range(10, 20), "handled order")
    busy = [line for n in range(3) for line in timed(range(20, 30), f"pool wait {n} of")]
    file = written(tmp_path, sorted([*calm, *timed(range(20, 30), "handled order"), *busy]))
    window = ("--from", "2026-11-20T03:20Z", "--to", "2026-11-20T03:30Z")
    report = as_json(file, *window, "--compare", "previous")
    changes = {p["text"]: p["change"] for p in report["patterns"]}
    assert changes["handled order <*>"]["change"] == "same"
    assert changes["handled order <*>"]["before"] == 120
    new = [p for p in report["patterns"] if p["change"]["change"] == "new"]
    assert sum(p["count"] for p in new) == 360
    assert report["patterns"][0] == new[0], "what changed comes first"
    assert report["comparison"]["before"] == {"start": "2026-11-20T03:10:00Z", "end": "2026-11-20T03:20:00Z"}
    assert report["comparison"]["changes"]["new"] == len(new)
    table = succeeded("patterns", file, *window, "--compare", "previous")
    assert "the period before: 2026-11-20 03:10:00 – 03:20:00 UTC (10 min), 120 lines" in table
    assert "✚ new" in table


@pytest.mark.parametrize(
    ("given", "now"),
    [
        (("--from", "2026-11-20T03:20Z"), ("2026-11-20T03:20:00Z", "2026-11-20T03:29:55.000001Z")),
        (("--to", "2026-11-20T03:15:01Z"), ("2026-11-20T03:12:30.000500Z", "2026-11-20T03:15:00.000001Z")),
    ],
)
def test_one_end_of_a_period_is_enough_to_compare_it(
    tmp_path: Path, given: tuple[str, str], now: tuple[str, str]
) -> None:
    report = as_json(written(tmp_path, timed(range(10, 30), "handled order")), *given, "--compare", "previous")
    told = report["period"]
    assert told["start"] == report["comparison"]["before"]["end"]
    assert told["start"][:16] == now[0][:16]
    assert told["end"][:19] == now[1][:19]


def test_a_file_is_compared_with_another(tmp_path: Path) -> None:
    before = written(tmp_path, LINES[:40], "before.log")
    report = as_json(written(tmp_path), "--compare", before)
    assert {p["severity"]: p["change"]["change"] for p in report["patterns"]} == {
        "NONE": "same",
        "ERROR": "new",
        "FATAL": "new",
    }
    assert report["comparison"]["asked"] == str(before)


def test_what_cannot_be_compared_with_is_said(tmp_path: Path) -> None:
    assert "no period to compare with" in failed(
        "patterns", written(tmp_path, timed(range(2), "x")), "--compare", "gone"
    )
    assert "no times" in failed("patterns", written(tmp_path), "--compare", "previous")


def test_a_folder_gives_its_logs_and_says_what_it_could_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    written(folder, timed(range(3), "handled order"))
    (folder / "old.log.gz").write_bytes(gzip.compress("\n".join(timed(range(3), "handled order")).encode()))
    (folder / "core").write_bytes(bytes(range(256)) * 8)
    report = as_json(folder)
    assert [(p["text"], p["count"]) for p in report["patterns"]] == [("handled order <*>", 72)]
    assert [(gap["source"], gap["code"]) for gap in report["gaps"]] == [("core", "not_recognised")]
    assert "core: Nothing here reads this kind of file." in succeeded("patterns", folder)


def test_what_is_not_there_or_has_no_lines_is_said(tmp_path: Path) -> None:
    assert "There is nothing at" in failed("patterns", tmp_path / "missing.log")
    empty = written(tmp_path, [], "empty.log")
    assert "There are no lines." in succeeded("patterns", empty)


def test_order_and_limit(tmp_path: Path) -> None:
    file = written(tmp_path)
    assert [p["severity"] for p in as_json(file, "--sort", "severity")["patterns"]] == ["FATAL", "ERROR", "NONE"]
    limited = as_json(file, "--limit", "1")
    assert (len(limited["patterns"]), limited["found"], limited["hidden_lines"]) == (1, 3, 9)
    assert "2 more patterns (9 lines, 18.4 %) are not shown" in succeeded("patterns", file, "--limit", "1")


def test_severities_by_the_rule_of_the_console(tmp_path: Path) -> None:
    report = as_json(written(tmp_path), "--severity-rule", "console")
    assert [p["severity"] for p in report["patterns"]] == ["INFO", "ERROR", "INFO"]
    assert report["severity_rule"] == "console"


@pytest.mark.parametrize(("asked", "kept"), [("0", 0), ("2", 2), ("12", 12)])
def test_as_many_samples_as_asked_for(tmp_path: Path, asked: str, kept: int) -> None:
    report = as_json(written(tmp_path), "--samples", asked)
    assert report["patterns"][0]["samples"] == LINES[:kept]


@pytest.mark.parametrize(
    ("suffix", "begins"),
    [("html", "<!doctype html>"), ("json", '{"format":"fa2.patterns/1"'), ("csv", "id,severity")],
)
def test_the_form_follows_the_name_of_the_output(tmp_path: Path, suffix: str, begins: str) -> None:
    output = tmp_path / f"out.{suffix}"
    assert succeeded("patterns", written(tmp_path), "--output", output) == ""
    assert output.read_text(encoding="utf-8").startswith(begins)


def test_the_table_in_a_pipe_has_no_colours_and_whole_patterns(tmp_path: Path) -> None:
    text = succeeded("patterns", written(tmp_path), "--language", "en")
    assert "\x1b" not in text
    assert "49 lines, 3 patterns" in text
    assert [line.split()[0] for line in text.splitlines() if "%" in line] == ["40", "8", "1"]
    assert "49 行、3 パターン" in succeeded("patterns", written(tmp_path), "--language", "ja")


def test_small_files_load_nothing_that_takes_long(tmp_path: Path) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "fa2", "patterns", str(written(tmp_path))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    for module in ("numba", "duckdb", "pyarrow", "boto3"):
        assert f" {module}\n" not in done.stderr, module


def test_nothing_to_write_to_is_said(tmp_path: Path) -> None:
    assert "cannot be written" in failed("patterns", written(tmp_path), "-o", tmp_path / "no" / "such" / "out.html")


def test_help_shows_examples_and_every_option() -> None:
    text = succeeded("patterns", "--help", COLUMNS="120")
    for option in ("--filter", "--from", "--to", "--compare", "--assignments", "--limit", "--sort", "--severity-rule"):
        assert option in text
    assert "fa2 patterns app.log" in text
    assert fa2("patterns").returncode == 2


def test_samples_of_a_bundle_are_its_messages_as_they_stand() -> None:
    report = as_json(Path(__file__).parents[3] / "examples" / "incidents" / "quiet")
    samples = [sample for pattern in report["patterns"] for sample in pattern["samples"]]
    assert samples
    assert not [sample for sample in samples if sample.count("2026-11-20T") > 1]
    assert all(pattern["first_seen"] for pattern in report["patterns"])
