"""The words by which headers state a level, and the level that each means."""

from __future__ import annotations

from typing import Final

import numpy as np

LEVELS: Final = ("", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
"""By code; code 0 is no level."""

_WORDS = {
    "TRACE": "trace trc finer finest verbose silly",
    "DEBUG": "debug dbg fine",
    "INFO": "info inf information informational notice note log config",
    "WARN": "warn warning wrn",
    "ERROR": "error err severe failure",
    "FATAL": "fatal critical crit alert emerg emergency panic dpanic",
}
CODES: Final = {word: LEVELS.index(level) for level, words in _WORDS.items() for word in words.split()}
"""Level codes by word in lower case."""
LETTERS: Final = {
    letter: LEVELS.index(level)
    for level, letters in {"TRACE": "VT", "DEBUG": "D", "INFO": "IN", "WARN": "W", "ERROR": "E", "FATAL": "FCA"}.items()
    for letter in letters
}
"""Level codes by letter, as Android, glog and Ruby's logger write them."""
PRIORITIES: Final = (6, 6, 6, 5, 4, 3, 3, 2)
"""Level codes by syslog severity, which is a priority modulo 8 (RFC 5424)."""

LEVEL_REGEX: Final = "(?i:" + "|".join(sorted(CODES, key=lambda word: (-len(word), word))) + ")"


def level_code(word: str) -> int:
    """Return the level code that a word of any case or a single capital letter means; 0 for none."""
    return LETTERS.get(word, 0) if len(word) == 1 else CODES.get(word.lower(), 0) if word.isascii() else 0


MIX: Final = 1_315_423_911
MASK: Final = (1 << 62) - 1


def packed(word: str) -> int:
    """Return a number for a word whatever its case; the level words have different ones."""
    key = 0
    for char in word:
        key = (key * MIX + (ord(char) | 32)) & MASK
    return key


_OFTEN = ("info", "warn", "error", "debug", "warning")
_ORDER = sorted(CODES, key=lambda word: _OFTEN.index(word) if word in _OFTEN else len(_OFTEN))
WORD_TABLE: Final = np.array([packed(word) for word in _ORDER], np.int64)
"""`packed` of each word, for the kernel, the commonest first; codes in WORD_CODES."""
WORD_CODES: Final = np.array([CODES[word] for word in _ORDER], np.int8)
LETTER_CODES: Final = np.array([LETTERS.get(chr(byte), 0) for byte in range(256)], np.int8)
PRIORITY_CODES: Final = np.array(PRIORITIES, np.int8)
