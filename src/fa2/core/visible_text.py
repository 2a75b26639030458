"""Untrusted text made fit to be shown: nothing in it acts unseen."""

from __future__ import annotations

import re

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u180e\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e0fff"
    f"{''.join(chr(plane * 0x10000 + last) for plane in range(1, 17) for last in (0xFFFE, 0xFFFF))}]"
)


def visible(text: str) -> str:
    r"""Return text in which nothing acts unseen; lines stay, tabs become spaces.

    Control characters and terminal escapes show as \x1b, direction marks and characters without
    width as \u202e. A carriage return before a line feed goes.
    """
    if text.isascii() and text.isprintable():
        return text
    return _HIDDEN.sub(_escaped, text.replace("\r\n", "\n").replace("\t", "    "))


def one_line(text: str) -> str:
    """Return visible text on one line, breaks shown as ⏎."""
    return " ".join(visible(text).strip("\n").replace("\n", " ⏎ ").split())


def encodable(text: str) -> str:
    """Return text that can be written as UTF-8: halves of characters, which JSON can hold, become U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
