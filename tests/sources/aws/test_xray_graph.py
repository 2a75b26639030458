"""The service graph as edges and metrics."""

from __future__ import annotations

from typing import Any

import pytest

from fa2.sources.aws.xray.graph import Node, graph_of, merged, statistics_rows


def service(number: int, name: str, kind: str, *calls: int, requests: int = 0, **more: Any) -> dict[str, Any]:
    edges = [{"ReferenceId": to} for to in calls]
    return {
        "ReferenceId": number,
        "Name": name,
        "Type": kind,
        "Edges": edges,
        "SummaryStatistics": {"TotalCount": requests},
        **more,
    }


QUEUE = "https://sqs.ap-northeast-1.amazonaws.com/111122223333/mail"
SHOP = [
    service(0, "shop", "client", 1),
    service(1, "shop", "AWS::ECS::Container", 2, 3, 4, 5, requests=90),
    service(2, "orders", "AWS::DynamoDB::Table", requests=80),
    service(3, QUEUE, "AWS::SQS::Queue", requests=5),
    service(4, "api.example.com", "remote", requests=7),
    service(5, "price", "AWS::Lambda", 6, requests=60),
    service(6, "price", "AWS::Lambda::Function", requests=59),
]


def test_calls_become_edges_named_as_spans_name_them_and_clients_none() -> None:
    graph = graph_of(SHOP)
    assert [(e["caller"], e["callee"], e["kind"]) for e in graph.edges] == [
        ("shop", "api.example.com", "http"),
        ("shop", "mail", "queue"),
        ("shop", "orders", "database"),
        ("shop", "price", "http"),
    ]
    assert graph.requests == 90
    assert [(n.service, n.requests) for n in graph.nodes][:3] == [("shop", 90), ("orders", 80), ("price", 60)]


def test_graphs_of_several_ranges_add_up() -> None:
    graph = merged([graph_of(SHOP), graph_of(SHOP)])
    assert graph.requests == 180
    assert len(graph.edges) == 4


def test_a_name_that_cannot_be_quoted_is_not_asked_for() -> None:
    assert Node("a", "remote", 1, False).selector == 'service(id(name: "a", type: "remote"))'
    assert Node('a" OR true', "remote", 1, False).selector == ""
    assert Node("a" * 500, "remote", 1, False).selector == ""


def test_statistics_become_rates_and_times() -> None:
    point = {
        "Timestamp": "2026-11-20T03:00:00Z",
        "ServiceSummaryStatistics": {
            "TotalCount": 50,
            "OkCount": 40,
            "TotalResponseTime": 25.0,
            "FaultStatistics": {"TotalCount": 5},
            "ErrorStatistics": {"TotalCount": 5, "ThrottleCount": 2, "OtherCount": 3},
        },
        "ResponseTimeHistogram": [{"Value": 3.0, "Count": 5}, {"Value": 0.2, "Count": 45}],
    }
    found = {(r["name"], r["stat"]): r["value"] for r in statistics_rows([point, {"Timestamp": 1}], SHOP_NODE, 60)}
    assert found == {
        ("Requests", "Sum"): 50,
        ("Faults", "Sum"): 5,
        ("Errors", "Sum"): 3,
        ("Throttles", "Sum"): 2,
        ("Availability", "Average"): pytest.approx(90),
        ("ResponseTime", "Average"): 0.5,
        ("ResponseTime", "p50"): 0.2,
        ("ResponseTime", "p95"): 3.0,
    }


SHOP_NODE = Node("shop", "AWS::ECS::Container", 90, True)


@pytest.mark.parametrize(
    "odd", [None, [], "x", {"Edges": "x"}, {"ReferenceId": 1, "Name": 5, "Edges": [{"ReferenceId": 9}]}]
)
def test_odd_answers_give_no_edges(odd: Any) -> None:
    assert graph_of([odd]).edges == ()
