"""The report: one structure, no language. English and Japanese are rendered from it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from fa2.core.coverage import CoverageEntry
from fa2.core.incident import Alarm, Model, Span, UtcTime
from fa2.core.messages import Language, Value

Verdict = Literal["incident", "no_incident", "inconclusive"]
Level = Literal["high", "medium", "low", "unknown"]
Section = Literal["summary", "cause", "impact", "change", "security", "log", "metric", "trace", "document", "note"]


ModelSection = Literal["summary", "cause", "impact", "timeline", "action", "prevention", "hypothesis"]


class Said(Model):
    """A statement: the key of a message, the values in it, and its text in the report's language."""

    key: str
    values: dict[str, Value] = Field(default_factory=dict)
    text: str = ""
    """Filled in by the JSON renderer, from key and values."""


class CellRef(Model):
    """Where a value of a claim stands in its evidence."""

    evidence: str
    row: int
    column: str


class Claim(Said):
    """A statement that rests on evidence."""

    id: str
    section: Section
    service: str | None = None
    evidence: list[str]
    """Ids of evidence, never empty."""
    cells: dict[str, CellRef] = Field(default_factory=dict)
    """For each number and time in `values`, the cell that holds it."""


class EvidenceRecord(Model):
    """A query on the bundle and what came back."""

    id: str
    table: str
    sql: str
    """DuckDB SQL over the bundle's tables, parameters as $name."""
    parameters: dict[str, Value] = Field(default_factory=dict)
    columns: list[str]
    rows: list[list[Value]]
    """Times as ISO 8601 text in UTC."""
    how_to_get: list[str] = Field(default_factory=list)
    """Commands that get it oneself: duckdb on the bundle, then AWS's CLI where it came from AWS."""


class Suspect(Model):
    """A possible cause."""

    service: str
    resource: str | None = None
    mechanism: str | None = None
    """A name of the mechanism rules, such as throttling; null when unknown."""
    score: float
    """0 to 1; only the order and the distance to the next mean something."""
    evidence: list[str]
    """Ids of the evidence that speaks for it."""
    claims: list[str] = Field(default_factory=list)
    """Ids of the claims that speak for it."""
    against: list[str] = Field(default_factory=list)
    """Ids of the claims that speak against it."""
    onset: UtcTime | None = None
    rests_on: list[str] = Field(default_factory=list)
    """Tables without which it would not be the first suspect; empty for one that stays first."""
    path: list[str] = Field(default_factory=list)
    """Services from where users enter to the suspect, along calls."""


class Rated(Model):
    """A level and why."""

    level: Level
    reasons: list[Said]


class TimelineEntry(Model):
    """Something that happened, in the order of time."""

    time: UtcTime
    claim: str
    """Id of the claim that tells it."""
    service: str | None = None
    kind: Literal["change", "log", "metric", "trace", "finding", "alarm"]


class Action(Said):
    """Something to do."""

    kind: Literal["now", "prevent", "settle"]
    """now: recommended; prevent: against a repeat; settle: would decide what is open."""
    claims: list[str] = Field(default_factory=list)


class PatternRow(Model):
    """One log pattern in the table of the report."""

    id: str
    pattern: str
    service: str | None
    source: str | None = None
    level: str | None
    change: Literal["new", "surged", "dropped", "gone", "steady"]
    window_count: int
    baseline_count: int
    expected_count: float
    """What the baseline's rate gives for the length of the window."""
    first_seen: UtcTime | None
    histogram: list[int]
    """Lines per interval over the report's chart range."""
    sample: str = ""
    claim: str | None = None


class Chart(Model):
    """One measured series over the chart range, to be drawn with window and baseline shaded."""

    id: str
    title: Said
    service: str | None
    resource: str | None = None
    unit: str | None
    times: list[UtcTime]
    values: list[float | None]
    onset: UtcTime | None = None
    normal_low: float | None = None
    normal_high: float | None = None
    claim: str | None = None


class MapNode(Model):
    """One service on the service map."""

    service: str
    state: Literal["suspect", "affected", "normal", "unknown"]
    claims: list[str] = Field(default_factory=list)


class MapEdge(Model):
    """Caller calls callee."""

    caller: str
    callee: str
    failing: bool = False
    """On the path from where users enter to the first suspect."""


class ServiceMap(Model):
    """The part of the call graph that the incident touches."""

    nodes: list[MapNode] = Field(default_factory=list)
    edges: list[MapEdge] = Field(default_factory=list)
    hidden: int = 0
    """Services left out because nothing happened there."""


class ChangeVerdict(Model):
    """A change, and whether it may have caused the incident."""

    claim: str
    """Id of the claim that tells the change."""
    related: bool
    score: float
    reason: Said
    """Why it is held to be related, or why it was cleared."""

    @property
    def judgement(self) -> Literal["yes", "no", "open"]:
        """Whether it may be the cause; open where nothing began that it could have caused."""
        return "yes" if self.related else "open" if self.reason.key.endswith(".no_onset") else "no"


class DocumentReference(Model):
    """A section of a document that fits; its claim says what stands there."""

    claim: str
    id: str
    """The document as the bundle names it, and where in it."""
    title: str
    """Titles from the document's down to the section's."""
    url: str | None = None
    terms: list[str] = Field(default_factory=list)
    """What it was found by, the most telling first."""


class FoundDocuments(Model):
    """What looking through the documents gave."""

    searched: int
    """How many rows there were."""
    fitting: list[DocumentReference] = Field(default_factory=list)
    """Best first."""


class Security(Model):
    """Whether it is a security incident."""

    answer: Literal["yes", "no", "unclear"]
    reason: Said
    claims: list[str] = Field(default_factory=list)


class ModelClaim(Model):
    """A statement of the model's that its evidence bears out, in the report's language."""

    id: str
    """M and a number."""
    text: str
    section: ModelSection
    evidence: list[str]
    """Ids of evidence, never empty."""


class StruckClaim(Model):
    """A statement of the model's that was struck, and why."""

    text: str
    section: str
    evidence: list[str]
    reason: Said


class Hypothesis(Model):
    """What the model held possible, and how it ended."""

    id: str
    """H and a number."""
    text: str
    service: str | None = None
    """A service of the tables; null where it named none or one that is not there."""
    mechanism: str | None = None
    status: Literal["confirmed", "rejected", "inconclusive"]
    speaking: list[str] = Field(default_factory=list)
    """Ids of the model's claims for it."""
    against: list[str] = Field(default_factory=list)
    """Ids of the model's claims against it."""
    settles: str = ""
    """What would decide it, where it is open."""


class ModelSuspect(Model):
    """A service on the model's own list of suspects."""

    service: str
    mechanism: str | None = None
    claims: list[str] = Field(default_factory=list)
    """Ids of the model's claims that it rests on; one without any is not listed."""


class ModelUsage(Model):
    """What asking the model took."""

    requests: int = 0
    tool_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    usd: float | None = None
    """At list prices; null where nobody knows."""
    seconds: float = 0.0


class ModelAnalysis(Model):
    """What a language model added. Each statement in it was held to its evidence by code."""

    outcome: Literal["complete", "partial", "nothing"]
    """partial: a limit ended it; nothing: no claim of its stands, and the report is that of the rules."""
    ended: Said
    """Why it ended, with the remedy where there is one."""
    models: list[str]
    mode: Literal["agent", "single"]
    claims: list[ModelClaim] = Field(default_factory=list)
    struck: list[StruckClaim] = Field(default_factory=list)
    hypotheses: list[Hypothesis] = Field(default_factory=list)
    ranking: list[ModelSuspect] = Field(default_factory=list)
    """Best first; empty where the model named none."""
    agrees: bool | None = None
    """Whether its first suspect is the report's; null where either has none."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Short labels for services on the diagram, checked as claims are."""
    hidden: dict[str, int] = Field(default_factory=dict)
    """How many different secrets and personal data of each kind were kept from the model."""
    usage: ModelUsage = Field(default_factory=ModelUsage)
    run: str | None = None
    """The id of its record, for `fa2 show`."""

    @property
    def kept_share(self) -> float | None:
        """Share of its claims that stand; null where it made none."""
        made = len(self.claims) + len(self.struck)
        return len(self.claims) / made if made else None


class PastIncident(Model):
    """An incident of the past that looks alike: a lead to be checked again, never an answer."""

    id: str
    title: str
    time: UtcTime
    """Start of its window."""
    likeness: float
    """0 to 1."""
    shared: list[str]
    """Patterns and resources that both have, the most telling first."""
    service: str | None = None
    """Its first suspect."""
    mechanism: str | None = None
    feedback: Literal["right", "wrong"] | None = None
    """What a person said of its cause."""
    cause: str = ""
    """The cause in a person's words, where somebody said."""


class Report(Model):
    """What fa2 found."""

    format: Literal["fa2.report/1"] = "fa2.report/1"
    version: str
    """The version of fa2 that wrote it."""
    language: Language
    """The language of `text` in this report."""
    incident: str
    """The id of the incident."""
    title: str
    question: str
    input: str
    """The bundle or folder as it was named on the command line; `fa2 verify` looks there."""
    alarm: Alarm | None = None
    window: Span
    baseline: list[Span]
    verdict: Verdict
    headline: Said
    """What broke and why, in one sentence."""
    verdict_reasons: list[Said] = Field(default_factory=list)
    severity: Rated
    confidence: Rated
    suspects: list[Suspect]
    claims: list[Claim]
    evidence: list[EvidenceRecord]
    timeline: list[TimelineEntry]
    changes: list[ChangeVerdict] = Field(default_factory=list)
    """Most related first."""
    security: Security
    actions: list[Action]
    documents: FoundDocuments | None = None
    """Null where no documents were collected."""
    patterns: list[PatternRow]
    chart_range: Span
    """What charts and histograms show: window and baseline, or the part of it near the window."""
    charts: list[Chart]
    service_map: ServiceMap
    coverage: list[CoverageEntry]
    past: list[PastIncident] = Field(default_factory=list)
    """Most alike first."""
    model: ModelAnalysis | None = None
    """Null where no model was asked."""

    def claim(self, claim_id: str) -> Claim:
        """Return a claim by its id. Raises KeyError when there is none."""
        return {claim.id: claim for claim in self.claims}[claim_id]
