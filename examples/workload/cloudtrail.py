"""CloudTrail records, shaped as CloudTrail delivers them to S3: {"Records": [...]}.

Field by field after "CloudTrail record contents" in the CloudTrail user guide; PutParameter hides the value, as it does
there.
"""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

from workload.aws import ACCOUNT, REGION
from workload.watched_file import Json


@dataclass(frozen=True)
class Call:
    """One management call that somebody made."""

    actor: str
    """Session name within a role."""
    role: str
    source: str
    """Such as ssm.amazonaws.com."""
    name: str
    """Such as PutParameter."""
    request: Json
    response: Json = field(default_factory=dict)
    agent: str = "console.amazonaws.com"


def put_parameter(actor: str, role: str, name: str, version: int) -> Call:
    """Return the call that changes an existing parameter."""
    request: Json = {"name": name, "type": "String", "value": "HIDDEN_DUE_TO_SECURITY_REASONS", "overwrite": True}
    return Call(actor, role, "ssm.amazonaws.com", "PutParameter", request, {"version": version, "tier": "Standard"})


ROUTINE = (
    Call(
        "newsletter-pipeline", "deployer", "ecs.amazonaws.com", "UpdateService",
        {"service": "newsletter", "cluster": "marketing", "taskDefinition": "newsletter:118", "desiredCount": 2},
        {"service": {"serviceName": "newsletter", "status": "ACTIVE"}}, "Boto3/1.44.5 md/Botocore#1.44.5",
    ),
    Call(
        "h.tanaka", "observability", "monitoring.amazonaws.com", "PutMetricAlarm",
        {"alarmName": "newsletter-bounces", "metricName": "Bounces", "namespace": "Marketing", "threshold": 40.0},
    ),
    Call(
        "cost-tagger", "automation", "tagging.amazonaws.com", "TagResources",
        {"resourceARNList": [f"arn:aws:s3:::image-originals-{ACCOUNT}"], "tags": {"cost-center": "4711"}},
        {"failedResourcesMap": {}}, "aws-cli/2.31.4",
    ),
    Call(
        "m.okafor", "security", "iam.amazonaws.com", "UpdateAccessKey",
        {"userName": "reporting-export", "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "status": "Inactive"},
    ),
    Call(
        "log-retention", "automation", "logs.amazonaws.com", "PutRetentionPolicy",
        {"logGroupName": "/aws/lambda/image-thumbnailer", "retentionInDays": 30}, {}, "aws-cli/2.31.4",
    ),
)  # fmt: skip
"""What happens on any day, and has nothing to do with the shop's orders."""


def record(call: Call, when: float) -> Json:
    """Return the CloudTrail record of a call made at `when`, in epoch seconds."""
    return {
        "eventVersion": "1.11",
        "userIdentity": identity(call),
        "eventTime": _stamp(when),
        "eventSource": call.source,
        "eventName": call.name,
        "awsRegion": REGION,
        "sourceIPAddress": "203.0.113.24",
        "userAgent": call.agent,
        "requestParameters": call.request,
        "responseElements": call.response or None,
        "requestID": str(uuid.uuid4()),
        "eventID": str(uuid.uuid4()),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    }


def identity(call: Call) -> Json:
    """Return the userIdentity of somebody who assumed a role."""
    issuer = {"type": "Role", "arn": f"arn:aws:iam::{ACCOUNT}:role/{call.role}", "userName": call.role}
    return {
        "type": "AssumedRole",
        "principalId": f"AROAIOSFODNN7EXAMPLE:{call.actor}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{call.role}/{call.actor}",
        "accountId": ACCOUNT,
        "sessionContext": {"sessionIssuer": {**issuer, "accountId": ACCOUNT}},
    }


def _stamp(when: float) -> str:
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
