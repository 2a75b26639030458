"""Commands with which a person gets a piece of evidence oneself."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from fa2.core.evidence import Evidence
from fa2.core.incident import Incident
from fa2.core.messages import Value
from fa2.core.tables import READABLE
from fa2.core.windows import TimeWindow, iso

_PARAMETER = re.compile(r"\$([A-Za-z_]\w*)")
_TABLE = re.compile(rf"\b(?:FROM|JOIN)\s+({'|'.join(READABLE)})\b", re.I)
_DETECTOR = "\"$(aws guardduty list-detectors --query 'DetectorIds[0]' --output text)\""


@dataclass(frozen=True)
class BundlePlace:
    """Where a person finds the bundle that a report was made from."""

    folder: str
    parts: frozenset[str] = frozenset()
    """Tables kept as a folder of Parquet parts."""
    made_by: str | None = None
    """The command that makes the folder, where the report was made from something else."""


def how_to_get(evidence: Evidence, incident: Incident, place: BundlePlace) -> list[str]:
    """Return commands, the portable ones first: DuckDB on the bundle, then AWS's CLI where it fits.

    They only read, but for making the bundle's folder. Text from logs is quoted for the shell.
    """
    made = [place.made_by] if place.made_by else []
    return [*made, _duckdb(evidence, place), *_aws(evidence, incident)]


def literal_sql(sql: str, parameters: Mapping[str, Value]) -> str:
    """Return SQL on one line with its $parameters put in as literals, in a single pass.

    What is put in is not looked at again. Raises KeyError when a parameter has no value.
    """
    return _PARAMETER.sub(lambda found: _literal(parameters[found[1]]), " ".join(sql.split()))


def _literal(value: Value) -> str:
    """Return a value as SQL. Characters that a terminal would act on or hide are written by number."""
    match value:
        case None:
            return "NULL"
        case str():
            parts = re.split(r"([^\x20-\x7e])", value.replace("'", "''"))
            shown = [p if len(p) != 1 or p.isprintable() else f"'||chr({ord(p)})||'" for p in parts]
            text = "'" + "".join(shown) + "'"
            return f"({text})" if "'||chr(" in text else text
        case float():
            return f"'{value!r}'::DOUBLE"
        case _:
            return str(value)


def _duckdb(evidence: Evidence, place: BundlePlace) -> str:
    query = evidence.query
    views = "".join(
        f"CREATE VIEW {table} AS FROM {_literal(_files(place, table))}; " for table in _tables(query.sql, query.table)
    )
    sql = literal_sql(query.sql, query.parameters)
    return "duckdb -c " + _quoted(f"SET TimeZone = 'UTC'; {views}{sql}")


def _quoted(text: str) -> str:
    """Return a shell word, in double quotes where nothing in it means something there: SQL is full of single ones."""
    if set("$`!\n") & set(text):
        return shlex.quote(text)
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def _files(place: BundlePlace, table: str) -> str:
    return f"{place.folder.rstrip('/') or '/'}/{table}{'/*' if table in place.parts else ''}.parquet"


def _tables(sql: str, first: str) -> list[str]:
    return list(dict.fromkeys([first, *(name.lower() for name in _TABLE.findall(sql))]))


def _aws(evidence: Evidence, incident: Incident) -> list[str]:
    """Return the AWS CLI command for evidence whose parameters name something of AWS."""
    parameters = evidence.query.parameters
    match evidence.query.table:
        case "metrics" if str(parameters.get("namespace") or "").startswith("AWS/"):
            return [_metric_command(parameters, incident)]
        case "changes" if parameters.get("origin") == "cloudtrail":
            name = str(parameters["action"]).rpartition(":")[2]
            attribute = shlex.quote(f"AttributeKey=EventName,AttributeValue={name}")
            end = iso(incident.window.end)
            return [f"aws cloudtrail lookup-events --lookup-attributes {attribute} --end-time {end}"]
        case "findings" if "id" in parameters:
            return [_finding_command(parameters)]
    return []


def _metric_command(parameters: Mapping[str, Value], incident: Incident) -> str:
    asked: list[TimeWindow] = [incident.window.window, *incident.baselines]
    start, end = min(w.start for w in asked), max(w.end for w in asked)
    metric = {
        "Id": "m1",
        "MetricStat": {
            "Metric": {
                "Namespace": parameters["namespace"],
                "MetricName": parameters["name"],
                "Dimensions": _dimensions(parameters.get("dimensions")),
            },
            "Period": 60,
            "Stat": parameters["stat"],
        },
    }
    quoted = shlex.quote(json.dumps([metric]))
    return (
        f"aws cloudwatch get-metric-data --start-time {iso(start)} --end-time {iso(end)} --metric-data-queries {quoted}"
    )


def _dimensions(text: Value) -> list[dict[str, str]]:
    """Return dimensions as the API takes them; none where the bundle's text is not a JSON object."""
    try:
        found = json.loads(str(text or "{}"))
    except ValueError:
        return []
    return [{"Name": str(k), "Value": str(v)} for k, v in sorted(found.items())] if isinstance(found, dict) else []


def _finding_command(parameters: Mapping[str, Value]) -> str:
    id_ = str(parameters["id"])
    if parameters.get("origin") == "guardduty":
        return f"aws guardduty get-findings --detector-id {_DETECTOR} --finding-ids {shlex.quote(id_)}"
    filters = shlex.quote(json.dumps({"Id": [{"Value": id_, "Comparison": "EQUALS"}]}))
    return f"aws securityhub get-findings --filters {filters}"
