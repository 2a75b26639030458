"""What is said of an incident of the past: never a cause that a person called wrong as if it were the cause."""

from __future__ import annotations

import pytest

from fa2.core.messages import LANGUAGES, Language
from fa2.core.report import PastIncident
from fa2.renderers.model_outline import past_sentences
from fa2.renderers.wording import Wording
from pasts import NOW


def past(**said: object) -> PastIncident:
    made = {"id": "R1", "title": "t", "time": NOW, "likeness": 0.5, "shared": [], "service": "payments"}
    return PastIncident.model_validate({**made, **said})


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mended_cause_names_both_and_says_which_was_wrong(language: Language) -> None:
    (said,) = past_sentences(past(feedback="wrong", cause="the \x1b[2Jimport"), Wording(language))
    assert said.index("payments") < said.index({"en": "wrong", "ja": "誤り"}[language]) < said.index("import")
    assert "\x1b" not in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_cause_without_another_is_told_as_wrong(language: Language) -> None:
    cause, judged = past_sentences(past(feedback="wrong"), Wording(language))
    assert "payments" in cause
    assert {"en": "wrong", "ja": "誤り"}[language] in judged
