"""Services by the names of files, log groups, streams and pods."""

from __future__ import annotations

import pytest

from fa2.sources.local.service_names import service_of, service_of_stream, workload_of


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("orders.log", "orders"),
        ("orders-2026-11-20.log", "orders"),
        ("orders.log.2026-11-20", "orders"),
        ("orders_20261120.log", "orders"),
        ("orders.log.3", "orders"),
        ("2026-11-20-orders.log", "orders"),
        ("orders/app.log", "orders"),
        ("logs/orders/2026-11-20.log", "orders"),
        ("orders-access.log", "orders"),
        ("orders.error.log", "orders"),
        ("orders_traces.json", "orders"),
        ("web-app.log", "web-app"),
        ("orders-v2.log", "orders-v2"),
        ("nginx/access.log", "nginx"),
        ("/aws/lambda/orders", "orders"),
        ("aws/lambda/orders/2026/000000", "orders"),
        ("aws-lambda-orders.json", "orders"),
        ("_aws_lambda_place-order.json", "place-order"),
        ("/ecs/orders", "orders"),
        ("orders-5f55b6cf68-77cfw.log", "orders"),
        ("orders-x7k2p.log", "orders"),
        ("orders-0.log", "orders"),
        (
            "pods/shop_orders-5f55b6cf68-77cfw_0f3b6c1e-9f7a-4a55-8a5c-3d2f1e0b9c8d/server/0.log",
            "orders",
        ),
        (f"containers/orders-5f55b6cf68-77cfw_shop_server-{'0a' * 32}.log", "orders"),
        ("決済.log", "決済"),
        ("app.log", None),
        ("messages", None),
        ("000000", None),
        ("", None),
    ],
)
def test_a_name_gives_its_service(name: str, service: str | None) -> None:
    assert service_of(name) == service


@pytest.mark.parametrize(
    ("pod", "workload"),
    [
        ("orders-5f55b6cf68-77cfw", "orders"),
        ("place-order-7d4b9c9b5-x2x9z", "place-order"),
        ("orders-0", "orders"),
        ("orders", "orders"),
        ("front-end", "front-end"),
        ("user-timeline-service", "user-timeline-service"),
    ],
)
def test_a_pod_gives_its_workload(pod: str, workload: str) -> None:
    assert workload_of(pod) == workload


@pytest.mark.parametrize(
    ("stream", "service"),
    [
        (f"ecs/orders/{'0a' * 16}", "orders"),
        (f"ecs-orders-{'0a' * 16}", "orders"),
        (f"orders-orders-{'0a' * 16}", "orders"),
        (
            f"from-fluent-bit-kube.var.log.containers.orders-5f55b6cf68-77cfw_shop_x-{'0a' * 32}.log",
            "orders",
        ),
        ("2026/11/20/[$LATEST]0123", None),
        (None, None),
    ],
)
def test_a_stream_gives_its_service(stream: str | None, service: str | None) -> None:
    assert service_of_stream(stream) == service
