"""The HTML page: nothing injected, nothing loaded, colours to be read."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from fa2.core.report import Report
from fa2.renderers import html
from fa2.renderers.markup import element

_ALLOWED = set(
    re.findall(
        r"\w+",
        "html head meta link title style body a header span nav button main section "
        "div p h1 h2 h3 h4 ul ol li dl dt dd svg rect "
        "defs marker path g line circle text b i small details summary figure figcaption "
        "table thead tbody tr th td code pre input select option output time dialog "
        "script footer ",
    )
)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "link", "input"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(page: str) -> list[tuple[str, dict[str, str | None]]]:
    reader = _Reader()
    reader.feed(page)
    assert not reader.open
    return reader.tags


def test_hostile_text_makes_no_element_and_no_handler(outage: Report) -> None:
    for tag, attributes in read(html.render(outage)):
        assert tag in _ALLOWED
        assert not [name for name in attributes if name.startswith("on")]
    assert len([1 for tag, _ in read(html.render(outage)) if tag == "script"]) == 2


def test_every_address_stays_within_the_page(outage: Report) -> None:
    for tag, attributes in read(html.render(outage)):
        assert "src" not in attributes
        href = attributes.get("href")
        assert href is None or href.startswith("#") or (tag == "link" and href == "data:,")
    assert "@import" not in html.render(outage)


def test_links_point_at_what_is_there_and_ids_stand_once(any_report: Report) -> None:
    tags = read(html.render(any_report))
    ids = [a["id"] for _, a in tags if a.get("id")]
    assert len(ids) == len(set(ids))
    hrefs = {h[1:] for _, a in tags if (h := a.get("href")) and h.startswith("#")}
    assert hrefs <= set(ids)


def test_the_policy_allows_this_script_and_no_other(english: Report) -> None:
    page = html.render(english)
    script = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(script) == 1
    digest = b64encode(sha256(script[0].encode()).digest()).decode()
    policy = next(a["content"] for _, a in read(page) if a.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    assert f"script-src 'sha256-{digest}';" in policy


def test_the_data_block_cannot_be_left_and_holds_the_cells(english: Report, hostile: str) -> None:
    page = html.render(english)
    block = re.search(r'<script type="application/json" id="claims">(.*?)</script>', page)
    assert block
    assert "<" not in block[1]
    claims = json.loads(block[1])
    assert claims["c3"]["cells"] == [[3, 0, "window_count"], [3, 0, "first_seen"]]
    assert "<script>alert('xss')</script>" in claims["c7"]["text"]


def test_the_page_tells_its_language(outage: Report) -> None:
    assert f'<html lang="{outage.language}">' in html.render(outage)


def test_attributes_are_escaped() -> None:
    made = element("a", '"<b>&', title='"><script>', href="#x")
    assert made == '<a title="&quot;&gt;&lt;script&gt;" href="#x">&quot;&lt;b&gt;&amp;</a>'


def _luminance(colour: str) -> float:
    channels = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [(t, g) for t in ("text", "quiet", "link", "bad", "warn", "good") for g in ("ground", "raised")]
    + [("bad", "bad-fill"), ("warn", "warn-fill"), ("good", "good-fill"), ("text", "mark")]
    + [("text", "warn-fill")],
)
def test_text_can_be_read_on_its_ground(text: str, ground: str, theme: int) -> None:
    css = (files("fa2.renderers") / "page.css").read_text("utf-8")
    colours = {name: pair.split(", ")[theme] for name, pair in re.findall(r"--([a-z-]+): light-dark\((.*?)\)", css)}
    lighter, darker = sorted((_luminance(colours[text]), _luminance(colours[ground])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5
