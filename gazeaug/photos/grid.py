"""What was kept of photographs and what was left out, drawn side by side: a column for each reason."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gazeaug.drawing.legends import Legend
from gazeaug.drawing.sheets import Column, contact_sheet, enlargement, save_sheet
from gazeaug.eyefile.reader import open_eyes
from gazeaug.photos.eyes import REASONS, eyes_in
from gazeaug.photos.mediapipe_faces import open_finder
from gazeaug.photos.options import PhotoOptions
from gazeaug.photos.videos import index_video, is_video, read_frames
from gazeaug.pictures.crops import aspect_box, cut
from gazeaug.pictures.decoding import read_upright

N_ROWS, KEPT_COLUMNS = 8, 3
DOTS = "lids and iris as they were found"
BLANK = 250


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """An eye file out of photographs, and what was left out of it."""

    output: Path
    rejected: Path | None
    """The list of what was left out."""
    left_out: Mapping[str, int]
    """How often each reason stands in it."""
    given: Mapping[str, str] = field(default_factory=dict)
    """Inputs by the names that stand for them in the list."""

    def place_of(self, item: str) -> str:
        """An item of the list with the path of its input."""
        for name, path in self.given.items():
            if item.startswith(name) and item[len(name) :][:1] in ("", "/", "#", " "):
                return path + item[len(name) :]
        return item


def draw_photo_grid(outcome: Outcome, path: Path, options: PhotoOptions) -> None:
    """Draw kept eyes with their lids and irises, and for each reason some of what was left out, as PNG.

    What was left out is read again from its picture; nothing of it was stored.

    Args:
        outcome: of `prepare_photos`.
        path: of the PNG.
        options: that the eyes were cut with.
    """
    columns = kept_columns(outcome.output)
    for reason, n in outcome.left_out.items():
        if reason in REASONS and reason != "ends early":
            columns.append(Column(f"{reason} {n:,}", left_out_pictures(outcome, reason, options)))
    legend = Legend(f"{outcome.output.name}: eyes that were kept, and eyes that were left out, by reason", dots=DOTS)
    scale = enlargement(options.size[1])
    save_sheet(contact_sheet(columns, scale=scale, legend=legend), path)


def kept_columns(output: Path) -> list[Column]:
    """Kept eyes from the whole of the output: as they are, and with their landmarks."""
    with open_eyes(output) as eyes:
        rows = evenly(eyes.n_images, N_ROWS * KEPT_COLUMNS)
        images = np.concatenate([eyes.read_images(row, row + 1) for row in rows])
        points = [
            np.concatenate([eyes.read_label(name, row, row + 1)[0] for name in ("landmarks_2d", "iris_2d")])
            for row in rows
        ]
        title = f"kept {eyes.n_images:,}"
    parts = [slice(i, i + N_ROWS) for i in range(0, len(rows), N_ROWS)]
    first = [Column(title if i == 0 else "", images[part]) for i, part in enumerate(parts)]
    return [*first, Column("lids and iris", images[parts[0]], landmarks=np.array(points[:N_ROWS]))]


def evenly(n: int, most: int) -> list[int]:
    """At most so many of 0..n-1, spread evenly."""
    return sorted({int(i) for i in np.linspace(0, n - 1, min(n, most))})


def left_out_pictures(outcome: Outcome, reason: str, options: PhotoOptions) -> NDArray[np.uint8]:
    """Eyes that were left out for a reason, or whole pictures where there was no face."""
    wanted = set(evenly(outcome.left_out[reason], N_ROWS))
    rows = [row for i, row in enumerate(rows_with(outcome, reason)) if i in wanted]
    return np.stack([picture_of(outcome.place_of(item), why, options) for item, why in rows])


def rows_with(outcome: Outcome, reason: str) -> Iterator[tuple[str, str]]:
    """Lines of the list of what was left out that give a reason."""
    if outcome.rejected is not None:
        with outcome.rejected.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["reason"].split(":")[0] == reason:
                    yield row["item"], row["reason"]


def picture_of(item: str, why: str, options: PhotoOptions) -> NDArray[np.uint8]:
    """What a line of that list is about, of the size of the crops."""
    if why.startswith("no face"):
        whole = frame_of(item, options)
        box = aspect_box(whole.width, whole.height, options.size, pad=True)
        return cut(whole if options.color else whole.convert("L"), box, options.size)
    place, _, side = item.rpartition(" ")
    found = [
        eye
        for eye in eyes_in(
            frame_of(place, options), open_finder(options.face_model, thorough=options.thorough), options
        )
        if eye.labels["eye"] == side and (eye.left_out == why or why.startswith("twin"))
    ]
    blank = np.full((*options.size, 3) if options.color else options.size, BLANK, np.uint8)
    return found[0].image if found else blank


def frame_of(place: str, options: PhotoOptions) -> Image.Image:
    """A picture, or a frame of a video, by the name that `gazeaug.photos.photographs.place` gave it."""
    video, _, number = place.rpartition("#")
    if not (number.isdecimal() and is_video(Path(video))):
        return read_upright(Path(place), color=True, max_megapixels=options.max_megapixels)
    clips = index_video(Path(video), every=1).clips
    clip = next(clip for clip in clips if clip.first <= int(number) < clip.stop)
    return next(picture for n, picture in read_frames(clip, every=1) if n == int(number))
