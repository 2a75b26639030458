"""Reads labelled bundles: folders or .zip files, with a truth.json that says what was the case.

Three layouts: truth.json maps names to truths and the bundles lie beside it; truth.json is one truth, in a bundle or
beside the only one; or each folder within holds one of those.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from fa2.core.errors import UnusableInput
from fa2.core.evaluation import Truth

TRUTH = "truth.json"


@dataclass(frozen=True)
class LabelledCase:
    """A bundle and what was the case."""

    name: str
    bundle: Path
    truth: Truth


def labelled_cases(folder: Path, only: str = "") -> list[LabelledCase]:
    """Return the cases of a folder whose names begin with `only`, by name.

    Raises UnusableInput, naming the file, where there are none, a label cannot be read, or its bundle is not there.
    """
    if not folder.is_dir():
        raise UnusableInput("evaluation.error.no_folder", path=str(folder))
    found = sorted(_cases(folder, only), key=lambda case: case.name)
    if not found:
        raise UnusableInput("evaluation.error.no_cases", path=str(folder), only=only or "–")
    return found


def _cases(folder: Path, only: str) -> Iterator[LabelledCase]:
    if (folder / TRUTH).is_file():
        yield from _labelled_by(folder, only)
        return
    for inner in sorted(folder.iterdir()):
        if inner.is_dir() and (inner / TRUTH).is_file() and inner.name.startswith(only):
            yield from _labelled_by(inner, "")


def _labelled_by(folder: Path, only: str) -> Iterator[LabelledCase]:
    """Yield the cases that a folder's truth.json labels."""
    labels = _read(folder / TRUTH)
    if isinstance(labels.get("verdict"), str):
        name = folder.resolve().name
        if name.startswith(only):
            yield LabelledCase(name, _only_bundle(folder), _truth(folder, name, labels))
        return
    for name, label in labels.items():
        if name.startswith(only):
            yield LabelledCase(name, _bundle(folder, name), _truth(folder, name, label))


def _read(path: Path) -> Mapping[str, object]:
    try:
        labels = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise UnusableInput("evaluation.error.truth", path=str(path), case="–", problem=str(error)[:200]) from error
    if not isinstance(labels, dict):
        raise UnusableInput("evaluation.error.truth", path=str(path), case="–", problem="{…}")
    return labels


def _truth(folder: Path, name: str, label: object) -> Truth:
    try:
        return Truth.model_validate(label)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        problem = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}".removeprefix(": ")
        raise UnusableInput(
            "evaluation.error.truth", path=str(folder / TRUTH), case=name[:120], problem=problem[:200]
        ) from error


def _bundle(folder: Path, name: str) -> Path:
    """Return the bundle of a name. Names come from a file: one that leads out of the folder is refused."""
    for path in (folder / name, folder / f"{name}.zip"):
        if path.resolve().is_relative_to(folder.resolve()) and _is_bundle(path):
            return path
    raise UnusableInput("evaluation.error.no_bundle", path=str(folder), case=name[:120])


def _only_bundle(folder: Path) -> Path:
    """Return the bundle that a folder is, or the one that it holds."""
    if _is_bundle(folder):
        return folder
    inner = [path for path in sorted(folder.iterdir()) if _is_bundle(path)]
    if len(inner) != 1:
        raise UnusableInput("evaluation.error.not_one_bundle", path=str(folder), n=len(inner))
    return inner[0]


def _is_bundle(path: Path) -> bool:
    """Tell whether a bundle is there; labels and notes may lie beside its tables."""
    return (path / "incident.json").is_file() or (path.suffix.lower() == ".zip" and path.is_file())
