"""What is hidden comes back exactly, and nothing of a secret remains."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fa2.core.language_model import Answer, Message, Question, Tokens, ToolCall, ToolDescription, ToolResult
from fa2.redaction.aliases import ALIAS, Aliases
from fa2.redaction.sightings import KINDS

sys.path.append(str(Path(__file__).parents[2] / "bench"))
from planted import planted

PIECES = st.sampled_from(
    [
        "password=", '"token": "', "Bearer ", "\\u0040", "%40", "a@b.example.com", "<email-1>", "<EMAIL-1.1:x>", "<", ">", "-1", "email", "AKIA" + "Q" * 16,
        "arn:aws:iam::123456789012:user/x", "123456789012", "090-1234-5678", "０３－１２３４－５６７８", "10.0.0.1", "\\", '"', "'", "\n", "\\n", "=", "hunter2!x",
        "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "4111 1111 1111 1111", "東京都渋谷区神宮前1-2-3", "\u200b", "&amp;", "://u:", "@", "…",
    ]
)  # fmt: skip
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=12).map("".join)


@settings(max_examples=400, deadline=None)
@given(st.lists(TEXTS, max_size=4))
def test_restoring_undoes_hiding_exactly_whatever_the_text(texts: list[str]) -> None:
    aliases = Aliases(accounts=["123456789012"])
    hidden = [aliases.hide(text) for text in texts]
    assert [aliases.restore(text) for text in hidden] == texts
    assert [aliases.hide(text) for text in texts] == hidden


@pytest.mark.parametrize("other", [False, True], ids=["known carriers", "held-out carriers"])
def test_nothing_of_a_planted_secret_is_sent(other: bool) -> None:
    for secret in planted(41, 640, other=other):
        aliases = Aliases()
        sent = aliases.hide(secret.text)
        assert aliases.restore(sent) == secret.text
        shown = ALIAS.sub(" ", sent)
        for value in secret.secrets:
            parts = [value[i : i + 8] for i in range(max(1, len(value) - 7))]
            assert not any(part in shown for part in parts), (secret.kind, secret.text, sent)


@pytest.mark.parametrize(
    "line",
    [
        "trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7 took 1234 ms",
        "request 9a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9 at 1763694000123",
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8, version 10.4.2, build 20261120.3",
        "order 100000012345 of customer 4711 for 1,299.00 in 0.123456789012 s",
        "X-Ray 1-58406520-a006649127e371903a2de979, epoch 1763694000",
        "max_tokens=4096 input_tokens: 512 tokenizer=cl100k token expired",
        "Invalid password: incorrect; password required; secretName=prod/db",
        "2026-11-20T03:00:00.123+09:00 GET /v1.2.3.4/x 200 12ms",
        "blk_-1608999687919862906 and blk_4980916519894289629",
        "java.lang.Object@1f2e3d org.apache.hadoop.mapreduce.v2.app.MRAppMaster",
        "Mozilla/5.0 Chrome/120.0.0.0 Safari/537.36 on 127.0.0.1 and 0.0.0.0/0",
        "ProvisionedThroughputExceededException in UpdateFunctionConfiguration20150331v2",
        "SecretsManager key=images/foo.jpg sort_key=42 partition key user#17",
    ],
)  # fmt: skip
def test_ids_times_versions_and_words_stay(line: str) -> None:
    assert Aliases().hide(line) == line


def test_a_value_has_one_alias_everywhere_and_its_spellings_one_number() -> None:
    aliases = Aliases()
    assert (
        aliases.hide("Ann@Example.com or ann@example.com or ann%40example.com")
        == "<email-1> or <email-1.1> or <email-1.2>"
    )
    assert (
        aliases.hide("again ann@example.com, and ０９０－１２３４－５６７８ is +81 90-1234-5678")
        == "again <email-1.1>, and <phone-1> is <phone-1.1>"
    )
    assert aliases.counts() == {"email": 1, "phone": 1}


def test_what_looks_like_an_alias_in_the_data_is_hidden_itself() -> None:
    aliases = Aliases()
    forged = "pay to <email-1>"
    sent = aliases.hide(f"{forged} or bob@example.com")
    assert sent == "pay to <text-1> or <email-1>"
    assert (
        aliases.restore("write to <email-1>, not <text-1> or <email-9>")
        == "write to bob@example.com, not <email-1> or <email-9>"
    )
    assert aliases.counts() == {"email": 1}


def test_an_alias_is_known_again_when_a_model_changes_its_case_or_drops_its_label() -> None:
    aliases = Aliases(names=["inventory"])
    arn = "arn:aws:dynamodb:us-east-1:123456789012:table/inventory"
    assert aliases.hide(arn) == "<arn-1:dynamodb:table:inventory>"
    assert aliases.restore("<ARN-1>, <arn-1:dynamodb>") == f"{arn}, {arn}"


def test_what_a_word_gave_away_is_hidden_where_no_word_stands() -> None:
    aliases = Aliases()
    question = Question(
        "all", (Message("user", "login failed with Blue42horse"), Message("user", "db_password=Blue42horse"))
    )
    assert [m.text for m in aliases.hidden(question).messages] == [
        "login failed with <password-1>",
        "db_password=<password-1>",
    ]
    account = Aliases()
    account.hide("arn:aws:s3:us-east-1:210987654321:accesspoint/x")
    assert account.hide("bucket of 210987654321, not 2109876543210") == "bucket of <account-1>, not 2109876543210"


def test_people_and_accounts_that_are_known_are_hidden_as_whole_words() -> None:
    aliases = Aliases(accounts=["555566667777"], people=["ann"], names=["orders"])
    assert (
        aliases.hide("ann changed annual report of 555566667777 in orders")
        == "<user-1> changed annual report of <account-1> in orders"
    )


def test_kinds_that_are_to_stay_stay() -> None:
    assert Aliases(keep=["ip"]).hide("10.1.2.3 by a@b.example.com") == "10.1.2.3 by <email-1>"


def test_the_listing_shows_too_little_to_use() -> None:
    aliases = Aliases()
    aliases.hide("password=correct-horse-1 then password=correct-horse-1, mail ann@example.com")
    listed = {h.alias: h for h in aliases.listing()}
    assert listed["<password-1>"].shown == "c… (15)"
    assert listed["<password-1>"].times == 2
    assert listed["<email-1>"].shown == "a…@example.com"
    assert "text" not in {h.kind for h in aliases.listing()} <= set(KINDS)


def test_arguments_are_restored_as_json_and_sent_back_as_the_model_wrote_them() -> None:
    aliases = Aliases()
    odd = 'pa"ss\\w0rd-\u00e9'
    aliases.hide(json.dumps({"password": odd}))
    aliases.hide(f"password: '{odd}'")
    alias = aliases.listing()[-1].alias
    written = f'{{"query": "x {alias}",  "n": 1}}'
    answer = aliases.restored(
        Answer(
            "see " + alias,
            (ToolCall("1", "find", written), ToolCall("2", "find", f'{{"broken": "{alias}')),
            "tools",
            Tokens(),
        )
    )
    assert json.loads(answer.calls[0].arguments) == {"query": f"x {aliases.restore(alias)}", "n": 1}
    assert json.loads(answer.calls[1].arguments + '"}') == {"broken": aliases.restore(alias)}
    back = aliases.hidden(
        Question(
            "",
            (
                Message("model", answer.text, answer.calls),
                Message("user", results=(ToolResult("1", "find", f"nothing for {aliases.restore(alias)}"),)),
            ),
        )
    )
    assert back.messages[0].text == "see " + alias
    assert [c.arguments for c in back.messages[0].calls] == [written, f'{{"broken": "{alias}']
    assert back.messages[1].results[0].text == f"nothing for {alias}"


def test_all_parts_of_a_question_are_hidden() -> None:
    mail = "ann@example.com"
    call = ToolCall("1", "find", json.dumps({"who": mail}))
    tool = ToolDescription("find", f"ask {mail}", {"properties": {"who": {"enum": [mail]}}})
    question = Question(
        f"for {mail}",
        (
            Message("user", mail),
            Message("model", mail, (call,)),
            Message("user", results=(ToolResult("1", "find", mail),)),
        ),
        (tool,),
    )
    assert mail not in repr(Aliases().hidden(question))
