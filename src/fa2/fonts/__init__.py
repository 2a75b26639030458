"""The font of pictures and printed pages: Noto Sans JP, regular and bold, Latin and Japanese.

A program that draws without a browser finds no Japanese glyphs on most servers, so two files travel with fa2. README.md
beside them says where they are from and how they were made smaller; their licence is the SIL Open Font License (OFL.txt).
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

FAMILY = "Noto Sans JP"
"""The name by which a stylesheet asks for it."""


def font_files() -> list[Path]:
    """Return the font files: regular, then bold. Both are TrueType, about 2.4 MB each."""
    folder = Path(str(files("fa2.fonts")))
    return [folder / "NotoSansJP-Regular.ttf", folder / "NotoSansJP-Bold.ttf"]
