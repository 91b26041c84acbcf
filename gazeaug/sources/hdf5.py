"""Eye files of other layouts, and this one, brought into this format: resized, filtered, conventions stated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.images import ImageArray, natural_order
from gazeaug.eyefile.labels import TEXT, Label
from gazeaug.eyefile.links import naming_damage, open_inside
from gazeaug.eyefile.reader import LOOK_VEC
from gazeaug.eyefile.rows import EyeRows, Span, neighbours_together
from gazeaug.gaze.conventions import CONVENTIONS
from gazeaug.preparing.blocks import Block
from gazeaug.preparing.items import LeftOut
from gazeaug.preparing.job import PrepareReport, prepare
from gazeaug.preparing.options import PartsOptions
from gazeaug.preparing.source import Source, parts_for
from gazeaug.sources.options import EyesOptions

ROWS_AT_ONCE = 1024


def prepare_kaggle(path: Path | str, output: Path | str, **options: Any) -> PrepareReport:
    """The Kaggle layout: a dataset a picture, joined to the labels by `path`.

    Its look_vec is UnityEyes', which the output's attributes then say.

    Args:
        path: the file.
        output: the eye file.
        options: those of `PartsOptions`.

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
        stated: conventions by label, for labels that do not say theirs.
        source: what the file is, for its attribute.
        is_bgr: the pictures' channels are stored blue first.
        options: those of `EyesOptions`: which rows, by a label or by the label `side`, and how.

    Raises:
        InputError: not an eye file, no such label, or no row left.
    """
    how = EyesOptions(**options)
    where = {**(how.where or {}), **({} if how.eye == "both" else {"side": how.eye})}
    found: list[tuple[Span, str]] = []
    if how.keep_going:
        with EyeRows([Path(path)], image=image) as eyes:
            found = list(eyes.unreadable(list(eyes.labels)))
    with EyeRows([Path(path)], image=image, left_out=neighbours_together([span for span, _ in found])) as eyes:
        eyes.choose_labels(list(where))
        labels = {name: with_convention(name, label, stated or {}) for name, label in eyes.labels.items()}
        facts = {
            "source": source or str(eyes.attributes.get("source", "eye file")),
            "input": eyes.path.name,
            "input_provenance": eyes.provenances[0],
            "where": where,
            "every": how.every,
        }
        source_rows = Source(
            parts=range(0, eyes.n_images, ROWS_AT_ONCE),
            read=Selection(eyes, where, how.every, is_bgr=is_bgr).read,
            files_of=lambda _: (Path(path),),
            parts_per_unit=parts_for(eyes.image_shape, ROWS_AT_ONCE),
            labels=labels,
            facts=facts,
            left_out=[LeftOut(f"row {span.start}", reason) for span, reason in found],
        )
        return prepare(source_rows, Path(output), how)


class Selection:
    """The rows of a file that are asked for.

    Args:
        eyes: the file.
        where: only rows whose label reads so, by name.
        every: only every k-th of those rows.
        is_bgr: the pictures' channels are stored blue first.
    """

    def __init__(self, eyes: EyeRows, where: Mapping[str, str], every: int, *, is_bgr: bool) -> None:
        self._eyes, self._where, self._every, self._is_bgr = eyes, where, every, is_bgr
        self._n_matching, self._counted_to = 0, 0

    def read(self, start: int) -> Iterator[Block]:
        """Those of the `ROWS_AT_ONCE` rows from `start` on, in order; one block, or none."""
        matching = self._matching(start)
        numbers = self._n_before(start) + np.cumsum(matching) - 1
        taken = matching & (numbers % self._every == 0)
        if taken.any():
            stop = start + len(taken)
            images = self._eyes.read_images(start, stop)
            labels = {name: self._eyes.read_label(name, start, stop) for name in self._eyes.labels}
            yield Block(images[..., ::-1] if self._is_bgr and images.ndim == 4 else images, labels)[taken]

    def _matching(self, start: int) -> NDArray[np.bool_]:
        stop = min(start + ROWS_AT_ONCE, self._eyes.n_images)
        matching = np.ones(stop - start, bool)
        for name, value in self._where.items():
            matching &= np.array([as_text(found) == value for found in self._eyes.read_label(name, start, stop)])
        return matching

    def _n_before(self, start: int) -> int:
        """Matching rows before this one; counted only where it matters, going on from the last time."""
        if self._every == 1 or not self._where:
            return start
        for row in range(self._counted_to, start, ROWS_AT_ONCE):
            self._n_matching += int(self._matching(row).sum())
        self._counted_to = start
        return self._n_matching


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
    with naming_damage(f"{path}: what it holds"):
        file = h5py.File(path, "r")
    with file:
        with naming_damage(f"{path}: what it holds"):
            slabs = slabs_of(path, file)
            shape = file[slabs[0].person]["image"].shape[1:]
        source = Source(
            parts=slabs,
            read=PeopleReader(path, file).read,
            files_of=lambda _: (path,),
            parts_per_unit=parts_for(shape, ROWS_AT_ONCE),
            labels=labels,
            facts={"source": "MPIIGaze.h5", "input": path.name},
        )
        return prepare(source, Path(output), PartsOptions(**options))


@dataclass(frozen=True)
class Slab:
    """Rows start..stop-1 of a person."""

    person: str
    start: int
    stop: int


class PeopleReader:
    """Reads an MPIIGaze.h5, person by person."""

    def __init__(self, path: Path, file: h5py.File) -> None:
        self._path, self._file = path, file
        self._images: dict[str, ImageArray] = {}

    def read(self, slab: Slab) -> Iterator[Block | LeftOut]:
        """Rows in one block; where they cannot be read, one by one, without those that are damaged."""
        try:
            yield self._rows(slab)
        except InputError:
            for row in range(slab.start, slab.stop):
                try:
                    yield self._rows(Slab(slab.person, row, row + 1))
                except InputError as error:
                    yield LeftOut(f"{slab.person} row {row}", str(error))

    def _rows(self, slab: Slab) -> Block:
        person, start, stop = slab.person, slab.start, slab.stop
        with naming_damage(f"{self._path}: rows {start} to {stop - 1} of {person}"):
            group = self._file[person]
            if person not in self._images:
                self._images[person] = ImageArray(group["image"])
            labels = {
                "gaze": angles_of(self._path, group, "gaze", start, stop),
                "head_pose": angles_of(self._path, group, "pose", start, stop),
                "subject": np.array([person] * (stop - start), object),
            }
            return Block(self._images[person].read(start, stop), labels)


def slabs_of(path: Path, file: h5py.File) -> list[Slab]:
    """The people of an MPIIGaze.h5 in slabs."""
    people = sorted((name for name in file if re.fullmatch(r"p\d+", name)), key=natural_order)
    if not people:
        raise InputError(f"{path}: expected groups p00, p01, ... as MPIIGaze.h5 has them, found none.")
    slabs = []
    for person in people:
        group = open_inside(file, person)
        if not isinstance(group, h5py.Group) or not {"image", "gaze", "pose"} <= set(group):
            raise InputError(f"{path}: expected image, gaze and pose in '{person}'.")
        for name in ("image", "gaze", "pose"):
            open_inside(file, f"{person}/{name}")
        n = len(group["image"])
        slabs += [Slab(person, start, min(start + ROWS_AT_ONCE, n)) for start in range(0, n, ROWS_AT_ONCE)]
    if not slabs:
        raise InputError(f"{path}: expected pictures of people, found none.")
    return slabs


def angles_of(path: Path, group: h5py.Group, name: str, start: int, stop: int) -> NDArray[np.float32]:
    """Rows of two finite angles."""
    found = np.asarray(group[name][start:stop], np.float32)
    if found.shape != (stop - start, 2) or not np.isfinite(found).all():
        raise InputError(
            f"{path}: '{group.name.lstrip('/')}/{name}' must hold two finite angles a row, as its pictures."
        )
    return found
