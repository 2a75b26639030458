"""What a log anomaly detector is: which lines it watches, how often, and how long its findings stay visible."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from fa2.core.anomalies import AcceptedAnomaly, Anomaly
from fa2.core.errors import UnusableInput

DetectorState = Literal["INITIALIZING", "TRAINING", "ANALYZING", "PAUSED", "FAILED"]
"""CloudWatch's own words; INITIALIZING until a first line was read."""

FREQUENCIES = (1, 5, 10, 15, 30, 60)
"""Minutes between evaluations that CloudWatch knows too."""
FILTER_CHARS = 1024
LONGEST_BASELINE_DAYS = 14
_NAME = re.compile(r"[\w.-]{1,100}")


class LogEvent(NamedTuple):
    """One message of a log."""

    us: int
    """Microseconds since 1970 in UTC."""
    text: str
    """What is analysed: the message without its time."""
    line: str
    """The message whole, as it stood."""
    source: str
    """Where it was read."""


@dataclass(frozen=True)
class DetectorDefinition:
    """What a user asked for. Raises UnusableInput where a value lies outside its limits."""

    name: str
    """Letters, digits, `_`, `-` and `.`; at most 100."""
    paths: tuple[str, ...]
    """Files or folders, absolute."""
    filter: str = ""
    """A CloudWatch filter pattern; empty for all lines."""
    frequency_min: int = 5
    visibility_days: int = 21
    baseline_days: float | None = None
    """How many days are learned before the first alarm, 14 at most; null for as many as there are, see `learn_days`."""
    zone: str = "UTC"
    """Zone of times that name none, and of the hours and weekdays of the rhythm."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise UnusableInput("detectors.error.name", name=self.name[:120])
        if not self.paths:
            raise UnusableInput("detectors.error.no_paths")
        if self.frequency_min not in FREQUENCIES:
            known = ", ".join(map(str, FREQUENCIES))
            raise UnusableInput("detectors.error.frequency", value=self.frequency_min, known=known)
        if not 7 <= self.visibility_days <= 90:
            raise UnusableInput("detectors.error.visibility", value=self.visibility_days)
        if self.baseline_days is not None and not 0 < self.baseline_days <= LONGEST_BASELINE_DAYS:
            raise UnusableInput("detectors.error.baseline", value=self.baseline_days)
        if len(self.filter) > FILTER_CHARS:
            raise UnusableInput("detectors.error.filter_long", n=len(self.filter), limit=FILTER_CHARS)


@dataclass(frozen=True)
class DetectorStatus:
    """How far a detector is."""

    state: DetectorState = "INITIALIZING"
    reason: str = ""
    """Why it FAILED; empty otherwise."""
    learns_until: datetime | None = None
    """When training is going to end."""
    trained_until: datetime | None = None
    """End of what was learned before the first alarm."""
    first_line: datetime | None = None
    evaluated_until: datetime | None = None
    """End of the last interval that was evaluated; UTC."""
    lines: int = 0
    """Lines that passed the filter, so far."""
    filtered: int = 0
    """Lines that did not."""
    late: int = 0
    """Lines that came after their interval had been evaluated."""
    future: int = 0
    """Lines from a day that has not come yet; they are left out."""
    patterns: int = 0
    advice: tuple[str, ...] = ()
    """Codes of detectors.advice.* that say why a detector does not fit these logs."""


@dataclass(frozen=True)
class DetectorRecord:
    """A detector as it is kept."""

    id: str
    """36 characters, as CloudWatch's ids."""
    definition: DetectorDefinition
    status: DetectorStatus
    created: datetime
    generation: int = 0
    """Counts what was committed; a writer that finds another one than it read has company, and gives up."""


@dataclass(frozen=True)
class FilePosition:
    """How far a file has been read."""

    path: str
    """Where it was found last."""
    reader: str
    """`text`, `json`, or the name of the local source that read it."""
    offset: int
    """Bytes of the unpacked file for text and JSON lines, rows for other readers."""
    fingerprint: str
    """SHA-256 of the file's first `fingerprint_bytes`; tells the same file under another name."""
    fingerprint_bytes: int
    size: int = 0
    """Bytes on disk when it was read."""
    complete: bool = False
    """Whether all of these were read."""


@dataclass(frozen=True)
class Followed:
    """An event and how far its file has been read with it."""

    event: LogEvent
    position: FilePosition


@dataclass(frozen=True)
class Checkpoint:
    """What must be written in one transaction after some lines were worked in."""

    status: DetectorStatus
    parts: Mapping[tuple[str, str], bytes | None]
    """Changed parts of the engine's memory by kind and key; null for one that goes away."""
    positions: Mapping[str, FilePosition] = field(default_factory=dict)
    """By path; files that are gone for good stay until they are forgotten."""


class DetectorKeeper(Protocol):
    """Where a detector's memory, its anomalies and what users decide on them are kept."""

    def parts(self, record: DetectorRecord, /) -> dict[tuple[str, str], bytes]:
        """Return a detector's memory."""
        ...

    def positions(self, record: DetectorRecord, /) -> dict[str, FilePosition]:
        """Return how far each file has been read, by path."""
        ...

    def commit(
        self,
        record: DetectorRecord,
        checkpoint: Checkpoint,
        anomalies: Iterable[Anomaly],
        withdrawn: Iterable[str],
        /,
    ) -> DetectorRecord:
        """Write all of it or nothing. Raises UnusableInput when another process worked on the detector."""
        ...

    def accepted(self, record: DetectorRecord, after: int = 0, /) -> list[tuple[int, AcceptedAnomaly, str]]:
        """Return what was taken for normal since a number: number, what, id of the anomaly."""
        ...

    def anomalies(self, now: datetime, record: DetectorRecord | None = None, /) -> list[Anomaly]:
        """Return anomalies as they are at a moment."""
        ...
