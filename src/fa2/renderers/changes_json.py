"""A report of changes as JSON, format fa2.changes/1; its schema is schema/changes.schema.json.

Run as a module it prints the schema: python -m fa2.renderers.changes_json > changes.schema.json
"""

from __future__ import annotations

import json
import sys

from pydantic import TypeAdapter

from fa2.core.monthly_changes import MonthlyChanges


def render(report: MonthlyChanges) -> str:
    """Return the report on one line; the same report gives the same bytes, in any language."""
    return _adapter().dump_json(report).decode() + "\n"


def schema() -> str:
    """Return the JSON Schema (2020-12) of what `render` writes."""
    definition = _adapter().json_schema(mode="serialization")
    published = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:fa2:changes:1",
        **definition,
    }
    return json.dumps(published, indent=1, ensure_ascii=False) + "\n"


def _adapter() -> TypeAdapter[MonthlyChanges]:
    return TypeAdapter(MonthlyChanges)


if __name__ == "__main__":
    sys.stdout.write(schema())
