"""Detectors from the command line, as an on-call engineer uses them: old files, replayed by the times in them."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scenes import failed, succeeded

START = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return a day of a calm log in which payments surge at 20:00 and an unknown error comes at 19:40."""
    chance = random.Random(7)
    lines = []
    for minute in range(24 * 60):
        at = START + timedelta(minutes=minute)
        lines += [(at, f"INFO request {chance.randrange(10**6)} served in {chance.randrange(20, 40)} ms")] * 4
        for n in range(40 if 1200 <= minute < 1220 else 2):
            lines.append((at + timedelta(seconds=n), f"INFO payment {chance.randrange(10**6)} accepted"))
        if minute == 1180:
            lines += [(at + timedelta(seconds=n), f"ERROR connection pool exhausted after {n} tries") for n in range(3)]
    file = tmp_path / "app.log"
    file.write_text("".join(f"{at:%Y-%m-%dT%H:%M:%SZ} {text}\n" for at, text in sorted(lines)))
    return file


@pytest.fixture
def store(tmp_path: Path) -> str:
    return str(tmp_path / "state" / "detectors.sqlite3")


def listed(store: str, *options: str) -> list[dict[str, object]]:
    found = json.loads(succeeded("anomalies", "list", "--format", "json", *options, FA2_STORE=store))
    assert isinstance(found, list)
    return found


def test_a_new_error_and_a_surge_are_found_on_an_old_file_and_nothing_else(log: Path, store: str) -> None:
    assert "fa2 detector run web" in succeeded("detector", "create", "web", log, FA2_STORE=store)
    assert "2 anomalies" in succeeded("detector", "run", "web", FA2_STORE=store)
    more, new = listed(store)
    assert (new["kind"], new["priority"], new["pattern"]) == (
        "new_pattern",
        "HIGH",
        "ERROR connection pool exhausted after <*> tries",
    )
    assert new["first_seen"] == "2026-11-02T19:40:00Z"
    assert (more["kind"], more["pattern"]) == ("more", "INFO payment <*> accepted")
    assert "2026-11-02T20:00" <= str(more["first_seen"]) < "2026-11-02T20:05"
    assert "2026-11-02T20:15" < str(more["last_seen"]) < "2026-11-02T20:30"
    assert not more["active"]


def test_running_again_finds_nothing_twice(log: Path, store: str) -> None:
    succeeded("detector", "create", "web", log, FA2_STORE=store)
    succeeded("detector", "run", FA2_STORE=store)
    first = listed(store)
    succeeded("detector", "run", FA2_STORE=store)
    assert listed(store) == first != []


def test_many_detectors_watch_one_log_each_with_its_filter(log: Path, store: str) -> None:
    succeeded("detector", "create", "errors", log, "--filter", "ERROR", "--baseline-days", "0.5", FA2_STORE=store)
    succeeded("detector", "create", "payments", log, "--filter", "payment", FA2_STORE=store)
    succeeded("detector", "run", FA2_STORE=store)
    assert [a["kind"] for a in listed(store, "--detector", "payments")] == ["more"]
    table = succeeded("detector", "list", FA2_STORE=store)
    assert table.index("errors") < table.index("payments")


def test_what_cannot_be_is_refused_with_a_remedy(log: Path, store: str) -> None:
    assert "Choose one of 1, 5, 10" in failed("detector", "create", "x", log, "--frequency", "7", FA2_STORE=store)
    assert "Choose 7 to 90" in failed("detector", "create", "x", log, "--visibility", "6", FA2_STORE=store)
    assert "There is no detector x" in failed("detector", "run", "x", FA2_STORE=store)
    assert "columns in brackets" in failed("detector", "create", "x", log, "--filter", "[ip, user]", FA2_STORE=store)


def test_a_detector_whose_files_are_gone_fails_with_the_reason_and_works_again(log: Path, store: str) -> None:
    succeeded("detector", "create", "web", log, FA2_STORE=store)
    away = log.rename(log.with_suffix(".away"))
    assert "There is nothing at" in failed("detector", "run", "web", FA2_STORE=store)
    shown = succeeded("detector", "show", "web", FA2_STORE=store)
    assert "FAILED" in shown
    assert "There is nothing at" in shown
    away.rename(log)
    assert "ANALYZING" in succeeded("detector", "run", "web", FA2_STORE=store)


def test_a_paused_detector_is_left_alone(log: Path, store: str) -> None:
    succeeded("detector", "create", "web", log, FA2_STORE=store)
    succeeded("detector", "pause", "web", FA2_STORE=store)
    assert "paused" in succeeded("detector", "run", FA2_STORE=store)
    assert listed(store, "--state", "all") == []
    succeeded("detector", "resume", "web", FA2_STORE=store)
    succeeded("detector", "run", FA2_STORE=store)
    assert listed(store) != []


def test_anomalies_are_suppressed_for_a_time_and_shown_again(log: Path, store: str) -> None:
    succeeded("detector", "create", "web", log, FA2_STORE=store)
    succeeded("detector", "run", FA2_STORE=store)
    more, new = listed(store)
    succeeded("anomalies", "suppress", str(new["id"])[:8], "--for", "2h", FA2_STORE=store)
    assert [a["id"] for a in listed(store)] == [more["id"]]
    assert [a["id"] for a in listed(store, "--state", "suppressed")] == [new["id"]]
    succeeded("anomalies", "suppress", str(new["id"])[:8], "--undo", FA2_STORE=store)
    assert len(listed(store)) == 2


def test_patterns_are_suppressed_and_anomalies_accepted(log: Path, store: str) -> None:
    succeeded("detector", "create", "web", log, FA2_STORE=store)
    succeeded("detector", "run", FA2_STORE=store)
    more, new = listed(store)
    succeeded("anomalies", "suppress", str(more["pattern_id"]), "--pattern", FA2_STORE=store)
    assert [a["id"] for a in listed(store)] == [new["id"]]
    succeeded("anomalies", "baseline", str(new["id"])[:8], FA2_STORE=store)
    assert listed(store) == []
    assert [a["id"] for a in listed(store, "--state", "baseline")] == [new["id"]]
    assert "Write it as 90m, 2h or 3d" in failed("anomalies", "suppress", "x", "--for", "soon", FA2_STORE=store)


def test_a_watch_tells_each_anomaly_on_two_lines(log: Path, store: str) -> None:
    succeeded("detector", "create", "web", log, FA2_STORE=store)
    told = succeeded("detector", "watch", "web", "--every", "0.1", "--until-idle", FA2_STORE=store)
    assert "2026-11-02 19:40 HIGH" in told
    assert told.count("ERROR connection pool exhausted after <*> tries") == 1


def test_a_reader_of_japanese_is_told_in_japanese(log: Path, store: str) -> None:
    japanese = {"FA2_STORE": store, "FA2_LANGUAGE": "ja"}
    assert "作成しました" in succeeded("detector", "create", "web", log, **japanese)
    assert "分析中" in succeeded("detector", "run", **japanese)
    assert "新しいパターン" in succeeded("anomalies", "list", **japanese)
    id = str(listed(store)[1]["id"])
    assert "これまでにないパターン" in succeeded("anomalies", "show", id, **japanese)
    assert "検出器を作成します" in succeeded("detector", "create", "--help", **japanese)


def test_the_definition_is_written_for_cloudwatch(log: Path, store: str) -> None:
    succeeded("detector", "create", "web", log, "--filter", "ERROR", "--frequency", "60", FA2_STORE=store)
    arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/web"
    text = succeeded("detector", "show", "web", "--format", "cloudwatch", "--log-group-arn", arn, FA2_STORE=store)
    assert json.loads(text) == {
        "logGroupArnList": [arn],
        "detectorName": "web",
        "evaluationFrequency": "ONE_HOUR",
        "anomalyVisibilityTime": 21,
        "filterPattern": "ERROR",
    }
    assert "--log-group-arn" in failed("detector", "show", "web", "--format", "cloudwatch", FA2_STORE=store)


def test_log_text_cannot_act_on_a_terminal(log: Path, store: str) -> None:
    with log.open("a") as file:
        file.write(
            "2026-11-02T23:50:00Z ERROR evil \x1b[31m\x1b]0;owned\x07 tail\n2026-11-02T23:59:00Z INFO payment 1 accepted\n"
        )
    succeeded("detector", "create", "web", log, FA2_STORE=store)
    succeeded("detector", "run", FA2_STORE=store)
    evil = next(a for a in listed(store) if "evil" in str(a["pattern"]))
    for command in (("list",), ("show", str(evil["id"]))):
        text = succeeded("anomalies", *command, FA2_STORE=store)
        assert "evil" in text
        assert "\x1b" not in text
