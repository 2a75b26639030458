"""The compiled scanner gives the shapes that Python gives; more on it in test_scanning.py."""

from __future__ import annotations

import numpy as np
import pytest

from fa2.logs.scans import scanning
from fa2.logs.scans.blocks import Messages
from fa2.logs.scans.scanning import ScanOptions
from fa2.logs.shapes.definition import shape_of


def test_nasty_lines_have_the_same_shapes(nasty: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "WORTH_LOADING", 0)
    monkeypatch.setattr(scanning, "WORTH_COMPILING", 0)
    found = scanning.scan(Messages(nasty), ScanOptions(number_lines=True, bare=True))
    assert found.numbers is not None
    numbers = found.numbers.array(np.arange(len(found.shapes)))
    assert [found.shapes[number] for number in numbers] == [shape_of(line) for line in nasty]
