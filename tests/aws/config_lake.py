"""AWS Config's deliveries in a folder as what lies in S3, and as the table over it that Athena has."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from fake_athena import FakeAthena
from fake_config import FakeConfig
from fake_glue import FakeGlue
from fake_s3 import FakeS3
from fake_sts import FakeSts
from lake_tables import LakeTable
from loopback import Fake

from config_deliveries import ACCOUNT, REGION
from fa2.changes.config_table import COLUMNS, ITEM_FIELDS, PARTITION_KEYS, ConfigTable
from fa2.core.months import Month, months_through
from fa2.sources.local.config_engine import config_engine
from fa2.sources.local.config_files import config_files

NOW = datetime(2024, 12, 5, tzinfo=UTC)
_LAST = Month(2024, 11)
TABLE = ConfigTable("orgs-config-logs", (ACCOUNT,), (REGION,))
_FIELDS = ", ".join(f'"{name}" := i."{name}"' for name, _ in ITEM_FIELDS)
_SELECT = (
    f'SELECT fileversion, [struct_pack({_FIELDS}) FOR i IN configurationitems], "$path", '
    f"{', '.join(PARTITION_KEYS)} FROM lake.awsconfig"
)


@dataclass
class ConfigLake:
    """The fakes of an account in which files of a folder were delivered up to a month."""

    folder: Path
    athena: FakeAthena = field(default_factory=lambda: FakeAthena(NOW))
    s3: FakeS3 = field(default_factory=lambda: FakeS3(NOW))
    sts: FakeSts = field(default_factory=lambda: FakeSts(NOW))
    config: FakeConfig = field(default_factory=FakeConfig)

    def __post_init__(self) -> None:
        self.athena.polls_until_running = self.athena.polls_until_done = 0
        columns = {**dict(COLUMNS), "$path": "string"}
        table = LakeTable("lake", "awsconfig", columns, PARTITION_KEYS, TABLE.properties, TABLE.location)
        files = config_files([self.folder], months_through(_LAST, 36), 2)
        with config_engine(files, ("lake", "awsconfig"), lambda sql: sql) as engine:
            self.athena.table(table, list(engine.rows(_SELECT, ())))
        for path in self.folder.rglob("*.json.gz"):
            self.s3.put(f"s3://{TABLE.bucket}/{path.relative_to(self.folder).as_posix()}", path.stat().st_size)

    @property
    def fakes(self) -> tuple[Fake, ...]:
        """What to serve."""
        return self.athena, FakeGlue(self.athena), self.s3, self.sts, self.config
