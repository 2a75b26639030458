"""OTLP/JSON: attributes, ids and resources, which traces, logs and metrics share.

https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding. Ids are hexadecimal there;
exporters that use protobuf's own JSON mapping write base64, which is told apart by its length.
Names of attributes follow the semantic conventions, the present ones first, then the old.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping

from fa2.sources.local.json_values import Json, at, items, json_text, mapping, number, text, whole
from fa2.sources.local.remote_names import arn_name

Attributes = Mapping[str, Json]

_INSTANCE = (
    "service.instance.id",
    "k8s.pod.name",
    "aws.ecs.task.arn",
    "faas.instance",
    "container.name",
    "container.id",
    "host.name",
    "host.id",
    "cloud.resource_id",
    "faas.id",
    "aws.lambda.invoked_arn",
)
_SERVICE = (
    "service.name",
    "faas.name",
    "k8s.deployment.name",
    "k8s.statefulset.name",
    "k8s.daemonset.name",
    "k8s.container.name",
    "aws.ecs.task.family",
    "container.name",
)


def attributes(pairs: Json) -> dict[str, Json]:
    """Return a list of OTLP key-value pairs as an object."""
    found: dict[str, Json] = {}
    for pair in items(pairs):
        key = at(pair, "key")
        if isinstance(key, str):
            found[key] = any_value(at(pair, "value"))
    return found


def any_value(value: Json, depth: int = 0) -> Json:
    """Return what an OTLP AnyValue holds; depth beyond 16 is left out."""
    fields = mapping(value)
    if depth > 16 or not fields:
        return None if depth else value if isinstance(value, str | int | float) else None
    if "arrayValue" in fields:
        return [any_value(v, depth + 1) for v in items(at(fields, "arrayValue", "values"))]
    if "kvlistValue" in fields:
        pairs = items(at(fields, "kvlistValue", "values"))
        return {str(at(p, "key")): any_value(at(p, "value"), depth + 1) for p in pairs}
    if "intValue" in fields:
        return whole(fields["intValue"])
    if "doubleValue" in fields:
        return number(fields["doubleValue"])
    return next((fields[k] for k in ("stringValue", "boolValue", "bytesValue") if k in fields), None)


def first_text(found: Attributes, *names: str) -> str | None:
    """Return the first of the attributes that holds text; of a list, its first entry."""
    for name in names:
        value = found.get(name)
        said = text(value[0] if isinstance(value, list) and value else value)
        if said:
            return said
    return None


def span_service(resource: Attributes) -> str | None:
    """Return the name of the service that a resource is; None where it does not say."""
    return first_text(resource, *_SERVICE)


def instance(resource: Attributes) -> str | None:
    """Return the instance behind a service: pod, task, host or, for a function, its ARN."""
    if first_text(resource, "faas.name") or resource.get("cloud.platform") == "aws_lambda":
        arn = first_text(resource, "cloud.resource_id", "faas.id", "faas.instance")
        if arn:
            return arn
    return first_text(resource, *_INSTANCE)


def hex_id(value: Json, size: int) -> str | None:
    """Return an id of `size` bytes in lower-case hexadecimal; None for none or all zeros."""
    if not isinstance(value, str):
        return None
    written = value.strip()
    if len(written) != 2 * size:
        try:
            written = base64.b64decode(written + "=" * (-len(written) % 4), validate=True).hex()
        except (binascii.Error, ValueError):
            return None
    written = written.lower()
    if len(written) != 2 * size or not set(written) <= set("0123456789abcdef"):
        return None
    return written if written.strip("0") else None


def scopes(resource_entry: Json, *lists: str) -> Iterator[Json]:
    """Yield the scopes of one resource, under the present name of the list or an old one."""
    for name in lists:
        yield from items(at(resource_entry, name))


def scope_name(scope_entry: Json) -> str | None:
    """Return the name of the instrumentation scope."""
    return text(at(scope_entry, "scope", "name")) or text(at(scope_entry, "instrumentationLibrary", "name"))


def body_text(value: Json) -> str:
    """Return an AnyValue as text: itself, or JSON."""
    held = any_value(value)
    return held if isinstance(held, str) else json_text(held) or ""


def short_arn(value: str | None) -> str | None:
    """Return the name in an ARN."""
    return arn_name(value) if value else None
