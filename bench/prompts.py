"""How much a model is sent: the first prompt, a whole investigation, and what all rows would have taken.

    python bench/prompts.py BENCH

On each bundle of BENCH/nezha-tt and BENCH/petshop, in tokens as fa2 estimates them (see docs/decisions/0019 for
what that is off by):

    first       the first request, with instructions, brief and tools
    run         everything sent and received in an investigation that calls a tool of each kind in five cycles
    all rows    the reference system's way: every collected row in one prompt, as tab-separated text

The model is a script that looks at everything there is and then concludes with one claim.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from harness import RESULTS, machine

from fa2.core.bundle import Bundle, opened
from fa2.core.deadlines import Deadline
from fa2.core.language_model import Answer, Hearer, Question, Tokens, ToolCall
from fa2.core.messages import LANGUAGES, Language
from fa2.core.report import Report
from fa2.core.tokens import estimated_tokens
from fa2.investigator.agent import Models
from fa2.investigator.conclusion import CONCLUDE
from fa2.investigator.limits import Limits, question_tokens
from fa2.pipeline import investigate
from fa2.wiring.investigations import stages
from fa2.wiring.model import Investigator

GOAL = 8_000
"""Tokens of the first prompt at most."""


def main() -> bool:
    """Print the table, write results/prompts.json and return whether each first prompt is below the goal."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("bench", type=Path)
    options.add_argument("--quick", action="store_true", help="every fourth bundle")
    asked, _ = options.parse_known_args()
    places = [
        p.parent for name in ("nezha-tt", "petshop") for p in sorted((asked.bench / name).glob("*/incident.json"))
    ]
    figures = []
    print(f"{'bundle':24}{'first en':>10}{'first ja':>10}{'run':>10}{'all rows':>14}{'rows / run':>12}")
    for place in places[:: 4 if asked.quick else 1]:
        found = _measured(place)
        figures.append(found)
        ratio = found["all_rows"] / found["run"]
        print(
            f"{place.name:24}{found['first_en']:>10,}{found['first_ja']:>10,}{found['run']:>10,}"
            f"{found['all_rows']:>14,}{ratio:>12.1f}"
        )
    first = max(max(f["first_en"], f["first_ja"]) for f in figures)
    ratio = median(f["all_rows"] / f["run"] for f in figures)
    print(f"\nlargest first prompt {first:,} (goal {GOAL:,}); all rows take {ratio:.0f} times a whole run (median)")
    kept = {"when": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine(), "bundles": figures}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "prompts.json").write_text(json.dumps(kept, indent=1) + "\n")
    return first < GOAL


def _measured(place: Path) -> dict[str, int]:
    with opened(place) as bundle:
        curious = {language: _Curious(bundle) for language in LANGUAGES}
        for language, model in curious.items():
            _investigated(bundle, model, language)
        en, ja = curious["en"], curious["ja"]
        return {
            "first_en": question_tokens(en.asked[0]),
            "first_ja": question_tokens(ja.asked[0]),
            "run": en.tokens,
            "all_rows": sum(map(estimated_tokens, _all_rows(bundle))),
        }


def _investigated(bundle: Bundle, model: _Curious, language: Language) -> Report:
    work = Investigator(Models(model, model), "agent", Limits(), str(bundle.folder), clock=lambda: datetime.now(UTC))
    return investigate(
        bundle, replace(stages(), further=work), language=language, named=str(bundle.folder), watch=lambda _: None
    )


class _Curious:
    """Calls every tool that it is offered, a few in each cycle, for the first service that the brief names."""

    name = "script:curious"
    usd_per_token: tuple[float, float] | None = None

    def __init__(self, bundle: Bundle) -> None:
        self.asked: list[Question] = []
        self.tokens = 0
        self._service = _some_service(bundle)
        self._ids = itertools.count()

    def ask(self, question: Question, deadline: Deadline, hearer: Hearer | None = None, /) -> Answer:
        """Return the next calls, or a conclusion."""
        self.asked.append(question)
        offered = [tool for tool in question.tools if tool.name not in ("finish", "state_hypotheses", CONCLUDE)]
        step = len(self.asked) - 1
        calls = tuple(self._call(tool.name, tool.arguments) for tool in offered[3 * step : 3 * step + 3])
        if question.must_call == CONCLUDE:
            claims = [{"id": "c1", "section": "cause", "text": "Nothing.", "evidence": []}]
            calls = (ToolCall("last", CONCLUDE, json.dumps({"claims": claims})),)
        elif not calls:
            calls = (ToolCall(f"f{step}", "finish", "{}"),)
        spent = Tokens(question_tokens(question), sum(estimated_tokens(c.arguments) for c in calls))
        self.tokens += spent.input + spent.output
        return Answer("I look further.", calls, "tools", spent)

    def _call(self, name: str, schema: object) -> ToolCall:
        properties = dict(schema.get("properties", {})) if hasattr(schema, "get") else {}
        known = {"service": self._service, "query": "fields @timestamp, @message | limit 50"}
        arguments = {key: value for key, value in known.items() if key in properties}
        return ToolCall(f"call-{next(self._ids)}", name, json.dumps(arguments))


def _some_service(bundle: Bundle) -> str:
    table = next(t for t in ("spans", "logs", "metrics") if t in bundle.tables)
    with bundle.connected() as connection:
        row = connection.execute(f"SELECT mode(service) FROM {table} WHERE service IS NOT NULL").fetchone()
    return str(row[0]) if row else ""


def _all_rows(bundle: Bundle) -> Iterator[str]:
    """Yield every row of every table as tab-separated text."""
    with bundle.connected() as connection:
        for table in bundle.tables:
            cursor = connection.execute(f"SELECT * FROM {table}")
            while rows := cursor.fetchmany(10_000):
                yield "\n".join("\t".join("" if v is None else str(v) for v in row) for row in rows)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
