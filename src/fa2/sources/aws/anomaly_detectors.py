"""CloudWatch Logs' own anomaly detectors: created from our definitions, their anomalies read as ours.

The client is a boto3 client of `logs`, or anything that answers like one; nothing here loads boto3. The account needs
logs:CreateLogAnomalyDetector to create, logs:ListAnomalies to read.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogAnomalyDetector.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Protocol, TypedDict

from fa2.core.anomalies import Anomaly, AnomalyState, AnomalyToken, Priority, Sample
from fa2.core.detectors import DetectorDefinition
from fa2.core.errors import UnusableInput
from fa2.core.messages import Statement
from fa2.sources.local.json_values import Json
from fa2.sources.local.timestamps import micros_of_number

_FREQUENCIES = {1: "ONE_MIN", 5: "FIVE_MIN", 10: "TEN_MIN", 15: "FIFTEEN_MIN", 30: "THIRTY_MIN", 60: "ONE_HOUR"}
_ARN = re.compile(r"arn:aws[a-z-]*:logs:[a-z0-9-]+:\d{12}:log-group:[\w#+=/.@-]{1,512}(?::\*)?")
_PAGE = 50
_STATES: dict[str, AnomalyState] = {"active": "active", "suppressed": "suppressed", "baseline": "baseline"}
_SEVERITIES = (("FATAL", r"fatal|critical|panic"), ("ERROR", r"error"), ("WARN", r"warn"))


class CreationParameters(TypedDict, total=False):
    """What CreateLogAnomalyDetector takes of us."""

    logGroupArnList: list[str]
    detectorName: str
    evaluationFrequency: str
    anomalyVisibilityTime: int
    filterPattern: str


class LogsClient(Protocol):
    """The calls of a boto3 client of `logs` that are used here."""

    def create_log_anomaly_detector(self, **parameters: object) -> Mapping[str, object]:
        """Create a detector; the answer holds anomalyDetectorArn."""
        ...

    def list_anomalies(self, **parameters: object) -> Mapping[str, object]:
        """Return a page of anomalies and perhaps nextToken."""
        ...


def creation_parameters(definition: DetectorDefinition, log_group_arn: str) -> CreationParameters:
    """Return the parameters that create our detector in CloudWatch, for its one log group.

    The definition holds the limits itself (frequency, visibility, length of the filter). What CloudWatch has no
    word for is left out: paths, days of the baseline, zone. Raises UnusableInput when the ARN is none of a log group.
    """
    if not log_group_arn:
        raise UnusableInput("detectors.error.log_group")
    if not _ARN.fullmatch(log_group_arn):
        raise UnusableInput("detectors.error.log_group_arn", arn=log_group_arn[:200])
    found: CreationParameters = {
        "logGroupArnList": [log_group_arn.removesuffix(":*")],
        "detectorName": definition.name,
        "evaluationFrequency": _FREQUENCIES[definition.frequency_min],
        "anomalyVisibilityTime": definition.visibility_days,
    }
    if definition.filter:
        found["filterPattern"] = definition.filter
    return found


def create_detector(client: LogsClient, definition: DetectorDefinition, log_group_arn: str) -> str:
    """Create a detector in CloudWatch and return its ARN. One call; raises what the client raises."""
    answer = client.create_log_anomaly_detector(**creation_parameters(definition, log_group_arn))
    return str(answer["anomalyDetectorArn"])


def list_anomalies(client: LogsClient, detector_arn: str | None = None) -> Iterator[Anomaly]:
    """Yield the anomalies of one detector of CloudWatch, or of all. One call for each fifty."""
    parameters: dict[str, object] = {"limit": _PAGE}
    if detector_arn:
        parameters["anomalyDetectorArn"] = detector_arn
    while True:
        answer = client.list_anomalies(**parameters)
        items = answer.get("anomalies")
        for item in items if isinstance(items, list) else []:
            if (anomaly := anomaly_of_item(item)) is not None:
                yield anomaly
        token = answer.get("nextToken")
        if not token or token == parameters.get("nextToken"):
            return
        parameters["nextToken"] = token


def anomaly_of_item(item: Mapping[str, Json]) -> Anomaly | None:
    """Return an item of ListAnomalies as ours; null where it has no id, pattern or time.

    Times are taken as seconds or milliseconds by their size. Samples may be plain texts, as older SDKs gave them.
    """
    first, last = _time(item.get("firstSeen")), _time(item.get("lastSeen"))
    id, pattern = _text(item.get("anomalyId")), _text(item.get("patternString"))
    if not id or not pattern or first is None:
        return None
    state = _text(item.get("state")).lower()
    suppressed = state == "suppressed" or item.get("suppressed") is True
    until = _time(item.get("suppressedUntil"))
    groups = item.get("logGroupArnList")
    histogram = _histogram(item.get("histogram"))
    return Anomaly(
        id=id,
        detector=_text(item.get("anomalyDetectorArn")),
        kind="cloudwatch",
        pattern_id=_text(item.get("patternId")),
        pattern=pattern,
        regex=_text(item.get("patternRegex")),
        severity=next((name for name, words in _SEVERITIES if re.search(words, pattern, re.I)), "NONE"),
        priority=_priority(item.get("priority")),
        first_seen=first,
        last_seen=last or first,
        active=item.get("active") is True,
        description=Statement("detectors.kind.cloudwatch", {"text": _text(item.get("description"))}),
        interval_s=_interval(histogram),
        histogram=histogram,
        samples=tuple(_samples(item.get("logSamples"))),
        tokens=tuple(_tokens(item.get("patternTokens"))),
        source=", ".join(_text(arn) for arn in groups) if isinstance(groups, list) else "",
        state="suppressed" if suppressed else _STATES.get(state, "active"),
        suppressed_at=_time(item.get("suppressedDate")) if suppressed else None,
        suppressed_until=until if suppressed else None,
        pattern_suppressed=item.get("isPatternLevelSuppression") is True,
    )


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _time(value: Json) -> datetime | None:
    """Return a time of seconds or milliseconds; null for none, and for 0, which means for ever."""
    if isinstance(value, str):
        value = float(value) if re.fullmatch(r"\d{1,19}(\.\d+)?", value) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    us = micros_of_number(value)
    return datetime.fromtimestamp(us / 1e6, UTC) if us is not None else None


def _priority(value: Json) -> Priority | None:
    match _text(value).upper():
        case "HIGH":
            return "HIGH"
        case "MEDIUM":
            return "MEDIUM"
        case "LOW":
            return "LOW"
        case _:
            return None


def _histogram(value: Json) -> dict[int, int]:
    if not isinstance(value, dict):
        return {}
    times = ((_time(start), n) for start, n in value.items())
    return dict(sorted((int(t.timestamp()), n) for t, n in times if t and isinstance(n, int)))


def _interval(histogram: Mapping[int, int]) -> int:
    starts = sorted(histogram)
    return min((b - a for a, b in pairwise(starts)), default=300)


def _samples(value: Json) -> Iterator[Sample]:
    for sample in value if isinstance(value, list) else []:
        if isinstance(sample, str):
            yield Sample(None, sample)
        elif isinstance(sample, dict) and isinstance(sample.get("message"), str):
            yield Sample(_time(sample.get("timestamp")), _text(sample["message"]))


def _tokens(value: Json) -> Iterator[AnomalyToken]:
    for token in value if isinstance(value, list) else []:
        if not isinstance(token, dict) or token.get("isDynamic") is not True:
            continue
        values, position = token.get("enumerations"), token.get("dynamicTokenPosition")
        counted = values.items() if isinstance(values, dict) else ()
        ranked = sorted(((v, n) for v, n in counted if isinstance(n, int)), key=lambda pair: (-pair[1], pair[0]))
        name = _text(token.get("inferredTokenName")) or f"Token-{position}"
        yield AnomalyToken(position if isinstance(position, int) else 0, name, tuple(ranked))
