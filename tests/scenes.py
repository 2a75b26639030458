"""Scenes that tests of whole investigations share, and the command line as a person uses it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bundles import BASELINE, WINDOW, Scene, every


def outage() -> Scene:
    """Return a scene in which payments throttles: every table has rows, and the verdict is an incident."""
    scene = Scene(alarm={"name": "web-errors", "service": "web", "metric": "5xx", "namespace": "App"})
    for at in every(0.5, *BASELINE):
        scene.call(at, "web", "payments", ms=20)
        scene.log(at, f"INFO handled order {at}", level="INFO")
        scene.metric(at, 10 + (at % 3))
    scene.change(-1, action="dynamodb:UpdateTable", service="payments", resource_id="payments")
    for at in every(0.1, *WINDOW):
        scene.call(at, "web", "payments", ms=900, status="fault", error="ProvisionedThroughputExceededException")
        message = f"ERROR ProvisionedThroughputExceededException: rate exceeded, attempt {at}"
        scene.log(at, message, service="payments", level="ERROR")
        scene.metric(at, 90 + at)
    scene.edge("web", "payments")
    scene.finding(-600)
    scene.add("documents", id="runbook.md", title="Payments", text="Raise the capacity.")
    return scene


def calm() -> Scene:
    """Return a scene in which the window is like the baseline."""
    scene = Scene()
    for at in every(0.5, BASELINE[0], WINDOW[1]):
        scene.call(at, "web", "payments", ms=20)
        scene.log(at, f"INFO handled order {at}", level="INFO")
    return scene


def fa2(*arguments: str | Path, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command line in a process of its own and return what it gave.

    It knows no past but what a test gives it by XDG_STATE_HOME.
    """
    with tempfile.TemporaryDirectory(prefix="fa2-state-") as state:
        return subprocess.run(
            [sys.executable, "-m", "fa2", *map(str, arguments)],
            capture_output=True,
            cwd=cwd,
            env={**os.environ, "XDG_STATE_HOME": state, **environment},
            stdin=subprocess.DEVNULL,
            timeout=120,
        )


def succeeded(*arguments: str | Path, cwd: Path | None = None, **environment: str) -> str:
    """Run the command line, which must end well and in silence, and return what it wrote."""
    done = fa2(*arguments, cwd=cwd, **environment)
    assert (done.returncode, done.stderr) == (0, b""), done.stderr.decode()
    return done.stdout.decode()


def failed(*arguments: str | Path, cwd: Path | None = None, **environment: str) -> str:
    """Run the command line, which must refuse its input in one line, and return that line."""
    done = fa2(*arguments, cwd=cwd, **environment)
    said = done.stderr.decode()
    assert (done.returncode, done.stdout) == (2, b""), said
    assert said.startswith("fa2: ")
    assert said.count("\n") == 1, said
    return said
