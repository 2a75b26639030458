"""An insight as JSON: everything that is in it, the statements' texts filled in."""

from __future__ import annotations

from fa2.core.insight import Insight
from fa2.renderers.wording import filled


def render(insight: Insight) -> str:
    """Return the JSON, times in UTC."""
    return filled(insight, insight.language).model_dump_json(indent=1) + "\n"
