"""Right eyes among those that a trainer takes for left ones: whether labels say that they were mirrored."""

from __future__ import annotations

from gazeaug.converting.rows import ROWS_AT_ONCE, Rows
from gazeaug.gaze.sides import Sides, count_sides, mirrored_label, right_eyes_stand, unmirrored_note, untold_note

HOW = "prepare mpiigaze --mirror-right makes such a file, prepare eyes --where {side}=left leaves right ones out"


def are_mirrored(rows: Rows) -> bool | None:
    """Whether all right eyes are mirrored or none is, by the label `mirrored`; None where it cannot be said so."""
    mirrored_in = mirrored_label(rows.eyes.labels)
    if rows.side is None or mirrored_in is None:
        return None
    found: set[bool] = set()
    for start in range(0, rows.n_images, ROWS_AT_ONCE):
        stop = min(start + ROWS_AT_ONCE, rows.n_images)
        found |= right_eyes_stand(rows.sides(start, stop) or (), rows.eyes.read_label(mirrored_in, start, stop))
    return found.pop() if len(found) == 1 else None


def side_notes(rows: Rows) -> list[str]:
    """What to know of right eyes, by the labels of side and `mirrored`; nothing where none says a side.

    Without a label `mirrored` it cannot be told: files of mirrored eyes keep their sides.
    """
    if rows.side is None:
        return []
    mirrored_in = mirrored_label(rows.eyes.labels)
    found = Sides()
    for start in range(0, rows.n_images, ROWS_AT_ONCE):
        stop = min(start + ROWS_AT_ONCE, rows.n_images)
        mirrored = None if mirrored_in is None else rows.eyes.read_label(mirrored_in, start, stop)
        found += count_sides(rows.sides(start, stop) or (), mirrored)
    n, how = found.n_unmirrored_right, HOW.format(side=rows.side)
    if not n:
        return []
    if mirrored_in is None:
        return [untold_note(rows.side, n, how)]
    if not found.n_mixed:
        return [
            f"all eyes are right ones, {n:,} of them unmirrored: trainers of MPIIGaze expect right eyes mirrored, with "
            f"their gaze and head pose; {how}"
        ]
    return [unmirrored_note(n, how)]
