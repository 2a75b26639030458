"""Roles and permissions against ministack, which checks signatures, trust policies, external ids and IAM policies.

Other servers let everybody do everything; this one has an IAM of its own, so that policies and remedies are tried there.
It tells resources apart only where a request names one outright: it takes logs:DescribeLogGroups, cloudwatch:DescribeAlarms and
athena:GetQueryExecution to be asked of `*`, where AWS knows log groups, alarms and workgroups.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asking import ask_of, collected, incident
from botocore.exceptions import ClientError
from ministack_server import REGION, Ministack

from fa2.core.deadlines import Deadline
from fa2.core.windows import TimeWindow
from fa2.sources.aws.accounts import Account, Calls, open_accounts
from fa2.sources.aws.athena.cloudtrail_athena import CloudTrailAthena, CloudTrailAthenaSettings
from fa2.sources.aws.athena.engine import Athena, AthenaPlace
from fa2.sources.aws.cloudwatch_metrics.source import CloudWatchMetrics
from fa2.sources.aws.permissions import policy
from fa2.sources.aws.problems import problem_of
from fa2.sources.aws.settings import AwsSettings, Role

pytestmark = pytest.mark.end_to_end
OPS = "400000000009"
"""The account whose credentials fa2 has."""


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"AWS_ACCESS_KEY_ID": OPS, "AWS_SECRET_ACCESS_KEY": "secret", "AWS_CONFIG_FILE": "/nowhere"}
    for name, value in {**told, "AWS_SHARED_CREDENTIALS_FILE": "/nowhere"}.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)


def put_role(ministack: Ministack, account: str, external_id: str = "") -> str:
    """Create a role that the account of fa2 may take on; return its ARN."""
    trust: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": OPS}, "Action": "sts:AssumeRole"}
    if external_id:
        trust["Condition"] = {"StringEquals": {"sts:ExternalId": external_id}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = ministack.client("iam", account).create_role(RoleName="fa2-reader", AssumeRolePolicyDocument=document)
    return str(role["Role"]["Arn"])


def allow(ministack: Ministack, account: str, name: str, document: str) -> None:
    ministack.client("iam", account).put_role_policy(RoleName="fa2-reader", PolicyName=name, PolicyDocument=document)


def opened(ministack: Ministack, *roles: Role) -> list[Any]:
    settings = AwsSettings(endpoint_url=ministack.url, regions=[REGION], roles=list(roles))
    return list(open_accounts(settings, deadline=Deadline(20), calls=Calls()))


def test_roles_open_their_accounts_in_two_regions_and_see_only_what_lies_there(ministack: Ministack) -> None:
    roles = []
    for account in ("400000000001", "400000000002"):
        roles.append(Role(arn=put_role(ministack, account), regions=[REGION, "eu-west-1"]))
        everything = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
        allow(ministack, account, "logs", json.dumps({"Version": "2012-10-17", "Statement": [everything]}))
        for region in (REGION, "eu-west-1"):
            name = f"/{account}/{region}"
            ministack.client("logs", account, region).create_log_group(logGroupName=name)
    seen = []
    for account in opened(ministack, *roles):
        assert isinstance(account, Account)
        groups = account.client("logs").describe_log_groups()["logGroups"]
        seen.append((account.id, account.region, [group["logGroupName"] for group in groups]))
        arn = account.client("sts").get_caller_identity()["Arn"]
        assert arn == f"arn:aws:sts::{account.id}:assumed-role/fa2-reader/fa2"
    assert seen == [
        (account, region, [f"/{account}/{region}"])
        for account in ("400000000001", "400000000002")
        for region in (REGION, "eu-west-1")
    ]


def test_a_role_opens_only_with_its_external_id_and_its_refusal_holds_up_no_other(ministack: Ministack) -> None:
    arn = put_role(ministack, "400000000003", external_id="night")
    stranger = "arn:aws:iam::400000000004:role/nobody"
    tried = [Role(arn=arn), Role(arn=arn, external_id="day"), Role(arn=stranger), Role(arn=arn, external_id="night")]
    *refused, account = opened(ministack, *tried)
    assert isinstance(account, Account)
    assert (account.id, account.region) == ("400000000003", REGION)
    assert [role for role, _ in refused] == tried[:3]
    for role, error in refused:
        told = problem_of(error, (), account.ground, service="sts")
        assert told.code == "aws_denied"
        assert '"sts:AssumeRole"' in told.remedy
        assert role.arn in str(error)


def test_keys_that_do_not_sign_as_they_should_are_told_as_credentials(
    ministack: Ministack, monkeypatch: pytest.MonkeyPatch
) -> None:
    iam = ministack.client("iam", OPS)
    iam.create_user(UserName="oncall")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", iam.create_access_key(UserName="oncall")["AccessKey"]["AccessKeyId"])
    ((_, error),) = opened(ministack, Role(arn="arn:aws:iam::400000000004:role/nobody"))
    assert problem_of(error, (), ministack.account(OPS).ground, service="sts").code == "aws_credentials"


def metrics_of(ministack: Ministack, arn: str) -> tuple[list[float], list[str]]:
    """Collect metrics as a role; return their values, and what was denied in the words of the remedies."""
    (account,) = opened(ministack, Role(arn=arn))
    last = datetime.now(UTC).replace(second=0, microsecond=0)
    window = TimeWindow(last - timedelta(minutes=5), last)
    about = incident(window, TimeWindow(window.start - timedelta(minutes=5), window.start))
    ask = ask_of(CloudWatchMetrics(clock=lambda: datetime.now(UTC)), account, about=about)
    rows, coverage = collected(ask)
    denied = [entry.error for entry in coverage if entry.error and entry.error.code == "aws_denied"]
    return [row["value"] for row in rows.get("metrics", [])], [str(reason.values["statement"]) for reason in denied]


def put_metric(ministack: Ministack, account: str) -> None:
    at = datetime.now(UTC) - timedelta(minutes=3)
    data = [{"MetricName": "PaymentErrors", "Value": 7.0, "Timestamp": at}]
    ministack.client("cloudwatch", account).put_metric_data(Namespace="Shop", MetricData=data)


def test_a_source_collects_with_the_policy_that_is_printed_for_it(ministack: Ministack) -> None:
    arn, source = put_role(ministack, "400000000005"), CloudWatchMetrics()
    put_metric(ministack, "400000000005")
    assert metrics_of(ministack, arn)[0] == []
    declared = source.permissions(source.settings())
    allow(ministack, "400000000005", "printed", policy(declared, ministack.account("400000000005").ground))
    assert metrics_of(ministack, arn) == ([7.0], [])


def test_the_statements_of_the_remedies_one_after_another_let_a_source_through(ministack: Ministack) -> None:
    arn, attached = put_role(ministack, "400000000006"), []
    put_metric(ministack, "400000000006")
    values, denied = metrics_of(ministack, arn)
    while denied and len(attached) < 3:
        attached.append(json.loads(denied[0]))
        document = json.dumps({"Version": "2012-10-17", "Statement": attached[-1]})
        allow(ministack, "400000000006", f"remedy-{len(attached)}", document)
        values, denied = metrics_of(ministack, arn)
    assert [statement["Action"] for statement in attached] == ["cloudwatch:ListMetrics", "cloudwatch:GetMetricData"]
    assert values == [7.0]


def test_another_workgroup_than_the_policy_names_is_denied_until_the_remedy_is_attached(ministack: Ministack) -> None:
    id, arn = "400000000007", put_role(ministack, "400000000007")
    for name in ("oncall", "other"):
        output = {"OutputLocation": f"s3://results/{name}/"}
        ministack.client("athena", id).create_work_group(Name=name, Configuration={"ResultConfiguration": output})
    source = CloudTrailAthena()

    def declared(workgroup: str) -> Any:
        return source.permissions(CloudTrailAthenaSettings(database="audit", table="trail", workgroup=workgroup))

    allow(ministack, id, "printed", policy(declared("oncall"), ministack.account(id).ground))
    (account,) = opened(ministack, Role(arn=arn))
    mine, other = (
        Athena(account.client("athena"), AthenaPlace("audit", name), deadline=Deadline(20))
        for name in ("oncall", "other")
    )
    assert mine.workgroup().has_output
    with pytest.raises(ClientError) as denied:
        other.workgroup()
    told = problem_of(denied.value, declared("other"), account.ground, service="athena")
    statement = json.loads(str(told.values["statement"]))
    assert statement["Resource"] == [f"arn:aws:athena:{REGION}:{id}:workgroup/other"]
    allow(ministack, id, "remedy", json.dumps({"Version": "2012-10-17", "Statement": statement}))
    assert other.workgroup().has_output
