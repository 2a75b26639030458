"""Markdown from untrusted text: nothing in it becomes a link, a heading, HTML or a mention."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from fa2.renderers.wording import one_line, visible

_SPECIAL = re.compile(r"[\\`*_{}\[\]()#|~$]|(?<![^\s])[-+=](?=\s|$)|^(?:[-+=])|(?<=\d)[.)](?=\s)")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def plain(text: str) -> str:
    """Return text on one line that reads as itself in GitHub's Markdown, also in a table."""
    line = "".join(_ENTITIES.get(c, c) for c in one_line(text))
    return _unlinked(_SPECIAL.sub(lambda match: f"\\{match[0]}", line))


def _unlinked(line: str) -> str:
    """Keep addresses, mentions and issue numbers from becoming links."""
    line = line.replace("://", ":&#8203;//").replace("@", "@&#8203;")
    line = re.sub(r"\b(www)\.", r"\1&#8203;.", line, flags=re.IGNORECASE)
    line = re.sub(r"\b(GH)-(?=\d)", r"\1&#8203;-", line, flags=re.IGNORECASE)
    return re.sub(r"(\\#)(?=\d)", r"\1&#8203;", line)


def code(text: str) -> str:
    """Return text on one line as code, also in a table."""
    line = one_line(text)
    if not line:
        return "–"
    if "|" in line or "`" in line:
        return f"<code>{re.sub(r'[^0-9A-Za-z ]', lambda m: f'&#{ord(m[0])};', line)}</code>"
    return f"`{line}`"


def fenced(text: str, language: str = "") -> str:
    """Return lines of text in a fence longer than any run of backticks in them."""
    content = visible(text)
    longest = max((len(run) for run in re.findall("`+", content)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{content}\n{fence}"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], numeric: Iterable[int] = ()) -> str:
    """Return a table; cells are Markdown already, columns at `numeric` are set to the right."""
    right = set(numeric)
    rule = ["---:" if n in right else "---" for n in range(len(headings))]
    lines = [headings, rule, *rows]
    return "\n".join(f"| {' | '.join(cell or ' ' for cell in line)} |" for line in lines)
