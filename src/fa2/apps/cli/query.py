"""fa2 query: the query language of CloudWatch Logs Insights on any logs."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from fa2.apps.cli.options import SETTINGS, TEXTS, Zone, nameable, width, write, zone_of
from fa2.core.errors import UnusableInput
from fa2.core.messages import Language, catalogue

if TYPE_CHECKING:
    from fa2.core.bundle import Bundle
    from fa2.core.windows import TimeWindow

Form = Literal["table", "json", "csv"]
_SUFFIXES: dict[str, Form] = {".json": "json", ".csv": "csv"}


def _help(name: str) -> str:
    return TEXTS.template(f"query.help.{name}")


def _each_nameable(paths: list[Path] | None) -> list[Path]:
    return [path for path in paths or () if nameable(path)]


def query(
    text: Annotated[str, typer.Argument(metavar="QUERY", help=_help("query"))],
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="FILES", callback=_each_nameable, help=_help("files"))
    ] = None,
    start: Annotated[str | None, typer.Option("--from", metavar="TIME", help=_help("from"))] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="TIME", help=_help("to"))] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000_000, help=_help("limit"))] = 10_000,
    format: Annotated[Form | None, typer.Option("--format", help=_help("format"))] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="PATH", callback=nameable, help=_help("output"))
    ] = None,
    assume_zone: Zone = None,
    explain: Annotated[bool, typer.Option("--explain", help=_help("explain"))] = False,
    language: Annotated[Language | None, typer.Option("--language", help=_help("language"))] = None,
) -> None:
    """Ask logs a question in the language of CloudWatch Logs Insights."""
    from fa2.apps.cli import query_results as results
    from fa2.logs.query.parsing import parse
    from fa2.logs.query.plans import plan
    from fa2.logs.query.problems import QueryProblem
    from fa2.logs.query.running import ask

    texts = catalogue(language or SETTINGS.language or "en")
    window, now = _window(start, end), datetime.now(UTC)
    try:
        tree = parse(text)
        planned = plan(tree, window=window, now=now, limit=limit)
        if explain:
            write(results.explained(planned), output)
            return
        with _logs(files or [], assume_zone) as bundle, bundle.connected() as connection:
            answer = ask(tree, connection, window=window, now=now, limit=limit)
    except QueryProblem as problem:
        typer.echo(results.pointed(problem.within(text), texts, width()), err=True)
        raise typer.Exit(2) from problem
    chosen = format or (_SUFFIXES.get(output.suffix.lower()) if output else None) or "table"
    write(results.FORMS[chosen](answer, texts, width()), output)
    for line in results.remarks(answer, bundle.coverage, texts):
        typer.echo(line, err=True)


def _window(start: str | None, end: str | None) -> TimeWindow | None:
    """Return the window of --from and --to, either of which may be missing."""
    from fa2.core.windows import TimeWindow, parse_time

    if start is None and end is None:
        return None
    first = parse_time(start) if start else datetime(1, 1, 1, tzinfo=UTC)
    return TimeWindow(first, parse_time(end) if end else datetime(9999, 12, 31, tzinfo=UTC))


@contextmanager
def _logs(files: Sequence[Path], assume_zone: str | None) -> Iterator[Bundle]:
    """Open the logs of files, folders and bundles; `-` is standard input. Raises UnusableInput when there are none."""
    from fa2.apps.cli.progress import watching
    from fa2.wiring.investigations import logs_of

    if not files:
        raise UnusableInput("query.problem.no_files")
    with tempfile.TemporaryDirectory(prefix="fa2-") as scratch, watching(TEXTS) as watch:
        paths = [_standard_input(Path(scratch)) if str(file) == "-" else file for file in files]
        with logs_of(paths, zone_of(assume_zone), watch) as bundle:
            if not bundle.tables:
                raise UnusableInput("query.problem.no_logs", path=", ".join(map(str, files)))
            yield bundle


def _standard_input(folder: Path) -> Path:
    file = folder / "stdin"
    with file.open("wb") as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy)
    return file


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("query", help=_help("command"), epilog=_help("examples"))(query)
