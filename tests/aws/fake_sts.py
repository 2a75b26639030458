"""STS: roles that may be assumed, and who one is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from loopback import Call, access_key
from wire import AwsError, Params


@dataclass
class FakeSts:
    """Roles, by ARN, with the external id that each wants; null for none."""

    now: datetime
    roles: dict[str, str | None] = field(default_factory=dict)
    role_of: dict[str, str] = field(default_factory=dict)
    """The role that an access key was given for. The server tells the account from the key itself."""
    call: Call | None = None
    service = "sts"

    def assume_role(self, params: Params) -> dict[str, object]:
        """Give credentials of a role."""
        arn = str(params["RoleArn"])
        if arn not in self.roles or params.get("ExternalId") != self.roles[arn]:
            text = f"User: {self._arn()} is not authorized to perform: sts:AssumeRole on resource: {arn}"
            raise AwsError("AccessDenied", text, 403)
        account, name = arn.split(":")[4], str(params["RoleSessionName"])
        key = access_key(account, f"{len(self.role_of):04d}", prefix="ASIA")
        self.role_of[key] = arn
        session = f"arn:aws:sts::{account}:assumed-role/{arn.split('/')[-1]}/{name}"
        lasting = timedelta(seconds=int(str(params.get("DurationSeconds", 3600))))
        credentials = {
            "AccessKeyId": key,
            "SecretAccessKey": "secret",
            "SessionToken": f"token-{key}",
            "Expiration": self.now + lasting,
        }
        return {
            "Credentials": credentials,
            "AssumedRoleUser": {"AssumedRoleId": f"AROA0000000000000:{name}", "Arn": session},
        }

    def get_caller_identity(self, params: Params) -> dict[str, object]:
        """Tell the account and the ARN of who asks."""
        assert self.call
        return {"Account": self.call.account, "Arn": self._arn(), "UserId": "AIDA0000000000000"}

    def _arn(self) -> str:
        assert self.call
        role = self.role_of.get(self.call.access_key)
        if role:
            return f"arn:aws:sts::{self.call.account}:assumed-role/{role.split('/')[-1]}/session"
        return f"arn:aws:iam::{self.call.account}:user/tester"
