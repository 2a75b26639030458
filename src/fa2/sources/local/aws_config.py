"""AWS Config into changes: configuration history, snapshots, and change notifications.

A history item says what a resource is like from its capture time on. A change is the difference to
the item before it, so the first item of a resource is none, unless it says that the resource was
created or deleted. Snapshots change nothing; they serve as the item before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson

from fa2.core.ports import FileHead, Gaps, LocalFile, Rows
from fa2.sources.local.cloudtrail_resources import service_named
from fa2.sources.local.config_diff import Fields, differences
from fa2.sources.local.json_documents import documents, peek
from fa2.sources.local.json_values import Json, at, items, json_text, mapping, micros, present, text
from fa2.sources.local.row_batches import Row, batches

_CREATED_WITHIN = 15 * 60 * 1_000_000
"""A resource discovered within this time of its creation was created; later, only found."""
_COMPLIANCE = ("AWS::Config::ResourceCompliance", "AWS::Config::ConformancePackCompliance")


class AwsConfig:
    """Reads AWS Config's history, snapshots and change notifications."""

    name = "aws_config"
    tables: tuple[str, ...] = ("changes",)

    def recognise(self, head: FileHead) -> float:
        """Return 1 for configuration items."""
        document = peek(head.head)
        first = document[0] if isinstance(document, list) and document else document
        listed = at(first, "configurationItems")
        if isinstance(listed, list):
            named = "configSnapshotId" in mapping(first) or "fileVersion" in mapping(first)
            return 1.0 if _is_item(at(listed, 0)) else 0.9 if named else 0.3 if not listed else 0.0
        return 1.0 if _notified(first) is not None or _is_item(first) else 0.0

    def read(self, file: LocalFile, gaps: Gaps) -> Iterator[Rows]:
        """Yield changes in the order of resources and time.

        Counts config_item (no type, id or capture time), aws_more_pages, and the notes
        note_config_snapshot, note_config_first_seen (nothing to compare with),
        note_config_unchanged (only relations to other resources changed) and
        note_config_compliance.
        """
        yield from batches("changes", _changes(file, gaps))


source = AwsConfig()


def _changes(file: LocalFile, gaps: Gaps) -> Iterator[Row]:
    history: dict[tuple[str, ...], list[tuple[int, bool, Json]]] = {}
    for document in documents(file, gaps):
        for part in document if isinstance(document, list) else [document]:
            if text(at(part, "nextToken")) or text(at(part, "NextToken")):
                gaps.add("aws_more_pages", 1, file.name)
            notice = _notified(part)
            if notice is not None:
                yield from _of_notice(notice, gaps)
                continue
            is_snapshot = text(at(part, "configSnapshotId")) is not None
            listed = at(part, "configurationItems")
            for item in items(listed) if isinstance(listed, list) else [part]:
                _keep(item, is_snapshot, history, gaps)
    for key in sorted(history):
        yield from _of_resource(sorted(history[key], key=lambda kept: kept[0]), gaps)


def _keep(
    item: Json,
    is_snapshot: bool,
    history: dict[tuple[str, ...], list[tuple[int, bool, Json]]],
    gaps: Gaps,
) -> None:
    captured = micros(at(item, "configurationItemCaptureTime"))
    kind, resource_id = text(at(item, "resourceType")), text(at(item, "resourceId"))
    if captured is None or kind is None or resource_id is None:
        gaps.add("config_item", 1, json_text(item) or str(item))
    elif kind in _COMPLIANCE:
        gaps.add("note_config_compliance", 1, resource_id)
    else:
        key = (_account(item) or "", text(at(item, "awsRegion")) or "", kind, resource_id)
        history.setdefault(key, []).append((captured, is_snapshot, item))


def changes_since(previous: Json, history: Iterable[Json], gaps: Gaps) -> Iterator[Row]:
    """Yield the changes in items of one resource, in the order of time, since an item before them; null for none known.

    Counts what `AwsConfig.read` counts.
    """
    kept: dict[tuple[str, ...], list[tuple[int, bool, Json]]] = {}
    for item in history:
        _keep(item, False, kept, gaps)
    for items_of_one in kept.values():
        yield from _of_resource(sorted(items_of_one, key=lambda held: held[0]), gaps, previous)


def _of_resource(kept: list[tuple[int, bool, Json]], gaps: Gaps, previous: Json = None) -> Iterator[Row]:
    for _, is_snapshot, item in kept:
        if is_snapshot:
            gaps.add("note_config_snapshot", 1, str(at(item, "resourceId")))
        else:
            yield from _change(item, previous, gaps)
        previous = item


def _change(item: Json, previous: Json, gaps: Gaps) -> Iterator[Row]:
    status = text(at(item, "configurationItemStatus")) or "OK"
    old, new = differences(_state(previous), _state(item))
    if "Deleted" in status:
        yield _row(item, "DELETE", _state(previous), {})
    elif previous is None and status == "ResourceDiscovered" and _just_created(item):
        yield _row(item, "CREATE", {}, _state(item))
    elif previous is None:
        gaps.add("note_config_first_seen", 1, str(at(item, "resourceId")))
    elif "Deleted" in (text(at(previous, "configurationItemStatus")) or ""):
        yield _row(item, "CREATE", {}, _state(item))
    elif old or new:
        yield _row(item, "UPDATE", old, new)
    else:
        gaps.add("note_config_unchanged", 1, str(at(item, "resourceId")))


def _of_notice(notice: Json, gaps: Gaps) -> Iterator[Row]:
    """Read a ConfigurationItemChangeNotification, which brings its own differences."""
    item, diff = at(notice, "configurationItem"), at(notice, "configurationItemDiff")
    if not _is_item(item):
        gaps.add("config_item", 1, json_text(notice) or "")
        return
    old: Fields = {}
    new: Fields = {}
    for path, change in mapping(at(diff, "changedProperties")).items():
        short = path.removeprefix("Configuration.")
        if path.startswith("Relationships."):
            continue
        if at(change, "previousValue") is not None:
            old[short] = at(change, "previousValue")
        if at(change, "updatedValue") is not None:
            new[short] = at(change, "updatedValue")
    kind = text(at(diff, "changeType"))
    if kind in ("CREATE", "DELETE", "UPDATE") and (old or new or kind != "UPDATE"):
        yield _row(item, kind, old, new)
    else:
        yield from _change(item, None, gaps)


def _row(item: Json, action: str, before: Fields, after: Fields) -> Row:
    kind, resource_id = text(at(item, "resourceType")), text(at(item, "resourceId")) or ""
    name = text(at(item, "resourceName")) or resource_id
    arn = text(at(item, "ARN")) or text(at(item, "arn"))
    return {
        "timestamp": micros(at(item, "configurationItemCaptureTime")),
        "origin": "config",
        "action": f"config:{action}",
        "resource_type": kind,
        "resource_id": resource_id,
        "service": service_named(kind, arn or name),
        "account": _account(item),
        "region": text(at(item, "awsRegion")),
        "before": json_text(before),
        "after": json_text(after),
        "detail": json_text(
            present(
                status=at(item, "configurationItemStatus"),
                arn=arn,
                resourceName=at(item, "resourceName"),
                relatedEvents=at(item, "relatedEvents"),
                tags=at(item, "tags"),
            )
        ),
    }


def _state(item: Json) -> Fields:
    """Return what a resource is like: its configuration, with tags and supplements beside it."""
    held = _parsed(at(item, "configuration"))
    extra = {k: _parsed(v) for k, v in mapping(at(item, "supplementaryConfiguration")).items()}
    named = present(tags=at(item, "tags"), supplementaryConfiguration=extra)
    base: Fields = held if isinstance(held, dict) else {"configuration": held} if held else {}
    return {**base, **named}


def _parsed(value: Json) -> Json:
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return value
    try:
        found: Json = orjson.loads(value)
    except orjson.JSONDecodeError:
        return value
    return found


def _just_created(item: Json) -> bool:
    created = micros(at(item, "resourceCreationTime"))
    captured = micros(at(item, "configurationItemCaptureTime"))
    return created is not None and captured is not None and captured - created <= _CREATED_WITHIN


def _account(item: Json) -> str | None:
    return text(at(item, "awsAccountId")) or text(at(item, "accountId"))


def _is_item(item: Json) -> bool:
    return "configurationItemCaptureTime" in mapping(item) and text(at(item, "resourceType")) is not None


def _notified(document: Json) -> Json:
    """Return the notification in a document: itself, an EventBridge detail or an SNS Message."""
    for held in (document, at(document, "detail"), _parsed(at(document, "Message"))):
        if "configurationItem" in mapping(held):
            return held
    return None
