"""Lines on which engines are most likely to differ, and the engines themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from fa2.logs.shapes.definition import MAX_CHARS

Engine = Callable[[Sequence[str]], list[str]]

NASTY = (
    "",
    " ",
    "\n",
    "\rback to the start 7",
    "first line 1\nsecond line 2",
    "carriage 1\r\nreturn 2",
    "a NUL \x00 and x\x00y1 and 1\x002",
    "marks \x01 12 \x02 34 \x01eth0\x02 in a line",
    "\x02\x01 7 \x01\x01 8 \x02\x02",
    "\x01name\x02",
    "tab\tvertical\x0bform\x0c 1\x1c2\x85 3\u20284",
    "10.0.0.1:80 2026-11-21T03:12:00 3f2a-beef-09 req_17 node-17 core.42 eth0 s3 ssh2",
    "a1b a12 1a _1 a_1 1_ _ 1 a1_ k8s md5_hash eth0.1 eth0:1 -1 +1 1- 1.5e-3 100% %7 @1 x@1 1@x a.b.c.1 1.a.b",
    "pods (k8s/web) [ipv6] utf8=true base64, sha256:abc id=42 p99<500 v1/v2 h264-1 0x7ffe 1:2:3:: ...1...2...",
    "a template <*> with <*>1 and 2<*> and <*><*> \\1 $1 ${1} \\g<1> $0 \\0 $ \\ \\\\ in it",
    "quotes ' '' \" `` and 'id 7' \"id 8\" `id 9`; -- DROP TABLE lines; /* 1 */",
    "^start$ (group 1) [class 2] {3,4} a|b * + ? .",
    "Ünïcode é1 1é e\u03011 ١٢٣ Ⅷ ½ ² 漢字12漢字 １２ \u200b1\u200d2 \ufeff3 ß4 ﬁ5",
    "astral 😀1😀 𝟙𝟚 👩\u200d👩\u200d👧 5 🇯🇵6 \U0010ffff7 \U000100001",
    "x" * (MAX_CHARS - 2) + "1234",
    "x" * MAX_CHARS + "1",
    "😀" * (MAX_CHARS - 2) + "1 3",
    "e\u0301" * (MAX_CHARS // 2) + " 12",
    "0" * 4000,
    "1-" * 4000,
    "a 1 " * 1000,
    ("x" * 99 + " ") * 20 + "7",
    "\r" * 2000 + "1",
    "日本語のログ 2026年11月21日 ユーザー42がログイン",
)
"""Own lines, not of any system: what is in them is what escapes, character classes and cuts go wrong on."""


@pytest.fixture
def nasty() -> tuple[str, ...]:
    """Return the lines."""
    return NASTY
