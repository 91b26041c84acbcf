"""Folders of pictures into eye files: a process pool reads, one writer writes in order, memory stays constant."""

from __future__ import annotations

import csv
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from PIL import Image
from tqdm import tqdm

from gazeaug import provenance
from gazeaug.errors import InputError
from gazeaug.eye_writer import EyeWriter
from gazeaug.gaze import LOOK_VEC_ATTRIBUTES
from gazeaug.images import natural_order
from gazeaug.labels import Label
from gazeaug.outputs import check_free_space, check_output, replacing, writing_to
from gazeaug.unityeyes import LANDMARKS, CropOptions, UnityEye, find_items, read_item, read_plain

IN_CROP = {"units": "pixels", "axes": "x right, y down, pixel centres at integers, of the crop"}
UNITYEYES_LABELS = {
    "look_vec": Label.of(np.float32, (4,), LOOK_VEC_ATTRIBUTES),
    "head_pose": Label.of(np.float32, (3,), {"units": "degrees", "order": "pitch, yaw, roll as UnityEyes wrote it"}),
    "pupil_size": Label.of(np.float32),
    **{name: Label.of(np.float32, (n, 2), IN_CROP) for name, n in LANDMARKS.items()},
    "path": Label.of(h5py.string_dtype()),
}
FITS = ("crop", "pad")
# Pillow also claims endings that it cannot read as pictures: .h5, .pdf, .mpg.
PICTURE_FORMATS = {"BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TGA", "TIFF", "WEBP"}
ROWS_AT_ONCE = 64
SMALL = 64  # items that are not worth a pool


@dataclass(frozen=True, kw_only=True)
class PrepareReport:
    """What was prepared."""

    output: Path
    n_images: int
    skipped: Path | None
    """CSV of unreadable items and their reasons, where there were any."""
    n_skipped: int


@dataclass(frozen=True)
class Unreadable:
    """An item that could not be read, and why."""

    reason: str


def prepare_unityeyes(
    folder: Path | str,
    output: Path | str,
    *,
    size: tuple[int, int] = (35, 55),
    margin: float = 1.25,
    color: bool = False,
    **options: Any,
) -> PrepareReport:
    """Crop the eyes of a UnityEyes folder into an eye file.

    Args:
        folder: with N.jpg and N.json, or with a folder `imgs` of them.
        output: the eye file.
        size: (H, W) of the crops; their aspect is cut out of the picture, nothing is squashed.
        margin: width of the crop over that of the eye.
        color: RGB in place of grey.
        options: those of `write_items`: workers, limit, keep_going, overwrite.

    Raises:
        InputError: naming the item, option or path.
    """
    crop = CropOptions(size=size, margin=margin, color=color)
    read = partial(read_unityeyes, options=crop)
    facts = {"source": "UnityEyes", "folder": Path(folder).name, "margin": margin}
    shape = (*size, 3) if color else size
    return write_items(find_items(Path(folder)), read, Path(output), shape, UNITYEYES_LABELS, facts, **options)


def prepare_folder(
    folder: Path | str,
    output: Path | str,
    *,
    size: tuple[int, int] = (35, 55),
    fit: str = "crop",
    color: bool = False,
    **options: Any,
) -> PrepareReport:
    """Bring unlabelled pictures, found in all subfolders, into an eye file with their `path`.

    Args:
        folder, output, size, color: as in `prepare_unityeyes`.
        fit: "crop" cuts another aspect about the centre, "pad" repeats the edges around it; neither squashes.
        options: those of `write_items`.

    Raises:
        InputError: naming the item, option or path.
    """
    CropOptions(size=size)
    if fit not in FITS:
        raise InputError(f"--fit must be one of {', '.join(FITS)}, got '{fit}'.")
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: expected a folder of pictures, but there is no such folder.")
    endings = {ending for ending, name in Image.registered_extensions().items() if name in PICTURE_FORMATS}
    items = sorted(
        (path for path in folder.rglob("*") if path.suffix.lower() in endings and path.is_file()),
        key=lambda path: natural_order(path.relative_to(folder).as_posix()),
    )
    if not items:
        raise InputError(f"{folder}: expected pictures (png, jpg, bmp, ...), found none.")
    read = partial(read_unlabelled, folder=folder, size=size, color=color, pad=fit == "pad")
    facts = {"source": "folder of pictures", "folder": folder.name, "fit": fit}
    shape = (*size, 3) if color else size
    return write_items(items, read, Path(output), shape, {"path": UNITYEYES_LABELS["path"]}, facts, **options)


def read_unityeyes(item: Path, options: CropOptions) -> UnityEye | Unreadable:
    """One item, or why it is unreadable."""
    try:
        eye = read_item(item, options)
    except InputError as error:
        return Unreadable(str(error))
    return UnityEye(eye.image, {**eye.labels, "path": f"{item.parent.name}/{item.name}.jpg"})


def read_unlabelled(
    item: Path, folder: Path, size: tuple[int, int], *, color: bool, pad: bool
) -> UnityEye | Unreadable:
    """One picture, or why it is unreadable."""
    try:
        image = read_plain(item, size, color=color, pad=pad)
    except InputError as error:
        return Unreadable(str(error))
    return UnityEye(image, {"path": item.relative_to(folder).as_posix()})


def write_items(
    items: Sequence[Path],
    read: Callable[[Path], UnityEye | Unreadable],
    output: Path,
    image_shape: tuple[int, ...],
    labels: dict[str, Label],
    facts: dict[str, Any],
    *,
    workers: int | None = None,
    limit: int | None = None,
    keep_going: bool = False,
    overwrite: bool = False,
) -> PrepareReport:
    """Read items in a process pool and write them in order.

    Args:
        workers: processes; as many as cores where None.
        limit: only the first items.
        keep_going: list unreadable items in `<output>.skipped.csv` instead of stopping at the first.
        overwrite: replace an output that is there.

    Raises:
        InputError: an unreadable item, or an option out of range; nothing is left.
    """
    for name, value in [("workers", workers), ("limit", limit)]:
        if value is not None and value < 1:
            raise InputError(f"--{name} must be at least 1, got {value}.")
    items = items[:limit]
    check_output(output, overwrite=overwrite)
    row_bytes = int(np.prod(image_shape)) + sum(label.row_bytes for label in labels.values())
    check_free_space(output, len(items) * row_bytes)
    skipped: list[tuple[Path, str]] = []
    with EyeWriter(
        output, image_shape=image_shape, labels=labels, attributes=facts, provenance=provenance.make("pillow", **facts)
    ) as writer:
        found = read_all(items, read, workers or os.cpu_count() or 1)
        for eyes in in_groups(readable(items, found, skipped, keep_going=keep_going)):
            rows = {name: stacked([eye.labels[name] for eye in eyes], label) for name, label in labels.items()}
            writer.append(np.stack([eye.image for eye in eyes]), rows)
        if writer.n_images == 0:
            raise InputError(f"{output}: not one of {len(items)} items could be read; the first: {skipped[0][1]}")
    return PrepareReport(
        output=output, n_images=writer.n_images, skipped=write_skipped(output, skipped), n_skipped=len(skipped)
    )


def read_all(
    items: Sequence[Path], read: Callable[[Path], UnityEye | Unreadable], workers: int
) -> Iterator[UnityEye | Unreadable]:
    """The items in order; spawned processes read ahead where there are enough of them."""
    if workers == 1 or len(items) <= SMALL:
        yield from tqdm(map(read, items), total=len(items), unit=" eyes", desc="preparing")
        return
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield from tqdm(pool.imap(read, items, chunksize=16), total=len(items), unit=" eyes", desc="preparing")


def readable(
    items: Sequence[Path],
    found: Iterable[UnityEye | Unreadable],
    skipped: list[tuple[Path, str]],
    *,
    keep_going: bool,
) -> Iterator[UnityEye]:
    """Those that could be read; the others stop the run or are noted."""
    for item, eye in zip(items, found, strict=True):
        if isinstance(eye, UnityEye):
            yield eye
        elif keep_going:
            skipped.append((item, eye.reason))
        else:
            raise InputError(f"{eye.reason} (--keep-going leaves such items out)")


def in_groups(eyes: Iterable[UnityEye]) -> Iterator[list[UnityEye]]:
    """Lists of `ROWS_AT_ONCE`, the last one shorter."""
    group: list[UnityEye] = []
    for eye in eyes:
        group.append(eye)
        if len(group) == ROWS_AT_ONCE:
            yield group
            group = []
    if group:
        yield group


def stacked(values: list[Any], label: Label) -> Any:
    """Rows of a label."""
    return np.array(values, dtype=object if label.dtype.kind == "O" else label.dtype)


def write_skipped(output: Path, skipped: list[tuple[Path, str]]) -> Path | None:
    """List unreadable items beside the output."""
    if not skipped:
        return None
    path = output.with_name(output.name + ".skipped.csv")
    with (
        replacing(path) as partial_path,
        writing_to(path),
        partial_path.open("w", newline="", encoding="utf-8") as file,
    ):
        lines = csv.writer(file)
        lines.writerow(["item", "reason"])
        lines.writerows((item.as_posix(), reason) for item, reason in skipped)
    return path
