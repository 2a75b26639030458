"""The fake of S3 lists and gives what was put in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError
from fake_s3 import FakeS3
from loopback import Loopback

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


@pytest.fixture
def s3(aws: Loopback) -> FakeS3:
    fake = FakeS3(NOW)
    fake.put("s3://lake/alb/2026/11/19/a b+c.gz", b"one")
    fake.put("s3://lake/alb/2026/11/20/x.gz", 5_000_000_000)
    fake.put("s3://lake/other", b"")
    aws.serve(fake)
    return fake


def test_keys_are_listed_with_sizes_by_prefix(aws: Loopback, s3: FakeS3) -> None:
    found = aws.client("s3").list_objects_v2(Bucket="lake", Prefix="alb/2026/11/")
    assert {o["Key"]: o["Size"] for o in found["Contents"]} == {
        "alb/2026/11/19/a b+c.gz": 3,
        "alb/2026/11/20/x.gz": 5_000_000_000,
    }
    assert found["Contents"][0]["LastModified"] == NOW
    assert "Contents" not in aws.client("s3").list_objects_v2(Bucket="lake", Prefix="none/")
    assert aws.actions() == {"s3:ListBucket"}


def test_folders_are_what_keys_have_in_common(aws: Loopback, s3: FakeS3) -> None:
    found = aws.client("s3").list_objects_v2(Bucket="lake", Prefix="alb/2026/11/", Delimiter="/")
    assert [p["Prefix"] for p in found["CommonPrefixes"]] == ["alb/2026/11/19/", "alb/2026/11/20/"]


def test_listings_come_in_pages(aws: Loopback, s3: FakeS3) -> None:
    for n in range(1500):
        s3.put(f"s3://many/{n:04d}", n)
    pages = list(aws.client("s3").get_paginator("list_objects_v2").paginate(Bucket="many"))
    assert [found["KeyCount"] for found in pages] == [1000, 500]
    assert pages[1]["Contents"][-1]["Size"] == 1499


def test_objects_are_given_and_missing_ones_are_not(aws: Loopback, s3: FakeS3) -> None:
    client = aws.client("s3")
    assert client.get_object(Bucket="lake", Key="alb/2026/11/19/a b+c.gz")["Body"].read() == b"one"
    for wrong in ({"Bucket": "none", "Key": "x"}, {"Bucket": "lake", "Key": "x"}):
        with pytest.raises(ClientError, match="NoSuch"):
            client.get_object(**wrong)
