"""Which series answer a question, in what order, and why."""

from __future__ import annotations

import pytest

from fa2.core.insight import SeriesName
from fa2.core.messages import LANGUAGES, Statement, catalogue
from fa2.insights.choosing import ByRules, read_from


def series(namespace: str, name: str, stat: str = "Average", **dimensions: str) -> SeriesName:
    service = next(iter(dimensions.values()), None)
    return SeriesName(namespace, name, tuple(sorted(dimensions.items())), stat, service)


LISTED = [
    series("AWS/Lambda", "Duration", "p99", FunctionName="checkout"),
    series("AWS/Lambda", "Duration", "p99", FunctionName="mails"),
    series("AWS/Lambda", "Errors", "Sum", FunctionName="checkout"),
    series("AWS/Lambda", "Invocations", "Sum", FunctionName="checkout"),
    series("AWS/RDS", "CPUUtilization", DBInstanceIdentifier="stock"),
    series("AWS/RDS", "FreeableMemory", "Minimum", DBInstanceIdentifier="stock"),
    series("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", QueueName="orders"),
    series("AWS/SQS", "NumberOfMessagesSent", "Sum", QueueName="orders"),
    series("AWS/Usage", "CallCount", "Sum", Service="CloudWatch"),
    series("Shop", "PaymentLatency", "p99", Stage="prod"),
    series("Shop", "Baskets", "Sum", Stage="prod"),
]


def chosen(question: str, rules: ByRules | None = None) -> list[tuple[str, str]]:
    return [(c.series.name, c.series.service or "") for c in (rules or ByRules())(question, LISTED)]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("Is the checkout Lambda slow?", ("Duration", "checkout")),
        ("Lambda の実行時間は?", ("Duration", "checkout")),
        ("Are messages piling up?", ("ApproximateAgeOfOldestMessage", "orders")),
        ("データベースのメモリは足りている?", ("FreeableMemory", "stock")),
        ("How many baskets?", ("Baskets", "prod")),
        ("Is PaymentLatency rising?", ("PaymentLatency", "prod")),
    ],
)
def test_the_series_that_fits_best_comes_first(question: str, first: tuple[str, str]) -> None:
    assert chosen(question)[0] == first


def test_what_fits_hardly_is_left_out() -> None:
    assert chosen("Is the checkout Lambda slow?") == [("Duration", "checkout"), ("Errors", "checkout"), ("Invocations", "checkout"), ("Duration", "mails")]  # fmt: skip
    assert {service for _, service in chosen("CPU of stock")} == {"stock"}


def test_a_question_that_names_nothing_is_answered_by_the_golden_signals() -> None:
    names = chosen("How are we doing?")
    assert names[0] == ("Errors", "checkout")
    assert ("CallCount", "CloudWatch") not in names
    (reason,) = ByRules()("How are we doing?", LISTED)[0].reasons
    assert reason.key == "insight.reason.golden"


def test_services_and_namespaces_narrow() -> None:
    assert chosen("latency", ByRules(services=("mails",))) == [("Duration", "mails")]
    assert chosen("latency", ByRules(namespaces=("Shop",))) == [("PaymentLatency", "prod")]
    assert chosen("latency", ByRules(services=("nobody",))) == []


def test_a_fleet_does_not_push_out_other_metrics() -> None:
    fleet = [series("AWS/EC2", "CPUUtilization", InstanceId=f"i-{n}") for n in range(20)]
    found = ByRules()(
        "Is anything saturated?", [*fleet, series("AWS/RDS", "CPUUtilization", DBInstanceIdentifier="stock")]
    )
    assert "stock" in [c.series.service for c in found[:2]]


def test_a_second_statistic_comes_after_other_metrics_that_fit_as_well() -> None:
    listed = [series("Shop", name, stat) for name in ("LatencyA", "LatencyB") for stat in ("Average", "p99")]
    found = [(c.series.name, c.series.stat) for c in ByRules()("latency", listed)]
    assert found == [("LatencyA", "Average"), ("LatencyB", "Average"), ("LatencyA", "p99"), ("LatencyB", "p99")]


def test_reasons_read_in_both_languages() -> None:
    statements = [*read_from("Is the checkout Lambda slow? CPU?"), *(r for c in ByRules()("Is the checkout Lambda slow?", LISTED) for r in c.reasons)]  # fmt: skip
    for language in LANGUAGES:
        texts = [catalogue(language).render(Statement(s.key, s.values)) for s in statements]
        assert any("checkout" in text for text in texts)
    assert "“lambda” as Lambda functions" in catalogue("en").render(Statement(statements[0].key, statements[0].values))
