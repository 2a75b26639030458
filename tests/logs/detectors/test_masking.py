"""Values are taken out of lines exactly where shapes put <*>, and tokens find theirs again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fa2.logs.detectors.masking import MAX_VALUES, masked, places
from fa2.logs.shapes.definition import shape_of

lines = st.text(st.sampled_from("aZ09 _.:-=/%\t\n\r\x01<*>é"), max_size=60)


def test_values_stand_in_the_order_of_the_line() -> None:
    found = masked("GET /items/17 from 10.0.0.1:80 took 12ms")
    assert found.shape == "GET /items/<*> from <*> took <*>"
    assert found.values == ("17", "10.0.0.1:80", "12ms")


@given(lines)
def test_the_shape_is_that_of_shapes_but_for_runs_of_spaces(line: str) -> None:
    def spaces(text: str) -> str:
        return " ".join(text.replace("\x0b", " ").replace("\x0c", " ").replace("\t", " ").split(" ")).strip()

    def once(text: str) -> str:
        return " ".join(part for part in spaces(text).split(" ") if part)

    assert once(masked(line).shape) == once(shape_of(line))


@given(lines)
def test_values_put_back_give_the_line(line: str) -> None:
    if "<" in line or "\x01" in line:
        return
    shape, values = masked(line)
    parts = shape.split("<*>")
    if len(values) == len(parts) - 1 < MAX_VALUES:
        back = "".join(a + b for a, b in zip(parts, [*values, ""]))
        assert back.split() == line.partition("\n")[0].partition("\r")[0].split()


def test_a_token_is_a_value_a_word_or_both() -> None:
    assert places("user <*> logged in from <*>", "user alice logged in from <*>") == ((-1, "alice", ""), (0, "", ""))
    assert places("user <*> logged in", "user (<*>) logged in") == ((0, "(", ")"),)
    assert places("read <*>", "read /a/<*>/b/<*>") == ((-1, "/a/<*>/b/<*>", ""),)
    assert places("user <*> logged in", "disk <*> full") is None
