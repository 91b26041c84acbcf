"""The labels of one row and of its refined twin: equal bit for bit, moved along with the pictures, or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.eyefile.labels import Label
from gazeaug.eyefile.pixel_labels import Move, moves_of
from gazeaug.pictures.crops import resizing_of
from gazeaug.units.checksums import first_unlike, original_labels
from gazeaug_studio.eye_files import Seen
from gazeaug_studio.rows import check_rows

MOST_SHOWN = 6  # numbers of a label
LONGEST = 80  # characters of a value
EQUAL, MOVED, UNLIKE, ADDED, LEFT_OUT = "equal", "moved", "unlike", "added", "left out"


@dataclass(frozen=True, eq=False)
class LabelledRow:
    """The labels of one row."""

    values: Mapping[str, NDArray[Any]]
    """Each of shape (1, ...)."""
    labels: Mapping[str, Label]
    original: frozenset[str]
    """Names of those that were there when the rows were written."""
    shape: tuple[int, ...]
    provenance: Mapping[str, Any]

    @classmethod
    def of(cls, seen: Seen, row: int) -> LabelledRow:
        """Of a file; raises Refused with 404 where there is no such row."""
        with seen.reading() as eyes:
            check_rows(eyes, [row], seen.name)
            values = {label: eyes.read_label(label, row, row + 1) for label in eyes.labels}
            original = frozenset(original_labels(eyes))
            return cls(values, dict(eyes.labels), original, eyes.image_shape, eyes.provenance)


def compared_labels(before: LabelledRow, after: LabelledRow) -> list[dict[str, str]]:
    """Name, state and both values as text of every label that one of the two rows has.

    States: equal (bit for bit), moved (equal once it is moved along with the resized pictures), unlike, added (the
    refined file alone has it, or a check wrote it), left out.
    """
    moves, found = moves_between(before, after), []
    for name in sorted(before.values.keys() | after.values.keys()):
        one, other = before.values.get(name), after.values.get(name)
        state = ADDED if name in after.values and name not in after.original else state_of(one, other, moves.get(name))
        found.append({"name": name, "state": state, "first": shown(one), "second": shown(other)})
    return found


def moves_between(before: LabelledRow, after: LabelledRow) -> dict[str, Move]:
    """How labels moved when pictures were brought to another size, as the refined file says."""
    if before.shape[:2] == after.shape[:2]:
        return {}
    named = {name: before.labels[name] for name in after.provenance.get("moved_labels", []) if name in before.labels}
    return moves_of(named, resizing_of(before.shape, after.shape), "the rendered file")


def state_of(one: NDArray[Any] | None, other: NDArray[Any] | None, move: Move | None) -> str:
    """What became of a label in the refined file, given its row in both, (1, ...)."""
    if other is None:
        return LEFT_OUT
    if one is None:
        return ADDED
    wanted = one if move is None else move(one)
    is_alike = wanted.dtype == other.dtype and wanted.shape == other.shape and first_unlike(other, wanted) is None
    return (EQUAL if move is None else MOVED) if is_alike else UNLIKE


def shown(values: NDArray[Any] | None) -> str:
    """The value of a row, (1, ...), as a short text; empty where there is none."""
    if values is None:
        return ""
    flat = values.reshape(-1)
    words = [word_of(value) for value in flat[:MOST_SHOWN]]
    text = ", ".join(words) + (f", ... ({flat.size} values)" if flat.size > MOST_SHOWN else "")
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def word_of(value: Any) -> str:
    """One value."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return f"{value:.6g}" if isinstance(value, float | np.floating) else str(value)
