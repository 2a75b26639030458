"""A Bedrock knowledge base against the fake: what is asked for, how much of it, and what becomes of the answer."""

from __future__ import annotations

from typing import Any

import pytest
from accounts_here import account_at
from asking import ask_of, collected, incident
from botocore.exceptions import ClientError
from fake_knowledge_base import KNOWLEDGE_BASE, FakeKnowledgeBase
from faults import DENIED, FAULTS, Garbled
from loopback import ACCOUNT, REGION, Loopback, serving
from pydantic import ValidationError

from fa2.core.budgets import Budget
from fa2.core.coverage import CoverageEntry
from fa2.core.deadlines import Deadline, DeadlinePassed
from fa2.core.incident import Alarm, Incident
from fa2.sources.aws.asking import Ask
from fa2.sources.aws.collecting import Common, asks
from fa2.sources.aws.knowledge_base.passages import passage
from fa2.sources.aws.knowledge_base.source import KnowledgeBaseSettings, source, words_of
from fa2.sources.aws.permissions import Ground
from fa2.sources.aws.problems import problem_of
from fa2.sources.aws.settings import Prices

QUESTION = "orders テーブルの書き込みが失敗するのはなぜか"
RUNBOOK = (
    "orders テーブルの書き込みが ProvisionedThroughputExceededException で失敗したら、書き込みキャパシティを確認する。"
)
ARN = f"arn:aws:bedrock:us-west-2:{ACCOUNT}:knowledge-base/{KNOWLEDGE_BASE}"


def base(count: int = 40) -> FakeKnowledgeBase:
    """Return a knowledge base of one runbook that fits and many that do not."""
    others = [(f"s3://runbooks/other-{n:02}.md", f"Reindex job {n} of search.") for n in range(count)]
    return FakeKnowledgeBase([*others, ("s3://runbooks/orders-table.md", RUNBOOK)])


def asked(aws: Loopback, *, about: Incident | None = None, **settings: Any) -> Ask[Any]:
    given = KnowledgeBaseSettings(**{"id": KNOWLEDGE_BASE, **settings})
    return ask_of(source, account_at(aws), settings=given, about=about or incident(question=QUESTION))


def sent(aws: Loopback) -> list[dict[str, Any]]:
    return [dict(call.params) for call in aws.calls if call.operation == "Retrieve"]


def search(request: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = request["retrievalConfiguration"]["vectorSearchConfiguration"]
    return found


def codes(coverage: list[CoverageEntry]) -> list[str]:
    return [entry.error.code for entry in coverage if entry.error]


@pytest.mark.parametrize("most", [1, 3, 5, 40])
def test_as_many_passages_come_as_are_set_and_the_japanese_runbook_first(most: int) -> None:
    with serving(base()) as aws:
        rows, coverage = collected(asked(aws, max_results=most))
    (request,) = sent(aws)
    assert search(request) == {"numberOfResults": most}
    assert len(rows["documents"]) == most
    assert rows["documents"][0] == {
        "id": "s3://runbooks/orders-table.md",
        "title": "orders-table.md",
        "text": RUNBOOK,
        "url": None,
    }
    assert (coverage[0].status, coverage[0].rows_returned) == ("ok", most)
    assert codes(coverage) == ["note_kb_scores"]


def test_five_come_where_nobody_says_how_many() -> None:
    with serving(base()) as aws:
        rows, _ = collected(asked(aws))
    assert len(rows["documents"]) == 5


def test_pages_are_followed_until_there_are_enough() -> None:
    def short(answer: dict[str, Any]) -> dict[str, Any]:
        pages.append(len(answer["retrievalResults"]))
        return {**answer, "retrievalResults": answer["retrievalResults"][:2]}

    pages: list[int] = []
    with serving(base()) as aws:
        aws.fault("bedrock-agent-runtime", Garbled(short))
        rows, _ = collected(asked(aws, max_results=5))
    assert (len(pages), len(rows["documents"])) == (3, 5)
    assert [bool(request.get("nextToken")) for request in sent(aws)] == [False, True, True]


def test_the_kind_of_search_is_sent() -> None:
    with serving(base()) as aws:
        collected(asked(aws, search_type="hybrid"))
        assert search(sent(aws)[0])["overrideSearchType"] == "HYBRID"
        collected(asked(aws, search_type="semantic"))
        assert search(sent(aws)[1])["overrideSearchType"] == "SEMANTIC"


def test_a_model_that_ranks_anew_gets_more_candidates_and_keeps_as_many_as_are_set() -> None:
    with serving(base()) as aws:
        rows, coverage = collected(asked(aws, max_results=7, rerank_model="amazon.rerank-v1:0"))
    request = search(sent(aws)[0])
    assert request["numberOfResults"] == 28
    ranking = request["rerankingConfiguration"]["bedrockRerankingConfiguration"]
    assert ranking["numberOfRerankedResults"] == len(rows["documents"]) == 7
    assert ranking["modelConfiguration"]["modelArn"] == f"arn:aws:bedrock:{REGION}::foundation-model/amazon.rerank-v1:0"
    assert "rerankedBy=arn:aws:bedrock" in (coverage[0].query or "")


def test_ranking_anew_is_paid_from_the_budget() -> None:
    with serving(base()) as aws:
        ask = asked(aws, rerank_model="amazon.rerank-v1:0")
        ask.budget = Budget(usd=0.0005)
        rows, coverage = collected(ask)
        assert (rows, codes(coverage), sent(aws)) == ({}, ["aws_over_budget"], [])


def test_what_is_asked_is_the_question_then_what_the_alarm_and_the_scope_name() -> None:
    alarm = Alarm(name="payments-errors", metric="Errors", dimensions={"FunctionName": "payments"}, service="payments")
    about = incident(question=QUESTION, alarm=alarm)
    about = about.model_copy(update={"scope": about.scope.model_copy(update={"services": ["checkout"]})})
    assert words_of(about) == f"{QUESTION} checkout payments payments-errors Errors"
    assert len(words_of(incident(question="遅い " * 2000))) == 1000


def test_nothing_is_asked_without_words_or_without_an_id() -> None:
    with serving(base()) as aws:
        _, coverage = collected(asked(aws, about=incident()))
        assert (coverage[0].status, codes(coverage)) == ("skipped", ["kb_no_words"])
        _, coverage = collected(asked(aws, id=""))
        assert (coverage[0].status, codes(coverage)) == ("skipped", ["aws_not_configured"])
        assert coverage[0].error
        assert coverage[0].error.values == {"key": "knowledge_base.id"}
        assert sent(aws) == []


def test_no_hits_are_an_empty_table_and_not_a_missing_one() -> None:
    with serving(FakeKnowledgeBase()) as aws:
        ask = asked(aws)
        rows, coverage = collected(ask)
    assert (coverage[0].status, coverage[0].rows_returned, rows) == ("ok", 0, {})
    assert "documents" in ask.sink.begun  # type: ignore[attr-defined]


def test_an_unknown_knowledge_base_is_told_with_the_remedy() -> None:
    with serving(base()) as aws:
        _, coverage = collected(asked(aws, id="ABCDEFGHIJ"))
    assert (coverage[0].status, codes(coverage)) == ("failed", ["aws_not_found"])
    assert coverage[0].error
    assert "ABCDEFGHIJ" in coverage[0].error.message


def test_a_denied_call_names_the_statement_with_the_arn_of_the_knowledge_base() -> None:
    with serving(base()) as aws:
        aws.fault("bedrock-agent-runtime", DENIED)
        _, coverage = collected(asked(aws))
    assert coverage[0].error
    arn = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:knowledge-base/{KNOWLEDGE_BASE}"
    assert coverage[0].error.values["statement"] == (
        f'{{"Effect":"Allow","Action":"bedrock:Retrieve","Resource":["{arn}"]}}'
    )


def test_where_ranking_anew_is_denied_the_statement_is_the_one_for_it() -> None:
    said = "User: arn:aws:iam::1:user/x is not authorized to perform: bedrock:Rerank on resource: *"
    error = ClientError({"Error": {"Code": "AccessDeniedException", "Message": said}}, "Retrieve")
    needed = source.permissions(KnowledgeBaseSettings(id=KNOWLEDGE_BASE, rerank_model="amazon.rerank-v1:0"))
    found = problem_of(error, needed, Ground(ACCOUNT, REGION), service=source.service)
    assert found.values["statement"] == '{"Effect":"Allow","Action":"bedrock:Rerank","Resource":["*"]}'


@pytest.mark.parametrize("name", FAULTS)
def test_each_failure_is_named_and_gives_no_rows(name: str) -> None:
    with serving(base()) as aws:
        aws.fault("bedrock-agent-runtime", FAULTS[name])
        deadline = Deadline(1.0)
        ask = asked(aws)
        ask.deadline, ask.account = deadline, account_at(aws, deadline)
        try:
            rows, _ = collected(ask)
        except DeadlinePassed:
            rows = {}
        ask.abandon()
    assert rows == {}
    assert [entry.status for entry in ask.coverage] == ["failed"]
    assert ask.coverage[0].error
    assert ask.coverage[0].error.remedy


def test_what_has_no_text_is_counted_and_the_rest_kept() -> None:
    def garble(answer: dict[str, Any]) -> dict[str, Any]:
        results = [
            *answer["retrievalResults"][:1],
            {"content": {"type": "IMAGE"}},
            {"content": {"type": "ROW", "row": []}},
        ]
        return {"retrievalResults": results}

    with serving(base()) as aws:
        aws.fault("bedrock-agent-runtime", Garbled(garble))
        rows, coverage = collected(asked(aws))
    assert len(rows["documents"]) == 1
    assert (coverage[0].status, coverage[0].error and coverage[0].error.values["n"]) == ("partial", 2)
    assert codes(coverage) == ["kb_without_text", "note_kb_scores"]


def test_examining_retrieves_one_passage_and_says_that_it_answers() -> None:
    with serving(base()) as aws:
        ask = asked(aws, max_results=50)
        source.examine(ask)
    assert [search(request)["numberOfResults"] for request in sent(aws)] == [1]
    assert [(e.status, e.table) for e in ask.coverage] == [("ok", None)]
    assert codes(ask.coverage) == ["note_kb_answers"]


@pytest.mark.parametrize(
    ("location", "metadata", "expected"),
    [
        ({"webLocation": {"url": "https://wiki/run%20book"}}, {}, ("https://wiki/run%20book", "run book", True)),
        (
            {"confluenceLocation": {"url": "https://c/x?y=1"}},
            {"title": "復旧手順"},
            ("https://c/x?y=1", "復旧手順", True),
        ),
        (
            {"s3Location": {"uri": "s3://b/手順.pdf"}},
            {"x-amz-bedrock-kb-document-page-number": 3.0},
            ("s3://b/手順.pdf#page=3", "手順.pdf", False),
        ),
        ({"customDocumentLocation": {"id": "doc-7"}}, {}, ("doc-7", "doc-7", False)),
        ({}, {"x-amz-bedrock-kb-source-uri": "s3://b/x.md"}, ("s3://b/x.md", "x.md", False)),
        ({"webLocation": {"url": "javascript:alert(1)"}}, {}, ("javascript:alert(1)", "javascript:alert(1)", False)),
        ({}, {}, ("?", None, False)),
    ],
)
def test_place_title_and_address_come_from_location_and_metadata(
    location: dict[str, Any], metadata: dict[str, Any], expected: tuple[str, str | None, bool]
) -> None:
    row = passage({"content": {"text": "t"}, "location": {"type": "X", **location}, "metadata": metadata})
    assert row is not None
    assert (row["id"], row["title"], row["url"] is not None) == expected


def test_rows_of_tables_speech_and_films_are_read_as_text() -> None:
    row = [{"columnName": "service", "columnValue": "payments"}, {"columnName": "owner", "columnValue": "支払いチーム"}]
    read = [
        passage({"content": content})
        for content in ({"row": row}, {"audio": {"transcription": "a"}}, {"video": {"summary": "v"}})
    ]
    assert [found and found["text"] for found in read] == ["service: payments\nowner: 支払いチーム", "a", "v"]


@pytest.mark.parametrize(
    "wrong", [{"max_results": 0}, {"max_results": 101}, {"id": "short"}, {"search_type": "x"}, {"rerank_model": "a b"}]
)
def test_settings_that_bedrock_would_refuse_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        KnowledgeBaseSettings(**wrong)


def test_permissions_name_the_knowledge_base_and_the_model() -> None:
    assert source.permissions(KnowledgeBaseSettings()) == ()
    (own,) = source.permissions(KnowledgeBaseSettings(id=KNOWLEDGE_BASE, region="us-west-2"))
    assert own.resources == (f"arn:{{partition}}:bedrock:us-west-2:{{account}}:knowledge-base/{KNOWLEDGE_BASE}",)
    needed = source.permissions(KnowledgeBaseSettings(id=ARN, rerank_model="cohere.rerank-v3-5:0"))
    assert [(p.action, p.resources, p.implied) for p in needed] == [
        ("bedrock:Retrieve", (ARN,), False),
        ("bedrock:Rerank", ("*",), True),
        (
            "bedrock:InvokeModel",
            ("arn:{partition}:bedrock:us-west-2::foundation-model/cohere.rerank-v3-5:0",),
            True,
        ),
    ]


@pytest.mark.parametrize("place", [{"id": KNOWLEDGE_BASE, "region": "us-west-2"}, {"id": ARN}])
def test_it_is_asked_once_where_it_is_whichever_regions_are_looked_at(place: dict[str, str]) -> None:
    with serving() as aws:
        aws.serve(base(), region="us-west-2")
        here = account_at(aws)
        common = Common(incident(question=QUESTION), Deadline(20), Budget(usd=1.0), Prices())
        work = asks([(source, KnowledgeBaseSettings(**place))], [here, here.in_region("eu-west-1")], common)  # type: ignore[arg-type]
        assert [(ask.account.id, ask.account.region) for ask in work] == [(ACCOUNT, "us-west-2")]
        assert work[0].client().retrieve(knowledgeBaseId=KNOWLEDGE_BASE, retrievalQuery={"text": "orders"})
