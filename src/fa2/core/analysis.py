"""What analysing a bundle gives: observations, the call graph, and what a report shows of the data."""

from __future__ import annotations

from dataclasses import dataclass

from fa2.core.coverage import CoverageEntry
from fa2.core.graph import CallGraph
from fa2.core.incident import Incident
from fa2.core.observations import Observation
from fa2.core.report import Chart, PatternRow
from fa2.core.windows import TimeWindow


@dataclass(frozen=True)
class FittingDocument:
    """A section of a document that fits what was found."""

    observation: Observation
    """The sentences that matched, with their evidence."""
    title: str
    """Titles from the document's down to the section's."""
    url: str | None
    terms: tuple[str, ...]
    """What it was found by, the most telling first."""


@dataclass(frozen=True)
class DocumentSearch:
    """What looking through the documents gave."""

    searched: int
    """Rows of the table documents."""
    fitting: tuple[FittingDocument, ...]
    """Best first; none where nothing fits."""


@dataclass(frozen=True)
class Exhibits:
    """What a report shows beside its claims."""

    chart_range: TimeWindow
    patterns: tuple[PatternRow, ...]
    charts: tuple[Chart, ...]
    """Their ids are those of the evidence that they picture, where there is one."""
    documents: DocumentSearch | None = None
    """Null where no documents were collected."""


@dataclass(frozen=True)
class Analysis:
    """The outcome of analysing a bundle."""

    incident: Incident
    tables: tuple[str, ...]
    """Collected tables, in the order of bundle-format.md."""
    silent: tuple[str, ...]
    """Those of MEASURED among them without a row in the window: nothing can be told from them."""
    has_normal: bool
    """Whether any of MEASURED has a row in a baseline."""
    coverage: tuple[CoverageEntry, ...]
    observations: tuple[Observation, ...]
    graph: CallGraph
    exhibits: Exhibits
