"""`fa2 investigate` as a person types it."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from bundles import Scene
from fa2.renderers.json_report import schema
from scenes import calm, fa2, failed, outage, succeeded

FORMATS = ("terminal", "markdown", "html", "json")
SIGNS = {"terminal": "▲", "markdown": "# ", "html": "<!doctype html>", "json": "{"}
TITLES = {"en": "payments is the likely cause", "ja": "payments"}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return outage().write(tmp_path_factory.mktemp("outage") / "bundle")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_format_is_written_in_both_languages(bundle: Path, form: str, language: str) -> None:
    text = succeeded("investigate", bundle, "--no-llm", "--format", form, "--language", language)
    assert text.lower().startswith(SIGNS[form])
    assert "payments" in text
    assert bool(re.search("[ぁ-ん]", text)) == (language == "ja")
    assert "\x1b" not in text
    assert text.endswith("\n")


def test_json_is_of_the_published_schema_and_names_the_cause(bundle: Path) -> None:
    report = json.loads(succeeded("investigate", bundle, "--format", "json"))
    jsonschema.validate(report, json.loads(schema()))
    assert report["verdict"] == "incident"
    assert {"service", "resource", "mechanism", "score", "evidence"} <= report["suspects"][0].keys()
    assert (report["suspects"][0]["service"], report["suspects"][0]["mechanism"]) == ("payments", "throttling")
    assert report["claims"]
    assert report["timeline"]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("r.html", "html"),
        ("r.HTM", "html"),
        ("r.md", "markdown"),
        ("r.json", "json"),
        ("r.txt", "terminal"),
        ("r", "terminal"),
        (".json", "terminal"),
    ],
)
def test_the_suffix_of_the_output_says_the_format(bundle: Path, tmp_path: Path, name: str, form: str) -> None:
    assert succeeded("investigate", bundle, "--output", tmp_path / name) == ""
    text = (tmp_path / name).read_text()
    assert text.lower().startswith(SIGNS[form])
    assert "\x1b" not in text


def test_a_format_that_is_named_goes_before_the_suffix(bundle: Path, tmp_path: Path) -> None:
    succeeded("investigate", bundle, "--format", "json", "-o", tmp_path / "report.html")
    assert json.loads((tmp_path / "report.html").read_text())["format"] == "fa2.report/1"


def test_a_dash_is_standard_output(bundle: Path, tmp_path: Path) -> None:
    out = succeeded("investigate", bundle, "--format", "json", "-o", "-", cwd=tmp_path)
    assert json.loads(out)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("scene", "verdict"),
    [(outage, "incident"), (calm, "no_incident"), (Scene, "inconclusive")],
    ids=lambda part: getattr(part, "__name__", part),
)
def test_the_exit_code_is_zero_whatever_the_verdict(scene: Callable[[], Scene], verdict: str, tmp_path: Path) -> None:
    folder = scene().write(tmp_path / "b")
    assert json.loads(succeeded("investigate", folder, "--format", "json"))["verdict"] == verdict


@pytest.mark.end_to_end
def test_the_language_comes_from_option_environment_locale_and_bundle_in_this_order(
    bundle: Path, tmp_path: Path
) -> None:
    japanese = tmp_path / "ja"
    shutil.copytree(bundle, japanese)
    incident = json.loads((bundle / "incident.json").read_text())
    (japanese / "incident.json").write_text(json.dumps({**incident, "language": "ja"}))

    def language(*options: str, **environment: str) -> str:
        out = succeeded("investigate", japanese, "--format", "json", *options, **environment)
        return str(json.loads(out)["language"])

    assert language() == "ja"
    assert language(LC_ALL="en_US.UTF-8") == "ja"
    assert language(FA2_LANGUAGE="en") == "en"
    assert language("--language", "en", FA2_LANGUAGE="ja") == "en"
    assert json.loads(succeeded("investigate", bundle, "--format", "json"))["language"] == "en"
    assert json.loads(succeeded("investigate", bundle, "--format", "json", LANG="ja_JP.UTF-8"))["language"] == "ja"


def test_question_and_window_of_the_command_line_go_before_the_bundles(bundle: Path) -> None:
    options = ("--from", "2026-11-20T12:02+09:00", "--to", "2026-11-20T03:05Z", "--question", "なぜ？")
    baselines = (
        "--baseline",
        "2026-11-20T02:00Z/2026-11-20T02:10Z",
        "--baseline",
        "2026-11-20T02:20Z/2026-11-20T02:30Z",
    )
    report = json.loads(succeeded("investigate", bundle, *options, *baselines, "--format", "json"))
    assert report["window"] == {"start": "2026-11-20T03:02:00Z", "end": "2026-11-20T03:05:00Z"}
    assert [span["start"] for span in report["baseline"]] == ["2026-11-20T02:00:00Z", "2026-11-20T02:20:00Z"]
    assert report["question"] == "なぜ？"


# The same input gives the same bytes


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_input_gives_the_same_bytes(bundle: Path, form: str) -> None:
    def run(**environment: str) -> str:
        return succeeded("investigate", bundle, "--format", form, "--language", "en", **environment)

    first = run(PYTHONHASHSEED="0", TZ="UTC")
    assert len(first) > 1000
    assert run(PYTHONHASHSEED="1", TZ="Asia/Tokyo", LANG="ja_JP.UTF-8") == first
    assert run(PYTHONHASHSEED="2", TZ="America/St_Johns", LC_ALL="C", COLUMNS="100") == first
    assert run(LC_ALL="POSIX", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", PYTHONIOENCODING="ascii") == first


def test_a_folder_of_exports_gives_the_same_bytes_too(tmp_path: Path) -> None:
    for name in ("b.log", "a.log", "d/c.log"):
        (tmp_path / "x" / name).parent.mkdir(exist_ok=True, parents=True)
        lines = [
            f"2026-11-20T03:{n // 60:02}:{n % 60:02}Z {'ERROR' if 2400 < n < 2700 else 'INFO'} {name} step {n}\n"
            for n in range(3600)
        ]
        (tmp_path / "x" / name).write_text("".join(lines))
    runs = {
        succeeded("investigate", "x", "--format", "json", cwd=tmp_path, PYTHONHASHSEED=seed, TZ=zone)
        for seed, zone in (("0", "UTC"), ("1", "Asia/Tokyo"))
    }
    assert len(runs) == 1
    report = json.loads(runs.pop())
    assert report["window"]["start"] >= "2026-11-20T03:38:00Z"
    assert report["window"]["end"] <= "2026-11-20T03:47:00Z"
    assert report["baseline"]


# Pipes and terminals


def test_a_reader_that_goes_away_ends_it_quietly(bundle: Path) -> None:
    command = f"{sys.executable} -m fa2 investigate '{bundle}' --format html | head -c 10"
    done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == b"<!doctype "


def in_a_terminal(*command: str | Path, **environment: str) -> str:
    """Run a command with a terminal on all three ends and return what was written to it."""
    master, slave = pty.openpty()
    with subprocess.Popen(
        list(map(str, command)),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": "xterm", **environment},
    ) as process:
        os.close(slave)
        seen = b""
        while True:
            try:
                chunk = os.read(master, 65536)
            except OSError:  # how Linux says that nobody has the other end open any more
                break
            if not chunk:
                break
            seen += chunk
        assert process.wait(60) == 0
    os.close(master)
    return seen.decode()


def test_a_terminal_gets_colour_unless_no_color_is_set(bundle: Path) -> None:
    command = (sys.executable, "-m", "fa2", "investigate", bundle)
    assert "\x1b[" in in_a_terminal(*command)
    plain = in_a_terminal(*command, NO_COLOR="1")
    assert "payments" in plain
    assert "\x1b[3" not in plain


# What cannot be used


def empty(folder: Path) -> list[str | Path]:
    folder.mkdir()
    return ["investigate", folder]


def unreadable_zip(folder: Path) -> list[str | Path]:
    folder.with_suffix(".zip").write_bytes(b"PK\x03\x04 and no more")
    return ["investigate", folder.with_suffix(".zip")]


def folder_of_nothing_known(folder: Path) -> list[str | Path]:
    folder.mkdir()
    (folder / "image.png").write_bytes(b"\x89PNG\r\n" + bytes(range(256)))
    return ["investigate", folder]


def times_missing(folder: Path) -> list[str | Path]:
    folder.mkdir()
    (folder / "README.md").write_text("# Runbook\n\nTurn it off and on again.\n")
    return ["investigate", folder]


def on_a_bundle(*options: str) -> Callable[[Path], list[str | Path]]:
    return lambda folder: ["investigate", calm().write(folder), *options]


def output_below_a_file(folder: Path) -> list[str | Path]:
    (folder.parent / "file").touch()
    return ["investigate", calm().write(folder), "-o", folder.parent / "file" / "report.html"]


UNUSABLE: dict[str, tuple[Callable[[Path], list[str | Path]], str, str]] = {
    "nothing there": (lambda folder: ["investigate", folder], "nothing at", "見つかりません"),
    "an empty folder": (empty, "could be read", "読めるデータ"),
    "nothing recognised": (folder_of_nothing_known, "image.png", "image.png"),
    "nothing with a time": (times_missing, "--from and --to", "--from と --to"),
    "an unreadable zip": (unreadable_zip, "Copy it again", "コピーし直して"),
    "a time that is none": (on_a_bundle("--from", "noon", "--to", "one"), "“noon” is not a time", "「noon」"),
    "a start without end": (on_a_bundle("--from", "2026-11-20T03:00Z"), "belong together", "両方"),
    "an end without start": (on_a_bundle("--to", "2026-11-20T03:00Z"), "belong together", "両方"),
    "a window reversed": (
        on_a_bundle("--from", "2026-11-20", "--to", "2026-11-19"),
        "ends before it starts",
        "終了が開始より前",
    ),
    "a baseline that is none": (on_a_bundle("--baseline", "yesterday"), "START/END", "開始/終了"),
    "an output that cannot be": (output_below_a_file, "cannot be written: Not a directory", "書き込めません"),
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_unusable_input_is_told_in_one_line_in_both_languages(tmp_path: Path, kind: str) -> None:
    arrange, english, japanese = UNUSABLE[kind]
    command = arrange(tmp_path / "input")
    assert english in failed(*command)
    assert japanese in failed(*command, FA2_LANGUAGE="ja")


@pytest.mark.parametrize(
    "options",
    [["--format", "pdf"], ["--language", "fr"], ["--no-such-option"], ["a", "b"]],
    ids=str,
)
def test_wrong_usage_exits_with_two(bundle: Path, options: list[str]) -> None:
    done = fa2("investigate", *([bundle] if options[:1] != ["a"] else []), *options)
    assert done.returncode == 2
    assert b"Usage: " in done.stderr
    assert b"Traceback" not in done.stderr


def test_an_error_that_names_hostile_text_shows_it_harmlessly(tmp_path: Path) -> None:
    said = failed("investigate", tmp_path / "x\x1b[2J\x07\n\u202eevil")
    assert r"\x1b[2J\x07" in said
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", said)


def test_a_full_disk_is_told(bundle: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "fa2", "investigate", str(bundle)], stdout=full, stderr=subprocess.PIPE, timeout=60
        )
    assert done.returncode == 2
    assert b"No space left" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["it's", "two words", "$HOME", "障害 2026", "a*?[b]", "-dash", "new\nline", 'q"uote'])
def test_any_name_of_a_bundle_does(tmp_path: Path, name: str) -> None:
    outage().write(tmp_path / name)
    succeeded("investigate", f"./{name}", "-o", "report.json", cwd=tmp_path)
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["input"].endswith(name)
    assert report["suspects"][0]["service"] == "payments"
    assert "claims hold" in succeeded("verify", "report.json", cwd=tmp_path)
    for form in ("terminal", "markdown", "html"):
        assert "payments" in succeeded("investigate", f"./{name}", "--format", form, cwd=tmp_path)


@pytest.mark.parametrize("command", ["investigate", "validate", "verify", "collect"])
def test_a_name_that_is_not_utf8_is_told(tmp_path: Path, command: str) -> None:
    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    os.mkdir(folder)
    name = os.fsdecode(folder)
    assert "is not UTF-8. Rename it" in failed(command, name, *(["-o", "x"] if command == "collect" else []))
    assert "is not UTF-8. Rename it" in failed(
        command, ".", *(["-o", "x"] if command == "collect" else []), cwd=Path(name)
    )


def test_files_whose_names_are_not_utf8_are_read(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.log")).write_text("2026-11-20T03:00:00Z INFO x\n" * 9)
    report = json.loads(succeeded("investigate", tmp_path, "--format", "json"))
    assert report["coverage"][0]["source"] == "caf\ufffd.log"


def test_a_window_in_which_nothing_was_recorded_is_not_called_quiet(bundle: Path) -> None:
    report = json.loads(
        succeeded("investigate", bundle, "--from", "2030-01-01", "--to", "2030-01-02", "--format", "json")
    )
    assert (report["verdict"], report["confidence"]["level"]) == ("inconclusive", "low")
    assert [reason["key"] for reason in report["verdict_reasons"]] == ["ranking.verdict.silent"]


def test_a_window_asked_for_is_not_compared_with_itself(bundle: Path) -> None:
    whole = json.loads((bundle / "incident.json").read_text(encoding="utf-8"))["baseline"][0]
    middle = whole["start"][:14] + "30:00Z"
    report = json.loads(succeeded("investigate", bundle, "--from", whole["start"], "--to", middle, "--format", "json"))
    assert report["window"]["end"] == report["baseline"][0]["start"] == middle
