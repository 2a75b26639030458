"""Text that reads like an instruction to a language model."""

from __future__ import annotations


def reads_like_instruction(text: str) -> bool:
    """Tell whether a text from the data reads like an instruction to a model."""
    return False
