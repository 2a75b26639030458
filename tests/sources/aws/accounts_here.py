"""An account of the fake AWS on loopback."""

from __future__ import annotations

import boto3
from loopback import ACCOUNT, REGION, Loopback, access_key

from fa2.core.deadlines import Deadline
from fa2.sources.aws.accounts import Account, Calls
from fa2.sources.aws.permissions import Ground


def account_at(aws: Loopback, deadline: Deadline | None = None) -> Account:
    """Return the fake's account in its region, under a deadline of 20 seconds unless another is given."""
    session = boto3.Session(aws_access_key_id=access_key(), aws_secret_access_key="secret", region_name=REGION)  # noqa: S106  # of the fake
    ground = Ground(ACCOUNT, REGION)
    return Account(session, ground, deadline=deadline or Deadline(20), calls=Calls(), endpoint_url=aws.url)
