"""Spans of a sample: what the baseline's count leads one to expect where both periods were not sampled alike."""

from __future__ import annotations

from collections.abc import Mapping

from fa2.core.telemetry import Telemetry


def span_shares(telemetry: Telemetry) -> Mapping[str, float]:
    """Return for each service the spans that one of the baseline's gives to expect in the window.

    That is the share of the two lengths where all spans were collected. Of a sample, in which a span stands for
    `weight` of its kind, it is corrected by how differently the two periods were thinned out.
    """
    share = telemetry.window_share
    rows = telemetry.rows(
        f"""SELECT service, avg(coalesce(weight, 1)) FILTER ({telemetry.in_window("start")}) AS now,
            avg(coalesce(weight, 1)) FILTER ({telemetry.in_baseline("start")}) AS usual
        FROM spans WHERE weight IS NULL OR (isfinite(weight) AND weight > 0) GROUP BY service ORDER BY service"""
    )
    return {service: share * usual / now if now and usual else share for service, now, usual in rows}
