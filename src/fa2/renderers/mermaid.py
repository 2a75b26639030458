"""The failing path as Mermaid, which GitHub, GitLab and most wikis draw.

No name can break or extend the diagram: of a text, letters and digits stand as they are and every other character as its
number (#35;), so that nothing a service is called can end a label, open a directive or become markup.
"""

from __future__ import annotations

import re

from fa2.core.report import Report
from fa2.renderers.diagram import Diagram, failing_path
from fa2.renderers.service_map import label_lines
from fa2.renderers.wording import Wording, one_line, with_texts

_CLASSES = {
    "suspect": "fill:#fdeceb,stroke:#b3231b,stroke-width:2px,color:#7a1710",
    "affected": "fill:#fff4df,stroke:#7d4c00,color:#573500",
    "normal": "fill:#ffffff,stroke:#8b929c,color:#545b65",
    "unknown": "fill:#ffffff,stroke:#8b929c,stroke-dasharray:4 3,color:#545b65",
    "first": "fill:#fdeceb,stroke:#b3231b,stroke-width:4px,color:#7a1710",
    "aside": "fill:none,stroke:none,color:#69717d",
}
_SPECIAL = re.compile(r"(?!(?<=[A-Za-z0-9])-[A-Za-z0-9])(?:[^\w ]|_)")
"""What stands as its number: all but letters, digits, spaces and the hyphens within names."""
_NO_FORMULA = "#8288;"
"""A joiner of no width between two dollars, which else begin a formula."""
_FAILING = "stroke:#b3231b,stroke-width:3px"


def render(report: Report) -> str:
    """Return the diagram, in the report's language; one line that says so where no service is known."""
    return drawn(failing_path(with_texts(report)), Wording(report.language))


def drawn(diagram: Diagram, wording: Wording) -> str:
    """Return a diagram as Mermaid: a node and its class a line, then the calls, then the looks."""
    graph = diagram.graph
    ids = {node.service: f"n{n}" for n, node in enumerate(graph.nodes, 1)}
    lines = ["flowchart LR"]
    for node in graph.nodes:
        kind = "first" if node.service == diagram.first else node.state
        text = [*label_lines(one_line(node.service)), *diagram.notes.get(node.service, [])]
        lines.append(f'    {ids[node.service]}["{"<br/>".join(map(escaped, text))}"]:::{kind}')
    if not graph.nodes:
        lines.append(f'    n0["{escaped(wording("text.no_map"))}"]:::aside')
    for edge in graph.edges:
        lines.append(f"    {ids[edge.caller]} {'==>' if edge.failing else '-->'} {ids[edge.callee]}")
    if graph.hidden:
        lines.append(f'    more["{escaped(wording("text.not_drawn", n=graph.hidden))}"]:::aside')
    failing = [str(n) for n, edge in enumerate(graph.edges) if edge.failing]
    if failing:
        lines.append(f"    linkStyle {','.join(failing)} {_FAILING}")
    lines += [f"    classDef {name} {look}" for name, look in _CLASSES.items()]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Return a label's text as Mermaid takes it between quotation marks; it reads as the text itself.

    text: on one line, with nothing in it that acts unseen, as wording.one_line gives it.
    """
    return _SPECIAL.sub(_numbered, text)


def _numbered(match: re.Match[str]) -> str:
    doubled = match[0] == "$" and match.string.startswith("$", match.end())
    return f"#{ord(match[0])};{_NO_FORMULA if doubled else ''}"
