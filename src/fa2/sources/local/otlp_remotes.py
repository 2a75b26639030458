"""Whom a client span calls, by OpenTelemetry's semantic conventions."""

from __future__ import annotations

from dataclasses import dataclass

from fa2.sources.local.otlp_json import Attributes, first_text, short_arn
from fa2.sources.local.remote_names import (
    host_name,
    host_of,
    is_address,
    is_aws_host,
    last_part,
    managed_resource,
)

_HOST = (
    "server.address",
    "net.peer.name",
    "http.host",
    "url.full",
    "http.url",
    "network.peer.address",
    "server.socket.domain",
    "net.sock.peer.name",
    "net.sock.peer.addr",
    "net.peer.ip",
)
_AWS_NAMES = (
    ("aws.s3.bucket", "aws"),
    ("aws.sns.topic.arn", "queue"),
    ("aws.kinesis.stream_name", "queue"),
    ("aws.kinesis.stream.name", "queue"),
    ("aws.step_functions.state_machine.arn", "aws"),
    ("aws.stepfunctions.state_machine.arn", "aws"),
    ("aws.secretsmanager.secret.arn", "aws"),
    ("aws.lambda.function.name", "aws"),
    ("faas.invoked_name", "aws"),
    ("aws.lambda.resource_mapping.id", "aws"),
)


@dataclass(frozen=True)
class Remote:
    """What a client span calls."""

    name: str
    kind: str
    """database, queue, http or aws: as in the edges table."""


def remote_of(span: Attributes, caller: str | None = None) -> Remote | None:
    """Return whom a client or producer span calls; None where the span does not say.

    Order: peer.service; the AWS resource; database, by the managed instance (as its metrics name
    it), then its name, then its host; messaging destination; host. A database named after the
    service that owns it goes by the next of these; a table, queue or bucket keeps its name.
    """
    found = [remote for remote in _candidates(span) if remote is not None]
    exact = next((r for r in (_table(span), _queue(span), _aws_resource(span)) if r), None)
    return next((r for r in found if r.name != caller or r == exact), None)


def _candidates(span: Attributes) -> list[Remote | None]:
    kind = _kind(span)
    return [
        _named(first_text(span, "peer.service", "service.peer.name"), kind),
        _table(span),
        _queue(span),
        _aws_resource(span),
        *(_database(span) if kind == "database" else ()),
        _host(span, kind),
        _named(first_text(span, "rpc.service"), kind),
    ]


def _kind(span: Attributes) -> str:
    if first_text(span, "aws.dynamodb.table_names", "db.system.name", "db.system"):
        return "database"
    if first_text(span, "messaging.system", "messaging.destination.name", "messaging.destination"):
        return "queue"
    if first_text(span, "aws.sqs.queue.url", "aws.queue_url", "aws.queue.url"):
        return "queue"
    host = first_text(span, *_HOST)
    if first_text(span, "rpc.system", "rpc.system.name") == "aws-api" or is_aws_host(host or ""):
        return "aws"
    return "http"


def _named(name: str | None, kind: str) -> Remote | None:
    return Remote(name, kind) if name else None


def _table(span: Attributes) -> Remote | None:
    return _named(short_arn(first_text(span, "aws.dynamodb.table_names")), "database")


def _queue(span: Attributes) -> Remote | None:
    url = first_text(span, "aws.sqs.queue.url", "aws.queue_url", "aws.queue.url", "messaging.url")
    if url and "/" in url:
        return _named(last_part(url), "queue")
    destination = first_text(span, "messaging.destination.name", "messaging.destination")
    if destination and destination.startswith(("arn:", "https://")):
        destination = last_part(destination)
    return _named(destination or first_text(span, "aws.sqs.queue.name"), "queue")


def _aws_resource(span: Attributes) -> Remote | None:
    for name, kind in _AWS_NAMES:
        found = short_arn(first_text(span, name))
        if found:
            return Remote(found, kind)
    return None


def _database(span: Attributes) -> tuple[Remote | None, ...]:
    host = host_of(first_text(span, *_HOST) or "")
    name = first_text(span, "db.namespace", "db.name", "db.cosmosdb.container", "db.instance")
    readable = name if name and not name.isdigit() else None
    named_host = host_name(host) if host and not is_address(host) else None
    return (
        _named(managed_resource(host), "database"),
        _named(readable, "database"),
        _named(named_host, "database"),
        _named(first_text(span, "db.system.name", "db.system"), "database"),
    )


def _host(span: Attributes, kind: str) -> Remote | None:
    rpc_service = first_text(span, "rpc.service")
    if kind == "aws" and rpc_service:
        return Remote(rpc_service, kind)
    return _named(host_name(first_text(span, *_HOST) or ""), kind)
