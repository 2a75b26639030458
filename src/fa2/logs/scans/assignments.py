"""Writes which pattern each line has."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from fa2.core.errors import UnusableInput
from fa2.logs.patterns.mining import Mined

_PIECE = 1 << 18


def write_assignments(mined: Mined, path: Path) -> None:
    """Write a CSV with the header line,pattern: for each line, from 1, in input order, the text of its pattern.

    A line without a pattern has an empty one. Raises UnusableInput when the file cannot be written.
    """
    texts = [_cell(pattern.text) for pattern in mined.patterns] + [""]
    try:
        with path.open("w", encoding="utf-8", newline="") as out:
            out.write("line,pattern\n")
            for start in range(0, mined.assignment.size, _PIECE):
                piece = mined.assignment[start : start + _PIECE].tolist()
                out.write("".join([f"{line},{texts[p]}\n" for line, p in enumerate(piece, start + 1)]))
    except OSError as error:
        raise UnusableInput("errors.output", path=str(path), problem=error.strerror or str(error)) from error


def _cell(text: str) -> str:
    """Return a text as a CSV cell, quoted where it must be."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(("", text))
    return out.getvalue()[1:]
