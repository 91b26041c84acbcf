"""Folders of pictures into eye files: UnityEyes' renders, and any pictures with labels from a table or their names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import TEXT, Label
from gazeaug.eyefile.pixel_labels import IN_CROP, moves_of, would_be_left_behind
from gazeaug.eyefile.reader import LOOK_VEC
from gazeaug.gaze.angles import LOOK_VEC_ATTRIBUTES
from gazeaug.gaze.conventions import convention_of
from gazeaug.gaze.head_conventions import UNITYEYES
from gazeaug.gaze.label import known_gaze
from gazeaug.keywords import with_options_of
from gazeaug.options import narrowed
from gazeaug.pictures.crops import resizing_of
from gazeaug.pictures.decoding import ORIENTATION, check_inside, is_picture, opened, read_plain
from gazeaug.preparing.items import Eye, Items
from gazeaug.preparing.job import PrepareReport, write_items
from gazeaug.preparing.source import ItemSource
from gazeaug.preparing.twice import copies_among
from gazeaug.preparing.walking import find_files, instead
from gazeaug.sources.columbia import COLUMBIA_LABELS, labels_of_name
from gazeaug.sources.label_tables import VECTORS, LabelTable, lacks_of, read_table, with_gaze
from gazeaug.sources.options import (
    CropOptions,
    FitOptions,
    FolderArguments,
    FolderOptions,
    UnityEyesArguments,
    UnityEyesOptions,
)
from gazeaug.sources.own_folders import OwnFolder, own_folder
from gazeaug.sources.unityeyes import LANDMARKS, camera_is_known, find_items, notes_on, pair_of, read_item
from gazeaug.sources.unityeyes2 import CAMERA, find_pictures, read_view, view_of

PATH = {"path": TEXT}
DEFAULT_SHAPE = (35, 55)  # of the pictures of a folder
UNITYEYES_LABELS = {
    "look_vec": Label.of(np.float32, (4,), LOOK_VEC_ATTRIBUTES),
    "head_pose": Label.of(np.float32, (3,), UNITYEYES.attributes),
    "pupil_size": Label.of(np.float32),
    **{name: Label.of(np.float32, (n, 2), IN_CROP) for name, n in LANDMARKS.items()},
    **PATH,
}


@with_options_of(UnityEyesArguments, after=2)
def prepare_unityeyes(folder: Path | str, output: Path | str, **options: Any) -> PrepareReport:
    """Crop the eyes of a UnityEyes folder into an eye file.

    Args:
        folder: with N.jpg and N.json, or with a folder `imgs` of them.
        output: the eye file.
        options: those of `UnityEyesOptions`.

    Returns:
        What was done: `output`, `n_images`, and what was left out.

    Raises:
        InputError: naming the item, option or path.

    Example:
        >>> report = gazeaug.prepare_unityeyes("UnityEyes_Windows", "eyes.h5", size=(35, 55), workers=1)
        >>> report.n_images
        3
    """
    how, folder = UnityEyesOptions(**options), Path(folder)
    items = find_items(folder)
    read = partial(read_item, is_known=camera_is_known(items))
    return write_renders(items, pair_of, read, UNITYEYES_LABELS, "UnityEyes", Path(output), how)


@with_options_of(UnityEyesOptions, after=2)
def prepare_unityeyes2(folder: Path | str, output: Path | str, **options: Any) -> PrepareReport:
    """Crop the eyes of a UnityEyes2 folder (N_<camera>.jpg, one N.json) into an eye file, a row a picture.

    A label `camera` names the camera.

    Args:
        folder: with the pictures and the N.json.
        output: the eye file.
        options: those of `UnityEyesOptions`.

    Raises:
        InputError: naming the item, option or path.
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
        given=[items.folder],
        left_out=items.left_out,
        notes=[note for path in files_of(items[0]) if path.suffix.lower() == ".json" for note in notes_on(path)],
        files_of=files_of,
        read=partial(read, crop=narrowed(how, CropOptions)),
        labels=labels,
        image_shape=shape_of(how.size, how.color),
        refuses_flat=True,
        facts={"source": name, "folder": items.folder.name, "margin": how.margin},
    )
    return write_items(source, output, how)


@with_options_of(FolderArguments, after=2)
def prepare_folder(folder: Path | str, output: Path | str, **options: Any) -> PrepareReport:
    """Bring pictures, found in all subfolders, into an eye file with their `path` and the labels of a table.

    Args:
        folder: of the pictures.
        output: the eye file.
        options: those of `FolderOptions`.

    Without a convention nothing is said of what the table's gaze means, see `with_gaze`.

    Returns:
        What was done: `output`, `n_images`, and what was left out.

    Raises:
        InputError: naming the item, option or path.

    Example:
        >>> report = gazeaug.prepare_folder("my_camera_eyes", "camera.h5", workers=1)
        >>> report.n_images
        3
    """
    asked, folder = FolderOptions(**options), Path(folder)
    items, own = find_pictures_in(folder), own_folder(folder)
    is_own = own is not None and own.is_of(asked.labels)
    how = asked.fitted(shape_now(items, own, asked.max_megapixels) if own is not None and is_own else DEFAULT_SHAPE)
    facts: dict[str, Any] = {"source": "folder of pictures"}
    notes: tuple[str, ...] = ()
    if own is not None and own.provenance:
        facts["input_provenance"] = own.provenance
    if own is not None and is_own:
        table = own.read()
        check_moves(table, own.image_shape, how)
    elif asked.labels is not None:
        table = read_table(Path(asked.labels))
    else:
        notes = () if own is None else own.notes
        return write_pictures(items, Path(output), {**facts, "labels": ""}, {}, lambda item: {}, how, notes=notes)
    facts["labels"] = table.path.name
    if asked.convention is not None:
        table = with_gaze(table, convention_of({}, str(table.path), stated=asked.convention))
    check_gaze(table)

    joined = table.joined(items.names, folder)
    if is_own:
        items = in_order(items, joined)
    if not how.keep_going:
        for name in items.names[: how.rows]:
            joined.row_of(Path(name))  # before the first picture is read

    def row_of(item: Path) -> Mapping[str, Any]:
        check_places(item, table, how)
        return joined.row_of(item.relative_to(folder))

    return write_pictures(items, Path(output), facts, joined.labels, row_of, how, table=joined)


def shape_now(items: Items, own: OwnFolder, max_megapixels: float) -> tuple[int, ...]:
    """What pictures that `convert` wrote are brought to: as they were, unless they have another size by now."""
    if not own.image_shape:
        return DEFAULT_SHAPE
    try:
        with opened(items[0], max_megapixels=max_megapixels) as picture:
            is_same = (picture.height, picture.width) == own.image_shape[:2]
    except InputError:  # said of that picture when it is read
        return own.image_shape
    return own.image_shape if is_same else (*DEFAULT_SHAPE, *own.image_shape[2:])


def in_order(items: Items, table: LabelTable) -> Items:
    """Pictures in the order of the table's lines; those that it does not name come last."""
    last = len(table.lines) + max(table.lines.values(), default=0)
    return Items(items.folder, sorted(items.names, key=lambda name: table.lines.get(name, last)), items.left_out)


def check_gaze(table: LabelTable) -> None:
    """Refuse a table whose gaze cannot be what is said of it; rows without a gaze are refused by `row_of`.

    Raises:
        InputError: naming the first picture.
    """
    if (found := table.labels.get(LOOK_VEC)) is not None and (
        found.dtype.kind not in "if" or found.shape not in VECTORS
    ):
        raise InputError(
            f"{table.path}: '{LOOK_VEC}' must be 3 or 4 numbers a row, in columns {LOOK_VEC}_0, {LOOK_VEC}_1, ...; "
            f"found {next(iter(table.rows.values()))[LOOK_VEC]!r:.60}."
        )
    gaze = known_gaze(table.labels, str(table.path))
    if gaze is None:
        return
    label = table.labels[gaze.label]
    names = [name for name, row in table.rows.items() if not lacks_of(row[gaze.label], label)]
    values = np.array([table.rows[name][gaze.label] for name in names], np.float64).reshape(-1, *label.shape)
    for place, reason in gaze.faults(values, np.array([table.lines[name] for name in names])).items():
        raise InputError(f"{reason} (the number is that of the table's line, which names {names[place]})")


def check_moves(table: LabelTable, image_shape: tuple[int, ...], how: FitOptions) -> None:
    """Refuse another size for pictures that have labels in pixels, by what these say of themselves.

    Raises:
        InputError: naming a label.
    """
    if image_shape[:2] == how.size:
        return
    if moves := moves_of(table.labels, resizing_of(image_shape, how.size), str(table.path)):
        height, width = image_shape[:2]
        raise InputError(
            f"{table.path}: '{next(iter(moves))}' is in pixels of pictures of {height}x{width}, which would be resized "
            f"under it; give --size {height}x{width} and resize the eye file, or take that column out."
        )


def check_places(item: Path, table: LabelTable, how: FitOptions) -> None:
    """Refuse a table with places in pixels for a picture that is resized or turned: a table does not say what they are.

    Raises:
        InputError: naming the picture and the label.
    """
    names = [name for name, label in table.labels.items() if would_be_left_behind(name, label)]
    if not names:
        return
    with opened(item, max_megapixels=how.max_megapixels) as picture:
        width, height = picture.size
        is_turned = picture.getexif().get(ORIENTATION, 1) != 1
    if is_turned or (height, width) != tuple(how.size):
        raise InputError(
            f"{table.path}: '{names[0]}' seems to hold positions in pixels, and {item} of {height}x{width} would be "
            f"resized or turned under them; give --size {height}x{width} and resize the eye file, whose attributes "
            "can say what they are, or take that column out."
        )


@with_options_of(FitOptions, after=2)
def prepare_columbia(folder: Path | str, output: Path | str, **options: Any) -> PrepareReport:
    """Bring Columbia's pictures, or crops of them under the same names, into an eye file with the names' angles.

    Args:
        folder: of the pictures.
        output: the eye file.
        options: those of `FitOptions`.

    Raises:
        InputError: naming the item, option or path.
    """
    facts = {"source": "Columbia Gaze"}
    how = FitOptions(**options)
    return write_pictures(find_pictures_in(Path(folder)), Path(output), facts, COLUMBIA_LABELS, labels_of_name, how)


def find_pictures_in(folder: Path) -> Items:
    """All pictures in and below a folder, in natural order.

    Raises:
        InputError: there is no such folder, or no picture.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: expected a folder of pictures, but there is no such folder.")
    items = find_files(folder, is_picture)
    if not items:
        raise InputError(f"{folder}: expected pictures (png, jpg, bmp, ...), found none{instead(items)}.")
    return items


def write_pictures(
    items: Items,
    output: Path,
    facts: dict[str, Any],
    labels: Mapping[str, Label],
    more_labels: Callable[[Path], Mapping[str, Any]],
    how: FitOptions,
    *,
    table: LabelTable | None = None,
    notes: Sequence[str] = (),
) -> PrepareReport:
    """Pictures in their order.

    Args:
        items: the pictures.
        output: the eye file.
        facts: of the source.
        labels: what `more_labels` gives.
        more_labels: labels by picture.
        how: they are brought to one size.
        table: where the labels come from, if from a file.
        notes: to which its own and those on copies are added.
    """
    folder = items.folder

    def labelled(item: Path, eye: Eye) -> Eye:
        return Eye(eye.image, {**eye.labels, **more_labels(item)})

    size, color, pad = how.size, how.color, how.fit == "pad"
    source = ItemSource(
        parts=items,
        given=[items.folder, *([] if table is None else [table.path])],
        left_out=items.left_out,
        read=partial(read_one, folder=folder, size=size, color=color, pad=pad, max_megapixels=how.max_megapixels),
        new_finish=lambda: labelled,
        table=None if table is None else table.path,
        notes=[*notes, *(() if table is None else table.notes), *copies_among(items, items.names)],
        labels={**PATH, **labels},
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
