"""Past reports in DynamoDB and S3: the same promises as in a folder, and what only AWS can do to them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from fa2.core.errors import UnusableInput
from fa2.core.fingerprints import fingerprint
from fa2.core.past import MOST_CAUSE, MOST_FEEDBACK, NoPastReport, PastFailed
from fa2.stores.past_aws import ITEM_BYTES, PREFIX, PastInAws, Shelves
from pasts import NOW, report, said

REGION = "ap-northeast-1"
TABLE, BUCKET = "fa2-past", "fa2-past-reports"
NAME = re.compile(r"#\w+|:\w+")
WORDS = {
    "SET",
    "REMOVE",
    "AND",
    "OR",
    "list_append",
    "if_not_exists",
    "attribute_exists",
    "attribute_not_exists",
    "size",
}


class Aws:
    """moto's clients, and what was asked of them, held to more than moto holds it to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.between: Callable[[], object] | None = None
        """Called once before the next write, as somebody else who comes between."""
        self.clients = {name: self._client(name) for name in ("dynamodb", "s3")}

    def client(self, service: str) -> Any:
        return self.clients[service]

    def store(self, *, bucket: str = BUCKET, now: datetime = NOW, days: int = 400) -> PastInAws:
        shelves = Shelves(TABLE, bucket, days)
        return PastInAws(shelves, client=self.client, told=told, clock=lambda: now)

    def items(self) -> list[dict[str, Any]]:
        return list(self.clients["dynamodb"].scan(TableName=TABLE)["Items"])

    def objects(self) -> list[str]:
        return [o["Key"] for o in self.clients["s3"].list_objects_v2(Bucket=BUCKET).get("Contents", [])]

    def _client(self, service: str) -> Any:
        client = boto3.client(service, region_name=REGION)
        client.meta.events.register("provide-client-params", self._noted)
        return client

    def _noted(self, params: dict[str, Any], model: Any, **_: object) -> None:
        if model.name == "UpdateItem" and (between := self.between):
            self.between = None
            between()
        self.asked.append((model.name, params))
        _check_expressions(params)


def _check_expressions(params: dict[str, Any]) -> None:
    """Hold names to placeholders, as attributes may be reserved words, and each placeholder to a use."""
    texts = [text for name, text in params.items() if name.endswith("Expression")]
    given = {*params.get("ExpressionAttributeNames", {}), *params.get("ExpressionAttributeValues", {})}
    assert {name for text in texts for name in NAME.findall(text)} == given
    for text in texts:
        assert set(re.findall(r"[A-Za-z_]+", NAME.sub(" ", text))) <= WORDS, text


@contextmanager
def told(service: str) -> Iterator[None]:
    """Turn what AWS says into an error of ours, as wiring does."""
    try:
        yield
    except ClientError as error:
        raise UnusableInput(f"{service}: {error.response['Error']['Code']}") from error


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    with mock_aws():
        made = Aws()
        made.clients["dynamodb"].create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        made.clients["s3"].create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        yield made


@pytest.mark.parametrize("bucket", [BUCKET, ""])
def test_what_was_kept_comes_back(aws: Aws, bucket: str) -> None:
    made, past = report(1, patterns=(("ERROR", "失敗 <*> \x1b[31m"),), title=""), aws.store(bucket=bucket)
    id = past.keep(made, NOW)
    assert past.report(id) == made
    (one,) = past.kept().reports
    assert (one.id, one.title, one.window, one.kept_at) == (id, made.title, made.window, NOW)
    assert (one.verdict, one.fingerprint, one.feedback) == ("incident", fingerprint(made), ())
    assert aws.objects() == ([f"{PREFIX}{id}.json.zst"] if bucket else [])
    assert ("body" in aws.items()[0]) == (not bucket)


def test_a_report_of_the_same_incident_takes_the_place_of_the_first_and_keeps_what_was_said(aws: Aws) -> None:
    past = aws.store()
    id = past.keep(report(1), NOW)
    past.judge(id, said("wrong", "the import"))
    later = report(1, "ledger", title="again")
    assert past.keep(later, NOW + timedelta(hours=1)) == id
    (one,) = past.kept().reports
    assert (one.title, one.fingerprint.service, one.feedback) == ("again", "ledger", (said("wrong", "the import"),))
    assert past.report(id) == later


def test_a_text_moves_from_the_table_to_the_bucket(aws: Aws) -> None:
    id = aws.store(bucket="").keep(report(1), NOW)
    later = report(1, title="later")
    assert aws.store().keep(later, NOW) == id
    assert "body" not in aws.items()[0]
    assert aws.store().report(id) == later


def test_two_who_judge_at_once_lose_nothing(aws: Aws) -> None:
    past = aws.store()
    id = past.keep(report(1), NOW)
    aws.between = lambda: past.judge(id, said("wrong", "theirs"))
    past.judge(id, said("right", "ours"))
    (one,) = past.kept().reports
    assert [f.cause for f in one.feedback] == ["theirs", "ours"]


def test_what_is_said_while_a_report_is_replaced_stays_and_the_report_no_longer_expires(aws: Aws) -> None:
    past = aws.store()
    id = past.keep(report(1), NOW)
    aws.between = lambda: past.judge(id, said("right", "theirs"))
    past.keep(report(1, title="again"), NOW)
    (one,) = past.kept().reports
    assert (one.title, [f.cause for f in one.feedback]) == ("again", ["theirs"])
    assert "expires" not in aws.items()[0]


def test_of_very_much_that_was_said_the_last_stays(aws: Aws) -> None:
    past = aws.store()
    id = past.keep(report(1), NOW)
    for number in range(MOST_FEEDBACK + 2):
        past.judge(id, said("wrong", f"cause {number}"))
    (one,) = past.kept().reports
    assert [f.cause for f in one.feedback] == [f"cause {n}" for n in range(2, MOST_FEEDBACK + 2)]


def test_an_unjudged_report_expires_and_is_not_told_even_before_it_is_deleted(aws: Aws) -> None:
    past = aws.store(days=30)
    id, judged = past.keep(report(1), NOW), past.keep(report(2), NOW)
    past.judge(judged, said("right"))
    by_id = {item["id"]["S"]: item for item in aws.items()}
    assert int(by_id[id]["expires"]["N"]) == int((NOW + timedelta(days=30)).timestamp())
    later = aws.store(now=NOW + timedelta(days=31))
    assert [one.id for one in later.kept().reports] == [judged]


def test_what_is_forgotten_is_gone_from_both(aws: Aws) -> None:
    past = aws.store()
    id, other = past.keep(report(1), NOW), past.keep(report(2), NOW)
    past.forget(id)
    assert [one.id for one in past.kept().reports] == [other]
    assert aws.objects() == [f"{PREFIX}{other}.json.zst"]
    for act in (past.report, past.forget, lambda id: past.judge(id, said("right"))):
        with pytest.raises(NoPastReport):
            act(id)
    assert len(aws.items()) == 1  # judging what is gone makes no item


def test_a_table_of_several_pages_is_read_to_its_end(aws: Aws) -> None:
    past = aws.store(bucket="")
    noise = [tuple(("ERROR", os.urandom(400).hex()) for _ in range(200)) for _ in range(14)]
    ids = {past.keep(report(day, patterns=rows), NOW) for day, rows in enumerate(noise, 1)}
    aws.asked.clear()
    assert {one.id for one in past.kept().reports} == ids
    assert sum(name == "Scan" for name, _ in aws.asked) > 1


def test_a_text_too_large_for_an_item_needs_a_bucket(aws: Aws) -> None:
    large = report(1, patterns=tuple(("ERROR", os.urandom(400).hex()) for _ in range(600)))
    with pytest.raises(PastFailed) as failed:
        aws.store(bucket="").keep(large, NOW)
    assert failed.value.key == "coverage.past_too_large"
    assert aws.items() == []
    assert aws.store().report(aws.store().keep(large, NOW)) == large


def test_the_fullest_item_stays_below_what_dynamodb_holds(aws: Aws) -> None:
    past = aws.store(bucket="")
    words = tuple(("ERROR", "".join(chr(0x4E00 + b) for b in os.urandom(80))) for _ in range(400))
    id = past.keep(report(1, patterns=words, title="題" * 400), NOW)
    for _ in range(MOST_FEEDBACK):
        past.judge(id, said("wrong", "因" * MOST_CAUSE))
    (item,) = aws.items()
    assert len(item["said"]["L"]) == MOST_FEEDBACK
    beside = {name: value for name, value in item.items() if name != "body"}
    assert len(str(beside).encode()) + (200 << 10) < ITEM_BYTES


def test_a_text_that_is_gone_from_the_bucket_is_told(aws: Aws) -> None:
    past = aws.store()
    id = past.keep(report(1), NOW)
    aws.clients["s3"].delete_object(Bucket=BUCKET, Key=f"{PREFIX}{id}.json.zst")
    with pytest.raises(PastFailed) as failed:
        past.report(id)
    assert (failed.value.key, failed.value.values["bucket"]) == ("coverage.past_no_body", BUCKET)
    past.forget(id)
    assert past.kept().reports == ()


def test_an_item_that_cannot_be_read_back_is_counted(aws: Aws) -> None:
    past = aws.store()
    id = past.keep(report(1), NOW)
    aws.clients["dynamodb"].put_item(TableName=TABLE, Item={"id": {"S": "Rx"}, "fingerprint": {"S": "odd"}})
    shelf = past.kept()
    assert ([one.id for one in shelf.reports], shelf.unreadable) == ([id], 1)


@pytest.mark.parametrize("act", ["keep", "kept", "report", "judge", "forget"])
def test_a_table_that_is_not_there_is_told_by_every_method(aws: Aws, act: str) -> None:
    given: dict[str, tuple[object, ...]] = {
        "keep": (report(1), NOW), "kept": (), "report": ("R1",), "judge": ("R1", said("right")), "forget": ("R1",)
    }  # fmt: skip
    aws.clients["dynamodb"].delete_table(TableName=TABLE)
    with pytest.raises(UnusableInput) as failed:
        getattr(aws.store(), act)(*given[act])
    assert failed.value.key == "dynamodb: ResourceNotFoundException"


def test_a_bucket_that_is_not_there_leaves_no_item_behind(aws: Aws) -> None:
    with pytest.raises(UnusableInput) as failed:
        aws.store(bucket="nobody-has-this").keep(report(1), NOW)
    assert failed.value.key == "s3: NoSuchBucket"
    assert aws.items() == []
