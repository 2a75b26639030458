"""A progress bar for a person who watches; nothing in a pipe, nothing for what is done at once."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from fa2.core.messages import Catalogue
from fa2.core.ports import Progress, Watcher

_PATIENCE_S = 0.7
"""How long work may take before a bar appears."""


@contextmanager
def watching(texts: Catalogue) -> Iterator[Watcher]:
    """Give a watcher that draws on standard error while the context lasts, if that is a terminal."""
    if not sys.stderr.isatty():
        yield _unwatched
        return
    bar = _Bar(texts)
    try:
        yield bar.show
    finally:
        bar.stop()


def _unwatched(progress: Progress) -> None:
    """Draw nothing."""


class _Bar:
    """One bar that appears when the work takes longer than people wait gladly.

    A timer opens it, since a single step may take all the time there is and calls back only when it is done.
    """

    def __init__(self, texts: Catalogue) -> None:
        self._texts = texts
        self._since = time.monotonic()
        self._latest: Progress | None = None
        self._live: object | None = None
        self._stopped = False
        self._lock = threading.Lock()
        self._timer = threading.Timer(_PATIENCE_S, self._draw)
        self._timer.daemon = True
        self._timer.start()

    def show(self, progress: Progress) -> None:
        """Draw how far the work is."""
        self._latest = progress
        if time.monotonic() - self._since >= _PATIENCE_S or self._live is not None:
            self._draw()

    def _draw(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as RichProgress

        with self._lock:
            progress = self._latest
            if progress is None or self._stopped:
                return
            said = self._texts.text(f"cli.progress.{progress.stage}", **progress.values)
            if self._live is None:
                columns = (
                    TextColumn("{task.description}", markup=False),
                    BarColumn(),
                    TaskProgressColumn(),
                    TimeElapsedColumn(),
                )
                self._live = RichProgress(*columns, console=Console(stderr=True), transient=True)
                self._live.add_task(said, total=progress.total)
                self._live.start()
            if isinstance(self._live, RichProgress):
                self._live.tasks[0].total = progress.total  # null: nobody knows; to `update` it means as before
                self._live.update(self._live.task_ids[0], description=said, completed=progress.done)

    def stop(self) -> None:
        """Take the bar away, and let none appear later."""
        self._timer.cancel()
        with self._lock:
            self._stopped = True
            if self._live is not None:
                from rich.progress import Progress as RichProgress

                if isinstance(self._live, RichProgress):
                    self._live.stop()
