"""The fields of one row that CloudWatch Logs Insights' `pattern` or `diff` gave, each read with care."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import orjson

from fa2.core.ports import Gaps

_DIFFERENCES = ("@diffEventCount", "@differenceEventCount", "@eventCountDifference", "@diffCount")
_DESCRIPTIONS = ("@differenceDescription", "@diffDescription")
_COUNTS = ("@sampleCount", "@eventCount", "@count")
_MOST = 1 << 62


@dataclass(frozen=True)
class TokenField:
    """A varying place as @tokens tells it."""

    name: str
    """As CloudWatch names it, `IPAddress-3`; empty when it does not."""
    values: tuple[tuple[str, int], ...]
    """The most frequent first, then by text."""


@dataclass(frozen=True)
class Histogram:
    """When the events of a pattern came."""

    counts: Mapping[int, int]
    """By the start of an interval, seconds since 1970."""
    step_s: int
    """The least distance of two starts; 0 when there is only one."""


@dataclass(frozen=True)
class Fields:
    """One row that has a pattern and a count."""

    pattern: str
    count: int
    values: Mapping[str, str]

    @classmethod
    def of(cls, row: Sequence[Mapping[str, str]], gaps: Gaps) -> Fields | None:
        """Return the fields of a row; null, and counted as cloudwatch_row, without a pattern or a count."""
        values = {str(f.get("field")): str(f["value"]) for f in row if isinstance(f, Mapping) and "value" in f}
        count = next((n for name in _COUNTS if (n := _whole(values.get(name))) is not None), None)
        if not values.get("@pattern") or count is None or count < 0:
            gaps.add("cloudwatch_row", 1, str(values))
            return None
        return cls(values["@pattern"], count, values)

    @property
    def id(self) -> str:
        """CloudWatch's own id; empty when there is none."""
        return self.values.get("@PatternId", "")

    @property
    def ratio(self) -> float:
        """Share of all events, 0 to 1; 0 when it is not told."""
        try:
            told = float(self.values.get("@ratio", "0"))
        except ValueError:
            return 0.0
        return told if 0 <= told <= 1 else 0.0

    @property
    def severity(self) -> str:
        """As CloudWatch has it; empty when there is none."""
        return self.values.get("@severityLabel", "").upper()

    @property
    def has_tokens(self) -> bool:
        """Whether @tokens is there."""
        return bool(self.values.get("@tokens"))

    def token_fields(self, gaps: Gaps | None = None) -> list[TokenField]:
        """Return the varying places in order; counts cloudwatch_tokens when they cannot be read."""
        if not self.has_tokens:
            return []
        listed = _list(_parsed(self.values["@tokens"]))
        found = [token for token in listed if isinstance(token, dict) and _is_dynamic(token)]
        if gaps is not None and (not listed or not all(isinstance(token, dict) for token in listed)):
            gaps.add("cloudwatch_tokens", 1, self.values["@tokens"])
        found.sort(key=lambda token: _whole(token.get("dynamicTokenPosition")) or 0)
        return [TokenField(str(token.get("inferredTokenName") or ""), _values(token)) for token in found]

    def samples(self, gaps: Gaps) -> tuple[str, ...]:
        """Return events of the pattern; counts cloudwatch_samples when they cannot be read."""
        told = self.values.get("@logSamples")
        if not told:
            return ()
        found = tuple(_samples(_list(_parsed(told))))
        if not found:
            gaps.add("cloudwatch_samples", 1, told)
        return found

    def related(self) -> tuple[str, ...]:
        """Return CloudWatch's ids of patterns near in time."""
        listed = _list(_parsed(self.values.get("@relatedPattern", "[]")))
        return tuple(str(other.get("patternId", "")) if isinstance(other, dict) else str(other) for other in listed)

    def histogram(self, gaps: Gaps) -> Histogram | None:
        """Return when its events came; null when that is not told. Counts cloudwatch_histogram when it cannot be read."""
        told = self.values.get("@visualization")
        if not told:
            return None
        document = _parsed(told)
        mapping = document.get("timeWindowCountMapping") if isinstance(document, dict) else None
        counts = {_seconds(time): _whole(n) for time, n in mapping.items()} if isinstance(mapping, dict) else {}
        read = {time: n for time, n in counts.items() if time is not None and n is not None and n >= 0}
        if not read or len(read) < len(counts):
            gaps.add("cloudwatch_histogram", 1, told)
        if not read:
            return None
        return Histogram(read, min((b - a for a, b in pairwise(sorted(read))), default=0))

    def difference(self) -> int | None:
        """Return how many events more, or less, than before; null when it is not told."""
        return next((n for name in _DIFFERENCES if (n := _whole(self.values.get(name))) is not None), None)

    def description(self) -> str:
        """Return CloudWatch's words for the difference."""
        return next((self.values[name] for name in _DESCRIPTIONS if name in self.values), "")


def _is_dynamic(token: Mapping[str, object]) -> bool:
    return token.get("tokenType") == "DYNAMIC" or token.get("isDynamic") is True


def _values(token: Mapping[str, object]) -> tuple[tuple[str, int], ...]:
    told = token.get("enumerations")
    if not isinstance(told, dict):
        return ()
    counts = [(value, n) for value, count in told.items() if (n := _whole(count)) is not None]
    return tuple(sorted(counts, key=lambda pair: (-pair[1], pair[0])))


def _samples(listed: Sequence[object]) -> Iterator[str]:
    for sample in listed:
        told = (
            next((sample[k] for k in ("logEvent", "message") if k in sample), None)
            if isinstance(sample, dict)
            else sample
        )
        if isinstance(told, str):
            yield told


def _parsed(written: str) -> object:
    try:
        return orjson.loads(written)
    except orjson.JSONDecodeError:
        return None


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _whole(value: object) -> int | None:
    """Return a whole number as JSON or text has it."""
    try:
        found = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    except (ValueError, OverflowError):
        return None
    return int(found) if found is not None and abs(found) < _MOST and found == int(found) else None


def _seconds(time: object) -> int | None:
    """Return an epoch, in seconds or milliseconds, as seconds."""
    found = _whole(time)
    if found is None or not 0 < found < 1 << 53:
        return None
    return found // 1000 if found >= 100_000_000_000 else found
