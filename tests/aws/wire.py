"""AWS's wire protocols seen from the service: which operation a request means, and answers and errors as bytes.

Reading requests and writing answers is moto's codec, driven by botocore's service models, so that neither is ours.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from xml.sax.saxutils import escape

from botocore.utils import parse_timestamp
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

Params = dict[str, object]
_CREDENTIAL = re.compile(r"Credential=([^/,]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
_SHARED = {"bedrock": ("bedrock-agent-runtime", "bedrock"), "monitoring": ("cloudwatch",)}
_NAMED = {"tagging": ("resourcegroupstaggingapi",)}
_PLAIN = {"logs"}
"""Services whose answers are JSON as they stand: members have no other names there, and times are numbers. moto takes a
second for 10,000 rows."""


class AwsError(Exception):
    """An answer of a service that is an error."""

    def __init__(self, code: str, message: str, status: int | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        """The HTTP status; by the service's model when it is null."""


@dataclass(frozen=True)
class HttpRequest:
    """A request as it came; names of headers in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class HttpResponse:
    """An answer to send."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Signature:
    """Who signed a request, for where."""

    access_key: str
    region: str
    signing_name: str


@dataclass(frozen=True)
class Asked:
    """An operation that was asked for, with its parameters as boto3 was given them; times are aware."""

    service: str
    operation: OperationModel
    params: Params
    protocol: str

    @property
    def name(self) -> str:
        """The operation's name."""
        return str(self.operation.name)


def signature(request: HttpRequest) -> Signature:
    """Return who signed. Raises AwsError for a request that nobody did."""
    found = _CREDENTIAL.search(request.headers.get("authorization", ""))
    if not found:
        raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
    return Signature(*found.groups())


def services_of(signing_name: str) -> tuple[str, ...]:
    """Return the services, by boto3's names, that sign so."""
    return {**_SHARED, **_NAMED}.get(signing_name, (signing_name,))


def asked(request: HttpRequest, services: Iterable[str]) -> Asked:
    """Return the operation of one of the services that a request means. Raises AwsError when there is none."""
    http = Request.from_primitives(request.method, f"http://aws{request.target}", request.headers, request.body)
    http.environ["RAW_URI"] = request.target
    for service in services:
        try:
            operation, url_params = get_service_router(service).match(http)
        except (NotFound, NotImplementedError):
            continue
        model = get_service_model(service)
        protocol = determine_request_protocol(model, http.content_type)
        parser = PROTOCOL_PARSERS[protocol](operation, timestamp_parser=_aware)
        if protocol in ("json", "rest-json") and request.body:
            _checked_json(request.body)
        given = {
            "body": request.body,
            "headers": http.headers,
            "method": request.method,
            "url_params": url_params,
            "url_path": http.path,
            "values": http.values,
        }
        return Asked(service, operation, dict(parser.parse(given)), protocol)
    raise AwsError("UnknownOperationException", f"no operation of {', '.join(services)} in {request.target}", 404)


def answer(found: Asked, result: Mapping[str, object]) -> HttpResponse:
    """Return an answer in the protocol that was spoken."""
    if found.service in _PLAIN:
        body = json.dumps(result).encode()
        return HttpResponse(200, body, {"Content-Type": "application/x-amz-json-1.1"})
    made = get_serializer_class(found.service, found.protocol)(found.operation).serialize(dict(result))
    body = made["body"]
    headers = dict(made["headers"])
    if found.protocol == "json":  # moto does not say it for services that prefer CBOR
        headers["Content-Type"] = "application/x-amz-json-1.1"
    return HttpResponse(made["status_code"], body.encode() if isinstance(body, str) else body, headers)


def refusal(error: AwsError, service: str, protocol: str = "json") -> HttpResponse:
    """Return an error in the service's protocol."""
    status = error.status or _status(service, error.code)
    if protocol in ("query", "rest-xml"):
        inner = f"<Error><Type>Sender</Type><Code>{error.code}</Code><Message>{escape(error.message)}</Message></Error>"
        body = inner if protocol == "rest-xml" else f"<ErrorResponse>{inner}<RequestId>r</RequestId></ErrorResponse>"
        return HttpResponse(status, body.encode(), {"Content-Type": "text/xml"})
    headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": error.code}
    if "awsQueryCompatible" in get_service_model(service).metadata:
        headers["x-amzn-query-error"] = f"{error.code};{'Sender' if status < 500 else 'Receiver'}"
    return HttpResponse(status, json.dumps({"__type": error.code, "message": error.message}).encode(), headers)


@cache
def protocol_of(service: str) -> str:
    """Return the protocol that boto3 speaks with a service."""
    return str(get_service_model(service).resolved_protocol)


def _status(service: str, code: str) -> int:
    for shape in get_service_model(service).error_shapes:
        told = shape.metadata.get("error", {})
        if code in (shape.name, told.get("code")):
            return int(told.get("httpStatusCode", 400))
    return 400


def _aware(value: object) -> datetime:
    return parse_timestamp(value).astimezone(UTC)


def _checked_json(body: bytes) -> None:
    try:
        json.loads(body)
    except ValueError as error:
        raise AwsError("SerializationException", str(error), 400) from error
