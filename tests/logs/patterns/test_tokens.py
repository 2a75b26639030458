"""Varying places get honest names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.logs.patterns.token_kinds import kind_of_value, kind_of_values
from fa2.logs.patterns.tokens import LABELS, name_tokens


@pytest.mark.parametrize(
    ("kind", "values"),
    {
        "time": "2026-11-20T03:12:07Z|2026-11-20 03:12:07,123|03:12:07.5|20/Nov/2026:03:12:07 +0900|Fri Jul  1 07:57:30 2005|2026-11-20|20261120T031200Z",
        "ip": "10.0.0.1|10.0.0.1:50010|/10.250.19.102|192.168.0.0/16|fe80::1|2001:db8:0:0:0:0:2:1",
        "mac": "00:11:43:e3:ba:c3",
        "id": "550e8400-e29b-41d4-a716-446655440000|0x00ffee11|req_17abc|blk_-1608999687919862906|i-0abc12345def|1-5759e988-bd862e3fe1be46a994272793|DFSClient_NONMAPREDUCE_1537864556_1",
        "number": "17|-4|3.25|1,024|6.02e23",
        "percent": "99.9%",
        "duration": "12ms|1.5 s|2h30m|PT5M3S|30m|15 minutes",
        "size": "512MB|64KiB|10 bytes|2048K",
        "version": "v1.2.3|10.4.1|2.0.0-rc1",
        "path": "/var/log/messages|C:\\temp\\a.log|./core/x|dir/file.txt",
        "url": "https://api.example.com/v1/orders?id=7|s3://bucket/key",
        "arn": "arn:aws:dynamodb:ap-northeast-1:123456789012:table/orders",
        "email": "a.person@example.co.jp",
        "host": "db-1.internal.example.com|ip-10-0-0-17.ec2.internal|localhost:8080",
        "boolean": "true|No",
        "method": "GET|DELETE",
        "level": "WARN|error",
        "name": "checkout|over-there|支払い",
        "token": "a b c|U01|&%$",
    }.items(),
    ids=lambda value: value if "|" not in value else "",
)
def test_a_value_is_told_by_its_looks(kind: str, values: str) -> None:
    assert {value: kind_of_value(value) for value in values.split("|")} == dict.fromkeys(values.split("|"), kind)


def test_a_place_that_says_there_is_no_value_does_not_count() -> None:
    assert kind_of_value("-") is None
    assert kind_of_values(["-", "null", "10.0.0.1", "10.0.0.2"]) == "ip"
    assert kind_of_values(["-", ""]) == "token"


def test_values_of_several_kinds_get_the_kind_above_them_or_none() -> None:
    assert kind_of_values(["10.0.0.1", "db.example.com"]) == "host"
    assert kind_of_values(["17", "a17b23c"]) == "id"
    assert kind_of_values(["10.0.0.1", "/var/log/x"]) == "token"
    assert kind_of_values([*(f"10.0.0.{n}" for n in range(30)), "unresolved address"]) == "ip"


def names(text: str, *values: str) -> list[str]:
    return [token.name for token in name_tokens(text, [value.split("|") for value in values])]


def kinds(text: str, *values: str) -> list[str]:
    return [token.kind for token in name_tokens(text, [value.split("|") for value in values])]


def test_names_carry_the_kind_and_the_place_among_the_tokens() -> None:
    text = "Failed password for <*> from <*> port <*> ssh2"
    assert names(text, "root|x0", "10.0.0.1|10.0.0.2", "22|4711") == ["Token-1", "IP-2", "Port-3"]
    assert names("<*> <*>") == ["Token-1", "Token-2"]


def test_a_key_in_the_text_is_the_name() -> None:
    assert names("user=<*> took=<*>", "ann|bob", "12|17") == ["user", "took"]
    assert names('{"requestId": "<*>", "status": <*>}', "a1b2c3d4|e5f6a7b8", "200|503") == ["requestId", "status"]
    assert names("src: <*> dest: <*>", "10.0.0.1", "10.0.0.2") == ["src", "dest"]
    assert names("user=<*> to user=<*>", "ann", "bob") == ["user", "user-2"]


def test_prose_before_a_colon_and_file_names_are_no_keys() -> None:
    assert names("map was updated: <*>", "10.0.0.1") == ["IP-1"]
    assert names("[sweep.c:<*>]: done", "1831") == ["Number-1"]
    assert names("ERROR: <*>", "timeout|refused") == ["Name-1"]
    assert names("reading configuration file: <*>", "/etc/a|/etc/b") == ["file"]


def test_the_words_around_tell_numbers_apart() -> None:
    assert kinds("<*> bytes in <*> ms", "1024|2048", "12|17") == ["size", "duration"]
    assert kinds("HTTP status <*> after <*> s", "200|503", "3|4") == ["status", "duration"]
    assert kinds("listening on <*>:<*>", "10.0.0.1|10.0.0.2", "80|443") == ["ip", "port"]
    assert kinds("cpu at <*>%", "97|98") == ["percent"]
    assert kinds("pid=<*> ts=<*> release <*>", "4711|4712", "1766620800|1766620801", "2.1|2.2") == [
        "id",
        "time",
        "version",
    ]
    assert kinds("invalid user <*> on host <*>", "ann|x0", "web|db") == ["user", "host"]


def test_a_status_is_told_by_what_was_asked_for() -> None:
    assert kinds("GET <*> <*> in <*> ms", "/orders/1|/orders/2", "200|503", "12|700") == ["path", "status", "duration"]
    assert kinds('"GET <*> HTTP/1.1" <*> <*>', "/a|/b", "200|404", "17|4000") == ["path", "status", "number"]
    assert kinds('"GET <*> HTTP/<*>" <*> <*>', "/a|/b", "1.1|2", "200|404", "17|4000") == [
        "path",
        "version",
        "status",
        "number",
    ]
    assert kinds("read <*> <*> times", "/etc/a|/etc/b", "3|17") == ["path", "number"]


def test_a_time_that_is_no_moment_is_how_long_it_took() -> None:
    assert kinds("len: <*> time: <*>", "1893|17", "0.2477829|0.31") == ["size", "duration"]


def test_words_around_do_not_overrule_what_the_values_show() -> None:
    assert kinds("port <*>", "70000|80000") == ["number"]
    assert kinds("status <*>", "10.0.0.1|10.0.0.2") == ["ip"]
    assert kinds("status=<*>", "7|9") == ["number"]
    assert kinds("user <*>", "10.0.0.1|10.0.0.2") == ["ip"]


def test_without_values_the_context_alone_tells() -> None:
    assert kinds("port <*> of host <*>, <*>") == ["port", "host", "token"]


texts = st.lists(
    st.sampled_from(["<*>", "user=", " port ", ": ", '"k": "', " ms", "error ", "，", "["]), max_size=12
).map("".join)


@given(texts, st.data())
def test_names_are_unique_and_do_not_depend_on_the_order_of_values(text: str, data: st.DataObject) -> None:
    count = text.count("<*>")
    values = data.draw(st.lists(st.lists(st.text(max_size=12), max_size=6), min_size=count, max_size=count))
    named = name_tokens(text, values)
    assert len({token.name for token in named}) == len(named) == count
    assert named == name_tokens(text, [value[::-1] for value in values])
    assert {token.kind for token in named} <= LABELS.keys()
