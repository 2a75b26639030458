"""Readable names of what a service calls: from hosts, queue addresses and ARNs."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}|\[?[0-9a-fA-F]*:[0-9a-fA-F:]+\]?|localhost")
_MANAGED = re.compile(
    r"(?:(?:master|replica|clustercfg)\.)?([^.]+)\..*\b(?:rds|cache|es|aos|docdb|redshift|memorydb|kafka)"
    r"(?:-serverless)?\.[\w.-]*amazonaws\.com(?:\.cn)?|"
    r"(?:(?:master|replica|clustercfg)\.)?([^.]+)\.[\w.-]+\.cache\.amazonaws\.com"
)
_BUCKET = re.compile(r"(.+)\.s3[.-](?:[\w-]+\.)*amazonaws\.com(?:\.cn)?")
_AWS_API = re.compile(r"([a-z0-9-]+)(?:\.[a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com(?:\.cn)?")
_CLUSTER_DNS = re.compile(r"([^.]+)\.[^.]+\.svc(\..+)?|([^.]+)\.(?:local|internal|svc)")


def is_address(host: str) -> bool:
    """Tell whether a host is a bare IP address or localhost, so no name at all."""
    return _ADDRESS.fullmatch(host) is not None


def managed_resource(host: str) -> str | None:
    """Return the database or cache that AWS runs behind a host, as its metrics name it."""
    found = _MANAGED.fullmatch(host)
    return (found.group(1) or found.group(2)) if found else None


def host_of(address: str) -> str:
    """Return the host in an address with or without scheme, port and path."""
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
        return (parts.hostname or "").rstrip(".")
    except ValueError:
        return ""


def host_name(address: str) -> str:
    """Return the shortest name that still tells what a host is: orders.shop.svc:8080 is orders."""
    host = host_of(address)
    if not host or is_address(host):
        return host
    for found in (_MANAGED.fullmatch(host), _BUCKET.fullmatch(host), _AWS_API.fullmatch(host)):
        if found:
            return next(group for group in found.groups() if group)
    found = _CLUSTER_DNS.fullmatch(host)
    return (found.group(1) or found.group(3)) if found else host


def is_aws_host(address: str) -> bool:
    """Tell whether an address is an AWS API, bucket or the like."""
    host = host_of(address)
    return bool(_BUCKET.fullmatch(host) or _AWS_API.fullmatch(host))


def last_part(path: str) -> str:
    """Return what follows the last slash, or last colon: the name in a queue address or an ARN."""
    return re.split(r"[/:]", path.rstrip("/:"))[-1]


def arn_name(arn: str) -> str:
    """Return the name of the resource in an ARN; a text that is no ARN comes back as it is.

    arn:aws:lambda:REGION:ACCOUNT:function:NAME:ALIAS and
    arn:aws:elasticloadbalancing:REGION:ACCOUNT:loadbalancer/app/NAME/ID give NAME,
    arn:aws:ecs:REGION:ACCOUNT:service/CLUSTER/NAME gives NAME.
    """
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        return arn
    service, resource = parts[2], parts[5]
    if service == "elasticloadbalancing":
        pieces = resource.split("/")
        at = 2 if pieces[0] in ("loadbalancer", "listener") and len(pieces) > 2 else 1
        return pieces[at] if len(pieces) > at else resource
    if service in ("lambda", "logs", "states", "rds", "elasticache", "cloudwatch"):
        pieces = resource.split(":")
        return pieces[1] if len(pieces) > 1 else last_part(resource)
    if service == "dynamodb":
        return resource.split("/")[1] if "/" in resource else resource
    if service == "s3":
        return resource.split("/")[0]
    if service == "ssm":
        return resource.removeprefix("parameter")
    if service == "secretsmanager":
        return re.sub(r"-[A-Za-z0-9]{6}$", "", resource.removeprefix("secret:"))
    if service == "cloudformation":
        return resource.split("/")[1] if "/" in resource else resource
    return last_part(resource) or resource
