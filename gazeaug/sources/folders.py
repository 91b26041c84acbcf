"""Folders of pictures into eye files: UnityEyes' renders, and any pictures with labels from a table or their names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import TEXT, Label
from gazeaug.gaze.angles import LOOK_VEC_ATTRIBUTES
from gazeaug.gaze.conventions import convention_of
from gazeaug.options import narrowed
from gazeaug.pictures.decoding import check_inside, is_picture, read_plain
from gazeaug.preparing.items import Eye, Items, find_files
from gazeaug.preparing.job import PrepareReport, write_items
from gazeaug.preparing.source import ItemSource
from gazeaug.sources.columbia import COLUMBIA_LABELS, labels_of_name
from gazeaug.sources.label_tables import read_table, with_gaze
from gazeaug.sources.options import CropOptions, FitOptions, FolderOptions, UnityEyesOptions
from gazeaug.sources.unityeyes import IN_CROP, LANDMARKS, camera_is_known, find_items, pair_of, read_item
from gazeaug.sources.unityeyes2 import CAMERA, find_pictures, read_view, view_of

PATH = {"path": TEXT}
UNITYEYES_LABELS = {
    "look_vec": Label.of(np.float32, (4,), LOOK_VEC_ATTRIBUTES),
    "head_pose": Label.of(np.float32, (3,), {"units": "degrees", "order": "pitch, yaw, roll as UnityEyes wrote it"}),
    "pupil_size": Label.of(np.float32),
    **{name: Label.of(np.float32, (n, 2), IN_CROP) for name, n in LANDMARKS.items()},
    **PATH,
}


def prepare_unityeyes(folder: Path | str, output: Path | str, **options: Any) -> PrepareReport:
    """Crop the eyes of a UnityEyes folder into an eye file.

    Args:
        folder: with N.jpg and N.json, or with a folder `imgs` of them.
        output: the eye file.
        options: those of `UnityEyesOptions`.

    Raises:
        InputError: naming the item, option or path.
    """
    how, folder = UnityEyesOptions(**options), Path(folder)
    items = find_items(folder)
    read = partial(read_item, is_known=camera_is_known(items))
    return write_renders(items, pair_of, read, UNITYEYES_LABELS, "UnityEyes", Path(output), how)


def prepare_unityeyes2(folder: Path | str, output: Path | str, **options: Any) -> PrepareReport:
    """Crop the eyes of a UnityEyes2 folder (N_<camera>.jpg, one N.json) into an eye file, a row a picture.

    Args, Raises: as `prepare_unityeyes`; a label `camera` names the camera.
    """
    how, folder = UnityEyesOptions(**options), Path(folder)
    labels = {**UNITYEYES_LABELS, CAMERA: PATH["path"]}
    return write_renders(find_pictures(folder), view_of, read_view, labels, "UnityEyes2", Path(output), how)


def write_renders(
    items: Items,
    files_of: Callable[[Path], Iterable[Path]],
    read: Callable[..., Eye],
    labels: Mapping[str, Label],
    name: str,
    output: Path,
    how: UnityEyesOptions,
) -> PrepareReport:
    """The eyes of a renderer's folder."""
    source = ItemSource(
        parts=items,
        files_of=files_of,
        read=partial(read, crop=narrowed(how, CropOptions)),
        labels=labels,
        image_shape=shape_of(how.size, how.color),
        refuses_flat=True,
        facts={"source": name, "folder": items.folder.name, "margin": how.margin},
    )
    return write_items(source, output, how)


def prepare_folder(folder: Path | str, output: Path | str, **options: Any) -> PrepareReport:
    """Bring pictures, found in all subfolders, into an eye file with their `path` and the labels of a table.

    Args:
        folder: of the pictures.
        output: the eye file.
        options: those of `FolderOptions`; without a convention nothing is said of what the table's gaze means, see
            `with_gaze`.

    Raises:
        InputError: naming the item, option or path.
    """
    how = FolderOptions(**options)
    folder = Path(folder)
    facts = {"source": "folder of pictures", "labels": "" if how.labels is None else Path(how.labels).name}
    if how.labels is None:
        return write_pictures(folder, Path(output), facts, {}, lambda item: {}, how)
    table = read_table(Path(how.labels))
    if how.convention is not None:
        table = with_gaze(table, convention_of({}, str(how.labels), stated=how.convention))

    def row_of(item: Path) -> Mapping[str, Any]:
        return table.row_of(item.relative_to(folder))

    return write_pictures(folder, Path(output), facts, table.labels, row_of, how, table=table.path)


def prepare_columbia(folder: Path | str, output: Path | str, **options: Any) -> PrepareReport:
    """Bring Columbia's pictures, or crops of them under the same names, into an eye file with the names' angles.

    Args, Raises: as `prepare_folder`, but the options are those of `FitOptions`.
    """
    facts = {"source": "Columbia Gaze"}
    how = FitOptions(**options)
    return write_pictures(Path(folder), Path(output), facts, COLUMBIA_LABELS, labels_of_name, how)


def write_pictures(
    folder: Path,
    output: Path,
    facts: dict[str, Any],
    labels: Mapping[str, Label],
    more_labels: Callable[[Path], Mapping[str, Any]],
    how: FitOptions,
    *,
    table: Path | None = None,
) -> PrepareReport:
    """All pictures below a folder, in natural order.

    Args:
        folder: of the pictures.
        output: the eye file.
        facts: of the source.
        labels: what `more_labels` gives.
        more_labels: labels by picture.
        how: they are brought to one size.
        table: where the labels come from, if from a file.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: expected a folder of pictures, but there is no such folder.")
    items = find_files(folder, is_picture)
    if not items:
        raise InputError(f"{folder}: expected pictures (png, jpg, bmp, ...), found none.")

    def labelled(item: Path, eye: Eye) -> Eye:
        return Eye(eye.image, {**eye.labels, **more_labels(item)})

    size, color, pad = how.size, how.color, how.fit == "pad"
    source = ItemSource(
        parts=items,
        read=partial(read_one, folder=folder, size=size, color=color, pad=pad, max_megapixels=how.max_megapixels),
        new_finish=lambda: labelled,
        table=table,
        labels={**labels, **PATH},
        image_shape=shape_of(size, color),
        facts={**facts, "folder": folder.name, "fit": how.fit},
    )
    return write_items(source, output, how)


def read_one(item: Path, folder: Path, size: tuple[int, int], *, color: bool, pad: bool, max_megapixels: float) -> Eye:
    """One picture and its path."""
    check_inside(item, folder)
    image = read_plain(item, size, color=color, pad=pad, max_megapixels=max_megapixels)
    return Eye(image, {"path": item.relative_to(folder).as_posix()})


def shape_of(size: tuple[int, int], color: bool) -> tuple[int, ...]:
    """(H, W), or (H, W, 3) in colour."""
    return (*size, 3) if color else size
