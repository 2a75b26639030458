"""The alternative: one DuckDB pass that counts the lines of each minute that a regular expression matches.

    python bench/lines_per_minute.py BUNDLE [REGEX]

What a person would type who has the Parquet files and knows what to look for.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

# A constant in the SQL, because DuckDB prepares a constant expression once.
REGEX = "[A-Z][A-Za-z]+Exception|timed? ?out|[Ff]ail(ed|ure)"

if __name__ == "__main__":
    bundle, regex = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else REGEX
    with duckdb.connect(config={"threads": 2}) as connection:
        counted = connection.execute(
            f"""SELECT time_bucket(INTERVAL 1 minute, timestamp) AS minute, count(*)
            FROM read_parquet('{bundle}/logs/*.parquet') WHERE regexp_matches(message, '{regex}') GROUP BY 1 ORDER BY 1"""
        ).fetchall()
    print(len(counted), sum(n for _, n in counted))
