"""What AWS Config delivered, as S3 lists it: every page, by day and kind, only what a statement reads."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest
from fake_s3 import FakeS3
from loopback import Loopback

from fa2.changes.config_table import PARTITION_KEYS, ConfigTable
from fa2.core.months import Month, months_through
from fa2.sources.aws.athena.tables import LakeTable, PartitionKey
from fa2.sources.aws.config import listing as config_listing
from fa2.sources.aws.config.listing import Day, Deliveries, listed

CONFIG = ConfigTable("orgs-config", ("111122223333", "444455556666"), ("us-east-1", "eu-west-1"), prefix="audit")
NOVEMBER = Deliveries((Month(2024, 11),), 2)


def table(template: str | None = None) -> LakeTable:
    values = {"account_id": CONFIG.accounts, "region": CONFIG.regions}
    keys = tuple(PartitionKey(name, "string", values=values.get(name, ())) for name in PARTITION_KEYS)
    where = CONFIG.properties["storage.location.template"] if template is None else template
    return LakeTable("lake", "awsconfig", {}, keys, True, None, where)


@pytest.fixture
def s3(aws: Loopback) -> FakeS3:
    fake = FakeS3(datetime(2024, 12, 5, tzinfo=UTC))
    fake.buckets[CONFIG.bucket] = {}
    aws.serve(fake)
    return fake


def deliver(s3: FakeS3, day: str, size: int, *, kind: str = "ConfigHistory", account: str = CONFIG.accounts[0], region: str = "us-east-1", n: int = 1) -> None:  # fmt: skip
    for number in range(n):
        s3.put(f"{CONFIG.location}/{account}/Config/{region}/{day}/{kind}/{number}.json.gz", size)


def test_a_statement_reads_its_months_and_the_first_days_after_of_its_accounts_and_regions(
    aws: Loopback, s3: FakeS3
) -> None:
    deliver(s3, "2024/11/30", 1)
    deliver(s3, "2024/11/3", 10, kind="ConfigSnapshot")
    deliver(s3, "2024/11/3", 100, kind="OversizedChangeNotification")
    deliver(s3, "2024/12/2", 1_000)
    deliver(s3, "2024/11/3", 10_000, region="eu-west-1")
    deliver(s3, "2024/11/3", 100_000, account=CONFIG.accounts[1])
    for day in ("2024/12/3", "2024/1/1", "2024/10/31", "2023/11/1"):
        deliver(s3, day, 7_000_000)
    found = listed(aws.client("s3"), table(), [NOVEMBER])
    assert found is not None
    assert found.bytes_read(NOVEMBER) == 111_111
    assert found.bytes_read(Deliveries(NOVEMBER.months, 2, (CONFIG.accounts[0],), ("us-east-1",))) == 1_111
    assert found.bytes_read(Deliveries(NOVEMBER.months, 0, ("999999999999",))) == 0
    assert found.of_kind("ConfigHistory") == Counter({"2024-11": 3, "2024-12": 1})
    assert found.of_kind("ConfigSnapshot") == Counter({"2024-11": 1})


def test_all_pages_are_read(aws: Loopback, s3: FakeS3) -> None:
    deliver(s3, "2024/11/30", 2, n=2_345)
    found = listed(aws.client("s3"), table(), [NOVEMBER])
    assert found is not None
    assert found.files[Day(CONFIG.accounts[0], "us-east-1", Month(2024, 11), 30), "ConfigHistory"] == 2_345
    assert found.bytes_read(NOVEMBER) == 4_690


def test_a_month_that_several_statements_read_is_listed_once(aws: Loopback, s3: FakeS3) -> None:
    reads = [NOVEMBER, NOVEMBER, Deliveries(months_through(Month(2024, 12), 3), 2)]
    assert listed(aws.client("s3"), table(), reads) is not None
    assert aws.counted()["s3.ListObjectsV2"] == 4 * (3 + 2)  # October to December, two days of January


def test_what_takes_too_many_calls_or_lies_nobody_knows_where_has_no_size(
    aws: Loopback, s3: FakeS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    for template in ("", "s3://orgs-config/${account_id}/", "s3://orgs-config/${account_id}/${region}/${dt}/"):
        assert listed(aws.client("s3"), table(template), [NOVEMBER]) is None
    assert listed(aws.client("s3"), table(), [Deliveries(NOVEMBER.months, 2, ())]) is None
    assert not aws.calls
    deliver(s3, "2024/11/30", 2, n=4_001)
    monkeypatch.setattr(config_listing, "MOST_CALLS", 12)
    assert listed(aws.client("s3"), table(), [NOVEMBER]) is None
    assert aws.counted()["s3.ListObjectsV2"] == 12
