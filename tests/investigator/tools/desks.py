"""Desks for tests: a tool called with arguments as a model writes them, and its evidence asked again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path

from bundles import Scene
from fa2.core.bundle import opened
from fa2.core.evidence import Evidence
from fa2.core.messages import LANGUAGES, Language, Value, catalogue
from fa2.core.telemetry import Telemetry, evidence_id
from fa2.investigator.desk import Desk, Found, Further, Tool

EXAMPLES = Path(__file__).parents[3] / "examples" / "incidents"
TOOLS: dict[str, Tool] = {point.name: point.load() for point in entry_points(group="fa2.model_tools")}


class Caller:
    """Calls tools on one bundle. What they find is asked again at once, as `fa2 verify` would."""

    def __init__(self, telemetry: Telemetry, language: Language = "en", further: Further | None = None) -> None:
        self.desk = Desk(telemetry, language, further)

    def __call__(self, name: str, /, **arguments: object) -> Found:
        tool = TOOLS[name]
        found = tool(self.desk, tool.arguments.model_validate(arguments))
        for evidence in found.evidence:
            self._holds(evidence)
        for note in found.notes:
            for language in LANGUAGES:
                assert catalogue(language).render(note)
        return found

    def rows(self, name: str, /, **arguments: object) -> list[dict[str, Value]]:
        """Return the rows of the first piece of evidence."""
        return [dict(zip(e.columns, row, strict=True)) for e in self(name, **arguments).evidence[:1] for row in e.rows]

    def _holds(self, evidence: Evidence) -> None:
        again = self.desk.telemetry.ask_untrusted(evidence.query, rows=len(evidence.rows) + 1)
        assert (again.columns, again.rows) == (evidence.columns, evidence.rows)
        assert evidence.id == evidence_id(evidence.query)
        assert all(isinstance(value, str | int | float | bool | None) for value in evidence.query.parameters.values())


@contextmanager
def on(scene: Scene, language: Language = "en") -> Iterator[Caller]:
    """Open a scene as a desk with its tools."""
    with scene.telemetry() as telemetry:
        yield Caller(telemetry, language)


@contextmanager
def on_example(name: str) -> Iterator[Caller]:
    """Open one of the examples as a desk with its tools."""
    with opened(EXAMPLES / name) as bundle, Telemetry.of(bundle) as telemetry:
        yield Caller(telemetry)
