"""The shape of a log line: one definition, with one meaning in every engine that counts lines.

The shape is the line's first line, at most MAX_CHARS characters of it, where each value is put as <*>.
A value starts with the first letter, digit or _ of a word that holds a digit, and runs to the end of the last such word
glued to it: 10.0.0.1:80, 2026-11-21T03:12:00, 3f2a-beef-09 and req_17 are one value each; of node-17 and core.42
the value is the number. Letters with one digit after them are no value but a name, and stay: eth0, s3, k8s, md5_hash.

Regular expressions keep to what RE2, Java, Python and Trino read alike: ASCII classes, no look-around.
"""

from __future__ import annotations

import re

MAX_CHARS = 1500
"""How much of a line's first line shapes it; as much as CloudWatch Logs analyses."""

WORD = "0-9A-Za-z_"
GLUE = ".:+@%-"
VALUE = f"[{WORD}]*[0-9](?:[{WORD}{GLUE}]*[0-9])?[{WORD}]*"
"""What may become <*>."""
NAME = "[A-Za-z]+[0-9](?:[A-Za-z]|_[A-Za-z_]+)?"
"""A whole value of this form stays as it is."""
OPEN, CLOSE = "\x01", "\x02"
"""Stand around values while SQL tells names from them; in a line they count as spaces."""

_VALUE = re.compile(VALUE)
_NAME = re.compile(NAME)
_MARKS_TO_SPACES = str.maketrans({OPEN: " ", CLOSE: " "})


def shape_of(line: str) -> str:
    """Return the shape of a line. The scanner and SQL (`dialects`) give the same; tests hold them to it."""
    first = line.partition("\n")[0].partition("\r")[0][:MAX_CHARS].translate(_MARKS_TO_SPACES)
    return _VALUE.sub(_masked, first)


def _masked(value: re.Match[str]) -> str:
    return value[0] if _NAME.fullmatch(value[0]) else "<*>"
