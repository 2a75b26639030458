"""Keeps the records of investigations by a model as JSON files in one folder, a bounded number of them.

Each file is readable by its owner only and has its name only once it is whole. Names begin with the start of the
run, so the newest are found without reading any.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fa2.core.errors import UnusableInput
from fa2.core.model_run import BrokenRun, ModelRun, read_run

AT_MOST = 500
"""Runs that are kept where nobody says otherwise; the oldest go first."""
AT_MOST_OF_EVALUATIONS = 5000
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_NAME = re.compile(rf"\d{{8}}T\d{{12}}Z-({_ID.pattern})\.json")
_PRIVATE_FOLDER = 0o700


@dataclass(frozen=True)
class KeptRuns:
    """What lies in the folder, newest first."""

    runs: tuple[ModelRun, ...]
    broken: tuple[BrokenRun, ...]
    """Files that were passed over."""
    more: int
    """Older ones that were not read."""


class RunStore:
    """One folder of runs; it is made when the first is saved."""

    def __init__(self, folder: Path, *, at_most: int = AT_MOST) -> None:
        self.folder = folder.expanduser()
        self._at_most = at_most

    def save(self, run: ModelRun) -> Path:
        """Write a run and return its file; one of the same id is replaced, the oldest beyond the bound are deleted.

        Raises UnusableInput when the id is not fit for a file name or the folder cannot be written.
        """
        if not _ID.fullmatch(run.id):
            raise UnusableInput("runs.error.id", id=run.id[:120])
        target = self.folder / f"{run.started.year:04}{run.started:%m%dT%H%M%S%f}Z-{run.id}.json"
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=_PRIVATE_FOLDER)
            _write_whole(target, run_bytes(run))
            for path in [old for old in self._files() if _id(old) == run.id and old != target]:
                path.unlink(missing_ok=True)
            for path in list(self._files())[self._at_most :]:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise UnusableInput("errors.output", path=str(self.folder), problem=error.strerror or str(error)) from error
        return target

    def find(self, id: str) -> ModelRun:
        """Return the run of an id, or of the beginning of one.

        Raises UnusableInput when there is none or there are several, BrokenRun when its file cannot be read.
        """
        files = list(self._files())
        found = [path for path in files if _id(path) == id] or [
            path for path in files if id and _id(path).startswith(id)
        ]
        if not found:
            raise UnusableInput("runs.error.none", id=id[:120], folder=str(self.folder), n=len(files))
        if len(found) > 1:
            raise UnusableInput("runs.error.several", id=id[:120], found=", ".join(_id(path) for path in found[:5]))
        return read_run(found[0])

    def newest(self, at_most: int) -> KeptRuns:
        """Return the newest runs; reads no more files than that."""
        files = list(self._files())
        runs: list[ModelRun] = []
        broken: list[BrokenRun] = []
        for path in files[:at_most]:
            try:
                runs.append(read_run(path))
            except BrokenRun as error:
                broken.append(error)
        return KeptRuns(tuple(runs), tuple(broken), max(0, len(files) - at_most))

    def _files(self) -> Iterator[Path]:
        """Yield the files of runs, newest first; whatever else lies there is none of ours."""
        with suppress(FileNotFoundError, NotADirectoryError):
            names = sorted((entry.name for entry in os.scandir(self.folder) if entry.is_file()), reverse=True)
            yield from (self.folder / name for name in names if _NAME.fullmatch(name))


def evaluation_runs(folder: Path) -> RunStore:
    """Return the store beside `folder` for runs of evaluations, which are many and would push out those of incidents."""
    return RunStore(folder.with_name("eval-runs"), at_most=AT_MOST_OF_EVALUATIONS)


def run_bytes(run: ModelRun) -> bytes:
    """Return a run as JSON, halves of characters that a model may send (lone surrogates) as `?`."""
    return json.dumps(run.model_dump(mode="json"), ensure_ascii=False, indent=1).encode("utf-8", "replace")


def _id(path: Path) -> str:
    match = _NAME.fullmatch(path.name)
    return match[1] if match else ""


def _write_whole(target: Path, data: bytes) -> None:
    """Write a file that only its owner may read, and name it once it is whole."""
    descriptor, begun = tempfile.mkstemp(dir=target.parent, prefix=".run-")  # made with mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(begun).replace(target)
    except BaseException:
        Path(begun).unlink(missing_ok=True)
        raise
