"""The command line: fa2 investigate, collect, verify, validate."""

from fa2.apps.cli.commands import main

__all__ = ["main"]
