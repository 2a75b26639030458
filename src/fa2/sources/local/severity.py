"""Finds the level that a log line states and puts it into one of FATAL ERROR WARN INFO DEBUG TRACE."""

from __future__ import annotations

import re

_NAMES = {
    "FATAL": "致命的 FATAL CRITICAL CRIT ALERT EMERG EMERGENCY PANIC DPANIC",
    "ERROR": "エラー ERROR ERR SEVERE FAILURE",
    "WARN": "警告 WARN WARNING WRN",
    "INFO": "情報 INFO INF INFORMATION INFORMATIONAL NOTICE LOG STATEMENT CONFIG",
    "DEBUG": "DEBUG DBG FINE",
    "TRACE": "TRACE TRC FINER FINEST VERBOSE SILLY",
}
_LEVELS = {name: level for level, names in _NAMES.items() for name in names.split()}
_SYSLOG = ("FATAL", "FATAL", "FATAL", "ERROR", "WARN", "INFO", "INFO", "DEBUG")
_KLOG = {"I": "INFO", "W": "WARN", "E": "ERROR", "F": "FATAL"}

_UPPER = (
    r"FATAL|CRITICAL|CRIT|EMERGENCY|EMERG|PANIC|DPANIC|ALERT|ERROR|ERR|SEVERE|WARNING|WARN|WRN"
    r"|INFORMATION|INFO|INF|NOTICE|DEBUG|DBG|FINEST|FINER|FINE|TRACE|VERBOSE|CONFIG(?=:)|LOG(?=:)"
)
"""Every branch begins with a letter of its own: that is what makes searching for it quick."""
_KEY = re.compile(
    r"(?:[Ll][Vv][Ll]|[Ll]evel|LEVEL|[Ss]everity|SEVERITY)(?:[Nn]ame)?[\"']?\s{0,3}[=:]\s{0,3}[\"']?"
    r"([A-Za-z]+|\d+)"
)
_KEY_WORDS = (("evel", 1), ("everity", 1), ("lvl", 0), ("LEVEL", 0), ("SEVERITY", 0))
"""Parts of the keys, and how many letters stand before them."""
_WORD = re.compile(rf"({_UPPER})(?![\w-])")
_BOX = re.compile(rf"[\[(<|](?:\w{{1,30}}:)?((?i:{_UPPER}|informational|致命的|エラー|警告|情報))\s?[\]:)>|]")
_FIRST_WORD = re.compile(rf"(?:[\s\-:|,\]]|\x1b\[[\d;]*m){{0,8}}((?i:{_UPPER}))(?=[\s\]|,:\x1b]|$)")
_WINDOW = 200
_OWN_LINE = re.compile(rf"[\[(<]?(?:{_UPPER})[\])>]?(?:[\s:|]|$)")


def level_named(name: str) -> str | None:
    """Return the level for a word of any case, or for a number on pino's and Bunyan's scale."""
    name = name.strip().upper()
    if name.isascii() and name.isdigit() and len(name) < 10:
        return level_numbered(int(name))
    return _LEVELS.get(name)


def level_numbered(number: float) -> str | None:
    """Return the level for a number.

    10 to 60 is pino's and Bunyan's scale (Python's 10 to 50 lies one lower from INFO on, and cannot be
    told from it); 0 to 7 is syslog's. Anything else has no level.
    """
    if number in (10, 20, 30, 40, 50, 60):
        return ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")[int(number) // 10 - 1]
    return _SYSLOG[int(number)] if number in range(8) else None


def level_of_priority(priority: int) -> str | None:
    """Return the level in a syslog priority (facility * 8 + severity, RFC 5424)."""
    return _SYSLOG[priority % 8] if 0 <= priority <= 191 else None


def level_of_text(text: str, start: int = 0) -> str | None:
    """Return the level that a line states within 200 characters from `start`, where its header ends.

    Upper-case words count anywhere there; lower-case ones as the first word, in brackets, before a
    colon, or after level=.
    """
    if first := _FIRST_WORD.match(text, start, start + _WINDOW):
        return _LEVELS.get(first[1].upper())
    end = start + _WINDOW
    if level := _after_key(text, start, end):
        return level
    word = _word(text, start, end)
    box = _BOX.search(text, start, word.start(1) if word else end)
    found = box or word
    return _LEVELS.get(found[1].upper()) if found else _before_colon(text, start, end)


def _after_key(text: str, start: int, end: int) -> str | None:
    """Return the level in the first level=..., severity: ... and their like."""
    for word, back in _KEY_WORDS:
        at = text.find(word, start, end)
        while at >= 0:
            found = _KEY.match(text, at - back, end) if at >= back else None
            if found and (level := level_named(found[1])):
                return level
            at = text.find(word, at + 1, end)
    return None


def _before_colon(text: str, start: int, end: int) -> str | None:
    """Return the level of the first word of any case that is a level and stands before a colon."""
    at = text.find(":", start, end)
    while at > 0:
        words = text[max(start, at - 14) : at].split()
        level = _LEVELS.get(words[-1].upper()) if words and text[at + 1 : at + 2].strip() == "" else None
        if level is not None and words[-1].upper() not in ("LOG", "CONFIG", "STATEMENT"):
            return level
        at = text.find(":", at + 1, end)
    return None


def _word(text: str, start: int, end: int) -> re.Match[str] | None:
    """Return the first upper-case level that stands as a word of its own."""
    found = _WORD.search(text, start, end)
    while found and _glued(text, found.start()):
        found = _WORD.search(text, found.end(), end)
    return found


def _glued(text: str, at: int) -> bool:
    """Tell whether a word goes on to the left; the end of a colour's escape code does not count."""
    before = text[at - 1] if at else " "
    if not (before.isalnum() or before in "_-/"):
        return False
    return not (before == "m" and "\x1b[" in text[max(0, at - 10) : at])


def level_of_klog(letter: str) -> str | None:
    """Return the level for the first letter of a klog line (I, W, E, F)."""
    return _KLOG.get(letter)


def begins_with_level(text: str) -> bool:
    """Tell whether a line starts with an upper-case level: a message of its own, even without a time."""
    return _OWN_LINE.match(text) is not None
