"""Every layout that is read and written: its files there and back, eye files there and back, and once more refined.

A consumer's file comes back with the same numbers, types and order; an eye file with each label that the layout holds,
its name, type and attributes, and without just those that the report names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image

from gazeaug.converting.conversion import TARGETS, convert
from gazeaug.converting.gazehub_layouts import LAYOUTS
from gazeaug.errors import InputError
from gazeaug.eyefile.links import datasets_of
from gazeaug.eyefile.origin import REFINED, Origin
from gazeaug.eyefile.reader import open_eyes
from gazeaug.gaze.conventions import CONVENTIONS
from gazeaug.gaze.head import known_head
from gazeaug.refining.work import refine
from gazeaug.sources.faze import prepare_faze
from gazeaug.sources.folders import prepare_folder
from gazeaug.sources.gazehub import prepare_gazehub
from gazeaug.sources.hdf5 import prepare_kaggle, prepare_mpiigaze_h5, prepare_xgaze
from gazeaug.sources.own_folders import MARK
from gazeaug_cli.prepare import KINDS
from tests.makers.every_kind import plain, write_every_kind
from tests.makers.gazehub import write_gazehub
from tests.makers.models import inverting
from tests.makers.sources import write_faze, write_kaggle, write_mpiigaze_h5
from tests.makers.xgaze import datasets, write_subject

SIZE = (36, 60)
N = 70
ANGLES = CONVENTIONS["mpiigaze"].attributes
Array = np.ndarray[Any, Any]
Contents = tuple[list[Array], Any]
"""The pictures of a file or folder in order, and all else that a reader of it finds."""


@dataclass(frozen=True, kw_only=True)
class Trip:
    """A layout that is both read and written."""

    write: Callable[[Path], Path]
    """Makes a file or folder as others write it."""
    read: Callable[[Path], Contents]
    prepare: Callable[..., Any]
    size: Mapping[str, Any] = field(default_factory=dict)
    """Options of `prepare`, where pictures would be resized without them."""
    convert: Mapping[str, Any] = field(default_factory=dict)
    """Options of `convert`."""
    angles: str = "<f8"
    """The type of gaze and head pose as the layout has them."""
    held: Sequence[str] | None = None
    """Labels that come back; None for all."""
    more: Sequence[str] = ()
    """Labels that come with them."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Where the labels of the source are, that come back under other names."""
    kept: Callable[[dict[str, Any], dict[str, Any]], None] | None = None
    """Compares what comes back in another form, given both files' labels in the same order of rows, and removes it."""


def datasets_and(pictures: str) -> Callable[[Path], Contents]:
    """Reads an HDF5 file with these pictures, by group."""

    def read(path: Path) -> Contents:
        images, others = [], {}
        with h5py.File(path) as file:
            for name, dataset in datasets_of(file, skip="").items():
                if name.split("/")[-1] == pictures:
                    images += [*dataset[()]]
                    others[name] = (dataset.dtype.str, dataset.shape)
                else:
                    others[name] = (dataset.id.get_type().dtype.str, dataset.shape, repr(dataset[()].tolist()))
        return images, others

    return read


def kaggle_rows(path: Path) -> Contents:
    """Pictures as `path` joins them to the rows; its own place is `source_path` where `path` names others."""
    with h5py.File(path) as file:
        rows = [Path(text.decode()).stem for text in file["path"][()]]
        labels = {name: dataset[()] for name, dataset in file.items() if name != "image"}
        if "source_path" in labels:
            labels["path"] = labels.pop("source_path")
        return [file["image"][row][()] for row in rows], {
            name: (values.dtype.str, values.shape, values.tolist()) for name, values in labels.items()
        }


PICTURES = ("Image", "Face", "Left", "Right", "face")  # columns of GazeHub, whose names are ours


def gazehub_lines(folder: Path) -> Contents:
    """All lines by column, but for the names of pictures; a file with yaw first says the same as its neighbour."""
    images, lines = [], []
    for path in sorted(folder.rglob("*.label")):
        header, *rows = path.read_text().splitlines()
        for row in rows if not path.stem.endswith("YP") else ():
            line = dict(zip(header.split(" "), row.split(" "), strict=True))
            root = folder / ("Image/train" if "normmat" in line else "Image")
            with Image.open(root / row.split(" ")[0]) as image:
                images.append(np.asarray(image))
            lines.append({name: text for name, text in line.items() if name not in PICTURES})
    return images, lines


def folder_files(folder: Path) -> Contents:
    """Pictures by name, and the bytes of all files but our own hidden one."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MARK)
    images = []
    for path in paths:
        if path.suffix == ".png":
            with Image.open(path) as image:
                images.append(np.asarray(image))
    names = [str(path.relative_to(folder)) for path in paths]
    return images, (names, [path.read_bytes() for path in paths if path.suffix != ".png"])


def faze_file(path: Path) -> Path:
    return write_faze(path, {"00002": 40, "00010": 9, "p9": 1})


def mpiigaze_file(path: Path) -> Path:
    write_mpiigaze_h5(path, 3040)
    with h5py.File(path, "r+") as file:
        for i, group in enumerate(file.values()):
            for k, name in enumerate(("gaze", "pose")):
                del group[name]
                group[name] = np.random.default_rng([i, k]).normal(size=(len(group["image"]), 2)).astype("f4") / 3
    return path


def own_folder(layout: Mapping[str, Any]) -> Callable[[Path], Path]:
    """What `convert` writes of every kind of label."""

    def write(path: Path) -> Path:
        source = every_label(path.with_suffix(".first.h5"))
        return convert(source, path, to="folder", **layout).output

    return write


def as_gazehub(column: str) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    """What GazeHub's columns make of gaze, head and path: directions beside angles, and names of their own."""

    def compare(given: dict[str, Any], found: dict[str, Any]) -> None:
        eth = column == "eth"
        gaze = found.pop("gaze") if eth else found.pop("gaze_yawpitch")[:, ::-1]
        assert gaze.tobytes() == given.pop("gaze").tobytes()
        if not eth:
            vectors = found.pop("gaze")
            angles = np.stack([np.arcsin(-vectors[:, 1]), np.arctan2(-vectors[:, 0], -vectors[:, 2])], 1)
            np.testing.assert_allclose(angles, gaze, atol=1e-12)
        if LAYOUTS[column].has_head:
            two = {"eth": "head_pose", "rt-gene": "head_pose"}.get(column, "head_yawpitch")
            head = found.pop(two)
            assert (head if eth else head[:, ::-1]).tobytes() == given.pop("head_pose").tobytes()
            found.pop("head_pose", None)
        if "subject" in found:  # numbered in the lines of some; the folder's hidden file says whose they are
            assert found.pop("subject").tolist() == given.pop("subject").tolist()
        assert all(len(set(values)) == N for values in [found.pop("path").tolist()])

    return compare


def gazehub(column: str) -> Trip:
    """Of one of the sets of columns."""
    layout = LAYOUTS[column]
    held = {"gaze", *(("head_pose",) if layout.has_head else ()), *(("subject",) if layout.has_persons else ())}
    held |= {"path"} if column != "rt-gene" else set()
    held |= {"side"} if "WhichEye" in layout.columns else set()
    return Trip(
        write=lambda path: write_gazehub(path, column, persons=4),
        read=gazehub_lines,
        prepare=prepare_gazehub,
        size={"size": SIZE},
        convert={"columns": column},
        held=sorted(held),
        more={
            "rt-gene": ["head_axis", "split"],
            "gaze360": ["split"],
            "eth": ["cam_index", "face_mat_norm", "frame_index", "split"],
        }.get(column, []),
        renamed={"path": "origin"},
        kept=as_gazehub(column),
    )


FOLDERS = {"": {}, " csv": {"table": "csv"}, " flat": {"flat": True}, " flat csv": {"flat": True, "table": "csv"}}
FOLDERS |= {" names": {"flat": True, "names": "{subject} {row}.png"}}
TRIPS = {
    "mpiigaze-h5": Trip(
        write=mpiigaze_file,
        read=datasets_and("image"),
        prepare=prepare_mpiigaze_h5,
        angles="<f4",
        held=["gaze", "head_pose", "subject"],
    ),
    "faze": Trip(
        write=faze_file,
        read=datasets_and("pixels"),
        prepare=prepare_faze,
        angles="<f4",
        held=["gaze", "head_pose", "subject"],
    ),
    "xgaze": Trip(
        write=lambda path: write_subject(path, 40, size=32),
        read=datasets_and("face_patch"),
        prepare=prepare_xgaze,
        more=["face_gaze", "face_head_pose"],
    ),
    "kaggle": Trip(write=lambda path: write_kaggle(path, 40), read=kaggle_rows, prepare=prepare_kaggle),
    **{f"gazehub {columns}": gazehub(columns) for columns in LAYOUTS},
    **{
        f"folder{name}": Trip(write=own_folder(layout), read=folder_files, prepare=prepare_folder, convert=layout)
        for name, layout in FOLDERS.items()
    },
}
EACH = pytest.mark.parametrize("name", TRIPS)
REFINED_OR_NOT = pytest.mark.parametrize("is_refined", [False, True], ids=["as it is", "refined"])


def test_no_layout_that_is_read_and_written_is_forgotten():
    assert {name.split(" ")[0] for name in TRIPS} == TARGETS.keys() & {kind.name for kind in KINDS}


def turned_over(path: Path) -> Path:
    """The same eyes, refined by a model that turns grey levels over."""
    with h5py.File(path) as file:
        height, width, *channels = file["image"].shape[1:]
    model = inverting(path.with_suffix(".onnx"), height, width, rgb=bool(channels))
    return refine(path, model=model, output=path.with_suffix(".refined.h5")).output


@EACH
@REFINED_OR_NOT
def test_what_others_wrote_comes_back_the_same(tmp_path: Path, name: str, is_refined: bool):
    trip = TRIPS[name]
    given = trip.write(tmp_path / "given")
    eyes = trip.prepare(given, tmp_path / "eyes.h5", **trip.size).output
    report = convert(
        turned_over(eyes) if is_refined else eyes, tmp_path / "again", to=name.split(" ")[0], **trip.convert
    )
    images, labels = trip.read(given)
    found_images, found_labels = trip.read(report.output)
    assert len(found_images) == len(images) > 0
    for image, found in zip(images, found_images, strict=True):
        assert found.dtype == image.dtype == np.uint8
        np.testing.assert_array_equal(found, 255 - image if is_refined else image)
    assert found_labels == labels
    twice = trip.prepare(report.output, tmp_path / "twice.h5", **trip.size).output
    assert (Origin.at(twice).kind == REFINED) == is_refined


def every_label(path: Path, angles: str = "<f4") -> Path:
    """Labels of all kinds, with a gaze and a head pose that are two angles, and a side."""
    write_every_kind(path, N)
    dice = np.random.default_rng(5)
    with h5py.File(path, "r+") as file:
        del file["look_vec"], file["side"], file["subject"], file.attrs["provenance"]
        file.move("head/pose", "head/turn")
        for name in ("gaze", "head_pose"):
            file[name] = (dice.uniform(-0.6, 0.6, (N, 2))).astype(angles)
            file[name].attrs.update(ANGLES)
        file["side"] = [("left", "right")[i % 2] for i in range(N)]
        file["subject"] = [f"p{i % 12:02d}" for i in range(N)]
    return path


def labels_of(path: Path) -> tuple[Array, dict[str, Any], dict[str, tuple[Any, dict[str, str]]]]:
    """Pictures, values by label, and the type and attributes of each."""
    with h5py.File(path) as file:
        found = datasets_of(file, skip="image")
        values = {name: dataset[()] for name, dataset in found.items()}
        return file["image"][()], values, {n: (one.id.get_type(), plain(one.attrs)) for n, one in found.items()}


@EACH
@REFINED_OR_NOT
def test_eyes_come_back_with_every_label_that_the_layout_holds(tmp_path: Path, name: str, is_refined: bool):
    trip = TRIPS[name]
    source = every_label(tmp_path / "eyes.h5", trip.angles)
    written = turned_over(source) if is_refined else source
    report = convert(written, tmp_path / "there", to=name.split(" ")[0], **trip.convert)
    back = trip.prepare(report.output, tmp_path / "back.h5", **trip.size).output
    images, given, kinds = labels_of(source)
    found_images, found, found_kinds = labels_of(back)
    held = {*given} if trip.held is None else {*trip.held}
    assert {*report.left_out} == {*given} - held
    rows = order_of(255 - images if is_refined else images, found_images)
    for person in set(given["subject"]):
        of_person = [row for row in rows if given["subject"][row] == person]
        assert of_person == sorted(of_person), "the rows of each person in their order"
    given = {name: values[rows] for name, values in given.items() if name in held}
    if trip.kept is not None:
        trip.kept(given, found)
    for name, values in given.items():
        other = found.pop(trip.renamed.get(name, name))
        assert values.shape == other.shape, name
        same = values.tolist() == other.tolist() if values.dtype.kind == "O" else values.tobytes() == other.tobytes()
        assert same, name
        assert found_kinds[trip.renamed.get(name, name)][0].equal(kinds[name][0]), name
        assert found_kinds[trip.renamed.get(name, name)][1] == kinds[name][1], name
    assert sorted(found) == sorted(trip.more)


def order_of(images: Array, found: Array) -> list[int]:
    """The row of the source that each picture is from; each there once."""
    assert len(images) == len(found)
    row_of = {image.tobytes(): row for row, image in enumerate(images)}
    rows = [row_of[(image if image.ndim == 2 else image[..., 0]).tobytes()] for image in found]
    assert sorted(rows) == list(range(len(images)))
    return rows


@pytest.mark.parametrize("name", ["mpiigaze-h5", "faze", "xgaze", "gazehub eye"])
def test_a_head_that_is_not_known_is_not_known_behind_any_layout(tmp_path: Path, name: str):
    """Its zeros would be taken for heads that look straight into the camera."""
    trip = TRIPS[name]
    source = every_label(tmp_path / "eyes.h5", trip.angles)
    with h5py.File(source, "r+") as file:
        del file["head_pose"]
    kind = name.split(" ")[0]
    there = convert(source, tmp_path / "there", to=kind, **trip.convert)
    assert any(note.startswith("head pose: zeros") for note in there.notes)
    back = trip.prepare(there.output, tmp_path / "back.h5", **trip.size).output
    with open_eyes(back) as eyes:
        assert known_head(eyes.labels, "back.h5") is None
    again = convert(back, tmp_path / "again", to=kind, **trip.convert)
    assert any(note.startswith("head pose: zeros") for note in again.notes)
    assert trip.read(again.output)[1] == trip.read(there.output)[1]


@pytest.mark.parametrize("dtype", ["<f2", "<f4", ">f4", "<f8", ">f8"])
def test_angles_of_eth_xgaze_keep_their_type(tmp_path: Path, dtype: str):
    given = write_subject(tmp_path / "subject0001.h5", 5, size=32)
    with h5py.File(given, "r+") as file:
        for dataset in ("face_gaze", "face_head_pose"):
            angles = file[dataset][()]
            del file[dataset]
            file[dataset] = angles.astype(dtype)
    prepare_xgaze(given, tmp_path / "eyes.h5")
    convert(tmp_path / "eyes.h5", tmp_path / "again.h5", to="xgaze")
    assert datasets(tmp_path / "again.h5") == datasets(given)


@pytest.mark.parametrize("to", ["folder", "npz", "parquet", "webdataset"])
def test_text_that_is_none_is_named(tmp_path: Path, to: str):
    source = every_label(tmp_path / "eyes.h5")
    with h5py.File(source, "r+") as file:
        file["who/latin"] = np.array([b"caf\xe9"] * N)
    if to == "npz":  # which keeps bytes as they are
        convert(source, tmp_path / "there.npz", to=to)
        return
    with pytest.raises(
        InputError, match=r"label 'who/latin': expected text in UTF-8, found b'caf\\xe9'; name the other"
    ):
        convert(source, tmp_path / "there", to=to)
    assert not (tmp_path / "there").exists()
