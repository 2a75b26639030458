"""Runs an analyser on a scene and holds every observation to what all observations promise."""

from __future__ import annotations

from datetime import UTC

from bundles import Scene
from fa2.core.messages import LANGUAGES, Value, catalogue
from fa2.core.observations import Observation
from fa2.core.ports import Analyser
from fa2.core.telemetry import Telemetry


def observed(analyser: Analyser, scene: Scene) -> list[Observation]:
    """Return what an analyser sees in a scene, after checking what all analysers promise."""
    with scene.telemetry() as telemetry:
        found = list(analyser(telemetry))
        for observation in found:
            assert_promises(telemetry, observation)
    with scene.telemetry() as telemetry:
        assert found == list(analyser(telemetry)), "the same bundle gives the same observations"
    return found


def assert_promises(telemetry: Telemetry, observation: Observation) -> None:
    """Check that evidence is the same when asked again and holds each number and time of the statement."""
    assert observation.evidence
    for evidence in observation.evidence:
        assert telemetry.ask(evidence.query) == evidence
    cited = {evidence.id: evidence for evidence in observation.evidence}
    for name, value in observation.statement.values.items():
        if name in observation.cells:
            cell = observation.cells[name]
            assert cited[cell.evidence].cell(cell.row, cell.column) == value
        else:
            assert value is None or isinstance(value, str), f"{name} has no cell"
            assert value is None or any(value.rstrip("…") in text for text in _texts(observation)), name
    for language in LANGUAGES:
        assert catalogue(language).render(observation.statement)
    assert 0.0 <= observation.strength <= 1.0
    assert all(0.0 <= weight <= 1.0 for weight in observation.mechanisms.values())
    assert observation.onset is None or observation.onset.tzinfo is UTC


def _texts(observation: Observation) -> list[str]:
    """Return all texts in the evidence; patterns as they stand in their regular expressions too."""
    values: list[Value] = []
    for evidence in observation.evidence:
        values += evidence.query.parameters.values()
        values += [value for row in evidence.rows for value in row]
    texts = [str(value) for value in values]
    if "pattern" in observation.statement.values:
        from fa2.logs.bundles.membership import stands_for

        pattern = str(observation.statement.values["pattern"])
        texts += [pattern for e in observation.evidence if stands_for(pattern, e.query.parameters)]
    return texts


def only(found: list[Observation]) -> Observation:
    """Return the one observation there is."""
    assert len(found) == 1, [o.statement for o in found]
    return found[0]
