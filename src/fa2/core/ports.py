"""The ports: what a local source, an analyser and a renderer look like from the pipeline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol, runtime_checkable

from fa2.core.messages import Value

if TYPE_CHECKING:
    from fa2.core.observations import Observation
    from fa2.core.report import Report
    from fa2.core.telemetry import Telemetry


@dataclass(frozen=True)
class FileHead:
    """What a local source sees of a file before it says whether it can read it."""

    name: str
    """Path below the folder given, with slashes, compression suffixes (.gz, .zst) taken off."""
    head: bytes
    """The first 64 KiB, unpacked."""
    size: int
    """Bytes on disk."""


@dataclass
class Gaps:
    """What could not be read of one file: counted, with a first example of each."""

    counts: Counter[str] = field(default_factory=Counter)
    """By code; a code is a message of locales/*/coverage.toml with {n} and {example}."""
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, code: str, count: int = 1, example: str = "") -> None:
        """Count something that was not read, or not read as it stood."""
        self.counts[code] += count
        self.examples.setdefault(code, example[:200])


@dataclass(frozen=True)
class Rows:
    """Some rows of one bundle table, by column.

    Columns left out are null. Times are aware datetimes or integers: microseconds since 1970 in UTC.
    All lists have the same length.
    """

    table: str
    columns: Mapping[str, Sequence[object]]


class LocalFile(Protocol):
    """A file to be read."""

    @property
    def name(self) -> str:
        """As in FileHead."""
        ...

    @property
    def path(self) -> Path:
        """Where it lies on disk; perhaps compressed."""
        ...

    def open(self) -> IO[bytes]:
        """Return a stream of the unpacked bytes."""
        ...


class LocalSource(Protocol):
    """Reads one kind of exported file into bundle tables.

    Registered as an entry point in the group fa2.local_sources; the object named there is an instance.
    """

    name: str
    """Stands in coverage as the reader."""
    tables: tuple[str, ...]
    """The bundle tables it writes to."""

    def recognise(self, head: FileHead) -> float:
        """Return how surely the file is of this kind by its content: 0 not at all, 1 certainly."""
        ...

    def read(self, file: LocalFile, gaps: Gaps) -> Iterator[Rows]:
        """Yield the file's rows in batches of up to some ten thousands; count in `gaps` what is lost.

        Never holds the whole of a large log file. Raises UnusableInput when the file as a whole turns
        out to be unreadable; rows that were yielded before are kept.
        """
        ...


@runtime_checkable
class ZonedSource(LocalSource, Protocol):
    """A local source that can be told in which zone times are that name none."""

    def assuming(self, zone: tzinfo, /) -> LocalSource:
        """Return the same source for another zone than UTC."""
        ...


class Analyser(Protocol):
    """Reads the bundle's tables and gives observations.

    Registered as an entry point in the group fa2.analysers: a function.
    No network, no clock, no chance: the same bundle gives the same observations in the same order.
    """

    def __call__(self, telemetry: Telemetry, /) -> Iterable[Observation]: ...


class Renderer(Protocol):
    """Turns a report into one format. Registered as an entry point in the group fa2.renderers."""

    def __call__(self, report: Report, /) -> str: ...


@dataclass(frozen=True)
class Progress:
    """How far a long piece of work is."""

    stage: str
    done: int
    total: int | None
    values: Mapping[str, Value] = field(default_factory=dict)


class Watcher(Protocol):
    """Is told how far work has come; draws nothing when nobody watches."""

    def __call__(self, progress: Progress, /) -> None: ...
