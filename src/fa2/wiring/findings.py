"""Puts the parts of `fa2 findings` together: a bundle, exported files or AWS itself to one report of findings."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, cast

from fa2.config.sections import Configuration
from fa2.core.bundle import Bundle, is_bundle, opened
from fa2.core.coverage import CoverageEntry
from fa2.core.errors import UnusableInput
from fa2.core.findings_report import LEAST, FindingsReport, Label
from fa2.core.incident import Incident, Span
from fa2.core.ports import LocalSource, Watcher
from fa2.core.windows import TimeWindow
from fa2.findings.reading import Finding, distinct, read_findings
from fa2.findings.reporting import Wanted, findings_report

SOURCES = ("security_hub", "guardduty")
DAYS = 30
"""How far back AWS is asked where nobody says."""
_MOST_DAYS = 90
"""How long GuardDuty keeps findings."""
_EVER = TimeWindow(datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC))
_OTHER_FILES = ("not_recognised", "empty_file")
"""What a file that holds no findings comes to; it is no gap here."""


@dataclass(frozen=True)
class FindingsRequest:
    """What the user asked."""

    days: int | None = None
    least: Label | None = None


def offline_report(paths: Sequence[Path], request: FindingsRequest, watch: Watcher) -> FindingsReport:
    """Return the report on bundles and exported files together.

    Raises UnusableInput when there is nothing at a path, or no findings were collected at any of them.
    """
    found: list[Finding] = []
    coverage: list[CoverageEntry] = []
    ends: list[datetime] = []
    for path in paths:
        with tempfile.TemporaryDirectory(prefix="fa2-") as scratch:
            if is_bundle(path):
                with opened(path) as bundle:
                    found += read_findings(bundle)
                    coverage += [entry for entry in bundle.coverage if entry.table == "findings"]
                    ends.append(bundle.incident.window.end)
            else:
                bundle = _collected(path, Path(scratch) / "bundle", watch)
                found += read_findings(bundle)
                coverage += bundle.coverage
    if not found and not coverage:
        raise UnusableInput("findings_report.error.nothing", path=", ".join(map(str, paths)))
    told = list(distinct(found))
    latest = max([*ends, *(finding.last_seen for finding in told)], default=None)
    return _report(told, coverage, [str(path) for path in paths], request, latest)


def live_report(
    configuration: Configuration, request: FindingsRequest, now: datetime, watch: Watcher
) -> FindingsReport:
    """Return the report on what AWS says now, of all accounts and regions of the configuration.

    Raises UnusableInput when no account can be opened.
    """
    from fa2.wiring.aws import Live, LiveRequest

    days = min(request.days or DAYS, _MOST_DAYS)
    asked = LiveRequest(now=now, window=TimeWindow(now - timedelta(days=days), now))
    with tempfile.TemporaryDirectory(prefix="fa2-") as scratch:
        live = Live(_widened(configuration, days, request.least), watch, sources=SOURCES)
        bundle = live.prepare(asked).collect(Path(scratch) / "bundle", watch)
        inputs = list(dict.fromkeys(entry.source for entry in bundle.coverage))
        return _report(read_findings(bundle), bundle.coverage, inputs, replace(request, days=days), now)


def _report(
    found: Sequence[Finding],
    coverage: Sequence[CoverageEntry],
    inputs: Sequence[str],
    request: FindingsRequest,
    as_of: datetime | None,
) -> FindingsReport:
    wanted = Wanted(tuple(inputs), days=request.days, least=request.least, as_of=as_of)
    return findings_report(found, coverage, wanted)


def _collected(path: Path, folder: Path, watch: Watcher) -> Bundle:
    """Collect the findings among exported files; files of other kinds are passed over."""
    from fa2.sources.local.collecting import collect
    from fa2.stores.bundle_folder import BundleWriter

    with BundleWriter(folder) as writer:
        found = collect(path, writer, sources=_readers(), watch=watch)
        coverage = [entry for entry in found if not (entry.error and entry.error.code in _OTHER_FILES)]
        incident = Incident(format="fa2.bundle/1", id="findings", window=Span.of(_EVER))
        writer.finish(incident, coverage)
    return Bundle(folder, incident, tuple(coverage), writer.tables)


def _readers() -> list[LocalSource]:
    points = entry_points(group="fa2.local_sources")
    readers = [cast(LocalSource, point.load()) for point in sorted(points, key=lambda point: point.name)]
    return [reader for reader in readers if "findings" in reader.tables]


def _widened(configuration: Configuration, days: int, least: Label | None) -> Configuration:
    """Return the settings with the two sources asking for what the report is to hold."""
    hub: dict[str, Any] = {"days": days, **({"min_severity": least} if least else {})}
    duty: dict[str, Any] = {"days": days, **({"min_severity": LEAST[least] / 10} if least else {})}
    changed = {
        name: configuration.of_source(name).model_copy(update=update)
        for name, update in zip(SOURCES, (hub, duty), strict=True)
    }
    return configuration.model_copy(update=changed)
