"""Configuration items as Arrow structs with the fields of AWS Config's Glue table; nothing else of them is kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from fa2.core.ports import Gaps
from fa2.sources.local.json_values import Json, json_text, mapping, micros, text, whole

if TYPE_CHECKING:
    import pyarrow as pa

FIELDS = (
    "configurationItemVersion configurationItemCaptureTime configurationStateId awsAccountId awsRegion "
    "configurationItemStatus resourceType resourceId resourceName ARN availabilityZone configurationStateMd5Hash "
    "resourceCreationTime tags"
).split()
"""In the order of the table."""
_OTHER_NAMES = {
    "configurationItemVersion": "version",
    "awsAccountId": "accountId",
    "ARN": "arn",
    "configurationStateMd5Hash": "configurationItemMD5Hash",
}
"""How the API and the command line name fields that files in S3 name otherwise."""
_CAPTURED = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$"
_MOST_TAGS = 200


@cache
def item_type() -> pa.StructType:
    """Return the Arrow type of an item. Loads pyarrow."""
    import pyarrow as pa

    kinds = {"configurationStateId": pa.int64(), "tags": pa.map_(pa.large_string(), pa.large_string())}
    return pa.struct([(name, kinds.get(name, pa.large_string())) for name in FIELDS])


def documented(items: Sequence[Json]) -> pa.StructArray | None:
    """Return items that are all as AWS documents them; null where one is not, so that each has to be looked at.

    Most are; looking closer at each in Python takes longer than reading it.
    """
    import pyarrow as pa

    try:
        found = pa.array(items, item_type())
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return None
    return found if _as_documented(found) else None


def _as_documented(array: pa.StructArray) -> bool:
    import pyarrow.compute as pc

    if array.null_count or any(array.field(name).null_count for name in _OTHER_NAMES if name != "ARN"):
        return False
    captured = array.field("configurationItemCaptureTime")
    return captured.null_count == 0 and pc.all(pc.match_substring_regex(captured, _CAPTURED)).as_py() is not False


def cleaned(items: Sequence[Json], gaps: Gaps) -> pa.StructArray:
    """Return items of one file. Counts in `gaps` config_item: what is no object, left out; config_item_untimed."""
    import pyarrow as pa

    kept = []
    for item in items:
        if isinstance(item, dict):
            kept.append(_clean(item, gaps))
        else:
            gaps.add("config_item", 1, json_text(item) or str(item))
    return pa.array(kept, item_type())


def _clean(item: dict[str, Json], gaps: Gaps) -> dict[str, object]:
    clean: dict[str, object] = {}
    for name in FIELDS:
        value = item.get(name)
        clean[name] = _text(item.get(_OTHER_NAMES[name]) if value is None and name in _OTHER_NAMES else value)
    clean["configurationStateId"] = whole(item.get("configurationStateId"))
    clean["tags"] = _tags(item.get("tags"))
    clean["configurationItemCaptureTime"] = captured = _captured(clean["configurationItemCaptureTime"])
    if captured is None:
        gaps.add("config_item_untimed", 1, str(clean["resourceId"] or "–"))
    return clean


def _text(value: Json) -> str | None:
    found = text(value)
    return found.encode("utf-8", "replace").decode() if found is not None else None


def _tags(value: Json) -> list[tuple[str, str | None]]:
    named = [(_text(key), held) for key, held in list(mapping(value).items())[:_MOST_TAGS]]
    return [(key, _text(held)) for key, held in named if key is not None]


def _captured(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    if re.match(_CAPTURED, value, re.ASCII):
        return value
    moment = micros(value)
    if moment is None:
        return None
    written = datetime.fromtimestamp(moment // 10**6, UTC).replace(microsecond=moment % 10**6)
    return written.isoformat(timespec="milliseconds").replace("+00:00", "Z")
