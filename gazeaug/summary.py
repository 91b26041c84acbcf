"""What an eye file holds, found in one pass in constant memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.drawing.legends import Legend
from gazeaug.drawing.sheets import check_sheet, contact_sheet, save_sheet, sheet_scale, tile
from gazeaug.eyefile.pixel_labels import are_in_pixels
from gazeaug.eyefile.pixels import flat_rows
from gazeaug.eyefile.reader import GAZE_LABELS, EyeFile, open_eyes
from gazeaug.gaze.conventions import CONVENTIONS
from gazeaug.gaze.label import KnownGaze, known_gaze, scan_gaze
from gazeaug.provenance import in_words

ROWS_AT_ONCE = 2048
FLAT_NAMED = 5
GRID_COLUMNS, GRID_ROWS = 8, 8
GRID_WIDTH = 1500  # pixels of a sheet, about, where pictures are large


@dataclass(frozen=True)
class Spread:
    """Mean, deviation and range of a quantity."""

    mean: float
    deviation: float
    lowest: float
    highest: float

    def __str__(self) -> str:
        return f"{self.mean:.1f} +- {self.deviation:.1f}, from {self.lowest:.1f} to {self.highest:.1f}"


@dataclass(frozen=True)
class LabelSummary:
    """A label's type, trailing shape, range where it is numbers, and convention."""

    dtype: str
    shape: tuple[int, ...]
    lowest: float | None
    highest: float | None
    attributes: dict[str, str]


@dataclass(frozen=True)
class EyeSummary:
    """What `gazeaug inspect` prints."""

    path: Path
    layout: str
    n_images: int
    image_shape: tuple[int, ...]
    grey: Spread
    labels: dict[str, LabelSummary]
    gaze: str | None
    """The label with the gaze, and its convention as found or stated; None where there is no such label."""
    doubts: tuple[str, ...]
    """What makes that convention doubtful, a sentence each."""
    pitch: Spread | None
    yaw: Spread | None
    provenance: dict[str, Any]
    n_flat: int = 0
    """Pictures of one colour, in which nothing can be seen."""
    flat_rows: tuple[int, ...] = ()
    """The first of them."""

    def __str__(self) -> str:
        kind = "RGB" if len(self.image_shape) == 3 else "grey"
        lines = [
            f"{self.path}: layout {self.layout}",
            f"  images     {self.n_images:,} of {self.image_shape[0]} x {self.image_shape[1]} {kind}, uint8",
            f"  grey level {self.grey}",
        ]
        if self.n_flat:
            more = " and more" if self.n_flat > len(self.flat_rows) else ""
            rows = ", ".join(map(str, self.flat_rows))
            lines.append(f"  flat       {self.n_flat:,} images without any contrast, rows {rows}{more}")
        for name, label in self.labels.items():
            reach = "" if label.lowest is None else f", {label.lowest:.4g} to {label.highest:.4g}"
            lines.append(f"  label      {name}: {label.dtype} {('N', *label.shape)}{reach}".replace("'N'", "N"))
            lines += [f"               {key}: {value}" for key, value in label.attributes.items()]
        if self.gaze is not None:
            lines.append(f"  gaze       {self.gaze}")
            lines += [f"  doubt      {doubt}" for doubt in self.doubts]
        if self.pitch is not None:
            lines.append(f"  pitch      {self.pitch} degrees (up positive)")
            lines.append(f"  yaw        {self.yaw} degrees (image-left positive)")
        made_by = in_words(self.provenance) or ["unknown: the file has no provenance"]
        lines += [f"  {'' if number else 'made by':<10} {line}" for number, line in enumerate(made_by)]
        return "\n".join(lines)


class Moments:
    """Mean, deviation and range of the finite ones among numbers that come block by block."""

    def __init__(self) -> None:
        self.n, self.sum, self.squares = 0, 0.0, 0.0
        self.lowest, self.highest = np.inf, -np.inf

    def add(self, values: np.ndarray) -> None:
        """Take a block in."""
        wide = values.astype(np.float64)
        wide = wide[np.isfinite(wide)]
        if not wide.size:
            return
        self.n += wide.size
        self.sum += float(wide.sum())
        self.squares += float((wide * wide).sum())
        self.lowest, self.highest = min(self.lowest, float(wide.min())), max(self.highest, float(wide.max()))

    @property
    def spread(self) -> Spread:
        """What has come so far."""
        mean = self.sum / self.n
        return Spread(mean, max(0.0, self.squares / self.n - mean * mean) ** 0.5, self.lowest, self.highest)


def summarise(path: Path | str, *, image: str = "image", convention: str | None = None) -> EyeSummary:
    """Read a file once and describe it.

    Args:
        path: the eye file.
        image: dataset or group with the pictures.
        convention: of the gaze, where its attributes do not say; a name of `CONVENTIONS`.

    Returns:
        Sizes, labels, conventions, ranges, distribution of the gaze and provenance; `print` shows them as
        `gazeaug inspect` does.

    Raises:
        InputError: it is not an eye file, its attributes or its gaze contradict the convention, or a row is no gaze.

    Example:
        >>> found = gazeaug.summarise("unityeyes.h5")
        >>> found.n_images, found.image_shape, [*found.labels]
        (24, (35, 55), ['look_vec'])
    """
    with open_eyes(path, image=image) as eyes:
        gaze = known_gaze(eyes.labels, str(eyes.path), convention=convention)
        doubts = [] if gaze is None else scan_gaze(eyes, gaze)
        grey, pitch, yaw = Moments(), Moments(), Moments()
        flat: list[int] = []
        numbers = {name: Moments() for name, label in eyes.labels.items() if label.dtype.kind in "iufb"}
        for start in range(0, eyes.n_images, ROWS_AT_ONCE):
            stop = min(start + ROWS_AT_ONCE, eyes.n_images)
            images = eyes.read_images(start, stop)
            grey.add(images)
            flat += [start + int(row) for row in np.flatnonzero(flat_rows(images))]
            for name, moments in numbers.items():
                moments.add(eyes.read_label(name, start, stop))
            if gaze is not None:
                look_vec = gaze.look_vec(eyes.read_label(gaze.label, start, stop), start)
                angles = CONVENTIONS["degrees"].of_look_vec(look_vec)
                pitch.add(angles[:, 0])
                yaw.add(angles[:, 1])
        return EyeSummary(
            path=eyes.path,
            layout=eyes.layout,
            n_images=eyes.n_images,
            image_shape=eyes.image_shape,
            grey=grey.spread,
            labels={name: describe_label(eyes, name, numbers.get(name)) for name in sorted(eyes.labels)},
            gaze=gaze_text(eyes, gaze),
            doubts=tuple(doubts),
            pitch=pitch.spread if pitch.n else None,
            yaw=yaw.spread if yaw.n else None,
            provenance=eyes.provenance,
            n_flat=len(flat),
            flat_rows=tuple(flat[:FLAT_NAMED]),
        )


def gaze_text(eyes: EyeFile, gaze: KnownGaze | None) -> str | None:
    """What is said of the gaze."""
    if gaze is not None:
        return f"'{gaze.label}' as {gaze.convention.name} ({gaze.convention.used_by})"
    if any(name in eyes.labels for name in GAZE_LABELS):
        return "of unknown convention; state it with --convention to see its angles"
    return None


def describe_label(eyes: EyeFile, name: str, moments: Moments | None) -> LabelSummary:
    """Type, range and convention of a label."""
    label = eyes.labels[name]
    dtype = "text" if label.dtype.kind == "O" else str(label.dtype)
    lowest, highest = (moments.lowest, moments.highest) if moments is not None and moments.n else (None, None)
    return LabelSummary(dtype, label.shape, lowest, highest, {k: str(v) for k, v in label.attributes.items()})


def write_grid(
    path: Path | str,
    picture: Path,
    *,
    image: str = "image",
    convention: str | None = None,
    overwrite: bool = False,
) -> None:
    """Write a contact sheet of eyes spread evenly over a file: row numbers, and an arrow along each known gaze.

    Raises:
        InputError: it is not an eye file, or `picture` is not the name of a new PNG in a folder that is there.
        RunError: the picture cannot be written.
    """
    check_sheet(picture, inputs=[Path(path)], overwrite=overwrite)
    with open_eyes(path, image=image) as eyes:
        scale = sheet_scale(eyes.image_shape[1])
        n_columns = max(2, min(GRID_COLUMNS, GRID_WIDTH // (eyes.image_shape[1] * scale)))
        rows = np.linspace(0, eyes.n_images - 1, min(n_columns * GRID_ROWS, eyes.n_images)).astype(int)
        marks: dict[str, NDArray[Any]] = {"captions": rows.astype(str)}
        gaze = known_gaze(eyes.labels, str(eyes.path), convention=convention)
        irises = None if gaze is None else iris_centres(eyes, rows)
        if gaze is not None:
            marks["look_vec"] = gaze.look_vec(eyes.read_label_rows(gaze.label, rows), rows)
        if irises is not None:
            marks["arrows_from"] = irises
        legend = Legend(
            f"{eyes.path.name}: {len(rows):,} of {eyes.n_images:,} rows; the number below an eye is its row",
            arrows=arrow_text(gaze, from_iris=irises is not None),
        )
        sheet = contact_sheet(tile(eyes.read_rows(rows), n_columns, **marks), scale=scale, legend=legend)
    save_sheet(sheet, picture)


def arrow_text(gaze: KnownGaze | None, *, from_iris: bool) -> str:
    """What a sheet says of its arrows; nothing where it has none."""
    if gaze is None:
        return ""
    foot = "the middle of the iris (label 'iris_2d')" if from_iris else "the middle of the picture"
    return (
        f"gaze: label '{gaze.label}', convention '{gaze.convention.name}', drawn from {foot}. The longer the arrow, "
        "the further the eye looks past the camera; a dot alone looks into it. If arrows and pupils disagree, the "
        "convention is wrong."
    )


def iris_centres(eyes: EyeFile, rows: NDArray[Any]) -> NDArray[Any] | None:
    """Middles of the irises, (N, 2) in pixels; None where the file does not say all of them."""
    label = eyes.labels.get("iris_2d")
    if label is None or len(label.shape) != 2 or label.shape[1] != 2 or not are_in_pixels(label):
        return None
    middles: NDArray[Any] = eyes.read_label_rows("iris_2d", rows).astype(float).mean(axis=1)
    return middles if np.isfinite(middles).all() else None
