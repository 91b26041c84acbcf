"""Eye files of other layouts, and this one, brought into this format: resized, filtered, conventions stated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.hdf5 import open_hdf5
from gazeaug.eyefile.images import ImageArray, natural_order
from gazeaug.eyefile.labels import TEXT, Label
from gazeaug.eyefile.links import dataset_in, naming_damage, open_inside
from gazeaug.eyefile.pixel_labels import IN_CROP
from gazeaug.eyefile.reader import GAZE_LABELS, LOOK_VEC, read_provenance
from gazeaug.eyefile.rows import EyeRows, Span, neighbours_together
from gazeaug.gaze.checks import check_shape
from gazeaug.gaze.conventions import CONVENTIONS
from gazeaug.gaze.label import PITCHYAW, KnownGaze, known_gaze
from gazeaug.notes import note
from gazeaug.pictures.crops import resizing_of
from gazeaug.preparing.blocks import Block
from gazeaug.preparing.items import LeftOut
from gazeaug.preparing.job import PrepareReport, prepare
from gazeaug.preparing.options import PartsOptions
from gazeaug.preparing.source import Source, parts_for
from gazeaug.sources.options import EyesOptions

ROWS_AT_ONCE = 1024
XGAZE_POINTS = ("facial_landmarks", "landmarks_norm", "pj_landmarks_norm")  # of ETH-XGaze's script, and of XGaze3D's
OFF_CENTRE = 0.2  # of a picture's side; points of pictures of twice the size, or half, lie further off


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

    Its landmarks are marked as places in the pictures, so that they go along where those are resized.

    Args, Raises: as `prepare_kaggle`.
    """
    return copy_eyes(
        path,
        output,
        image="face_patch",
        stated={"face_gaze": "mpiigaze", "face_head_pose": "mpiigaze"},
        points=XGAZE_POINTS,
        source="ETH-XGaze",
        is_bgr=True,
        **options,
    )


def copy_eyes(
    path: Path | str,
    output: Path | str,
    *,
    image: str = "image",
    stated: Mapping[str, str] | None = None,
    points: Sequence[str] = (),
    source: str = "",
    is_bgr: bool = False,
    **options: Any,
) -> PrepareReport:
    """Any file that `open_eyes` reads, all of its labels bit for bit, but for those in pixels of pictures that change.

    Args:
        path: the file.
        output: the eye file.
        image: dataset or group with the pictures.
        stated: conventions by label, for labels that do not say theirs.
        points: labels that are points of faces in pixels of the pictures, centres at integers, and do not say it.
        source: what the file is, for its attribute.
        is_bgr: the pictures' channels are stored blue first.
        options: those of `EyesOptions`: which rows, by a label or by the label `side`, and how.

    Raises:
        InputError: not an eye file, no such label, a gaze that contradicts its convention, or no row left.
    """
    how = EyesOptions(**options)
    where = {**(how.where or {}), **({} if how.eye == "both" else {"side": how.eye})}
    found: list[tuple[Span, str]] = []
    if how.keep_going:
        with EyeRows([Path(path)], image=image, any_gaze=True) as eyes:
            found = list(eyes.unreadable(list(eyes.labels)))
    left_out = neighbours_together([span for span, _ in found])
    with EyeRows([Path(path)], image=image, left_out=left_out, any_gaze=how.keep_going) as eyes:
        eyes.choose_labels(None)
        eyes.choose_labels(list(where))
        eyes.labels |= points_in_pictures(eyes, points)
        size = how.size or eyes.image_shape[:2]
        resized = size != tuple(eyes.image_shape[:2])
        moved = eyes.move_labels(list(eyes.labels), resizing_of(eyes.image_shape, size)) if resized else []
        labels = {name: with_convention(eyes.path, name, label, stated or {}) for name, label in eyes.labels.items()}
        gaze = known_gaze(labels, str(eyes.path))
        if gaze is None and how.keep_going and LOOK_VEC in labels:
            # In whatever convention, its vectors have a direction.
            gaze = KnownGaze(LOOK_VEC, CONVENTIONS["unityeyes"], f"{eyes.path}: '{LOOK_VEC}'")
        facts = {
            "source": source or str(eyes.attributes.get("source", "eye file")),
            "input": eyes.path.name,
            "input_provenance": eyes.provenances[0],
            "where": where,
            "every": how.every,
            **({"moved_labels": moved} if moved else {}),
        }
        source_rows = Source(
            parts=range(0, eyes.n_images, ROWS_AT_ONCE),
            read=Selection(eyes, where, how.every, is_bgr=is_bgr, gaze=gaze).read,
            given=[Path(path)],
            files_of=lambda _: (Path(path),),
            parts_per_unit=parts_for(eyes.image_shape, ROWS_AT_ONCE),
            labels=labels,
            others=eyes.others_for(eyes.image_shape if how.size is None else (*how.size, *eyes.image_shape[2:])),
            facts=facts,
            left_out=[LeftOut(f"row {span.start}", reason) for span, reason in found],
        )
        return prepare(source_rows, Path(output), how)


def points_in_pictures(eyes: EyeRows, names: Sequence[str]) -> dict[str, Label]:
    """Labels of points of faces, said to be in pixels of the pictures: those that lie about the middle of them.

    ETH-XGaze's script moves landmarks by the matrix by which OpenCV warps the picture, so that whole numbers are the
    centres of pixels; the middle of the face becomes that of the picture. It does not resize them where the picture is.
    """
    found, middle = dict[str, Label](), np.array(eyes.image_shape[1::-1]) / 2
    for name in names:
        label = eyes.labels.get(name)
        if label is None or label.dtype.kind != "f" or label.shape[1:] != (2,) or "units" in label.attributes:
            continue
        points = eyes.read_label(name, 0, min(ROWS_AT_ONCE, eyes.n_images)).reshape(-1, 2).astype(np.float64)
        centre = np.nanmedian(points, axis=0) if np.isfinite(points).any(axis=0).all() else np.full(2, np.nan)
        if (np.abs(centre - middle) < OFF_CENTRE * 2 * middle).all():
            found[name] = replace(label, attributes={**IN_CROP, **label.attributes})
        else:
            height, width = eyes.image_shape[:2]
            note(
                f"{eyes.path}: '{name}' lies about ({centre[0]:.0f}, {centre[1]:.0f}), not in the middle of pictures "
                f"of {height}x{width}: its pixels are those of pictures of another size, and it is carried as it is."
            )
    return found


class Selection:
    """The rows of a file that are asked for.

    Args:
        eyes: the file.
        where: only rows whose label reads so, by name.
        every: only every k-th of those rows.
        is_bgr: the pictures' channels are stored blue first.
        gaze: what must be a direction in every row; None where there is none whose meaning is known.
    """

    def __init__(
        self, eyes: EyeRows, where: Mapping[str, str], every: int, *, is_bgr: bool, gaze: KnownGaze | None
    ) -> None:
        self._eyes, self._where, self._every, self._is_bgr, self._gaze = eyes, where, every, is_bgr, gaze
        self._n_matching, self._counted_to = 0, 0

    def read(self, start: int) -> Iterator[Block | LeftOut]:
        """Those of the `ROWS_AT_ONCE` rows from `start` on, in order, in one block or none; rows that are no gaze."""
        matching = self._matching(start)
        numbers = self._n_before(start) + np.cumsum(matching) - 1
        taken = matching & (numbers % self._every == 0)
        if taken.any():
            stop = start + len(taken)
            images = self._eyes.read_images(start, stop)
            labels = {name: self._eyes.read_label(name, start, stop) for name in self._eyes.labels}
            for row, reason in self._without_gaze(labels, start, start + np.flatnonzero(taken)):
                taken[row - start] = False
                yield LeftOut(f"row {self._eyes.row_in_file(row)}", reason)
            yield Block(images[..., ::-1] if self._is_bgr and images.ndim == 4 else images, labels)[taken]

    def _without_gaze(
        self, labels: Mapping[str, NDArray[Any]], start: int, rows: NDArray[np.int64]
    ) -> Iterator[tuple[int, str]]:
        """Those of some rows whose gaze is none, each with the reason."""
        if self._gaze is None:
            return
        values = labels[self._gaze.label][rows - start]
        for place in self._gaze.faults(values, rows):
            row = int(rows[place])
            in_file = np.array([self._eyes.row_in_file(row)])
            yield row, self._gaze.faults(values[place : place + 1], in_file)[0]

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


def with_convention(path: Path, name: str, label: Label, stated: Mapping[str, str]) -> Label:
    """A label with the attributes of the convention that is stated for it; what it says itself stays.

    Raises:
        InputError: it is a gaze, and not of that convention's shape; a head pose that is not stays as it is.
    """
    if name not in stated or (name not in GAZE_LABELS and label.shape != (2,)):
        return label
    check_shape(label, CONVENTIONS[stated[name]], f"{path}: label '{name}'")
    return replace(label, attributes={**CONVENTIONS[stated[name]].attributes, **label.attributes})


def prepare_mpiigaze_h5(path: Path | str, output: Path | str, **options: Any) -> PrepareReport:
    """MPIIGaze.h5 of the common PyTorch trainer: pXX/image, gaze and pose (pitch, yaw).

    Args, Raises: as `prepare_kaggle`.
    """
    path = Path(path)
    angles = CONVENTIONS["mpiigaze"].attributes
    labels = {
        "gaze": Label.of(np.float32, (2,), angles),
        "head_pose": Label.of(np.float32, (2,), angles),
        "subject": TEXT,
    }
    with open_hdf5(path, expected="expected MPIIGaze.h5") as file:
        with naming_damage(f"{path}: what it holds"):
            slabs = slabs_of(path, file)
            shape = dataset_in(file, f"{slabs[0].person}/image").shape[1:]
            made = read_provenance(file.attrs.get("provenance", "{}"))
        source = Source(
            parts=slabs,
            read=PeopleReader(path, file).read,
            given=[path],
            files_of=lambda _: (path,),
            parts_per_unit=parts_for(shape, ROWS_AT_ONCE),
            labels=labels,
            facts={"source": "MPIIGaze.h5", "input": path.name, "input_provenance": made},
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
            if person not in self._images:
                self._images[person] = ImageArray(dataset_in(self._file, f"{person}/image"))
            labels = {
                "gaze": angles_of(self._file, f"{person}/gaze", start, stop),
                "head_pose": angles_of(self._file, f"{person}/pose", start, stop),
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
        n = len(dataset_in(file, f"{person}/image"))
        slabs += [Slab(person, start, min(start + ROWS_AT_ONCE, n)) for start in range(0, n, ROWS_AT_ONCE)]
    if not slabs:
        raise InputError(f"{path}: expected pictures of people, found none.")
    return slabs


def angles_of(file: h5py.File, name: str, start: int, stop: int) -> NDArray[np.float32]:
    """Rows of two finite angles in radians."""
    stored, where = dataset_in(file, name), f"{file.filename}: '{name}'"
    found = np.asarray(stored[start:stop], np.float32) if stored.dtype.kind in "iuf" else np.empty(0, np.float32)
    if found.shape != (stop - start, 2):
        raise InputError(f"{where} must hold two finite angles a row, as its pictures.")
    KnownGaze(name.rpartition("/")[2], PITCHYAW, where).pitchyaw(found, start)
    return found
