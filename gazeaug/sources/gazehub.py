"""GazeHub's folders (Image/... and Label/*.label) into eye files, in any of the layouts that its scripts write.

Source: GazeHub's scripts, which read MPIIGaze, MPIIFaceGaze, EyeDiap, Gaze360, ETH-XGaze, RT-Gene and UT Multiview.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from gazeaug.errors import InputError
from gazeaug.keywords import with_options_of
from gazeaug.preparing.items import Items
from gazeaug.preparing.job import PrepareReport
from gazeaug.preparing.walking import find_files, instead
from gazeaug.sources.folders import DEFAULT_SHAPE, shape_now, write_pictures
from gazeaug.sources.gazehub_columns import BY_GAZEHUB, columns_of, written_by
from gazeaug.sources.gazehub_labels import PICTURES, LabelLines, read_label_files
from gazeaug.sources.options import GazehubOptions
from gazeaug.sources.own_folders import is_converted, own_folder

TRIED = 50  # lines, to find where the pictures' names start


@with_options_of(GazehubOptions, after=2)
def prepare_gazehub(folder: Path | str, output: Path | str, **options: Any) -> PrepareReport:
    """Bring one picture of every line into an eye file, with the labels of the line.

    Args:
        folder: with Image and Label.
        output: the eye file.
        options: those of `GazehubOptions`.

    With `keep_going`, lines are left out that are damaged, or whose picture is.

    Raises:
        InputError: naming the file and line, option or path.
    """
    asked, folder = GazehubOptions(**options), Path(folder)
    lines = read_label_files(find_labels(folder, asked.labels))
    column = picture_column(lines, asked.picture)
    own = own_folder(folder)
    notes = [] if own is None else list(own.notes)
    written = written_by({} if own is None else own.said) if is_converted(folder) else BY_GAZEHUB
    columns = columns_of(lines, notes, written)
    names = [name.replace("\\", "/").removeprefix("./") for name in lines.cells[column]]
    root = find_root(folder, asked.images, names, lines)
    check_pictures(root, names, lines)
    row_of = {names[i]: i for i in np.flatnonzero(lines.sound()).tolist()}
    items = Items(root, list(row_of), lines.left_out())
    if not row_of:
        raise InputError(f"{items.left_out[0].reason} No line can be read.")

    how = asked.fitted(DEFAULT_SHAPE if own is None else shape_now(items, own, asked.max_megapixels))

    def labels_of(item: Path) -> Mapping[str, Any]:
        i = row_of[item.relative_to(root).as_posix()]
        return {name: each.values[i] for name, each in columns.items()}

    facts: dict[str, Any] = {
        "source": "GazeHub",
        "columns": " ".join(lines.columns),
        "picture": column,
        "labels_sha256": lines.sha256,
    }
    if own is not None and own.provenance:
        facts["input_provenance"] = own.provenance
    labels = {name: each.label for name, each in columns.items()}
    return write_pictures(items, Path(output), facts, labels, labels_of, how, notes=notes)


def find_labels(folder: Path, labels: Path | str | None) -> Sequence[Path]:
    """The .label files of a folder's Label, or of the file or folder that is named, in natural order.

    Where there is none, those that end in .txt. A file XYP.label beside X.label is the same with yaw before pitch, and
    not read.

    Raises:
        InputError: there is none.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: expected a folder with GazeHub's Image and Label, but there is no such folder.")
    place = folder / "Label" if labels is None else Path(labels)
    if labels is None:
        refuse_way_out(place, folder, "name that folder with --labels")
    if place.is_file():
        return [place]
    if not place.is_dir():
        what = "there is none" if labels is None else "there is no such file or folder"
        raise InputError(f"{place}: expected a folder with GazeHub's .label files, but {what}; name it with --labels.")
    found = find_files(place, lambda path: path.suffix.lower() == ".label")
    if not found:
        found = find_files(place, lambda path: path.suffix.lower() == ".txt")  # as some editors and copies name them
    if not found:
        raise InputError(f"{place}: expected GazeHub's .label files in it or below, found none{instead(found)}.")
    for left in found.left_out:
        if not left.on_purpose:
            raise InputError(left.reason)
    paths = list(found)
    for path in paths:
        refuse_way_out(path, place, "copy the file")
    return [path for path in paths if not is_twin(path)]


def is_twin(path: Path) -> bool:
    """Whether it is the same as another file beside it, with yaw before pitch."""
    return path.stem.endswith("YP") and path.with_name(path.stem.removesuffix("YP") + path.suffix).is_file()


def picture_column(lines: LabelLines, wanted: str | None) -> str:
    """The column whose pictures are read.

    Raises:
        InputError: the one that is asked for is not there.
    """
    there = [name for name in PICTURES if lines.has(name)]
    if wanted is None:
        return there[0]
    if wanted not in there:
        found = ", ".join(map(lines.spelled, there))
        raise InputError(
            f"{lines.files[0]}: --picture {wanted}: expected such a column of pictures, found {found} only."
        )
    return wanted


def find_root(folder: Path, images: Path | str | None, names: Sequence[str], lines: LabelLines) -> Path:
    """The folder in which the pictures' names start: for most sets Image, for ETH-XGaze Image/train, RT-Gene's own.

    Raises:
        InputError: the first pictures are in none of them.
    """
    image = folder / "Image"
    places = [image, image / "train", image / "test", folder] if images is None else [Path(images)]
    tried = [names[i] for i in np.flatnonzero(lines.sound())[:TRIED] if is_plain_name(names[i])]
    hits = [sum((place / name).is_file() for name in tried) for place in places]
    if tried and not max(hits):
        where = ", ".join(map(str, places))
        raise InputError(
            f"{lines.where(0)}: the picture {tried[0]} is in none of {where}; name the folder with --images."
        )
    root = places[hits.index(max(hits))]
    if images is None:
        refuse_way_out(root, folder, "name that folder with --images")
    return root


def refuse_way_out(path: Path, folder: Path, what_to_do: str) -> None:
    """Refuse a link, or what is below one, that leads out of a folder: what it names was not handed over."""
    if not path.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"{path}: leads out of its folder to {path.resolve()}, which is refused; {what_to_do}.")


def is_plain_name(name: str) -> bool:
    """Whether it is a path below a folder, written plainly."""
    parts = PurePosixPath(name).parts
    return bool(parts) and "/".join(parts) == name and ".." not in parts and parts[0] != "/"


def check_pictures(root: Path, names: Sequence[str], lines: LabelLines) -> None:
    """Note a fault in lines whose picture is missing, elsewhere, or that of a line before."""
    inside = root.resolve()
    is_inside: dict[str, bool] = {}
    first: dict[str, int] = {}
    for i in np.flatnonzero(lines.sound()).tolist():
        name = names[i]
        parent = name.rpartition("/")[0]
        if not is_plain_name(name):
            lines.fault(i, f"'{name:.60}' is no name of a picture below {root}.")
            continue
        if parent not in is_inside:
            is_inside[parent] = (root / parent).resolve().is_relative_to(inside)
        if not is_inside[parent]:
            lines.fault(i, f"{root / parent} leads out of its folder, which is refused; copy the pictures.")
        elif not os.path.isfile(root / name):
            lines.fault(i, f"its picture {root / name} is missing.")
        elif (other := first.setdefault(name, i)) != i:
            lines.fault(i, f"names the picture {name}, as {lines.where(other)} does.")
