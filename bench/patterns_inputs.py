"""Makes the logs that patterns.py measures on: real lines drawn again, as text, JSON lines and gzip; many shapes.

python bench/patterns_inputs.py BENCH FOLDER LINES
"""

from __future__ import annotations

import gzip
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

_SEED = 17
_AT_ONCE = 100_000


def real_lines(bench: Path) -> list[bytes]:
    """Return the lines of all labelled logs."""
    found = sorted((bench / "loghub-2k").glob("*/messages.log"))
    return [line for file in found for line in file.read_bytes().split(b"\n")[:-1]]


def draw(lines: list[bytes], count: int, seed: int = _SEED) -> Iterator[list[bytes]]:
    """Yield so many lines, each drawn at random from the real ones."""
    chance = random.Random(seed)
    for start in range(0, count, _AT_ONCE):
        yield chance.choices(lines, k=min(_AT_ONCE, count - start))


def write_text(bench: Path, path: Path, count: int) -> None:
    """Write a log of bare messages."""
    with path.open("wb") as out:
        for piece in draw(real_lines(bench), count):
            out.write(b"\n".join(piece) + b"\n")


def write_json(bench: Path, path: Path, count: int) -> None:
    """Write a log of JSON objects with a time, a level and the message."""
    encoded = {line: json.dumps(line.decode("utf-8", "replace")).encode() for line in real_lines(bench)}
    n = 0
    with path.open("wb") as out:
        for piece in draw(list(encoded), count):
            for line in piece:
                second, n = n // 5000, n + 1
                clock = b"%02d:%02d:%02d.%03d" % (second // 3600, second // 60 % 60, second % 60, n % 1000)
                level = (b"INFO", b"INFO", b"WARN", b"ERROR")[n % 4]
                out.write(b'{"time":"2026-03-01T%sZ","level":"%s","message":%s}\n' % (clock, level, encoded[line]))


def write_gzip(plain: Path, path: Path) -> None:
    """Write a file again, packed as logs usually are."""
    with plain.open("rb") as source, gzip.open(path, "wb", compresslevel=6) as out:
        while piece := source.read(1 << 20):
            out.write(piece)


def write_shapes(path: Path, count: int) -> None:
    """Write as many lines as there are shapes in them: each holds words that no other has."""
    chance = random.Random(_SEED)
    letters = "abcdefghijklmnopqrstuvwxyz"
    forms = ("job {} of {} failed with {}", "cache miss for {}/{} at {}", "user {} opened {} from {}", "{}: {} not {}")
    with path.open("w") as out:
        for n in range(count):
            words = ["".join(chance.choices(letters, k=6)) for _ in range(3)]
            out.write(forms[n % 4].format(*words) + f" in {n} ms\n")


def main() -> None:
    """Write all of them."""
    bench, folder, lines = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    write_text(bench, folder / "plain.log", lines)
    write_json(bench, folder / "json.log", lines)
    write_gzip(folder / "plain.log", folder / "plain.log.gz")
    write_text(bench, folder / "half.log", lines // 2)
    write_text(bench, folder / "small.log", 2000)
    write_shapes(folder / "shapes.log", max(lines // 8, 1000))


if __name__ == "__main__":
    main()
