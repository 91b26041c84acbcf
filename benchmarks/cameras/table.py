"""The bank's table, put together from the cells that are done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mean
from typing import Any

from benchmarks.cameras.bank import SAMPLE
from gazeaug.drawing.tables import text_table

Cell = Mapping[str, Any]

DEGREES = ("rendered", "augmented", "refined", "refined, augmented", "labelled")
CLOSED = {"refined": "refined", "augmentation": "augmented", "both": "refined, augmented"}
TITLES = (
    "camera",
    "seeds",
    *(f"{name}, degrees" for name in DEGREES),
    *(f"gap closed: {name}" for name in CLOSED),
    "drift mean, 99th percentile, px",
    "lattice",
    "darker, lighter",
    "real eyes like a refined, an augmented one",
    "training",
)


def shares(cell: Cell) -> dict[str, float]:
    """Of the gap between rendered (0) and labelled eyes (1), what is closed in each way."""
    gap = cell["rendered"] - cell["labelled"]
    return {name: (cell["rendered"] - cell[degrees]) / gap for name, degrees in CLOSED.items()}


def bank_table(cells: Mapping[str, Sequence[Cell]]) -> str:
    """Markdown: a row for each camera, then what it comes to.

    Args:
        cells: by camera, one for each seed, with all that is measured of it; cameras without one are left out.
    """
    done = {camera: found for camera, found in cells.items() if found}
    rows = [TITLES, *(camera_row(camera, found) for camera, found in done.items())]
    closed = {
        camera: {way: mean(shares(cell)[way] for cell in found) for way in CLOSED} for camera, found in done.items()
    }
    bank = {camera: found for camera, found in closed.items() if camera != SAMPLE}
    if len(bank) > 1:
        rows.append(mean_row(bank, [cell for camera in bank for cell in done[camera]]))
    return "\n\n".join([text_table(rows), *verdict(bank)])


def camera_row(camera: str, cells: Sequence[Cell]) -> tuple[str, ...]:
    """Means over the seeds; the seeds' own shares stand beside theirs."""
    each = [shares(cell) for cell in cells]
    return (
        camera,
        str(len(cells)),
        *(f"{mean(cell[name] for cell in cells):.2f}" for name in DEGREES),
        *(with_seeds([found[way] for found in each]) for way in CLOSED),
        *pictures(cells),
    )


def mean_row(bank: Mapping[str, Mapping[str, float]], cells: Sequence[Cell]) -> tuple[str, ...]:
    """Means over the cameras."""
    over = [f"{mean(found[way] for found in bank.values()):.0%}" for way in CLOSED]
    degrees = [f"{mean(cell[name] for cell in cells):.2f}" for name in DEGREES]
    return (f"mean of {len(bank)} without {SAMPLE}", "", *degrees, *over, *pictures(cells))


def with_seeds(values: Sequence[float]) -> str:
    """A mean, and what it is the mean of."""
    text = f"{mean(values):.0%}"
    return text if len(values) == 1 else f"{text} ({', '.join(f'{value:.0%}' for value in values)})"


def pictures(cells: Sequence[Cell]) -> tuple[str, ...]:
    """What is measured of the refined pictures themselves, and the time."""

    def over(name: str) -> float:
        return mean(float(cell[name]) for cell in cells)

    return (
        f"{over('drift mean'):.2f}, {over('drift 99th percentile'):.2f}",
        f"{over('lattice'):.1%}",
        f"{over('darker'):.1%}, {over('lighter'):.1%}",
        f"{over('reached'):.0%}, {over('reached, augmented'):.0%}" if all("reached" in cell for cell in cells) else "",
        f"{over('seconds'):.0f} s",
    )


def verdict(bank: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Mean, lowest, and how many are below ordinary augmentation."""
    if not bank:
        return []
    lowest = min(bank, key=lambda camera: bank[camera]["refined"])
    below = [camera for camera, found in bank.items() if found["refined"] < found["augmentation"]]
    names = f": {', '.join(below)}" if below else ""
    refined, augmentation, both = (f"{mean(found[way] for found in bank.values()):.0%}" for way in CLOSED)
    return [
        f"Without `{SAMPLE}`, {len(bank)} cameras: refined eyes close {refined} of the gap, ordinary augmentation "
        f"{augmentation}, both {both}. Lowest: {lowest}, {bank[lowest]['refined']:.0%}. "
        f"Below ordinary augmentation: {len(below)}{names}."
    ]
