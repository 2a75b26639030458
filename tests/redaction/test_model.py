"""A model behind aliases: what it is asked, and what comes back piece by piece."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fa2.core.deadlines import Deadline
from fa2.core.language_model import Answer, Hearer, Message, Question, Tokens
from fa2.redaction.aliases import Aliases
from fa2.redaction.model import RedactingModel, RestoredPieces


class Echo:
    """Answers with what it was asked, in pieces of three characters."""

    name = "test:echo"
    usd_per_token = (0.1, 0.2)

    def __init__(self) -> None:
        self.asked: list[str] = []

    def ask(self, question: Question, deadline: Deadline, hearer: Hearer | None = None, /) -> Answer:
        text = question.messages[-1].text
        self.asked.append(text)
        for start in range(0, len(text), 3):
            (hearer or Hearer()).text(text[start : start + 3])
        return Answer(text, (), "end", Tokens(1, 1))


def test_the_model_sees_aliases_and_the_hearer_and_the_caller_see_values() -> None:
    echo, heard = Echo(), []
    model = RedactingModel(echo, Aliases())
    said = "ask ann@example.com < 3 times"
    answer = model.ask(Question("", (Message("user", said),)), Deadline(5), Hearer(text=heard.append))
    assert echo.asked == ["ask <email-1> < 3 times"]
    assert answer.text == said
    assert "".join(heard) == said
    assert not any("<email" in piece or "-1>" in piece for piece in heard)
    assert (model.name, model.usd_per_token) == ("test:echo", (0.1, 0.2))


def test_history_is_sent_the_same_way_each_turn() -> None:
    echo = Echo()
    model = RedactingModel(echo, Aliases())
    first = Message("user", "who is ann@example.com, password Tr0ub4dor&3")
    model.ask(Question("", (first,)), Deadline(5))
    model.ask(Question("", (Message("user", "bob@example.com"), first)), Deadline(5))
    assert echo.asked[0] == echo.asked[1]


@given(st.lists(st.text(alphabet="<>email-1.: ab", max_size=6)))
def test_pieces_give_what_the_whole_gives(pieces: list[str]) -> None:
    aliases = Aliases()
    aliases.hide("ann@example.com Ann@example.com")
    told: list[str] = []
    restored = RestoredPieces(aliases, told.append)
    for piece in pieces:
        restored.add(piece)
    restored.end()
    assert "".join(told) == aliases.restore("".join(pieces))
