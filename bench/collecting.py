"""How long, how many calls and how many bytes collecting from AWS takes, against a server that answers late.

    python bench/collecting.py BENCH [--quick]

The folder is not read: the account is the world of tests/aws, served by a process of its own in which each answer comes
150 ms late. Sources are measured alone and all together; then the same with fifty log groups. What they scan stands
beside what the naive way scans: all lines of all log groups once for each question, and whole tables of the lake.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).parent
for part in ("tests/aws", "tests/sources/aws"):
    sys.path.insert(0, str(HERE.parent / part))

from asking import Kept  # noqa: E402
from harness import Goal, arguments, keep  # noqa: E402
from live_scene import SOURCES, settings_of, short_incident  # noqa: E402
from loopback import ACCOUNT, REGION, access_key  # noqa: E402
from world import World  # noqa: E402
from world_times import NOW, ONSET  # noqa: E402

from fa2.core.budgets import Budget  # noqa: E402
from fa2.core.coverage import CoverageEntry  # noqa: E402
from fa2.core.deadlines import Deadline  # noqa: E402
from fa2.core.incident import Incident, Span  # noqa: E402
from fa2.core.windows import TimeWindow  # noqa: E402
from fa2.sources.aws.accounts import Account, Calls  # noqa: E402
from fa2.sources.aws.collecting import Common, asks, collect, plan  # noqa: E402
from fa2.sources.aws.permissions import Ground  # noqa: E402
from fa2.sources.aws.settings import Prices  # noqa: E402
from fa2.sources.local.collecting import unwatched  # noqa: E402

LATENCY_S = 0.15
GROUPS = 50
QUESTIONS = ("which lines are new", "how many are there a minute", "what failed", "what was said around the onset")
"""What somebody asks of log lines by hand, each over all of them."""
SLOW_BY_LAW = ("cloudtrail_lookup",)
"""AWS allows two calls a second: measured, and told, but not among the eight."""


@dataclass
class Measured:
    """What one collection took."""

    wall_s: float
    plan_s: float
    calls: Counter[str]
    coverage: list[CoverageEntry] = field(default_factory=list)


@contextmanager
def served(groups: int, latency: float) -> Iterator[str]:
    """Serve the world in a process of its own and give its address."""
    command = [sys.executable, str(Path(__file__)), "--serve", str(groups), str(latency)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as child:
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("a child without pipes")
        try:
            yield json.loads(child.stdout.readline())
        finally:
            child.stdin.close()
            child.wait(30)


def serve(groups: int, latency: float) -> None:
    """Serve until standard input ends."""
    world = World()
    for number in range(groups):
        name = f"/aws/lambda/small-{number:02d}"
        events = [(ONSET, f"INFO job {n} done") for n in range(5)]
        world.logs.group(name, events, retention_days=30)
        world.metrics.put("AWS/Logs", "IncomingBytes", [(ONSET.replace(second=0), 100.0)], LogGroupName=name)
    with world.server() as aws:
        aws.latency("*", latency)
        print(json.dumps(aws.url), flush=True)
        sys.stdin.read()


def collection(url: str, names: Sequence[str], incident: Incident, **settings: Any) -> Measured:
    """Plan and collect some sources as the command line does. settings: by source."""
    import boto3

    session = boto3.Session(aws_access_key_id=access_key(), aws_secret_access_key="secret", region_name=REGION)  # noqa: S106
    deadline, calls = Deadline(90), Calls()
    account = Account(session, Ground(ACCOUNT, REGION), deadline=deadline, calls=calls, endpoint_url=url)
    for name in names:
        account.client(SOURCES[name].service)  # reading botocore's models is no part of collecting
    chosen = [(SOURCES[name], settings_of(name, **settings.get(name, {}))) for name in names]
    work = asks(chosen, [account], Common(incident, deadline, Budget(usd=1.0), Prices()))
    began = time.perf_counter()
    planned = plan(work, deadline=deadline, watch=unwatched)
    known = time.perf_counter()
    coverage = collect(planned, Kept(), deadline=deadline, watch=unwatched)
    failed = [e.error.message for e in coverage if e.status == "failed" and e.error]
    if failed:
        raise RuntimeError(failed[0])
    return Measured(time.perf_counter() - began, known - began, calls.counts, coverage)


def side_by_side(url: str, names: Sequence[str], rounds: int, **settings: Any) -> dict[str, list[Measured]]:
    """Return rounds of each source alone and of all together, one after the other; a first round is not counted."""
    subjects = {**{name: [name] for name in names}, "together": list(names)}
    found: dict[str, list[Measured]] = {name: [] for name in subjects}
    for turn in range(rounds + 1):
        for name, chosen in subjects.items():
            measured = collection(url, chosen, short_incident(), **settings)
            if turn:
                found[name].append(measured)
    return found


def wall(found: Sequence[Measured]) -> float:
    """Return the median of seconds."""
    return median(one.wall_s for one in found)


def table(title: str, found: dict[str, list[Measured]]) -> str:
    """Return medians of seconds and calls by subject."""
    lines = [title, f"  {'':22} {'wall s':>8} {'of it plan':>11} {'calls':>6}"]
    for name, all_of in found.items():
        planned = median(one.plan_s for one in all_of)
        lines.append(f"  {name:22} {wall(all_of):8.2f} {planned:11.2f} {sum(all_of[0].calls.values()):6}")
    return "\n".join(lines)


def ratio(found: dict[str, list[Measured]]) -> float:
    """Return the wall time of all together over that of the slowest alone."""
    return wall(found["together"]) / max(wall(all_of) for name, all_of in found.items() if name != "together")


def scanned(coverage: Sequence[CoverageEntry], title: str) -> int:
    """Return what one service says that it scanned."""
    return sum(entry.bytes_scanned or 0 for entry in coverage if entry.source.startswith(title))


def whole_incident() -> Incident:
    """Return the world's incident over half an hour, compared with two hours before."""
    window, normal = "2026-11-20T03:00Z/2026-11-20T03:30Z", "2026-11-20T00:50Z/2026-11-20T02:50Z"
    spans = [Span.of(TimeWindow.parse(text)) for text in (window, normal)]
    return short_incident().model_copy(update={"window": spans[0], "baseline": spans[1:]})


def naive_bytes(incident: Incident) -> tuple[int, int]:
    """Return what Insights scans for all lines of all groups once a question, and Athena for both tables whole."""
    world = World()
    with world.server() as aws:
        logs, athena = aws.client("logs"), aws.client("athena")
        lines = sum(_all_lines(logs, span.window) for span in (incident.window, *incident.baseline))
        return lines * len(QUESTIONS), sum(_whole_table(athena, name) for name in ("alb", "cloudtrail"))


def _all_lines(logs: Any, window: TimeWindow) -> int:
    names = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    times = {"startTime": int(window.start.timestamp()), "endTime": int(window.end.timestamp())}
    query = logs.start_query(logGroupNames=names, queryString="fields @timestamp, @message | limit 10000", **times)
    while (answer := logs.get_query_results(queryId=query["queryId"]))["status"] != "Complete":
        pass
    return int(answer["statistics"]["bytesScanned"])


def _whole_table(athena: Any, name: str) -> int:
    place = {"ResultConfiguration": {"OutputLocation": "s3://shop-results/naive/"}}
    id = athena.start_query_execution(QueryString=f"SELECT * FROM logs.{name}", **place)["QueryExecutionId"]
    while True:
        found = athena.get_query_execution(QueryExecutionId=id)["QueryExecution"]
        if found["Status"]["State"] not in ("QUEUED", "RUNNING"):
            return int(found["Statistics"]["DataScannedInBytes"])


def main() -> bool:
    """Run the benchmark and return whether its goals are met."""
    asked = arguments(__doc__)
    rounds = asked.repetitions or (1 if asked.quick else 5)
    for source in SOURCES.values():
        if hasattr(source, "_clock"):
            source._clock = lambda: NOW
    names = [name for name in SOURCES if name not in SLOW_BY_LAW]
    with served(0, LATENCY_S) as url:
        few = side_by_side(url, names, rounds)
        every = collection(url, list(SOURCES), whole_incident())
    print(table(f"each answer {LATENCY_S * 1000:.0f} ms late, {len(names)} sources", few))
    with served(GROUPS, LATENCY_S) as url:
        many = side_by_side(url, names, rounds, cloudwatch_logs={"groups": ["/aws/lambda/*"]})
        one_batch = [
            collection(url, ["cloudwatch_logs"], short_incident(), cloudwatch_logs={"groups": ["/aws/lambda/small-00"]})
            for _ in range(rounds)
        ]
    print(table(f"the same with {GROUPS} log groups more", {**many, "one log group": one_batch}))
    by_service = Counter[str]()
    for action, n in every.calls.items():
        by_service[action.partition(":")[0]] += n
    print("calls of one investigation:", ", ".join(f"{name} {n}" for name, n in by_service.most_common()))
    lines, whole = naive_bytes(whole_incident())
    ours = {
        "Insights": (scanned(every.coverage, "CloudWatch Logs"), lines),
        "Athena": (sum(scanned(every.coverage, t) for t in ("ALB access logs", "CloudTrail in Athena")), whole),
    }
    for name, (mine, naive) in ours.items():
        print(f"  {name}: {mine:,} bytes scanned, the naive way {naive:,}: {naive / max(mine, 1):.1f} times as many")
    slowest = max((name for name in few if name != "together"), key=lambda name: wall(few[name]))
    goals = [
        Goal(f"{len(names)} sources over the slowest alone ({slowest})", ratio(few), 1.2),
        Goal(f"the same with {GROUPS} log groups", ratio(many), 1.2),
    ]
    walls = {
        title: {name: [round(one.wall_s, 3) for one in all_of] for name, all_of in found.items()}
        for title, found in (("few_groups", few), ("many_groups", many), ("one_group", {"logs": one_batch}))
    }
    bytes_told = {name: {"fa2": mine, "naive": naive} for name, (mine, naive) in ours.items()}
    return keep("collecting", {}, goals, wall_s=walls, calls=dict(every.calls), bytes_scanned=bytes_told)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(int(sys.argv[2]), float(sys.argv[3]))
        sys.exit(0)
    sys.exit(0 if main() else 1)
