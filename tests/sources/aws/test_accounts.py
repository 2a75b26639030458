"""Accounts are opened by role and region; each request is counted and checks the deadline."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError
from fake_logs import FakeLogs
from fake_sts import FakeSts
from faults import EXPIRED
from loopback import ACCOUNT, Loopback, serving
from world_times import NOW

from fa2.core.deadlines import Deadline, DeadlinePassed
from fa2.core.errors import UnusableInput
from fa2.core.messages import catalogue
from fa2.sources.aws.accounts import Account, Calls, open_accounts
from fa2.sources.aws.settings import AwsSettings, Role

READER = "arn:aws:iam::444455556666:role/reader"
STRANGER = "arn:aws:iam::777788889999:role/stranger"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    with serving(FakeSts(NOW, {READER: "night"}), FakeLogs(NOW)) as loopback:
        for name, value in loopback.environment().items():
            monkeypatch.setenv(name, value)
        yield loopback


def test_the_credentials_own_account_is_opened_in_each_region(aws: Loopback) -> None:
    settings = AwsSettings(regions=["eu-west-1", "ap-northeast-1"])
    found = [a for a in open_accounts(settings, deadline=Deadline(20), calls=Calls()) if isinstance(a, Account)]
    assert [(a.id, a.region) for a in found] == [(ACCOUNT, "eu-west-1"), (ACCOUNT, "ap-northeast-1")]
    found[0].client("logs").describe_log_groups()
    assert aws.calls[-1].region == "eu-west-1"
    assert found[0].client("logs") is found[0].client("logs")


def test_a_role_is_taken_on_with_its_external_id_and_one_that_refuses_holds_up_no_other(aws: Loopback) -> None:
    calls = Calls()
    roles = [Role(arn=STRANGER), Role(arn=READER, external_id="night", regions=["us-east-1"])]
    refused, account = open_accounts(AwsSettings(roles=roles), deadline=Deadline(20), calls=calls)
    assert isinstance(account, Account)
    assert (account.id, account.region) == ("444455556666", "us-east-1")
    account.client("logs").describe_log_groups()
    assert (aws.calls[-1].account, aws.calls[-1].region) == ("444455556666", "us-east-1")
    assert isinstance(refused, tuple)
    assert refused[0].arn == STRANGER
    assert "not authorized to perform: sts:AssumeRole" in str(refused[1])
    assert calls.counts == {"sts:AssumeRole": 2, "logs:DescribeLogGroups": 1}


def test_after_the_deadline_nothing_leaves_but_what_stops_queries(aws: Loopback) -> None:
    deadline, calls = Deadline(20), Calls()
    (account,) = open_accounts(AwsSettings(), deadline=deadline, calls=calls)
    assert isinstance(account, Account)
    deadline.stop()
    client, before = account.client("logs"), len(aws.calls)
    with pytest.raises(DeadlinePassed):
        client.describe_log_groups()
    with pytest.raises(ClientError, match="StopQuery"):
        client.stop_query(queryId="00000000-0000-0000-0000-000000000000")
    assert [call.operation for call in aws.calls[before:]] == ["StopQuery"]


def test_without_a_region_or_credentials_it_is_said_what_to_do(aws: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UnusableInput, match="--region"):
        list(open_accounts(AwsSettings(), deadline=Deadline(5), calls=Calls()))
    with pytest.raises(UnusableInput, match="no AWS profile night"):
        list(open_accounts(AwsSettings(profile="night"), deadline=Deadline(5), calls=Calls()))


def test_credentials_that_aws_refuses_end_in_one_error_with_the_remedy(aws: Loopback) -> None:
    aws.fault("sts", EXPIRED)
    with pytest.raises(UnusableInput) as caught:
        list(open_accounts(AwsSettings(), deadline=Deadline(5), calls=Calls()))
    assert caught.value.key == "coverage.aws_credentials"
    assert "aws sso login" in catalogue("en").text("coverage.aws_credentials_remedy", **caught.value.values)


def test_the_region_may_be_in_aws_region(aws: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    (account,) = open_accounts(AwsSettings(), deadline=Deadline(20), calls=Calls())
    assert isinstance(account, Account)
    assert account.region == "eu-west-1"


def test_an_endpoint_that_is_no_address_is_told(aws: Loopback) -> None:
    settings = AwsSettings(endpoint_url="rubbish")
    with pytest.raises(UnusableInput, match="AWS_ENDPOINT_URL"):
        list(open_accounts(settings, deadline=Deadline(5), calls=Calls()))
