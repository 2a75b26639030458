"""Runs commands as children, turn by turn, and keeps what each cost; the benchmarks share it.

A benchmark names its subjects, the first of which is the alternative that the others are compared with.
Repetitions are interleaved, so that a machine that slows down slows all of them. Figures are medians, with the
least and the most beside them. CPU time is the user and system time of the child and peak memory its
largest resident set, both as the kernel counts them (wait4). Only the standard library is loaded here, since
a child begins with the memory of its parent.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
RESULTS = HERE / "results"
BUNDLES = RESULTS / "bundles"
"""Where bundles that a benchmark makes are kept for the next run."""
CPUS = 2
"""How many processors a child may use, so that DuckDB has as many threads in each of them."""

Command = Sequence[str | Path]


@dataclass(frozen=True)
class Run:
    """What one child cost."""

    cpu_s: float
    wall_s: float
    peak_mb: float


@dataclass(frozen=True)
class Goal:
    """A figure that must not exceed a limit."""

    name: str
    value: float
    limit: float

    @property
    def met(self) -> bool:
        """Whether the figure is within the limit."""
        return self.value <= self.limit


def fa2(*arguments: str | Path) -> list[str]:
    """Return the command that runs fa2 of this interpreter's environment."""
    return [str(Path(sys.executable).with_name("fa2")), *map(str, arguments)]


def script(name: str, *arguments: str | Path) -> list[str]:
    """Return the command that runs a script beside this one."""
    return [sys.executable, str(HERE / name), *map(str, arguments)]


def run(command: Command) -> Run:
    """Run a command to its end and return what it cost. Raises RuntimeError when it fails."""
    began = time.perf_counter()
    # Not /dev/null: grep stops at the first match when nobody can read its answer.
    with (
        tempfile.TemporaryFile() as answer,
        subprocess.Popen(
            [str(part) for part in command], stdout=answer, stderr=subprocess.PIPE, preexec_fn=_few_processors
        ) as child,
    ):
        said = child.stderr.read() if child.stderr else b""
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    if child.returncode:
        raise RuntimeError(f"{Path(str(command[0])).name} ended with {child.returncode}: {said.decode()[-800:]}")
    unit = 1024 if sys.platform == "linux" else 1024 * 1024
    return Run(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / unit)


def _few_processors() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CPUS])


def measure(
    subjects: Mapping[str, Command], repetitions: int, between: Callable[[], None] | None = None
) -> dict[str, list[Run]]:
    """Return the runs of each subject. One round of all of them goes before and is not counted: it fills caches.

    between: called before each run; for clearing away what the last one wrote.
    """
    runs: dict[str, list[Run]] = {name: [] for name in subjects}
    for turn in range(repetitions + 1):
        for name, command in subjects.items():
            if between:
                between()
            found = run(command)
            if turn:
                runs[name].append(found)
    return runs


def middle(runs: Sequence[Run], figure: str) -> float:
    """Return the median of one figure of some runs."""
    return float(median(getattr(r, figure) for r in runs))


def table(title: str, runs: Mapping[str, Sequence[Run]]) -> str:
    """Return the runs as a table: medians, least–most, and the ratio of CPU time to the first subject's."""
    base = middle(next(iter(runs.values())), "cpu_s")
    lines = [title, f"  {'':34} {'CPU s':>20} {'× first':>8} {'wall s':>20} {'peak MB':>20}"]
    for name, found in runs.items():
        figures = [_spread([getattr(r, figure) for r in found]) for figure in ("cpu_s", "wall_s", "peak_mb")]
        ratio = middle(found, "cpu_s") / base
        lines.append(f"  {name:34} {figures[0]:>20} {ratio:8.2f} {figures[1]:>20} {figures[2]:>20}")
    return "\n".join(lines)


def _spread(values: Sequence[float]) -> str:
    digits = 0 if max(values) >= 100 else 2
    return f"{median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def keep(name: str, runs: Mapping[str, Sequence[Run]], goals: Sequence[Goal], **more: object) -> bool:
    """Print the goals, write everything to results/NAME.json, and return whether all goals are met."""
    for goal in goals:
        print(f"  {'met   ' if goal.met else 'MISSED'} {goal.name}: {goal.value:.2f} (at most {goal.limit:g})")
    print(flush=True)
    RESULTS.mkdir(exist_ok=True)
    told = {
        "benchmark": name,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "goals": [{**asdict(goal), "met": goal.met} for goal in goals],
        "runs": {subject: [asdict(r) for r in found] for subject, found in runs.items()},
        **more,
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    return all(goal.met for goal in goals)


def machine() -> dict[str, str | int | float]:
    """Return what the figures depend on: processor, memory, system and versions."""
    info = Path("/proc/cpuinfo")
    model = re.search(r"model name\s*:\s*(.+)", info.read_text()) if info.is_file() else None
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": model[1] if model else platform.processor(),
        "processors": os.cpu_count() or 0,
        "processors_used": CPUS,
        "memory_gb": round(memory / 2**30, 1),
        "load": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "duckdb": version("duckdb"),
        "fa2": version("failure-analysis-assistant"),
    }


def arguments(description: str | None) -> argparse.Namespace:
    """Return what all benchmarks are asked with: the folder of bench data, and whether to be quick."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path, help="the folder of bench data, with nezha-tt and petshop in it")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions and a tenth of the data")
    parser.add_argument("--repetitions", type=int, help="how many times each subject runs")
    return parser.parse_args()


def big_bundle(bench: Path, name: str, *options: str) -> Path:
    """Return the folder of a large bundle of a name, made with make_big_bundle.py unless an earlier run made it."""
    folder = BUNDLES / name
    if not (folder / "incident.json").is_file():
        subprocess.run(["rm", "-rf", str(folder)], check=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        print(f"making {name} …", file=sys.stderr)
        subprocess.run(script("make_big_bundle.py", bench / "nezha-tt", folder, *options), check=True)
    return folder
