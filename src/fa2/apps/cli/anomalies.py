"""fa2 anomalies: what detectors found, and what to do with it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from fa2.apps.cli.detector import Store, opened, said
from fa2.apps.cli.options import SETTINGS, TEXTS, width, write
from fa2.core.errors import UnusableInput

if TYPE_CHECKING:
    from fa2.core.anomalies import Anomaly
    from fa2.stores.detector_store import DetectorStore


def _help(name: str) -> str:
    return TEXTS.template(f"detectors.help.{name}")


State = Literal["active", "suppressed", "baseline", "all"]
Id = Annotated[str, typer.Argument(metavar="ID", help=_help("anomaly"))]
Format = Annotated[Literal["table", "json"], typer.Option("--format", help=_help("format"))]
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}

app = typer.Typer(help=_help("anomalies"), no_args_is_help=True, rich_markup_mode=None)


@app.command("list", help=_help("anomalies_list.command"), epilog=_help("anomalies_list.examples"))
def list_anomalies(
    state: Annotated[State, typer.Option("--state", help=_help("state"))] = "active",
    priority: Annotated[
        Literal["HIGH", "MEDIUM", "LOW"] | None, typer.Option("--priority", help=_help("priority"))
    ] = None,
    detector: Annotated[str | None, typer.Option("--detector", metavar="NAME", help=_help("of_detector"))] = None,
    format: Format = "table",
    store: Store = SETTINGS.store,
) -> None:
    """List anomalies."""
    from fa2.renderers.detectors_table import anomalies_json, anomalies_table

    with opened(store) as kept:
        record = kept.detector(detector) if detector else None
        names = {r.id: r.definition.name for r in kept.detectors()}
        found = kept.anomalies(datetime.now(UTC), record)
    shown = [a for a in found if state in ("all", a.state) and priority in (None, a.priority)]
    if format == "json":
        write(anomalies_json(shown, names), None)
    elif not shown:
        said("no_anomalies")
    else:
        write(anomalies_table(shown, names, TEXTS, width()), None)


@app.command("show", help=_help("anomalies_show.command"), epilog=_help("anomalies_show.examples"))
def show(id: Id, format: Format = "table", store: Store = SETTINGS.store) -> None:
    """Show one anomaly."""
    from fa2.renderers.detectors_table import anomalies_json, anomaly_text

    with opened(store) as kept:
        found = kept.anomaly(id, datetime.now(UTC))
        names = {r.id: r.definition.name for r in kept.detectors()}
    write(anomalies_json([found], names) if format == "json" else anomaly_text(found, names, TEXTS), None)


@app.command("suppress", help=_help("anomalies_suppress.command"), epilog=_help("anomalies_suppress.examples"))
def suppress(
    target: Annotated[str, typer.Argument(metavar="ID|PATTERN", help=_help("target"))],
    duration: Annotated[str | None, typer.Option("--for", metavar="DURATION", help=_help("for"))] = None,
    pattern: Annotated[bool, typer.Option("--pattern", help=_help("pattern"))] = False,
    undo: Annotated[bool, typer.Option("--undo", help=_help("undo"))] = False,
    store: Store = SETTINGS.store,
) -> None:
    """Hide an anomaly or a pattern, or show it again."""
    from fa2.core.anomalies import Suppression
    from fa2.core.windows import iso

    now = datetime.now(UTC)
    until = now + duration_of(duration) if duration else None
    with opened(store) as kept:
        of_pattern = pattern or target.startswith("P")
        found = _of_pattern(kept, target, now) if of_pattern else [kept.anomaly(target, now)]
        for anomaly in found:
            if undo:
                kept.unsuppress(anomaly)
            elif of_pattern:
                kept.suppress_pattern(Suppression(anomaly.detector, anomaly.pattern_id, now, until))
            else:
                kept.suppress(anomaly, now, until)
    what = found[0].pattern_id if of_pattern else found[0].id[:8]
    if undo:
        said("shown_again", what=what)
    elif until:
        said("suppressed", what=what, until=iso(until))
    else:
        said("suppressed_forever", what=what)


def _of_pattern(kept: DetectorStore, target: str, now: datetime) -> list[Anomaly]:
    """Return the anomalies of the pattern whose id begins so, or of the pattern of an anomaly."""
    everything = kept.anomalies(now)
    found = [a for a in everything if a.pattern_id.startswith(target)]
    if not found:
        own = [a for a in everything if a.id.startswith(target)]
        found = [a for a in everything if any((a.detector, a.pattern_id) == (o.detector, o.pattern_id) for o in own)]
    if not found or len({a.pattern_id for a in found}) > 1:
        raise UnusableInput("detectors.error.no_pattern", id=target[:80])
    return found


@app.command("baseline", help=_help("anomalies_baseline.command"), epilog=_help("anomalies_baseline.examples"))
def baseline(id: Id, store: Store = SETTINGS.store) -> None:
    """Accept an anomaly as normal."""
    with opened(store) as kept:
        found = kept.anomaly(id, datetime.now(UTC))
        kept.accept(found)
    said("accepted", id=found.id[:8])


def duration_of(text: str) -> timedelta:
    """Return the duration written as 90m, 2h or 3d. Raises UnusableInput when it is none."""
    found = re.fullmatch(r"(\d{1,5})\s*([mhd])", text.strip())
    if not found or not int(found[1]):
        raise UnusableInput("detectors.error.duration", text=text[:40])
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def add_to(into: typer.Typer) -> None:
    """Register the commands."""
    into.add_typer(app, name="anomalies")


__all__ = ["Path", "add_to", "app", "duration_of"]
