"""What asking a model of Amazon Bedrock has to be allowed: the model, and the inference profile that leads to it."""

from __future__ import annotations

import re

import orjson

from fa2.sources.aws.permissions import Ground, Permission

ACTIONS = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
"""Converse and ConverseStream, by IAM's names."""
_GEOGRAPHY = re.compile(r"^(global|us-gov|us|eu|apac|jp|au|ca|sa|me|af|il|uk|in|kr|mx)\.(?=[a-z0-9-]+\.)")
_PROFILE = re.compile(r"^arn:[^:]*:bedrock:[^:]*:[^:]*:(application-)?inference-profile/(?P<name>.+)$")
_ANYWHERE = "arn:{partition}:bedrock:*::foundation-model/"
_NOWHERE = "arn:{partition}:bedrock:::foundation-model/"
"""The model of a global profile as AWS asks for it when it has not chosen a region."""


def model_permissions(name: str, region: str = "") -> list[Permission]:
    """Return what asking a model needs; `region` is where it is asked, empty where that is not said.

    A profile sends requests to other regions, and AWS asks whether the model is allowed in each of them.
    """
    resources = tuple(_resources(name, region or "{region}"))
    return [Permission(action, resources) for action in ACTIONS]


def model_statement(name: str, region: str = "", ground: Ground | None = None) -> str:
    """Return the IAM statement that allows it, as one line of JSON."""
    place = ground or Ground()
    resources = [place.fill(arn) for arn in _resources(name, region or "{region}")]
    return orjson.dumps({"Effect": "Allow", "Action": list(ACTIONS), "Resource": resources}).decode()


def _resources(name: str, region: str) -> list[str]:
    if name.startswith("arn:"):
        profile = _PROFILE.match(name)
        return [name, *_models(profile["name"] if profile else "")] if profile else [name]
    geography = _GEOGRAPHY.match(name)
    if not geography:
        return [f"arn:{{partition}}:bedrock:{region}::foundation-model/{name}"]
    return [f"arn:{{partition}}:bedrock:{region}:{{account}}:inference-profile/{name}", *_models(name)]


def _models(profile: str) -> list[str]:
    """Return the models that a profile may lead to; all of them where its name does not tell."""
    geography = _GEOGRAPHY.match(profile)
    if not geography:
        return [f"{_ANYWHERE}*"]
    model = profile.removeprefix(geography[0])
    nowhere = [f"{_NOWHERE}{model}"] if geography[1] == "global" else []
    return [f"{_ANYWHERE}{model}", *nowhere]
