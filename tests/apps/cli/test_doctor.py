"""`fa2 doctor` as a person reads it at night: what works, what does not, and what to do about it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from faults import DENIED
from loopback import Loopback
from rich.cells import cell_len
from world import World

from fa2.apps.cli.doctor_lines import colored, doctor_lines
from fa2.core.coverage import CoverageEntry, problem
from fa2.core.messages import LANGUAGES, catalogue
from fa2.core.windows import TimeWindow
from scenes import fa2

PLACES = [("111122223333", "ap-northeast-1")]
WINDOW = TimeWindow.parse("2026-11-20T03:10:00Z/2026-11-20T03:30:00Z")
STATEMENT = '{"Effect":"Allow","Action":"logs:StartQuery","Resource":["arn:aws:logs:ap-northeast-1:111122223333:*"]}'
_TABLE = 'database = "logs"\noutput_location = "s3://shop-results/fa2/"\n'
SETTINGS = f"""
[cloudwatch_logs]
groups = ["/aws/lambda/*"]
[alb_access_logs]
{_TABLE}table = "alb"
[cloudtrail_athena]
{_TABLE}table = "cloudtrail"
[documents]
folder = "runbooks"
"""


@contextmanager
def served() -> Iterator[tuple[World, Loopback]]:
    """Serve a world whose queries are done at once."""
    world = World()
    world.logs.polls_until_running = world.logs.polls_until_complete = 0
    world.athena.polls_until_running = world.athena.polls_until_done = 0
    with world.server() as aws:
        yield world, aws


def doctor(aws: Loopback, folder: Path, **environment: str) -> CompletedProcess[bytes]:
    (folder / "runbooks").mkdir()
    (folder / "runbooks" / "orders.md").write_text("# orders\n\nRaise its capacity.\n")
    times = ("--from", "2026-11-20T03:10Z", "--to", "2026-11-20T03:30Z")
    return fa2(
        "doctor",
        *times,
        cwd=folder,
        **{**aws.environment(), "XDG_CACHE_HOME": str(folder), "COLUMNS": "90"},
        **environment,
    )


def test_where_all_is_well_each_source_says_what_it_found(tmp_path: Path) -> None:
    (tmp_path / "fa2.toml").write_text(SETTINGS)
    with served() as (_, aws):
        done = doctor(aws, tmp_path)
    said = done.stdout.decode()
    assert (done.returncode, done.stderr) == (0, b"")
    assert "Account 111122223333, region ap-northeast-1\n" in said
    assert "/aws/lambda/payments 30" in said
    assert "knowledge_base.id is not set" in said
    assert "1 sections of documents can be searched." in said
    assert "No model is configured" in said
    assert "FAILS" not in said
    assert said.endswith("Everything that is configured works.\n")


def test_what_is_wrong_stands_last_with_its_remedy_and_the_exit_code_says_so(tmp_path: Path) -> None:
    (tmp_path / "fa2.toml").write_text(SETTINGS.replace('table = "alb"', 'table = "gone"'))
    with served() as (world, aws):
        aws.fault("logs.StartQuery", DENIED)
        world.config.recording = None
        done = doctor(aws, tmp_path, FA2_LANGUAGE="ja")
    said = done.stdout.decode()
    assert (done.returncode, done.stderr) == (1, b"")
    statements = [line.strip() for line in said.splitlines() if line.strip().startswith("{")]
    (statement,) = map(json.loads, statements)
    assert statement["Action"] == "logs:StartQuery"
    assert (
        said.index("\nAWS Config\n") < said.index("\nALB access logs in Athena\n") < said.index("\nCloudWatch Logs\n")
    )
    assert "失敗" in said
    assert "  未使用  DescribeConfigurationRecorders\n" in said
    assert said.endswith("必要な権限をまとめたポリシーは fa2 iam で出力できます。\n")


def entry(
    status: str, code: str = "", *, source: str = "CloudWatch Logs", query: str = "", **values: str | int
) -> CoverageEntry:
    reason = problem(code, **values) if code else None
    where = f"{source} (111122223333, ap-northeast-1)"
    return CoverageEntry(source=where, query=query or None, status=status, error=reason)  # type: ignore[arg-type]


def lines(*tried: CoverageEntry, language: str = "en", width: int = 80) -> list[str]:
    return list(doctor_lines(PLACES, WINDOW, tried, width=width, texts=catalogue(language)))  # type: ignore[arg-type]


def denied(query: str) -> CoverageEntry:
    return entry("failed", "aws_denied", query=query, action="logs:StartQuery", account="1", statement=STATEMENT)


def test_the_same_trouble_with_several_calls_is_told_once() -> None:
    said = lines(denied("StartQuery"), denied("StopQuery"))
    assert [line for line in said if "FAILS" in line] == ["  FAILS     StartQuery, StopQuery"]
    assert "Failing: 1. What to do stands after each →" in said


def test_all_that_is_said_of_one_call_stands_beneath_it_under_its_worst_status() -> None:
    said = lines(
        entry("ok", "note_logs_silent", query="Describe", n=1, example="a"),
        entry("partial", "logs_expired", query="Describe", n=2, example="b"),
    )
    assert said.count("  partly    Describe") == 1
    assert not any(line.startswith("  ok") for line in said)
    assert any("already deleted" in line for line in said)
    assert "Everything that is configured can be asked. Not as it should be: 1;" in " ".join(said)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [60, 100, 140])
def test_no_line_is_wider_than_the_terminal_but_a_statement_which_is_whole(language: str, width: int) -> None:
    long = entry("partial", "xray_no_traces", query="GetServiceGraph " + "x" * 300)
    for line in lines(denied("StartQuery"), long, language=language, width=width):
        assert cell_len(line) <= width or line.strip() in (STATEMENT,)
    assert STATEMENT in [line.strip() for line in lines(denied("q"), language=language, width=width)]


def test_what_comes_from_outside_cannot_steer_the_terminal() -> None:
    said = lines(entry("failed", "aws_refused", query="Get\x1b[2J\n  ok  fine", operation="x", problem="\x1b]0;t\x07"))
    assert not any(c in line for line in said for c in "\x1b\x07\n")


def test_several_accounts_are_told_apart() -> None:
    places = [*PLACES, ("444455556666", "us-east-1")]
    said = list(doctor_lines(places, WINDOW, [entry("ok", query="q")], width=80, texts=catalogue("en")))
    assert "CloudWatch Logs (111122223333, ap-northeast-1)" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_marks_are_coloured_and_nothing_else(language: str) -> None:
    texts = catalogue(language)  # type: ignore[arg-type]
    for line in lines(denied("q"), entry("ok", query="r"), language=language):
        shown = colored(line, texts)
        assert shown.replace("\x1b[0m", "").replace("\x1b[1;31m", "").replace("\x1b[32m", "") == line
        assert ("\x1b" in shown) == (line[:2] == "  " and line[2] != " ")
