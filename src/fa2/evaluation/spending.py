"""Keeps the dollars of many investigations, some of them side by side, within one bound."""

from __future__ import annotations

import threading


class Purse:
    """Dollars for all investigations together. Before one begins, the most that it may cost is put aside."""

    def __init__(self, usd: float | None, *, most_each: float, spent: float = 0.0) -> None:
        """usd: the bound, null for none; most_each: what no investigation exceeds; spent: by those made before."""
        self._bound = usd
        self._most_each = most_each
        self._spent = spent
        self._aside = 0
        self._changed = threading.Condition()

    @property
    def spent(self) -> float:
        """Dollars of those that are done; one whose price nobody knows counts as the most that it may cost."""
        return self._spent

    def take(self) -> bool:
        """Put aside what one may cost, waiting for those under way where they may leave enough; False where none will."""
        if self._bound is None:
            return True
        with self._changed:
            while self._spent + (self._aside + 1) * self._most_each > self._bound + 1e-12:
                if not self._aside:
                    return False
                self._changed.wait()
            self._aside += 1
            return True

    def settle(self, usd: float | None) -> None:
        """Count what one did cost; null where nobody knows."""
        if self._bound is None:
            return
        with self._changed:
            self._aside -= 1
            self._spent += self._most_each if usd is None else usd
            self._changed.notify_all()
