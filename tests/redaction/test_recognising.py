"""What is to be hidden is found whole, however it is written."""

from __future__ import annotations

from itertools import pairwise

import pytest

from fa2.redaction.readings import readings
from fa2.redaction.recognising import places


def hidden(text: str) -> list[tuple[str, str]]:
    return [(place.kind, text[place.start : place.end]) for place in places(text)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ('{"password":"hun\\"ter 2"}', "password", 'hun\\"ter 2'),
        ('{\\"db_password\\":\\"hunter22\\"}', "password", "hunter22"),
        ("password: letmein\nuser: bob", "password", "letmein"),
        ("パスワードは「ひみつ123」です", "password", "ひみつ123"),
        ('{"name": "DB_PASSWORD", "value": "x9!z"}', "password", "x9!z"),
        ("<password>s3cret</password>", "password", "s3cret"),
        ("PASS\\u0057ORD=hunter22", "password", "hunter22"),
        ("redis://:s3c:ret@cache:6379", "password", "s3c:ret"),
        ("mysql -h db -ps3cret shop", "password", "s3cret"),
        ("CREATE USER x IDENTIFIED BY 'pw pw 1'", "password", "pw pw 1"),
        ("token eyJhbGciOiJIUzI1NiJ9.e30.c2ln end", "jwt", "eyJhbGciOiJIUzI1NiJ9.e30.c2ln"),
        ("cut key AKIAIOSFO…", "aws-key", "AKIAIOSFO"),
        ("cut mail ann@exam…", "email", "ann@exam"),
        ("カード番号：４１１１－１１１１－１１１１－１１１１", "card", "４１１１－１１１１－１１１１－１１１１"),
        ("(0120)123-456 へ", "phone", "(0120)123-456"),
        ("phone: 2065550123", "phone", "2065550123"),
        ("〒100-0001", "address", "〒100-0001"),
        ("at 1600 Pennsylvania Avenue NW, Washington, DC 20500.", "address", "1600 Pennsylvania Avenue NW, Washington, DC 20500"),
        ("fe80 2001:db8::8a2e:370:7334 up", "ip", "2001:db8::8a2e:370:7334"),
        ("111122223333.dkr.ecr.us-east-1.amazonaws.com/x", "account", "111122223333"),
        ("mail%20to%20ann%40example.com", "email", "ann%40example.com"),
    ],
)  # fmt: skip
def test_values_are_found_whole(text: str, kind: str, value: str) -> None:
    assert (kind, value) in hidden(text)


def test_two_finds_that_share_characters_become_one_place() -> None:
    text = "Authorization: Bearer ghp_" + "a1B2" * 9 + ", password=AKIAIOSFODNN7EXAMPLE"
    found = places(text)
    assert [a.end <= b.start for a, b in pairwise(found)] == [True] * (len(found) - 1)
    assert [place.kind for place in found] == ["token", "aws-key"]


def test_a_place_in_an_escaped_reading_is_the_place_in_the_text() -> None:
    text = 'x \\"a\\u0040b.example.com\\" &amp; %E3%81%82ab'
    last = list(readings(text))[-1]
    start = last.text.index("a@b")
    begin, end = last.place(start, start + len("a@b.example.com"))
    assert text[begin:end] == "a\\u0040b.example.com"


@pytest.mark.parametrize(
    "piece",
    ["password=", 'token="', "a@", "1 ", "1.", "a:", "eyJ", "-----BEGIN PRIVATE KEY-----", "://", "cookie: a=b;", "authorization: ", "市", "東京都", "\\", "%41",
     "<email-", "password for ", "1 Aaa ", "tel ", "+1(2", "arn:aws:", "secret=[", "0-", "\u200b", "curl ", "account "],
)  # fmt: skip
def test_hostile_text_ends_and_gives_places_apart(piece: str) -> None:
    text = (piece * 20_000)[:20_000]
    found = places(text)
    assert all(a.end <= b.start for a, b in pairwise(found))
