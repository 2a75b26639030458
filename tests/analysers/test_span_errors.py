"""Failed spans: blamed where the failure began, not where it was passed on."""

from __future__ import annotations

from bundles import Scene, every, minute
from fa2.analysers.span_errors import span_errors
from fa2.core.observations import Observation
from observing import observed, only


def calls(status: str, **more: object) -> Scene:
    scene = Scene()
    for at in every(0.5, -60, 10):
        scene.call(at, "web", "orders", status=status if at >= 1 else "ok", **(more if at >= 1 else {}))
    return scene


def test_a_failure_is_blamed_on_the_callee_where_it_began_and_not_on_callers_that_passed_it_on() -> None:
    found = only(observed(span_errors, calls("fault", error="NullPointerException")))
    assert (found.service, found.role, found.onset) == ("orders", "cause", minute(1))
    assert found.strength > 0.8
    assert found.statement.values["window"] == 18
    assert "code_error" in found.mechanisms


def test_failures_at_the_rate_of_the_baseline_are_nothing() -> None:
    scene = Scene()
    for place, at in enumerate(every(0.2, -60, 10)):
        scene.span(at, status="fault" if place % 10 == 0 else "ok")
    assert observed(span_errors, scene) == []


def test_calls_without_failures_are_nothing() -> None:
    assert observed(span_errors, calls("ok")) == []


def test_a_throttled_call_says_throttling() -> None:
    found = only(observed(span_errors, calls("throttle")))
    assert found.mechanisms["throttling"] == 1.0


def test_client_errors_weigh_less_than_faults() -> None:
    error, fault = (only(observed(span_errors, calls(status))) for status in ("error", "fault"))
    assert error.strength < fault.strength


def lone_call(resource: str, error: str, *, known: bool) -> Observation:
    """Return what is seen of a client span that failed and that nobody answered."""
    scene = Scene()
    for at in every(0.5, -60, 10):
        top = scene.span(at, "web", trace_id=f"t{at}", status="fault" if at >= 0 else "ok")
        scene.span(
            at, "web", trace_id=f"t{at}", parent_id=top, kind="client", operation="call", resource=resource,
            status="fault" if at >= 0 else "ok", error=error if at >= 0 else None,
        )  # fmt: skip
        if known:
            scene.span(at, resource)
    return only(observed(span_errors, scene))


def test_a_failed_call_to_what_writes_no_spans_names_it_and_blames_the_caller() -> None:
    found = lone_call("table/orders", "ProvisionedThroughputExceededException", known=False)
    assert (found.service, found.resource) == ("web", "table/orders")
    assert found.statement.key == "observations.span_error.remote"
    assert "throttling" in found.mechanisms


def test_a_call_that_never_arrived_is_blamed_on_the_service_called() -> None:
    found = lone_call("orders", "connection refused", known=True)
    assert (found.service, found.resource) == ("orders", None)
    assert found.statement.key == "observations.span_error.lost"
    assert found.mechanisms == {"crash": 0.8}


def test_a_call_that_never_arrived_for_want_of_a_name_is_dns() -> None:
    assert set(lone_call("orders", "getaddrinfo ENOTFOUND orders", known=True).mechanisms) == {"dns"}


def test_without_a_baseline_failures_are_told() -> None:
    scene = Scene(baseline=[])
    for at in every(0.5, 0, 10):
        scene.span(at, status="fault")
    assert only(observed(span_errors, scene)).statement.values["baseline"] == 0


def test_a_few_failures_are_no_proof() -> None:
    scene = Scene()
    for at in every(0.5, -60, 10):
        scene.span(at, status="fault" if at in (1.0, 2.0) else "ok")
    assert observed(span_errors, scene) == []


def test_retries_in_one_trace_are_one_failure() -> None:
    scene = Scene()
    for at in every(0.5, -60, 10):
        scene.span(at)
    for try_ in range(30):
        scene.span(3 + try_ / 100, trace_id="one", status="fault", kind="client", resource="db")
    assert observed(span_errors, scene) == []


def test_spans_whose_parents_are_missing_or_themselves_are_counted() -> None:
    scene = Scene()
    for at in every(0.5, 0, 10):
        scene.span(at, "lost", status="fault", parent_id="nowhere")
        scene.span(at, "self", status="fault", span_id=f"me{at}", parent_id=f"me{at}")
    assert {o.service for o in observed(span_errors, scene)} == {"lost", "self"}


def test_a_failure_counts_whatever_its_operation_and_error_are_called() -> None:
    scene = Scene()
    for at in every(0.5, 0, 10):
        scene.span(at, "it's $service", status="fault", operation=None, error='"; DROP TABLE spans; --\n{x}')
    found = only(observed(span_errors, scene))
    assert (found.service, found.statement.values["operation"]) == ("it's $service", None)


def test_nothing_collected_and_nothing_found_give_nothing() -> None:
    assert observed(span_errors, Scene()) == observed(span_errors, Scene().has("spans")) == []
