"""The record of a model at work as JSON, with the texts of its statements in one language."""

from __future__ import annotations

import json
from collections.abc import Sequence

from fa2.core.messages import Language
from fa2.core.model_run import ModelRun
from fa2.core.windows import iso
from fa2.renderers.wording import filled, said


def render(run: ModelRun, language: Language = "en") -> str:
    """Return fa2.run/1, with `text` of each statement."""
    return json.dumps(filled(run, language).model_dump(mode="json"), ensure_ascii=False, indent=2) + "\n"


def render_list(runs: Sequence[ModelRun], language: Language = "en") -> str:
    """Return an array with an object for each run: what it was and what it took, without what was said."""
    return json.dumps([_summary(run, language) for run in runs], ensure_ascii=False, indent=2) + "\n"


def _summary(run: ModelRun, language: Language) -> dict[str, object]:
    return {
        "id": run.id,
        "incident": run.incident,
        "mode": run.mode,
        "models": run.models,
        "started": iso(run.started),
        "usage": run.usage.model_dump(mode="json"),
        "ended": {"key": run.ended.key, "text": said(run.ended, language)},
    }
