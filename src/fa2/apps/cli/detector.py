"""fa2 detector: set up detectors, let them work, look at them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from fa2.apps.cli.options import SETTINGS, TEXTS, write, zone_of

if TYPE_CHECKING:
    from datetime import datetime

    from fa2.core.anomalies import Anomaly
    from fa2.core.detectors import DetectorRecord, DetectorState, DetectorStatus, FilePosition, Followed
    from fa2.stores.detector_store import DetectorStore


def _help(name: str) -> str:
    return TEXTS.template(f"detectors.help.{name}")


Store = Annotated[Path, typer.Option("--store", metavar="FILE", help=_help("store"), show_default=False)]
Name = Annotated[str, typer.Argument(metavar="NAME", help=_help("detector"))]
Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help=_help("detectors"), show_default=False)]

app = typer.Typer(help=_help("group"), no_args_is_help=True, rich_markup_mode=None)


def opened(path: Path) -> DetectorStore:
    """Return the store at a path."""
    from fa2.stores.detector_store import DetectorStore

    return DetectorStore(path.expanduser())


def said(key: str, /, **values: str | int | float | None) -> None:
    """Print a message of detectors.say, fit for a terminal."""
    from fa2.renderers.wording import visible

    typer.echo(visible(TEXTS.text(f"detectors.say.{key}", **values)))


@app.command("create", help=_help("create.command"), epilog=_help("create.examples"))
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help=_help("name"))],
    files: Annotated[list[Path], typer.Argument(metavar="FILES...", help=_help("files"))],
    filter: Annotated[str, typer.Option("--filter", metavar="PATTERN", help=_help("filter"), show_default=False)] = "",
    frequency: Annotated[int, typer.Option("--frequency", metavar="1|5|10|15|30|60", help=_help("frequency"))] = 5,
    visibility: Annotated[int, typer.Option("--visibility", metavar="DAYS", help=_help("visibility"))] = 21,
    baseline_days: Annotated[
        float | None, typer.Option("--baseline-days", metavar="DAYS", help=_help("baseline_days"))
    ] = None,
    assume_zone: Annotated[
        str, typer.Option("--assume-zone", metavar="ZONE", help=_help("zone"), show_default=False)
    ] = "UTC",
    store: Store = SETTINGS.store,
) -> None:
    """Set up a detector."""
    from datetime import UTC, datetime

    from fa2.core.detectors import DetectorDefinition
    from fa2.core.errors import UnusableInput
    from fa2.logs.detectors.filters import parse_filter

    zone_of(assume_zone)
    for file in files:
        if not file.exists():
            raise UnusableInput("errors.not_found", path=str(file))
    paths = tuple(str(file.resolve()) for file in files)
    definition = DetectorDefinition(name, paths, filter, frequency, visibility, baseline_days, assume_zone)
    parse_filter(filter)
    with opened(store) as kept:
        kept.create(definition, datetime.now(UTC))
    said("created", name=name)


@app.command("list", help=_help("list.command"), epilog=_help("list.examples"))
def list_detectors(
    store: Store = SETTINGS.store,
    format: Annotated[Literal["table", "json"], typer.Option("--format", help=_help("format"))] = "table",
) -> None:
    """List detectors."""
    from datetime import UTC, datetime

    from fa2.renderers.detectors_table import detectors_json, detectors_table

    with opened(store) as kept:
        records = kept.detectors()
        found = kept.anomalies(datetime.now(UTC))
    if format == "json":
        write(detectors_json(records), None)
    elif not records:
        said("none")
    else:
        write(detectors_table(records, found, TEXTS), None)


@app.command("show", help=_help("show.command"), epilog=_help("show.examples"))
def show(
    name: Name,
    format: Annotated[
        Literal["text", "json", "cloudwatch"], typer.Option("--format", help=_help("definition_format"))
    ] = "text",
    log_group_arn: Annotated[str, typer.Option("--log-group-arn", metavar="ARN", help=_help("log_group_arn"))] = "",
    store: Store = SETTINGS.store,
) -> None:
    """Show one detector."""
    import json

    from fa2.renderers.detectors_table import detector_text, detectors_json

    with opened(store) as kept:
        record = kept.detector(name)
    if format == "json":
        write(detectors_json([record]), None)
    elif format == "cloudwatch":
        from fa2.sources.aws.anomaly_detectors import creation_parameters

        write(json.dumps(creation_parameters(record.definition, log_group_arn), indent=2), None)
    else:
        write(detector_text(record, TEXTS), None)


@app.command("run", help=_help("run.command"), epilog=_help("run.examples"))
def run(
    names: Names = None,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME", help=_help("until"))] = None,
    store: Store = SETTINGS.store,
) -> None:
    """Read what is new and evaluate once."""
    from datetime import UTC, datetime

    from fa2.core.windows import parse_time
    from fa2.detection import Run

    limit = parse_time(until) if until else None
    now = datetime.now(UTC)
    with opened(store) as kept:
        for record in _chosen(kept, names):
            if record.status.state == "PAUSED":
                said("is_paused", name=record.definition.name)
                continue
            with _failing(kept, record) as working:
                done = Run(working, kept, _Reader(working), limit or now, _told_to_nobody).to_the_end(limit)
            if purged := kept.purge(done, done.status.evaluated_until or now):
                said("purged", n=purged)
            _tell_run(kept, done, now)


@app.command("watch", help=_help("watch.command"), epilog=_help("watch.examples"))
def watch(
    name: Name,
    every: Annotated[float, typer.Option("--every", metavar="SECONDS", min=0.1, help=_help("every"))] = 2.0,
    once: Annotated[bool, typer.Option("--until-idle", help=_help("once"))] = False,
    store: Store = SETTINGS.store,
) -> None:
    """Follow files and tell anomalies as they come."""
    import sys

    from fa2.apps.cli.clocks import SystemClock
    from fa2.detection import Run
    from fa2.renderers.detectors_table import anomaly_line

    with opened(store) as kept:
        record = kept.detector(name)
        if record.status.state == "PAUSED":
            said("is_paused", name=record.definition.name)
            return
        if sys.stderr.isatty():
            typer.echo(TEXTS.text("detectors.say.watching", name=record.definition.name), err=True)
        clock = SystemClock()

        def tell(anomaly: Anomaly) -> None:
            write(anomaly_line(anomaly, TEXTS), None)

        with _failing(kept, record) as working:
            Run(working, kept, _Reader(working), clock.now(), tell).watch(clock, every, until_idle=once)


@app.command("pause", help=_help("pause.command"), epilog=_help("pause.examples"))
def pause(name: Name, store: Store = SETTINGS.store) -> None:
    """Pause a detector."""
    _set_state(name, store, "PAUSED")
    said("paused", name=name)


@app.command("resume", help=_help("resume.command"), epilog=_help("resume.examples"))
def resume(name: Name, store: Store = SETTINGS.store) -> None:
    """Let a detector work again."""
    _set_state(name, store, "ANALYZING")
    said("resumed", name=name)


@app.command("delete", help=_help("delete.command"), epilog=_help("delete.examples"))
def delete(name: Name, store: Store = SETTINGS.store) -> None:
    """Forget a detector."""
    with opened(store) as kept:
        kept.delete(kept.detector(name))
    said("deleted", name=name)


def _set_state(name: str, store: Path, state: Literal["PAUSED", "ANALYZING"]) -> None:
    from dataclasses import replace

    with opened(store) as kept:
        record = kept.detector(name)
        status = record.status
        if state == "PAUSED":
            kept.set_state(record, replace(status, state="PAUSED"))
        else:
            kept.set_state(record, replace(status, state=_working(status), reason=""))


def _working(status: DetectorStatus) -> DetectorState:
    """Return the state of a detector that is at work."""
    if status.trained_until is not None:
        return "ANALYZING"
    return "TRAINING" if status.first_line else "INITIALIZING"


def _chosen(kept: DetectorStore, names: Sequence[str] | None) -> list[DetectorRecord]:
    return [kept.detector(name) for name in names] if names else kept.detectors()


class _Reader:
    """Gives what is new in a detector's files, through the registered readers."""

    def __init__(self, record: DetectorRecord) -> None:
        from fa2.wiring.investigations import local_sources

        self._definition = record.definition
        self._zone = zone_of(record.definition.zone)
        self._sources = local_sources(self._zone)

    def __call__(self, positions: dict[str, FilePosition], *, all_there: bool) -> list[Iterator[Followed]]:
        from fa2.sources.local.log_following import events, files_to_read

        found = files_to_read(self._definition.paths, positions, self._sources)
        return [events(file, self._zone, all_there=all_there) for file in found]


def _told_to_nobody(anomaly: Anomaly) -> None:
    """Leave an anomaly to `fa2 anomalies list`."""


@contextmanager
def _failing(kept: DetectorStore, record: DetectorRecord) -> Iterator[DetectorRecord]:
    """Give a detector that works again, and note why where it cannot."""
    from dataclasses import replace

    from fa2.core.errors import Fa2Error

    try:
        yield replace(record, status=replace(record.status, state=_working(record.status), reason=""))
    except Fa2Error as error:
        current = kept.detector(record.id)
        if error.key != "detectors.error.company":
            kept.set_state(current, replace(current.status, state="FAILED", reason=str(error)))
        raise


def _tell_run(kept: DetectorStore, record: DetectorRecord, now: datetime) -> None:
    from fa2.core.windows import iso

    status, name = record.status, record.definition.name
    if status.first_line is None:
        said("ran_nothing", name=name)
        return
    state = TEXTS.template(f"detectors.state.{status.state}")
    until = iso(status.evaluated_until) if status.evaluated_until else None
    found = [a for a in kept.anomalies(now, record) if a.state == "active"]
    said("ran", name=name, state=state, lines=status.lines, patterns=status.patterns, until=until, anomalies=len(found))
    if status.state == "TRAINING" and status.learns_until:
        said("training", name=name, until=iso(status.learns_until))
    if status.future:
        said("future", name=name, n=status.future)
    for code in status.advice:
        typer.echo(f"{name}: {TEXTS.text(f'detectors.advice.{code}')}")


def add_to(into: typer.Typer) -> None:
    """Register the commands."""
    into.add_typer(app, name="detector")
