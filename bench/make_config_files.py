"""Writes a made-up month of AWS Config deliveries as they lie in S3: history files by type and six hours, daily snapshots.

The same seed gives the same files. Items have a configuration of some size, as real ones do, that nobody counting
changes reads. Prints how many items and bytes it wrote.
"""

from __future__ import annotations

import argparse
import gzip
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

TYPES = (
    "AWS::EC2::Instance AWS::EC2::SecurityGroup AWS::EC2::NetworkInterface AWS::EC2::Volume AWS::Lambda::Function "
    "AWS::S3::Bucket AWS::IAM::Role AWS::RDS::DBInstance AWS::ECS::Service AWS::DynamoDB::Table AWS::SSM::Parameter "
    "AWS::CloudWatch::Alarm AWS::KMS::Key AWS::SQS::Queue AWS::SNS::Topic AWS::ElasticLoadBalancingV2::TargetGroup"
).split()
ACCOUNTS = ("111122223333", "444455556666")
REGIONS = ("ap-northeast-1", "us-east-1")
_EVERY = timedelta(hours=6)


def item(random_: random.Random, place: tuple[str, str, str], moment: datetime, resources: int) -> dict[str, object]:
    """Return one configuration item of a resource of the place's account, region and type."""
    account, region, kind = place
    number = random_.randrange(resources)
    name = f"{kind.rpartition('::')[2].lower()}-{number:06}"
    return {
        "configurationItemVersion": "1.3",
        "configurationItemCaptureTime": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "configurationStateId": int(moment.timestamp() * 1000),
        "awsAccountId": account,
        "configurationItemStatus": random_.choices(("OK", "ResourceDiscovered", "ResourceDeleted"), (96, 2, 2))[0],
        "resourceType": kind,
        "resourceId": name,
        "resourceName": name,
        "ARN": f"arn:aws:{kind.split('::')[1].lower()}:{region}:{account}:{name}",
        "awsRegion": region,
        "availabilityZone": f"{region}a",
        "configurationStateMd5Hash": "",
        "resourceCreationTime": "2024-01-10T00:00:00.000Z",
        "tags": {"Team": f"team-{number % 12}", "Stage": "prod"},
        "relatedEvents": [],
        "relationships": [{"resourceType": "AWS::EC2::VPC", "resourceId": f"vpc-{number % 9:08x}", "name": "Is in"}],
        "configuration": {f"setting{n}": f"{random_.getrandbits(64):016x}" for n in range(24)},
        "supplementaryConfiguration": {"Policy": f'{{"Version":"2012-10-17","Id":"{number}"}}'},
    }


def write_month(folder: Path, month: datetime, items: int, seed: int) -> tuple[int, int]:
    """Write the files below the folder; return how many items and packed bytes there are."""
    written = size = 0
    for n, (at, place) in enumerate(deliveries(month)):
        random_ = random.Random(f"{seed} {month:%Y-%m} {n}")
        many = items // (len(ACCOUNTS) * len(REGIONS) * len(TYPES) * slots(month))
        moments = sorted(at + timedelta(milliseconds=random_.randrange(6 * 3_600_000)) for _ in range(many))
        listed = [item(random_, place, moment, max(1, items // 400)) for moment in moments]
        size += _write(_path(folder, place, at + _EVERY, "ConfigHistory"), listed, {})
        if at.hour == 0 and place[2] == TYPES[0]:
            size += _write(_path(folder, place, at, "ConfigSnapshot"), listed, {"configSnapshotId": f"{n:036}"})
        written += len(listed)
    return written, size


def slots(month: datetime) -> int:
    """Return how many times six hours the month has."""
    after = (month + timedelta(days=32)).replace(day=1)
    return (after - month) // _EVERY


def deliveries(month: datetime) -> Iterator[tuple[datetime, tuple[str, str, str]]]:
    """Yield when each six hours begin, with account, region and type."""
    for slot in range(slots(month)):
        for account in ACCOUNTS:
            for region in REGIONS:
                for kind in TYPES:
                    yield month + slot * _EVERY, (account, region, kind)


def _path(folder: Path, place: tuple[str, str, str], at: datetime, sort: str) -> Path:
    account, region, kind = place
    day = folder / f"AWSLogs/{account}/Config/{region}/{at.year}/{at.month}/{at.day}/{sort}"
    middle = f"_{kind.replace('::', '__')}" if sort == "ConfigHistory" else ""
    return day / f"{account}_Config_{region}_{sort}{middle}_{at:%Y%m%dT%H%M%SZ}.json.gz"


def _write(path: Path, items: list[dict[str, object]], more: dict[str, object]) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"fileVersion": "1.0", **more, "configurationItems": items}
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
        packed.write(orjson.dumps(document))
    return path.stat().st_size


def main() -> None:
    """Read the arguments and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--month", default="2024-11")
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    month = datetime.strptime(asked.month, "%Y-%m").replace(tzinfo=UTC)
    items, size = write_month(asked.folder, month, asked.items, asked.seed)
    print(f"{items:,} items, {size:,} bytes")


if __name__ == "__main__":
    main()
