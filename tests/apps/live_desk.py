"""A person's desk: a folder with fa2.toml, the command line, and the world in which it is used."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from live_scene import SETTINGS, SOURCES
from loopback import Loopback
from world import World
from world_times import NOW

from fa2.config.template import toml_value

HERE = Path(__file__).parent
WINDOW = ("--from", "2026-11-20T03:00Z", "--to", "2026-11-20T03:30Z")
ALARM = ("--alarm", "payments-errors", *WINDOW)


@dataclass
class Desk:
    """A person's folder with fa2.toml, and the world in which it is used."""

    folder: Path
    world: World
    aws: Loopback

    @property
    def bundles(self) -> list[Path]:
        """The kept bundles."""
        return sorted((self.folder / "bundles").glob("*"))

    def command(self, *arguments: str | Path) -> list[str]:
        """Return the command line, at the time of the world."""
        return [sys.executable, str(HERE / "cli_at.py"), NOW.isoformat(), *map(str, arguments)]

    @property
    def environment(self) -> dict[str, str]:
        """The environment that turns boto3 to the world."""
        return {**os.environ, **self.world.environment(), "HOME": str(self.folder)}

    def fa2(self, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run fa2 in the folder."""
        return subprocess.run(
            self.command(*arguments),
            capture_output=True,
            cwd=self.folder,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            timeout=120,
            encoding="utf-8",
        )

    def configure(self, **sections: dict[str, Any]) -> None:
        """Write fa2.toml: the sources as in the world, and what is given on top."""
        told: dict[str, dict[str, Any]] = {name: dict(keys) for name, keys in SETTINGS.items()}
        told |= {"report": {"bundles": str(self.folder / "bundles")}, "documents": {"folder": "runbooks"}}
        for name, keys in sections.items():
            told[name] = {**told.get(name, {}), **keys}
        lines = [
            f"[{name}]\n" + "".join(f"{k} = {toml_value(v)}\n" for k, v in keys.items()) for name, keys in told.items()
        ]
        (self.folder / "fa2.toml").write_text("\n".join(lines))


@contextmanager
def a_desk(folder: Path) -> Iterator[Desk]:
    """Give a desk in a folder, while the world is served."""
    world = World()
    with world.server() as aws:
        made = Desk(folder, world, aws)
        (folder / "runbooks").mkdir(parents=True)
        runbook = "# The table orders\n\nProvisionedThroughputExceededException: raise the write capacity.\n"
        (folder / "runbooks" / "orders.md").write_text(runbook)
        made.configure()
        yield made


def only(*names: str) -> dict[str, dict[str, Any]]:
    """Return sections that switch the other sources off."""
    return {name: {"enabled": False} for name in SOURCES if name not in names}


def heeding_ctrl_c() -> None:
    """Let a process heed ctrl-C: what a shell starts in the background ignores it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
