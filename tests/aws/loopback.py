"""A server on loopback that an unmodified boto3 takes for AWS, answering from fakes.

A fake is any object with `service`, boto3's name, and a method for each operation it knows, named and with the
parameters and the answer as in boto3: `def start_query(self, params) -> dict`; who called is put into an attribute
`call`, where it has one. Requests and answers are checked
against botocore's model; `problems` collects what a test must fail for, and `serving` raises it at the end.
"""

from __future__ import annotations

import threading
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import shape_checks
import wire
from botocore import xform_name
from faults import Damaged, Fault, Garbled, Refused, Silent, error_of
from http_front import HttpFront
from wire import Asked, AwsError, HttpRequest, HttpResponse, Params

ACCOUNT = "111122223333"
REGION = "ap-northeast-1"
_PREFIXES = {"resourcegroupstaggingapi": "tag", "bedrock-agent-runtime": "bedrock"}
_ACTIONS = {"s3:ListObjectsV2": "s3:ListBucket", "s3:HeadBucket": "s3:ListBucket", "s3:HeadObject": "s3:GetObject"}


class Fake(Protocol):
    """What stands for a service."""

    service: str


def access_key(account: str = ACCOUNT, tail: str = "TEST", *, prefix: str = "AKIA") -> str:
    """Return an access key of an account: the server tells the account from it."""
    return f"{prefix}{account}{tail}"


@dataclass(frozen=True)
class Call:
    """A request that came, whatever became of it."""

    service: str
    operation: str
    params: Params
    access_key: str
    region: str

    @property
    def account(self) -> str:
        """The account of the key that signed."""
        return self.access_key[4:16]

    @property
    def action(self) -> str:
        """What IAM must allow for it."""
        action = f"{_PREFIXES.get(self.service, self.service)}:{self.operation}"
        return _ACTIONS.get(action, action)


@dataclass
class _Switched:
    fault: Fault
    after: int
    first: int | None
    seen: int = 0


@dataclass
class Loopback:
    """The server. Handlers run one at a time, so that fakes need no locks; delays run side by side."""

    calls: list[Call] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """What a test must fail for: answers that the model does not allow, errors of fakes, operations without a handler."""
    rejected: list[str] = field(default_factory=list)
    """Requests that the model does not allow; they were answered with an error."""
    missing_allowed: bool = False
    """Whether operations without a handler are merely answered with an error."""

    def __post_init__(self) -> None:
        self._fakes: dict[tuple[str, str | None, str | None], Fake] = {}
        self._faults: dict[str, list[_Switched]] = {}
        self._latencies: dict[str, float] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = HttpFront(self.respond)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The endpoint for boto3."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def environment(self, region: str = REGION) -> dict[str, str]:
        """Return the variables that turn boto3 to this server."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": access_key(),
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }

    def client(self, service: str, *, account: str = ACCOUNT, region: str = REGION, **config: object) -> Any:
        """Return a boto3 client that asks once; `config` goes to botocore's Config."""
        import boto3
        from botocore.config import Config

        settings = {"retries": {"total_max_attempts": 1}, "read_timeout": 10, **config}
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=access_key(account),
            aws_secret_access_key="secret",  # noqa: S106 (nobody checks it)
            config=Config(**settings),
        )

    def serve(self, *fakes: Fake, account: str | None = None, region: str | None = None) -> None:
        """Answer from these, in one account and region or in all that have none of their own."""
        for fake in fakes:
            self._fakes[fake.service, account, region] = fake

    def fault(self, where: str, fault: Fault, *, after: int = 0, first: int | None = None) -> None:
        """Fail `logs` or `logs.StartQuery`: from the call after the n-th on, `first` calls of them or all."""
        self._faults.setdefault(where, []).append(_Switched(fault, after, first))

    def mend(self) -> None:
        """Switch all faults off."""
        self._faults.clear()

    def latency(self, where: str, seconds: float) -> None:
        """Answer a service or an operation this much later; `*` means all."""
        self._latencies[where] = seconds

    def actions(self) -> set[str]:
        """Return what IAM must allow for the calls that came."""
        return {call.action for call in self.calls}

    def counted(self) -> Counter[str]:
        """Return how often each `service.Operation` was called."""
        return Counter(f"{call.service}.{call.operation}" for call in self.calls)

    def check(self) -> None:
        """Raise AssertionError for what a test must fail for."""
        if self.problems:
            raise AssertionError("the fake AWS:\n" + "\n".join(self.problems))

    def close(self) -> None:
        """End at once, also where requests are waiting."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def respond(self, request: HttpRequest) -> HttpResponse | None:
        """Return the answer, or null to close the connection without one."""
        try:
            signed = wire.signature(request)
        except AwsError as error:
            self.problems.append(f"unsigned request for {request.target}")
            return wire.refusal(error, "sts")
        services = wire.services_of(signed.signing_name)
        try:
            found = wire.asked(request, services)
        except AwsError as error:
            self.problems.append(str(error))
            return wire.refusal(error, services[0])
        call = Call(found.service, found.name, found.params, signed.access_key, signed.region)
        fault = self._recorded(call)
        self._closing.wait(self._delay(call))
        match fault:
            case Silent():
                self._closing.wait()
                return None
            case Damaged("closed"):
                return None
            case _:
                return self._damaged(self._answer(call, found, fault), fault)

    def _recorded(self, call: Call) -> Fault | None:
        """Note the call and return the fault that is switched on for it."""
        with self._lock:
            self.calls.append(call)
            struck = None
            for where in (call.service, f"{call.service}.{call.operation}", "*"):
                for switched in self._faults.get(where, ()):
                    switched.seen += 1
                    n = switched.seen - switched.after
                    if n >= 1 and (switched.first is None or n <= switched.first):
                        struck = struck or switched.fault
            return struck

    def _delay(self, call: Call) -> float:
        places = (f"{call.service}.{call.operation}", call.service, "*")
        return next((self._latencies[where] for where in places if where in self._latencies), 0.0)

    def _answer(self, call: Call, found: Asked, fault: Fault | None) -> HttpResponse:
        try:
            if isinstance(fault, Refused):
                caller = f"arn:aws:iam::{call.account}:user/tester"
                raise error_of(fault, call.service, call.action, caller)
            result = self._result(call, found)
        except AwsError as error:
            return wire.refusal(error, found.service, found.protocol)
        if isinstance(fault, Garbled):
            result = fault.change(result)
        wrong = shape_checks.problems(result, found.operation.output_shape)
        if wrong:
            self.problems += [f"answer of {call.service}.{call.operation}: {text}" for text in wrong]
            return wire.refusal(AwsError("InternalFailure", "the fake is wrong", 500), found.service, found.protocol)
        return wire.answer(found, result)

    def _result(self, call: Call, found: Asked) -> dict[str, object]:
        wrong = shape_checks.problems(call.params, found.operation.input_shape)
        if wrong:
            self.rejected += [f"{call.service}.{call.operation}: {text}" for text in wrong]
            raise AwsError(_INVALID.get(call.service, "ValidationException"), "; ".join(wrong), 400)
        fake = self._fake(call)
        handler = getattr(fake, xform_name(call.operation), None)
        if handler is None:
            if not self.missing_allowed:
                self.problems.append(f"no handler for {call.service}.{call.operation}")
            raise AwsError("UnknownOperationException", f"nothing here answers {call.operation}", 400)
        try:
            with self._lock:
                if hasattr(fake, "call"):
                    fake.call = call
                return dict(handler(call.params))
        except AwsError:
            raise
        except Exception as error:
            self.problems.append(f"{call.service}.{call.operation}: {traceback.format_exc()}")
            raise AwsError("InternalFailure", "the fake broke", 500) from error

    def _fake(self, call: Call) -> Fake | None:
        places = ((call.account, call.region), (call.account, None), (None, call.region), (None, None))
        found = (self._fakes.get((call.service, *place)) for place in places)
        return next((fake for fake in found if fake is not None), None)

    def _damaged(self, response: HttpResponse, fault: Fault | None) -> HttpResponse:
        match fault:
            case Damaged("truncated"):
                told = {**response.headers, "Content-Length": str(len(response.body))}
                return HttpResponse(response.status, response.body[: len(response.body) // 2], told)
            case Damaged("malformed"):
                return HttpResponse(response.status, b"<html>Bad gateway: try aga", response.headers)
            case Damaged("undecodable"):
                return HttpResponse(response.status, b'{"results": ["\xff\xfe', response.headers)
            case _:
                return response


_INVALID = {
    "logs": "InvalidParameterException",
    "cloudwatch": "ValidationError",
    "xray": "InvalidRequestException",
    "athena": "InvalidRequestException",
    "securityhub": "InvalidInputException",
    "guardduty": "BadRequestException",
    "glue": "InvalidInputException",
    "sts": "ValidationError",
}


@contextmanager
def serving(*fakes: Fake) -> Iterator[Loopback]:
    """Give a server for these fakes; at the end it closes, and raises AssertionError for what must fail a test."""
    loopback = Loopback()
    loopback.serve(*fakes)
    try:
        yield loopback
        loopback.check()
    finally:
        loopback.close()
