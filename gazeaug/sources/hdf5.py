"""Eye files of other layouts, and this one, brought into this format: resized, filtered, conventions stated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import Label
from gazeaug.eyefile.links import dataset_in
from gazeaug.eyefile.pixel_labels import IN_CROP
from gazeaug.eyefile.reader import GAZE_LABELS, LOOK_VEC
from gazeaug.eyefile.rows import EyeRows, Span, neighbours_together
from gazeaug.gaze.checks import check_shape
from gazeaug.gaze.conventions import CONVENTIONS
from gazeaug.gaze.label import KnownGaze, known_gaze
from gazeaug.keywords import with_options_of
from gazeaug.notes import note
from gazeaug.pictures.crops import resizing_of
from gazeaug.preparing.blocks import Block
from gazeaug.preparing.items import LeftOut
from gazeaug.preparing.job import PrepareReport, prepare
from gazeaug.preparing.options import PartsOptions
from gazeaug.preparing.source import Source, parts_for
from gazeaug.sources.options import EyesOptions
from gazeaug.sources.people import NO_HEAD, Layout, Opened, is_zero, prepare_people
from gazeaug.sources.people_labels import Person, angles_of
from gazeaug.sources.row_lists import listed_rows

ROWS_AT_ONCE = 1024
KEYS = "path"  # the label that joins pictures of the Kaggle layout to rows
OWN_PATH = "own_path"  # its attribute: the label that stepped aside for it when `convert` wrote the file
XGAZE_HEAD = "face_head_pose"
NO_HEAD_POSE = {"meaning": "zero in every row, as where no head pose is known"}
XGAZE_POINTS = ("facial_landmarks", "landmarks_norm", "pj_landmarks_norm")  # of ETH-XGaze's script, and of XGaze3D's
OFF_CENTRE = 0.2  # of a picture's side; points of pictures of twice the size, or half, lie further off


@with_options_of(EyesOptions, after=2)
def prepare_kaggle(path: Path | str, output: Path | str, **options: Any) -> PrepareReport:
    """The Kaggle layout: a dataset a picture, joined to the labels by `path`.

    Its look_vec is UnityEyes', which the output's attributes then say. A path of the eyes' own, to which `convert` gave
    another name, has its name again.

    Args:
        path: the file.
        output: the eye file.
        options: those of `EyesOptions`.

    Raises:
        InputError: not a file of that layout.
    """
    return copy_eyes(path, output, stated={LOOK_VEC: "unityeyes"}, source="Kaggle eye-gaze", **options)


@with_options_of(EyesOptions, after=2)
def prepare_xgaze(path: Path | str, output: Path | str, **options: Any) -> PrepareReport:
    """A file of ETH-XGaze: face_patch (BGR there, RGB in the output) and all of its labels.

    Its landmarks are marked as places in the pictures, so that they go along where those are resized. A head pose that
    is zero in every row, as it is written where none is known, is carried, but not taken for one.

    Args:
        path: the file.
        output: the eye file.
        options: those of `EyesOptions`.

    Raises:
        InputError: not a file of that layout.
    """
    return copy_eyes(
        path,
        output,
        image="face_patch",
        stated={"face_gaze": "mpiigaze", XGAZE_HEAD: "mpiigaze"},
        head=XGAZE_HEAD,
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
    head: str | None = None,
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
        head: the label with the head pose, which is zero in every row where none is known.
        source: what the file is, for its attribute.
        is_bgr: the pictures' channels are stored blue first.
        options: those of `EyesOptions`: which rows, by a label, by the label `side` or by lists of them, and how.

    Raises:
        InputError: not an eye file, no such label, no such list of its rows, a gaze that contradicts its convention, or
            no row left.
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
        listed = listed_rows(Path(path), eyes.files[0].n_images, rows_in=how.rows_in, rows_not_in=how.rows_not_in)
        eyes.labels |= points_in_pictures(eyes, points)
        size = how.size or eyes.image_shape[:2]
        resized = size != tuple(eyes.image_shape[:2])
        moved = eyes.move_labels(list(eyes.labels), resizing_of(eyes.image_shape, size)) if resized else []
        labels = {name: with_convention(eyes.path, name, label, stated or {}) for name, label in eyes.labels.items()}
        if head in labels and is_zero_label(eyes, head):
            labels[head] = replace(labels[head], attributes=NO_HEAD_POSE)
            note(
                f"{eyes.path}: '{head}' is zero in every row, as where no head pose is known, and is not taken for one."
            )
        names = names_in_output(labels)
        gaze = known_gaze(labels, str(eyes.path))
        if gaze is None and how.keep_going and LOOK_VEC in labels:
            # In whatever convention, its vectors have a direction.
            gaze = KnownGaze(LOOK_VEC, CONVENTIONS["unityeyes"], f"{eyes.path}: '{LOOK_VEC}'")
        facts = {
            "source": source or str(eyes.attributes.get("source", "eye file")),
            "input": eyes.path.name,
            "input_provenance": eyes.provenances[0],
            "where": where,
            **listed.facts,
            "every": how.every,
            **({"moved_labels": moved} if moved else {}),
        }
        source_rows = Source(
            parts=range(0, eyes.n_images, ROWS_AT_ONCE),
            read=Selection(eyes, names, where, how.every, wanted=listed.wanted, is_bgr=is_bgr, gaze=gaze).read,
            given=[Path(path), *listed.paths],
            files_of=lambda _: (Path(path),),
            parts_per_unit=parts_for(eyes.image_shape, ROWS_AT_ONCE),
            labels={name: labels[stored] for name, stored in names.items()},
            others=eyes.others_for(eyes.image_shape if how.size is None else (*how.size, *eyes.image_shape[2:])),
            facts=facts,
            left_out=[LeftOut(f"row {span.start}", reason) for span, reason in found],
        )
        return prepare(source_rows, Path(output), how)


def is_zero_label(eyes: EyeRows, name: str) -> bool:
    """Whether a label of numbers is zero in every row; not where rows cannot be read, which is told of elsewhere."""
    if eyes.labels[name].dtype.kind not in "iuf":
        return False
    try:
        slabs = (
            eyes.read_label(name, at, min(at + ROWS_AT_ONCE, eyes.n_images))
            for at in range(0, eyes.n_images, ROWS_AT_ONCE)
        )
        return not any(slab.any() for slab in slabs)
    except InputError:
        return False


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


def names_in_output(labels: Mapping[str, Label]) -> dict[str, str]:
    """Where each label of the output is in the file: under its own name, but for a path that stepped aside."""
    names = {name: name for name in labels}
    own = labels[KEYS].attributes.get(OWN_PATH) if KEYS in labels else None
    if isinstance(own, str) and own in labels and own != KEYS:
        names[KEYS] = names.pop(own)
    return names


class Selection:
    """The rows of a file that are asked for.

    Args:
        eyes: the file.
        names: where each label of the output is.
        where: only rows whose label reads so, by name.
        every: only every k-th of those rows.
        wanted: whether a row of the file is to be taken at all; None for every row.
        is_bgr: the pictures' channels are stored blue first.
        gaze: what must be a direction in every row; None where there is none whose meaning is known.
    """

    def __init__(
        self,
        eyes: EyeRows,
        names: Mapping[str, str],
        where: Mapping[str, str],
        every: int,
        *,
        wanted: NDArray[np.bool_] | None = None,
        is_bgr: bool,
        gaze: KnownGaze | None,
    ) -> None:
        self._eyes, self._names, self._where = eyes, names, where
        self._every, self._wanted, self._is_bgr, self._gaze = every, wanted, is_bgr, gaze
        self._n_matching, self._counted_to = 0, 0

    def read(self, start: int) -> Iterator[Block | LeftOut]:
        """Those of the `ROWS_AT_ONCE` rows from `start` on, in order, in one block or none; rows that are no gaze."""
        matching = self._matching(start)
        numbers = self._n_before(start) + np.cumsum(matching) - 1
        taken = matching & (numbers % self._every == 0)
        if taken.any():
            stop = start + len(taken)
            images = self._eyes.read_images(start, stop)
            labels = {name: self._eyes.read_label(stored, start, stop) for name, stored in self._names.items()}
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
        if self._wanted is not None:
            matching = self._wanted[self._eyes.rows_in_file(start, stop)]
        for name, value in self._where.items() if matching.any() else ():
            matching &= np.array([as_text(found) == value for found in self._eyes.read_label(name, start, stop)])
        return matching

    def _n_before(self, start: int) -> int:
        """Matching rows before this one; counted only where it matters, going on from the last time."""
        if self._every == 1 or not (self._where or self._wanted is not None):
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


@with_options_of(PartsOptions, after=2)
def prepare_mpiigaze_h5(path: Path | str, output: Path | str, **options: Any) -> PrepareReport:
    """MPIIGaze.h5 of the common PyTorch trainer: pXX/image, gaze and pose (pitch, yaw).

    Where a group's attribute `person` says another name, as `convert` writes it, that is the subject.

    Args, Raises: as `prepare_kaggle`.
    """
    return prepare_people(path, output, MPIIGAZE_H5, **options)


def open_mpiigaze_h5(file: h5py.File, people: Sequence[Person]) -> Opened:
    """Gaze and head pose, both in MPIIGaze's angles; no head pose where it is zero in every row."""
    has_head = not is_zero(file, people, "pose")
    stored = {"gaze": "gaze", **({"head_pose": "pose"} if has_head else {})}
    dtypes = {
        label: angle_type(file, [f"{person.group}/{name}" for person in people]) for label, name in stored.items()
    }

    def read(file: h5py.File, group: str, start: int, stop: int) -> dict[str, NDArray[Any]]:
        return {
            label: two_angles(file, f"{group}/{name}", start, stop).astype(dtypes[label])
            for label, name in stored.items()
        }

    attributes = CONVENTIONS["mpiigaze"].attributes
    labels = {label: Label.of(dtype, (2,), attributes) for label, dtype in dtypes.items()}
    return Opened(labels=labels, read=read, notes=() if has_head else (NO_HEAD,))


def angle_type(file: h5py.File, names: Sequence[str]) -> np.dtype[Any]:
    """The type that holds the numbers of some datasets; float32 or more."""
    dtypes = [dataset_in(file, name).dtype for name in names]
    return np.result_type(np.float32, *(dtype for dtype in dtypes if dtype.kind in "iuf"))


def two_angles(file: h5py.File, name: str, start: int, stop: int) -> NDArray[Any]:
    """Rows of two finite angles in radians."""
    stored, where = dataset_in(file, name), f"{file.filename}: '{name}'"
    if stored.dtype.kind not in "iuf" or stored.shape[1:] != (2,):
        raise InputError(
            f"{where} must hold two finite angles a row (pitch, yaw), found {stored.shape[1:]} of {stored.dtype}."
        )
    return angles_of(np.asarray(stored[start:stop]), where, start)


MPIIGAZE_H5 = Layout(
    source="MPIIGaze.h5",
    groups="groups p00, p01, ... as MPIIGaze.h5 has them",
    is_person=lambda name: re.fullmatch(r"p\d+", name) is not None,
    images="image",
    needed=("gaze", "pose"),
    elsewhere={"pixels": "prepare faze"},
    open=open_mpiigaze_h5,
)
