"""What CloudWatch's detectors found becomes counts by interval."""

from __future__ import annotations

import json
from pathlib import Path

from fa2.core.ports import FileHead, Gaps
from fa2.sources.local.cloudwatch_anomalies import source
from fa2.sources.local.folders import FoundFile

FIRST = 1_795_143_600
ITEM = {
    "anomalyId": "1" * 36,
    "patternId": "2" * 32,
    "anomalyDetectorArn": "arn:aws:logs:eu-west-1:123456789012:anomaly-detector:x",
    "patternString": "<*> ERROR disk <*> lost",
    "firstSeen": FIRST,
    "lastSeen": FIRST + 600,
    "histogram": {str(FIRST * 1000): 3, str((FIRST + 600) * 1000): 4},
    "logSamples": ["ERROR disk 1 lost"],
    "logGroupArnList": ["arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/web"],
}


def file(tmp_path: Path, content: object) -> FoundFile:
    path = tmp_path / "anomalies.json"
    path.write_text(json.dumps(content))
    return FoundFile(path, path.name, path.stat().st_size)


def test_each_interval_of_an_anomaly_is_a_row(tmp_path: Path) -> None:
    found = file(tmp_path, {"anomalies": [ITEM]})
    assert source.recognise(found.head()) == 1
    (rows,) = source.read(found, Gaps())
    assert rows.table == "log_counts"
    assert rows.columns["bucket"] == [FIRST * 1_000_000, (FIRST + 600) * 1_000_000]
    assert rows.columns["count"] == [3, 4]
    assert rows.columns["interval_s"] == [600, 600]
    assert rows.columns["pattern"] == ["<*> ERROR disk <*> lost"] * 2
    assert rows.columns["level"] == ["ERROR"] * 2
    assert rows.columns["source"] == ["/aws/lambda/web"] * 2
    assert rows.columns["service"] == ["web"] * 2


def test_what_is_missing_is_counted(tmp_path: Path) -> None:
    gaps = Gaps()
    found = file(tmp_path, {"anomalies": [ITEM | {"firstSeen": None}], "nextToken": "more"})
    assert list(source.read(found, gaps)) == []
    assert gaps.counts == {"anomaly": 1, "aws_more_pages": 1}


def test_other_json_is_not_taken(tmp_path: Path) -> None:
    for other in ({"anomalies": []}, {"events": [{"message": "x"}]}, [1, 2], {"anomalies": [{"anomalyId": "x"}]}):
        assert source.recognise(FileHead("x.json", json.dumps(other).encode(), 10)) == 0
