"""fa2 query, as a person uses it."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bundles import Scene
from fa2.apps.cli.commands import app
from fa2.core.errors import UnusableInput
from scenes import fa2

LINES = """2026-11-20T03:00:01Z INFO user=ann, method:GET, latency := 12
2026-11-20T03:01:01Z ERROR user=bob, method:PUT, latency := 120 timeout
2026-11-20T03:06:01Z ERROR user=bob, method:PUT, latency := 90 timeout
2026-11-20T03:07:01Z WARN disk 障害 \x1b[31mred\x1b[0m
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "app.log"
    path.write_text(LINES, encoding="utf-8")
    return path


def asked(*arguments: str | Path) -> tuple[str, str]:
    """Run in this process; return what went to standard output and standard error."""
    done = CliRunner().invoke(app, ["query", *map(str, arguments)])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout, done.stderr


def test_the_example_of_the_help_gives_a_table_and_counts(log: Path) -> None:
    out, err = asked("fields @timestamp, @message | filter @message like /ERROR/ | stats count(*) by bin(5m)", log)
    assert [line.split() for line in out.splitlines() if "2026" in line] == [
        ["2026-11-20", "03:05:00.000", "1"],
        ["2026-11-20", "03:00:00.000", "1"],
    ]
    assert err == "Rows: 2. Log events matched: 2 of 4.\n"


def test_json_keeps_types_and_tells_statistics(log: Path) -> None:
    query = 'parse @message "user=*, method:*, latency := * " as user, method, ms | stats max(ms) as ms by user'
    out, _ = asked(query, log, "--format", "json")
    assert json.loads(out) == {
        "results": [{"user": "bob", "ms": 120}, {"user": None, "ms": None}],
        "statistics": {"recordsMatched": 4, "recordsScanned": 4, "rowsBeforeLimit": None},
    }


def test_csv_is_told_by_the_suffix_of_the_output(log: Path, tmp_path: Path) -> None:
    target = tmp_path / "result.csv"
    out, _ = asked("fields @timestamp, @message | sort @timestamp | limit 1", log, "-o", target)
    assert out == ""
    assert list(csv.reader(io.StringIO(target.read_text()))) == [
        ["@timestamp", "@message"],
        ["2026-11-20 03:00:01.000", LINES.splitlines()[0]],
    ]


def test_what_would_act_on_a_terminal_is_shown(log: Path) -> None:
    out, _ = asked("filter @message like 'disk' | fields @message", log)
    assert "\\x1b[31mred" in out.replace("\n", "")
    assert "\x1b" not in out


@pytest.mark.parametrize("columns", ["60", "100", "140"])
def test_tables_fit_the_terminal(log: Path, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    from rich.cells import cell_len

    monkeypatch.setenv("COLUMNS", columns)
    out, _ = asked("fields @timestamp, @message, @log, @ptr", log)
    assert max(cell_len(line) for line in out.splitlines()) <= int(columns)
    assert "03:07:01" in out


def test_several_files_folders_and_bundles_are_one(tmp_path: Path, log: Path) -> None:
    packed = tmp_path / "more" / "old.log.gz"
    packed.parent.mkdir()
    packed.write_bytes(gzip.compress(b"2026-11-19T03:00:00Z ERROR older timeout\n"))
    scene = Scene()
    scene.log(0, "ERROR timeout of a bundle")
    bundle = scene.write(tmp_path / "bundle")
    query = "filter @message like /timeout/ | stats count(*) as n by @log | sort n desc, @log"
    out, _ = asked(query, log, packed.parent, bundle, "--format", "json")
    results = json.loads(out)["results"]
    assert [row["n"] for row in results] == [3, 1] or [row["n"] for row in results] == [2, 1, 1]
    assert sum(row["n"] for row in results) == 4


def test_windows_may_be_open_at_one_end(log: Path) -> None:
    out, err = asked("stats count(*) as n", log, "--from", "2026-11-20T03:05Z", "--format", "json")
    assert json.loads(out)["results"] == [{"n": 2}]
    assert "2 of 2" in err
    out, _ = asked("stats count(*) as n", log, "--to", "2026-11-20T03:05Z", "--format", "json")
    assert json.loads(out)["results"] == [{"n": 2}]


def test_a_result_that_is_cut_says_so(log: Path) -> None:
    out, err = asked("fields @message", log, "--limit", "1")
    assert out.count("2026") == 1
    assert err.startswith("Only the first 1 of 4 rows are shown.")


def test_no_rows_are_told(log: Path) -> None:
    assert asked("filter @message = 'x'", log) == ("No rows.\n", "Rows: 0. Log events matched: 0 of 4.\n")


def test_standard_input_is_a_log() -> None:
    done = CliRunner().invoke(app, ["query", "filter @message like /ERROR/ | fields @message", "-"], input=LINES)
    assert done.stdout.count("timeout") == 2


def test_explain_shows_sql_and_bound_values_and_reads_nothing() -> None:
    out, err = asked("filter @message like /DROP TABLE/ | pattern @message | limit 3", "--explain")
    sql = [line for line in out.splitlines() if not line.startswith("--")]
    assert "DROP TABLE" not in "\n".join(sql)
    assert any(line.startswith("-- $v") and '"DROP TABLE"' in line for line in out.splitlines())
    assert out.count("SELECT") >= 3
    assert err == ""


def test_a_problem_is_shown_with_its_line_and_a_caret(log: Path) -> None:
    done = fa2("query", "fields @message\n| filter 障害 = )", log)
    assert (done.returncode, done.stdout) == (2, b"")
    said, line, caret = done.stderr.decode().splitlines()
    assert said == "fa2: line 2, column 15: `)` cannot stand here. Expected: a field or value."
    assert line == "  | filter 障害 = )"
    assert caret == "  " + " " * 16 + "^"


def test_a_problem_is_told_in_japanese(log: Path) -> None:
    done = fa2("query", "feilds @message", log, FA2_LANGUAGE="ja")
    assert done.stderr.decode().splitlines() == [
        "fa2: 1 行 1 文字目: `feilds` というコマンドはありません。`fields` ではありませんか。",
        "  feilds @message",
        "  ^^^^^^",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fields a"], "No logs are named"),
        (["fields a", "nowhere.log"], "nothing at nowhere.log"),
        (["fields a", "x", "--from", "yesterday"], "is not a time"),
    ],
)
def test_what_cannot_be_read_is_said(arguments: list[str], said: str) -> None:
    with pytest.raises(UnusableInput, match=said):
        asked(*arguments)


def test_exports_without_logs_are_no_logs(tmp_path: Path) -> None:
    scene = Scene()
    scene.metric(0, 1.0)
    with pytest.raises(UnusableInput, match="no log lines"):
        asked("fields a", scene.write(tmp_path / "b"))


def test_files_that_cannot_be_read_are_named_beside_the_rows(log: Path, tmp_path: Path) -> None:
    strange = tmp_path / "strange.bin"
    strange.write_bytes(bytes(range(256)) * 10)
    _, err = asked("limit 1", log, strange)
    assert "strange.bin" in err
