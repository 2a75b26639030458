"""Detectors and anomalies for a terminal, and as JSON."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from fa2.core.anomalies import Anomaly
from fa2.core.anomaly_json import anomaly_json
from fa2.core.detectors import DetectorRecord
from fa2.core.messages import Catalogue, Value
from fa2.core.windows import iso
from fa2.renderers.wording import one_line

_BARS = " ▁▂▃▄▅▆▇█"
_COLUMNS = 60


def detectors_table(records: Sequence[DetectorRecord], anomalies: Sequence[Anomaly], texts: Catalogue) -> str:
    """Return detectors, one a row."""
    rows = [[texts.template(f"detectors.column.{c}") for c in _DETECTOR_COLUMNS]]
    for record in records:
        asked, status = record.definition, record.status
        going_on = sum(a.detector == record.id and a.state == "active" and a.active for a in anomalies)
        rows.append(
            [
                asked.name,
                texts.template(f"detectors.state.{status.state}"),
                texts.text("detectors.say.minutes", n=asked.frequency_min),
                one_line(asked.filter) or texts.template("detectors.say.all_lines"),
                f"{status.lines:,}",
                f"{status.patterns:,}",
                _moment(status.evaluated_until),
                str(going_on),
            ]
        )
    return aligned(rows, right=frozenset({4, 5, 7}))


_DETECTOR_COLUMNS = ("name", "state", "every", "filter", "lines", "patterns", "until", "anomalies")


def detector_text(record: DetectorRecord, texts: Catalogue) -> str:
    """Return what there is to say of one detector."""
    asked, status = record.definition, record.status
    days = texts.text("detectors.show.days", n=asked.visibility_days)
    state = texts.template(f"detectors.state.{status.state}")
    rows = [
        ["detectors.show.definition", " ".join(one_line(path) for path in asked.paths)],
        ["detectors.column.filter", one_line(asked.filter) or texts.template("detectors.say.all_lines")],
        ["detectors.column.every", texts.text("detectors.say.minutes", n=asked.frequency_min)],
        ["detectors.show.visibility", days],
        ["detectors.column.state", f"{state} {one_line(status.reason)}".strip()],
        ["detectors.show.first_line", _moment(status.first_line)],
        ["detectors.show.trained", _moment(status.trained_until or status.learns_until)],
        ["detectors.show.evaluated", _moment(status.evaluated_until)],
        ["detectors.column.lines", f"{status.lines:,}"],
        ["detectors.show.filtered", f"{status.filtered:,}"],
        ["detectors.show.late", f"{status.late:,}"],
        ["detectors.column.patterns", f"{status.patterns:,}"],
    ]
    table = aligned([[texts.template(key), value] for key, value in rows])
    advice = [texts.template(f"detectors.advice.{code}") for code in status.advice]
    return "\n".join([asked.name, table, *advice])


def anomalies_table(anomalies: Sequence[Anomaly], names: Mapping[str, str], texts: Catalogue, width: int) -> str:
    """Return anomalies: a row each, and below it the pattern."""
    columns = ("id", "priority", "kind", "first", "last", "name", "what")
    rows = [[texts.template(f"detectors.column.{c}") for c in columns]]
    for a in anomalies:
        last = texts.template("detectors.say.goes_on") if a.active else _moment(a.last_seen)
        name = names.get(a.detector, a.detector[:8])
        kind = texts.template(f"detectors.kind_name.{a.kind}")
        rows.append([a.id[:8], a.priority or "–", kind, _moment(a.first_seen), last, name, what(a, texts)])
    lines = aligned(rows).split("\n")
    shown = [lines[0]]
    for a, line in zip(anomalies, lines[1:]):
        shown += [line, _cut(f"          {one_line(a.pattern)}", max(width, 60))]
    return "\n".join(shown)


def anomaly_line(anomaly: Anomaly, texts: Catalogue) -> str:
    """Return one anomaly on two lines, as `watch` tells it."""
    time = anomaly.first_seen if anomaly.active else anomaly.last_seen
    state = "" if anomaly.active else f" {texts.template('detectors.say.over')}:"
    head = f"{_moment(time)} {anomaly.priority or '–'} {anomaly.id[:8]}{state} {what(anomaly, texts)}"
    return f"{head}\n    {one_line(anomaly.pattern)}"


def anomaly_text(anomaly: Anomaly, names: Mapping[str, str], texts: Catalogue) -> str:
    """Return all that is known of one anomaly."""
    rows = [
        ("detectors.column.what", what(anomaly, texts)),
        ("detectors.column.priority", anomaly.priority or "–"),
        ("detectors.show.severity", anomaly.severity),
        ("detectors.show.state", _state(anomaly, texts)),
        ("detectors.column.first", _moment(anomaly.first_seen)),
        ("detectors.column.last", _moment(anomaly.last_seen)),
        ("detectors.show.detector", names.get(anomaly.detector, anomaly.detector)),
        ("detectors.show.source", one_line(anomaly.source) or "–"),
        ("detectors.column.pattern", f"{anomaly.pattern_id}  {one_line(anomaly.pattern)}"),
        ("detectors.show.regex", one_line(anomaly.regex)),
        ("detectors.show.histogram", _drawn(anomaly)),
    ]
    parts = [anomaly.id, aligned([[texts.template(key), value] for key, value in rows])]
    if anomaly.samples:
        parts += [f"{texts.template('detectors.show.samples')}:", *(f"  {one_line(s.line)}" for s in anomaly.samples)]
    varying = [t for t in anomaly.tokens if t.values]
    if varying:
        parts.append(f"{texts.template('detectors.show.tokens')}:")
        for token in varying:
            values = ", ".join(f"{one_line(value)} ({n:,})" for value, n in token.values)
            parts.append(f"  {one_line(token.name)}: {values}")
    return "\n".join(parts)


def what(anomaly: Anomaly, texts: Catalogue) -> str:
    """Return what was unusual, in words."""
    values: dict[str, Value] = dict(anomaly.description.values)
    for name, value in values.items():
        if isinstance(value, str):
            values[name] = one_line(value)
    return texts.text(anomaly.description.key, **values)


def anomalies_json(anomalies: Sequence[Anomaly], names: Mapping[str, str]) -> str:
    """Return anomalies as a JSON list; `detector` is the name, `description` in words too."""
    from fa2.core.messages import catalogue

    found = []
    for a in anomalies:
        data = anomaly_json(a)
        data["detector"] = names.get(a.detector, a.detector)
        data["text"] = what(a, catalogue("en"))
        found.append(data)
    return json.dumps(found, ensure_ascii=False, indent=1)


def detectors_json(records: Sequence[DetectorRecord]) -> str:
    """Return detectors as a JSON list."""
    found = []
    for record in records:
        data = asdict(record)
        found.append(data)
    return json.dumps(found, ensure_ascii=False, indent=1, default=_plain)


def _plain(value: object) -> str:
    return iso(value) if isinstance(value, datetime) else str(value)


def _state(anomaly: Anomaly, texts: Catalogue) -> str:
    word = texts.template(f"detectors.state.{anomaly.state}")
    if anomaly.state == "suppressed":
        if anomaly.suppressed_until:
            return texts.text("detectors.show.until_time", state=word, until=iso(anomaly.suppressed_until))
        return texts.text("detectors.show.forever", state=word)
    if anomaly.state == "active":
        return texts.template("detectors.say.goes_on" if anomaly.active else "detectors.say.over")
    return word


def _drawn(anomaly: Anomaly) -> str:
    """Return the histogram as a line of bars, the last COLUMNS intervals of it."""
    if not anomaly.histogram:
        return "–"
    step, last = anomaly.interval_s, max(anomaly.histogram)
    first = max(min(anomaly.histogram), last - (_COLUMNS - 1) * step)
    counts = [anomaly.histogram.get(at, 0) for at in range(first, last + step, step)]
    most = max(counts) or 1
    bars = "".join(_BARS[0 if not n else 1 + (n * 7) // most] for n in counts)
    return f"{bars}  max {most:,}"


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "–"


def aligned(rows: Sequence[Sequence[str]], right: frozenset[int] = frozenset()) -> str:
    """Return rows in columns, the last one as long as it is; wide characters count two."""
    widths = [max(map(_width, column)) for column in zip(*rows)]
    return "\n".join(
        "  ".join(_padded(c, w, n in right) for n, (c, w) in enumerate(zip(row, widths))).rstrip() for row in rows
    )


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _cut(text: str, width: int) -> str:
    return text if _width(text) <= width else text[: max(width - 1, 1)] + "…"
