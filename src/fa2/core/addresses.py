"""Addresses of the web that come with what was collected."""

from __future__ import annotations

import re

_WEB = re.compile(r"https?://[^\s\x00-\x1f<>\"'`\\]{1,2000}", re.IGNORECASE)


def web_address(url: str | None) -> str | None:
    """Return an address that may be followed; None for anything but http(s), such as a script or a file."""
    return url if url and _WEB.fullmatch(url) else None
