"""Documents as sections."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fa2.documents.sections import LONGEST, front_matter, headings, sections, title_of

RUNBOOK = """Before any heading.

# Runbook

## Payments

Call the team.

### Connection pool

Raise it.

```sh
# not a heading
```

## Ledger

Short
=====

Last words.
"""


def test_sections_keep_the_titles_that_lead_to_them() -> None:
    found = [(section.title, section.text.split("\n")[0], section.line) for section in sections(RUNBOOK)]
    assert found == [
        ("", "Before any heading.", 1),
        ("Runbook > Payments", "Call the team.", 7),
        ("Runbook > Payments > Connection pool", "Raise it.", 11),
        ("Runbook > Ledger", "Ledger", 17),
        ("Short", "Last words.", 22),
    ]


def test_what_looks_like_a_heading_in_code_is_none() -> None:
    assert "not a heading" not in [heading.title for heading in headings(RUNBOOK)]
    longer = "````\n```\n# still code\n````\n# Title\n"
    assert [heading.title for heading in headings(longer)] == ["Title"]


def test_a_table_and_a_list_above_a_line_are_no_headings() -> None:
    assert list(headings("| a |\n---\n- item\n---\n1. one\n---\n")) == []


def test_front_matter_gives_title_and_address() -> None:
    written = "---\ntitle: 'Ledger: notes'\nurl: https://wiki.example.com/1\n---\n# Other\n\nText.\n"
    assert front_matter(written)[:2] == ("Ledger: notes", "https://wiki.example.com/1")
    assert [section.title for section in sections(written)] == ["Ledger: notes > Other"]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", 'https://a.example/"onclick=', "wiki/1"])
def test_only_addresses_of_the_web_are_taken(url: str) -> None:
    assert front_matter(f"---\nurl: {url}\n---\n").url is None


def test_a_title_given_leads_unless_the_document_begins_with_it() -> None:
    assert [s.title for s in sections("Words.", "Runbook > Pool")] == ["Runbook > Pool"]
    assert [s.title for s in sections("# Runbook\n\nWords.", "Runbook")] == ["Runbook"]


def test_a_long_section_is_cut_at_paragraphs_and_loses_nothing() -> None:
    paragraph = "接続プールの上限を引き上げる。" * 20
    written = "# 長い\n\n" + "\n\n".join(f"{n} {paragraph}" for n in range(30))
    found = list(sections(written))
    assert len(found) > 3
    assert all(section.text.split(" ")[0].isdigit() for section in found)
    assert sum(section.text.count("引き上げる") for section in found) == written.count("引き上げる")


@given(st.text(alphabet=st.sampled_from("ab#=-~`. \n\r\t。あ1>|") | st.characters(), max_size=300), st.text(max_size=5))
@example("---\ntitle: x\n---", "t")
@example("a\n===", "")
@example("# ", "t")
def test_sections_are_pieces_of_the_text_in_its_order_and_hold_all_of_its_prose(written: str, title: str) -> None:
    end = front_matter(written).end
    for section in sections(written, title):
        assert 0 < len(section.text) <= LONGEST
        assert written[section.start : section.start + len(section.text)] == section.text
        assert section.line == written.count("\n", 0, section.start) + 1
        assert section.start >= end or section.text in section.path
        end = section.start + len(section.text)
    title_of(written)


def test_a_document_of_ten_megabytes_without_a_break_is_cut_into_bounded_sections() -> None:
    assert len(list(sections("x" * 10_000_000))) == 5000
