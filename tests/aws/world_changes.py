"""What was done to the shop of `world`, and its access logs: CloudTrail, Config, the lake's tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from fake_athena import FakeAthena
from fake_cloudtrail import Record, record
from fake_config import Item, item
from fake_s3 import FakeS3
from lake_tables import LakeTable
from loopback import ACCOUNT, REGION
from world_telemetry import LOAD_BALANCER, TABLE, Order, orders
from world_times import BASELINE, CHANGE, NOW, minutes

TABLE_ARN = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{TABLE}"
ANA = {
    "type": "IAMUser",
    "principalId": "AIDAANA",
    "arn": f"arn:aws:iam::{ACCOUNT}:user/ana",
    "accountId": ACCOUNT,
    "accessKeyId": "ASIAANAANAANAANAANA0",
    "userName": "ana",
}
"""The person who lowered the capacity."""
_ISSUERS = {"ci": "deploy", "monitoring": "watcher"}


def _role(name: str) -> dict[str, Any]:
    issuer = {
        "type": "Role",
        "principalId": "AROA0",
        "arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "accountId": ACCOUNT,
        "userName": name,
    }
    return {
        "type": "AssumedRole",
        "principalId": f"AROA0:{_ISSUERS[name]}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{_ISSUERS[name]}",
        "accountId": ACCOUNT,
        "accessKeyId": "ASIA0000000000000000",
        "sessionContext": {
            "sessionIssuer": issuer,
            "attributes": {"mfaAuthenticated": "false", "creationDate": "2026-11-20T00:00:00Z"},
        },
    }


def records(seed: int) -> list[Record]:
    """Return who did what: the change, a sign-in before it, CI's deploys, refused calls and much reading."""
    capacity = {"tableName": TABLE, "provisionedThroughput": {"readCapacityUnits": 5, "writeCapacityUnits": 1}}
    table = [{"type": "AWS::DynamoDB::Table", "ARN": TABLE_ARN, "accountId": ACCOUNT}]
    console = {"userAgent": "Mozilla/5.0 (X11; Linux x86_64), like Gecko", "sourceIPAddress": "198.51.100.23"}
    found = [
        record(CHANGE, "dynamodb", "UpdateTable", ANA, 1, requestParameters=capacity, resources=table, **console),
        record(
            CHANGE - timedelta(minutes=13),
            "signin",
            "ConsoleLogin",
            ANA,
            2,
            responseElements={"ConsoleLogin": "Success"},
            **console,
        ),
    ]
    for n, (ago, function) in enumerate(((30, "search"), (95, "checkout"), (26 * 60, "payments")), 3):
        sent = {"functionName": function, "publish": True}
        found.append(
            record(
                CHANGE - timedelta(minutes=ago),
                "lambda",
                "UpdateFunctionCode20150331v2",
                _role("ci"),
                n,
                requestParameters=sent,
            )
        )
    denied = {"errorCode": "AccessDenied", "errorMessage": "not authorized to perform: dynamodb:DeleteTable"}
    found.append(
        record(
            CHANGE - timedelta(minutes=50),
            "dynamodb",
            "DeleteTable",
            _role("ci"),
            6,
            requestParameters={"tableName": TABLE},
            **denied,
        )
    )
    random = Random(seed + 3)
    for n, minute in enumerate(minutes(BASELINE.start, NOW), 10):
        source, name = random.choice(
            (("cloudwatch", "DescribeAlarms"), ("dynamodb", "DescribeTable"), ("lambda", "ListFunctions20150331"))
        )
        source = "monitoring" if source == "cloudwatch" else source
        found.append(
            record(
                minute + timedelta(seconds=random.randrange(60)), source, name, _role("monitoring"), n, readOnly=True
            )
        )
    return found


def items() -> list[Item]:
    """Return what the table and a function were like, before and after."""

    def table(at: datetime, write: int) -> Item:
        throughput = {
            "readCapacityUnits": 5,
            "writeCapacityUnits": write,
            "numberOfDecreasesToday": 0 if write > 1 else 1,
        }
        configuration = {
            "tableName": TABLE,
            "tableArn": TABLE_ARN,
            "tableStatus": "ACTIVE",
            "provisionedThroughput": throughput,
        }
        return item(at, "AWS::DynamoDB::Table", TABLE, configuration)

    function = item(
        CHANGE - timedelta(minutes=29), "AWS::Lambda::Function", "search", {"functionName": "search", "memorySize": 256}
    )
    return [table(CHANGE - timedelta(days=3), 5), table(CHANGE + timedelta(seconds=40), 1), function]


_ALB = (
    "type:string time:string elb:string client_ip:string client_port:int target_ip:string target_port:int "
    "request_processing_time:double target_processing_time:double response_processing_time:double elb_status_code:int "
    "target_status_code:string received_bytes:bigint sent_bytes:bigint request_verb:string request_url:string "
    "request_proto:string user_agent:string ssl_cipher:string ssl_protocol:string target_group_arn:string trace_id:string "
    "domain_name:string chosen_cert_arn:string matched_rule_priority:string request_creation_time:string "
    "actions_executed:string redirect_url:string lambda_error_reason:string target_port_list:string "
    "target_status_code_list:string classification:string classification_reason:string conn_trace_id:string"
)
_SESSION = "struct<attributes:struct<mfaauthenticated:string,creationdate:string>,sessionissuer:struct<type:string,principalid:string,arn:string,accountid:string,username:string>>"
_TRAIL = {
    "eventversion": "string",
    "useridentity": f"struct<type:string,principalid:string,arn:string,accountid:string,invokedby:string,accesskeyid:string,username:string,sessioncontext:{_SESSION}>",
    **dict.fromkeys(
        "eventtime eventsource eventname awsregion sourceipaddress useragent errorcode errormessage requestparameters "
        "responseelements additionaleventdata requestid eventid".split(),
        "string",
    ),
    "resources": "array<struct<arn:string,accountid:string,type:string>>",
    **dict.fromkeys("eventtype readonly recipientaccountid".split(), "string"),
}
BUCKET = "s3://shop-logs"


def _projection(name: str) -> dict[str, str]:
    return {
        "projection.enabled": "true",
        "projection.day.type": "date",
        "projection.day.format": "yyyy/MM/dd",
        "projection.day.range": "2026/11/01,NOW",
        "projection.day.interval": "1",
        "projection.day.interval.unit": "DAYS",
        "storage.location.template": f"{BUCKET}/{name}/${{day}}",
    }


def fill_lake(athena: FakeAthena, seed: int) -> None:
    """Make logs.alb and logs.cloudtrail, as AWS's documentation defines them, with a day as their partition.

    The day before holds rows, too: who reads it without need is seen in the bytes.
    """
    alb = dict(pair.split(":") for pair in _ALB.split())
    athena.table(LakeTable("logs", "alb", alb, ("day",), _projection("alb"), f"{BUCKET}/alb"), _all_accesses(seed))
    trail = [_trail(found) for found in records(seed)]
    athena.table(
        LakeTable("logs", "cloudtrail", _TRAIL, ("day",), _projection("cloudtrail"), f"{BUCKET}/cloudtrail"), trail
    )


def fill_bucket(s3: FakeS3) -> None:
    """Put in the files that lie beneath the tables: a gigabyte of access logs a day, a hundredth of it CloudTrail's."""
    for day in range(1, 21):
        s3.put(f"{BUCKET}/alb/2026/11/{day:02d}/part.gz", 1_000_000_000)
        s3.put(f"{BUCKET}/cloudtrail/2026/11/{day:02d}/part.json.gz", 10_000_000)


@cache
def _all_accesses(seed: int) -> tuple[tuple[object, ...], ...]:
    return tuple(row for order in orders(seed) for row in _accesses(order))


def _accesses(order: Order) -> Iterator[tuple[object, ...]]:
    for at, refused in ((order.at, order.refused), (order.at - timedelta(days=1), False)):
        yield (*_access(at, order, refused), at.strftime("%Y/%m/%d"))


def _access(at: datetime, order: Order, refused: bool) -> Sequence[object]:
    status, took = (502, order.seconds) if refused else (200, min(order.seconds, 0.3))
    written = (at + timedelta(seconds=took)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    agent = ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0, like Mac OS X)", "curl/8.5", None)[order.n % 3]
    group = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/checkout/73e2d6bc24d8a067"
    return (
        *("https", written, LOAD_BALANCER, f"203.0.113.{order.n % 200}", 40_000 + order.n % 9000, None, None),
        *(0.001, took, 0.0, status, str(status), 900, 350, "POST", "https://shop.example:443/checkout?a=1,2"),
        *("HTTP/2.0", agent, "TLS_AES_128_GCM_SHA256", "TLSv1.3", group, f"Root={order.id}", "shop.example"),
        *(
            None,
            "1",
            at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "waf,forward",
            None,
            None,
            None,
            str(status),
            None,
            None,
            None,
        ),
    )


def _trail(found: Record) -> tuple[object, ...]:
    def text(name: str) -> str | None:
        value = found.get(name)
        return value if isinstance(value, str) or value is None else json.dumps(value)

    who = found["userIdentity"]
    session = who.get("sessionContext", {})
    named = {
        name: who.get(key) for name, key in _named("type principalId arn accountId invokedBy accessKeyId userName")
    }
    issuer = {
        name: session.get("sessionIssuer", {}).get(key)
        for name, key in _named("type principalId arn accountId userName")
    }
    attributes = {name: session.get("attributes", {}).get(key) for name, key in _named("mfaAuthenticated creationDate")}
    identity: Mapping[str, object] = {**named, "sessioncontext": {"attributes": attributes, "sessionissuer": issuer}}
    resources = [{"arn": r["ARN"], "accountid": r["accountId"], "type": r["type"]} for r in found.get("resources", ())]
    names = "eventTime eventSource eventName awsRegion sourceIPAddress userAgent errorCode errorMessage requestParameters responseElements additionalEventData requestID eventID"
    day = found["eventTime"][:10].replace("-", "/")
    return (
        *(found["eventVersion"], identity, *(text(name) for name in names.split()), resources or None),
        *(found["eventType"], str(found["readOnly"]).lower(), found["recipientAccountId"], day),
    )


def _named(keys: str) -> Iterator[tuple[str, str]]:
    return ((key.lower(), key) for key in keys.split())
