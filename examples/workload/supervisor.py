"""Starts the processes of a run, restarts those that exit, with a growing delay, and stops them in the end."""

import logging
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from workload.log_lines import TextLines
from workload.site import Site

LONGEST_DELAY_S = 8
HEALTHY_S = 20
"""A process that lived this long starts over with the shortest delay."""
EXAMPLES = Path(__file__).parent.parent


@dataclass
class Child:
    """One supervised process."""

    name: str
    module: str
    output: IO[bytes]
    process: "subprocess.Popen[bytes]"
    started: float
    restarts: int = 0
    due: float | None = None
    """When it is to be started again, if it is down."""


@dataclass
class Supervisor:
    """The processes of one run. Call `tend` often."""

    site: Site
    children: dict[str, Child] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._log = logging.Logger("supervisor")
        handler = logging.FileHandler(self.site.raw / "logs" / "supervisor.log")
        handler.setFormatter(TextLines())
        self._log.addHandler(handler)

    def start(self, name: str, *, output: Path | None = None) -> None:
        """Start workload.NAME; its output is appended to raw/logs/NAME.log unless told otherwise."""
        module = f"workload.{name.replace('-', '_')}"
        file = (output or self.site.raw / "logs" / f"{name}.log").open("ab")
        self.children[name] = Child(name, module, file, self._spawn(module, file), time.monotonic())
        if output is None:
            self._log.info("started %s", name)

    def start_unseen(self, name: str) -> None:
        """Start a process whose output is no part of the recording: another team's or company's."""
        self.start(name, output=self.site.state / f"{name}.out")

    def tend(self) -> None:
        """Notice exits and restart what is due."""
        for child in self.children.values():
            if child.due is not None and time.monotonic() >= child.due:
                self._restart(child)
            elif child.due is None and child.process.poll() is not None:
                self._schedule(child)

    def stop(self) -> None:
        """End every process."""
        for child in self.children.values():
            child.process.terminate()
        for child in self.children.values():
            try:
                child.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                child.process.kill()
            child.output.close()

    def _schedule(self, child: Child) -> None:
        lived_s = time.monotonic() - child.started
        child.restarts = 1 if lived_s > HEALTHY_S else child.restarts + 1
        delay_s = min(2 ** (child.restarts - 1), LONGEST_DELAY_S)
        child.due = time.monotonic() + delay_s
        code = child.process.returncode
        facts = (child.name, code, lived_s, child.restarts, delay_s)
        self._log.error("%s exited with status %d after %.1f s, restart %d in %d s", *facts)

    def _restart(self, child: Child) -> None:
        child.process = self._spawn(child.module, child.output)
        child.started, child.due = time.monotonic(), None
        self._log.info("restarted %s", child.name)

    def _spawn(self, module: str, output: IO[bytes]) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", module]
        return subprocess.Popen(
            command, cwd=EXAMPLES, env=self.site.environment(), stdout=output, stderr=subprocess.STDOUT
        )
