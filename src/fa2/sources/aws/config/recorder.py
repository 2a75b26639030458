"""Whether AWS Config records at all, and what it does not: told with the remedy before histories are read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from fa2.sources.aws.answers import pages
from fa2.sources.aws.asking import Ask, Look
from fa2.sources.local.json_values import Json, at, items, text

_MOST_NAMED = 6


def tell_recorder(ask: Ask[Any], types: Iterable[str]) -> bool:
    """Put down what the recorder misses; tell whether it is worth asking on. Two calls.

    types: what it is expected to record.
    """
    with ask.look(query="DescribeConfigurationRecorders") as look:
        recorders = _all(ask.client(), "describe_configuration_recorders", "ConfigurationRecorders")
        if not recorders:
            look.skip("config_no_recorder", region=ask.account.region)
            return False
        _tell_types(look, recorders, sorted(types))
    with ask.look(query="DescribeConfigurationRecorderStatus") as look:
        _tell_status(look, _all(ask.client(), "describe_configuration_recorder_status", "ConfigurationRecordersStatus"))
    return True  # also where nobody may ask for the recorder


def _all(client: Any, operation: str, member: str) -> list[Json]:
    return [held for answer in pages(client, operation, holding=member) for held in items(at(answer, member))]


def _tell_types(look: Look, recorders: Sequence[Json], types: Sequence[str]) -> None:
    missing = [kind for kind in types if not any(_records(recorder, kind) for recorder in recorders)]
    if missing:
        look.partial("config_types_not_recorded", n=len(missing), types=", ".join(missing[:_MOST_NAMED]))
    if any(at(recorder, "recordingMode", "recordingFrequency") == "DAILY" for recorder in recorders):
        look.partial("config_recorded_daily")


def _records(recorder: Json, kind: str) -> bool:
    group = at(recorder, "recordingGroup")
    if group is None:
        return True
    if at(group, "recordingStrategy", "useOnly") == "EXCLUSION_BY_RESOURCE_TYPES":
        return kind not in items(at(group, "exclusionByResourceTypes", "resourceTypes"))
    return at(group, "allSupported") is True or kind in items(at(group, "resourceTypes"))


def _tell_status(look: Look, statuses: Sequence[Json]) -> None:
    for status in statuses:
        if at(status, "recording") is not True:
            look.partial(
                "config_recorder_off", name=text(at(status, "name")) or "–", since=text(at(status, "lastStopTime"))
            )
        elif at(status, "lastStatus") in ("Failure", "NotApplicable"):
            look.partial(
                "config_recorder_failing", problem=text(at(status, "lastErrorMessage")) or str(at(status, "lastStatus"))
            )
