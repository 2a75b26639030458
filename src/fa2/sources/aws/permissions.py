"""What a source needs to be allowed: declared beside its calls, printed as a policy, named when it is missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

_PURPOSES = (("Write", ("Put", "Update", "Delete", "Create")), ("Ask", ("Invoke",)), ("Assume", ("Assume",)))
"""What statements are named by, and the verbs of their actions; all others read."""
_PREFIXES = {"monitoring": "cloudwatch", "bedrock-agent-runtime": "bedrock", "bedrock-runtime": "bedrock"}
"""IAM's name of a service where it differs from the name that requests are signed with."""


@dataclass(frozen=True)
class Permission:
    """One IAM action that a source needs, on some resources."""

    action: str
    """`logs:StartQuery`."""
    resources: tuple[str, ...] = ("*",)
    """ARNs; {partition}, {region} and {account} are filled in. `*` where IAM knows no finer grain."""
    implied: bool = False
    """AWS needs it on our behalf (Athena reads S3 and Glue as its caller); fa2 makes no such call itself."""


@dataclass(frozen=True)
class Ground:
    """Where a permission holds: what fills in the ARNs."""

    account: str = "*"
    region: str = "*"
    partition: str = "aws"

    def fill(self, arn: str) -> str:
        """Return an ARN with account, region and partition put in."""
        return (
            arn.replace("{partition}", self.partition)
            .replace("{region}", self.region)
            .replace("{account}", self.account)
        )


def action_of(signing_name: str, operation: str) -> str:
    """Return the IAM action of an API operation: `monitoring`, `GetMetricData` → `cloudwatch:GetMetricData`."""
    return f"{_PREFIXES.get(signing_name, signing_name)}:{operation}"


def statement(permission: Permission, ground: Ground) -> str:
    """Return the IAM statement that allows it, as one line of JSON."""
    resources = [ground.fill(arn) for arn in permission.resources]
    return orjson.dumps({"Effect": "Allow", "Action": permission.action, "Resource": resources}).decode()


def policy(permissions: Iterable[Permission], ground: Ground) -> str:
    """Return the least policy that allows all of them, as indented JSON.

    Actions on the same resources stand together, but apart by what they are for, which the Sid tells: Fa2Read1.
    """
    together: dict[tuple[str, tuple[str, ...]], set[str]] = {}
    for permission in permissions:
        resources = tuple(sorted({ground.fill(arn) for arn in permission.resources}))
        together.setdefault((_purpose(permission.action), resources), set()).add(permission.action)
    statements = [
        {"Sid": f"Fa2{purpose}{number}", "Effect": "Allow", "Action": sorted(actions), "Resource": list(resources)}
        for number, ((purpose, resources), actions) in enumerate(sorted(together.items(), key=_reading_first), 1)
    ]
    document = {"Version": "2012-10-17", "Statement": statements}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def _purpose(action: str) -> str:
    verb = action.partition(":")[2]
    return next((purpose for purpose, verbs in _PURPOSES if verb.startswith(verbs)), "Read")


def _reading_first(statement: tuple[tuple[str, tuple[str, ...]], set[str]]) -> tuple[bool, str, tuple[str, ...]]:
    (purpose, resources), _ = statement
    return purpose != "Read", purpose, resources
