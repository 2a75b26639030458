"""The commands that a report prints really get the evidence: run by a shell, on the bundle's files."""

from __future__ import annotations

import json
import shlex
import subprocess
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundles import Scene, every, minute
from fa2.core.bundle import opened
from fa2.core.evidence import Evidence, Query
from fa2.core.incident import Incident
from fa2.core.messages import Value
from fa2.core.observations import Observation
from fa2.core.telemetry import Telemetry, evidence_id
from fa2.core.windows import iso
from fa2.narrators.how_to_get import BundlePlace, how_to_get, literal_sql
from fa2.pipeline import investigate
from fa2.stores.bundle_folder import zip_bundle
from fa2.wiring.investigations import Request, as_bundle, collect_bundle, stages
from seen import seen

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
HOSTILE = [
    "it's",
    "$ab $a",
    '"; rm -rf ~ #',
    "`id` $(id) !! \\",
    "line\nbreak\x1b[31m",
    "%s {x} ¥ 世界",
    "a  b\tc",
    "\u202egnp.exe",
    "'",
]


def shell_words(command: str) -> list[str]:
    """Return the arguments that a shell passes to the program of a command."""
    script = f'duckdb() {{ printf "%s\\0" "$@"; }}; aws() {{ printf "%s\\0" "$@"; }}; {command}'
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=True, text=True)
    return done.stdout.split("\0")[:-1]


def run(sql: str) -> tuple[tuple[str, ...], tuple[tuple[Value, ...], ...]]:
    """Run what duckdb -c is given and return columns and rows in the form of evidence."""
    with duckdb.connect() as connection:
        cursor = connection.execute(sql)
        columns = tuple(c[0] for c in cursor.description or ())
        return columns, tuple(tuple(plain(v) for v in row) for row in cursor.fetchall())


def plain(value: object) -> Value:
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return float(f"{value:.12g}")
        case datetime():
            return iso(value.astimezone(UTC))
        case date():
            return value.isoformat()
        case _:
            return str(value)


def hostile_scene() -> Scene:
    scene = Scene(alarm={"metric": "latency", "service": "web"})
    for place, at in enumerate(every(0.5, -60, 10)):
        bad = at >= 0
        text = HOSTILE[place % len(HOSTILE)]
        trace = scene.call(at, "it's web", "orders  $a", ms=500.0 if bad else 10.0, gap_ms=200.0 if bad else 1.0)
        scene.span(at, text, status="fault" if bad else "ok", operation=text, error=text, trace_id=f"x{trace}")
        scene.log(at, f"{text} failed {at}" if bad else "fine", text, level="ERROR" if bad else "INFO")
        scene.metric(
            at, 95.0 if bad else 20.0 + at % 2, service="it's web", resource="$service", dimensions='{"A": "it\'s"}'
        )
        for service in ("web", "orders"):
            scene.metric(at, 3.0 if bad else 0.1, "latency", service, unit="Seconds")
            scene.metric(at, 100.0, "requests", service, stat="Sum")
        id_ = scene.span(at, "quiet", trace_id=f"q{at}")
        if not bad:
            scene.log(at, "done  $statement's 1", "quiet", level="INFO", trace_id=f"q{at}", span_id=id_)
    for text in HOSTILE:
        scene.counted(2, f"counted {text}", 50, level="ERROR", source="elsewhere")
        scene.change(-2, text, text, resource_id=text, service=text)
        scene.finding(1, text, title=text)
    scene.edge("web", "orders")
    return scene


def all_observed(folder: Path) -> tuple[Incident, list[Observation]]:
    with opened(folder) as bundle, Telemetry.of(bundle) as telemetry:
        return bundle.incident, [o for _, analyser in sorted(stages().analysers.items()) for o in analyser(telemetry)]


def test_every_printed_command_gets_the_evidence_from_the_bundles_files(tmp_path: Path) -> None:
    folder = hostile_scene().write(tmp_path / 'it\'s $HOME "quoted"' / "b")
    incident, found = all_observed(folder)
    assert {o.table for o in found} >= {"logs", "log_counts", "spans", "metrics", "changes", "findings"}
    for evidence in {e.id: e for o in found for e in o.evidence}.values():
        command = how_to_get(evidence, incident, BundlePlace(str(folder)))[0]
        assert command.isprintable()
        option, sql = shell_words(command)
        assert option == "-c"
        assert run(sql) == (evidence.columns, evidence.rows), command


def test_a_table_in_parts_is_read_from_its_folder(tmp_path: Path) -> None:
    scene = Scene()
    for at in every(0.5, 0, 10):
        scene.log(at, "boom", level="ERROR")
    folder = scene.write(tmp_path / "b")
    table = pq.read_table(folder / "logs.parquet")
    (folder / "logs.parquet").unlink()
    (folder / "logs").mkdir()
    for part, start in enumerate((0, 7)):
        pq.write_table(table.slice(start, 7 if part == 0 else None), folder / "logs" / f"part-{part}.parquet")
    incident, found = all_observed(folder)
    (command,) = how_to_get(found[0].evidence[0], incident, BundlePlace(str(folder), frozenset({"logs"})))
    assert run(shell_words(command)[1])[1] == found[0].evidence[0].rows == ((20, 0, iso(minute(0)), 0.0),)


def test_what_makes_the_bundle_comes_first() -> None:
    place = BundlePlace("exports.bundle", made_by="fa2 collect exports --output exports.bundle")
    commands = how_to_get(seen("log_pattern", "web", 1.0).evidence[0], Scene().incident, place)
    assert commands[0] == "fa2 collect exports --output exports.bundle"
    assert "exports.bundle/logs.parquet" in commands[1]


def printed(path: Path) -> list[list[str]]:
    """Return the commands of a report on what a user named."""
    request = Request()
    with as_bundle(path, request, lambda progress: None) as bundle:
        report = investigate(bundle, stages(), language="en", named=str(path), watch=lambda progress: None)
    return [evidence.how_to_get for evidence in report.evidence]


def failing_logs() -> Scene:
    scene = Scene()
    for at in every(0.5, 0, 10):
        scene.log(at, "boom", level="ERROR")
    return scene


def test_commands_on_a_zip_unpack_it_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    zip_bundle(failing_logs().write(tmp_path / "b"), tmp_path / "it's.zip")
    ((unzip, query),) = printed(tmp_path / "it's.zip")
    assert shlex.split(unzip) == ["unzip", "-n", str(tmp_path / "it's.zip"), "-d", "it's"]
    with zipfile.ZipFile(tmp_path / "it's.zip") as archive:
        archive.extractall(tmp_path / "it's")
    assert run(shell_words(query)[1])[1] == ((20, 0, iso(minute(0)), 0.0),)


def test_commands_on_exports_collect_them_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "exports").mkdir()
    lines = [f"{iso(minute(at))} {'ERROR boom' if at >= 0 else 'INFO fine'}\n" for at in every(0.5, -60, 10)]
    (tmp_path / "exports" / "app.log").write_text("".join(lines))
    collect, query = printed(tmp_path / "exports")[0]
    words = shlex.split(collect)
    assert words == ["fa2", "collect", str(tmp_path / "exports"), "--output", "exports.bundle"]
    collect_bundle(Path(words[2]), Path(words[4]), Request(), lambda progress: None)
    assert run(shell_words(query)[1])[1]


def test_commands_on_a_bundle_of_parts_read_the_parts(tmp_path: Path) -> None:
    folder = failing_logs().write(tmp_path / "b")
    (folder / "logs").mkdir()
    (folder / "logs.parquet").rename(folder / "logs" / "0.parquet")
    ((query,),) = printed(folder)
    assert run(shell_words(query)[1])[1] == ((20, 0, iso(minute(0)), 0.0),)


@given(TEXT, TEXT, st.one_of(st.none(), st.integers(-(10**15), 10**15), st.booleans(), st.floats(allow_nan=False)))
def test_parameters_are_put_in_as_they_are_whatever_they_hold(one: str, two: str, three: Value) -> None:
    sql = literal_sql(
        "SELECT $a AS a,\n  $ab AS ab, $abc AS abc, $abc IS NOT DISTINCT FROM $abc AS same",
        {"a": one, "ab": two, "abc": three},
    )
    assert "\n" not in sql
    assert duckdb.execute(sql).fetchone() == (one, two, three, True)


def test_a_parameter_within_a_parameter_is_text() -> None:
    assert literal_sql("SELECT $a, $b", {"a": "$b", "b": "$a"}) == "SELECT '$b', '$a'"


def test_a_parameter_without_a_value_is_an_error_and_not_an_empty_place() -> None:
    with pytest.raises(KeyError):
        literal_sql("SELECT $missing", {"a": 1})


def asked(table: str, parameters: dict[str, Value], sql: str = "SELECT 1") -> list[str]:
    query = Query(table, sql, parameters)
    evidence = Evidence(evidence_id(query), query, ("n",), ((1,),))
    return how_to_get(evidence, Scene().incident, BundlePlace("b"))


def test_only_tables_that_the_query_reads_become_views() -> None:
    (command,) = asked("spans", {}, "SELECT 'metrics' AS logs, logs.edges FROM spans AS logs JOIN edges ON true")
    assert shell_words(command)[1].count("CREATE VIEW") == 2
    assert "b/edges.parquet" in command
    assert "b/logs.parquet" not in command


METRIC: dict[str, Value] = {"namespace": "AWS/Lambda", "name": "Duration", "stat": "p99", "service": "x"}


def test_a_metric_of_aws_is_asked_for_with_its_dimensions_over_window_and_baseline() -> None:
    command = asked("metrics", {**METRIC, "dimensions": '{"FunctionName": "it\'s"}'})[1]
    words = shell_words(command)
    assert shlex.split(command)[1:] == words
    options = dict(zip(words[2::2], words[3::2], strict=True))
    assert words[:2] == ["cloudwatch", "get-metric-data"]
    assert options["--start-time"] == iso(minute(-60))
    assert options["--end-time"] == iso(minute(10))
    (query,) = json.loads(options["--metric-data-queries"])
    assert query["MetricStat"]["Stat"] == "p99"
    assert query["MetricStat"]["Metric"] == {
        "Namespace": "AWS/Lambda",
        "MetricName": "Duration",
        "Dimensions": [{"Name": "FunctionName", "Value": "it's"}],
    }


@pytest.mark.parametrize("dimensions", [None, "", "{broken", "[1]", '"text"', "null"])
def test_dimensions_that_are_no_json_object_are_left_out(dimensions: str | None) -> None:
    (query,) = json.loads(shell_words(asked("metrics", {**METRIC, "dimensions": dimensions})[1])[-1])
    assert query["MetricStat"]["Metric"]["Dimensions"] == []


def test_a_change_of_cloudtrail_is_looked_up_by_its_event_name() -> None:
    words = shell_words(asked("changes", {"origin": "cloudtrail", "action": "lambda:Update$(id)'x"})[1])
    assert words[:2] == ["cloudtrail", "lookup-events"]
    assert words[3] == "AttributeKey=EventName,AttributeValue=Update$(id)'x"
    assert words[-1] == iso(minute(10))


def test_a_finding_is_asked_for_where_it_came_from() -> None:
    hub = shell_words(asked("findings", {"origin": "securityhub", "id": "arn:x'y"})[1])
    assert json.loads(hub[-1]) == {"Id": [{"Value": "arn:x'y", "Comparison": "EQUALS"}]}
    guard = asked("findings", {"origin": "guardduty", "id": "1ab2'c"})[1]
    assert guard.startswith("aws guardduty get-findings --detector-id ")
    assert shlex.split(guard)[-1] == "1ab2'c"


def test_what_did_not_come_from_aws_has_no_command_of_aws() -> None:
    assert len(asked("metrics", {**METRIC, "namespace": "App"})) == 1
    assert len(asked("changes", {"origin": "deploy", "action": "x"})) == 1
    assert len(asked("logs", {})) == 1
