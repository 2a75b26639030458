"""CloudTrail's event history into changes, where no table in Athena holds the trail.

LookupEvents gives fifty events a call, the newest first, and takes two calls a second for each account and region.
So the time is asked in pieces, those first in which a cause most likely lies: shortly before the onset, then the
incident itself, then backwards. Where pages or time run out, the time that was not reached is told.
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Annotated, Any, Literal
from weakref import WeakKeyDictionary

from pydantic import Field

from fa2.core.budgets import Estimate
from fa2.core.deadlines import Deadline, DeadlinePassed
from fa2.core.windows import TimeWindow, iso
from fa2.sources.aws.answers import MalformedAnswer, as_json
from fa2.sources.aws.asking import Ask, Look
from fa2.sources.aws.permissions import Permission
from fa2.sources.aws.settings import Region, SourceSettings
from fa2.sources.aws.side_by_side import each
from fa2.sources.local.cloudtrail import changes
from fa2.sources.local.json_values import Json, at, items, micros, text
from fa2.sources.local.row_batches import Row, batches

PACE_S = 0.55
"""Between two calls; two a second are allowed."""
KEPT = timedelta(days=90)
"""How long the event history goes back."""
GLOBAL = frozenset(
    f"{name}.amazonaws.com"
    for name in (
        "iam",
        "sts",
        "cloudfront",
        "route53",
        "route53domains",
        "organizations",
        "globalaccelerator",
        "shield",
    )
)
"""Services of no region: their events are in us-east-1."""
_BACK = (timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6), timedelta(hours=12))


class CloudTrailLookupSettings(SourceSettings):
    """The section [cloudtrail_lookup]."""

    enabled: bool | Literal["auto"] = "auto"  # type: ignore[assignment]  # one choice more than others have
    lead_hours: Annotated[float, Field(ge=0, le=2160)] = 24
    max_pages: Annotated[int, Field(ge=1, le=1000)] = 40
    global_region: Literal[""] | Region = "us-east-1"

    def wanted(self, others: Mapping[str, SourceSettings]) -> bool:
        """Tell whether to ask: where it is "auto", only if no table in Athena is configured."""
        if self.enabled == "auto":
            athena = others.get("cloudtrail_athena")
            return athena is None or not athena.enabled or not getattr(athena, "table", "")
        return self.enabled


Asks = Ask[CloudTrailLookupSettings]


class _Taken:
    """Which regions of which accounts somebody asks within one collection, so that no event comes twice."""

    def __init__(self) -> None:
        self._places: WeakKeyDictionary[Deadline, set[tuple[str, str]]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def take(self, collection: Deadline, account: str, region: str) -> bool:
        """Take a region; false where it was taken before. One collection has one deadline."""
        with self._lock:
            taken = self._places.setdefault(collection, set())
            new = (account, region) not in taken
            taken.add((account, region))
            return new


class CloudTrailLookup:
    """Looks up what changed something, in each region, and for services of no region in us-east-1."""

    name = "cloudtrail_lookup"
    title = "CloudTrail event history"
    service = "cloudtrail"
    tables: tuple[str, ...] = ("changes",)
    settings = CloudTrailLookupSettings

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """clock: tells the time; what the event history keeps depends on it."""
        self._clock = clock
        self._taken = _Taken()

    def permissions(self, settings: CloudTrailLookupSettings, /) -> Sequence[Permission]:
        """Return the one action; it knows no resources."""
        return (Permission("cloudtrail:LookupEvents"),)

    def plan(self, ask: Asks, /) -> Sequence[Estimate]:
        """Return the calls at most; they cost nothing. Asks AWS nothing."""
        self._taken.take(ask.deadline, ask.account.id, ask.account.region)
        calls = len(_pieces(ask)) * ask.settings.max_pages
        return (Estimate(ask.name, f"LookupEvents: {_period(ask)}", usd=0.0, calls=calls),)

    def examine(self, ask: Asks, /) -> None:
        """Look up the latest event of the time that is wanted."""
        period = _period(ask)
        with ask.look(query="LookupEvents", window=period) as look:
            if period.start < self._clock() - KEPT:
                look.partial("cloudtrail_lookup_kept", days=KEPT.days, window=str(period))
            answer = as_json(ask.client().lookup_events(MaxResults=1, StartTime=period.start, EndTime=period.end))
            if at(answer, "Events") is None:
                raise MalformedAnswer("coverage.aws_broken_answer", service=self.service, problem="no Events")
            if latest := items(at(answer, "Events"))[:1]:
                look.note(
                    "note_cloudtrail_latest",
                    name=text(at(latest[0], "EventName")),
                    time=text(at(latest[0], "EventTime")),
                )
            else:
                look.partial("cloudtrail_no_events")

    def collect(self, ask: Asks, planned: Sequence[Estimate], /) -> None:
        """Look up the pieces in turn; a region of global events besides, unless somebody asks it already."""
        places = [_Place(ask.account.region, everything=True)]
        elsewhere = ask.settings.global_region
        if elsewhere and self._taken.take(ask.deadline, ask.account.id, elsewhere):
            places.append(_Place(elsewhere, everything=elsewhere == ask.account.region))
        since = self._clock() - KEPT
        for _ in each(lambda place: _looked_up(ask, place, since), places[:2], at_most=2):
            pass


source = CloudTrailLookup()


@dataclass
class _Place:
    region: str
    everything: bool
    """Whether all its events are wanted, or only those of services of no region."""
    begun: bool = False

    def wait(self, deadline: Deadline) -> None:
        """Wait until the next call may leave. Raises DeadlinePassed."""
        if self.begun:
            deadline.wait(PACE_S)
        self.begun = True


def _period(ask: Asks) -> TimeWindow:
    window = ask.incident.window.window
    return TimeWindow(window.start - timedelta(hours=ask.settings.lead_hours), window.end)


def _pieces(ask: Asks) -> list[TimeWindow]:
    """Return the period in pieces, in the order in which they are asked."""
    period = _period(ask)
    told = ask.incident.alarm.timestamp if ask.incident.alarm else None
    window = ask.incident.window.window
    onset = told if told and told in window else window.start
    edges = [onset, *(onset - back for back in _BACK if onset - back > period.start), period.start]
    before = [TimeWindow(start, end) for end, start in pairwise(edges) if start < end]
    return [*before[:1], TimeWindow(onset, period.end), *before[1:]]


def _looked_up(ask: Asks, place: _Place, since: datetime) -> None:
    """Ask one region for all pieces; what the deadline left is told in a look of its own."""
    pieces = _kept(ask, place, _pieces(ask), since)
    for n, piece in enumerate(pieces):
        try:
            _piece(ask, place, piece)
        except DeadlinePassed:
            _unasked(ask, place, pieces[n + 1 :])
            return


def _kept(ask: Asks, place: _Place, pieces: Sequence[TimeWindow], since: datetime) -> list[TimeWindow]:
    """Return what the event history still holds of the pieces, and tell what it does not."""
    kept = [TimeWindow(max(p.start, since), p.end) for p in pieces if p.end > since]
    if any(p.start < since for p in pieces):
        gone = TimeWindow(min(p.start for p in pieces), min(since, max(p.end for p in pieces)))
        with ask.look(table="changes", query=_shown(place, gone), window=gone) as look:
            look.skip("cloudtrail_lookup_kept", days=KEPT.days, window=str(gone))
    return kept


def _unasked(ask: Asks, place: _Place, pieces: Sequence[TimeWindow]) -> None:
    for piece in pieces:
        with ask.look(table="changes", query=_shown(place, piece), window=piece) as look:
            look.skip("cloudtrail_lookup_unreached", window=str(piece))


def _piece(ask: Asks, place: _Place, piece: TimeWindow) -> None:
    with ask.look(table="changes", query=_shown(place, piece), window=piece) as look:
        reached = piece.end
        try:
            for page in _pages(ask, place, piece, look):
                reached = min(reached, _oldest(page) or reached)
                for rows in batches("changes", _rows(page, place, piece, look)):
                    look.add(rows)
            return
        except DeadlinePassed:
            _tell_unreached(look, piece, reached)
            raise
        except _PagesSpent:
            look.truncated()
            _tell_unreached(look, piece, reached)


class _PagesSpent(Exception):
    """As many pages as a piece may have were fetched, and there are more."""


def _tell_unreached(look: Look, piece: TimeWindow, reached: datetime) -> None:
    if piece.start < reached:
        look.partial("cloudtrail_lookup_unreached", window=str(TimeWindow(piece.start, reached)))


def _pages(ask: Asks, place: _Place, piece: TimeWindow, look: Look) -> Iterator[Json]:
    """Yield the answers of a piece, at the pace that is allowed.

    Raises _PagesSpent where there are more, and MalformedAnswer.
    """
    client = ask.account.client("cloudtrail", place.region)
    asked: dict[str, Any] = {**_request(piece), "MaxResults": 50}
    seen: set[str] = set()
    for _ in range(ask.settings.max_pages):
        place.wait(ask.deadline)
        answer = client.lookup_events(**asked)
        if not isinstance(answer.get("Events"), list):
            raise MalformedAnswer("coverage.aws_broken_answer", service="cloudtrail", problem="no Events")
        token = answer.pop("NextToken", None)
        yield as_json(answer)
        if not token:
            return
        if token in seen:
            raise MalformedAnswer("coverage.aws_endless_pages", operation="cloudtrail:LookupEvents")
        seen.add(token)
        asked["NextToken"] = token
    raise _PagesSpent


def _request(piece: TimeWindow) -> dict[str, Any]:
    """Return the request of a piece; both ends are included, and events have whole seconds."""
    last = piece.end - timedelta(microseconds=1)
    return {
        "LookupAttributes": [{"AttributeKey": "ReadOnly", "AttributeValue": "false"}],
        "StartTime": piece.start.replace(microsecond=0),
        "EndTime": max(last.replace(microsecond=0), piece.start.replace(microsecond=0)),
    }


def _rows(page: Json, place: _Place, piece: TimeWindow, look: Look) -> Iterator[Row]:
    """Yield the changes of a page that are of the piece and, where only those are wanted, of services of no region."""
    events = items(at(page, "Events"))
    wanted = [event for event in events if place.everything or text(at(event, "EventSource")) in GLOBAL]
    if len(wanted) < len(events):
        look.gaps.add("note_cloudtrail_elsewhere", len(events) - len(wanted), place.region)
    for row in changes([{"Events": wanted}], look.gaps):
        us = row["timestamp"]
        if isinstance(us, int) and datetime.fromtimestamp(us / 1e6, UTC) in piece:
            yield row


def _oldest(page: Json) -> datetime | None:
    times = [us for event in items(at(page, "Events")) if (us := micros(at(event, "EventTime"))) is not None]
    with suppress(OverflowError, ValueError):
        return datetime.fromtimestamp(min(times) / 1e6, UTC) if times else None
    return None


def _shown(place: _Place, piece: TimeWindow) -> str:
    """Return the same request as a command that a person can run."""
    asked = _request(piece)
    return (
        f"aws cloudtrail lookup-events --region {place.region} --lookup-attributes AttributeKey=ReadOnly,"
        f"AttributeValue=false --start-time {iso(asked['StartTime'])} --end-time {iso(asked['EndTime'])}"
    )
