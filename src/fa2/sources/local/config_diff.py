"""Differences between two configurations, by path."""

from __future__ import annotations

from fa2.sources.local.json_values import Json

_DEEPEST = 32
_MOST = 200
"""Differing paths listed; the rest of a rewritten configuration would not be read by anybody."""

Fields = dict[str, Json]
"""Values by path, such as environment.variables.TIMEOUT or ipPermissions[0].toPort."""


def differences(before: Json, after: Json) -> tuple[Fields, Fields]:
    """Return what differs, as it was and as it is. What exists on one side only is left out there.

    Lists of one length are compared entry by entry, others as wholes.
    """
    old: Fields = {}
    new: Fields = {}
    _compare(before, after, "", old, new)
    return old, new


def _compare(before: Json, after: Json, path: str, old: Fields, new: Fields) -> None:
    if before == after or len(old) + len(new) >= 2 * _MOST:
        return
    deep = path.count(".") + path.count("[") >= _DEEPEST
    if isinstance(before, dict) and isinstance(after, dict) and not deep:
        for key in sorted(before.keys() | after.keys()):
            below = f"{path}.{key}" if path else key
            if key not in after:
                old[below] = before[key]
            elif key not in before:
                new[below] = after[key]
            else:
                _compare(before[key], after[key], below, old, new)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after) and not deep:
        for i, (was, now) in enumerate(zip(before, after, strict=True)):
            _compare(was, now, f"{path}[{i}]", old, new)
    else:
        old[path], new[path] = before, after
