"""The folder of documents that commands take along: from --documents, or from fa2.toml where there is one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fa2.apps.cli.options import SETTINGS, cli_text, nameable
from fa2.core.errors import UnusableInput

if TYPE_CHECKING:
    from fa2.config.loading import Loaded
    from fa2.sources.documents.collecting import DocumentPlace

DocumentsFolder = Annotated[
    Path | None, typer.Option("--documents", metavar="FOLDER", callback=nameable, help=cli_text("option.documents"))
]


def said_of_documents(stated: list[str] | None, folder: Path | None) -> list[str] | None:
    """Return what --set states, with --documents on top."""
    import json

    return [*(stated or []), f"documents.folder={json.dumps(str(folder.absolute()))}"] if folder else stated


def documents_of(loaded: Loaded | None) -> tuple[DocumentPlace | None, int]:
    """Return the folder of documents and how many a report tells, by the settings where there are any."""
    if loaded is not None:
        return place_of(loaded), loaded.configuration.documents.at_most
    from fa2.analysers.fitting_documents import MOST

    return None, MOST


def place_of(loaded: Loaded) -> DocumentPlace | None:
    """Return the folder of documents that settings name, and where its index is kept; null where they name none.

    A folder that fa2.toml names is looked for from where that file is.
    """
    from hashlib import sha256

    from fa2.sources.documents.collecting import DocumentPlace

    named = loaded.configuration.documents.folder
    if not named:
        return None
    folder = Path(named).expanduser()
    if loaded.file and loaded.origins.get("documents.folder") == "file":
        folder = loaded.file.parent / folder
    mark = sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    return DocumentPlace(folder, SETTINGS.cache.expanduser() / f"documents-{mark}.sqlite3")


def refuse_documents(folder: Path | None, path: Path) -> None:
    """Raise UnusableInput where --documents is given with a bundle, which is opened as it is."""
    from fa2.core.bundle import is_bundle

    if folder and is_bundle(path):
        raise UnusableInput("errors.documents.in_bundle", path=str(path))
