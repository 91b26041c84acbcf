"""What of a GazeHub layout follows from the source: persons, parts of the set, sides; what its readers should know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gazeaug.converting.gazehub_layouts import FIELDS_OF_L2CS, LAYOUTS, Layout, misread
from gazeaug.converting.gazehub_trainers import file_notes, size_notes
from gazeaug.converting.options import ConvertOptions
from gazeaug.converting.persons import numbered, persons_of, renaming_note
from gazeaug.converting.rows import Rows
from gazeaug.converting.sides import mirrored_sides, side_notes
from gazeaug.errors import InputError
from gazeaug.eyefile.labels import text_of
from gazeaug.gaze.checks import type_of
from gazeaug.gaze.sides import SIDE_LABELS, side_of
from gazeaug.sources.own_folders import MARK

SPLIT = "split"
LABEL_OF = {"Rvec": "Rmat", "Svec": "Smat", "normmat": "face_mat_norm"}  # of columns; others are called alike
OF_ETH = {"cam_index": "0", "frame_index": "0", "normmat": "1.0,0.0,0.0,0.0,1.0,0.0,0.0,0.0,1.0"}  # where not known


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A layout, and what of it follows from the source."""

    layout: Layout
    names: Mapping[str, str]
    """Persons as the layout names them."""
    columns: tuple[str, ...]
    has_splits: bool
    """Whether a label says in which part of the set a row stands."""
    has_sides: bool


def plan_for(rows: Rows, how: ConvertOptions) -> Plan:
    """What follows from the source; raises InputError where a row's side can be read in no way."""
    layout, labels = LAYOUTS[how.columns], set(rows.labels)
    has_more = layout.more and all(LABEL_OF.get(name, name) in labels for name in layout.more)
    return Plan(
        layout=layout,
        names=names_of(rows, layout),
        columns=(*layout.columns, *(layout.more if has_more else ())),
        has_splits=SPLIT in labels and all(part in layout.splits for part in values_of(rows, SPLIT)),
        has_sides="WhichEye" in layout.columns and have_sides(rows),
    )


def names_of(rows: Rows, layout: Layout) -> dict[str, str]:
    """Persons to the names that the layout has: their own where all have that form, else numbered in natural order."""
    return numbered(persons_of(rows), layout.pattern, layout.person, layout.first)


def values_of(rows: Rows, label: str) -> Counter[str]:
    """How often a label of one text a row has each value."""
    found = (rows.read_label(label, start, stop) for start, stop in rows.spans())
    return Counter(text_of(value) for values in found for value in values)


def have_sides(rows: Rows) -> bool:
    """Whether the label of the side says left or right in every row; where it says neither in any, it is another thing.

    Raises:
        InputError: it does in some rows and not in others.
    """
    if rows.side not in rows.labels:
        return False
    other, n_known = None, 0
    for start, stop in rows.spans():
        for row, side in enumerate(rows.sides(start, stop) or (), start):
            if side_of(side) is not None:
                n_known += 1
            elif other is None:
                other = row
    if n_known and other is not None:
        said = (rows.sides(other, other + 1) or [""])[0]
        raise InputError(
            f"{rows.eyes.path}: label '{rows.side}': expected left or right (or L, R), found {said!r:.40} in row "
            f"{other}; correct it, or leave the label out with --labels."
        )
    return other is None


def check_gazehub(rows: Rows, how: ConvertOptions) -> list[str]:
    """What readers of the layout should know."""
    plan = plan_for(rows, how)
    layout = plan.layout
    notes = [f"--columns {how.columns}: read by {layout.readers}", *misread(plan.columns)]
    if how.columns in FIELDS_OF_L2CS and rows.channels == 1:
        notes.append("pictures: grey, of one channel; L2CS-Net normalises three channels of them and needs --rgb")
    notes += size_notes(rows, how.columns)
    if len([column for column in layout.columns if column in ("Face", "Left", "Right")]) > 1:
        notes.append("Left, Right: the one picture of the row, as in Face")
    if layout.has_persons:
        notes += renaming_note(rows, plan.names, MARK)
    notes += file_notes(rows, how.columns, n_files(rows, plan))
    if "WhichEye" in layout.columns:
        notes += notes_on_sides(rows, plan)
    if SPLIT in rows.labels and not plan.has_splits:
        notes.append(f"'{SPLIT}': left out, as it has others than the layout's {', '.join(layout.splits)}")
    for column in OF_ETH if how.columns == "eth" else ():
        if LABEL_OF.get(column, column) not in rows.labels:
            notes.append(f"{column}: {OF_ETH[column]} in every line, as no label '{LABEL_OF.get(column, column)}' says")
    if {"origin", "path"} <= set(rows.labels):
        notes.append("'path': left out, as the label 'origin' goes into the column of that name")
    return notes


def n_files(rows: Rows, plan: Plan) -> int:
    """How many label files are written to train on."""
    if plan.has_splits:
        return sum(part.startswith("train") for part in values_of(rows, SPLIT))
    return len(plan.names) if plan.layout.by_person else min(len(plan.names), plan.layout.n_folds)


def notes_on_sides(rows: Rows, plan: Plan) -> list[str]:
    """What WhichEye says, and whether right eyes stand as GazeHub's own do, which are flipped."""
    unused = [name for name in SIDE_LABELS if name in rows.labels and name != rows.side]
    notes = [f"'{name}': left out, as '{rows.side}' is taken for the side" for name in unused]
    if not plan.has_sides:
        notes.insert(0, f"WhichEye: left in every line, as {why_no_side(rows)}")
    return [*notes, *side_notes(rows)]


def why_no_side(rows: Rows) -> str:
    """Why it is not known which eye is which."""
    labels = rows.eyes.labels
    if rows.side in rows.labels:
        return f"'{rows.side}' says neither left nor right"
    if rows.side is not None:
        return f"--labels leaves '{rows.side}' out"
    name = next((name for name in SIDE_LABELS if name in labels), None)
    if name is None:
        return f"no label {' or '.join(SIDE_LABELS)} says"
    return f"'{name}' holds {type_of(labels[name])}, not left or right as text"


def facts_of_gazehub(rows: Rows, how: ConvertOptions) -> dict[str, Any]:
    """What the lines do not say, and `prepare gazehub` takes from the folder's hidden file.

    Persons by the names that they have here; whether WhichEye is known, and which of the eyes are flipped.
    """
    plan, facts = plan_for(rows, how), dict[str, Any]()
    if rows.has_persons and plan.layout.has_persons:
        facts["persons"] = {name: person for person, name in plan.names.items()}
    if "WhichEye" in plan.layout.columns:
        facts["sides_known"] = plan.has_sides
        facts["mirrored"] = mirrored_sides(rows) if plan.has_sides else None
    return facts


def sides_of(rows: Rows, start: int, stop: int, plan: Plan) -> list[str]:
    """left or right for each row."""
    sides = rows.sides(start, stop) if plan.has_sides else None
    return ["left"] * (stop - start) if sides is None else [side_of(side) or "" for side in sides]
