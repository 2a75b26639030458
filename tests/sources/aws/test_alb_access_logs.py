"""Access logs in Athena: all requests counted, the telling ones shown, and the same verdict as from the files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

import alb_lake
import boto3
import pytest
import trino_grammar
from alb_lake import BALANCER, by_day, by_hour, line
from asking import BASELINE, WINDOW, Kept, ask_of, collected, incident
from fake_athena import FakeAthena
from fake_glue import FakeGlue
from fake_s3 import FakeS3
from faults import FAULTS, SILENT
from lake_tables import LakeTable
from loopback import ACCOUNT, REGION, Loopback, access_key

from fa2.analysers.entry_impact import entry_impact
from fa2.analysers.log_patterns import log_patterns
from fa2.core.budgets import Budget
from fa2.core.bundle import opened
from fa2.core.deadlines import Deadline
from fa2.core.incident import Alarm
from fa2.core.observations import Observation
from fa2.core.ports import Gaps, Rows
from fa2.core.telemetry import Telemetry
from fa2.core.windows import TimeWindow
from fa2.sources.aws.accounts import Account, Calls
from fa2.sources.aws.asking import Ask
from fa2.sources.aws.athena.alb_access_logs import AlbAccessLogsSettings, source
from fa2.sources.aws.athena.alb_access_logs_queries import Wanted, interval_of, requests_query
from fa2.sources.aws.athena.tables import Reach, described, partitions
from fa2.sources.aws.collecting import collect, plan
from fa2.sources.aws.permissions import Ground
from fa2.sources.local.alb_access_logs import source as exported
from fa2.sources.local.collecting import unwatched
from fa2.stores.bundle_folder import BundleWriter

ONSET = WINDOW.start + timedelta(minutes=7)
FAILED = "GET /checkout/<*> Bad Gateway, target -"


def traffic() -> list[str]:
    """Return two and a half hours of requests: checkout fails from the onset on, a few requests always do."""
    lines = []
    for n in range(0, 150 * 60, 20):
        when = BASELINE.start + timedelta(seconds=n)
        lines.append(line(when, f"/cart/{n}?user=alice%20b", agent=f"Mozilla/5.0 (X11) Firefox/{n % 9}.0"))
        lines.append(line(when + timedelta(milliseconds=7), f"/items/{n}", 404 if n % 400 == 0 else 200, group="items"))
        broken = when >= ONSET
        lines.append(
            line(
                when + timedelta(milliseconds=300), f"/checkout/{n}", 502 if broken else 200, verb="GET", group="checkout",
                target="-" if broken else "", seconds=-1 if broken else 0.2,
            )
        )  # fmt: skip
    return lines


def serve(aws: Loopback, lines: Iterable[str], table: LakeTable | None = None) -> FakeAthena:
    athena = FakeAthena(WINDOW.end)
    made = table or by_day()
    athena.table(made, alb_lake.lake_rows(lines, made))
    aws.serve(athena, FakeGlue(athena), FakeS3(WINDOW.end))
    return athena


def asking(
    aws: Loopback, *, seconds: float = 20.0, budget: Budget | None = None, about: Any = None, **more: Any
) -> Ask[Any]:
    deadline = Deadline(seconds)
    session = boto3.Session(access_key(), "secret")
    place = Account(session, Ground(ACCOUNT, REGION), deadline=deadline, calls=Calls(), endpoint_url=aws.url)
    settings = AlbAccessLogsSettings(**{"database": "weblogs", "table": "alb", "workgroup": "incidents", **more})
    return ask_of(source, place, settings=settings, deadline=deadline, budget=budget, about=about)


def totals(rows: dict[str, list[dict[str, Any]]]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for row in rows["log_counts"]:
        found[row["service"], row["pattern"]] += row["count"]
    return found


def test_all_requests_are_counted_by_target_group_statuses_and_shape_of_the_path(aws: Loopback) -> None:
    lines = traffic()
    serve(aws, lines)
    rows, coverage = collected(asking(aws))
    assert totals(rows) == {
        ("cart", "GET /cart/<*> OK"): 450,
        ("items", "GET /items/<*> OK"): 427,
        ("items", "GET /items/<*> Not Found"): 23,
        ("checkout", "GET /checkout/<*> OK"): 381,
        ("checkout", FAILED): 69,
    }
    assert {row["source"] for row in rows["log_counts"]} == {BALANCER}
    assert {row["level"] for row in rows["log_counts"] if row["pattern"] == FAILED} == {"ERROR"}
    assert min(row["bucket"] for row in rows["log_counts"] if row["pattern"] == FAILED) == ONSET
    per_minute = Counter(row["bucket"] for row in rows["log_counts"] for _ in range(row["count"]))
    assert set(per_minute.values()) == {9}
    assert (coverage[0].status, coverage[0].window and coverage[0].window.window) == (
        "ok",
        TimeWindow(BASELINE.start, WINDOW.end),
    )


def test_samples_are_the_log_lines_themselves_the_first_of_each_pattern_and_interval_since_the_onset(
    aws: Loopback,
) -> None:
    lines = traffic()
    serve(aws, lines)
    about = incident(alarm=Alarm(timestamp=ONSET))
    rows, _ = collected(asking(aws, about=about))
    assert {row["sample"] for row in rows["log_counts"]} <= set(lines)
    failed = [row for row in rows["logs"] if row["level"] == "ERROR"]
    first = [text for text in lines if " 502 " in text]
    assert failed[0]["message"] == first[0]
    assert failed[0]["timestamp"] == ONSET + timedelta(milliseconds=300)
    assert failed[0]["trace_id"]
    assert len(failed) == 20  # a minute each, the first ones, not the newest
    assert {row["service"] for row in rows["logs"]} == {"checkout", "items"}
    assert all(row["timestamp"] in WINDOW for row in rows["logs"])


@dataclass(frozen=True)
class Lines:
    name: str
    path: Path

    def open(self) -> IO[bytes]:
        return self.path.open("rb")


@contextmanager
def telemetry(folder: Path, batches: Iterable[Rows]) -> Any:
    with BundleWriter(folder) as writer:
        for rows in batches:
            writer.add(rows)
        writer.finish(incident(), [])
    with opened(folder) as bundle, Telemetry.of(bundle) as found:
        yield found


def judged(found: Telemetry) -> tuple[dict[str, Any], set[tuple[str, str]]]:
    """Return the impact, and of which services something rose or fell as a symptom."""
    (impact,) = entry_impact(found)
    told: list[Observation] = list(log_patterns(found))
    rising = {(str(o.service), o.statement.key) for o in told if o.role == "symptom" and o.strength > 0.3}
    return {**impact.statement.values, "strength": impact.strength}, rising


def test_the_verdict_is_that_of_the_exported_files(aws: Loopback, tmp_path: Path) -> None:
    lines = traffic()
    serve(aws, lines)
    (tmp_path / "alb.log").write_text("\n".join(lines))
    ask = asking(aws)
    collected(ask)
    assert isinstance(ask.sink, Kept)
    live = [Rows(t, {k: [r[k] for r in rs] for k in rs[0]}) for t, rs in ask.sink.rows.items()]
    file = Lines("alb.log", tmp_path / "alb.log")
    with telemetry(tmp_path / "live", live) as found:
        impact, rising = judged(found)
    with telemetry(tmp_path / "files", exported.read(file, Gaps())) as found:
        impact_of_files, rising_of_files = judged(found)
    assert impact == impact_of_files
    assert (impact["requests"], impact["failed"], impact["usual_failed"]) == (270, 69, 0)
    assert rising == rising_of_files == {("checkout", "observations.log_pattern.new")}


def test_slow_requests_are_told_apart_and_shown(aws: Loopback) -> None:
    slow = line(ONSET, "/cart/7", seconds=9.5, group="cart")
    serve(aws, [*traffic()[:30], slow])
    rows, _ = collected(asking(aws, slow_s=9.5))
    assert totals(rows)["cart", "GET /cart/<*> OK, slow"] == 1
    assert [row["message"] for row in rows["logs"]] == [slow]
    assert [row["level"] for row in rows["logs"]] == ["INFO"]
    rows, _ = collected(asking(aws, slow_s=9.6))
    assert totals(rows)["cart", "GET /cart/<*> OK"] == 11


def test_odd_requests_are_counted_too(aws: Loopback) -> None:
    odd = [
        line(ONSET, "/", 460, target="-"),
        line(ONSET, "/a", 499),
        line(ONSET, "/%00'\u65e5本", 400, target="-").replace("https://shop.example.com:443", "-://-:-"),
        line(ONSET, "/" + "x/" * 900 + "7", 200),
        line(ONSET, "", 301, target="-", verb="-"),
    ]
    serve(aws, odd)
    rows, coverage = collected(asking(aws))
    found = totals(rows)
    assert found["cart", "GET / Client Closed Connection, target -"] == 1
    assert found["cart", "GET /a status <*>"] == 1
    assert sum(found.values()) == 5
    assert max(len(pattern) for _, pattern in found) < 300
    assert {entry.status for entry in coverage} <= {"ok", "partial"}


def test_of_very_many_paths_the_failing_ones_stay_and_the_rest_is_counted_together(aws: Loopback) -> None:
    words = [f"{a}{b}{c}" for a in "abcdef" for b in "ghijkl" for c in "mnop"]
    healthy = [line(ONSET + timedelta(seconds=n), f"/{word}/page") for n, word in enumerate(words) for _ in range(3)]
    failing = line(ONSET, "/rare/one", 503)
    serve(aws, [*healthy, failing])
    rows, _ = collected(asking(aws, max_paths=10))
    found = totals(rows)
    assert len(found) == 11
    assert found["cart", "GET /rare/one Service Unavailable"] == 1
    assert found["cart", "GET /<*> OK"] == 3 * (len(words) - 9)


def test_only_the_load_balancers_that_are_wanted_count(aws: Loopback) -> None:
    other = "app/other/0123456789abcdef"
    serve(aws, [line(ONSET), line(ONSET, balancer=other), line(ONSET, balancer=other)])
    rows, _ = collected(asking(aws, load_balancers=[other]))
    assert sum(totals(rows).values()) == 2


def test_a_window_and_normal_times_a_week_before_are_two_queries_of_few_partitions(aws: Loopback) -> None:
    week = TimeWindow(WINDOW.start - timedelta(days=7), WINDOW.end - timedelta(days=7))
    between = [line(WINDOW.start - timedelta(days=n, hours=1), agent="x" * 500) for n in range(2, 6)]
    athena = serve(aws, [line(ONSET), line(ONSET - timedelta(days=7)), *between])
    rows, coverage = collected(asking(aws, about=incident(WINDOW, week)))
    assert [e.window.window for e in coverage if e.window] == [WINDOW, week]
    assert sum(totals(rows).values()) == 2
    first, second = athena.executions.values()
    assert first.parameters[2:4] == ["'2026/11/20'", "'2026/11/20'"]
    assert second.parameters[2:4] == ["'2026/11/13'", "'2026/11/13'"]
    assert max(first.scanned, second.scanned) < 2000


def test_partitions_by_hour_have_known_sizes_and_the_budget_narrows_to_the_window(aws: Loopback) -> None:
    lines = traffic()
    athena = serve(aws, lines, by_hour())

    class Larger(FakeGlue):
        def get_partitions(self, params: Any) -> dict[str, object]:
            answer: Any = super().get_partitions(params)
            for partition in answer["Partitions"]:
                partition["Parameters"] = {"totalSize": str(10**10)}
            return dict(answer)

    aws.serve(Larger(athena))
    ask = asking(aws, budget=Budget(usd=0.11))
    (estimate,) = source.plan(ask)
    assert (estimate.bytes, estimate.usd) == (3 * 10**10, pytest.approx(0.15))
    rows, coverage = collected(ask)
    assert sum(totals(rows).values()) == 270
    assert (coverage[0].status, coverage[0].error and coverage[0].error.code) == ("partial", "aws_narrowed")
    refused = asking(aws, budget=Budget(usd=0.01))
    assert collected(refused)[0] == {}
    assert [(e.status, e.error and e.error.code) for e in refused.coverage] == [("skipped", "aws_over_budget")]
    assert len(athena.executions) == 1


@pytest.mark.parametrize("minutes", [1, 7, 30, 90, 600, 1440])
def test_intervals_fill_the_window_and_are_not_too_many(minutes: int) -> None:
    window = TimeWindow(WINDOW.start, WINDOW.start + timedelta(minutes=minutes))
    interval = interval_of(window, minutes * 60 * 5)
    assert interval >= 60
    assert minutes * 60 % interval == 0
    assert minutes * 60 * 5 / interval <= 240


@pytest.mark.parametrize("service", ["athena", "glue"])
@pytest.mark.parametrize("name", sorted(FAULTS))
def test_every_fault_ends_in_coverage_that_names_it(
    aws: Loopback, service: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fa2.sources.aws.accounts.ATTEMPTS", 0)
    monkeypatch.setattr("fa2.sources.aws.collecting.GRACE_S", 0.3)
    serve(aws, [line(ONSET)])
    aws.fault(service, FAULTS[name])
    ask = asking(aws, seconds=1.0 if FAULTS[name] is SILENT else 20.0)
    planned = plan([ask], deadline=ask.deadline, watch=unwatched)
    collect(planned, Kept(), deadline=ask.deadline, watch=unwatched)
    told = [entry for entry in ask.coverage if entry.error]
    assert told
    assert {entry.status for entry in told} == {"failed"}


def test_a_query_that_does_not_end_is_stopped(aws: Loopback) -> None:
    athena = serve(aws, [line(ONSET)])
    athena.endings = [("weblogs", "never", "")]
    ask, polled = asking(aws), athena.get_query_execution

    def last_poll(params: Any) -> dict[str, object]:
        ask.deadline.stop()
        return polled(params)

    athena.get_query_execution = last_poll  # type: ignore[method-assign]
    with pytest.raises(Exception, match="time for collecting"):
        collected(ask)
    assert athena.left_running() == []


def test_requests_whose_time_is_none_are_counted_as_a_gap(aws: Loopback) -> None:
    athena = serve(aws, [line(ONSET)])
    athena.duckdb.execute("INSERT INTO weblogs.alb SELECT * REPLACE ('2026-11-20T03:0x' AS time) FROM weblogs.alb")
    rows, coverage = collected(asking(aws))
    assert sum(totals(rows).values()) == 1
    assert ("alb_line", 1) in [(e.error.code, e.error.values.get("n")) for e in coverage if e.error]


def test_the_declared_actions_are_the_calls_that_are_made(aws: Loopback) -> None:
    serve(aws, [line(ONSET)], by_hour())
    collected(asking(aws))
    own = {p.action for p in source.permissions(asking(aws).settings) if not p.implied}
    assert aws.actions() == own - {"athena:StopQueryExecution", "s3:ListBucket"}
    source.examine(ask := asking(aws))
    assert {entry.status for entry in ask.coverage} == {"ok"}
    assert any("WHERE 1 = 0" in str(entry.query) for entry in ask.coverage)


def test_without_a_table_it_says_what_to_set(aws: Loopback) -> None:
    _, coverage = collected(asking(aws, database=""))
    assert [e.error.values["key"] for e in coverage if e.error] == ["alb_access_logs.database"]


@pytest.mark.parametrize("columns", [alb_lake.COLUMNS, {k: v for k, v in alb_lake.COLUMNS.items() if v != "double"}])
def test_trinos_own_grammar_reads_the_query_and_nothing_is_put_into_its_text(
    aws: Loopback, columns: dict[str, str]
) -> None:
    athena = FakeAthena(WINDOW.end)
    athena.table(LakeTable("weblogs", "alb", {**columns, "time": "timestamp"}, ("day",)), [])
    aws.serve(FakeGlue(athena))
    found = described(aws.client("glue"), "weblogs", "alb")
    reach = Reach(WINDOW, values={"day": "'; DROP TABLE x"})
    query = requests_query(
        found,
        partitions(found, reach),
        [WINDOW, BASELINE],
        origin=WINDOW.start,
        interval_s=60,
        wanted=Wanted(("it's",)),
    )
    trino_grammar.check(query.sql)
    assert "DROP" not in query.sql
    assert "it's" not in query.sql
    assert query.parameters[0] == int(WINDOW.start.timestamp())
