"""Whether AWS Config records and delivers its history to S3: tried by `fa2 doctor` where changes are counted there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fa2.core.budgets import Estimate
from fa2.sources.aws.answers import pages
from fa2.sources.aws.asking import Ask, Look
from fa2.sources.aws.config.recorder import tell_recorder
from fa2.sources.aws.permissions import Permission
from fa2.sources.aws.settings import SourceSettings
from fa2.sources.local.json_values import Json, at, items, text


class ConfigDelivery:
    """The recorder and the delivery channel of a region."""

    name = "config_delivery"
    title = "AWS Config's delivery"
    service = "config"
    tables: tuple[str, ...] = ()
    settings = SourceSettings

    def permissions(self, settings: SourceSettings, /) -> Sequence[Permission]:
        """Return the three actions that read; IAM knows no resources for them."""
        names = ("ConfigurationRecorders", "ConfigurationRecorderStatus", "DeliveryChannelStatus")
        return [Permission(f"config:Describe{name}") for name in names]

    def plan(self, ask: Ask[Any], /) -> Sequence[Estimate]:
        """Return nothing: it is only tried."""
        return ()

    def collect(self, ask: Ask[Any], planned: Sequence[Estimate], /) -> None:
        """Collect nothing."""

    def examine(self, ask: Ask[Any], /) -> None:
        """Say whether it records, and whether its last delivery of history went well. Three calls."""
        if not tell_recorder(ask, ()):
            return
        with ask.look(query="DescribeDeliveryChannelStatus") as look:
            answers = pages(ask.client(), "describe_delivery_channel_status", holding="DeliveryChannelsStatus")
            channels = [held for answer in answers for held in items(at(answer, "DeliveryChannelsStatus"))]
            if not channels:
                look.partial("config_no_channel", region=ask.account.region)
            for channel in channels:
                _tell(look, channel)


def _tell(look: Look, channel: Json) -> None:
    last = at(channel, "configHistoryDeliveryInfo")
    if at(last, "lastStatus") == "Failure":
        reason = text(at(last, "lastErrorMessage")) or text(at(last, "lastErrorCode")) or "Failure"
        look.partial("config_delivery_failing", name=text(at(channel, "name")) or "–", problem=reason)
