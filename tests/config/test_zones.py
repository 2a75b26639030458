"""The zone in which a person reads times."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from fa2.config import zones
from fa2.config.zones import asker_zone, machine_zone
from fa2.core.errors import UnusableInput


def test_what_is_named_first_counts() -> None:
    assert asker_zone("Asia/Tokyo", "Europe/Berlin") == ("Asia/Tokyo", ZoneInfo("Asia/Tokyo"))
    assert asker_zone("", "Europe/Berlin")[0] == "Europe/Berlin"


def test_a_zone_that_there_is_not_is_refused() -> None:
    for name in ("Asia/Nowhere", "../../etc/passwd", "\x1b[31m"):
        with pytest.raises(UnusableInput, match="time zone"):
            asker_zone(name)


def test_the_machine_is_asked_by_tz_then_its_link_then_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zones, "_LOCALTIME", tmp_path / "none")
    monkeypatch.setattr(zones, "_TIMEZONE", tmp_path / "timezone")
    assert machine_zone({}) == "UTC"
    (tmp_path / "timezone").write_text("Asia/Kolkata\n")
    assert machine_zone({}) == "Asia/Kolkata"
    monkeypatch.setattr(zones, "_LOCALTIME", Path("/usr/share/zoneinfo/America/Lima"))
    assert machine_zone({}) in ("America/Lima", "Asia/Kolkata")  # the link of some systems is resolved further
    assert machine_zone({"TZ": ":Asia/Tokyo"}) == "Asia/Tokyo"
    assert machine_zone({"TZ": "nonsense5"}) != "nonsense5"
