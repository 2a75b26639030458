"""A report of findings as JSON, format fa2.findings/1; its schema is schema/findings.schema.json.

Run as a module it prints the schema: python -m fa2.renderers.findings_json > findings.schema.json
"""

from __future__ import annotations

import json
import sys

from pydantic import TypeAdapter

from fa2.core.findings_report import FindingsReport


def render(report: FindingsReport) -> str:
    """Return the report on one line; the same report gives the same bytes, in any language."""
    return _adapter().dump_json(report).decode() + "\n"


def schema() -> str:
    """Return the JSON Schema (2020-12) of what `render` writes."""
    definition = _adapter().json_schema(mode="serialization")
    published = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:fa2:findings:1",
        **definition,
    }
    return json.dumps(published, indent=1, ensure_ascii=False) + "\n"


def _adapter() -> TypeAdapter[FindingsReport]:
    return TypeAdapter(FindingsReport)


if __name__ == "__main__":
    sys.stdout.write(schema())
