"""The functions of the manual, with the examples it gives, on values that would tell a wrong one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from fa2.logs.query.functions import FUNCTIONS, SPECIAL

if TYPE_CHECKING:
    from conftest import Asked

EVENT = (
    '{"n":-2.5,"s":"xyZfooxyZ","empty":"","blank":" \\t ","ip":"192.0.2.17","ip6":"2001:db8::1:0:17","bad":"300.1.1.1",'
    '"millis":1577836800000,"list":[1,{"a":"b"}],"flag":true,"no":false,"word":"nan","jp":"障害だ"}'
)
CASES = [
    ("1 + 2 * 3", 7),
    ("(1 + 2) * 3", 9),
    ("7 - 2 - 1", 4),
    ("2 ^ 3", 8),
    ("-2 ^ 2", -4),
    ("2 ^ 3 ^ 2", 512),
    ("10 % 3", 1),
    ("10 / 4", 2.5),
    ("1 / 0", None),
    ("n * 2", -5),
    ("s * 2", None),
    ("word + 1", None),
    ("abs(n)", 2.5),
    ("ceil(n)", -2),
    ("floor(n)", -3),
    ("greatest(1, n, 3)", 3),
    ("least(1, n, 3)", -2.5),
    ("log(1)", 0),
    ("log(0)", None),
    ("sqrt(16)", 4),
    ("sqrt(n)", None),
    ("ispresent(n)", 1),
    ("isPresent(nothing)", 0),
    ("coalesce(nothing, s, n)", "xyZfooxyZ"),
    ("unmask(s)", "xyZfooxyZ"),
    ("isempty(empty)", 1),
    ("isempty(nothing)", 1),
    ("isempty(blank)", 0),
    ("isblank(blank)", 1),
    ("isblank(s)", 0),
    ("concat(s, '-', n)", "xyZfooxyZ--2.5"),
    ('ltrim("xyZfooxyZ","xyZ")', "fooxyZ"),
    ('rtrim("xyZfooxyZ","xyZ")', "xyZfoo"),
    ('trim("xyZfooxyZ","xyZ")', "foo"),
    ('ltrim(" \\t a ")', "a "),
    ('rtrim(" a \\n")', " a"),
    ("trim(blank)", ""),
    ("strlen(jp)", 3),
    ("toupper(s)", "XYZFOOXYZ"),
    ("tolower(s)", "xyzfooxyz"),
    ('substr("xyZfooxyZ",3, 3)', "foo"),
    ('substr("xyZfooxyZ",3)', "fooxyZ"),
    ("substr(s, 0 - 5, 2)", "xy"),
    ("substr(s, 99)", ""),
    ('replace("foo","o","0")', "f00"),
    ("strcontains(s, 'foo')", 1),
    ("strcontains(s, 'FOO')", 0),
    ("bin(1h)", datetime(2026, 11, 20, 3, tzinfo=UTC)),
    ("datefloor(@timestamp, 1d)", datetime(2026, 11, 20, tzinfo=UTC)),
    ("dateceil(@timestamp, 1h)", datetime(2026, 11, 20, 3, tzinfo=UTC)),
    ("dateceil(fromMillis(1577836800001), 1h)", datetime(2020, 1, 1, 1, tzinfo=UTC)),
    ("dateceil(fromMillis(millis + 1), 1mo)", datetime(2020, 2, 1, tzinfo=UTC)),
    ("fromMillis(millis)", datetime(2020, 1, 1, tzinfo=UTC)),
    ("toMillis(fromMillis(millis))", 1577836800000),
    ("now()", 1795176000),
    ("jsonParse(@message).n", None),
    ('jsonStringify(jsonParse("[1, 2]"))', "[1, 2]"),
    ("isValidIp(ip)", 1),
    ("isValidIp(ip6)", 1),
    ("isValidIp(bad)", 0),
    ("isValidIp(nothing)", 0),
    ("isValidIpV4(ip)", 1),
    ("isValidIpV4(ip6)", 0),
    ("isValidIpV6(ip6)", 1),
    ("isValidIpV6(ip)", 0),
    ('isIpInSubnet(ip, "192.0.2.0/24")', 1),
    ('isIpInSubnet(ip6, "2001:db8::/32")', 1),
    ('isIpInSubnet(ip6, "192.0.2.0/24")', 0),
    ('isIpv4InSubnet(ip, "192.0.2.0/28")', 0),
    ('isIpv4InSubnet(ip, "192.0.2.16/28")', 1),
    ('isIpv4InSubnet(bad, "0.0.0.0/0")', 0),
    ('isIpv6InSubnet(ip6, "2001:db8:0:0:0:1::/96")', 1),
    ('isIpv6InSubnet(ip6, "2001:db8:1::/48")', 0),
    ('isIpv6InSubnet("::1", "::/127")', 1),
    ("list.1.a", "b"),
    ("list[0]", "1"),
    ("flag", "true"),
    ("flag = 1 and no = 0 and flag = true and no != true", 1),
    ("n < -2 and n > -3", 1),
    ("n in [-2.5, 'a']", 1),
    ("s like 'foo' and s not like 'FOO' and s =~ /fo+/", 1),
    ("not s in ['a']", 1),
    ('millis >= "1577836800000"', 1),
    ('@timestamp > 1577836800000 and @timestamp < "2026-11-21"', 1),
    ("s > 'abc'", 1),
]


@pytest.mark.parametrize(("expression", "value"), [case for case in CASES if ")." not in case[0]])
def test_functions_and_operators(rows: Asked, expression: str, value: object) -> None:
    assert rows(f"fields {expression} as x", [EVENT]) == [{"x": value}]


def test_every_function_has_an_example() -> None:
    text = " ".join(expression for expression, _ in CASES).casefold()
    assert [name for name in (*FUNCTIONS, *SPECIAL) if f"{name}(" not in text] == []
