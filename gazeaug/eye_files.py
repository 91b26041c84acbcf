"""Eye files of other layouts, and this one, brought into this format: resized, filtered, conventions stated."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gazeaug.blocks import Block, BlocksOptions, write_blocks
from gazeaug.conventions import CONVENTIONS
from gazeaug.errors import InputError
from gazeaug.eye_rows import EyeRows, Span, neighbours_together
from gazeaug.eyes import LOOK_VEC
from gazeaug.images import ImageArray, natural_order
from gazeaug.items import PrepareReport
from gazeaug.labels import Label
from gazeaug.links import naming_damage
from gazeaug.mpiigaze import TEXT

ROWS_AT_ONCE = 1024


def prepare_kaggle(path: Path | str, output: Path | str, **options: Any) -> PrepareReport:
    """The Kaggle layout: a dataset a picture, joined to the labels by `path`.

    Its look_vec is UnityEyes', which the output's attributes then say.

    Args:
        path: the file.
        output: the eye file.
        options: those of `BlocksOptions`.

    Raises:
        InputError: not a file of that layout.
    """
    return copy_eyes(path, output, stated={LOOK_VEC: "unityeyes"}, source="Kaggle eye-gaze", **options)


def prepare_xgaze(path: Path | str, output: Path | str, **options: Any) -> PrepareReport:
    """A file of ETH-XGaze: face_patch (BGR there, RGB in the output) and all of its labels.

    Args, Raises: as `prepare_kaggle`.
    """
    stated = {"face_gaze": "mpiigaze"}
    return copy_eyes(path, output, image="face_patch", stated=stated, source="ETH-XGaze", is_bgr=True, **options)


def copy_eyes(
    path: Path | str,
    output: Path | str,
    *,
    image: str = "image",
    where: Mapping[str, str] | None = None,
    every: int = 1,
    stated: Mapping[str, str] | None = None,
    source: str = "",
    is_bgr: bool = False,
    **options: Any,
) -> PrepareReport:
    """Any file that `open_eyes` reads, all of its labels bit for bit.

    Args:
        path: the file.
        output: the eye file.
        image: dataset or group with the pictures.
        where: only rows whose label reads so, by name: {"subject": "p00"}.
        every: only every k-th of those rows.
        stated: conventions by label, for labels that do not say theirs.
        source: what the file is, for its attribute.
        is_bgr: the pictures' channels are stored blue first.
        options: those of `BlocksOptions`: size, color, limit, keep_going, overwrite.

    Raises:
        InputError: not an eye file, no such label, or no row left.
    """
    if every < 1:
        raise InputError(f"--every must be at least 1, got {every}.")
    how = BlocksOptions(**options)
    found: list[tuple[Span, str]] = []
    if how.keep_going:
        with EyeRows([Path(path)], image=image) as eyes:
            found = list(eyes.unreadable(list(eyes.labels)))
    with EyeRows([Path(path)], image=image, left_out=neighbours_together([span for span, _ in found])) as eyes:
        eyes.choose_labels(list(where or {}))
        labels = {name: with_convention(name, label, stated or {}) for name, label in eyes.labels.items()}
        facts = {
            "source": source or str(eyes.attributes.get("source", "eye file")),
            "input": eyes.path.name,
            "input_provenance": eyes.provenances[0],
            "where": dict(where or {}),
            "every": every,
        }
        blocks = selected(eyes, where or {}, every, is_bgr=is_bgr)
        rejected = [(f"row {span.start}", reason) for span, reason in found]
        return write_blocks(blocks, Path(output), labels, facts, how, rejected)


def selected(eyes: EyeRows, where: Mapping[str, str], every: int, *, is_bgr: bool) -> Iterator[Block]:
    """The rows that are asked for, in order."""
    n_matching = 0
    for start in range(0, eyes.n_images, ROWS_AT_ONCE):
        stop = min(start + ROWS_AT_ONCE, eyes.n_images)
        labels = {name: eyes.read_label(name, start, stop) for name in eyes.labels}
        matching = np.ones(stop - start, bool)
        for name, value in where.items():
            matching &= np.array([as_text(found) == value for found in labels[name]])
        numbers = n_matching + np.cumsum(matching) - 1
        n_matching += int(matching.sum())
        taken = matching & (numbers % every == 0)
        if taken.any():
            images = eyes.read_images(start, stop)
            yield Block(images[..., ::-1] if is_bgr and images.ndim == 4 else images, labels)[taken]


def as_text(value: Any) -> str:
    """A label's value as it is typed."""
    return value.decode() if isinstance(value, bytes) else str(value)


def with_convention(name: str, label: Label, stated: Mapping[str, str]) -> Label:
    """A label with the attributes of the convention that is stated for it; what it says itself stays."""
    if name not in stated:
        return label
    return replace(label, attributes={**CONVENTIONS[stated[name]].attributes, **label.attributes})


def prepare_mpiigaze_h5(path: Path | str, output: Path | str, **options: Any) -> PrepareReport:
    """MPIIGaze.h5 of the common PyTorch trainer: pXX/image, gaze and pose (pitch, yaw).

    Args, Raises: as `prepare_kaggle`.
    """
    path = Path(path)
    if not path.is_file() or not h5py.is_hdf5(path):
        raise InputError(f"{path}: expected MPIIGaze.h5, found no HDF5 file.")
    angles = CONVENTIONS["mpiigaze"].attributes
    labels = {
        "gaze": Label.of(np.float32, (2,), angles),
        "head_pose": Label.of(np.float32, (2,), angles),
        "subject": TEXT,
    }
    facts = {"source": "MPIIGaze.h5", "input": path.name}
    how = BlocksOptions(**options)
    rejected: list[tuple[str, str]] = []
    blocks = people(path, rejected if how.keep_going else None)
    return write_blocks(blocks, Path(output), labels, facts, how, rejected)


def people(path: Path, rejected: list[tuple[str, str]] | None) -> Iterator[Block]:
    """The people's rows, person by person; rows that cannot be read stop it, or are noted where `rejected` is given."""
    images: dict[str, ImageArray] = {}

    def rows(person: str, group: h5py.Group, start: int, stop: int) -> Block:
        with naming_damage(f"{path}: rows {start} to {stop - 1} of {person}"):
            pictures = images.setdefault(person, ImageArray(group["image"]))
            labels = {
                "gaze": angles_of(path, group, "gaze", start, stop),
                "head_pose": angles_of(path, group, "pose", start, stop),
                "subject": np.array([person] * (stop - start), object),
            }
            return Block(pictures.read(start, stop), labels)

    with naming_damage(f"{path}: what it holds"):
        for person, group, start, stop in slabs_of(path):
            try:
                yield rows(person, group, start, stop)
            except InputError:
                if rejected is None:
                    raise
                yield from readable_rows(partial(rows, person, group), person, range(start, stop), rejected)


def readable_rows(
    read: Callable[[int, int], Block], person: str, numbers: range, rejected: list[tuple[str, str]]
) -> Iterator[Block]:
    """Rows one by one, without those that cannot be read."""
    for row in numbers:
        try:
            yield read(row, row + 1)
        except InputError as error:
            rejected.append((f"{person} row {row}", str(error)))


def slabs_of(path: Path) -> Iterator[tuple[str, h5py.Group, int, int]]:
    """The people of an MPIIGaze.h5 in slabs: (person, group, first row, row behind the last)."""
    with h5py.File(path, "r") as file:
        people = sorted((name for name in file if re.fullmatch(r"p\d+", name)), key=natural_order)
        if not people:
            raise InputError(f"{path}: expected groups p00, p01, ... as MPIIGaze.h5 has them, found none.")
        for person in people:
            group = file[person]
            if not isinstance(group, h5py.Group) or not {"image", "gaze", "pose"} <= set(group):
                raise InputError(f"{path}: expected image, gaze and pose in '{person}'.")
            n = len(group["image"])
            for start in range(0, n, ROWS_AT_ONCE):
                yield person, group, start, min(start + ROWS_AT_ONCE, n)


def angles_of(path: Path, group: h5py.Group, name: str, start: int, stop: int) -> NDArray[np.float32]:
    """Rows of two finite angles."""
    found = np.asarray(group[name][start:stop], np.float32)
    if found.shape != (stop - start, 2) or not np.isfinite(found).all():
        raise InputError(
            f"{path}: '{group.name.lstrip('/')}/{name}' must hold two finite angles a row, as its pictures."
        )
    return found
