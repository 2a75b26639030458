"""The changes of a month over HTTP: requests as a function URL and API Gateway send them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config_deliveries import ROLE, busy_month, year_before
from fa2.apps.lambdas.changes_handler import answer, handler
from fa2.core.errors import RefusedQuery
from fa2.core.monthly_changes import MonthlyChanges
from fa2.wiring.changes import ChangesRequest, OpenedPlace, changes_report, local_place


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    year_before(tmp_path)
    busy_month(tmp_path, "2024-11", 400)
    return tmp_path


def event(body: object, **more: object) -> dict[str, object]:
    """Return an event of payload version 2.0."""
    return {
        "version": "2.0",
        "requestContext": {"http": {"method": "POST"}},
        "body": body,
        "isBase64Encoded": False,
        **more,
    }


def sent(fields: object) -> dict[str, object]:
    return event(json.dumps(fields))


def said(response: dict[str, object]) -> tuple[object, str, str]:
    """Return status code, status and text."""
    body: dict[str, Any] = json.loads(str(response["body"]))
    ((text, kind),) = [(part["text"], part["type"]) for part in body["body"]]
    assert kind == "text"
    return response["statusCode"], body["status"], text


def never(request: ChangesRequest) -> MonthlyChanges:
    raise AssertionError("nothing may be read for a request that is not valid")


def test_the_article_s_request_gets_the_month(folder: Path) -> None:
    response = answer(
        sent({"target_year": "2024", "target_month": "11"}),
        lambda request: changes_report(request, local_place([folder])),
        "en",
    )
    code, status, text = said(response)
    assert (code, status) == (200, "SUCCEEDED")
    assert "400 changes were recorded in November 2024." in text
    assert "- Abnormal: AWS::EC2::SecurityGroup: 400 changes; 24 to 61 would be usual" in text


def test_a_base64_body_with_numbers_and_japanese_is_read_too(folder: Path) -> None:
    fields = {"target_year": 2024, "target_month": 11, "language": "ja", "question": "先月の変更数"}
    body = base64.b64encode(json.dumps(fields, ensure_ascii=False).encode()).decode()
    code, _, text = said(
        answer(event(body, isBase64Encoded=True), lambda request: changes_report(request, local_place([folder])), "en")
    )
    assert code == 200
    assert "2024年11月に記録された変更は 400 件です。" in text
    assert "対象月: 2024年10月。" in text


def test_the_deployed_function_takes_its_settings_as_the_command_line_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    request = sent({"target_year": "2024", "target_month": "11", "types": [ROLE]})
    code, status, text = said(handler(request, None))
    assert (code, status) == (500, "FAILED")
    assert "FA2_CHANGES__DATABASE" in text
    monkeypatch.setenv("FA2_REPORT__LANGUAGE", "ja")
    assert "テーブルが指定されていません" in said(handler(request, None))[2]
    monkeypatch.setenv("FA2_CHANGES__DATABASE", "lake; DROP TABLE x")
    code, status, text = said(handler(request, None))
    assert (code, status) == (500, "FAILED")
    assert "changes.database" in text


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, "target_year"),
        ({"target_year": "24", "target_month": "11"}, "target_year"),
        ({"target_year": "2024"}, "target_month"),
        ({"target_year": "2024", "target_month": "13"}, "target_month"),
        ({"target_year": "2024", "target_month": "0"}, "target_month"),
        ({"target_year": "2024", "target_month": True}, "target_month"),
        ({"target_year": "2024", "target_month": "1 OR 1=1"}, "target_month"),
        ({"target_year": "2024", "target_month": "11", "language": "fr"}, "language"),
        ({"target_year": "2024", "target_month": "11", "question": ["x"]}, "question"),
        ({"target_year": "2024", "target_month": "11", "accounts": "111122223333"}, "accounts"),
        ({"target_year": "2024", "target_month": "11", "accounts": ["12"]}, "filters"),
        ([1, 2], "JSON object"),
    ],
)
def test_what_is_not_valid_is_400_and_names_the_field(fields: object, named: str) -> None:
    code, status, text = said(answer(sent(fields), never, "en"))
    assert (code, status) == (400, "FAILED")
    assert named in text


@pytest.mark.parametrize("body", [None, "", "not json", "\ud800", "[" * 100_000, 7, "x" * 200_000])
def test_a_body_that_is_no_object_is_400(body: object) -> None:
    for encoded in (False, True):
        code, _, text = said(answer(event(body, isBase64Encoded=encoded), never, "en"))
        assert code == 400
        assert "JSON" in text


@given(st.dictionaries(st.sampled_from(["body", "isBase64Encoded", "version"]), st.none() | st.text() | st.booleans()))
def test_no_event_breaks_the_handler(event: dict[str, object]) -> None:
    assert answer(event, never, "ja")["statusCode"] == 400


def test_an_engine_that_fails_is_500_and_says_why() -> None:
    class Failing:
        def rows(self, sql: str, parameters: Sequence[str]) -> Iterator[tuple[object, ...]]:
            raise RefusedQuery("errors.query.failed", problem="the table is gone")

    @contextmanager
    def place(_: object) -> Iterator[OpenedPlace]:
        yield OpenedPlace(Failing(), '"lake"."awsconfig"', "athena:lake.awsconfig")

    code, status, text = said(
        answer(
            sent({"target_year": "2024", "target_month": "11"}), lambda request: changes_report(request, place), "en"
        )
    )
    assert (code, status) == (500, "FAILED")
    assert "the table is gone" in text
