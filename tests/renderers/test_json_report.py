"""The JSON report and its published schema."""

from __future__ import annotations

import json
from importlib.resources import files

import jsonschema

from fa2.core.report import Report
from fa2.renderers import json_report


def test_the_published_schema_is_up_to_date() -> None:
    stored = (files("fa2.renderers") / "schema" / "report.schema.json").read_text("utf-8")
    assert stored == json_report.schema(), (
        "run: python -m fa2.renderers.json_report > src/fa2/renderers/schema/report.schema.json"
    )


def test_what_is_written_fits_the_schema(any_report: Report) -> None:
    schema = json.loads(json_report.schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(json_report.render(any_report)), schema)


def test_a_report_is_read_back_as_it_was_but_for_its_texts(outage: Report) -> None:
    back = Report.model_validate_json(json_report.render(outage))
    assert back == outage


def test_the_text_of_every_statement_is_filled_in(english: Report) -> None:
    bare = english.model_copy(
        update={"headline": english.headline.model_copy(update={"key": "report.utc", "text": ""})}
    )
    assert json.loads(json_report.render(bare))["headline"]["text"] == "All times in UTC"
