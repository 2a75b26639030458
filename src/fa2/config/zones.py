"""The time zone in which a person reads times: as it is named, as it is configured, or that of the machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from fa2.core.errors import UnusableInput

_LOCALTIME = Path("/etc/localtime")
_TIMEZONE = Path("/etc/timezone")


def asker_zone(*named: str, environment: Mapping[str, str] = os.environ) -> tuple[str, tzinfo]:
    """Return the zone's name and the zone: the first that is named, otherwise the machine's; UTC where that is unknown.

    Raises UnusableInput when there is no zone of the name.
    """
    name = next((name for name in named if name), "") or machine_zone(environment)
    try:
        return name, ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise UnusableInput("errors.zone", name=name) from error


def machine_zone(environment: Mapping[str, str] = os.environ) -> str:
    """Return the name of the machine's zone: TZ, /etc/localtime, /etc/timezone; UTC where none of them names one."""
    told = environment.get("TZ", "").removeprefix(":")
    found = next((name for name in (_inside(told), _linked(), _written()) if name and _known(name)), "UTC")
    return found.removeprefix("Etc/") if found.endswith("/UTC") else found


def _linked() -> str:
    try:
        return _inside(str(_LOCALTIME.resolve()))
    except OSError:
        return ""


def _written() -> str:
    try:
        return _TIMEZONE.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _inside(path: str) -> str:
    """Return the name in a path of the zone database; a name as it is."""
    return path.rpartition("zoneinfo/")[2] if "zoneinfo/" in path else path if not path.startswith("/") else ""


def _known(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
