"""Tries beforehand what AWS Config will be asked for: whether it records what matters, and each call once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fa2.sources.aws.answers import pages
from fa2.sources.aws.asking import Ask
from fa2.sources.aws.config.recorder import tell_recorder
from fa2.sources.local.json_values import at, items, text

_EXPRESSION = "SELECT resourceId, resourceType"
_NO_RESOURCE = "none"
"""Asked for where no resource is known: Config then says only whether asking is allowed."""


def examine_config(ask: Ask[Any], types: Sequence[str]) -> None:
    """Tell what the recorder misses; query, list and read one item of history.

    types: what it is expected to record.
    """
    if not tell_recorder(ask, types):
        return
    with ask.look(query=f"SelectResourceConfig {_EXPRESSION}"):
        next(pages(ask.client(), "select_resource_config", holding="Results", Expression=_EXPRESSION, Limit=1))
    resource = (types[0], _NO_RESOURCE)
    with ask.look(query=f"ListDiscoveredResources {types[0]}"):
        asked: dict[str, Any] = {"resourceType": types[0], "limit": 1}
        page = next(pages(ask.client(), "list_discovered_resources", holding="resourceIdentifiers", **asked))
        for found in items(at(page, "resourceIdentifiers"))[:1]:
            resource = (types[0], text(at(found, "resourceId")) or _NO_RESOURCE)
    with ask.look(query=f"GetResourceConfigHistory {resource[0]}"):
        _one_item(ask, *resource)


def _one_item(ask: Ask[Any], kind: str, id: str) -> None:
    client = ask.client()
    try:
        asked: dict[str, Any] = {"resourceType": kind, "resourceId": id, "limit": 1}
        next(pages(client, "get_resource_config_history", holding="configurationItems", **asked))
    except client.exceptions.ResourceNotDiscoveredException:
        return  # it may be asked, and that is what was to be known
