"""Shapes that differ only in values become one template, and others stay apart."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fa2.logs.patterns.matching import spans
from fa2.logs.patterns.pattern import VARIABLE
from fa2.logs.shapes.definition import shape_of
from fa2.logs.templates import merging
from fa2.logs.templates.merging import merge

USERS = "ada alan barbara brian claude dennis edsger grace john ken leslie linus".split()
FRAME = [
    "<*>",
    "-",
    " ",
    "  ",
    "\t",
    "=",
    ":",
    "(",
    ")",
    "[",
    "]",
    '"',
    "{",
    "}",
    ",",
    "/",
    ".",
    "<",
    "*",
    ">",
    "\\",
    "$",
    "、",
]
WORDS = st.sampled_from(
    [*FRAME, "a", "ab", "eth0", "é", "user", "GET", "ERROR", "java.io.Error", "x_y", "true", "\0", "\u3000"]
)
SHAPES = st.lists(st.lists(WORDS, max_size=12).map("".join).map(shape_of), max_size=40)


def templates(*lines: str) -> list[str]:
    """Return the templates of lines, sorted."""
    return list(merge(sorted({shape_of(line) for line in lines})).templates)


def of_users(text: str, users: list[str] = USERS) -> list[str]:
    return [text.format(user) for user in users]


@given(SHAPES)
@example(["{<*>", "<*>}", "{}"])
@example(["\u3000<*>", "<*>", " <*>"])
def test_every_shape_is_matched_by_the_regex_of_its_template(shapes: list[str]) -> None:
    shapes = sorted(set(shapes))
    merged = merge(shapes)
    assert len(merged.template_of) == len(shapes)
    for shape, template in zip(shapes, merged.template_of):
        assert spans(merged.templates[template], shape) is not None


@given(SHAPES, st.randoms())
def test_the_order_of_shapes_makes_no_difference(shapes: list[str], chance: random.Random) -> None:
    shapes = sorted(set(shapes))
    shuffled = chance.sample(shapes, len(shapes))
    one, other = merge(shapes), merge(shuffled)
    assert one.templates == other.templates
    by_shape = dict(zip(shuffled, other.template_of))
    assert list(one.template_of) == [by_shape[shape] for shape in shapes]


@given(SHAPES)
def test_every_template_is_there_once_and_used(shapes: list[str]) -> None:
    merged = merge(sorted(set(shapes)))
    assert list(merged.templates) == sorted(set(merged.templates))
    assert set(merged.template_of) == set(range(len(merged.templates)))


def test_a_word_of_many_forms_is_a_value() -> None:
    assert templates(*of_users("login of {} failed")) == ["login of <*> failed"]


def test_a_word_of_few_forms_is_no_value() -> None:
    lines = [f"connection {word} by peer" for word in ("closed", "opened", "refused")]
    assert templates(*lines) == sorted(lines)


def test_two_words_that_change_together_are_values() -> None:
    lines = [f"{a} called {b} back" for a, b in zip(USERS, reversed(USERS))] + ["nobody called anybody in"]
    lines = [f"call: {line}" for line in lines]
    assert templates(*lines) == ["call: <*> called <*> back", "call: nobody called anybody in"]


@pytest.mark.parametrize(
    ("lines", "template"),
    [
        (["retry=yes mode=fast", "retry=no mode=fast"], "retry=<*> mode=fast"),
        (["opened by user ada", "opened by user root"], "opened by user <*>"),
        (["link eth0 is up", "link eth1 is up"], "link <*> is up"),
        (["queue [orders_in] full", "queue [orders_out] full"], "queue [<*>] full"),
        (["done: true", "done: false"], "done: <*>"),
        (["sent 17 KB", "sent 23 MB"], "sent <*> <*>"),
        (["from 10.0.0.7 ()", "from 10.0.0.8 (db.example.com)", "from 10.0.0.9 (17)"], "from <*> (<*>)"),
        (["ids 11 12 13", "ids 14 15", "ids 16 17 18 19"], "ids <*>"),
        (["peer 10.1.2.3 lost", "peer LOCAL(17) lost"], "peer <*> lost"),
        (["user root 17", "user 4711 17"], "user <*> <*>"),
    ],
)
def test_what_stands_around_a_word_tells_whether_it_is_a_value(lines: list[str], template: str) -> None:
    assert templates(*lines) == [template]


@pytest.mark.parametrize(
    "lines",
    [
        ["job finished level=error", "job finished level=info"],
        ["user added", "user removed"],
        ["state NEW to RUNNING", "state NEW to FAILED"],
        [
            "failed: java.io.IOException in x",
            "failed: java.lang.NullPointerException in x",
            "failed: a.b.TimeoutError in x",
        ],
        ["[authpriv] ok", "(authpriv) ok"],
        ["a=1 b=2", "a=1 c=2"],
    ],
)
def test_what_tells_statements_apart_stays(lines: list[str]) -> None:
    assert len(templates(*lines)) == len(lines)


@pytest.mark.parametrize(
    ("line", "template"),
    [
        ("GET https://shop.example.com/cart?id=7 done", "GET <*> done"),
        ("reading /etc/app/main.conf, then ./local.conf", "reading <*>, then <*>"),
        (r"copied C:\Users\ada\report.txt", "copied <*>"),
        ("card 00:1a:ff:e3:ba:c3 is up", "card <*> is up"),
        ("at Fri Jun 17 07:07:00 2005 exactly", "at <*> exactly"),
        ("from ip-10-0-0-7.ec2.internal closed", "from <*> closed"),
        ("block blk_-77123 of node-17", "block <*> of node-<*>"),
        ("offset -17 and +3", "offset <*> and +<*>"),
        ("cache deadbeef", "cache <*>"),
        ("Input/output error on s3 with md5_hash", "Input/output error on s3 with md5_hash"),
        ("<uuid>17</uuid>", "<uuid><*></uuid>"),
    ],
)
def test_text_is_a_value_by_its_form(line: str, template: str) -> None:
    assert templates(line) == [template]


def test_json_lines_are_told_apart_by_their_keys() -> None:
    lines = [f'{{"level":"info","msg":"cart of {user} saved","user":"{user} x","ok":true}}' for user in USERS]
    lines += ['{"level":"info","msg":"cart of ada saved","user":"ada x","ok":true,"took":7}']
    assert templates(*lines) == [
        '{"level":"info","msg":"cart of <*> saved","user":"<*>","ok":true}',
        '{"level":"info","msg":"cart of ada saved","user":"ada x","ok":true,"took":<*>}',
    ]


def test_json_lines_of_other_levels_and_messages_stay_apart() -> None:
    lines = [
        f'{{"level": "{level}", "msg": "{text}", "agent": "{agent}"}}'
        for level, text in (("info", "order placed"), ("error", "order placed"), ("info", "order lost"))
        for agent in ("curl (a)", "Mozilla/5.0 (X11; Linux)", "")
    ]
    assert templates(*lines) == [
        '{"level": "error", "msg": "order placed", "agent": "<*>"}',
        '{"level": "info", "msg": "order lost", "agent": "<*>"}',
        '{"level": "info", "msg": "order placed", "agent": "<*>"}',
    ]


def test_key_value_lines_keep_their_keys_and_levels() -> None:
    lines = [f'level={level} user={user} msg="cart saved"' for level in ("info", "error") for user in USERS]
    assert templates(*lines) == [f'level={level} user=<*> msg="cart saved"' for level in ("error", "info")]


def test_a_name_known_as_a_value_is_one_sooner_elsewhere() -> None:
    lines = [*of_users("login of {} failed"), *of_users("password of {} expired", USERS[:3])]
    assert templates(*lines) == ["login of <*> failed", "password of <*> expired"]


def test_an_empty_line_and_one_of_spaces_are_the_same_template() -> None:
    assert templates("", "   ", "\t") == [""]


@pytest.mark.end_to_end
@pytest.mark.parametrize("chance", [1, 2])
def test_very_many_shapes_are_merged_as_few_are(chance: int, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(chance)

    def word() -> str:
        return "".join(draw.choice("abcdefghij") for _ in range(6))

    shapes = {f"user {word()} logged in from <*>" for _ in range(2000)}
    shapes |= {f"call of {word()} to {word()} ended" for _ in range(2000)}
    shapes |= {"service is ready", "service is down", "disk <*> is full", ""}
    monkeypatch.setattr(merging, "ENOUGH", 500)
    assert list(merge(sorted(shapes)).templates) == [
        "",
        "call of <*> to <*> ended",
        "disk <*> is full",
        "service is down",
        "service is ready",
        "user <*> logged in from <*>",
    ]


@pytest.mark.end_to_end
def test_text_without_a_pattern_is_held_to_its_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(3)
    shapes = {
        " ".join("".join(draw.choice("abcxyzäé") for _ in range(5)) for _ in range(draw.randrange(6, 12)))
        for _ in range(3000)
    }
    shapes |= {"service is ready", "disk <*> is full"}
    monkeypatch.setattr(merging, "ENOUGH", 300)
    found = merge(sorted(shapes))
    assert len(found.templates) < 350
    assert {"service is ready", "disk <*> is full"} <= set(found.templates)
    for shape, template in zip(sorted(shapes), found.template_of):
        assert spans(found.templates[template], shape) is not None
    assert VARIABLE in found.templates[found.template_of[0]]


def test_a_rare_line_goes_to_the_statement_that_says_the_same_of_values() -> None:
    lines = [f"unpacked lib{user}17:amd64 1.2.{n} from archive" for n, user in enumerate(USERS)]
    lines += ["unpacked libjs-jquery:all 3.6~dfsg+~3 from archive", "unpacked: 17 from archive"]
    assert templates(*lines) == ["unpacked <*> <*> from archive", "unpacked: <*> from archive"]


def test_a_json_line_that_is_cut_off_keeps_its_keys() -> None:
    lines = [f'{{"level":"info","user":"{user} x","msg":"cart saved of {user} with much te' for user in USERS]
    assert templates(*lines) == ['{"level":"info","user":"<*>","msg":"cart saved of <*> with much te']


@pytest.mark.end_to_end
def test_words_that_stay_are_kept_where_three_change_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(4)

    def word() -> str:
        return "".join(draw.choice("abcdefghij") for _ in range(6))

    monkeypatch.setattr(merging, "ENOUGH", 300)
    shapes = {f"cache miss for {word()}/{word()} at {word()} again" for _ in range(4000)} | {
        "service is up",
        "it went down",
    }
    assert list(merge(sorted(shapes)).templates) == ["cache miss for <*> at <*> again", "it went down", "service is up"]
