"""AWS Config's deliveries, made for tests: items as documented, in files named and placed as in S3."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

ACCOUNT, REGION = "111122223333", "ap-northeast-1"
GROUP = "AWS::EC2::SecurityGroup"
ROLE = "AWS::IAM::Role"


def item(captured: str, resource: str = "sg-0a1b2c3d", kind: str = GROUP, **fields: object) -> dict[str, object]:
    """Return one configuration item, with all that a file in S3 has of it."""
    account, region = str(fields.get("awsAccountId", ACCOUNT)), str(fields.get("awsRegion", REGION))
    moment = datetime.fromisoformat(captured)
    return {
        "relatedEvents": [],
        "relationships": [{"resourceId": "vpc-1", "resourceType": "AWS::EC2::VPC", "name": "Is contained in Vpc"}],
        "configuration": {"groupId": resource, "ipPermissions": [{"fromPort": 443, "ipProtocol": "tcp"}]},
        "supplementaryConfiguration": {},
        "tags": {"Team": "payments"},
        "configurationItemVersion": "1.3",
        "configurationItemCaptureTime": captured,
        "configurationStateId": int(moment.timestamp() * 1000),
        "awsAccountId": account,
        "configurationItemStatus": "OK",
        "resourceType": kind,
        "resourceId": resource,
        "resourceName": f"name-of-{resource}",
        "ARN": f"arn:aws:ec2:{region}:{account}:{resource}",
        "awsRegion": region,
        "availabilityZone": "Not Applicable",
        "configurationStateMd5Hash": "",
        "resourceCreationTime": "2023-02-01T10:00:00.000Z",
        **fields,
    }


def deliver(
    folder: Path, day: str, items: list[object], *, sort: str = "ConfigHistory", name: str = "1", account: str = ACCOUNT
) -> Path:
    """Write a file as delivered on a day, and return it."""
    when = datetime.fromisoformat(day).replace(tzinfo=UTC)
    place = folder / f"AWSLogs/{account}/Config/{REGION}/{when.year}/{when.month}/{when.day}/{sort}"
    path = place / f"{account}_Config_{REGION}_{sort}_{when:%Y%m%dT%H%M%SZ}_{name}.json.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    document: dict[str, object] = {"fileVersion": "1.0", "configurationItems": items}
    if sort == "ConfigSnapshot":
        document = {"fileVersion": "1.0", "configSnapshotId": "5d1f0b3a-7e2c", "configurationItems": items}
    path.write_bytes(gzip.compress(orjson.dumps(document), mtime=0))
    return path


def busy_month(folder: Path, month: str, changes: int, *, resources: int = 7, **fields: object) -> None:
    """Deliver so many changes of some security groups, spread over the month."""
    start = datetime.fromisoformat(f"{month}-01T00:30:00+00:00")
    step = timedelta(days=27) / max(changes, 1)
    moments = [(start + n * step).isoformat(timespec="milliseconds").replace("+00:00", "Z") for n in range(changes)]
    items: list[object] = [item(moment, f"sg-{n % resources}", **fields) for n, moment in enumerate(moments)]
    account = str(fields.get("awsAccountId", ACCOUNT))
    deliver(folder, f"{month}-28", items, account=account, name=str(fields.get("kind", "1")).replace(":", ""))


def year_before(folder: Path, last: str = "2024-11", *, months: int = 6, changes: int = 40) -> None:
    """Deliver quiet months before one."""
    first = datetime.fromisoformat(f"{last}-01")
    for back in range(1, months + 1):
        moment = (first - timedelta(days=1)).replace(day=1)
        first = moment
        busy_month(folder, f"{moment:%Y-%m}", changes + back % 3)
