"""Records incidents: runs the workload once for each scenario, breaks it, and makes a bundle of what it left behind.

    python examples/record.py --raw /tmp/record-raw --output examples/incidents [--only NAME ...] [--reuse-raw]

Each recording takes about eight minutes; --at-once runs several side by side.
"""

import argparse
import csv
import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from workload.aws import ACCOUNT, REGION
from workload.cloudtrail import ROUTINE
from workload.run import Run
from workload.scenarios import SCENARIOS, Scenario
from workload.watched_file import Json

WARM_UP_S, BASELINE_S, LEAD_S, FAULT_S = 25, 240, 30, 170
"""Warm-up is not in the baseline; the window opens LEAD_S before the fault, as people's windows do."""
BASE_PORT, PORTS_APART = 21000, 20
ALARM_THRESHOLD, ALARM_PERIOD_S = 5, 30

ARCHITECTURE = """\
A small shop. storefront is the HTTP entry (POST /checkout, GET /products, GET /orders). It calls orders and, for
browsing, inventory. orders reserves stock at inventory, charges through payments, stores the order in the DynamoDB
table orders and sends a message to the SQS queue shipments. inventory keeps stock in the DynamoDB table stock and reads
the catalogue file that merchandising delivers. payments authorizes cards at the outside provider card-gateway and books
in the database ledger. worker takes messages off shipments and writes to the DynamoDB table shipments. Parameters of
the services are in Systems Manager Parameter Store under /shop/SERVICE/. A supervisor restarts processes that exit.
"""


@dataclass(frozen=True)
class Times:
    """The instants of one recording, epoch seconds."""

    baseline: float
    window: float
    fault: float
    end: float


def main() -> int:
    """Record, then collect; returns the exit status."""
    args = arguments()
    chosen = [s for s in SCENARIOS if not args.only or s.name in args.only]
    if not args.reuse_raw:
        with ThreadPoolExecutor(args.at_once) as pool:
            list(pool.map(lambda scenario: record(scenario, args.raw), chosen))
    if not args.raw_only:
        for scenario in chosen:
            collect(args.raw / scenario.name / "raw", args.output / scenario.name)
        truths = {scenario.name: scenario.truth for scenario in SCENARIOS if (args.output / scenario.name).exists()}
        (args.output / "truth.json").write_text(json.dumps(truths, indent=1) + "\n")
    return 0


def arguments() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--raw", type=Path, default=Path("/tmp/record-raw"), help="where raw recordings are kept")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "incidents", help="where bundles go")
    parser.add_argument("--only", nargs="+", choices=[s.name for s in SCENARIOS], help="record only these")
    parser.add_argument(
        "--at-once", type=int, default=1, help="recordings side by side (each takes an eighth of a core or so)"
    )
    parser.add_argument("--reuse-raw", action="store_true", help="do not run the workload, use --raw as it is")
    parser.add_argument("--raw-only", action="store_true", help="stop before making bundles")
    return parser.parse_args()


def record(scenario: Scenario, raw: Path) -> None:
    """Run the workload through one scenario and leave RAW/NAME/raw, ready to be collected."""
    folder = raw / scenario.name
    shutil.rmtree(folder, ignore_errors=True)
    run = Run(folder, BASE_PORT + PORTS_APART * SCENARIOS.index(scenario))
    try:
        run.open()
        times = plan(time.time())
        live(run, scenario, times)
    finally:
        run.close()
    described = describe(scenario, times, run.site.raw)
    (run.site.raw / "incident.json").write_text(json.dumps(described, indent=1) + "\n")
    deploy_elsewhere(run.site.raw, folder)
    print(f"{scenario.name}: recorded in {folder}", flush=True)


def deploy_elsewhere(raw: Path, folder: Path) -> None:
    """Name the paths in tracebacks as a container would have them, not as the recording machine does."""
    ours = {
        folder: "/srv/shop/data",
        Path(__file__).parent: "/srv/shop",
        Path(sys.prefix): "/srv/venv",
        Path(sys.base_prefix): "/usr/local",
    }
    for file in (path for path in raw.rglob("*") if path.is_file()):
        content = file.read_bytes()
        for path, name in ours.items():
            content = content.replace(str(path.resolve()).encode(), name.encode())
        file.write_bytes(content)


def plan(now: float) -> Times:
    """Lay the recording out from now on, on whole ten seconds."""
    start = (now + WARM_UP_S) // 10 * 10 + 10
    window = start + BASELINE_S
    return Times(start, window, window + LEAD_S, window + LEAD_S + FAULT_S)


def live(run: Run, scenario: Scenario, times: Times) -> None:
    """Let time pass, with other people's routine at random and the fault at its hour."""
    deeds: list[tuple[float, Callable[[], None]]]
    deeds = [(random.uniform(times.baseline, times.end), partial(run.happen, call)) for call in ROUTINE]
    deeds.append((times.fault + random.uniform(0, 5), partial(scenario.fault, run)))
    for when, deed in sorted(deeds, key=lambda pair: pair[0]):
        run.live_until(when)
        deed()
    run.live_until(times.end + 1.5)  # so that the last period of metrics is written


def describe(scenario: Scenario, times: Times, raw: Path) -> Json:
    """Return incident.json: the same words for every incident, so that none gives its answer away."""
    alarm = alarm_of(raw / "metrics" / "storefront.csv", times)
    return {
        "format": "fa2.bundle/1",
        "id": f"shop-{int(times.window)}",
        "title": "storefront-errors" if alarm else "storefront",
        "question": scenario.question,
        "language": "en",
        "alarm": alarm,
        "window": {"start": stamp(times.window), "end": stamp(times.end)},
        "baseline": [{"start": stamp(times.baseline), "end": stamp(times.window)}],
        "scope": {"accounts": [ACCOUNT], "regions": [REGION], "services": []},
        "architecture": ARCHITECTURE,
    }


def alarm_of(metrics: Path, times: Times) -> Json | None:
    """Return the alarm on the storefront's errors as CloudWatch would have raised it, or None if it stayed OK.

    Two periods of 30 s in a row above 5 errors.
    """
    sums: dict[float, float] = {}
    for row in csv.DictReader(metrics.open()):
        if row["name"] == "ErrorCount":
            period = datetime.fromisoformat(row["timestamp"]).timestamp() // ALARM_PERIOD_S * ALARM_PERIOD_S
            sums[period] = sums.get(period, 0) + float(row["value"])
    for period in sorted(sums):
        pair = [sums[period], sums.get(period + ALARM_PERIOD_S, 0)]
        if times.window <= period < times.end and min(pair) > ALARM_THRESHOLD:
            return alarm(pair, period + 2 * ALARM_PERIOD_S)
    return None


def alarm(values: list[float], when: float) -> Json:
    """Return the alarm in the bundle's form."""
    reason = f"Threshold Crossed: 2 datapoints {values} were greater than the threshold ({ALARM_THRESHOLD}.0)."
    return {
        "name": "storefront-errors",
        "namespace": "Shop",
        "metric": "ErrorCount",
        "stat": "Sum",
        "threshold": ALARM_THRESHOLD,
        "comparison": "GreaterThanThreshold",
        "dimensions": {"Service": "storefront"},
        "service": "storefront",
        "state": "ALARM",
        "reason": reason,
        "timestamp": stamp(when),
        "account": ACCOUNT,
        "region": REGION,
    }


def stamp(when: float) -> str:
    """Return an instant as the bundle writes it."""
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def collect(raw: Path, bundle: Path) -> None:
    """Make a bundle of a raw recording with the command that anyone would use."""
    shutil.rmtree(bundle, ignore_errors=True)
    command = [shutil.which("fa2", path=str(Path(sys.executable).parent)) or "fa2"]
    subprocess.run([*command, "collect", str(raw), "--output", str(bundle)], check=True)
    size = sum(file.stat().st_size for file in bundle.rglob("*") if file.is_file())
    print(f"{bundle.name}: {size / 1e6:.2f} MB", flush=True)


if __name__ == "__main__":
    sys.exit(main())
