"""Is it a security incident: yes, no or unclear."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from fa2.core.messages import Statement
from fa2.core.observations import Observation
from fa2.core.ranked import RankedSuspect, SecurityAnswer
from fa2.core.windows import TimeWindow

_HIGH = 0.7
_NEAR = timedelta(hours=1)


def judge_security(
    observations: Sequence[Observation],
    suspects: Sequence[RankedSuspect],
    window: TimeWindow,
    *,
    collected: bool,
) -> SecurityAnswer:
    """Return yes for a severe finding near in time on a suspect, no where none overlaps, else unclear.

    `collected` says whether findings were looked at: without them it is unclear, unless the evidence of
    the first suspect itself speaks of a security breach.
    """
    if suspects and suspects[0].mechanism == "security":
        return SecurityAnswer("yes", Statement("ranking.security.mechanism", {"service": suspects[0].service}), ())
    if not collected:
        return SecurityAnswer("unclear", Statement("ranking.security.not_collected"), ())
    found = tuple(o for o in observations if o.kind == "finding")
    near = tuple(o for o in found if o.onset and window.start - _NEAR <= o.onset < window.end)
    blamed = {s.service for s in suspects[:3]}
    touching = tuple(o for o in near if o.service in blamed)
    if any(o.strength >= _HIGH for o in touching):
        return SecurityAnswer("yes", Statement("ranking.security.touching", {"n": len(touching)}), touching)
    severe = tuple(o for o in near if o.strength >= _HIGH)
    if severe:
        return SecurityAnswer("unclear", Statement("ranking.security.elsewhere", {"n": len(severe)}), severe)
    key = "ranking.security.minor" if near else "ranking.security.none"
    return SecurityAnswer("no", Statement(key, {"n": len(near)}), near)
