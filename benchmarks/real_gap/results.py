"""Finished rows of the tables, kept one fold a file, and the tables made of what is there.

Shapes: S seeds, N test eyes, 2 pitch and yaw in radians.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.drawing.tables import text_table
from gazeaug.evaluation.intervals import FEWEST_GROUPS, Estimate, draw_errors
from gazeaug.evaluation.scores import errors_of
from gazeaug.gaze.angles import pitchyaw_to_look_vec
from gazeaug.outputs import replacing

SOURCE, AUGMENTED, CEILING = "as it is", "augmented", "real eyes of the refined-towards persons (ceiling)"
SWAPPED = "those real eyes with the source's looks"
REFINED, MIXED, BACK = "refined", "every second one refined", "as it is; the test eyes refined towards it"
TITLES = (
    "trained on",
    "degrees",
    "minus the first row",
    "gap closed",
    "redrawn",
    "sharpness",
    "told apart",
    "drift, px",
    "lattice",
)

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FoldRow:
    """What the estimators of one row said of one fold's test eyes."""

    row: str
    label: str
    """Which training options; empty for rows without a refiner."""
    fold: int
    n_folds: int
    made_by: str
    """The training options, and a key of the code; folds of a row that differ in it are not put together."""
    answers: Array
    """Radians, (S, N, 2); the truth is (N, 2)."""
    truth: Array
    persons: NDArray[np.str_]
    constants: NDArray[np.str_] | None
    looks: Mapping[str, float]

    @property
    def name(self) -> str:
        """As the table has it."""
        return f"{self.row}: {self.label}" if self.label else self.row

    def errors(self) -> Array:
        """Angular errors in degrees, after the fit where gaze is known up to a constant."""
        answers = self.answers
        if self.constants is not None:
            answers = np.stack([fitted(said_N2, self.truth, self.constants) for said_N2 in answers])
        return errors_of(answers, pitchyaw_to_look_vec(self.truth))

    def save(self, folder: Path) -> None:
        """Into its file."""
        folder.mkdir(parents=True, exist_ok=True)
        said = {"row": self.row, "label": self.label, "fold": self.fold, "n_folds": self.n_folds}
        told = json.dumps({**said, "made_by": self.made_by, "looks": dict(self.looks)})
        constants = np.array([], str) if self.constants is None else self.constants
        path = folder / f"{re.sub('[^a-zA-Z0-9.]+', '_', self.name)}-{self.fold}.npz"
        with replacing(path) as partial, partial.open("wb") as file:
            np.savez(file, said=told, constants=constants, answers=self.answers, truth=self.truth, persons=self.persons)

    @classmethod
    def read(cls, path: Path) -> FoldRow:
        """Out of its file."""
        with np.load(path) as file:
            said = json.loads(str(file["said"]))
            constants = file["constants"] if len(file["constants"]) else None
            return cls(
                **said,
                answers=file["answers"],
                truth=file["truth"],
                persons=file["persons"],
                constants=constants,
            )


def fitted(said_N2: Array, truth: Array, groups_N: NDArray[np.str_]) -> Array:
    """Answers after the affine map of each group that brings them closest to the truth, (N, 2)."""
    out = np.empty_like(truth)
    for group in np.unique(groups_N):
        rows = groups_N == group
        given = np.column_stack([said_N2[rows], np.ones(rows.sum())])
        out[rows] = given @ np.linalg.lstsq(given, truth[rows], rcond=None)[0]
    return out


@dataclass(frozen=True, eq=False)
class Row:
    """A row of a table, all folds together."""

    name: str
    errors: Array
    """Degrees, (S, N)."""
    persons: NDArray[np.str_]
    looks: Mapping[str, float]


def joined(folds: Sequence[FoldRow], n_folds: int) -> Row | str:
    """A row of its folds; or why there is none yet."""
    name = folds[0].name
    numbers = sorted(fold.fold for fold in folds)
    if numbers != list(range(n_folds)):
        return f"{name}: unfinished, {len(numbers)} of {n_folds} folds"
    if len({fold.made_by for fold in folds}) > 1:
        return f"{name}: unfinished, its folds were made by different options or code"
    ordered = sorted(folds, key=lambda fold: fold.fold)
    looks = {key: float(np.mean([fold.looks[key] for fold in ordered])) for key in ordered[0].looks}
    errors = np.concatenate([fold.errors() for fold in ordered], axis=1)
    return Row(name, errors, np.concatenate([fold.persons for fold in ordered]), looks)


@dataclass(frozen=True)
class Figures:
    """What a row is worth, with intervals over persons and seeds."""

    degrees: Estimate
    difference: Estimate
    """Degrees minus those of the first row, paired: every draw takes the same persons for both."""
    closed: Estimate | None
    """Share of the gap between the first row and the ceiling; None where there is no sure gap, or no ceiling."""


def figures_of(rows: Sequence[Row], *, ceiling: int | None) -> list[Figures]:
    """Figures of rows that were tested on the same eyes; the first is what the others are compared with."""
    persons = np.unique(rows[0].persons, return_inverse=True)[1]
    drawn = draw_errors(np.stack([row.errors for row in rows]), persons)
    value, draws = drawn.values["mean"], drawn.draws["mean"]
    return [
        Figures(
            drawn.estimate("mean", row),
            Estimate.of(value[row] - value[0], draws[row] - draws[0]),
            None if ceiling in (None, row) else drawn.gap_closed(row, synthetic=0, real=ceiling),
        )
        for row in range(len(rows))
    ]


def table_of(folder: Path, *, one_way: bool = False) -> str:
    """The table of one case, Markdown, from the folds that are there; rows that are not finished are named below."""
    found: dict[str, list[FoldRow]] = {}
    for path in sorted(folder.glob("*.npz")):
        fold = FoldRow.read(path)
        if not one_way or fold.fold == 0:
            found.setdefault(fold.name, []).append(fold)
    whole = {name: joined(folds, 1 if one_way else folds[0].n_folds) for name, folds in found.items()}
    rows = [row for row in whole.values() if isinstance(row, Row)]
    missing = [f"- {row}" for row in whole.values() if isinstance(row, str)]
    order = {name: place for place, name in enumerate((SOURCE, AUGMENTED))} | {CEILING: len(whole)}
    rows.sort(key=lambda row: (order.get(row.name, 2), row.name.partition(": ")[2], row.name))
    if not rows or rows[0].name != SOURCE:
        return "\n".join([f"### {folder.name}", "", f"- no table before the row '{SOURCE}' is there", *missing])
    ceiling = len(rows) - 1 if rows[-1].name == CEILING else None
    figures = figures_of(rows, ceiling=ceiling)
    lines = [cells(row, one, first=row is rows[0]) for row, one in zip(rows, figures, strict=True)]
    n_persons = len(np.unique(rows[0].persons))
    over = f"{n_persons} persons (or days)" if n_persons >= FEWEST_GROUPS else f"eyes, of {n_persons} persons only"
    options = [f"- {folds[0].label}: {folds[0].made_by}" for name, folds in found.items() if name.startswith(MIXED)]
    n_seeds, n_eyes = rows[0].errors.shape
    caption = f"{n_eyes:,} test eyes, {n_seeds} seeds; intervals of 95 % over {over}, seeds on top."
    return "\n".join([f"### {folder.name}", "", caption, "", text_table([TITLES, *lines]), "", *options, *missing])


def cells(row: Row, figures: Figures, *, first: bool) -> tuple[str, ...]:
    """A line, as `TITLES` names it."""
    difference = "" if first else figures.difference.text("+.2f")
    closed = "" if first or figures.closed is None else figures.closed.text(".0%")

    def look(key: str, form: str) -> str:
        return f"{row.looks[key]:{form}}" if key in row.looks else ""

    forms = {"redrawn": ".1f", "sharpness": ".2f", "told_apart": ".0%", "drift": ".2f", "lattice": ".1%"}
    looks = (look(key, form) for key, form in forms.items())
    return (row.name, figures.degrees.text(), difference, closed, *looks)


def plain(values: Mapping[str, Any]) -> str:
    """Options as they are typed."""
    return " ".join(f"{name}={value}" for name, value in sorted(values.items())) or "none but the recipe's"
