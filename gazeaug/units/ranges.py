"""Units of work: row ranges of one input, each of them done as a whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Unit:
    """Rows first..last-1 of an input."""

    index: int
    start: int
    stop: int

    def shard(self, folder: Path) -> Path:
        """Where its rows go, if not in place; the file is there if and only if the unit is done."""
        return folder / f"unit-{self.index:06d}.h5"


def split_into_units(n_rows: int, rows_per_unit: int) -> list[Unit]:
    """Cut rows 0..n_rows-1 into units of `rows_per_unit`, the last one shorter."""
    starts = range(0, n_rows, rows_per_unit)
    return [Unit(index=i, start=start, stop=min(start + rows_per_unit, n_rows)) for i, start in enumerate(starts)]


def rows_of(units: Iterable[Unit]) -> int:
    """Rows of several units."""
    return sum(unit.stop - unit.start for unit in units)
