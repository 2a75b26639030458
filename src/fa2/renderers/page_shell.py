"""What any page of ours is wrapped in: one file that loads nothing, and lets no script run but its own."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files

from fa2.core.messages import Language
from fa2.renderers.markup import Html, element


def document(title: str, body: Html, *, language: Language, styles: Sequence[str], scripts: Sequence[str]) -> str:
    """Return a whole page. styles, scripts: names of files beside this one; `body` has to bring the scripts in."""
    page = element("html", _head(title, styles, scripts), body, lang=language)
    return f"<!doctype html>\n{page}\n"


def script_of(names: Sequence[str]) -> Html:
    """Return one script element of some files; `document`, given the same files, allows it and no other."""
    return element("script", Html(_joined(names)))


def data_block(content: str, id: str) -> Html:
    """Return JSON as an element that no browser runs, whatever the text in it."""
    for character in "<>&\u2028\u2029":
        content = content.replace(character, f"\\u{ord(character):04x}")
    return Html(f'<script type="application/json" id="{id}">{content}</script>')


def _head(title: str, styles: Sequence[str], scripts: Sequence[str]) -> Html:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(scripts)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("link", rel="icon", href="data:,"),
        element("title", title),
        element("style", Html(_joined(styles))),
    )


def _policy(scripts: Sequence[str]) -> str:
    digest = b64encode(sha256(_joined(scripts).encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _joined(names: Sequence[str]) -> str:
    return "\n".join(map(_asset, names))


@cache
def _asset(name: str) -> str:
    return (files("fa2.renderers") / name).read_text(encoding="utf-8").strip()
