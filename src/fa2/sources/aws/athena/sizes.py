"""How much of a table a query reads, before it does: as the catalogue lists its partitions, or S3 the files beneath them.

Athena has no trial run. A day of logs is some hundreds to some thousands of files, which S3 lists a thousand a call;
where it would take many calls, nobody knows the size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice, product
from typing import Any

from fa2.logs.engines.lake_lines import Among, Between
from fa2.sources.aws.athena.tables import LakeTable, Partition, PartitionKey, stated_size, strftime_of
from fa2.sources.aws.athena.values import identifier, literal

MOST_CALLS = 20
"""To list partitions, or files; beyond, the size is not known."""
_MOST_STEPS = 1000


def catalogue_bytes(glue: Any, table: LakeTable, found: Sequence[Partition]) -> int | None:
    """Return the size of partitions that the catalogue lists; null where it does not say. One call a thousand.

    glue: a boto3 client. found: what narrows the partitions.
    """
    if not table.keys:
        return table.bytes
    if table.projected:
        return None
    total = 0
    asked: dict[str, Any] = {"DatabaseName": table.database, "TableName": table.name, "ExcludeColumnSchema": True}
    if found:
        asked["Expression"] = " AND ".join(_expression(partition) for partition in found)
    for _ in range(MOST_CALLS):
        answer = glue.get_partitions(**asked)
        if "Partitions" not in answer:
            return None
        for partition in answer["Partitions"] or []:
            size = stated_size(partition.get("Parameters") or {})
            if size is None:
                return None
            total += size
        if not answer.get("NextToken"):
            return total
        asked["NextToken"] = answer["NextToken"]
    return None


def file_bytes(s3: Any, table: LakeTable, found: Sequence[Partition]) -> int | None:
    """Return the size of the files of projected partitions; null where none are found, or it takes more than MOST_CALLS calls.

    s3: a boto3 client.
    """
    places = _places(table, found)
    if places is None:
        return None
    total, calls = 0, 0
    for bucket, prefix in places:
        more: dict[str, Any] = {}
        while True:
            if calls == MOST_CALLS:
                return None
            calls += 1
            answer = s3.list_objects_v2(Bucket=bucket, Prefix=prefix, **more)
            total += sum(int(held.get("Size") or 0) for held in answer.get("Contents") or [])
            if not answer.get("NextContinuationToken"):
                break
            more = {"ContinuationToken": answer["NextContinuationToken"]}
    return total or None


def holds_files(s3: Any, table: LakeTable, found: Sequence[Partition]) -> bool | None:
    """Tell whether any file lies in projected partitions; null where they cannot be told. At most MOST_CALLS calls."""
    places = _places(table, found)
    if places is None:
        return None
    return any(s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1).get("Contents") for bucket, prefix in places)


def _expression(partition: Partition) -> str:
    """Return a partition as Glue's expression, which takes no parameters and no quotes around names."""
    name = identifier(partition.column).strip('"')
    match partition:
        case Between(_, first, last):
            return f"{name} BETWEEN {literal(first)} AND {literal(last)}"
        case Among(_, values):
            return f"{name} IN ({', '.join(literal(value) for value in values)})"


def _places(table: LakeTable, found: Sequence[Partition]) -> list[tuple[str, str]] | None:
    """Return bucket and prefix of each partition that is read; null where they are too many, or not told."""
    template = re.fullmatch(r"s3://([a-z0-9.-]+)/(.*)", table.template)
    if not template:
        return None
    narrowed = {partition.column: partition for partition in found}
    choices: dict[str, list[str]] = {}
    for key in table.keys:
        values = _values(key, narrowed.get(key.name))
        if not values:
            return None
        choices[key.name] = values
    combined = list(islice(product(*choices.values()), MOST_CALLS + 1))
    if len(combined) > MOST_CALLS:
        return None
    prefixes = (_filled(template[2], dict(zip(choices, values))) for values in combined)
    return [(template[1], prefix if prefix.endswith("/") else f"{prefix}/") for prefix in prefixes]


def _filled(template: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\$\{([^}]*)\}", lambda found: values.get(found[1].lower(), ""), template)


def _values(key: PartitionKey, partition: Partition | None) -> list[str]:
    """Return the values of a key that are read; empty where they cannot be told."""
    match partition:
        case Among(_, values):
            return [str(value) for value in values]
        case Between(_, first, last):
            return list(_steps(key, str(first), str(last)))
        case None:
            return list(key.values)


def _steps(key: PartitionKey, first: str, last: str) -> Iterator[str]:
    """Yield the times of a key between two, as they are written."""
    pattern = strftime_of(key.format) if key.format else None
    if pattern is None or key.projection != "date":
        return
    moment = datetime.strptime(first, pattern)
    step = timedelta(hours=1) if "%H" in pattern else timedelta(days=1)
    before = ""
    for _ in range(_MOST_STEPS):
        written = moment.strftime(pattern)
        if written > last:
            return
        if written != before:
            yield written
        before, moment = written, moment + step
