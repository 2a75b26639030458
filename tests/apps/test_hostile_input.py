"""Whatever stands in logs, names and ids does no harm: it is shown as text, in every format."""

from __future__ import annotations

import json
import re
import string
import subprocess
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bundles import BASELINE, WINDOW, Scene, every
from fa2.pipeline import investigate
from fa2.renderers import html, json_report, markdown, terminal
from fa2.verification import verify
from fa2.wiring.investigations import stages
from scenes import succeeded

HOSTILE = [
    "<script>alert(1)</script>",
    "</style></script><img src=x onerror=alert(1)>",
    "\x1b]0;owned\x07\x1b[2J\x1b[31mred",
    "\u202eevil\u202c\u2066x\u2069\u200b",
    "nul \0 and \x08 back \x7f",
    "{{7*7}} ${7*7} {0} {x!r} %s %(a)s {",
    "# heading\r**bold** [click](javascript:alert(1)) | a | b | ``` <!-- -->",
    "'; DROP TABLE logs; --",
    '" OR ""="" $service $regex $1 ?',
    "[bold red]markup[/] [link=file:///etc/passwd]x[/link] :smile:",
    "\\x1b \\u202e \\n C:\\temp",
    "&lt;b&gt; &amp; &#60;",
    "日本語の行 ヌル",
    ".*+?^$|()[]{}\\",
]
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b]")
SOME_HTML = re.compile(r"alert\(1\)|onerror", re.IGNORECASE)


class _Page(HTMLParser):
    """What a browser would make of a page: its elements and the attributes that could act."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.data: list[str] = []
        self.acting: list[tuple[str, str, str | None]] = []
        self._into: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script":
            self._into = self.data if dict(attrs).get("type") == "application/json" else self.scripts
        for name, value in attrs:
            loads = name in ("src", "href", "action", "data", "srcset") and not (value or "").startswith(
                ("#", "data:,")
            )
            if name.startswith("on") or loads or "javascript:" in (value or "").lower():
                self.acting.append((tag, name, value))
        if tag in ("img", "iframe", "object", "embed", "base", "form"):
            self.acting.append((tag, "", None))

    def handle_endtag(self, tag: str) -> None:
        self._into = None

    def handle_data(self, data: str) -> None:
        if self._into is not None:
            self._into.append(data)


def harmless(form: str, text: str) -> None:
    """Fail when a report could act on the terminal, the browser or the reader of JSON."""
    if form == "json":
        assert "\x1b" not in text
        assert "\0" not in text
        json.loads(text)
        return
    assert not CONTROLS.search(text), CONTROLS.findall(text)[:5]
    page = _Page()
    page.feed(text if form == "html" else MarkdownIt("commonmark", {"html": True}).enable("table").render(text))
    if form != "terminal":
        assert page.acting == []
        assert len(page.scripts) == (1 if form == "html" else 0)
        assert not any(SOME_HTML.search(script) for script in page.scripts)
        assert all(json.loads(data) is not None and "<" not in data for data in page.data)


RENDERERS = {
    "terminal": terminal.render,
    "markdown": markdown.render,
    "html": html.render,
    "json": json_report.render,
}


def hostile_scene(texts: list[str]) -> Scene:
    """Return a scene in which every name, id and message is one of the texts, and much goes wrong."""
    scene = Scene(
        alarm={"name": texts[0], "service": texts[0], "reason": texts[-1], "dimensions": {texts[0]: texts[-1]}}
    )
    for n, text in enumerate(texts):
        other = texts[(n + 1) % len(texts)]
        for at in every(4, *BASELINE):
            scene.log(at, f"INFO fine {text}", service=text, level="INFO", trace_id=text, stream=other)
            scene.call(at, text, other)
        for at in every(0.4, *WINDOW):
            scene.log(at, f"ERROR {text} failed {other}", service=text, level="ERROR", trace_id=text, source=other)
            scene.call(at, text, other, ms=900, status="fault", error=f"Timeout {text}", resource=other)
        scene.series(dict.fromkeys(every(4, *BASELINE), 1.0), name=text, service=text, resource=other)
        scene.series(dict.fromkeys(every(1, *WINDOW), 99.0), name=text, service=text, resource=other)
        scene.change(-1, action=text, actor=other, service=text, resource_id=other, before=text, after=other)
        scene.finding(1, id_=text, title=other, service=text, resource_id=other, status=text)
        scene.edge(text, other)
        scene.add("documents", id=text, title=other, text=text, url=f"javascript:{text}")
    return scene


@pytest.fixture(scope="module")
def hostile_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile_scene(HOSTILE).write(tmp_path_factory.mktemp("hostile") / "bundle")


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("form", RENDERERS)
def test_a_bundle_of_hostile_names_is_reported_harmlessly(hostile_bundle: Path, form: str, language: str) -> None:
    text = succeeded("investigate", hostile_bundle, "--format", form, "--language", language)
    harmless(form, text)
    assert "DROP TABLE logs" in text.replace("\\", "")
    assert "{{7*7}}" in text.replace("\\", "") or form == "json"


def test_every_claim_on_hostile_names_holds(hostile_bundle: Path, tmp_path: Path) -> None:
    succeeded("investigate", hostile_bundle, "-o", tmp_path / "report.json")
    report = json.loads((tmp_path / "report.json").read_text())
    assert len(report["claims"]) > 20
    assert succeeded("verify", tmp_path / "report.json", hostile_bundle).startswith("All ")


@pytest.fixture(scope="module")
def hostile_exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of log files whose names and lines are hostile, one line of them of five million characters."""
    folder = tmp_path_factory.mktemp("exports") / "it's <b>$(touch fa2-owned)"
    folder.mkdir()
    start = datetime(2026, 11, 20, 3, tzinfo=UTC)
    for n, text in enumerate(HOSTILE):
        lines = []
        for step in range(300):
            level = "ERROR" if 200 <= step < 220 else "INFO"
            said = text if level == "ERROR" else "fine"
            lines.append(f"{(start + timedelta(seconds=12 * step)).isoformat()} {level} {said} {step}\n")
        if n == 0:
            lines.insert(210, f"{(start + timedelta(seconds=2500)).isoformat()} ERROR {'x<script>' * 600_000}\n")
            lines.insert(0, text * 3 + "\n")
        name = re.sub("[/\0]", "_", text)[:60]
        (folder / f"{n} {name}.log").write_bytes("".join(lines).encode())
        (folder / f"{name}.json").write_text(json.dumps({"resourceSpans": [text], text: text}))
        (folder / f"{name}.csv").write_text(f"timestamp,{text},value\n{text},{text},{text}\n")
    (folder / "bytes.log").write_bytes(b"2026-11-20T03:40:00Z ERROR \xff\xfe\x00 \x80 caf\xe9\n" * 20)
    (folder / "line\nbreak.log").write_text("2026-11-20T03:40:00Z ERROR x\n")
    (folder / "-rf").write_text("2026-11-20T03:40:00Z ERROR x\n")
    return folder


@pytest.mark.parametrize("form", RENDERERS)
def test_a_folder_of_hostile_files_is_reported_harmlessly(hostile_exports: Path, form: str) -> None:
    text = succeeded("investigate", hostile_exports, "--format", form)
    harmless(form, text)
    assert len(text) < 5_000_000
    assert "Traceback" not in text


def test_every_claim_on_hostile_files_holds(hostile_exports: Path, tmp_path: Path) -> None:
    succeeded("investigate", hostile_exports, "-o", tmp_path / "report.json", cwd=tmp_path)
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["claims"]
    assert succeeded("verify", tmp_path / "report.json", cwd=tmp_path).startswith("All ")
    assert not list(tmp_path.glob("fa2-owned"))


def test_collecting_hostile_files_writes_nothing_raw_to_the_terminal(hostile_exports: Path, tmp_path: Path) -> None:
    said = succeeded("collect", hostile_exports, "-o", tmp_path / "b")
    assert not CONTROLS.search(said)
    assert r"line\x0abreak.log" in said or "line" in said
    assert "is a valid bundle" in succeeded("validate", tmp_path / "b")


ANY_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=()) | st.sampled_from("<>&\"'`$\\\x1b\0|{}[]()*_\n\r\u202e;-"),
    min_size=1,
    max_size=12,
).filter(lambda text: text.strip(string.whitespace + "\0") != "")


@pytest.mark.end_to_end
@settings(max_examples=8)
@given(texts=st.lists(ANY_TEXT, min_size=2, max_size=3, unique=True))
def test_any_names_and_messages_are_reported_harmlessly_and_hold(texts: list[str]) -> None:
    with hostile_scene(texts).bundle() as bundle:
        report = investigate(bundle, stages(), language="en", named="b", watch=lambda progress: None)
        assert report.claims
        for form, render in RENDERERS.items():
            harmless(form, render(report))
        assert [checked.claim.id for checked in verify(report, bundle) if checked.problem] == []


def test_the_commands_of_a_report_run_nothing_but_themselves(hostile_exports: Path, tmp_path: Path) -> None:
    succeeded("investigate", hostile_exports, "-o", tmp_path / "report.json")
    (tmp_path / "bin").mkdir()
    for name in ("duckdb", "aws", "fa2", "unzip"):
        (tmp_path / "bin" / name).write_text(f'#!/bin/sh\nprintf "%s\\0" {name} "$@" >>"$RAN"\n')
        (tmp_path / "bin" / name).chmod(0o755)
    commands = [c for e in json.loads((tmp_path / "report.json").read_text())["evidence"] for c in e["how_to_get"]]
    assert commands
    environment = {"PATH": str(tmp_path / "bin"), "RAN": str(tmp_path / "ran")}
    for command in commands:
        done = subprocess.run(["/bin/bash", "-c", command], env=environment, capture_output=True, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, b""), command
    assert (tmp_path / "ran").read_bytes().count(b"duckdb\0") >= 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "ran", "report.json"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1e308, -1e308, 5e-324], ids=str)
def test_numbers_at_the_end_of_the_scale_are_reported_and_hold(value: float) -> None:
    scene = Scene()
    for at in every(1, BASELINE[0], WINDOW[1]):
        odd = value if at > 0 else 1.0
        scene.metric(at, odd)
        scene.span(at, ms=odd)
        scene.finding(at, severity=odd)
    with scene.bundle() as bundle:
        report = investigate(bundle, stages(), language="en", named="b", watch=lambda progress: None)
        for form, render in RENDERERS.items():
            harmless(form, render(report))
        assert "NaN" not in json_report.render(report)
        assert [checked.claim.id for checked in verify(report, bundle) if checked.problem] == []
        assert report.claims
