"""The report as JSON, format fa2.report/1; its schema is schema/report.schema.json.

Run as a module it prints the schema: python -m fa2.renderers.json_report > report.schema.json
"""

from __future__ import annotations

import json
import sys

from fa2.core.report import Report
from fa2.renderers.wording import with_texts


def render(report: Report) -> str:
    """Return the report with `text` of each statement filled in, in the report's language.

    The same report gives the same bytes. Coverage problems stay as recorded: code, values, English.
    """
    return with_texts(report).model_dump_json(indent=1) + "\n"


def schema() -> str:
    """Return the JSON Schema (2020-12) of what `render` writes."""
    definition = Report.model_json_schema(mode="serialization")
    published = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:fa2:report:1",
        **definition,
    }
    return json.dumps(published, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema())
