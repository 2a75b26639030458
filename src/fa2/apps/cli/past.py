"""`fa2 past` and `fa2 feedback`: finished reports, and what people say of their causes; and the past of `investigate`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from fa2.apps.cli.aws_options import ConfigFile, Set, settings_if_any
from fa2.apps.cli.clocks import SystemClock
from fa2.apps.cli.options import SETTINGS, TEXTS, ReportLanguage, nameable
from fa2.core.errors import UnusableInput
from fa2.core.messages import Value

if TYPE_CHECKING:
    from fa2.config.loading import Loaded
    from fa2.core.past import Feedback, KeptReport, PastReports
    from fa2.core.report import Report
    from fa2.core.telemetry import Telemetry


def _help(name: str) -> str:
    return TEXTS.template(f"past.help.{name}")


NoPast = Annotated[bool, typer.Option("--no-past", help=_help("no_past"))]
_Id = Annotated[str, typer.Argument(metavar="ID", help=_help("id"))]

app = typer.Typer(help=_help("group"), epilog=_help("examples"), rich_markup_mode=None)


@dataclass(frozen=True)
class Memory:
    """What an investigation takes from past reports, and what it leaves to them."""

    past: PastReports | None
    """Null: nothing is recalled and nothing kept."""
    at_most: int = 3
    keeps: bool = True

    def before(self, further: Callable[[Telemetry, Report], Report]) -> Callable[[Telemetry, Report], Report]:
        """Return what looks further at a report that tells of the past."""
        return lambda telemetry, report: further(telemetry, self.recalled(report))

    def recalled(self, report: Report) -> Report:
        """Return a report with the incidents of the past that look alike."""
        from fa2.narrators.recalling import with_past

        return report if self.past is None else with_past(report, self.past, at_most=self.at_most)

    def kept(self, report: Report) -> Report:
        """Keep a report; return it with a note where it could not be kept."""
        from fa2.narrators.recalling import kept

        return report if self.past is None or not self.keeps else kept(report, self.past, SystemClock().now())


def memory_of(loaded: Loaded | None, no_past: bool) -> Memory:
    """Return the past of an investigation, by the settings where there are any."""
    if no_past:
        return Memory(None)
    if loaded is None:
        return Memory(_store(None))
    settings = loaded.configuration.past
    return Memory(_store(loaded), settings.at_most, settings.keep)


@app.callback(invoke_without_command=True)
def listed(
    context: typer.Context,
    config: ConfigFile = None,
    stated: Set = None,
    every: Annotated[bool, typer.Option("--all", help=_help("all"))] = False,
) -> None:
    """List kept reports, the latest incident first."""
    if context.invoked_subcommand is not None:
        return
    loaded = settings_if_any(config, stated)
    shelf = _store(loaded).kept()
    reports = sorted(shelf.reports, key=lambda one: (one.window.start, one.id), reverse=True)
    shown = [one for one in reports if every or one.verdict != "no_incident" or one.feedback]
    if not reports and not shelf.unreadable:
        _say("none", place=_place(loaded))
    for one in shown:
        _say("listed", id=one.id, time=one.window.start.isoformat(), title=one.title or one.id)
        _say("suspect", cause=_judged(one))
    for key, n in (("hidden", len(reports) - len(shown)), ("unreadable", shelf.unreadable)):
        if n:
            _say(key, n=n)


@app.command("show", help=_help("show"), epilog=_help("show_examples"))
def show(
    id: _Id,
    language: ReportLanguage = None,
    format: Annotated[
        Literal["terminal", "markdown", "html", "json"] | None,
        typer.Option("--format", help=TEXTS.template("cli.option.format")),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="PATH", callback=nameable, help=TEXTS.template("cli.option.output")),
    ] = None,
    config: ConfigFile = None,
    stated: Set = None,
) -> None:
    """Show a kept report."""
    from fa2.apps.cli.investigating import show_report
    from fa2.core.past import chosen

    past = _store(settings_if_any(config, stated))
    one = chosen(past.kept().reports, id)
    report = past.report(one.id)
    show_report(report.model_copy(update={"language": language or report.language}), format, output)


@app.command("forget", help=_help("forget"), epilog=_help("forget_examples"))
def forget(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help=_help("id"))],
    config: ConfigFile = None,
    stated: Set = None,
) -> None:
    """Delete kept reports; none of them where one id is wrong."""
    from fa2.core.past import chosen

    past = _store(settings_if_any(config, stated))
    shelf = past.kept()
    broken = {id for id in ids if shelf.unreadable and not any(one.id.startswith(id) for one in shelf.reports)}
    found = {one.id: one.title for one in (chosen(shelf.reports, id) for id in ids if id not in broken)}
    for id, title in {**found, **dict.fromkeys(broken, "")}.items():
        past.forget(id)
        _say("forgotten", id=id, title=title)


def feedback(
    report: Annotated[str, typer.Argument(metavar="REPORT.json|ID", help=_help("report"))],
    right: Annotated[bool, typer.Option("--right", help=_help("right"))] = False,
    wrong: Annotated[bool, typer.Option("--wrong", help=_help("wrong"))] = False,
    cause: Annotated[str | None, typer.Option("--cause", metavar="TEXT", help=_help("cause"))] = None,
    config: ConfigFile = None,
    stated: Set = None,
) -> None:
    """Say whether the cause that a report names is right."""
    if right == wrong:
        raise UnusableInput("errors.past.verdict")
    said = _words(cause)
    past, now = _store(settings_if_any(config, stated)), SystemClock().now()
    id, (service, mechanism) = _named(report, past, now)
    past.judge(id, _feedback("right" if right else "wrong", said, now, service=service, mechanism=mechanism))
    key = "thanks_right" if right else "thanks_wrong_as" if said else "thanks_wrong"
    _say(key, id=id, cause=_cause(service, mechanism) or TEXTS.text("past.say.nothing_named"), said=said)


def _named(report: str, past: PastReports, now: datetime) -> tuple[str, tuple[str | None, str | None]]:
    """Return the id of a report, which is kept if it is a file that is not, and the cause that it names."""
    from fa2.apps.cli.reading import read_report
    from fa2.core.past import chosen, report_id

    shelf = past.kept()
    if not Path(report).is_file():
        one = chosen(shelf.reports, report)
        return one.id, (one.fingerprint.service, one.fingerprint.mechanism)
    read = read_report(Path(report))
    first = read.suspects[0] if read.suspects else None
    known = {one.id for one in shelf.reports}
    id = report_id(read) if report_id(read) in known else past.keep(read.model_copy(update={"past": []}), now)
    return id, (first.service if first else None, first.mechanism if first else None)


def _feedback(
    verdict: Literal["right", "wrong"], said: str, at: datetime, *, service: str | None, mechanism: str | None
) -> Feedback:
    from fa2.core.past import Feedback

    by = SETTINGS.user[:120]
    return Feedback(verdict=verdict, cause=said, by=by, at=at, service=service, mechanism=mechanism)


def _words(cause: str | None) -> str:
    """Return a person's words as they are kept. Raises UnusableInput when there are none, or very many."""
    from fa2.core.past import MOST_CAUSE

    said = " ".join((cause or "").encode("utf-8", "replace").decode().split())
    if cause is not None and not said:
        raise UnusableInput("errors.past.cause_without_words")
    if len(said) > MOST_CAUSE:
        raise UnusableInput("errors.past.cause_too_long", n=len(said), most=MOST_CAUSE)
    return said


def _judged(one: KeptReport) -> str:
    """Return the cause that a report named, and what was said of it last."""
    said = one.said
    service, mechanism = one.fingerprint.service, one.fingerprint.mechanism
    cause = _cause(said.service, said.mechanism) if said else _cause(service, mechanism)
    cause = cause or TEXTS.text("past.say.no_suspect")
    if said is None:
        return cause
    return TEXTS.text(f"past.say.{said.verdict}{'_as' if said.cause else ''}", cause=cause, said=said.cause)


def _cause(service: str | None, mechanism: str | None) -> str:
    word = TEXTS.word(f"mechanism.{mechanism}") if mechanism else ""
    return " – ".join(part for part in (service, word) if part)


def _say(key: str, /, **values: Value) -> None:
    from fa2.renderers.wording import visible

    plain = {name: " ".join(value.split()) if isinstance(value, str) else value for name, value in values.items()}
    typer.echo(visible(TEXTS.text(f"past.say.{key}", **plain)))


def _store(loaded: Loaded | None) -> PastReports:
    """Return the store that is configured; the folder of the environment where nothing is."""
    if loaded is None:
        from fa2.stores.past_folder import PastInFolder

        return PastInFolder(SETTINGS.past.expanduser())
    from fa2.wiring.past import past_reports

    return past_reports(loaded.configuration, SystemClock().now)


def _place(loaded: Loaded | None) -> str:
    if loaded is None:
        return str(SETTINGS.past.expanduser())
    from fa2.wiring.past import folder_of

    settings = loaded.configuration.past
    return settings.table or str(folder_of(settings))


def add_to(parent: typer.Typer) -> None:
    """Register the commands."""
    parent.add_typer(app, name="past")
    parent.command("feedback", help=_help("feedback"), epilog=_help("feedback_examples"))(feedback)
