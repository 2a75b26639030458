"""Arms put together: rules ask no model, the others have models of their own, and a bound needs prices."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fa2.core.bundle import opened
from fa2.core.errors import UnusableInput
from fa2.core.report import Report
from fa2.investigator.agent import Models
from fa2.investigator.limits import Limits
from fa2.wiring import model
from fa2.wiring.evaluations import ModelArms, investigator, purse

QUIET = Path("examples/incidents/quiet")


class Named:
    """A model that is not asked."""

    def __init__(self, name: str, price: tuple[float, float] | None = None) -> None:
        self.name = name
        self.usd_per_token = price


def arms(opened_so_far: list[Models]) -> ModelArms:
    def open_anew() -> Models:
        opened_so_far.append(Models(Named("a:q"), Named("a:f")))  # type: ignore[arg-type]
        return opened_so_far[-1]

    return ModelArms(open_anew, Limits(usd=0.5), lambda: datetime(2026, 11, 20, tzinfo=UTC), lambda _: None)


def test_rules_ask_no_model_and_each_other_investigation_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[Any, ...]] = []

    class Fake:
        def __init__(self, models: Models, mode: str, limits: Limits, named: str, **_: object) -> None:
            made.append((models, mode, limits.usd, named))

        def __call__(self, telemetry: object, report: Report) -> Report:
            return report.model_copy(update={"title": "looked further"})

    monkeypatch.setattr(model, "Investigator", Fake)
    models: list[Models] = []
    investigated = investigator("ja", arms(models))
    with opened(QUIET) as bundle:
        plain = investigated(bundle, "rules")
        further = [investigated(bundle, arm) for arm in ("single", "agent")]
    assert (plain.language, plain.model, plain.past) == ("ja", None, [])
    assert [report.title for report in further] == ["looked further", "looked further"]
    assert [(mode, usd, named) for _, mode, usd, named in made] == [
        ("single", 0.5, str(QUIET)),
        ("agent", 0.5, str(QUIET)),
    ]
    assert [found for found, *_ in made] == models
    assert models[0] is not models[1]


def test_a_bound_needs_the_prices_of_both_models() -> None:
    priced, unknown = Named("a:q", (1e-6, 1e-6)), Named("a:f")
    assert purse(Models(priced, priced), Limits(usd=0.5), 1.0, 0.6).take() is False  # type: ignore[arg-type]
    assert purse(Models(priced, unknown), Limits(), None, 0.0).take() is True  # type: ignore[arg-type]
    with pytest.raises(UnusableInput, match="a:q, a:f"):
        purse(Models(priced, unknown), Limits(), 1.0, 0.0)  # type: ignore[arg-type]
