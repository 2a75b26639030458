"""What holds for every tool."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from desks import TOOLS, Caller, on, on_example
from pydantic import ValidationError

from bundles import Scene
from fa2.core.messages import LANGUAGES
from fa2.core.windows import iso
from fa2.investigator.desk import ToolRefused
from fa2.investigator.tools import described
from scenes import outage

ASKED: dict[str, dict[str, object]] = {
    "changes": {"action": "table"},
    "documents": {"query": "payments capacity"},
    "find_metrics": {"search": "cpu"},
    "find_traces": {"show": "failed", "service": "payments"},
    "findings": {"search": "calls"},
    "log_patterns": {"service": "payments"},
    "metric": {"name": "CPUUtilization"},
    "operations": {"sort": "failing"},
    "pattern_lines": {"pattern": "P"},
    "query_logs": {"query": "stats count(*) as n by @service"},
    "service_graph": {"service": "web"},
    "trace": {"trace_id": "call0"},
}
HOSTILE = (
    "'; DROP TABLE logs; --",
    "x') UNION SELECT content FROM read_text('/etc/passwd') --",
    "$anything",
    "{service}",
    "\ud800\0",
    "%_\\",
    "(a+)+$" * 20,
    "🦀" * 200,
)
each_tool = pytest.mark.parametrize("name", sorted(TOOLS))


def asked(call: Caller, name: str) -> dict[str, object]:
    if name == "pattern_lines":
        return {"pattern": call.rows("log_patterns")[0]["pattern_id"]}
    return ASKED[name]


def test_each_registered_tool_goes_by_its_own_name_and_is_tried_here() -> None:
    assert {tool.name for tool in TOOLS.values()} == set(TOOLS) == set(ASKED)


@each_tool
def test_a_tool_is_described_in_both_languages_with_a_schema_that_providers_know(name: str) -> None:
    shown = {language: described(TOOLS[name], language) for language in LANGUAGES}
    assert shown["en"].description != shown["ja"].description
    for description in shown.values():
        schema = json.loads(json.dumps(description.arguments))
        assert schema["type"] == "object"
        assert set(schema["properties"]) == set(TOOLS[name].arguments.model_fields)
        assert set(schema.get("required", [])) <= set(schema["properties"])
        for argument in schema["properties"].values():
            assert argument["description"]
            assert argument["type"] in ("string", "integer", "number", "boolean")
        assert "$ref" not in json.dumps(schema)
        assert "anyOf" not in json.dumps(schema)


def test_an_argument_for_what_is_not_at_hand_can_be_left_out() -> None:
    shown = described(TOOLS["query_logs"], "en", without=["fetch"])
    assert set(shown.arguments["properties"]) == {"query", "window"}  # type: ignore[call-overload]  # a mapping


def test_all_descriptions_together_are_short() -> None:
    for language in LANGUAGES:
        whole = "".join(json.dumps(described(tool, language).arguments, ensure_ascii=False) for tool in TOOLS.values())
        assert len(whole) < 7_000


@each_tool
def test_the_same_arguments_give_the_same_evidence(name: str) -> None:
    with on(outage()) as call, on(outage()) as other:
        first, second = call(name, **asked(call, name)), other(name, **asked(call, name))
    assert first == second
    assert first.evidence
    assert first.evidence[0].rows


@each_tool
def test_a_table_that_was_not_collected_is_refused_and_not_taken_for_empty(name: str) -> None:
    arguments = {"pattern": "P1"} if name == "pattern_lines" else ASKED[name]
    arguments = {key: value for key, value in arguments.items() if key != "service"}
    with on(Scene()) as call, pytest.raises(ToolRefused) as refused:
        call(name, **arguments)
    assert refused.value.key == "tools.refused.no_table"


@each_tool
def test_unknown_arguments_are_errors(name: str) -> None:
    with pytest.raises(ValidationError):
        TOOLS[name].arguments.model_validate({**ASKED[name], "sql": "SELECT 1"})


@each_tool
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_only_ever_text(name: str, text: str) -> None:
    properties = TOOLS[name].arguments.model_json_schema()["properties"]
    counted = "SELECT (SELECT count(*) FROM logs), (SELECT count(*) FROM spans), (SELECT count(*) FROM duckdb_tables())"
    with on(outage()) as call:
        call("log_patterns")  # which makes tables of its own
        before = call.desk.telemetry.rows(counted)
        for field in (f for f in properties if properties[f].get("type") != "integer"):
            try:
                found = call(name, **{**asked(call, name), field: text})
            except (ToolRefused, ValidationError):
                continue
            assert "root:" not in json.dumps([e.rows for e in found.evidence])
            assert not any(text in e.query.sql for e in found.evidence)
        assert call.desk.telemetry.rows(counted) == before


@each_tool
def test_a_limit_of_any_size_is_kept_within_bounds(name: str) -> None:
    if "limit" not in TOOLS[name].arguments.model_fields:
        pytest.skip("has none")
    with on(outage()) as call:
        many = call(name, **{**asked(call, name), "limit": 10**30})
        one = call(name, **{**asked(call, name), "limit": -5})
    assert sum(len(e.rows) for e in many.evidence) <= 120
    assert len(one.evidence[-1].rows) >= 1


@each_tool
def test_times_cannot_leave_what_was_collected(name: str) -> None:
    if "window" not in TOOLS[name].arguments.model_fields:
        pytest.skip("takes no time")
    with on(outage()) as call:
        telemetry = call.desk.telemetry
        for window in ("2001-01-01T00:00Z/2001-01-02T00:00Z", "yesterday", "now-1h/now", "/", "2026/2025"):
            with pytest.raises(ToolRefused) as refused:
                call(name, **{**asked(call, name), "window": window})
            assert refused.value.key in ("tools.refused.outside", "tools.refused.window")
        found = call(name, **{**asked(call, name), "window": "0001-01-01T00:00:00Z/9999-12-31T00:00:00Z"})
        assert "tools.note.clipped" in [note.key for note in found.notes]
        assert iso(telemetry.window.end) in str(found.notes)
        assert all("0001-01-01" not in e.query.sql for e in found.evidence)


def test_a_desk_reads_only(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    with on(outage()) as call:
        for query in (
            f"COPY logs TO '{target}'",
            f"ATTACH '{target}' AS other",
            "SELECT * FROM read_text('/etc/hostname')",
            "INSTALL httpfs",
            "SELECT * FROM '/etc/passwd'",
            "PRAGMA database_list",
        ):
            with pytest.raises(ToolRefused):
                call("query_logs", query=query)
            with pytest.raises(ToolRefused):
                call("find_traces", service=query)
    assert not target.exists()


@pytest.mark.parametrize("name", ["bad-config", "dynamodb-throttling"])
def test_every_answer_on_an_example_fits_a_prompt(name: str) -> None:
    arguments = {
        **ASKED,
        "log_patterns": {"change": "any", "limit": 50},
        "query_logs": {"query": "filter @message like /ERROR/ | limit 100"},
        "find_traces": {"limit": 50},
        "find_metrics": {"limit": 50},
        "metric": {"name": "CPUUtilization"},
        "operations": {"limit": 50},
        "service_graph": {},
        "changes": {"limit": 50},
    }
    with on_example(name) as call:
        arguments["trace"] = {"trace_id": call.rows("find_traces")[0]["trace_id"], "limit": 60}
        arguments["pattern_lines"] = {"pattern": call.rows("log_patterns")[0]["pattern_id"], "limit": 50}
        for tool in sorted(TOOLS.keys() - {"documents", "findings"}):
            found = call(tool, **arguments[tool])
            assert sum(len(str(v)) + 1 for e in found.evidence for row in e.rows for v in row) < 8_000, tool
