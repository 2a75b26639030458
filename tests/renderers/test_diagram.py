"""The failing path as Mermaid and as a picture: whatever a service is called, the real Mermaid draws its name."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from html import unescape
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from fa2.core.report import MapEdge, MapNode, Report, ServiceMap, Suspect
from fa2.fonts import font_files
from fa2.renderers import markdown, mermaid, picture
from fa2.renderers.diagram import MOST_NODES, failing_path
from fa2.renderers.service_map import label_lines
from fa2.renderers.wording import one_line

HOSTILE = [
    'a"b',
    'a]:::first\n    click n1 "javascript:alert(1)"',
    "%%{init: {'securityLevel': 'loose'}}%%",
    "<script>alert(1)</script>",
    "#quot;#35;&amp;",
    "end",
    "subgraph x; end",
    "1. one",
    "- item",
    "`**bold**` _x_ ~~y~~",
    "```\n# heading",
    "www.example.com https://example.com a@example.com",
    "\u202egnp.exe\u200b\x1b[31m\x00",
    "مرحبا שלום",
    "決済サービス（本番）～髙﨑",
    "👩\u200d💻🚀",
    "x" * 300,
    "\ufffe\U0001ffff\ue000",
    "$$x^2$$ \\(y\\)",
    "",
    " ",
]
names = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40))


def with_names(report: Report, services: list[str], label: str = "") -> Report:
    services = list(dict.fromkeys(services))
    nodes = [MapNode(service=s, state="affected") for s in services]
    edges = [MapEdge(caller=services[0], callee=s, failing=True) for s in services[1:]]
    suspects = [Suspect(service=services[-1], mechanism="timeout", score=0.9, evidence=[])]
    graph = ServiceMap(nodes=nodes, edges=edges, hidden=3)
    assert report.model
    model = report.model.model_copy(update={"labels": {services[-1]: label}})
    return report.model_copy(update={"service_map": graph, "suspects": suspects, "model": model})


def drawn_by_mermaid(source: str) -> str:
    """Return the SVG that the real Mermaid draws. Raises RuntimeError where it cannot read the source."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import mermaidx

        return str(mermaidx.render(source).svg())


def labels_in(svg: str) -> set[str]:
    """Return the labels of nodes: lines joined by |, spaces and line breaks of Mermaid's own left out."""
    found = re.findall(r'class="nodeLabel"[^>]*>(?:<p>)?(.*?)(?:</p>)?</span>', svg, re.DOTALL)
    return {squeezed(unescape(re.sub(r"<br ?/>", "|", label))) for label in found}


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u2060]+", "", text)


@settings(
    max_examples=3,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(services=HOSTILE, label='"]; click n1 href "javascript:alert(1)"')
@given(services=st.lists(names, min_size=2, max_size=12, unique=True), label=names)
def test_the_real_mermaid_draws_every_name_as_it_is(services: list[str], label: str) -> None:
    import investigated_reports

    report = with_names(investigated_reports.agreed("ja"), services, label)
    diagram = failing_path(report)
    svg = drawn_by_mermaid(mermaid.render(report))
    told = {
        squeezed("|".join([*label_lines(one_line(node.service)), *diagram.notes[node.service]]))
        for node in diagram.graph.nodes
    }
    assert told <= labels_in(svg)
    assert "javascript:" not in "".join(re.findall(r'href="[^"]*"', svg))
    assert "<script" not in svg


def test_mermaid_refuses_what_is_not_escaped() -> None:
    with pytest.raises(RuntimeError):
        drawn_by_mermaid('flowchart LR\n    n1["a"b"]')


@given(text=st.one_of(names, st.text()))
def test_a_label_holds_letters_digits_and_numbered_characters_only(text: str) -> None:
    escaped = mermaid.escaped(one_line(text))
    assert re.fullmatch(r"(?:[^\W_]|[ -]|#\d+;)*", escaped)
    assert "--" not in escaped


@given(text=st.text(alphabet=st.characters(exclude_categories=["C"])))
def test_an_escaped_label_reads_as_the_text(text: str) -> None:
    assert re.sub(r"#(\d+);", lambda match: chr(int(match[1])), mermaid.escaped(text)).replace("$\u2060", "$") == text


def test_the_diagram_is_as_last_reviewed(investigated: Report, matches_snapshot: Callable[[str, str], None]) -> None:
    matches_snapshot(f"diagram.{investigated.language}.mmd", mermaid.render(investigated))
    matches_snapshot(f"diagram.{investigated.language}.svg", picture.svg(investigated))


def test_the_failing_path_is_thick_and_the_first_suspect_marked(investigated: Report) -> None:
    text = mermaid.render(investigated)
    first = re.search(r'    (n\d+)\["orders-db<br/>(.*)"\]:::first', text)
    assert first
    assert "connection pool<br/>exhausted" in first[2]
    assert "max#95;connections" in first[2]
    assert len(re.findall(r"n\d+ ==> n\d+", text)) == 3
    assert re.search(rf"n\d+ ==> {first[1]}\n", text)
    assert "    linkStyle 0,1,2 " in text


def test_what_is_not_drawn_is_counted(investigated: Report) -> None:
    report = with_names(investigated, [f"service-{n}" for n in range(60)])
    diagram = failing_path(report)
    assert len(diagram.graph.nodes) == MOST_NODES
    assert diagram.graph.hidden == 3 + 60 - MOST_NODES
    assert "39" in mermaid.render(report)
    assert "39" in picture.svg(report)
    assert diagram.first == "service-59" == diagram.graph.nodes[0].service


def test_a_suspect_that_is_not_on_the_map_is_drawn(investigated: Report) -> None:
    report = investigated.model_copy(update={"service_map": ServiceMap()})
    assert failing_path(report).graph.nodes[0].service == "orders-db"


def test_labels_of_a_model_of_which_nothing_stands_are_not_shown(worthless: Report) -> None:
    assert worthless.model
    report = worthless.model_copy(
        update={"model": worthless.model.model_copy(update={"labels": {"orders-db": "made up"}})}
    )
    assert "made up" not in mermaid.render(report)


def test_a_report_without_services_says_so(any_report: Report) -> None:
    empty = any_report.model_copy(update={"service_map": ServiceMap(), "suspects": []})
    words = {"en": "The call graph is not known", "ja": "呼び出し関係は不明"}[empty.language]
    assert words in mermaid.render(empty)
    assert words in picture.svg(empty)


@given(services=st.lists(names, min_size=2, max_size=8, unique=True))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_picture_is_well_formed_and_holds_every_name(services: list[str]) -> None:
    import investigated_reports

    report = with_names(investigated_reports.agreed("en"), services, HOSTILE[0])
    diagram = failing_path(report)
    root = ElementTree.fromstring(picture.svg(report))  # noqa: S314 - our own
    texts = ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]
    for node in diagram.graph.nodes:
        assert set(label_lines(one_line(node.service))) <= set(texts)
    tags = {node.tag.rpartition("}")[2] for node in root.iter()}
    assert tags <= {"svg", "title", "style", "rect", "text", "g", "defs", "marker", "path"}


def test_a_png_is_drawn_with_the_japanese_font_that_fa2_brings(investigated: Report) -> None:
    drawn = picture.png(investigated)
    assert drawn.startswith(b"\x89PNG\r\n\x1a\n")
    width = int.from_bytes(drawn[16:20], "big")
    wide = re.search(r'width="(\d+)', picture.svg(investigated))
    assert wide
    assert abs(width - 2 * int(wide[1])) <= 2


def test_the_fonts_hold_what_japanese_reports_are_written_in() -> None:
    from resvg_py import svg_to_bytes

    def ink(text: str) -> bytes:
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><text y="30" font-size="30">{text}</text></svg>'
        fonts = [str(font_files()[0])]
        return bytes(svg_to_bytes(svg_string=svg, font_files=fonts, skip_system_fonts=True, font_family="Noto Sans JP"))

    missing = ink("\ue000")
    shown = {character: ink(character) for character in "障害経路髙﨑①～●◇▲Aé→"}
    assert all(image != missing for image in shown.values())
    assert len(set(shown.values())) == len(shown)


def test_markdown_holds_the_diagram_for_github(investigated: Report) -> None:
    text = markdown.render(investigated)
    assert f"```mermaid\n{mermaid.render(investigated).rstrip()}\n```\n" in text
