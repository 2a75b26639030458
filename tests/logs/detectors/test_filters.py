"""Filter patterns mean what CloudWatch's manual says."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.core.errors import UnusableInput
from fa2.logs.detectors.filters import parse_filter

RECORD = '{"level": "ERROR", "ms": 501, "user": {"id": 7, "tags": ["a", "b"]}, "ok": false, "gone": null, "code": "5"}'


@pytest.mark.parametrize(
    ("pattern", "passes", "stops"),
    [
        ("", ["anything", ""], []),
        ("ERROR", ["[ERROR 400] BAD", "an ERROR:"], ["ERRORS", "error", "XERROR"]),
        ("ERROR ARGUMENTS", ["ERROR in ARGUMENTS"], ["ERROR", "ARGUMENTS"]),
        ("?ERROR ?WARN", ["an ERROR", "a WARN"], ["INFO"]),
        ("ERROR -health", ["ERROR a"], ["ERROR health"]),
        ("-health", ["ok"], ["health ok"]),
        ('"INTERNAL SERVER ERROR"', ["x INTERNAL SERVER ERROR y"], ["INTERNAL ERROR SERVER"]),
        ('"say \\"hi\\""', ['I say "hi"'], ["say hi"]),
        ("%AUTHORIZED%", ["UNAUTHORIZED", "AUTHORIZED"], ["AUTHOR"]),
        ("%5\\d\\d%", ["status 503"], ["status 403"]),
        ('{ $.level = "ERROR" }', [RECORD, "prefix " + RECORD], ['{"level": "INFO"}', "ERROR", "{broken", "{}"]),
        ('{ $.level = "ERR*" && $.ms > 500 }', [RECORD], ['{"level": "ERROR", "ms": 500}']),
        ('{ ($.ms < 1 || $.user.id = 7) && $.level != "INFO" }', [RECORD], ['{"ms": 0, "level": "INFO"}']),
        ('{ $.user.tags[1] = "b" }', [RECORD], ['{"user": {"tags": ["b"]}}']),
        ("{ $.gone IS NULL }", [RECORD], ["{}", '{"gone": 1}']),
        ("{ $.ok IS FALSE }", [RECORD], ['{"ok": 0}']),
        ("{ $.none NOT EXISTS }", [RECORD], ['{"none": null}']),
        ("{ $.level = %^E% }", [RECORD], ['{"level": "THE"}']),
        ("{ $.code >= 5 }", [RECORD], ['{"code": "x"}', '{"code": 4.9}']),
    ],
)
def test_what_passes_and_what_does_not(pattern: str, passes: list[str], stops: list[str]) -> None:
    keep = parse_filter(pattern)
    assert [line for line in passes if not keep(line)] == []
    assert [line for line in stops if keep(line)] == []


@pytest.mark.parametrize(
    "pattern", ["[ip, user]", '"open', "%[%", "{ $.a }", "{ $.a = }", "{ a = 1 }", "{ ($.a = 1 }", "{ $.a IS BLUE }"]
)
def test_what_means_nothing_is_refused(pattern: str) -> None:
    with pytest.raises(UnusableInput):
        parse_filter(pattern)


@given(st.text(st.sampled_from('ERr?-"%{}$.=&|()[]\\ 1a'), max_size=20), st.text(max_size=20))
def test_any_pattern_is_a_filter_or_refused(pattern: str, line: str) -> None:
    with suppress(UnusableInput):
        assert parse_filter(pattern)(line) in (True, False)
