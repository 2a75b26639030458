"""Past reports in a table and a bucket, from the command line to AWS; and what is told where AWS refuses."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from fake_sts import FakeSts
from faults import DENIED
from loopback import serving

from pasts import report
from scenes import failed, outage, succeeded

REGION = "eu-west-1"
STORE = ("--set", "past.table=fa2-past", "--set", "past.bucket=fa2-texts")
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIATEST",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_REGION": REGION,
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """Serve moto, with a table and a bucket."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    keys = {"aws_access_key_id": "AKIATEST", "aws_secret_access_key": "none", "region_name": REGION}
    boto3.client("dynamodb", endpoint_url=url, **keys).create_table(
        TableName="fa2-past",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    place = {"LocationConstraint": REGION}
    boto3.client("s3", endpoint_url=url, **keys).create_bucket(Bucket="fa2-texts", CreateBucketConfiguration=place)
    yield url
    server.stop()
    if "aws_xray_sdk.core" in sys.modules:  # moto loads it, it opens a socket and never closes it
        sys.modules["aws_xray_sdk.core"].xray_recorder._emitter._socket.close()


def test_an_investigation_is_kept_recalled_and_judged_in_aws(moto: str, tmp_path: Path) -> None:
    there = {**KEYS, "AWS_ENDPOINT_URL": moto}
    bundle = outage().write(tmp_path / "bundle")
    earlier = report(
        1, patterns=(("ERROR", "ERROR ProvisionedThroughputExceededException: rate exceeded, attempt <*>"),)
    )
    file = tmp_path / "earlier.json"
    file.write_text(earlier.model_dump_json(), encoding="utf-8")
    succeeded("feedback", file, "--right", "--cause", "a feed", *STORE, cwd=tmp_path, **there)
    made = json.loads(succeeded("investigate", bundle, "--format", "json", *STORE, cwd=tmp_path, **there))
    assert [(one["title"], one["cause"]) for one in made["past"]] == [(earlier.title, "a feed")]
    assert len([line for line in succeeded("past", *STORE, cwd=tmp_path, **there).splitlines() if line[0] == "R"]) == 2


def test_where_aws_refuses_the_report_comes_with_the_statement_that_allows_it(tmp_path: Path) -> None:
    bundle = outage().write(tmp_path / "bundle")
    with serving(FakeSts(datetime.now(UTC) + timedelta(hours=1))) as aws:
        aws.fault("dynamodb", DENIED)
        aws.fault("s3", DENIED)
        aws.missing_allowed = True
        there = aws.environment(REGION)
        made = json.loads(succeeded("investigate", bundle, "--format", "json", *STORE, cwd=tmp_path, **there))
        said = failed("past", *STORE, cwd=tmp_path, **there)
    assert made["verdict"] == "incident"
    problems = [entry["error"] for entry in made["coverage"] if entry["source"] == "[past]"]
    assert [one["values"]["action"] for one in problems] == ["dynamodb:Scan", "s3:PutObject"]
    assert "table/fa2-past" in problems[0]["values"]["statement"]
    assert "arn:aws:s3:::fa2-texts/reports/*" in problems[1]["values"]["statement"]
    assert "dynamodb:Scan" in said


def test_without_credentials_the_report_comes_with_a_note(tmp_path: Path) -> None:
    bundle = outage().write(tmp_path / "bundle")
    nobody = {name: value for name, value in KEYS.items() if "KEY" not in name}
    made = json.loads(succeeded("investigate", bundle, "--format", "json", *STORE, cwd=tmp_path, **nobody))
    problems = [entry["error"]["code"] for entry in made["coverage"] if entry["source"] == "[past]"]
    assert problems == ["errors.aws.credentials", "errors.aws.credentials"]
