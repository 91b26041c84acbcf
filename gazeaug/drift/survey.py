"""What refining did to the labels of a whole file: iris and eyelid shifts, by region of the gaze, against landmarks.

Shape suffixes: N rows, C channels, H height, W width, K points.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gazeaug.drawing.legends import Legend
from gazeaug.drawing.sheets import Column, contact_sheet, save_sheet, sheet_scale
from gazeaug.drawing.tables import text_table
from gazeaug.drift.registration_torch import find_iris, iris_shift
from gazeaug.errors import InputError
from gazeaug.eyefile.origin import Doubt, Origin, not_a_twin, settle_aloud
from gazeaug.eyefile.pixel_labels import are_in_pixels
from gazeaug.eyefile.reader import LOOK_VEC, EyeFile, open_eyes
from gazeaug.feeding.dataset import scaled, to_NCHW
from gazeaug.gaze.angles import angular_error_degrees, look_vec_to_pitchyaw
from gazeaug.gaze.conventions import CONVENTIONS
from gazeaug.gaze.label import KnownGaze, known_gaze
from gazeaug.progress import each
from gazeaug.screens import amount
from gazeaug.units.checksums import first_unlike, original_labels

ROWS_AT_ONCE, LABELS_AT_ONCE = 512, 65_536
LID_WINDOW = 0.12  # of the registration about the upper lid, in picture widths
LID_ABOVE = 0.13  # where the upper lid is looked for without landmarks: so much above the iris, in picture widths
LID_POINTS = 3  # the highest points of the lids' margin
SHEET_ROWS = 12
REGION_TITLES = ("gaze, degrees", "iris moved by, pixels", "99 % below", "pairs")

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Figures:
    """Distances in pixels."""

    n: int
    mean: float
    deviation: float
    p99: float

    @classmethod
    def of(cls, distances: Array) -> Figures:
        """Of one number a row."""
        return cls(len(distances), float(distances.mean()), float(distances.std()), float(np.percentile(distances, 99)))

    def __str__(self) -> str:
        return f"{self.mean:.2f} +- {self.deviation:.2f} px, 99 % below {self.p99:.2f}"


@dataclass(frozen=True)
class DriftReport:
    """What moved between a file and its refined twin."""

    n_images: int
    width: int
    iris: Figures
    iris_mean: tuple[float, float]
    """The mean shift itself, x (right) and y (down): what all rows have in common."""
    eyelid: Figures
    """Of the upper lid, up or down."""
    regions: dict[str, Figures]
    """Iris drift by thirds of pitch and yaw; empty without gaze."""
    landmarks: dict[str, Figures]
    """Distance from the renderer's iris centre to where the iris is found, in both files; empty without landmarks."""
    gaze_label: str | None
    """Where the gaze is; None where there is none, or its convention is not known."""
    label_degrees: float | None
    """Largest angle between the two files' gaze in a row; None where one has none."""
    worst: list[int]
    """Rows that moved most."""

    def __str__(self) -> str:
        x, y = self.iris_mean
        lines = [
            f"{amount(self.n_images, 'pairs')}, {self.width} pixels wide",
            f"  iris    {self.iris} (mean shift {x:+.2f} right, {y:+.2f} down)",
            f"  eyelid  {self.eyelid}",
        ]
        lines += [f"  renderer's iris centre to the iris found in {k}: {v}" for k, v in self.landmarks.items()]
        if self.label_degrees:
            lines.append(f"  {self.gaze_label} is NOT the same: up to {self.label_degrees:.2f} degrees apart")
        lines.append(f"  moved most: rows {', '.join(map(str, self.worst[:8]))}")
        if self.regions:
            lines += ["", text_table([REGION_TITLES, *(row_of(name, found) for name, found in self.regions.items())])]
        return "\n".join(lines)


def row_of(name: str, found: Figures) -> tuple[str, ...]:
    """A region in a table."""
    return name, f"{found.mean:.2f} +- {found.deviation:.2f}", f"{found.p99:.2f}", f"{found.n:,}"


def measure_drift(
    synthetic: Path | str, refined: Path | str, *, sheet: Path | None = None, force: bool = False
) -> DriftReport:
    """Register every refined picture on its input; memory stays constant but for a few numbers a row.

    Args:
        synthetic, refined: an eye file and what refine-dataset made of it, row by row.
        sheet: PNG to which the pairs that moved most are drawn.
        force: go on although the files say that they are no such pair.

    Raises:
        InputError: other sizes, more refined rows than there are synthetic ones, files that are no such pair, or rows
            of the gaze that are none.
    """
    with open_eyes(synthetic) as before, open_eyes(refined) as after:
        if before.image_shape != after.image_shape:
            raise InputError(
                f"{after.path}: pictures are {after.image_shape}, those of {before.path} {before.image_shape}; drift "
                "compares pictures of one size: refine what gazeaug prepare eyes --size brings to it."
            )
        if after.n_images != before.n_images and after.n_images != after.provenance.get("limit"):
            raise InputError(
                f"{after.path}: has {after.n_images:,} rows, {before.path} has {before.n_images:,}; drift needs a file "
                "and the file refined from it."
            )
        doubts = not_a_twin(Origin.of(before), Origin.of(after))
        settle_aloud([*doubts, *other_labels(before, after)], force=force)
        n, gaze, gaze_after = after.n_images, gaze_of(before), gaze_of(after)
        look_vec = None if gaze is None else gaze.look_vec(before.read_label(gaze.label, 0, n))
        angle = None
        if look_vec is not None and gaze_after is not None:
            again = gaze_after.look_vec(after.read_label(gaze_after.label, 0, n))
            angle = float(angular_error_degrees(again, look_vec).max())
        blocks = list(measured(before, after))
        found = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
        worst = np.argsort(-found["iris"])[:SHEET_ROWS]
        if sheet is not None:
            draw_worst(sheet, before, after, worst, found["iris"])
        return DriftReport(
            n_images=n,
            width=after.width,
            iris=Figures.of(found["iris"]),
            iris_mean=(float(found["x"].mean()), float(found["y"].mean())),
            eyelid=Figures.of(found["eyelid"]),
            regions={} if look_vec is None else by_region(look_vec, found["iris"]),
            landmarks={name: Figures.of(found[name]) for name in ("synthetic", "refined") if name in found},
            gaze_label=None if gaze is None else gaze.label,
            label_degrees=angle,
            worst=[int(row) for row in worst],
        )


def gaze_of(eyes: EyeFile) -> KnownGaze | None:
    """The gaze of a file where its convention is known; a look_vec that says nothing of its frame is UnityEyes'.

    Raises:
        InputError: its shape is not that of its convention.
    """
    found = known_gaze(eyes.labels, str(eyes.path))
    if found is None and LOOK_VEC in eyes.labels and "frame" not in eyes.labels[LOOK_VEC].attributes:
        return KnownGaze(LOOK_VEC, CONVENTIONS["unityeyes"], f"{eyes.path}: label '{LOOK_VEC}'")
    return found


def other_labels(before: EyeFile, after: EyeFile) -> list[Doubt]:
    """The first label of both files that is not the same in both: refining carries all of them bit for bit."""
    for name in sorted(set(original_labels(after)) & before.labels.keys()):
        for start in range(0, after.n_images, LABELS_AT_ONCE):
            stop = min(start + LABELS_AT_ONCE, after.n_images)
            one, other = (eyes.read_label(name, start, stop) for eyes in (before, after))
            if one.dtype != other.dtype and {one.dtype.kind, other.dtype.kind} <= set("iuf"):
                one, other = one.astype(np.float32), other.astype(np.float32)  # another tool's copy, perhaps
            row = first_unlike(other, one) if one.shape == other.shape else 0
            if row is not None:
                where = f"row {start + row} of '{name}' is not that of {before.path}"
                return [Doubt(f"{after.path}: {where}, so one is not refined from the other")]
    return []


def measured(before: EyeFile, after: EyeFile) -> Iterator[dict[str, Array]]:
    """Shifts of blocks of rows, by name."""
    for start in each(range(0, after.n_images, ROWS_AT_ONCE), "drift", unit="blocks"):
        stop = min(start + ROWS_AT_ONCE, after.n_images)
        first, second = (scaled(to_NCHW(eyes.read_images(start, stop))) for eyes in (before, after))
        truth = true_iris(before, start, stop)
        iris = find_iris(first)
        shift = iris_shift(first, second, centre_N2=iris if truth is None else truth)
        lid = true_lid(before, start, stop)
        if lid is None:
            lid = (iris if truth is None else truth) - torch.tensor([0.0, LID_ABOVE * before.width])
        eyelid = iris_shift(first, second, centre_N2=lid, window=LID_WINDOW)[:, 1].abs()
        found = {"x": shift[:, 0], "y": shift[:, 1], "iris": shift.norm(dim=1), "eyelid": eyelid}
        if truth is not None:
            found["synthetic"] = (iris - truth).norm(dim=1)
            found["refined"] = (find_iris(second) - truth).norm(dim=1)
        yield {name: values.double().numpy() for name, values in found.items()}


def true_iris(eyes: EyeFile, start: int, stop: int) -> Tensor | None:
    """The renderer's iris centre in pixels of the picture, (N, 2), where the file has it."""
    points = points_of(eyes, "iris_centre", start, stop)
    if points is None:
        polygon = points_of(eyes, "iris_2d", start, stop)
        points = None if polygon is None else polygon.mean(1)
    return points


def true_lid(eyes: EyeFile, start: int, stop: int) -> Tensor | None:
    """The top of the upper lid's margin, (N, 2), where the file has it."""
    margin = points_of(eyes, "interior_margin_2d", start, stop)
    if margin is None:
        return None
    highest = margin[:, :, 1].argsort(1)[:, :LID_POINTS]
    return margin.gather(1, highest[:, :, None].expand(-1, -1, 2)).mean(1)


def points_of(eyes: EyeFile, name: str, start: int, stop: int) -> Tensor | None:
    """A label of points (x, y) in pixels, (N, 2) or (N, K, 2); None where there is none of finite numbers."""
    if name not in eyes.labels or eyes.labels[name].shape[-1:] != (2,) or not are_in_pixels(eyes.labels[name]):
        return None
    points: NDArray[Any] = eyes.read_label(name, start, stop)
    return torch.from_numpy(points.astype(np.float32)) if np.isfinite(points).all() else None


def by_region(look_vec: NDArray[Any], drift: Array) -> dict[str, Figures]:
    """Drift by thirds of the rows' pitch, and of their yaw within each."""
    pitch, yaw = np.rad2deg(look_vec_to_pitchyaw(look_vec)).T
    regions = {}
    for rows in thirds(pitch, np.arange(len(pitch))):
        for part in thirds(yaw, rows):
            spans = [
                f"{name} {angle[part].min():.0f} to {angle[part].max():.0f}"
                for name, angle in [("pitch", pitch), ("yaw", yaw)]
            ]
            regions[", ".join(spans)] = Figures.of(drift[part])
    return regions


def thirds(angle: Array, rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Rows of low, middle and high angle; those that are not empty."""
    return [part for part in np.array_split(rows[np.argsort(angle[rows], kind="stable")], 3) if len(part)]


def draw_worst(path: Path, before: EyeFile, after: EyeFile, rows: NDArray[np.int64], drift: Array) -> None:
    """The pairs that moved most, side by side."""
    legend = Legend(f"{after.path.name}: the {len(rows)} of {amount(after.n_images, 'pairs')} whose iris moved most")
    moved = np.array([f"moved {pixels:.1f} px" for pixels in drift[rows]])
    columns = [
        Column("synthetic", before.read_rows(rows), captions=np.array([f"row {row}" for row in rows])),
        Column("refined", after.read_rows(rows), captions=moved),
    ]
    save_sheet(contact_sheet(columns, scale=sheet_scale(after.image_shape[1]), legend=legend), path)
