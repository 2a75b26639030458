"""Tests of readable names of what a service calls."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.sources.local.remote_names import arn_name, host_name, is_aws_host


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("orders.shop.svc.cluster.local:8080", "orders"),
        ("orders.shop.svc", "orders"),
        ("https://api.example.com:8443/v1?x=1", "api.example.com"),
        ("shop-db.c9akciq32.us-east-1.rds.amazonaws.com", "shop-db"),
        ("master.carts.abc123.use1.cache.amazonaws.com", "carts"),
        ("images.s3.eu-west-1.amazonaws.com", "images"),
        ("dynamodb.us-east-1.amazonaws.com", "dynamodb"),
        ("abc.execute-api.us-east-1.amazonaws.com", "abc.execute-api.us-east-1.amazonaws.com"),
        ("10.0.0.7:5432", "10.0.0.7"),
        ("", ""),
    ],
)
def test_hosts_by_their_shortest_telling_name(address: str, name: str) -> None:
    assert host_name(address) == name


def test_aws_hosts_are_told_from_others() -> None:
    assert is_aws_host("https://sqs.eu-west-1.amazonaws.com/1/jobs")
    assert not is_aws_host("amazonaws.com.example.org")


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:lambda:r:1:function:checkout:live", "checkout"),
        ("arn:aws:ecs:r:1:service/shop/cart", "cart"),
        ("arn:aws:elasticloadbalancing:r:1:loadbalancer/app/web/50dc6c", "web"),
        ("arn:aws:elasticloadbalancing:r:1:targetgroup/cart/73e2d6", "cart"),
        ("arn:aws:dynamodb:r:1:table/stock/index/by-sku", "stock"),
        ("arn:aws:sqs:r:1:jobs", "jobs"),
        ("arn:aws:s3:::images/2026/a.png", "images"),
        ("arn:aws:rds:r:1:db:shop-db", "shop-db"),
        ("arn:aws:secretsmanager:r:1:secret:prod/pay-AbCdEf", "prod/pay"),
        ("arn:aws:logs:r:1:log-group:/aws/lambda/pay:*", "/aws/lambda/pay"),
        ("arn:aws:states:r:1:stateMachine:Pay", "Pay"),
        ("checkout", "checkout"),
    ],
)
def test_arns_by_the_name_of_their_resource(arn: str, name: str) -> None:
    assert arn_name(arn) == name


@given(st.text(alphabet="arn:aws/.[]@#0-s3", max_size=30))
def test_no_text_breaks_them(text: str) -> None:
    host_name(text)
    arn_name(text)
