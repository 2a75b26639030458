"""Accounts: boto3 clients of one account in one region, as one role sees it. The one place where boto3 is loaded.

Each request checks the deadline before it leaves, is counted by its operation, and is repeated with backoff and
jitter when AWS throttles or fails (botocore's standard mode).
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from fa2.core.deadlines import Deadline
from fa2.core.errors import UnusableInput
from fa2.sources.aws.permissions import Ground, action_of
from fa2.sources.aws.problems import needed
from fa2.sources.aws.settings import AwsSettings, Role

ATTEMPTS = 4
_CONNECT_S = 5.0
_READ_S = 30.0
STOPPING = ("StopQuery", "StopQueryExecution")
"""Calls that may leave after the deadline: what was begun and is not waited for is stopped."""
_SESSION_NAME = "fa2"


@dataclass
class Calls:
    """Which requests were made: by IAM action, attempts counted one by one; shared by threads."""

    counts: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, action: str) -> None:
        """Count a request."""
        with self._lock:
            self.counts[action] += 1


class Account:
    """One account in one region, seen through one role."""

    def __init__(
        self, session: Any, ground: Ground, *, deadline: Deadline, calls: Calls, endpoint_url: str = ""
    ) -> None:
        self.ground = ground
        self._session = session
        self._deadline = deadline
        self._calls = calls
        self._endpoint_url = endpoint_url or None
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    @property
    def id(self) -> str:
        """The account's twelve digits."""
        return self.ground.account

    @property
    def region(self) -> str:
        """`ap-northeast-1`."""
        return self.ground.region

    def client(self, service: str, region: str = "") -> Any:
        """Return the boto3 client of a service, in another region if one is named; made once."""
        key = (service, region or self.region)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._made(*key)
            return self._clients[key]

    def in_region(self, region: str) -> Account:
        """Return the same account, as the same role sees it, in a region."""
        ground = replace(self.ground, region=region)
        return Account(
            self._session, ground, deadline=self._deadline, calls=self._calls, endpoint_url=self._endpoint_url or ""
        )

    def until(self, deadline: Deadline) -> Account:
        """Return the same account, in the same region, whose calls end with another deadline."""
        return Account(
            self._session, self.ground, deadline=deadline, calls=self._calls, endpoint_url=self._endpoint_url or ""
        )

    def _made(self, service: str, region: str) -> Any:
        config = _client_config(self._deadline)
        try:
            client = self._session.client(service, region_name=region, endpoint_url=self._endpoint_url, config=config)
        except ValueError as error:  # an endpoint that is no address
            raise UnusableInput("errors.aws.endpoint", problem=str(error)[:200]) from error
        client.meta.events.register("before-send", self._before_send(client))
        return client

    def _before_send(self, client: Any) -> Callable[..., None]:
        model = client.meta.service_model

        def check(*, event_name: str = "", **_: object) -> None:
            operation = event_name.rsplit(".", 1)[-1]
            if operation not in STOPPING:
                self._deadline.check()
            self._calls.add(action_of(model.signing_name, operation))

        return check


def open_accounts(
    settings: AwsSettings, *, deadline: Deadline, calls: Calls
) -> Iterator[Account | tuple[Role, Exception]]:
    """Yield the accounts and regions to look at: each role's, or the credentials' own; one STS call for each role.

    A role that cannot be taken on is yielded with what went wrong. Raises UnusableInput when there are no
    credentials, no region is known, or AWS does not accept the credentials.
    """
    session = own_session(settings)
    if session.get_credentials() is None:
        raise UnusableInput("errors.aws.credentials")
    own = list(settings.regions) or _own_region(session)
    if not own and not (settings.roles and all(role.regions for role in settings.roles)):
        raise UnusableInput("errors.aws.region")
    if not settings.roles:
        sts = Account(
            session, Ground(region=own[0]), deadline=deadline, calls=calls, endpoint_url=settings.endpoint_url
        )
        with needed("sts", sts.ground):
            arn = str(sts.client("sts").get_caller_identity()["Arn"])
        yield from _in_regions(session, own, arn, sts)
    for role in settings.roles:
        regions = list(role.regions) or own
        try:
            base = Account(
                session, Ground(region=regions[0]), deadline=deadline, calls=calls, endpoint_url=settings.endpoint_url
            )
            assumed, arn = _assumed(base, role)
        except Exception as error:  # one role must not hold up the others
            yield role, error
            continue
        yield from _in_regions(assumed, regions, arn, base)


def _own_region(session: Any) -> list[str]:
    """Return the region of the profile or the environment; boto3 itself does not know AWS_REGION, other SDKs do."""
    region = session.region_name or os.environ.get("AWS_REGION")
    return [region] if region else []


def _in_regions(session: Any, regions: list[str], arn: str, like: Account) -> Iterator[Account]:
    _, partition, _, _, account, _ = arn.split(":", 5)
    for region in regions:
        yield Account(
            session,
            Ground(account, region, partition),
            deadline=like._deadline,
            calls=like._calls,
            endpoint_url=like._endpoint_url or "",
        )


def _assumed(account: Account, role: Role) -> tuple[Any, str]:
    """Return a session of the role and its ARN."""
    import boto3

    extra = {"ExternalId": role.external_id} if role.external_id else {}
    answer = account.client("sts").assume_role(RoleArn=role.arn, RoleSessionName=_SESSION_NAME, **extra)
    keys = answer["Credentials"]
    session = boto3.Session(
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    return session, role.arn


def own_session(settings: AwsSettings) -> Any:
    import boto3
    from botocore.exceptions import ProfileNotFound

    try:
        return boto3.Session(profile_name=settings.profile or None)
    except ProfileNotFound as error:
        raise UnusableInput("errors.aws.profile", name=settings.profile) from error


def _client_config(deadline: Deadline) -> Any:
    from botocore.config import Config

    patience = max(1.0, deadline.remaining_s)
    return Config(
        connect_timeout=min(_CONNECT_S, patience),
        read_timeout=min(_READ_S, patience),
        retries={"mode": "standard", "max_attempts": ATTEMPTS},
        max_pool_connections=32,
        user_agent_extra="fa2",
    )
