"""A JSON file that is read again whenever it changes, as a configuration agent would do."""

import json
import os
import threading
from pathlib import Path

Json = dict[str, object]


class WatchedFile:
    """The present content of a JSON file. A file that is being replaced is never read half-written (see write)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._stamp = 0
        self._content: Json = {}

    def content(self) -> Json:
        """Return the content, re-read if the file changed since the last call."""
        with self._lock:
            stamp = self._path.stat().st_mtime_ns
            if stamp != self._stamp:
                self._content = json.loads(self._path.read_text())
                self._stamp = stamp
            return self._content


def write(path: Path, content: Json) -> None:
    """Replace the file in one step."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(content, indent=1))
    os.replace(fresh, path)
