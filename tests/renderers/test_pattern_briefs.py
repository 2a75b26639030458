"""Patterns of JSON lines say first what the lines say."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fa2.core.pattern_report import PatternView, Severity, TokenView
from fa2.renderers.pattern_briefs import brief
from fa2.renderers.pattern_members import VARIABLE, fields_of

CUT = '{"time":"<*>","level":"ERROR","msg":"take failed","err":{"code":"E<*>","stack":"Error: no\\n at <*>'


def view(text: str, severity: Severity = "NONE", kinds: str = "") -> PatternView:
    """Return a pattern whose values are called T1, T2 and so on; those whose letter is t are times."""
    kind = {n: "time" for n, letter in enumerate(kinds) if letter == "t"}
    tokens = tuple(TokenView(kind.get(n, "token"), f"T{n + 1}") for n in range(text.count(VARIABLE)))
    return PatternView(id="P1", text=text, display=text, count=1, ratio=1.0, severity=severity, regex="", tokens=tokens)


def shown(text: str, severity: Severity = "NONE", kinds: str = "") -> str:
    return "".join(piece.text for piece in brief(view(text, severity, kinds)))


@pytest.mark.parametrize(
    ("line", "severity", "expected"),
    [
        (
            {"level": "info", "ts": "<*>", "logger": "shop.http", "trace_id": "<*>", "msg": "GET <*> in <*> ms"},
            "NONE",
            "INFO shop.http GET <T3> in <T4> ms {trace_id}",
        ),
        ({"level": "warning", "msg": "pool is full", "size": 40}, "WARN", "pool is full {size=40}"),
        ({"PRIORITY": "<*>", "MESSAGE": "started", "_PID": "<*>"}, "NONE", "started {_PID}"),
        (
            {"msg": "failed", "err": {"type": "IOError", "message": "no <*>", "stack": "at <*>"}},
            "ERROR",
            "failed err.type=IOError err.message=no <T1> {err.stack}",
        ),
        (
            {"event": "failed", "exception": 'Traceback (most recent call last):\n  File "<*>"\nKeyError: <*>'},
            "ERROR",
            "failed exception=KeyError: <T2>",
        ),
        (
            {"log": {"level": "INFO", "logger": "a.B"}, "message": "up", "ecs": {"version": "<*>"}, "tags": ["<*>", 1]},
            "NONE",
            "INFO a.B up {ecs.version, tags}",
        ),
        (
            {
                "id": "<*>",
                "timestamp": "<*>",
                "message": json.dumps({"level": "WARN", "msg": 'say "<*>"', "id": "<*>"}),
            },
            "WARN",
            'say "<T3>" {id}',
        ),
        ({"method": "GET", "path": "<*>", "status": 503, "error": None}, "NONE", "method=GET status=503 {path, error}"),
        ({"msg": "INFO up", "level": "INFO"}, "NONE", "INFO up"),
        ({"msg": "up", "note": "x" * 40 + "<*>"}, "NONE", "up {note=" + "x" * 28 + "…}"),
        ({"msg": "up", "note": "x" * 26 + "<*>"}, "NONE", "up {note=" + "x" * 26 + "…}"),
        ({}, "NONE", "{}"),
    ],
)
def test_the_message_comes_first_and_other_keys_behind_it(
    line: dict[str, object], severity: Severity, expected: str
) -> None:
    assert shown(json.dumps(line), severity) == expected


def test_the_time_that_a_message_begins_with_is_left_out() -> None:
    text = '{"log":"[<*>] <*>,<*> WARN pool of <*>\\n","stream":"stdout","time":"<*>"}'
    assert shown(text, "WARN", "tt") == "WARN pool of <T4> {stream=stdout}"
    assert shown(text, "WARN", "xt") == "[<T1>] <T2>,<T3> WARN pool of <T4> {stream=stdout}"


def test_what_is_cut_off_is_shown_as_far_as_it_goes() -> None:
    assert shown(CUT, "ERROR") == "take failed err.code=E<T2> {err.stack}"
    assert shown('{"msg":"never en') == "never en"
    assert shown('{"msg":"a", <*> <*>') == "a {…=<T1> <T2>}"


@pytest.mark.parametrize("text", ["plain <*> text", '["<*>"]', "{<*>}", "{ braces }", "<*>"])
def test_other_patterns_are_shown_as_they_are(text: str) -> None:
    assert shown(text) == text.replace("<*>", "<T1>")


def test_values_have_a_style_and_what_is_secondary_too() -> None:
    pieces = brief(view('{"level":"info","msg":"job <*> done","pid":"<*>"}'))
    assert [tuple(piece) for piece in pieces] == [
        ("INFO ", "quiet"),
        ("job ", "text"),
        ("<T1>", "token"),
        (" done", "text"),
        (" {pid}", "quiet"),
    ]


TEXTS = st.lists(st.sampled_from(["<*>", "<*>", "a", " ", '"', "\\", "\n", "{", '{"msg":"', "level", "time"])).map(
    "".join
)
KEYS = st.sampled_from(["msg", "level", "time", "err", "stack", "logger", "a", ""])
VALUES = st.recursive(TEXTS | st.none() | st.integers(), lambda v: st.lists(v) | st.dictionaries(KEYS, v), max_leaves=9)
OBJECTS = st.dictionaries(KEYS, VALUES).map(json.dumps)


@given(OBJECTS, st.integers(0, 200), st.sampled_from(["", "t", "tttttttttt"]))
@example('{"msg": "<*>, <*>"}', 200, "tttt")
def test_any_object_cut_anywhere_is_one_line_of_its_own_values(text: str, size: int, kinds: str) -> None:
    text = text[:size]
    pieces = brief(view(text, kinds=kinds))
    line = "".join(piece.text for piece in pieces)
    assert line == " ".join(line.split())
    assert "<*>" not in line
    for field in fields_of(text) or ():
        assert field.first + field.text.count(VARIABLE) <= text.count(VARIABLE)


@given(st.text(max_size=60))
def test_no_text_is_too_strange(text: str) -> None:
    line = "".join(piece.text for piece in brief(view(text)))
    assert "\n" not in line
    assert "\x1b" not in line
