"""X-Ray's service graph into edges, and its statistics of each service over time into metrics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from fa2.sources.local.json_values import Json, at, items, json_text, micros, number, text
from fa2.sources.local.remote_names import arn_name, last_part
from fa2.sources.local.row_batches import Row

NAMESPACE = "AWS/XRay"
_DATABASES = ("AWS::DynamoDB", "AWS::RDS", "AWS::ElastiCache", "AWS::MemoryDB", "AWS::Redshift", "Database")
_QUEUES = ("AWS::SQS", "AWS::SNS", "AWS::Kinesis", "AWS::Events", "AWS::Firehose")
_RUNS = ("Lambda", "ECS", "EKS", "EC2", "ElasticBeanstalk", "ApiGateway", "AppRunner", "AppSync")
"""Types of AWS's that run code of one's own: calls to them are HTTP calls between services."""


@dataclass(frozen=True)
class Node:
    """A service of the graph."""

    name: str
    type: str
    requests: int
    root: bool
    """Whether requests enter by it."""

    @property
    def selector(self) -> str:
        """What GetTimeSeriesServiceStatistics knows it by; empty where its name cannot be quoted."""
        found = f'service(id(name: "{self.name}", type: "{self.type}"))'
        return found if '"' not in self.name + self.type and "\\" not in self.name and len(found) <= 500 else ""

    @property
    def service(self) -> str:
        """Its name as the tables hold it."""
        return service_name(self.name, self.type)


@dataclass(frozen=True)
class Graph:
    """What the answers of GetServiceGraph say together."""

    nodes: tuple[Node, ...]
    """One for each service's name, the busiest first; clients left out."""
    edges: tuple[Row, ...]
    """Rows of the edges table."""
    requests: int
    """Traced requests that entered."""


def graph_of(services: Sequence[Json]) -> Graph:
    """Return the graph in the services of one or several answers; `ReferenceId` is unique within `services`."""
    named = {number(at(s, "ReferenceId")): s for s in services}
    called: set[tuple[str, str, str]] = set()
    entered: set[str] = set()
    for service in services:
        for edge in items(at(service, "Edges")):
            callee = named.get(number(at(edge, "ReferenceId")))
            if callee is None or not text(at(callee, "Name")):
                continue
            if at(service, "Type") == "client":
                entered.add(_name(callee))
            elif text(at(service, "Name")) and _name(service) != _name(callee):
                called.add((_name(service), _name(callee), _kind(text(at(callee, "Type")) or "", edge)))
    nodes = _nodes(services, entered)
    edges = tuple({"caller": a, "callee": b, "kind": kind} for a, b, kind in sorted(called))
    return Graph(nodes, edges, sum(n.requests for n in nodes if n.root) or max((n.requests for n in nodes), default=0))


def merged(graphs: Iterable[Graph]) -> Graph:
    """Return several graphs as one; what they count adds up."""
    found = list(graphs)
    counted: dict[tuple[str, str], Node] = {}
    for node in (node for graph in found for node in graph.nodes):
        held = counted.get((node.name, node.type))
        total = node.requests + (held.requests if held else 0)
        counted[node.name, node.type] = Node(node.name, node.type, total, node.root or bool(held and held.root))
    edges = {(str(e["caller"]), str(e["callee"])): e for graph in found for e in graph.edges}
    return Graph(_busiest(counted.values()), tuple(edges[key] for key in sorted(edges)), sum(g.requests for g in found))


def statistics_rows(points: Iterable[Json], node: Node, period_s: int) -> Iterator[Row]:
    """Yield rows of the metrics table for TimeSeriesServiceStatistics of one service.

    Counts are of traced requests: Requests, Faults (5xx), Errors (4xx but throttling), Throttles (429) by Sum,
    Availability (per cent without fault) by Average, ResponseTime in seconds by Average, p50 and p95.
    """
    named: dict[str, object] = {
        "service": node.service,
        "namespace": NAMESPACE,
        "dimensions": json_text({"ServiceName": node.name, "ServiceType": node.type}),
        "period_s": period_s,
    }
    for point in points:
        statistics = at(point, "ServiceSummaryStatistics")
        total, moment = number(at(statistics, "TotalCount")), micros(at(point, "Timestamp"))
        if not total or moment is None:
            continue
        for name, stat, unit, value in _values(statistics, total, items(at(point, "ResponseTimeHistogram"))):
            if value is not None:
                yield {**named, "timestamp": moment, "name": name, "stat": stat, "unit": unit, "value": value}


def service_name(name: str, kind: str) -> str:
    """Return a node's name as spans have it: the name in a queue's address or an ARN, a database's or API's host."""
    if kind.startswith(_QUEUES) or name.startswith("arn:"):
        return last_part(name) if "://" in name else arn_name(name)
    return name.split("@")[-1].partition(":")[0] if kind.startswith(("remote", "Database")) else name


def _values(statistics: Json, total: float, histogram: Sequence[Json]) -> Iterator[tuple[str, str, str, float | None]]:
    faults = number(at(statistics, "FaultStatistics", "TotalCount")) or 0.0
    yield "Requests", "Sum", "Count", total
    yield "Faults", "Sum", "Count", faults
    yield "Errors", "Sum", "Count", number(at(statistics, "ErrorStatistics", "OtherCount")) or 0.0
    yield "Throttles", "Sum", "Count", number(at(statistics, "ErrorStatistics", "ThrottleCount")) or 0.0
    yield "Availability", "Average", "Percent", 100 * (1 - faults / total)
    spent = number(at(statistics, "TotalResponseTime"))
    yield "ResponseTime", "Average", "Seconds", None if spent is None else spent / total
    for stat, share in (("p50", 0.5), ("p95", 0.95)):
        yield "ResponseTime", stat, "Seconds", _quantile(histogram, share)


def _quantile(histogram: Sequence[Json], share: float) -> float | None:
    pairs = [(number(at(entry, "Value")), number(at(entry, "Count"))) for entry in histogram]
    counted = sorted((value, count) for value, count in pairs if value is not None and count)
    left = share * sum(count for _, count in counted)
    for value, count in counted:
        left -= count
        if left <= 1e-9:
            return value
    return None


def _nodes(services: Sequence[Json], entered: set[str]) -> tuple[Node, ...]:
    found = []
    for service in services:
        name, kind = text(at(service, "Name")), text(at(service, "Type")) or ""
        if name and kind != "client":
            count = int(number(at(service, "SummaryStatistics", "TotalCount")) or 0)
            found.append(Node(name, kind, count, at(service, "Root") is True or _name(service) in entered))
    return _busiest(found)


def _busiest(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """Return one node for each name, the busiest first: Lambda stands twice, as the service and as the function."""
    best: dict[str, Node] = {}
    for node in sorted(nodes, key=lambda n: (-n.requests, n.name, n.type)):
        held = best.setdefault(node.service, node)
        if node.root and not held.root:
            best[node.service] = Node(held.name, held.type, held.requests, True)
    return tuple(best.values())


def _name(service: Json) -> str:
    return service_name(text(at(service, "Name")) or "", text(at(service, "Type")) or "")


def _kind(callee_type: str, edge: Json) -> str:
    if at(edge, "EdgeType") == "link" or callee_type.startswith(_QUEUES):
        return "queue"
    if callee_type.startswith(_DATABASES):
        return "database"
    if callee_type.startswith("AWS::") and not callee_type.removeprefix("AWS::").startswith(_RUNS):
        return "aws"
    return "http"
