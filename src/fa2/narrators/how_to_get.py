"""Commands with which a person gets a piece of evidence oneself."""

from __future__ import annotations

import json
import shlex

from fa2.core.evidence import Evidence
from fa2.core.incident import Incident
from fa2.core.messages import Value
from fa2.core.windows import iso


def how_to_get(evidence: Evidence, incident: Incident, bundle: str) -> list[str]:
    """Return commands, the portable one first: DuckDB on the bundle, then AWS's CLI where it fits.

    They only read. Text from logs is quoted for the shell.
    """
    return [_duckdb(evidence, bundle), *_aws(evidence, incident)]


def literal_sql(sql: str, parameters: dict[str, Value]) -> str:
    """Return SQL with its $parameters put in as literals, the longest names first."""
    for name in sorted(parameters, key=len, reverse=True):
        sql = sql.replace(f"${name}", _literal(parameters[name]))
    return sql


def _literal(value: Value) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | float):
        return str(value)
    return "'" + value.replace("'", "''").replace("$", "'||chr(36)||'") + "'"


def _duckdb(evidence: Evidence, bundle: str) -> str:
    query = evidence.query
    sql = " ".join(literal_sql(query.sql, dict(query.parameters)).split())
    views = "".join(
        f"CREATE VIEW {table} AS FROM '{bundle.rstrip('/')}/{table}.parquet'; "
        for table in _tables(query.sql, query.table)
    )
    return "duckdb -c " + shlex.quote(f"SET TimeZone = 'UTC'; {views}{sql}")


def _tables(sql: str, first: str) -> list[str]:
    words = set(sql.replace("(", " ").replace(")", " ").replace(",", " ").split())
    return [
        first,
        *(t for t in ("logs", "spans", "metrics", "edges", "changes", "findings") if t in words and t != first),
    ]


def _aws(evidence: Evidence, incident: Incident) -> list[str]:
    """Return the AWS CLI command for evidence whose parameters name something of AWS."""
    start, end = iso(incident.window.start), iso(incident.window.end)
    parameters = evidence.query.parameters
    match evidence.query.table:
        case "metrics" if str(parameters.get("namespace") or "").startswith("AWS/"):
            return [_metric_command(parameters, start, end)]
        case "changes" if parameters.get("origin") == "cloudtrail":
            name = str(parameters["action"]).rpartition(":")[2]
            attribute = shlex.quote(f"AttributeKey=EventName,AttributeValue={name}")
            return [f"aws cloudtrail lookup-events --lookup-attributes {attribute} --end-time {end}"]
        case "findings":
            return [_finding_command(parameters)]
    return []


def _metric_command(parameters: object, start: str, end: str) -> str:
    values = dict(parameters)  # type: ignore[call-overload]  # a Mapping of Query
    dimensions = json.loads(values.get("dimensions") or "{}")
    metric = {
        "Id": "m1",
        "MetricStat": {
            "Metric": {
                "Namespace": values["namespace"],
                "MetricName": values["name"],
                "Dimensions": [{"Name": k, "Value": v} for k, v in sorted(dimensions.items())],
            },
            "Period": 60,
            "Stat": values["stat"],
        },
    }
    quoted = shlex.quote(json.dumps([metric], ensure_ascii=False))
    return f"aws cloudwatch get-metric-data --start-time {start} --end-time {end} --metric-data-queries {quoted}"


def _finding_command(parameters: object) -> str:
    values = dict(parameters)  # type: ignore[call-overload]  # a Mapping of Query
    filters = shlex.quote(json.dumps({"Id": [{"Value": values["id"], "Comparison": "EQUALS"}]}))
    return f"aws securityhub get-findings --filters {filters}"
