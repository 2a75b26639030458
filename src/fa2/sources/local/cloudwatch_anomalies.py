"""Anomalies that CloudWatch Logs' own detectors found, as `aws logs list-anomalies` prints them, into log_counts.

One row for each interval of an anomaly's histogram, with the pattern and a sample. These count the lines of anomalous
patterns only. Times are told as seconds or milliseconds by their size.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListAnomalies.html
"""

from __future__ import annotations

from collections.abc import Iterator

from fa2.core.anomalies import Anomaly
from fa2.core.ports import FileHead, Gaps, LocalFile, Rows
from fa2.sources.aws.anomaly_detectors import anomaly_of_item
from fa2.sources.local.json_documents import documents, peek
from fa2.sources.local.json_values import Json, at, items, json_text, mapping, text
from fa2.sources.local.row_batches import Row, batches
from fa2.sources.local.service_names import service_of

_KEYS = ("anomalyId", "patternString", "anomalyDetectorArn")


class CloudWatchAnomalies:
    """Reads the answer of ListAnomalies."""

    name = "cloudwatch_anomalies"
    tables: tuple[str, ...] = ("log_counts",)

    def recognise(self, head: FileHead) -> float:
        """Return 1 where the first anomaly has the ids that ListAnomalies gives."""
        first = next(iter(_items(peek(head.head))), {})
        return float(all(key in first for key in _KEYS))

    def read(self, file: LocalFile, gaps: Gaps) -> Iterator[Rows]:
        """Yield a row for each interval of each anomaly. Counts aws_more_pages and anomaly (no id, pattern or time)."""
        yield from batches("log_counts", _rows(file, gaps))


source = CloudWatchAnomalies()


def _items(document: Json) -> list[dict[str, Json]]:
    """Return anomalies: from CLI output or a bare list."""
    listed = document if isinstance(document, list) else items(at(document, "anomalies"))
    return [mapping(item) for item in listed]


def _rows(file: LocalFile, gaps: Gaps) -> Iterator[Row]:
    for document in documents(file, gaps):
        if text(at(document, "nextToken")) or text(at(document, "NextToken")):
            gaps.add("aws_more_pages", 1, file.name)
        for item in _items(document):
            anomaly = anomaly_of_item(item)
            if anomaly is None:
                gaps.add("anomaly", 1, json_text(item) or "")
            else:
                yield from _counts(anomaly)


def _counts(anomaly: Anomaly) -> Iterator[Row]:
    group = anomaly.source.partition(", ")[0].partition(":log-group:")[2].removesuffix(":*") or anomaly.detector
    for start, count in anomaly.histogram.items():
        yield {
            "bucket": start * 1_000_000,
            "interval_s": anomaly.interval_s,
            "source": group,
            "service": service_of(group),
            "pattern": anomaly.pattern,
            "level": anomaly.severity if anomaly.severity != "NONE" else None,
            "count": count,
            "sample": anomaly.samples[0].line if anomaly.samples else None,
        }
