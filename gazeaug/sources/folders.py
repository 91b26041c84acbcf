"""Folders of pictures into eye files: UnityEyes' renders, and any pictures with labels from a table or their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import TEXT, Label
from gazeaug.gaze.angles import LOOK_VEC_ATTRIBUTES
from gazeaug.gaze.conventions import convention_of
from gazeaug.pictures.decoding import MAX_MEGAPIXELS, check_inside, is_picture, read_plain
from gazeaug.preparing.items import Eye, find_files
from gazeaug.preparing.job import PrepareReport, write_items
from gazeaug.preparing.source import ItemSource
from gazeaug.sources.columbia import COLUMBIA_LABELS, labels_of_name
from gazeaug.sources.label_tables import read_table, with_gaze
from gazeaug.sources.unityeyes import IN_CROP, LANDMARKS, CropOptions, find_items, pair_of, read_item
from gazeaug.sources.unityeyes2 import CAMERA, find_pictures, read_view, view_of

PATH = {"path": TEXT}
UNITYEYES_LABELS = {
    "look_vec": Label.of(np.float32, (4,), LOOK_VEC_ATTRIBUTES),
    "head_pose": Label.of(np.float32, (3,), {"units": "degrees", "order": "pitch, yaw, roll as UnityEyes wrote it"}),
    "pupil_size": Label.of(np.float32),
    **{name: Label.of(np.float32, (n, 2), IN_CROP) for name, n in LANDMARKS.items()},
    **PATH,
}
FITS = ("crop", "pad")


def prepare_unityeyes(
    folder: Path | str,
    output: Path | str,
    *,
    size: tuple[int, int] = (35, 55),
    margin: float = 1.25,
    color: bool = False,
    max_megapixels: float = MAX_MEGAPIXELS,
    **options: Any,
) -> PrepareReport:
    """Crop the eyes of a UnityEyes folder into an eye file.

    Args:
        folder: with N.jpg and N.json, or with a folder `imgs` of them.
        output: the eye file.
        size: (H, W) of the crops; their aspect is cut out of the picture, nothing is squashed.
        margin: width of the crop over that of the eye.
        color: RGB in place of grey.
        max_megapixels: larger pictures are refused.
        options: those of `write_items`: workers, limit, keep_going, overwrite, fresh.

    Raises:
        InputError: naming the item, option or path.
    """
    crop = CropOptions(size=size, margin=margin, color=color, max_megapixels=max_megapixels)
    facts = {"source": "UnityEyes", "folder": Path(folder).name, "margin": margin}
    items, read, shape = find_items(Path(folder)), partial(read_item, crop=crop), shape_of(size, color)
    source = ItemSource(
        parts=items, files_of=pair_of, read=read, labels=UNITYEYES_LABELS, image_shape=shape, facts=facts
    )
    return write_items(source, Path(output), **options)


def prepare_unityeyes2(
    folder: Path | str,
    output: Path | str,
    *,
    size: tuple[int, int] = (35, 55),
    margin: float = 1.25,
    color: bool = False,
    max_megapixels: float = MAX_MEGAPIXELS,
    **options: Any,
) -> PrepareReport:
    """Crop the eyes of a UnityEyes2 folder (N_<camera>.jpg, one N.json) into an eye file, a row a picture.

    Args, Raises: as `prepare_unityeyes`; a label `camera` names the camera.
    """
    crop = CropOptions(size=size, margin=margin, color=color, max_megapixels=max_megapixels)
    facts = {"source": "UnityEyes2", "folder": Path(folder).name, "margin": margin}
    labels = {**UNITYEYES_LABELS, CAMERA: PATH["path"]}
    items, read, shape = find_pictures(Path(folder)), partial(read_view, crop=crop), shape_of(size, color)
    source = ItemSource(parts=items, files_of=view_of, read=read, labels=labels, image_shape=shape, facts=facts)
    return write_items(source, Path(output), **options)


def prepare_folder(
    folder: Path | str,
    output: Path | str,
    *,
    labels: Path | str | None = None,
    convention: str | None = None,
    **options: Any,
) -> PrepareReport:
    """Bring pictures, found in all subfolders, into an eye file with their `path` and the labels of a table.

    Args:
        folder: of the pictures.
        output: the eye file.
        labels: CSV or JSONL with `file_name` and a column a label.
        convention: of the table's gaze, see `with_gaze`; without it nothing is said of what its numbers mean.
        options: those of `write_pictures`.

    Raises:
        InputError: naming the item, option or path.
    """
    folder = Path(folder)
    facts = {"source": "folder of pictures", "labels": "" if labels is None else Path(labels).name}
    if labels is None:
        if convention is not None:
            raise InputError("--convention says what a table's gaze means; name the table with --labels.")
        return write_pictures(folder, Path(output), facts, {}, lambda item: {}, **options)
    table = read_table(Path(labels))
    if convention is not None:
        table = with_gaze(table, convention_of({}, str(labels), stated=convention))

    def row_of(item: Path) -> Mapping[str, Any]:
        return table.row_of(item.relative_to(folder))

    return write_pictures(folder, Path(output), facts, table.labels, row_of, table=table.path, **options)


def prepare_columbia(folder: Path | str, output: Path | str, **options: Any) -> PrepareReport:
    """Bring Columbia's pictures, or crops of them under the same names, into an eye file with the names' angles.

    Args, Raises: as `prepare_folder`.
    """
    facts = {"source": "Columbia Gaze"}
    return write_pictures(Path(folder), Path(output), facts, COLUMBIA_LABELS, labels_of_name, **options)


def write_pictures(
    folder: Path,
    output: Path,
    facts: dict[str, Any],
    labels: Mapping[str, Label],
    more_labels: Callable[[Path], Mapping[str, Any]],
    *,
    table: Path | None = None,
    size: tuple[int, int] = (35, 55),
    fit: str = "crop",
    color: bool = False,
    max_megapixels: float = MAX_MEGAPIXELS,
    **options: Any,
) -> PrepareReport:
    """All pictures below a folder, in natural order.

    Args:
        folder: of the pictures.
        output: the eye file.
        facts: of the source.
        labels: what `more_labels` gives.
        more_labels: labels by picture.
        table: where they come from, if from a file.
        size: (H, W).
        fit: "crop" cuts another aspect about the centre, "pad" repeats the edges around it; neither squashes.
        color: RGB in place of grey.
        max_megapixels: larger pictures are refused.
        options: those of `write_items`.
    """
    CropOptions(size=size)
    if fit not in FITS:
        raise InputError(f"--fit must be one of {', '.join(FITS)}, got '{fit}'.")
    if not folder.is_dir():
        raise InputError(f"{folder}: expected a folder of pictures, but there is no such folder.")
    items = find_files(folder, is_picture)
    if not items:
        raise InputError(f"{folder}: expected pictures (png, jpg, bmp, ...), found none.")

    def labelled(item: Path, eye: Eye) -> Eye:
        return Eye(eye.image, {**eye.labels, **more_labels(item)})

    source = ItemSource(
        parts=items,
        read=partial(read_one, folder=folder, size=size, color=color, pad=fit == "pad", max_megapixels=max_megapixels),
        new_finish=lambda: labelled,
        table=table,
        labels={**labels, **PATH},
        image_shape=shape_of(size, color),
        facts={**facts, "folder": folder.name, "fit": fit},
    )
    return write_items(source, output, **options)


def read_one(item: Path, folder: Path, size: tuple[int, int], *, color: bool, pad: bool, max_megapixels: float) -> Eye:
    """One picture and its path."""
    check_inside(item, folder)
    image = read_plain(item, size, color=color, pad=pad, max_megapixels=max_megapixels)
    return Eye(image, {"path": item.relative_to(folder).as_posix()})


def shape_of(size: tuple[int, int], color: bool) -> tuple[int, ...]:
    """(H, W), or (H, W, 3) in colour."""
    return (*size, 3) if color else size
