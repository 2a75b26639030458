"""The record of a model at work, for a terminal: step by step, or as a list of the latest.

What a model wrote and what it was sent is untrusted: it cannot move the cursor or colour the screen.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from typing import Literal

from rich.console import Console, RenderableType

from fa2.core.messages import Language, Value, catalogue
from fa2.core.model_run import ModelRun, RecordedCall, RecordedStep
from fa2.core.windows import iso
from fa2.renderers.terminal_text import WrappedTable, WrappedText, joined
from fa2.renderers.wording import one_line, said, visible

Detail = Literal["brief", "full"]
"""brief: what was sent is counted and long texts are cut; full: everything."""

_MOST = {"answer": 6000, "result": 600, "arguments": 300}
"""Characters of each that are shown in brief."""
_MARGIN = "  │ "


class _Words:
    def __init__(self, language: Language) -> None:
        self.language = language
        self._messages = catalogue(language)

    def __call__(self, name: str, /, **values: Value) -> str:
        return self._messages.text(f"runs.{name}", **values)

    def word(self, group: str, name: str) -> str:
        key = f"runs.{group}.{name}"
        return self._messages.template(key) if self._messages.has(key) else one_line(name)

    def usd(self, amount: float | None) -> str:
        return self("page.usd_unknown") if amount is None else self("page.usd", amount=f"{amount:.4f}")

    def separated(self, parts: Sequence[str]) -> str:
        return self("page.dot").join(parts)


def render(
    run: ModelRun, language: Language = "en", *, detail: Detail = "brief", width: int = 100, color: bool = False
) -> str:
    """Return the run step by step. Texts of the model and its tools are not wrapped, so that they can be copied."""
    words, page = _Words(language), _Page(width, color)
    for block in _head(words, run):
        page.put(block)
    for step in run.steps:
        _put_step(page, words, step, detail)
    if not run.steps:
        page.put(WrappedText(words("page.no_steps")))
    return page.text()


def render_list(
    runs: Sequence[ModelRun], language: Language = "en", *, more: int = 0, width: int = 100, color: bool = False
) -> str:
    """Return a table of runs in the order given; `more` older ones are only counted."""
    words, page = _Words(language), _Page(width, color)
    table = WrappedTable(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for name in ("id", "started", "incident", "models", "steps", "tokens", "usd", "ended"):
        number = name in ("steps", "tokens", "usd")
        table.add_column(words(f"list.{name}"), justify="right" if number else "left", overflow="fold")
    for run in runs:
        table.add_row(*_row(words, run))
    page.put(table)
    if more:
        page.put(WrappedText(words("list.more", n=more), "dim"))
    return page.text()


class _Page:
    """What is printed, as text; long texts go past rich, which would take seconds for megabytes."""

    def __init__(self, width: int, color: bool) -> None:
        self._file = io.StringIO()
        self._console = Console(
            file=self._file,
            width=width,
            force_terminal=color,
            no_color=not color,
            highlight=False,
            legacy_windows=False,
        )

    def put(self, block: RenderableType) -> None:
        self._console.print(block)

    def put_text(self, text: str) -> None:
        """Print untrusted text as it stands, behind a margin."""
        lines = visible(text).rstrip("\n").split("\n")
        self._file.write(_MARGIN + f"\n{_MARGIN}".join(lines) + "\n")

    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._file.getvalue().split("\n")).rstrip("\n") + "\n"


def _head(words: _Words, run: ModelRun) -> Iterator[RenderableType]:
    usage = run.usage
    yield WrappedText(words("page.title", id=one_line(run.id), incident=one_line(run.incident)), "bold")
    yield WrappedText(
        words(
            "page.about",
            mode=words.word("mode", run.mode),
            models=words.separated([one_line(model) for model in run.models]),
            started=iso(run.started),
            seconds=run.duration_s,
        )
    )
    yield WrappedText(
        words(
            "page.usage",
            requests=usage.requests,
            calls=usage.tool_calls,
            input=usage.input_tokens,
            cached=usage.cached_tokens,
            output=usage.output_tokens,
            usd=words.usd(usage.usd),
        )
    )
    yield WrappedText(words("page.ended", text=one_line(said(run.ended, words.language))))


def _put_step(page: _Page, words: _Words, step: RecordedStep, detail: Detail) -> None:
    page.put(WrappedText("\n" + _step_line(words, step), "bold"))
    if step.retries:
        page.put(WrappedText(words("page.retries", n=step.retries), "yellow"))
    for name, text in (("instructions", step.instructions), ("sent", step.sent)):
        if text:
            _put_sent(page, words, f"page.{name}", text if detail == "full" else None, len(text))
    if step.text:
        page.put(WrappedText(words("page.thought"), "dim"))
        _put_cut(page, words, step.text, _most(detail, "answer"))
    for call in step.calls:
        if step.purpose == "conclude" and call.outcome == "not_run":
            _put_conclusion(page, words, call, detail)
        else:
            _put_call(page, words, call, detail)
    if step.problem:
        problem = one_line(said(step.problem, words.language))
        page.put(WrappedText(words("page.problem", text=problem), "bold red"))
    if step.stop:
        page.put(WrappedText(words("page.stop", stop=words.word("stop", step.stop)), "dim"))


def _step_line(words: _Words, step: RecordedStep) -> str:
    return words(
        "page.step",
        n=step.number,
        purpose=words.word("purpose", step.purpose),
        model=one_line(step.model),
        seconds=step.duration_s,
        input=step.input_tokens,
        output=step.output_tokens,
        usd=words.usd(step.usd),
    )


def _put_sent(page: _Page, words: _Words, key: str, text: str | None, length: int) -> None:
    hidden = words("page.hidden", n=length) if text is None else ""
    page.put(joined((words(key), "dim"), (f"  {hidden}" if hidden else "", "dim")))
    if text is not None:
        page.put_text(text)


def _put_call(page: _Page, words: _Words, call: RecordedCall, detail: Detail) -> None:
    arguments = one_line(call.arguments)
    most = _most(detail, "arguments")
    cut = arguments if most is None or len(arguments) <= most else arguments[:most] + "…"
    page.put(joined((words("page.call"), "dim"), "  ", (one_line(call.name), "bold cyan"), f" {cut}"))
    facts = [words("page.call_outcome", outcome=words.word("outcome", call.outcome), seconds=call.duration_s)]
    if call.evidence:
        facts.append(words("page.evidence", ids=", ".join(one_line(id) for id in call.evidence)))
    if call.left_out:
        facts.append(words("page.left_out", n=call.left_out))
    page.put(WrappedText("  " + words.separated(facts), "dim" if call.outcome == "answered" else "yellow"))
    if call.result:
        _put_cut(page, words, call.result, _most(detail, "result"))


def _put_conclusion(page: _Page, words: _Words, call: RecordedCall, detail: Detail) -> None:
    """Print what a model concluded: the arguments of a call that is read and not run."""
    page.put(joined((words("page.conclusion"), "dim"), "  ", (one_line(call.name), "bold cyan")))
    _put_cut(page, words, _laid_out(call.arguments), _most(detail, "answer"))


def _laid_out(arguments: str) -> str:
    """Return JSON on lines of its own, and what is none as it is."""
    try:
        return json.dumps(json.loads(arguments), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return arguments


def _most(detail: Detail, name: str) -> int | None:
    return None if detail == "full" else _MOST[name]


def _put_cut(page: _Page, words: _Words, text: str, most: int | None) -> None:
    page.put_text(text[:most])
    if most is not None and len(text) > most:
        page.put(WrappedText("    " + words("page.more", n=len(text) - most), "dim"))


def _row(words: _Words, run: ModelRun) -> tuple[str, ...]:
    usage = run.usage
    return (
        one_line(run.id),
        iso(run.started)[:16].replace("T", " "),
        one_line(run.incident),
        words.separated([one_line(model) for model in run.models]),
        str(usage.requests),
        f"{usage.input_tokens + usage.output_tokens:,}",
        "–" if usage.usd is None else f"{usage.usd:.4f}",
        one_line(said(run.ended, words.language)),
    )
