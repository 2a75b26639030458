"""The one tree of errors: each names what was tried, on what, and the remedy, in both languages."""

from __future__ import annotations


class Fa2Error(Exception):
    """An error that a user can do something about.

    `key` names a message in locales/*/errors.toml and `values` fill it in, so that an app can show
    it in the user's language. str() gives the English text.
    """

    def __init__(self, key: str, /, **values: str | int | float | None) -> None:
        super().__init__(key, values)
        self.key = key
        self.values = values

    def __str__(self) -> str:
        from fa2.core.messages import Statement, catalogue

        return catalogue("en").render(Statement(self.key, self.values))


class UnusableInput(Fa2Error):
    """What the user gave cannot be used: exit code 2."""


class BrokenBundle(UnusableInput):
    """A bundle breaks bundle-format.md; the message names file, column and remedy."""


class RefusedArchive(UnusableInput):
    """An archive that climbs out of its folder or unpacks to an absurd size."""


class BrokenReport(UnusableInput):
    """A report.json that cannot be read back."""


class RefusedQuery(Fa2Error):
    """A query in a report that is not a single SELECT on the bundle, or that fails to run."""
