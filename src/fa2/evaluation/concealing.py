"""Gives a case without its name: a copy of the bundle under a name that says nothing.

Folders of incidents are called after what broke. Whoever investigates, a model above all, must not read it there.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fa2.core.bundle import Bundle, opened
from fa2.evaluation.cases import LabelledCase

_COVERAGE = "coverage.json"


@contextmanager
def concealed(case: LabelledCase, scratch: Path, seed: int = 0) -> Iterator[Bundle]:
    """Copy a case's bundle into a folder of its own below `scratch`, open the copy, and delete it afterwards.

    Only the bundle's own files are copied, so that no label and no note beside them comes along. The name is the
    same for the same case and seed. Id and title of the incident, and sources in coverage, lose the old name;
    question and architecture stay as they are. Raises BrokenBundle.
    """
    name = hashlib.blake2b(f"{seed}\0{case.name}".encode(), digest_size=4).hexdigest()
    folder = scratch / name
    folder.mkdir(parents=True)
    try:
        with opened(case.bundle) as original:
            _copy(original, folder)
            _rename(folder, {case.name, case.bundle.stem, original.incident.id}, name)
        with opened(folder) as bundle:
            yield bundle
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy(original: Bundle, target: Path) -> None:
    kept = [original.folder / "incident.json", original.folder / _COVERAGE]
    kept += [file for table in original.tables for file in original.files(table)]
    for file in kept:
        if file.is_file():
            copy = target / file.relative_to(original.folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)


def _rename(folder: Path, names: set[str], name: str) -> None:
    file = folder / "incident.json"
    incident = json.loads(file.read_bytes())
    incident["id"] = name
    title = incident.get("title")
    if isinstance(title, str) and any(old.casefold() in title.casefold() for old in names if old):
        incident["title"] = name
    file.write_text(json.dumps(incident), encoding="utf-8")
    coverage = folder / _COVERAGE
    if coverage.is_file():
        entries = json.loads(coverage.read_bytes())
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and entry.get("source") in names:
                entry["source"] = name
        coverage.write_text(json.dumps(entries), encoding="utf-8")
