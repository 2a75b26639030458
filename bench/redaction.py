"""How well secrets are kept from a model: planted ones that leak, false alarms in real logs, and speed.

    python bench/redaction.py [BENCH]

BENCH: the folder of labelled data, with loghub-2k, openstack and nezha-tt; without it, false alarms are not measured.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from planted import Planted, planted

from fa2.redaction.aliases import ALIAS, Aliases

_PLANTED = 10_000
_SEED = 20261121
_LEAK = 8
_TOGETHER = 50
"""Planted lines that one investigation sees, each as a text of its own."""


def main() -> None:
    """Print all figures."""
    for name, other in (("carriers known", False), ("carriers held out", True)):
        leaks = list(leaked(planted(_SEED + other, _PLANTED, other=other)))
        print(f"planted secrets leaked, {name}: {len(leaks)} of {_PLANTED}")
        for kind, n in Counter(p.kind for p, _ in leaks).most_common():
            print(f"  {kind}: {n}")
        if "-v" in sys.argv:
            for p, sent in leaks[:40]:
                print(f"    {p.kind}\n      {p.text[:300]!r}\n      {sent[:300]!r}")
    folders = [Path(a) for a in sys.argv[1:] if not a.startswith("-")]
    for name, lines in corpora(folders[0]) if folders else ():
        alarms(name, lines)


def leaked(secrets: list[Planted]) -> Iterator[tuple[Planted, str]]:
    """Yield planted secrets of which a part would be sent, with what would be sent."""
    for start in range(0, len(secrets), _TOGETHER):
        aliases = Aliases()
        for secret in secrets[start : start + _TOGETHER]:
            sent = aliases.hide(secret.text)
            if aliases.restore(sent) != secret.text:
                raise SystemExit(f"not restored: {secret.text!r}")
            seen = ALIAS.sub(" ", sent)
            if any(_shows(seen, value) for value in secret.secrets):
                yield secret, sent


def _shows(sent: str, value: str) -> bool:
    parts = [value] if len(value) <= _LEAK else [value[i : i + _LEAK] for i in range(len(value) - _LEAK + 1)]
    return any(part in sent for part in parts)


def corpora(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield real logs, in which there are few secrets but many ids."""
    for log in sorted(folder.glob("loghub-2k/*/raw.log")):
        yield f"loghub-2k/{log.parent.name}", log.read_text(errors="replace").splitlines()
    for log in sorted(folder.glob("openstack/*.log")):
        yield log.name, log.read_text(errors="replace").splitlines()[:4000]
    import duckdb

    for name, pattern in (
        ("nezha-tt", folder / "nezha-tt/*/logs.parquet"),
        ("examples", Path("examples/incidents/*/logs.parquet")),
    ):
        rows = duckdb.sql(
            f"SELECT message FROM '{pattern}' USING SAMPLE reservoir(8000 ROWS) REPEATABLE (1)"
        ).fetchall()
        yield name, [message for (message,) in rows]


def alarms(name: str, lines: Iterable[str]) -> None:
    """Print by kind how many values of 1,000 lines are hidden, and how fast."""
    lines = list(lines)
    text = "\n".join(lines)
    aliases = Aliases()
    started = time.process_time()
    aliases.hide(text)
    seconds = time.process_time() - started
    times = Counter(h.kind for h in aliases.listing() for _ in range(h.times))
    shown = ", ".join(f"{kind} {1000 * n / len(lines):.2f}" for kind, n in times.most_common()) or "none"
    print(f"{name}: {len(lines)} lines, {len(text) / 1e6 / seconds:.1f} MB/s; hidden per 1,000 lines: {shown}")
    if "-v" in sys.argv:
        values = {a: v for v, (a, _) in aliases._of_text.items()}
        for h in [h for h in aliases.listing() if h.kind not in ("ip",)][:12]:
            print("    ", h.alias, values[h.alias][:100])


if __name__ == "__main__":
    main()
