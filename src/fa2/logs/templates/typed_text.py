"""Text that is a value by its form, although a word of it holds no digit: addresses, paths, dates, host names.

Works on shapes, not on lines: some thousands of them stand for millions of lines.
"""

from __future__ import annotations

import re

from fa2.logs.patterns.pattern import VARIABLE

_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_V = re.escape(VARIABLE)
_FILE = rf"(?:{_V}|[\w.+~@%#$*-])"
_HEX = "[0-9A-Fa-f]{2}"

_URL = rf"\b[A-Za-z][A-Za-z0-9+.-]*://(?:{_V}|[^\s\"'<>,;)\]}}])+"
_DATE = (
    rf"\b(?:{_DAY},? +)?(?:{_MONTH},? +{_V}|{_V}[ -]{_MONTH})(?:(?:,? +| *- *){_V})*(?: +[A-Z]{{3,4}}\b)?(?:,? +{_V})*"
)
_WINDOWS_PATH = rf"(?<![\w>])[A-Za-z]:\\(?:{_V}|[\w .~$%#&+-])+(?:\\(?:{_V}|[\w.~$%#&+-])+)*\\?"
_PATH = rf"(?<![\w.<>*)\]/-])(?:\.{{1,2}}|~)?/{_FILE}+(?:/{_FILE}*)*"
_MAC_TAIL = rf"(?<![\w>:])(?:(?:{_HEX}|{_V}):)+{_V}(?::{_HEX})*(?![\w:<])"
_MAC_HEAD = rf"(?<![\w>:]){_V}(?::{_HEX})+(?![\w:<])"
_HEX_WORD = r"\b(?:[a-f]{8,}|[A-F]{8,})\b"

_UNDERSCORED = rf"(?<![A-Za-z_])[A-Za-z_]*_-?{_V}"
_NEGATIVE = rf"(?<![\w>)\]])-{_V}"
_HOST = rf"(?:(?<![\w-])[\w-]*-{_V}(?:\.[a-z][a-z-]*)+|{_V}(?:\.[a-z][a-z-]*){{2,}})"
_HOST_PORT = rf"(?<![\w.@/-])[a-z][a-z-]*(?:\.[a-z][a-z-]*){{2,}}:{_V}"
_HYPHENATED = rf"(?<![\w-])(?:\w+-){{2,}}{_V}"
_WITH_SLASH = rf"(?<![\w-])[\w-]*{_V}/{_V}"
_CHAIN = rf"{_V}(?:[.:/_@+~-]{{0,2}}{_V})+"

_STEPS = [
    (needle, re.compile(form))
    for needle, form in (
        ("://", _URL),
        (VARIABLE, _DATE),
        (":\\", _WINDOWS_PATH),
        ("/", _PATH),
        (f":{VARIABLE}", _MAC_TAIL),
        (f"{VARIABLE}:", _MAC_HEAD),
        ("", _HEX_WORD),
        ("_", _UNDERSCORED),
        (f"-{VARIABLE}", _NEGATIVE),
        (f"{VARIABLE}.", _HOST),
        (f":{VARIABLE}", _HOST_PORT),
        (f"-{VARIABLE}", _HYPHENATED),
        (f"{VARIABLE}/{VARIABLE}", _WITH_SLASH),
        (VARIABLE, _CHAIN),
    )
]
"""Regular expressions in the order in which they are used, each with a text that stands in whatever it matches."""


def with_values(shape: str) -> str:
    """Return a shape with what is a value by its form as <*>, and values that are glued together as one."""
    for needle, form in _STEPS:
        if needle in shape:
            shape = form.sub(VARIABLE, shape)
    return shape
