"""JSON as a model writes it: perhaps broken, nested absurdly, or with halves of characters."""

from __future__ import annotations

import json
from typing import Any

from fa2.core.visible_text import encodable


def read_object(text: str, *, more: bool = False) -> dict[str, Any]:
    """Return the object that a text is, its strings fit to be written anywhere.

    more: whether other text may follow the object. Raises ValueError for anything else, however it is broken.
    """
    try:
        found = json.JSONDecoder().raw_decode(text)[0] if more else json.loads(text)
        if isinstance(found, dict):
            return _whole(found)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    raise ValueError("no object")


def _whole(found: dict[str, Any]) -> dict[str, Any]:
    """Return the same without halves of characters, which only escapes can make."""
    written = json.dumps(found, ensure_ascii=False)
    whole = encodable(written)
    return found if whole == written else dict(json.loads(whole))
