"""Puts the parts together: entry points to objects, a path to a bundle, stages to a pipeline."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from fa2.analysers.call_graph import call_graph
from fa2.analysers.charts import charts
from fa2.analysers.fitting_documents import MOST, fitting_documents
from fa2.analysers.incident_window import baselines_for, data_range, find_window
from fa2.analysers.pattern_table import pattern_table
from fa2.core.analysis import Analysis, Exhibits
from fa2.core.bundle import Bundle, is_bundle, opened
from fa2.core.coverage import CoverageEntry, problem
from fa2.core.errors import UnusableInput
from fa2.core.incident import Incident, Span
from fa2.core.messages import Language
from fa2.core.observations import Observation
from fa2.core.ports import Analyser, LocalSource, Renderer, Watcher, ZonedSource
from fa2.core.ranked import Ranking
from fa2.core.report import Report
from fa2.core.tables import READABLE, TABLES
from fa2.core.telemetry import Telemetry
from fa2.core.windows import TimeWindow
from fa2.logs.bundles.bundle_patterns import chart_range
from fa2.narrators.how_to_get import BundlePlace
from fa2.narrators.rules import narrate
from fa2.pipeline import Stages
from fa2.ranking.suspects import rank_suspects
from fa2.ranking.verdict import rank

if TYPE_CHECKING:
    from fa2.sources.documents.collecting import DocumentPlace
    from fa2.stores.bundle_folder import BundleWriter


@dataclass(frozen=True)
class Request:
    """What the user said beyond the path; whatever is null is taken from the bundle or found."""

    window: TimeWindow | None = None
    baselines: Sequence[TimeWindow] = ()
    question: str | None = None
    zone: tzinfo = UTC
    """For log lines whose times name no zone."""
    documents: DocumentPlace | None = None
    """A folder of runbooks that is taken along when exports are collected."""


def _plugins(group: str) -> dict[str, Any]:
    return {point.name: point.load() for point in entry_points(group=f"fa2.{group}")}


def local_sources(zone: tzinfo = UTC) -> list[LocalSource]:
    """Return the registered readers of exported files, by name; `zone` is for times that name none."""
    found = [cast(LocalSource, source) for _, source in sorted(_plugins("local_sources").items())]
    return [source.assuming(zone) if isinstance(source, ZonedSource) else source for source in found]


def renderer(name: str) -> Renderer:
    """Return the renderer of a format. Raises UnusableInput for one that is not registered."""
    found = {point.name: point for point in entry_points(group="fa2.renderers")}
    if name not in found:
        raise UnusableInput("errors.format", name=name, known=", ".join(sorted(found)))
    return cast(Renderer, found[name].load())


def stages(*, documents: int = MOST) -> Stages:
    """Return the stages of an investigation without a model; `documents` are told at most."""
    analysers = cast(dict[str, Analyser], _plugins("analysers"))
    exhibit = partial(_exhibit, documents=documents)
    return Stages(analysers=analysers, graph=call_graph, exhibit=exhibit, rank=_rank, narrate=_narrate)


def _exhibit(telemetry: Telemetry, observations: Sequence[Observation], *, documents: int) -> Exhibits:
    return Exhibits(
        chart_range=chart_range(telemetry),
        patterns=tuple(pattern_table(telemetry)),
        charts=tuple(charts(telemetry, observations)),
        documents=fitting_documents(
            telemetry,
            observations,
            rank_suspects(observations, telemetry.derived(call_graph)),
            at_most=documents,
        ),
    )


def _rank(analysis: Analysis) -> Ranking:
    return rank(
        analysis.observations,
        analysis.graph,
        analysis.incident.window.window,
        tables=[table for table in analysis.tables if table not in analysis.silent],
        has_baseline=analysis.has_normal,
    )


def _narrate(analysis: Analysis, ranking: Ranking, language: Language, named: str) -> Report:
    return narrate(analysis, ranking, language=language, named=named, place=place_of(Path(named)))


def place_of(path: Path) -> BundlePlace:
    """Return where a person finds the bundle of what was named, and how to make it where it is none."""
    if not is_bundle(path):
        folder = f"{path.resolve().name or 'fa2'}.bundle"
        return BundlePlace(folder, made_by=f"fa2 collect {shlex.quote(str(path))} --output {shlex.quote(folder)}")
    if path.is_dir():
        return BundlePlace(str(path), frozenset(name for name in READABLE if (path / name).is_dir()))
    return BundlePlace(path.stem, made_by=f"unzip -n {shlex.quote(str(path))} -d {shlex.quote(path.stem)}")


@contextmanager
def as_bundle(path: Path, request: Request, watch: Watcher) -> Iterator[Bundle]:
    """Open what a path names: a bundle, or a folder or file of exports, collected to a temporary bundle.

    Raises UnusableInput when there is nothing there, or nothing in it can be read.
    """
    if is_bundle(path):
        with opened(path) as bundle:
            yield replace(bundle, incident=_asked(bundle.incident, request))
    else:
        with tempfile.TemporaryDirectory(prefix="fa2-") as scratch:
            yield collect_bundle(path, Path(scratch) / "bundle", request, watch)


def collect_bundle(path: Path, folder: Path, request: Request, watch: Watcher) -> Bundle:
    """Collect a folder or file of exports into a new bundle at `folder` and return it.

    Raises UnusableInput when there is nothing at the path, no file of it could be read, or the folder
    already holds a bundle.
    """
    from fa2.sources.local.collecting import collect, recorded_incident
    from fa2.stores.bundle_folder import BundleWriter

    with BundleWriter(folder) as writer:
        coverage = collect(path, writer, sources=local_sources(request.zone), watch=watch)
        if not writer.tables:
            raise UnusableInput("errors.nothing_read", path=str(path), reason=_reason(coverage))
        recorded = recorded_incident(path) if path.is_dir() else None
        coverage += _documents(path, request, _asked(recorded or _EVER, request), writer)
        tables = writer.tables
        writer.close()
        if recorded:
            incident = _asked(recorded, request)
        else:
            incident, note = _found(path, folder, tables, request)
            coverage += [note] if note else []
        writer.finish(incident, coverage)
    return Bundle(folder, incident, tuple(coverage), tables)


def _documents(path: Path, request: Request, incident: Incident, writer: BundleWriter) -> list[CoverageEntry]:
    """Take the folder of documents along, unless it lies among the exports: then its files were read already."""
    from fa2.sources.documents.collecting import collect_documents

    place = request.documents
    if place is None or place.folder.resolve().is_relative_to(path.resolve()):
        return []
    return collect_documents(place, incident, writer)


@contextmanager
def logs_of(paths: Sequence[Path], zone: tzinfo, watch: Watcher) -> Iterator[Bundle]:
    """Open the logs of bundles, and of files and folders of exports, as one bundle; no window is looked for.

    Its coverage says what was read. Raises UnusableInput when there is nothing at a path, or nothing in
    any of them can be read.
    """
    with ExitStack() as open_bundles, tempfile.TemporaryDirectory(prefix="fa2-") as scratch:
        bundles = [
            open_bundles.enter_context(opened(path))
            if is_bundle(path)
            else _collected(path, Path(scratch) / str(n), zone, watch)
            for n, path in enumerate(paths)
        ]
        coverage = tuple(entry for bundle in bundles for entry in bundle.coverage)
        tables = tuple(name for name in TABLES if any(name in bundle.tables for bundle in bundles))
        if not tables:
            raise UnusableInput("errors.nothing_read", path=str(paths[0]), reason=_reason(coverage))
        together = Path(scratch) / "together"
        parts = together / "logs"
        parts.mkdir(parents=True)
        for n, file in enumerate(file for bundle in bundles for file in bundle.files("logs")):
            (parts / f"{n:06}.parquet").symlink_to(file.resolve())
        yield Bundle(together, _EVER, coverage, tuple(name for name in tables if name == "logs"))


_EVER = Incident(
    format="fa2.bundle/1",
    id="logs",
    window=Span(start=datetime(1, 1, 1, tzinfo=UTC), end=datetime(9999, 12, 31, tzinfo=UTC)),
)


def _collected(path: Path, folder: Path, zone: tzinfo, watch: Watcher) -> Bundle:
    from fa2.sources.local.collecting import collect
    from fa2.stores.bundle_folder import BundleWriter

    with BundleWriter(folder) as writer:
        coverage = collect(path, writer, sources=local_sources(zone), watch=watch)
    return Bundle(folder, _EVER, tuple(coverage), writer.tables)


def _reason(coverage: Sequence[CoverageEntry]) -> str:
    first = next((entry for entry in coverage if entry.error), None)
    return f"{first.source}: {first.error.message}" if first and first.error else ""


def _asked(incident: Incident, request: Request) -> Incident:
    """Return the incident with what the user asked for put in its place."""
    update: dict[str, object] = {}
    if request.window:
        update["window"] = Span.of(request.window)
    if request.baselines:
        update["baseline"] = [Span.of(w) for w in request.baselines]
    if request.question:
        update["question"] = request.question
    return incident.model_copy(update=update)


def _found(path: Path, folder: Path, tables: Sequence[str], request: Request) -> tuple[Incident, CoverageEntry | None]:
    """Return the incident of a folder of exports: the window asked for, or the one with the most trouble.

    With it comes a note for coverage that says how the window came about, where nobody asked for it.
    """
    note = None
    everything = Span(start="1970-01-01T00:00:00Z", end="9999-01-01T00:00:00Z")  # type: ignore[arg-type]  # parsed
    provisional = Incident(format="fa2.bundle/1", id=path.resolve().name, window=everything)
    with Telemetry.of(Bundle(folder, provisional, (), tuple(tables))) as telemetry:
        covered = data_range(telemetry)
        if covered is None:
            raise UnusableInput("errors.no_times", path=str(path))
        if request.window:
            window, baselines = request.window, baselines_for(request.window, covered)
        else:
            found = find_window(telemetry, covered)
            window, baselines = found.window, list(found.baselines)
            reason = problem("note_window_found" if found.troubled else "note_window_chosen")
            note = CoverageEntry(source=path.resolve().name, window=Span.of(window), status="ok", error=reason)
    incident = provisional.model_copy(
        update={
            "title": path.resolve().name,
            "question": request.question or "",
            "window": Span.of(window),
            "baseline": [Span.of(w) for w in request.baselines or baselines],
        }
    )
    return incident, note
