"""The catalogue file that merchandising delivers and inventory reads: what each product weighs and where it lies."""

from dataclasses import dataclass
from pathlib import Path

from workload.watched_file import Json, WatchedFile, write

SKUS = tuple(f"SKU-{number:04}" for number in range(1, 61))
NO_WEIGHT_SKU = SKUS[37]


@dataclass(frozen=True)
class Product:
    """One product of the catalogue."""

    sku: str
    weight_kg: float
    shelf: str


class Catalogue:
    """The products, re-read when the file is delivered anew."""

    def __init__(self, path: Path) -> None:
        self._file = WatchedFile(path)
        self._products: dict[str, Product] = {}
        self._read: Json = {}

    def refresh(self) -> bool:
        """Read the file if it changed, and say whether it did."""
        content = self._file.content()
        if content is self._read:
            return False
        entries = content["products"]
        assert isinstance(entries, list)
        self._products = {entry["sku"]: product(entry) for entry in entries}
        self._read = content
        return True

    def __getitem__(self, sku: str) -> Product:
        return self._products[sku]

    def __len__(self) -> int:
        return len(self._products)


def product(entry: dict[str, object]) -> Product:
    """Return the product of one entry of the file."""
    weight_kg = entry["weight_g"] / 1000  # type: ignore[operator]
    return Product(str(entry["sku"]), weight_kg, str(entry["shelf"]))


def deliver(path: Path, *, edition: str, without_weight: str | None = None) -> None:
    """Write an edition of the catalogue file; one product may lack its weight."""
    entries: list[Json] = [
        {"sku": sku, "weight_g": 150 + 35 * number, "shelf": f"{'ABCDEF'[number % 6]}{number // 6 + 1}"}
        for number, sku in enumerate(SKUS)
    ]
    for entry in entries:
        if entry["sku"] == without_weight:
            entry["weight_g"] = None
    write(path, {"edition": edition, "products": entries})
