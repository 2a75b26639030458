"""The changes of a month over HTTP: a Lambda function URL, or API Gateway with payload version 2.0.

POST {"target_year": "2024", "target_month": "11"} gives {"status": "SUCCEEDED", "body": [{"text": …, "type": "text"}]}.
Also taken: `language` ("en" or "ja"), `question`, and `types`, `accounts`, `regions`, lists that narrow it.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping

from fa2.core.errors import Fa2Error, UnusableInput
from fa2.core.messages import LANGUAGES, Language, catalogue
from fa2.core.monthly_changes import MonthlyChanges
from fa2.core.months import Month
from fa2.wiring.changes import ChangesRequest

_LISTS = ("types", "accounts", "regions")
_MOST_BODY = 100_000


def handler(event: Mapping[str, object], context: object) -> dict[str, object]:
    """Answer a request by the table of [changes]. Settings are fa2.toml's: FA2_CHANGES__DATABASE, FA2_REPORT__LANGUAGE, …"""
    from fa2.config.loading import load
    from fa2.wiring.changes_in_athena import changes_in_athena

    try:
        configuration = load().configuration
    except Fa2Error as error:
        return _failed(500, error, "en")
    language = configuration.report.language or "en"
    return answer(event, lambda request: changes_in_athena(request, configuration, lambda plan: None), language)


def answer(
    event: Mapping[str, object], report: Callable[[ChangesRequest], MonthlyChanges], language: Language
) -> dict[str, object]:
    """Return the answer to an event, with statusCode 200, 400 for a request that is not valid, 500 else.

    report: gives the report of a request. language: where the request names none.
    """
    from fa2.renderers.changes_brief import render

    spoken = language
    try:
        fields = _fields(event)
        spoken = _language(fields, language)
        request = _request(fields)
    except UnusableInput as error:
        return _failed(400, error, spoken)
    try:
        found = report(request)
    except Fa2Error as error:
        return _failed(500, error, spoken)
    return _answered(200, {"status": "SUCCEEDED", "body": [{"text": render(found, spoken), "type": "text"}]})


def _fields(event: Mapping[str, object]) -> dict[str, object]:
    """Return the fields of the body. Raises UnusableInput when there is no JSON object in it."""
    body = event.get("body")
    try:
        if isinstance(body, str) and event.get("isBase64Encoded") is True:
            body = base64.b64decode(body, validate=True).decode("utf-8")
        fields = json.loads(body) if isinstance(body, str) and len(body) <= _MOST_BODY else None
    except (binascii.Error, ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise UnusableInput("changes.error.body")
    return fields


def _request(fields: Mapping[str, object]) -> ChangesRequest:
    year = _whole(fields, "target_year", r"\d{4}", range(1970, 3000))
    month = _whole(fields, "target_month", r"0?[1-9]|1[0-2]", range(1, 13))
    question = fields.get("question") or ""
    if not isinstance(question, str):
        raise UnusableInput("changes.error.field", field="question", problem=type(question).__name__)
    types, accounts, regions = (_texts(fields, name) for name in _LISTS)
    request = ChangesRequest(Month(year, month), types, accounts, regions, question)
    request.filters()
    return request


def _whole(fields: Mapping[str, object], name: str, shape: str, among: range) -> int:
    value = fields.get(name)
    written = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not re.fullmatch(shape, written, re.ASCII) or int(written) not in among:
        raise UnusableInput(f"changes.error.{name}", text=str("" if value is None else value)[:40])
    return int(written)


def _texts(fields: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = fields.get(name) or []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise UnusableInput("changes.error.field", field=name, problem=type(value).__name__)
    return tuple(value)


def _language(fields: Mapping[str, object], default: Language) -> Language:
    stated = fields.get("language")
    if stated is None:
        return default
    found = next((language for language in LANGUAGES if language == stated), None)
    if found is None:
        raise UnusableInput("changes.error.language", text=str(stated)[:40])
    return found


def _failed(code: int, error: Fa2Error, language: Language) -> dict[str, object]:
    texts, remedy = catalogue(language), f"{error.key}_remedy"
    text = " ".join(
        texts.text(key, **error.values) for key in (error.key, remedy) if key == error.key or texts.has(key)
    )
    return _answered(code, {"status": "FAILED", "body": [{"text": text, "type": "text"}]})


def _answered(code: int, body: Mapping[str, object]) -> dict[str, object]:
    headers = {"content-type": "application/json; charset=utf-8", "x-content-type-options": "nosniff"}
    return {"statusCode": code, "headers": headers, "body": json.dumps(body, ensure_ascii=False)}
