"""HTML and SVG by construction: every string is escaped unless an element was made of it."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from fa2.renderers.wording import visible

_VOID = frozenset({"meta", "link", "br", "input"})
_SHAPES = frozenset({"line", "rect", "circle", "path", "polygon"})


class Html(str):
    """Text that is HTML already; only this module and the page's own assets make it."""

    __slots__ = ()


def element(name: str, /, *children: Html | str | None, **attributes: str | float | bool) -> Html:
    """Return an element; strings among the children and attributes are escaped.

    Attributes: a trailing underscore is dropped (class_), others become hyphens (aria_label); a
    true boolean stands without value, a false one is left out. Numbers have at most two decimals.
    """
    opening = f"<{name}{''.join(_attribute(key, value) for key, value in attributes.items())}"
    if name in _VOID:
        return Html(f"{opening}>")
    if name in _SHAPES and not children:
        return Html(f"{opening}/>")
    return Html(f"{opening}>{join(children)}</{name}>")


def join(children: Iterable[Html | str | None]) -> Html:
    """Return the children one after the other, strings escaped."""
    return Html("".join(text(child) for child in children if child is not None))


def text(content: str) -> Html:
    """Return a string escaped, what would act unseen made visible; HTML as it is."""
    return content if isinstance(content, Html) else Html(escape(visible(content), quote=True))


def _attribute(key: str, value: str | float | bool) -> str:
    name = key.rstrip("_").replace("_", "-")
    if isinstance(value, bool):
        return f" {name}" if value else ""
    if isinstance(value, str):
        return f' {name}="{text(value)}"'
    return f' {name}="{round(value, 2):g}"' if abs(value) < 100000 else f' {name}="{value:.0f}"'
