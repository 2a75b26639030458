"""query_logs, log_patterns and pattern_lines."""

from __future__ import annotations

import pytest
from desks import on, on_example
from hypothesis import given, settings
from hypothesis import strategies as st

from bundles import BASELINE, WINDOW, Scene, every
from fa2.investigator.desk import ToolRefused
from fa2.logs.query.parsing import parse
from fa2.logs.query.running import ask


def shop() -> Scene:
    """Return a scene in which orders begins to fail at minute 2, and web says less than usual."""
    scene = Scene()
    for at in every(0.1, *BASELINE):
        scene.log(at, f"INFO served request {round(at * 7)} in {abs(round(at))} ms", level="INFO")
    for at in every(0.5, *WINDOW):
        scene.log(at, f"INFO served request {round(at * 7)} in 3 ms", level="INFO")
    for at in every(0.25, 2, 10):
        host = "db1.internal" if at < 8 else "db2.internal"
        scene.log(at, f"ERROR connection to {host} refused, attempt {round(at * 4)}", service="orders", level="ERROR")
    scene.log(-30, "WARN disk nearly full", service="orders", level="WARN")
    return scene


def test_a_query_gives_what_fa2_query_gives() -> None:
    text = "filter @service = 'orders' | stats count(*) as n, earliest(@message) as first by bin(5m) | sort n desc"
    with on(shop()) as call:
        telemetry = call.desk.telemetry
        found = call("query_logs", query=text)
        answer = ask(parse(text), telemetry._connection, window=telemetry.window, now=telemetry.window.end)
    (evidence,) = found.evidence
    assert evidence.columns == answer.headings == ("bin(5m)", "n", "first")
    assert [row[1:] for row in evidence.rows] == [row[1:] for row in answer.rows]
    assert [row[1] for row in evidence.rows] == [20, 12]
    assert found.left_out == 0


def test_rows_that_are_left_out_are_counted_and_so_are_the_lines() -> None:
    with on(shop()) as call:
        found = call(
            "query_logs", query="filter @service = 'orders' | sort @timestamp asc | fields @message | limit 1000"
        )
        default = call("query_logs", query="fields @message")
    shown, *_ = found.evidence
    assert len(shown.rows) == 32
    assert found.left_out == 0
    assert len(default.evidence[0].rows) == 50
    assert default.left_out == 2
    assert dict(zip(default.evidence[1].columns, default.evidence[1].rows[0], strict=True)) == {
        "rows": 52,
        "lines_looked_at": 52,
    }


def test_long_lines_are_cut_and_fewer_of_them_are_shown() -> None:
    scene = Scene()
    for at in every(0.05, *WINDOW):
        scene.log(at, f"{at:06.2f} " + "x" * 5_000)
    with on(scene) as call:
        found = call("query_logs", query="sort @timestamp asc | fields @message")
    shown = found.evidence[0]
    assert {len(str(row[0])) for row in shown.rows} == {240}
    assert 10 < len(shown.rows) < 50
    assert len(shown.rows) + found.left_out == 200
    assert str(shown.rows[0][0]).startswith("000.00")


def test_nothing_found_is_an_answer_with_how_many_lines_were_looked_at() -> None:
    with on(shop()) as call:
        found = call("query_logs", query="filter @message like /no such thing/")
    empty, counted = found.evidence
    assert empty.rows == ()
    assert counted.cell(0, "lines_looked_at") == 52
    assert counted.cell(0, "rows") == 0
    assert [note.key for note in found.notes] == ["tools.note.none"]


def test_normal_times_and_parts_of_the_incident_can_be_asked_for() -> None:
    query = "filter @service = 'orders' | stats count(*) as n"
    with on(shop()) as call:
        assert call.rows("query_logs", query=query, window="baseline") == [{"n": 1}]
        assert call.rows("query_logs", query=query, window="2026-11-20T03:00Z/2026-11-20T03:03Z") == [{"n": 4}]
        clipped = call("query_logs", query=query, window="2026-11-20T03:03Z/2026-11-21T03:03Z")
    assert clipped.evidence[0].rows == ((28,),)
    assert [note.key for note in clipped.notes] == ["tools.note.clipped"]


def test_several_baselines_are_all_looked_at() -> None:
    scene = Scene(baseline=[(-60.0, -50.0), (-20.0, -10.0)])
    for at in (-55, -30, -15):
        scene.log(at, "line")
    with on(scene) as call:
        assert call.rows("query_logs", query="stats count(*) as n", window="baseline") == [{"n": 2}]


@pytest.mark.parametrize(
    ("query", "place", "said"),
    [
        ("filter @message like", "▶", "ends too early"),
        ("stats count(*) bye bin(5m)", "▶bye", "cannot stand here"),
        ("filtr @message", "▶filtr", "filter"),
        ("fields @messag", "▶@messag", "@message"),
        ("pattern @message", "", "log_patterns"),
        ("filter @message like /x/ | diff", "", "log_patterns"),
    ],
)
def test_a_broken_query_is_refused_with_the_place_and_a_remedy(query: str, place: str, said: str) -> None:
    with on(shop()) as call, pytest.raises(ToolRefused) as refused:
        call("query_logs", query=query)
    assert place in str(refused.value)
    assert said in str(refused.value)


def test_a_broken_query_is_refused_in_the_language_of_the_request() -> None:
    with on(shop(), "ja") as call, pytest.raises(ToolRefused) as refused:
        call("query_logs", query="filter @message like")
    assert "途中" in str(refused.value.values["problem"]) or "終わ" in str(refused.value.values["problem"])


def test_now_is_the_end_of_the_incident_so_that_asking_again_gives_the_same() -> None:
    with on(shop()) as call:
        (row,) = call.rows("query_logs", query="fields now() as t | limit 1")
        assert row["t"] == call.desk.telemetry.window.end.timestamp()


@settings(max_examples=40)
@given(st.text(max_size=30))
def test_a_column_is_named_by_a_query_only_with_harmless_characters(name: str) -> None:
    quoted = "`" + name.replace("\\", "").replace("`", "") + "`"
    with on(shop()) as call:
        try:
            found = call("query_logs", query=f"stats count(*) as {quoted}")
        except ToolRefused:
            return
    (column,) = found.evidence[0].columns
    assert '"' not in column
    assert found.evidence[0].rows == ((52,),)


def test_lines_that_another_engine_counted_are_called_samples() -> None:
    scene = shop()
    scene.counted(1, "ERROR pool exhausted after <*> ms", 500, service="orders", source="/aws/orders", level="ERROR")
    with on(scene) as call:
        found = call("query_logs", query="stats count(*) as n")
        assert "tools.note.samples" in [note.key for note in found.notes]
        counted = [e for e in call("log_patterns").evidence if e.query.table == "log_counts"]
    assert counted[0].cell(0, "window") == 500


def test_patterns_that_rose_come_first_each_with_its_own_evidence() -> None:
    with on(shop()) as call:
        found = call("log_patterns")
    first = dict(zip(found.evidence[0].columns, found.evidence[0].rows[0], strict=True))
    assert (first["service"], first["level"], first["window"], first["baseline"]) == ("orders", "ERROR", 32, 0)
    assert str(first["pattern"]).startswith("ERROR connection to ")
    assert first["first_seen"] == "2026-11-20T03:02:00Z"
    assert str(first["a_line"]).startswith("ERROR connection to db1")
    fell = dict(zip(found.evidence[1].columns, found.evidence[1].rows[0], strict=True))
    assert (fell["window"], fell["baseline"], fell["expected"]) == (20, 600, 100)


def test_patterns_can_be_chosen_by_service_text_level_and_change() -> None:
    with on(shop()) as call:
        assert [e.cell(0, "service") for e in call("log_patterns", service="ORDERS").evidence] == ["orders"]
        assert [e.cell(0, "level") for e in call("log_patterns", level="error", change="new").evidence] == ["ERROR"]
        assert [e.cell(0, "window") for e in call("log_patterns", contains="disk", change="any").evidence] == [0]
        nothing = call("log_patterns", contains="disk", level="error")
    assert [note.key for note in nothing.notes] == ["tools.note.no_pattern"]
    assert nothing.evidence[0].columns == ("lines_in_window", "lines_in_baseline")
    assert nothing.evidence[0].rows == ((52, 601),)


def test_an_unknown_service_is_refused_with_the_nearest_names() -> None:
    with on(shop()) as call, pytest.raises(ToolRefused) as refused:
        call("log_patterns", service="order-service")
    assert str(refused.value.values["known"]).startswith("orders")


def test_a_pattern_in_full_has_lines_over_time_and_lines_spread_over_them() -> None:
    with on(shop()) as call:
        id_ = call.rows("log_patterns")[0]["pattern_id"]
        over_time, lines = call("pattern_lines", pattern=id_, limit=4).evidence
    assert sum(int(str(row[2])) for row in over_time.rows) == 32
    assert len(lines.rows) == 4
    assert lines.rows[0][0] == "2026-11-20T03:02:00Z"
    assert "db2" in str(lines.rows[-1][2]) or "db1" in str(lines.rows[-1][2])


def test_what_stood_in_a_variable_place_is_counted_in_incident_and_normal_times() -> None:
    with on(shop()) as call:
        pattern = next(e for e in call("log_patterns").evidence if e.cell(0, "service") == "web")
        _, values = call("pattern_lines", pattern=pattern.cell(0, "pattern_id"), place=2).evidence
        assert values.columns == ("value", "window", "baseline", "different_values")
        assert values.rows[0][:3] == ("3", 20, 9)
        with pytest.raises(ToolRefused):
            call("pattern_lines", pattern=pattern.cell(0, "pattern_id"), place=3)


def test_the_broken_setting_of_the_example_shows_in_its_patterns() -> None:
    with on_example("bad-config") as call:
        shown = [e.cell(0, "a_line") for e in call("log_patterns", service="orders").evidence]
        counts = call.rows(
            "query_logs", query="filter @level = 'ERROR' | stats count(*) as n by @service | sort @service"
        )
    assert any("inventory did not answer in time" in str(line) for line in shown)
    assert [(row["@service"], row["n"]) for row in counts] == [("orders", 434), ("storefront", 434)]
