"""Markdown: untrusted text stays text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from fa2.core.report import Report
from fa2.renderers import markdown
from fa2.renderers.markdown_text import code, fenced, plain, table

PARSER = MarkdownIt("commonmark").enable("table").enable("strikethrough")


def shown(source: str) -> str:
    """Return the text that a reader sees."""
    tokens = PARSER.parse(source)
    assert not [t for t in tokens if t.type in {"html_block"}]
    parts = []
    for token in tokens:
        for child in token.children or []:
            assert child.type in {"text", "text_special", "softbreak", "code_inline", "html_inline"}
            if child.type == "html_inline":
                assert child.content in {"<code>", "</code>"}
            else:
                parts.append(child.content)
    return "".join(parts).replace("\u200b", "")


@given(st.text(st.characters(blacklist_categories=["Cs"]), max_size=60))
def test_any_text_reads_as_itself(text: str) -> None:
    line = " ".join(plain("x" + text).split())
    reader = shown(f"- {line}")
    again = shown(f"- {plain(reader)}")
    assert again == reader


@pytest.mark.parametrize(
    "text",
    [
        "# heading",
        "- item",
        "1. item",
        "> quote",
        "```",
        "**bold** __bold__ ~~gone~~",
        "<b>x</b>",
        "![i](http://x/y)",
        "[a]: http://x",
        "a | b",
        "&lt;",
        "\\",
        "---",
        "===",
        "$x$",
        "<!-- x",
    ],
)
def test_markup_in_text_shows_as_typed(text: str) -> None:
    assert shown(plain(text)) == text
    assert shown(table(["h", "g"], [[code(text), plain(text)]])) == f"hg{text}{text}"


def test_addresses_mentions_and_issues_do_not_become_links() -> None:
    text = plain("see https://evil.example www.evil.example @oncall #12")
    assert not re.search(r"://|www\.|@[a-z]|(?<!&)#\d", text)


def test_a_fence_is_longer_than_any_in_the_text() -> None:
    assert fenced("a\n````\nb").startswith("`````\n")


def test_the_report_holds_only_our_headings_and_no_foreign_html(outage: Report) -> None:
    source = markdown.render(outage)
    tokens = PARSER.parse(source)
    levels = [t.tag for t in tokens if t.type == "heading_open"]
    assert levels.count("h1") == 1
    inline = [c for t in tokens for c in t.children or []]
    html = {c.content for c in inline if c.type == "html_inline"}
    assert html <= {"<code>", "</code>", "<br>"}
    assert not [t for t in tokens if t.type == "html_block"]
    links = {c.attrs["href"] for c in inline if c.type == "link_open"}
    assert links
    assert all(str(href).startswith("#") for href in links)
    assert not [c for c in inline if c.type == "image"]
