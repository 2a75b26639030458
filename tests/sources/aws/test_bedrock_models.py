"""What IAM has to allow for a model of Bedrock: the model, and the profile with the models that it leads to."""

from __future__ import annotations

import json

import pytest

from fa2.sources.aws.bedrock_models import model_permissions, model_statement
from fa2.sources.aws.permissions import Ground, policy

GROUND = Ground("111122223333", "ap-northeast-1")
SONNET = "anthropic.claude-sonnet-4-20250514-v1:0"
APPLICATION = "arn:aws:bedrock:ap-northeast-1:111122223333:application-inference-profile/abc123def456"
SYSTEM = f"arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.{SONNET}"


@pytest.mark.parametrize(
    ("name", "region", "resources"),
    [
        ("amazon.nova-pro-v1:0", "", ["arn:aws:bedrock:ap-northeast-1::foundation-model/amazon.nova-pro-v1:0"]),
        ("amazon.nova-pro-v1:0", "us-east-1", ["arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0"]),
        (
            f"apac.{SONNET}",
            "",
            [
                f"arn:aws:bedrock:ap-northeast-1:111122223333:inference-profile/apac.{SONNET}",
                f"arn:aws:bedrock:*::foundation-model/{SONNET}",
            ],
        ),
        (
            f"global.{SONNET}",
            "eu-west-1",
            [
                f"arn:aws:bedrock:eu-west-1:111122223333:inference-profile/global.{SONNET}",
                f"arn:aws:bedrock:*::foundation-model/{SONNET}",
                f"arn:aws:bedrock:::foundation-model/{SONNET}",
            ],
        ),
        (SYSTEM, "", [SYSTEM, f"arn:aws:bedrock:*::foundation-model/{SONNET}"]),
        (APPLICATION, "", [APPLICATION, "arn:aws:bedrock:*::foundation-model/*"]),
        (
            "arn:aws:bedrock:us-east-1:111122223333:provisioned-model/abc",
            "",
            ["arn:aws:bedrock:us-east-1:111122223333:provisioned-model/abc"],
        ),
    ],
)
def test_both_ways_of_asking_are_allowed_for_the_model_and_its_profile(
    name: str, region: str, resources: list[str]
) -> None:
    found = json.loads(policy(model_permissions(name, region), GROUND))["Statement"]
    assert [statement["Action"] for statement in found] == [
        ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
    ]
    assert sorted(found[0]["Resource"]) == sorted(resources)
    assert json.loads(model_statement(name, region, GROUND)) == {
        "Effect": "Allow",
        "Action": ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"],
        "Resource": resources,
    }
