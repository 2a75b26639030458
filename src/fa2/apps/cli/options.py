"""What commands share: option types, times and zones as they are typed, where output goes."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fa2.config.environment import from_environment
from fa2.core.errors import UnusableInput
from fa2.core.messages import Language, catalogue

if TYPE_CHECKING:
    from fa2.core.windows import TimeWindow
    from fa2.wiring.investigations import Request

SETTINGS = from_environment()
TEXTS = catalogue(SETTINGS.language or "en")
"""Help and messages, in the language of the environment."""


def cli_text(name: str) -> str:
    """Return the unfilled message cli.NAME."""
    return TEXTS.template(f"cli.{name}")


def nameable(path: Path | None) -> Path | None:
    """Return the path. Raises UnusableInput when it is not UTF-8: neither DuckDB nor a report could name it."""
    shown = str(path.resolve()).encode("utf-8", "replace").decode() if path else ""
    if path and shown != str(path.resolve()):
        raise UnusableInput("errors.not_utf8", path=shown)
    return path


From = Annotated[str | None, typer.Option("--from", metavar="TIME", help=cli_text("option.from"))]
To = Annotated[str | None, typer.Option("--to", metavar="TIME", help=cli_text("option.to"))]
Baseline = Annotated[
    list[str] | None, typer.Option("--baseline", metavar="START/END", help=cli_text("option.baseline"))
]
Question = Annotated[str | None, typer.Option("--question", metavar="TEXT", help=cli_text("option.question"))]
Zone = Annotated[str | None, typer.Option("--assume-zone", metavar="ZONE", help=cli_text("option.assume_zone"))]
ReportLanguage = Annotated[Language | None, typer.Option("--language", help=cli_text("option.language"))]


def zone_of(name: str | None) -> tzinfo:
    """Return the zone of a name, UTC for none. Raises UnusableInput when there is no such zone."""
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name) if name else UTC
    except (KeyError, ValueError, OSError) as error:
        raise UnusableInput("errors.zone", name=name) from error


def window_of(start: str | None, end: str | None) -> TimeWindow | None:
    """Return the window of --from and --to, null for neither. Raises UnusableInput when only one is given."""
    from fa2.core.windows import TimeWindow, parse_time

    if start is None and end is None:
        return None
    if start is None or end is None:
        raise UnusableInput("errors.from_to")
    return TimeWindow(parse_time(start), parse_time(end))


def width() -> int:
    """Return the columns of the terminal, within what our tables can use."""
    import shutil

    return min(max(shutil.get_terminal_size((100, 24)).columns, 60), 140)


def writable(output: Path | None) -> None:
    """Raise UnusableInput where a file could not be written for want of its folder: before the work, not after it."""
    if output is None or str(output) == "-" or output.parent.is_dir():
        return
    try:
        output.stat()
    except OSError as error:
        raise UnusableInput("errors.output", path=str(output), problem=error.strerror or str(error)) from error


def write(text: str, output: Path | None) -> None:
    """Write to a file, or to standard output for null or `-`. Raises UnusableInput when the file cannot be written."""
    if output is None or str(output) == "-":
        with _ended_by_its_reader():
            sys.stdout.write(text if text.endswith("\n") else text + "\n")
            sys.stdout.flush()
        return
    try:
        output.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UnusableInput("errors.output", path=str(output), problem=error.strerror or str(error)) from error


@contextmanager
def _ended_by_its_reader() -> Iterator[None]:
    """End quietly, as other programs do, where a reader has gone. Only here: a server may go, too, and that is an error."""
    if not hasattr(signal, "SIGPIPE") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGPIPE, before)


def request_of(
    start: str | None, end: str | None, baseline: list[str] | None, question: str | None, zone: str | None
) -> Request:
    """Return what is asked of data at hand. Raises UnusableInput for what is no time, window or zone."""
    from fa2.core.windows import TimeWindow
    from fa2.wiring.investigations import Request

    return Request(
        window=window_of(start, end),
        baselines=tuple(TimeWindow.parse(text) for text in baseline or ()),
        question=question,
        zone=zone_of(zone),
    )


def refuse_alarm(alarm: str | None, path: Path) -> None:
    """Raise UnusableInput where both a path and an alarm are given: one names data at hand, the other asks AWS."""
    if alarm:
        raise UnusableInput("errors.aws.alarm_and_path", name=alarm, path=str(path))
