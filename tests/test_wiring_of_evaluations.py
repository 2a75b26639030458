"""Arms put together: rules ask no model, the others have models of their own, and a bound needs prices."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from fa2.core.errors import UnusableInput
from fa2.core.evaluation import Truth
from fa2.core.language_model import Answer, Tokens
from fa2.core.model_run import ModelRun
from fa2.core.report import Report
from fa2.evaluation.scoring import scored
from fa2.investigator.agent import Models
from fa2.investigator.limits import Limits
from fa2.wiring import model
from fa2.wiring.evaluations import ModelArms, investigator, purse
from scenes import outage


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
    with outage().bundle() as bundle:
        named = str(bundle.folder)
        plain = investigated(bundle, "rules")
        further = [investigated(bundle, arm) for arm in ("single", "agent")]
    assert (plain.language, plain.model, plain.past) == ("ja", None, [])
    assert [report.title for report in further] == ["looked further", "looked further"]
    assert [tuple(rest) for _, *rest in made] == [
        ("single", 0.5, named),
        ("agent", 0.5, named),
    ]
    assert [found for found, *_ in made] == models
    assert models[0] is not models[1]


def test_a_bound_needs_the_prices_of_both_models() -> None:
    priced, unknown = Named("a:q", (1e-6, 1e-6)), Named("a:f")
    assert purse(Models(priced, priced), Limits(usd=0.5), 1.0, 0.6).take() is False  # type: ignore[arg-type]
    assert purse(Models(priced, unknown), Limits(), None, 0.0).take() is True  # type: ignore[arg-type]
    with pytest.raises(UnusableInput, match="a:q, a:f"):
        purse(Models(priced, unknown), Limits(), 1.0, 0.0)  # type: ignore[arg-type]


def test_a_model_that_only_errs_leaves_the_rules_report_and_a_record() -> None:
    class Silent(Named):
        def ask(self, *_: object) -> Answer:
            return Answer("Hm.", (), "end", Tokens(100, 5), 0.001)

    kept: list[ModelRun] = []
    silent = Silent("a:silent", (1e-6, 1e-6))
    with_model = ModelArms(
        lambda: Models(silent, silent),  # type: ignore[arg-type]
        Limits(usd=0.5),
        lambda: datetime(2026, 11, 20, tzinfo=UTC),
        kept.append,
    )
    truth = Truth(verdict="incident", service="nowhere")
    with outage().bundle() as bundle:
        report = investigator("en", with_model)(bundle, "agent")
    found = scored(report, truth, case="c", arm="agent", repeat=1)
    assert (found.ending, found.ranked_by, found.run) == ("nothing", "rules", kept[0].id)
    assert found.input_tokens == kept[0].usage.input_tokens > 0
    assert found.usd == pytest.approx(kept[0].usage.usd)
