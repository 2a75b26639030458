"""What a CloudTrail event was done to: resource type, id and, where its name tells, the service."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fa2.sources.local.json_values import Json, at, items, mapping, text
from fa2.sources.local.remote_names import arn_name

_PARAMETERS: dict[str, tuple[tuple[str, str], ...]] = {
    "lambda": (("functionName", "AWS::Lambda::Function"), ("resource", "AWS::Lambda::Function")),
    "dynamodb": (("tableName", "AWS::DynamoDB::Table"), ("resourceArn", "AWS::DynamoDB::Table")),
    "ecs": (
        ("service", "AWS::ECS::Service"),
        ("serviceName", "AWS::ECS::Service"),
        ("family", "AWS::ECS::TaskDefinition"),
        ("taskDefinition", "AWS::ECS::TaskDefinition"),
        ("cluster", "AWS::ECS::Cluster"),
        ("clusterName", "AWS::ECS::Cluster"),
    ),
    "ssm": (("name", "AWS::SSM::Parameter"), ("names", "AWS::SSM::Parameter")),
    "secretsmanager": (
        ("secretId", "AWS::SecretsManager::Secret"),
        ("name", "AWS::SecretsManager::Secret"),
    ),
    "s3": (("bucketName", "AWS::S3::Bucket"),),
    "rds": (
        ("dBInstanceIdentifier", "AWS::RDS::DBInstance"),
        ("dBClusterIdentifier", "AWS::RDS::DBCluster"),
        ("dBParameterGroupName", "AWS::RDS::DBParameterGroup"),
        ("dBClusterParameterGroupName", "AWS::RDS::DBClusterParameterGroup"),
    ),
    "elasticache": (
        ("replicationGroupId", "AWS::ElastiCache::ReplicationGroup"),
        ("cacheClusterId", "AWS::ElastiCache::CacheCluster"),
        ("cacheParameterGroupName", "AWS::ElastiCache::ParameterGroup"),
    ),
    "ec2": (
        ("groupId", "AWS::EC2::SecurityGroup"),
        ("instanceId", "AWS::EC2::Instance"),
        ("instancesSet.items.0.instanceId", "AWS::EC2::Instance"),
        ("routeTableId", "AWS::EC2::RouteTable"),
        ("networkAclId", "AWS::EC2::NetworkAcl"),
        ("natGatewayId", "AWS::EC2::NatGateway"),
        ("subnetId", "AWS::EC2::Subnet"),
        ("vpcId", "AWS::EC2::VPC"),
        ("volumeId", "AWS::EC2::Volume"),
        ("groupName", "AWS::EC2::SecurityGroup"),
        ("keyName", "AWS::EC2::KeyPair"),
    ),
    "iam": (
        ("roleName", "AWS::IAM::Role"),
        ("policyArn", "AWS::IAM::ManagedPolicy"),
        ("policyName", "AWS::IAM::ManagedPolicy"),
        ("userName", "AWS::IAM::User"),
        ("groupName", "AWS::IAM::Group"),
        ("instanceProfileName", "AWS::IAM::InstanceProfile"),
    ),
    "elasticloadbalancing": (
        ("loadBalancerArn", "AWS::ElasticLoadBalancingV2::LoadBalancer"),
        ("listenerArn", "AWS::ElasticLoadBalancingV2::Listener"),
        ("targetGroupArn", "AWS::ElasticLoadBalancingV2::TargetGroup"),
        ("ruleArn", "AWS::ElasticLoadBalancingV2::ListenerRule"),
        ("loadBalancerName", "AWS::ElasticLoadBalancing::LoadBalancer"),
        ("name", "AWS::ElasticLoadBalancingV2::LoadBalancer"),
    ),
    "sqs": (("queueUrl", "AWS::SQS::Queue"), ("queueName", "AWS::SQS::Queue")),
    "sns": (("topicArn", "AWS::SNS::Topic"), ("name", "AWS::SNS::Topic")),
    "kms": (("keyId", "AWS::KMS::Key"),),
    "cloudformation": (
        ("stackName", "AWS::CloudFormation::Stack"),
        ("stackId", "AWS::CloudFormation::Stack"),
    ),
    "autoscaling": (("autoScalingGroupName", "AWS::AutoScaling::AutoScalingGroup"),),
    "application-autoscaling": (("resourceId", "AWS::ApplicationAutoScaling::ScalableTarget"),),
    "monitoring": (("alarmName", "AWS::CloudWatch::Alarm"),),
    "logs": (("logGroupName", "AWS::Logs::LogGroup"),),
    "events": (("name", "AWS::Events::Rule"), ("rule", "AWS::Events::Rule")),
    "states": (("stateMachineArn", "AWS::StepFunctions::StateMachine"),),
    "apigateway": (("restApiId", "AWS::ApiGateway::RestApi"), ("apiId", "AWS::ApiGatewayV2::Api")),
    "route53": (("hostedZoneId", "AWS::Route53::HostedZone"),),
    "cloudfront": (("id", "AWS::CloudFront::Distribution"),),
    "eks": (("name", "AWS::EKS::Cluster"), ("clusterName", "AWS::EKS::Cluster")),
    "kinesis": (("streamName", "AWS::Kinesis::Stream"), ("streamARN", "AWS::Kinesis::Stream")),
    "appconfig": (
        ("configurationProfileId", "AWS::AppConfig::ConfigurationProfile"),
        ("applicationId", "AWS::AppConfig::Application"),
    ),
    "codedeploy": (("applicationName", "AWS::CodeDeploy::Application"),),
    "codepipeline": (("name", "AWS::CodePipeline::Pipeline"),),
    "wafv2": (("name", "AWS::WAFv2::WebACL"),),
    "cloudtrail": (("name", "AWS::CloudTrail::Trail"),),
}
_NAMELESS = re.compile(r"AWS::(IAM|EC2|KMS|CloudTrail|Route53|CloudFront|AppConfig|CloudWatch|Config|WAFv2|SSO)::")
"""Types whose ids do not name a service."""
_SETTINGS = ("AWS::SSM::Parameter", "AWS::SecretsManager::Secret")
_STAGES = re.compile(
    r"(?:prod|production|prd|stg|stage|staging|dev|test|qa|live|global|common|shared|apps?|services?"
    r"|config|configuration|params?|parameters|settings|secrets?|env|aws|v\d+"
    r"|db|database|rds|cache|redis|features?|flags?|limits?|http|client|pool|credentials?|api-?keys?)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Resource:
    """What an event was done to."""

    type: str | None = None
    id: str | None = None
    service: str | None = None
    """The service that the resource's name stands for; a guess."""


def resource_of(record: Json, listed: Json = None) -> Resource:
    """Return what an event was done to: the request's own words, else the record's `resources`.

    listed: `Resources` of an event that lookup-events gave.
    """
    origin = (text(at(record, "eventSource")) or "").split(".")[0]
    found = _from_parameters(origin, at(record, "requestParameters"))
    found = found or _from_arns(items(at(record, "resources"))) or _from_lookup(items(listed))
    if found is None:
        return Resource()
    kind, name = found
    return Resource(kind, name, service_named(kind, name))


def service_named(kind: str | None, name: str) -> str | None:
    """Return the service that a resource's name stands for; None where names do not tell.

    Of a parameter or secret with a path, it is the last folder that names neither a stage nor a
    kind of setting: checkout in /prod/checkout/timeout, orders in /shop/orders/db/pool_size. Of a
    log group /aws/lambda/NAME, it is NAME.
    """
    if kind is not None and _NAMELESS.match(kind):
        return None
    if kind in _SETTINGS or kind == "AWS::Logs::LogGroup":
        parts = [p for p in arn_name(name).split("/") if p]
        if kind == "AWS::Logs::LogGroup":
            return parts[2] if len(parts) > 2 and parts[0] == "aws" else None
        named = [p for p in parts[:-1] if not _STAGES.fullmatch(p)]
        return named[-1] if named else None
    if kind == "AWS::ApplicationAutoScaling::ScalableTarget":
        return name.split("/")[2] if name.count("/") == 2 else name.split("/")[-1]
    if kind == "AWS::ECS::TaskDefinition":
        return re.sub(r":\d+$", "", arn_name(name))
    if name.startswith("https://"):
        return name.rstrip("/").rsplit("/", 1)[-1]
    return arn_name(name)


def _from_parameters(origin: str, parameters: Json) -> tuple[str | None, str] | None:
    for path, kind in _PARAMETERS.get(origin, ()):
        steps = [int(step) if step.isdigit() else step for step in path.split(".")]
        value = at(parameters, *steps)
        name = text(value[0] if isinstance(value, list) and value else value)
        if name:
            return kind, name
    if origin in _PARAMETERS:
        return None
    for key, value in mapping(parameters).items():
        if re.search(r"(?:name|arn|identifier)$", key, re.IGNORECASE) and isinstance(value, str):
            return None, value
    return None


def _from_arns(resources: list[Json]) -> tuple[str | None, str] | None:
    for resource in resources:
        name = text(at(resource, "ARN")) or text(at(resource, "arn"))
        if name:
            return text(at(resource, "type")), name
    return None


def _from_lookup(resources: list[Json]) -> tuple[str | None, str] | None:
    for resource in resources:
        name = text(at(resource, "ResourceName"))
        if name:
            return text(at(resource, "ResourceType")), name
    return None
