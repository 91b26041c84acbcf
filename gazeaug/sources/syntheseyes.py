"""SynthesEyes: N.png with N.pkl, read without running what a pickle could.

Facts about the format: its public readers. The pickle is a dict with `look_vec` (3) in the camera's space (OpenGL's
axes), `head_pose` (3, 3), the rotation from world to camera, and `ldmks`, a dict of which the points in 2D are in
pixels of the picture, x right and y down.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import TEXT, Label
from gazeaug.eyefile.pixel_labels import IN_CROP
from gazeaug.gaze.conventions import OPENGL_ATTRIBUTES
from gazeaug.keywords import with_options_of
from gazeaug.pictures.crops import aspect_box
from gazeaug.pictures.decoding import check_inside, cut_out, opened
from gazeaug.preparing.items import Eye, Items, LeftOut
from gazeaug.preparing.job import PrepareReport, write_items
from gazeaug.preparing.pool import attempt
from gazeaug.preparing.source import ItemSource
from gazeaug.preparing.twice import copies_among
from gazeaug.preparing.walking import find_files, instead
from gazeaug.sources.options import PicturesOptions
from gazeaug.sources.plain_pickle import read_plain_pickle
from gazeaug.sources.unityeyes import check_near, check_seen, file_of, into_crop

LANDMARKS = {"ldmks_lids_2d": "lids_2d", "ldmks_iris_2d": "iris_2d", "ldmks_pupil_2d": "pupil_2d"}
ROTATION = {"frame": "opengl_camera", "kind": "rotation matrix from world to camera"}


@with_options_of(PicturesOptions, after=2)
def prepare_syntheseyes(folder: Path | str, output: Path | str, **options: Any) -> PrepareReport:
    """Bring SynthesEyes' pictures, found in all subfolders, into an eye file with gaze, head pose and landmarks.

    Args:
        folder: of the data set, or a part of it.
        output: the eye file.
        options: those of `PicturesOptions`.

    Pictures are cut to the size's aspect about the centre.

    Raises:
        InputError: naming the item, option or path.
    """
    wanted = PicturesOptions(**options)
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: expected a folder of SynthesEyes' png and pkl, but there is no such folder.")
    items = find_pairs(folder)
    if not items:
        raise InputError(f"{folder}: expected SynthesEyes' png and pkl, found no png{instead(items)}.")
    read = partial(
        read_rendered, folder=folder, size=wanted.size, color=wanted.color, max_megapixels=wanted.max_megapixels
    )
    labels = labels_of(items, read)
    source = ItemSource(
        parts=items,
        given=[folder],
        left_out=items.left_out,
        notes=copies_among(items, items.names),
        files_of=pair_of,
        read=partial(read, shapes={name: labels[name].shape for name in LANDMARKS.values()}),
        labels=labels,
        image_shape=(*wanted.size, 3) if wanted.color else wanted.size,
        refuses_flat=True,
        facts={"source": "SynthesEyes", "folder": folder.name},
    )
    return write_items(source, Path(output), wanted)


def find_pairs(folder: Path) -> Items:
    """The pictures in and below a folder; a pickle without one is left out as something that cannot be read."""
    found = find_files(folder, lambda path: path.suffix.lower() in (".png", ".pkl"))
    pictures = [name for name in found.names if name.lower().endswith(".png")]
    stems = {name[: -len(".png")] for name in pictures}
    lonely = [name for name in found.names if name.lower().endswith(".pkl") and name[: -len(".pkl")] not in stems]
    missing = [LeftOut(str(folder / name), f"{folder / name}: its picture, a .png, is missing.") for name in lonely]
    return Items(folder, pictures, [*found.left_out, *missing])


def pair_of(item: Path) -> tuple[Path, Path]:
    """A picture and its pickle."""
    return item, file_of(item.with_suffix(""), ".pkl")


def labels_of(items: Items, read: partial[Eye]) -> dict[str, Label]:
    """The labels, with as many landmarks as the first readable item has."""
    reason = ""
    for item in items:
        found = attempt(read, item)
        if isinstance(found, Eye):
            break
        reason = reason or found.reason
    else:
        raise InputError(f"not one of {len(items)} items can be read; the first: {reason}")
    points = {name: Label.of(np.float32, found.labels[name].shape, IN_CROP) for name in LANDMARKS.values()}
    return {
        "look_vec": Label.of(np.float64, (3,), OPENGL_ATTRIBUTES),
        "head_pose": Label.of(np.float64, (3, 3), ROTATION),
        **points,
        "path": TEXT,
    }


def read_rendered(
    item: Path,
    folder: Path,
    size: tuple[int, int],
    *,
    color: bool,
    max_megapixels: float,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
) -> Eye:
    """One picture with what its pickle says; `shapes` are those that its landmarks must have.

    Raises:
        InputError: one of the two is missing or damaged, or has another number of landmarks; it is named.
    """
    _, pickled = pair_of(item)
    for path in (item, pickled):
        check_inside(path, folder)
    found = read_plain_pickle(pickled)
    landmarks = found.get("ldmks") if isinstance(found, dict) else None
    if not isinstance(found, dict) or not isinstance(landmarks, dict):
        raise InputError(f"{pickled}: expected a dict with look_vec, head_pose and ldmks.")
    look_vec = numbers(found.get("look_vec"), (3,), f"{pickled}: look_vec")
    if not abs(np.linalg.norm(look_vec) - 1) < 0.01:
        raise InputError(f"{pickled}: expected a look_vec of length 1, found {look_vec}.")
    with opened(item, max_megapixels=max_megapixels) as picture:
        box = aspect_box(picture.width, picture.height, size)
        image = cut_out(picture, box, size, color=color)
        whole = picture.size
    points = {}
    for key, name in LANDMARKS.items():
        points_K2 = numbers(landmarks.get(key), (-1, 2), f"{pickled}: {key}")
        check_near(points_K2, whole, f"{pickled}: {key}")
        if name == "iris_2d":
            check_seen(points_K2, whole, str(item))
        points[name] = into_crop(points_K2, box, size)
    for name, shape in (shapes or {}).items():
        if points[name].shape != shape:
            raise InputError(f"{pickled}: {name} has {len(points[name])} points, the first item's {shape[0]}.")
    head_pose = numbers(found.get("head_pose"), (3, 3), f"{pickled}: head_pose")
    labels = {"look_vec": look_vec, "head_pose": head_pose, **points, "path": item.relative_to(folder).as_posix()}
    return Eye(image, labels)


def numbers(values: Any, shape: tuple[int, ...], where: str) -> NDArray[np.float64]:
    """Finite numbers of a shape; -1 is any length."""
    try:
        found = np.asarray(values, np.float64)
        shaped = found.reshape(shape) if found.size and found.ndim == len(shape) else None
    except (ValueError, TypeError):
        shaped = None
    if shaped is None or not np.isfinite(shaped).all():
        raise InputError(f"{where} must be finite numbers of shape {shape} (-1: any).")
    return shaped
