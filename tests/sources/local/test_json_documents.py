"""Tests of reading JSON files."""

from __future__ import annotations

import contextlib

import orjson
import pytest
from exported_file import exported
from hypothesis import given
from hypothesis import strategies as st

from fa2.core.errors import UnusableInput
from fa2.core.ports import Gaps
from fa2.sources.local import json_documents
from fa2.sources.local.json_documents import documents, peek
from fa2.sources.local.json_values import Json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


def read(data: bytes | str, gaps: Gaps | None = None) -> list[Json]:
    return list(documents(exported(data), Gaps() if gaps is None else gaps))


def test_lines_documents_after_each_other_and_a_single_one_read_alike() -> None:
    pair: list[Json] = [{"a": 1}, {"b": [2]}]
    assert read('{"a":1}\n{"b":[2]}\n') == pair
    assert read('{\n "a": 1\n}\n{\n "b": [2]\n}') == pair
    assert read('\ufeff\n{"a":\n1}') == [{"a": 1}]
    assert read('{"a":1}'.encode("utf-16")) == [{"a": 1}]


def test_a_broken_line_is_counted_and_the_others_are_read() -> None:
    gaps = Gaps()
    assert read('{"a":1}\nStarting up...\n{"b":2}\n', gaps) == [{"a": 1}, {"b": 2}]
    assert gaps.counts == {"json_line": 1}
    assert gaps.examples["json_line"] == "Starting up..."


def test_lines_are_read_when_the_first_is_broken() -> None:
    gaps = Gaps()
    assert read('":1}\n{"b":2}\n', gaps) == [{"b": 2}]
    assert gaps.counts["json_line"] == 1


def test_a_document_that_breaks_off_is_read_as_far_as_it_goes() -> None:
    gaps = Gaps()
    cut = '{\n "Records": [{"a": 1}, {"b": "x'
    assert read(cut, gaps) == [{"Records": [{"a": 1}, {}]}]
    assert gaps.counts == {"json_cut_off": 1}


def test_what_is_no_json_is_refused_with_a_remedy() -> None:
    with pytest.raises(UnusableInput, match="cannot be read"):
        read("{not json\nat all")


def test_a_document_above_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_documents, "LARGEST_DOCUMENT", 100)
    with pytest.raises(UnusableInput):
        read('{\n"a": "' + "x" * 200 + '"}')


@given(st.dictionaries(st.text(max_size=4), JSON, min_size=1, max_size=5), st.booleans())
def test_any_cut_of_a_document_shows_only_what_is_in_it(whole: dict[str, Json], pretty: bool) -> None:
    data = orjson.dumps(whole, option=orjson.OPT_INDENT_2 if pretty else 0)
    for cut in range(1, len(data) + 1):
        seen = peek(data[:cut])
        assert isinstance(seen, dict)
        assert seen.keys() <= whole.keys()
    assert peek(data) == whole


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_never_break_it(data: bytes) -> None:
    peek(data)
    with contextlib.suppress(UnusableInput):
        read(data)
