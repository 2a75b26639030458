"""Times the stages of mining one file in one process, as JSON: seconds of scan and merge, and what was found.

python bench/patterns_stages.py FILE THREADS
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main() -> None:
    """Scan, merge, print."""
    from fa2.logs.scans.blocks import Files
    from fa2.logs.scans.scanning import ScanOptions, scan
    from fa2.logs.templates.merging import merge

    began = time.perf_counter()
    found = scan(Files((Path(sys.argv[1]),)), ScanOptions(threads=int(sys.argv[2])))
    scanned = time.perf_counter()
    merged = merge(found.shapes)
    ended = time.perf_counter()
    told = {"scan_s": scanned - began, "merge_s": ended - scanned, "lines": found.lines}
    print(json.dumps({**told, "shapes": len(found.shapes), "templates": len(merged.templates)}))


if __name__ == "__main__":
    main()
