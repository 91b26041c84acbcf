"""Right eyes among those that a trainer takes for left ones: whether labels say that they were mirrored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gazeaug.converting.rows import Rows
from gazeaug.eyefile.labels import text_of
from gazeaug.gaze.sides import Sides, count_sides, mirrored_label, side_of, unknown_note, unmirrored_note

BY_PREPARING = "prepare mpiigaze --mirror right makes such a file"
LEFT_ALONE = ", prepare eyes --where {side}={left} leaves right ones out"


def side_notes(rows: Rows) -> list[str]:
    """What to know of right eyes, by the labels of side and `mirrored`; nothing where none says a side.

    Without a label `mirrored` it cannot be told: files of mirrored eyes keep their sides.
    """
    if rows.side is None:
        return []
    found, left = Sides(), ""
    for sides, mirrored in side_slabs(rows):
        found += count_sides(sides, mirrored)
        left = left or next((text_of(side) for side in sides if side_of(side) == "left"), "")
    n, how = found.n_unmirrored_right, BY_PREPARING + (LEFT_ALONE.format(side=rows.side, left=left) if left else "")
    if not n:
        return []
    if mirrored_label(rows.eyes.labels) is None:
        return [unknown_note(n, rows.side, how)]
    if not found.n_mixed:
        return [
            f"all eyes are right ones, {n:,} of them unmirrored: trainers of MPIIGaze expect right eyes mirrored, with "
            f"their gaze and head pose; {how}."
        ]
    return [unmirrored_note(n, how)]


def side_slabs(rows: Rows) -> Iterator[tuple[Any, Any]]:
    """The sides of all rows, and whether they are mirrored where a label says it, some rows at a time."""
    flips = mirrored_label(rows.eyes.labels)
    for start, stop in rows.spans() if rows.side is not None else ():
        mirrored = None if flips is None else rows.eyes.read_label(flips, start, stop)
        yield rows.sides(start, stop) or (), mirrored


def mirrored_sides(rows: Rows) -> list[str] | None:
    """Which sides the label `mirrored` says of just those eyes that are of them; None where it says no such thing.

    ["right"] is what GazeHub's scripts and trainers of MPIIGaze do, [] is eyes as they are.
    """
    flipped = set[tuple[str | None, bool]]()
    for sides, mirrored in side_slabs(rows):
        if mirrored is None:
            return None
        flipped |= {(side_of(side), bool(flip)) for side, flip in zip(sides, mirrored, strict=True)}
    return mirrored_of(flipped)


def mirrored_of(flipped: set[tuple[str | None, bool]]) -> list[str] | None:
    """The same of the pairs of side and flip that there are."""
    if not flipped or len({side for side, _ in flipped}) < len(flipped):
        return None
    return sorted(str(side) for side, flip in flipped if flip and side is not None)
