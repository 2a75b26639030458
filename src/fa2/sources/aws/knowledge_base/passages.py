"""Passages of a knowledge base as rows of the table documents: text, where it stands, its address and title."""

from __future__ import annotations

from urllib.parse import unquote

from fa2.core.addresses import web_address
from fa2.sources.local.json_values import Json, at, items, mapping, text, whole
from fa2.sources.local.row_batches import Row

_SOURCE = "x-amz-bedrock-kb-source-uri"
_PAGE = "x-amz-bedrock-kb-document-page-number"
_TITLES = ("title", "x-amz-bedrock-kb-title", "_document_title")
_PLACES = ("uri", "url", "id")
"""How the kinds of location spell where a document is; each has one."""


def passage(result: Json) -> Row | None:
    """Return a result of Retrieve as a row; null for one without text, such as a picture."""
    written = _text(at(result, "content"))
    if not written:
        return None
    metadata = at(result, "metadata")
    place = _place(at(result, "location")) or text(at(metadata, _SOURCE)) or text(at(result, "documentId")) or ""
    page = whole(at(metadata, _PAGE))
    titles = (text(at(metadata, name)) for name in _TITLES)
    title = next((title for title in titles if title and title.strip()), "") or _file_name(place)
    return {
        "id": (f"{place}#page={page}" if page is not None else place) or title or "?",
        "title": title or None,
        "text": written,
        "url": web_address(text(at(metadata, "url"))) or web_address(place),
    }


def _text(content: Json) -> str:
    """Return what a person can read of a passage: its text, a row of a table, what was said or seen."""
    said = (at(content, "text"), at(content, "audio", "transcription"), at(content, "video", "summary"))
    found = next((written for written in map(text, said) if written and written.strip()), "")
    cells = ((text(at(cell, "columnName")), text(at(cell, "columnValue"))) for cell in items(at(content, "row")))
    return found or "\n".join(f"{name}: {value}" for name, value in cells if name and value)


def _place(location: Json) -> str:
    for held in mapping(location).values():
        for name in _PLACES:
            if found := text(at(held, name)):
                return found
    return ""


def _file_name(place: str) -> str:
    return unquote(place.split("?")[0].rstrip("/").rsplit("/", 1)[-1])
