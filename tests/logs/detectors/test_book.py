"""Patterns keep their ids while shapes join them."""

from __future__ import annotations

from fa2.logs.detectors.book import PatternBook
from fa2.logs.patterns.pattern import pattern_id


def learned(*shapes: str, book: PatternBook | None = None) -> PatternBook:
    book = book or PatternBook()
    for n, shape in enumerate(shapes):
        book.learn({shape: (1, n)})
    return book


def test_a_shape_is_known_by_the_id_of_its_text() -> None:
    book = learned("order <*> shipped")
    assert book.known("order <*> shipped") == pattern_id("order <*> shipped")
    assert book.known("order <*> lost") is None


def test_a_new_shape_that_a_known_template_matches_joins_it() -> None:
    users = [f"user {name} logged in from <*>" for name in "ann bob cid dan eve fay gus hal ida joe".split()]
    book = PatternBook()
    book.learn(dict.fromkeys(users, (10, 0)))
    (pattern,) = book.patterns.values()
    assert pattern.text == "user <*> logged in from <*>"
    learned("user zoe logged in from <*>", book=book)
    assert len(book.patterns) == 1
    assert book.known("user zoe logged in from <*>") == pattern.id


def test_a_line_with_more_words_is_not_taken_for_a_value() -> None:
    users = {f"request {name} done": (10, 0) for name in "ann bob cid dan eve fay gus hal ida joe".split()}
    book = PatternBook()
    book.learn(users)
    learned("request of ann was lost before it was done", book=book)
    assert len(book.patterns) == 2


def test_patterns_that_become_one_keep_the_id_of_the_first() -> None:
    shapes = [f"user {name} logged in from <*>" for name in "ann bob cid dan eve fay gus hal ida joe".split()]
    book = learned(*shapes)
    first = book.known(shapes[0])
    joined = book.consolidate()
    assert len(book.patterns) == 1
    assert {book.known(shape) for shape in shapes} == {first}
    assert {id for join in joined for id in join.gone}.isdisjoint(book.patterns)


def test_places_of_tokens_follow_the_text() -> None:
    shapes = [f"user {name} logged in from <*>" for name in "ann bob cid dan eve fay gus hal ida joe".split()]
    book = learned(*shapes)
    book.consolidate()
    where = book.places(shapes[1])
    assert where is not None
    assert [place.value("10.0.0.1") for place in where] == ["bob", "10.0.0.1"]
