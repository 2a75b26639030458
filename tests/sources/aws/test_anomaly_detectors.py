"""CloudWatch's detectors: created from ours, their anomalies read, as strictly as botocore is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from fa2.core.anomalies import AnomalyToken, Sample
from fa2.core.detectors import FREQUENCIES, DetectorDefinition
from fa2.core.errors import UnusableInput
from fa2.sources.aws.anomaly_detectors import anomaly_of_item, create_detector, creation_parameters, list_anomalies

GROUP = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/web"
DETECTOR = "arn:aws:logs:eu-west-1:123456789012:anomaly-detector:3f0c2a52-7a51-5d0e-9e0e-2f6f0f7f0a11"
FIRST = 1_795_143_600
ITEM: dict[str, Any] = {
    "anomalyId": "1" * 36,
    "patternId": "2" * 32,
    "anomalyDetectorArn": DETECTOR,
    "patternString": "<Time-1> ERROR disk <Token-2> lost",
    "patternRegex": ".* ERROR disk .* lost",
    "priority": "HIGH",
    "firstSeen": FIRST * 1000,
    "lastSeen": (FIRST + 600) * 1000,
    "description": "50.0% increase in count of value",
    "active": True,
    "state": "Active",
    "histogram": {str(FIRST * 1000): 3, str((FIRST + 300) * 1000): 4},
    "logSamples": [{"timestamp": FIRST * 1000, "message": "ERROR disk 1 lost"}],
    "patternTokens": [
        {"dynamicTokenPosition": 0, "isDynamic": False, "tokenString": "ERROR", "enumerations": {}},
        {
            "dynamicTokenPosition": 2,
            "isDynamic": True,
            "tokenString": "<*>",
            "enumerations": {"1": 3, "2": 4},
            "inferredTokenName": "Token",
        },
    ],
    "logGroupArnList": [GROUP],
}


@pytest.fixture
def stub() -> Iterator[Stubber]:
    client = boto3.Session("x", "x", region_name="eu-west-1").client("logs")
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


@pytest.mark.parametrize("frequency", FREQUENCIES)
@pytest.mark.parametrize("filter", ["", "?ERROR ?WARN"])
def test_a_detector_is_created_as_botocore_has_it(stub: Stubber, frequency: int, filter: str) -> None:
    definition = DetectorDefinition("web", ("/x",), filter, frequency, visibility_days=90)
    expected: dict[str, Any] = dict(creation_parameters(definition, GROUP))
    stub.add_response("create_log_anomaly_detector", {"anomalyDetectorArn": DETECTOR}, expected)
    assert create_detector(stub.client, definition, GROUP) == DETECTOR
    assert expected["logGroupArnList"] == [GROUP]
    assert expected["anomalyVisibilityTime"] == 90
    assert expected.get("filterPattern", "") == filter


def test_the_default_is_evaluated_every_five_minutes_and_seen_for_three_weeks() -> None:
    assert creation_parameters(DetectorDefinition("web", ("/x",)), GROUP + ":*") == {
        "logGroupArnList": [GROUP],
        "detectorName": "web",
        "evaluationFrequency": "FIVE_MIN",
        "anomalyVisibilityTime": 21,
    }


@pytest.mark.parametrize(
    "arn", ["", "web", "arn:aws:logs:eu-west-1:123:log-group:web", f"{GROUP},{GROUP}", GROUP + " x"]
)
def test_what_is_not_one_log_group_is_refused(arn: str) -> None:
    with pytest.raises(UnusableInput, match=r"log-group-arn|not the ARN"):
        creation_parameters(DetectorDefinition("web", ("/x",)), arn)


def test_all_pages_of_anomalies_are_read(stub: Stubber) -> None:
    asked = {"limit": 50, "anomalyDetectorArn": DETECTOR}
    stub.add_response("list_anomalies", {"anomalies": [ITEM], "nextToken": "t"}, asked)
    stub.add_response("list_anomalies", {"anomalies": [ITEM | {"anomalyId": "3" * 36}]}, asked | {"nextToken": "t"})
    first, second = list_anomalies(stub.client, DETECTOR)
    assert (first.id, second.id) == ("1" * 36, "3" * 36)
    assert first.first_seen == datetime.fromtimestamp(FIRST, UTC)
    assert (first.severity, first.priority, first.active, first.interval_s) == ("ERROR", "HIGH", True, 300)
    assert first.histogram == {FIRST: 3, FIRST + 300: 4}
    assert first.samples == (Sample(datetime.fromtimestamp(FIRST, UTC), "ERROR disk 1 lost"),)
    assert first.tokens == (AnomalyToken(2, "Token", (("2", 4), ("1", 3))),)
    assert first.source == GROUP


def test_times_are_seconds_or_milliseconds_by_their_size() -> None:
    seconds = ITEM | {"firstSeen": FIRST, "lastSeen": FIRST + 600, "histogram": {str(FIRST): 3, str(FIRST + 300): 4}}
    seconds["logSamples"] = [{"timestamp": FIRST, "message": "ERROR disk 1 lost"}]
    assert anomaly_of_item(seconds) == anomaly_of_item(ITEM) is not None


def test_samples_of_older_sdks_are_texts() -> None:
    found = anomaly_of_item(ITEM | {"logSamples": ["one", "two"]})
    assert found is not None
    assert found.samples == (Sample(None, "one"), Sample(None, "two"))


def test_suppression_for_ever_has_no_end() -> None:
    hidden = {
        "state": "Suppressed",
        "suppressed": True,
        "suppressedDate": FIRST * 1000,
        "isPatternLevelSuppression": True,
    }
    forever, limited = (anomaly_of_item(ITEM | hidden | {"suppressedUntil": until}) for until in (0, FIRST * 1000 + 1))
    assert forever is not None
    assert limited is not None
    assert (forever.state, forever.suppressed_until, forever.pattern_suppressed) == ("suppressed", None, True)
    assert limited.suppressed_until is not None


@pytest.mark.parametrize(
    "broken", [{}, ITEM | {"firstSeen": None}, ITEM | {"anomalyId": 7}, ITEM | {"patternString": ""}]
)
def test_what_is_no_anomaly_is_none(broken: dict[str, Any]) -> None:
    assert anomaly_of_item(broken) is None
