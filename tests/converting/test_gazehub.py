"""What `--to gazehub` writes, read by faithful copies of every public reader, and field by field."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image

from gazeaug.converting.conversion import convert
from gazeaug.converting.gazehub_layouts import LAYOUTS
from gazeaug.errors import InputError
from gazeaug.gaze.angles import look_vec_to_pitchyaw
from gazeaug.gaze.conventions import CONVENTIONS, HEAD_ROTATION
from gazeaug.sources.gazehub import prepare_gazehub
from gazeaug.sources.hdf5 import prepare_xgaze
from gazeaug.sources.own_folders import MARKS
from tests.makers.eye_files import write_eyes
from tests.makers.gazehub import gaze360_to_2d, gaze_to_2d, gaze_to_3d, head_to_2d
from tests.makers.gazehub_readers import MEAN, READERS, STD, Reader, l2cs_gaze360, l2cs_mpiigaze

N = 40
PEOPLE = 4
ROTATION = {"units": "radians", "frame": "opencv_camera", "kind": HEAD_ROTATION}
ANGLES = {"units": "radians"}
Labels = Mapping[str, tuple[Any, Mapping[str, str]]]


def write_source(path: Path, labels: Labels, n: int = N, shape: tuple[int, ...] = (36, 60)) -> Path:
    """Pictures of noise with labels and their attributes."""
    with h5py.File(path, "w") as file:
        file["image"] = np.random.default_rng(2).integers(0, 256, (n, *shape), dtype=np.uint8)
        for name, (values, attributes) in labels.items():
            file[name] = np.asarray(values)[:n]
            file[name].attrs.update(attributes)
    return path


def texts(*values: str) -> np.ndarray:
    """Values over all rows in turn."""
    return np.array([values[i % len(values)].encode() for i in range(N)])


def vectors() -> np.ndarray:
    """Unit vectors in OpenCV's camera frame, in front of the camera."""
    dice = np.random.default_rng(3)
    found = np.stack([dice.uniform(-0.6, 0.6, N), dice.uniform(-0.5, 0.5, N), -np.ones(N)], 1)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def rotations() -> np.ndarray:
    """Rotation vectors with a roll."""
    return np.random.default_rng(4).normal(size=(N, 3)) * 0.5


def of_vectors() -> Labels:
    """Gaze as vectors, heads as rotation vectors."""
    return {"gaze": (vectors(), CONVENTIONS["opencv"].attributes), "head_pose": (rotations(), ROTATION)}


def of_angles() -> Labels:
    """Gaze and heads as float32 pitch and yaw."""
    gaze = np.array([gaze_to_2d(each)[::-1] for each in vectors()], "f4")
    head = np.random.default_rng(5).uniform(-0.6, 0.6, (N, 2)).astype("f4")
    return {"gaze": (gaze, CONVENTIONS["mpiigaze"].attributes), "head_pitchyaw": (head, ANGLES)}


PEOPLES: Labels = {
    "subject": (texts(*(f"p{i:02d}" for i in range(PEOPLE))), {}),
    "side": (texts("left", "right"), {}),
    "mirrored": (np.arange(N) % 2, {}),
    "path": (np.array([f"day01/{i:04d}.jpg".encode() for i in range(N)]), {}),
}
EXPECTED = {
    "vectors": (
        of_vectors,
        np.array([gaze_to_2d(each) for each in vectors()]),
        np.array([head_to_2d(each) for each in rotations()]),
    ),
    "angles": (of_angles, of_angles()["gaze"][0][:, ::-1], of_angles()["head_pitchyaw"][0][:, ::-1]),
}


def lines_of(path: Path) -> list[list[str]]:
    """The fields of a label file, header and all."""
    return [line.split(" ") for line in path.read_text("utf-8").splitlines()]


def numbers(field: str) -> np.ndarray:
    return np.array(field.split(","), float)


@pytest.mark.parametrize("of", EXPECTED)
@pytest.mark.parametrize("reader", READERS, ids=lambda each: f"{each.repository} {each.file}")
def test_every_public_reader_reads_it(tmp_path: Path, reader: Reader, of: str) -> None:
    labels, gaze, head = EXPECTED[of]
    source = write_source(tmp_path / "eyes.h5", {**labels(), **PEOPLES})
    report = convert(source, tmp_path / "hub", to="gazehub", columns=reader.columns)
    with h5py.File(source) as file:
        row_of = {image.tobytes(): row for row, image in enumerate(file["image"][()])}
    seen = []
    for sample in reader.samples(report.output):
        rows = {row_of[(image if reader.is_grey else image[..., 0]).tobytes()] for image in sample.files.values()}
        (row,) = rows  # the same eye in each of its pictures
        seen.append(row)
        # The readers hand float32 to torch; what is in the file is float64 to the last bit.
        np.testing.assert_allclose(sample.gaze, gaze[row].astype("f4"), rtol=0, atol=1e-7)
        if reader.head is not None:
            np.testing.assert_allclose(sample.head, head[row].astype("f4"), rtol=0, atol=1e-7)
        for key, picture in sample.pictures.items():
            (_, size), channels = reader.pictures[key], 1 if reader.is_grey else 3
            assert picture.shape == (channels, *((36, 60) if size is None else size[::-1]))
            if size is None:
                file_ = sample.files[key][None] if reader.is_grey else sample.files[key].transpose(2, 0, 1)
                back = picture * np.reshape(STD, (3, 1, 1)) + np.reshape(MEAN, (3, 1, 1))
                np.testing.assert_allclose(255 * (back if reader.is_normalised else picture), file_, atol=1e-9)
    assert sorted(seen) == list(range(N))
    assert any(reader.repository in note for note in report.notes), "the note names the readers that fit"


def test_each_class_of_l2cs_reads_angles_or_says_so(tmp_path: Path) -> None:
    labels, gaze, head = EXPECTED["vectors"]
    source = write_source(tmp_path / "eyes.h5", {**labels(), **PEOPLES})
    reports = {columns: convert(source, tmp_path / columns, to="gazehub", columns=columns) for columns in LAYOUTS}
    order = [row for person in range(PEOPLE) for row in range(person, N, PEOPLE)]
    of_all = list(l2cs_gaze360(tmp_path / "gaze360/Label/train.label", tmp_path / "gaze360/Image"))
    np.testing.assert_allclose([sample.gaze for sample in of_all], gaze, atol=1e-7)
    labels_of_all = sorted((tmp_path / "face/Label").iterdir())
    for fold in range(PEOPLE):
        found = {}
        for train in (True, False):
            samples = l2cs_mpiigaze(labels_of_all, tmp_path / "face/Image", fold, train=train, angle=180)
            found |= {sample.name: sample for sample in samples}
        inside = [row for row in order if row % PEOPLE != fold or (np.abs(np.rad2deg(gaze[row])) <= 42).all()]
        assert set(found) == {f"day01/{row:04d}.jpg" for row in inside}
        for row in inside:
            np.testing.assert_allclose(found[f"day01/{row:04d}.jpg"].gaze, gaze[row], atol=1e-7)
            np.testing.assert_allclose(found[f"day01/{row:04d}.jpg"].head, head[row], atol=1e-7)
    # Where a class would take other numbers of a line for the angles without failing, a note says so.
    for columns, report in reports.items():
        label = next((report.output / "Label").rglob("*.label"))
        root = report.output / LAYOUTS[columns].root
        for name, field, layout in [("Gaze360", 5, "gaze360"), ("Mpiigaze", 7, "face")]:
            try:
                if name == "Gaze360":
                    samples = list(l2cs_gaze360(label, root))
                else:
                    samples = list(l2cs_mpiigaze([label], root, 0, train=False))
            except IndexError:
                samples = []
            is_right = all(np.abs(gaze - sample.gaze).sum(axis=1).min() < 1e-6 for sample in samples)
            said = [note for note in report.notes if f"L2CS-Net's class {name} takes field {field}" in note]
            assert is_right != bool(said), (columns, name)
            assert all(f"--columns {layout}" in note for note in said)


@pytest.mark.parametrize("columns", LAYOUTS)
@pytest.mark.parametrize("of", EXPECTED)
def test_each_column_is_what_the_scripts_write(tmp_path: Path, columns: str, of: str) -> None:
    labels, gaze, head = EXPECTED[of]
    source = write_source(tmp_path / "eyes.h5", {**labels(), **PEOPLES})
    folder = convert(source, tmp_path / "hub", to="gazehub", columns=columns).output
    seen = 0
    for path in folder.rglob("*.label"):
        header, *lines = lines_of(path)
        assert header == LAYOUTS[columns].header.split()
        for line in lines:
            fields = dict(zip(header, line, strict=True))
            with Image.open(folder / LAYOUTS[columns].root / line[0]) as image:
                assert image.size == (60, 36)
            seen += 1
            if columns == "eth":
                order = 1 if path.stem.endswith("YP") else -1  # the script writes ETH-XGaze's pitch, yaw
                distance = np.abs(gaze[:, ::order] - numbers(fields["gaze"])).max(axis=1)
                row = int(distance.argmin())
                np.testing.assert_allclose(numbers(fields["head"]), head[row, ::order], rtol=0, atol=1e-12)
                assert distance[row] < 1e-12
                assert numbers(fields["normmat"]).tolist() == np.eye(3).ravel().tolist()
                assert (int(fields["cam_index"]), int(fields["frame_index"])) == (0, 0)
                continue
            yawpitch, vector = numbers(fields["2DGaze"]), numbers(fields["3DGaze"])
            to_2d = gaze360_to_2d if columns == "gaze360" else gaze_to_2d
            np.testing.assert_allclose(to_2d(vector), yawpitch, rtol=0, atol=1e-12)
            assert abs(np.linalg.norm(vector) - 1) < 1e-12
            row = int(np.abs(gaze - yawpitch).max(axis=1).argmin())
            np.testing.assert_allclose(yawpitch, gaze[row], rtol=0, atol=1e-12)
            if columns == "gaze360":
                continue
            np.testing.assert_allclose(numbers(fields["2DHead"]), head[row], rtol=0, atol=1e-12)
            said, of_head = numbers(fields["3DHead"]), numbers(fields["2DHead"])
            if columns == "rt-gene":
                np.testing.assert_allclose(said, gaze_to_3d(of_head), rtol=0, atol=1e-12)
            else:
                np.testing.assert_allclose(head_to_2d(said), of_head, rtol=0, atol=1e-12)
                if of == "vectors":
                    assert said.tolist() == rotations()[row].tolist(), "the roll is kept"
            if "WhichEye" in fields:
                assert fields["WhichEye"] == ("left", "right")[row % 2]
            if columns != "rt-gene":
                assert line[header.index("2DGaze") - 3 - ("WhichEye" in fields)] == f"day01/{row:04d}.jpg"
    assert seen == N * (2 if columns == "eth" else 1)


def test_the_files_are_named_as_the_scripts_name_them(tmp_path: Path) -> None:
    source = write_source(tmp_path / "eyes.h5", {**of_angles(), **PEOPLES})
    made = {}
    for columns in LAYOUTS:
        folder = convert(source, tmp_path / columns, to="gazehub", columns=columns).output
        paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        made[columns] = [path for path in paths if path.endswith(".label")], next(p for p in paths if p.endswith("png"))
    people = [f"Label/p{i:02d}.label" for i in range(PEOPLE)]
    assert made == {
        "eye": (people, "Image/p00/1.png"),
        "face": (people, "Image/p00/face/1.png"),
        "eyediap": (people, "Image/p00/face/1.png"),
        "gaze360": (["Label/train.label"], "Image/train/Face/1.png"),
        "eth": (["Label/train.label", "Label/trainYP.label"], "Image/train/subject0000/1.png"),
        "rt-gene": (
            [f"Label/train/train{k}.label" for k in (1, 2, 3)],
            "Image/s000_glasses/original/face/face_10_rgb.png",
        ),
    }
    folds = [{line[3] for line in lines_of(tmp_path / "rt-gene" / name)[1:]} for name in made["rt-gene"][0]]
    assert folds == [{"s000", "s003"}, {"s001"}, {"s002"}]


def test_other_names_of_people_are_numbered_as_the_set_numbers_them(tmp_path: Path) -> None:
    source = write_source(tmp_path / "e.h5", {**of_angles(), "subject": (texts("p1", "../x", "p16"), {})})
    names = {}
    for columns in ("eye", "eyediap", "eth"):
        folder = convert(source, tmp_path / columns, to="gazehub", columns=columns).output
        names[columns] = sorted(path.name for path in (folder / LAYOUTS[columns].root).iterdir())
    assert names == {
        "eye": ["p00", "p01", "p02"],
        "eyediap": ["p1", "p2", "p3"],
        "eth": ["subject0000", "subject0001", "subject0002"],
    }
    said = "persons: those of 'subject' are numbered (p1 is '../x', p2 is 'p1', p3 is 'p16'); .gazeaug says whose"
    assert said in convert(source, tmp_path / "again", to="gazehub", columns="eyediap").notes
    source = write_source(tmp_path / "d.h5", {**of_angles(), "who": (texts("p1", "p16"), {})})
    folder = convert(source, tmp_path / "own", to="gazehub", columns="eyediap", person="who").output
    assert sorted(path.name for path in (folder / "Label").iterdir()) == ["p1.label", "p16.label"]


@pytest.mark.parametrize(
    ("sides", "written", "said"),
    [
        (("left", "right"), ("left", "right"), "20 right eyes, and no label 'mirrored' says whether they are mirrored"),
        (("L", "R"), ("left", "right"), "no label 'mirrored' says whether they are mirrored"),
        (("Left ", "RIGHT"), ("left", "right"), "right eyes"),
        (("left",), ("left",), None),
        (("3", "7"), ("left",), "WhichEye: left in every line, as 'side' says neither left nor right"),
        (("left", "right"), ("left",), "WhichEye: left in every line, as --labels leaves 'side' out"),
        ((), ("left",), "WhichEye: left in every line, as no label side or eye says"),
    ],
)
def test_which_eye_it_is(tmp_path: Path, sides: tuple[str, ...], written: tuple[str, ...], said: str | None) -> None:
    labels = {**of_angles(), **({"side": (texts(*sides), {})} if sides else {})}
    chosen = ["gaze"] if said is not None and "--labels" in said else None
    report = convert(write_source(tmp_path / "e.h5", labels), tmp_path / "hub", to="gazehub", labels=chosen)
    found = [line[2] for line in lines_of(report.output / "Label/p00.label")[1:]]
    assert found == [written[i % len(written)] for i in range(N)]
    notes = [note for note in report.notes if "right eyes" in note or "WhichEye" in note]
    assert (not notes) if said is None else any(said in note for note in notes)


@pytest.mark.parametrize("names", [{"left": 0, "right": 1}, {"R": 1, "L": 0}, None])
def test_sides_as_numbers_are_read_by_their_names_and_else_named_as_left_out(tmp_path: Path, names: Any) -> None:
    source = write_source(tmp_path / "eyes.h5", of_vectors())
    with h5py.File(source, "r+") as file:
        dtype = "i1" if names is None else h5py.enum_dtype(names, "i1")
        file.create_dataset("side", data=np.arange(N) % 2, dtype=dtype)
    report = convert(source, tmp_path / "hub", to="gazehub")
    written = [line[2] for line in lines_of(report.output / "Label" / "p00.label")[1:]]
    assert written == [("left", "right" if names else "left")[i % 2] for i in range(N)]
    assert ("side" in report.left_out) == (names is None)
    assert any("names 20 right eyes" in note for note in report.notes) == (names is not None)


def test_sides_that_do_not_go_over_are_told_of(tmp_path: Path) -> None:
    numbered = {**of_angles(), "side": (np.arange(N) % 2, {})}
    report = convert(write_source(tmp_path / "a.h5", numbered), tmp_path / "a", to="gazehub")
    assert "WhichEye: left in every line, as 'side' holds int64, not left or right as text" in report.notes
    assert report.left_out == ("side",)
    both = {**of_angles(), "side": (texts("right"), {}), "eye": (texts("left"), {})}
    report = convert(write_source(tmp_path / "b.h5", both), tmp_path / "b", to="gazehub")
    assert "'eye': left out, as 'side' is taken for the side" in report.notes
    assert {line[2] for line in lines_of(report.output / "Label/p00.label")[1:]} == {"right"}


def test_right_eyes_that_are_called_left_are_told_of(tmp_path: Path) -> None:
    source = write_source(tmp_path / "e.h5", {**of_angles(), "side": (texts("left", "right"), {})})
    report = convert(source, tmp_path / "hub", to="gazehub", labels=["gaze"])
    assert any(note.startswith("'side' names 20 right eyes, and no label 'mirrored'") for note in report.notes)


@pytest.mark.parametrize("shape", [(36, 60), (24, 40, 3)])
def test_pictures_stay_as_they_are_on_the_way_back(tmp_path: Path, shape: tuple[int, ...]) -> None:
    source = write_source(tmp_path / "e.h5", of_angles(), shape=shape)
    folder = convert(source, tmp_path / "hub", to="gazehub").output
    again = prepare_gazehub(folder, tmp_path / "again.h5", workers=1).output
    with h5py.File(again) as found, h5py.File(source) as file:
        np.testing.assert_array_equal(found["image"][()], file["image"][()])
    with h5py.File(prepare_gazehub(folder, tmp_path / "other.h5", size=(20, 30), workers=1).output) as found:
        assert found["image"].shape == (N, 20, 30, *shape[2:])
    (folder / MARKS[0]).unlink()
    with h5py.File(prepare_gazehub(folder, tmp_path / "plain.h5", workers=1).output) as found:
        assert found["image"].shape == (N, 35, 55)  # as any other folder of GazeHub


MIRRORED = {
    "right eyes": (np.arange(N) % 2, True),
    "no eyes": (np.zeros(N, np.uint8), True),
    "left eyes": (1 - np.arange(N) % 2, True),
    "some right eyes": ((np.arange(N) % 4 == 1).astype(np.uint8), False),
    "nothing says": (None, False),
}


@pytest.mark.parametrize("which", MIRRORED)
def test_eyes_that_were_mirrored_are_known_as_such_again(tmp_path: Path, which: str) -> None:
    mirrored, is_known = MIRRORED[which]
    labels = {**of_angles(), "side": (texts("left", "right"), {})}
    if mirrored is not None:
        labels["mirrored"] = (mirrored, {})
    folder = convert(write_source(tmp_path / "e.h5", labels), tmp_path / "hub", to="gazehub").output
    report = prepare_gazehub(folder, tmp_path / "again.h5", workers=1)
    with h5py.File(report.output) as file:
        assert file["side"].asstr()[()].tolist() == ["left", "right"] * (N // 2)
        assert ("mirrored" in file) == is_known
        if is_known and mirrored is not None:
            assert file["mirrored"][()].tolist() == mirrored.tolist()
    said = {
        "no eyes": "20 right eyes stand unmirrored beside left ones",
        "left eyes": None,  # all eyes stand as right ones do
        "right eyes": None,
    }.get(which, "'side' names 20 right eyes, and no label 'mirrored' says whether they are mirrored")
    notes = [note for note in report.notes if "right eyes" in note]
    assert notes == [] if said is None else notes[0].startswith(said)


@pytest.mark.parametrize("mark", [*MARKS, "damaged"])
def test_eyes_of_convert_are_never_taken_for_flipped_ones_of_gazehub(tmp_path: Path, mark: str) -> None:
    """Whatever version wrote them, and whether the folder or that of its pictures is given."""
    source = write_source(tmp_path / "e.h5", {**of_angles(), "side": (texts("left", "right"), {})})
    folder = convert(source, tmp_path / "hub", to="gazehub").output
    if mark == "damaged":
        (folder / MARKS[0]).write_text("{")
    else:
        (folder / MARKS[0]).rename(folder / mark)
    for i, (given, images) in enumerate([(folder, None), (folder / "Image", folder / "Image")]):
        report = prepare_gazehub(given, tmp_path / f"{i}.h5", images=images, labels=folder / "Label", workers=1)
        assert any("cannot be read" in note for note in report.notes) == (mark == "damaged")
        with h5py.File(report.output) as file:
            assert "mirrored" not in file
            assert file["side"].asstr()[()].tolist() == ["left", "right"] * (N // 2)


def test_people_and_unknown_sides_are_known_as_such_again(tmp_path: Path) -> None:
    names = ("Anna", "", "é /x", "a" * 200)
    source = write_source(tmp_path / "e.h5", {**of_angles(), "who": (texts("Anna"), {})})
    with h5py.File(source, "a") as file:
        file["subject"] = [names[i % len(names)] for i in range(N)]
        images = {image.tobytes(): row for row, image in enumerate(file["image"][()])}
    for columns in ("eye", "face", "eyediap", "eth", "rt-gene"):
        report = convert(source, tmp_path / columns, to="gazehub", columns=columns)
        (note,) = [note for note in report.notes if note.startswith("persons:")]
        assert note.endswith("; .gazeaug says whose")
        assert "a" * 40 + "..." in note
        assert "a" * 41 not in note
        again = prepare_gazehub(report.output, tmp_path / f"{columns}.h5", workers=1).output
        with h5py.File(again) as file:
            rows = [images[image.tobytes()] for image in file["image"][()]]
            assert sorted(rows) == list(range(N))
            assert file["subject"].asstr()[()].tolist() == [names[row % len(names)] for row in rows]
            assert not {"side", "origin"} & set(file), "nothing said them"


@pytest.mark.parametrize(
    ("columns", "name"), [("eye", "p00"), ("eyediap", "p1"), ("eth", "subject0000"), ("rt-gene", "s000")]
)
def test_nobody_is_called_as_the_layout_calls_its_first(tmp_path: Path, columns: str, name: str) -> None:
    source = write_source(tmp_path / "e.h5", {**of_angles(), "subject": (np.arange(N) % 2 == 0, {})})
    report = convert(source, tmp_path / "hub", to="gazehub", columns=columns)
    assert any(note.startswith(f"persons: all rows are {name}, as 'subject' holds bool") for note in report.notes)
    assert "subject" in report.left_out
    assert any(name in path.name for path in (tmp_path / "hub" / "Image").rglob(f"{name}*"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"person": "subject"}, "--person is for layouts that name persons, not for gazehub --columns gaze360"),
        ({"head_convention": "degrees"}, "targets with a head pose .*, not for gazehub --columns gaze360"),
    ],
)
def test_options_of_what_a_layout_has_not_are_refused(tmp_path: Path, options: dict[str, str], said: str) -> None:
    source = write_source(tmp_path / "e.h5", {**of_angles(), **PEOPLES})
    with pytest.raises(InputError, match=said):
        convert(source, tmp_path / "hub", to="gazehub", columns="gaze360", **options)
    assert not (tmp_path / "hub").exists()


def test_a_side_that_is_none_among_others_is_refused(tmp_path: Path) -> None:
    sides = texts("left", "right")
    sides[33] = b"both"
    source = write_source(tmp_path / "e.h5", {**of_angles(), "eye": (sides, {})})
    with pytest.raises(InputError, match=r"label 'eye': expected left or right \(or L, R\), found 'both' in row 33"):
        convert(source, tmp_path / "hub", to="gazehub")
    assert not (tmp_path / "hub").exists()
    report = convert(source, tmp_path / "hub", to="gazehub", labels=["gaze"])
    assert lines_of(report.output / "Label/p00.label")[34][2] == "left"
    convert(source, tmp_path / "ok", to="gazehub", columns="eyediap")  # which does not say it


def test_right_eyes_that_stand_unmirrored_are_counted(tmp_path: Path) -> None:
    mirrored = np.ones(N, np.uint8)
    mirrored[[1, 5]] = 0
    labels = {**of_angles(), **PEOPLES, "mirrored": (mirrored, {})}
    report = convert(write_source(tmp_path / "e.h5", labels), tmp_path / "hub", to="gazehub")
    assert any(note.startswith("2 right eyes stand unmirrored beside left ones") for note in report.notes)
    report = convert(write_source(tmp_path / "f.h5", {**of_angles(), **PEOPLES}), tmp_path / "ok", to="gazehub")
    assert not any("right eyes" in note for note in report.notes)


def test_what_is_not_in_a_layout_is_named(tmp_path: Path) -> None:
    source = write_source(tmp_path / "e.h5", {**of_vectors(), **PEOPLES})
    left_out = {
        columns: convert(source, tmp_path / columns, to="gazehub", columns=columns).left_out for columns in LAYOUTS
    }
    assert left_out == {
        "eye": ("mirrored",),
        "face": ("mirrored",),
        "eyediap": ("mirrored", "side"),
        "gaze360": ("head_pose", "mirrored", "side", "subject"),
        "eth": ("mirrored", "side"),
        "rt-gene": ("mirrored", "path", "side"),
    }
    report = convert(write_eyes(tmp_path / "x.h5", 30, shape=(36, 60)), tmp_path / "y", to="gazehub", columns="gaze360")
    assert not any("head pose" in note for note in report.notes)


def test_parts_of_a_set_go_into_their_files(tmp_path: Path) -> None:
    labels = {**of_angles(), **PEOPLES, "split": (texts("train", "train", "val"), {})}
    source = write_source(tmp_path / "e.h5", labels)
    folder = convert(source, tmp_path / "g", to="gazehub", columns="gaze360").output
    assert [len(lines_of(folder / f"Label/{name}.label")) - 1 for name in ("train", "val")] == [27, 13]
    assert lines_of(folder / "Label/val.label")[1][0] == "val/Face/3.png"
    report = convert(source, tmp_path / "x", to="gazehub", columns="eth")  # which has train and valid
    assert any("'split': left out, as it has others than the layout's train, valid" in note for note in report.notes)
    assert len(lines_of(report.output / "Label/train.label")) == N + 1


def test_l2cs_takes_three_channels(tmp_path: Path) -> None:
    """It normalises what Pillow opens by three means, which grey of one channel does not stand."""
    source = write_source(tmp_path / "e.h5", {**of_angles(), **PEOPLES})
    for columns in ("face", "gaze360"):
        said = [
            convert(source, tmp_path / f"{columns}-{rgb}", to="gazehub", columns=columns, color=rgb).notes
            for rgb in (None, True)
        ]
        assert [any("three channels" in note for note in notes) for notes in said] == [True, False]
        folder = tmp_path / f"{columns}-True"
        (sample, *_) = l2cs_gaze360(next((folder / "Label").iterdir()), folder / "Image")
        assert sample.files["face"].shape == (36, 60, 3)
    report = convert(source, tmp_path / "eye", to="gazehub")
    assert not any("three channels" in note for note in report.notes)


def test_fields_hold_no_spaces(tmp_path: Path) -> None:
    names = texts("my pictures/a b.jpg", "", "ä\tb.jpg")
    source = write_source(tmp_path / "e.h5", {**of_angles(), "path": (names, {})})
    lines = lines_of(convert(source, tmp_path / "hub", to="gazehub").output / "Label/p00.label")
    assert [line[1] for line in lines[1:4]] == ["my_pictures/a_b.jpg", "p00/2.png", "ä_b.jpg"]
    assert {len(line) for line in lines} == {7}


def test_what_the_normalisation_was_goes_along_where_it_is_known(tmp_path: Path) -> None:
    dice = np.random.default_rng(9)
    more = {name: (dice.normal(size=(N, 3)), {}) for name in ("Rmat", "Smat", "GazeOrigin")}
    source = write_source(tmp_path / "e.h5", {**of_angles(), **more})
    folder = convert(source, tmp_path / "hub", to="gazehub", columns="face").output
    header, line, *_ = lines_of(folder / "Label/p00.label")
    assert header[9:] == ["Rmat", "Smat", "GazeOrigin"]
    assert [numbers(field).tolist() for field in line[9:]] == [values[0].tolist() for values, _ in more.values()]
    header = lines_of(convert(source, tmp_path / "d", to="gazehub", columns="eyediap").output / "Label/p1.label")[0]
    assert header[8:] == ["Rvec", "Svec", "GazeOrigin"]
    source = write_source(tmp_path / "f.h5", {**of_angles(), "Rmat": more["Rmat"]})
    report = convert(source, tmp_path / "one", to="gazehub", columns="face")
    assert "Rmat" not in lines_of(report.output / "Label/p00.label")[0], "GazeHub's columns are all there, or none"
    eth = {
        "face_mat_norm": (dice.normal(size=(N, 3, 3)), {}),
        "cam_index": (np.arange(N)[:, None], {}),
        "frame_index": (np.arange(N)[:, None] * 7, {}),
    }
    source = write_source(tmp_path / "g.h5", {**of_angles(), **eth})
    report = convert(source, tmp_path / "eth", to="gazehub", columns="eth")
    line = lines_of(report.output / "Label/train.label")[6]
    assert line[4:6] == ["5", "35"]
    assert numbers(line[6]).tolist() == eth["face_mat_norm"][0][5].ravel().tolist()
    assert report.left_out == ()


def test_a_look_vec_of_any_direction_in_float32(tmp_path: Path) -> None:
    source = write_eyes(tmp_path / "eyes.h5", 300, shape=(36, 60))
    with h5py.File(source) as file:
        gaze = look_vec_to_pitchyaw(file["look_vec"][()])[:, ::-1]
    for columns, to_2d in (("eye", gaze_to_2d), ("gaze360", gaze360_to_2d)):
        folder = convert(source, tmp_path / columns, to="gazehub", columns=columns).output
        found = []
        for path in sorted((folder / "Label").iterdir()):
            header, *lines = lines_of(path)
            for line in lines:
                fields = dict(zip(header, line, strict=True))
                found.append(numbers(fields["2DGaze"]).tolist())
                np.testing.assert_allclose(to_2d(numbers(fields["3DGaze"])), found[-1], rtol=0, atol=1e-12)
        assert sorted(found) == sorted(gaze.tolist()), "the angles to the last bit"


def test_a_file_of_eth_xgaze_becomes_what_gazehubs_script_makes_of_it(tmp_path: Path) -> None:
    dice, n = np.random.default_rng(7), 5
    given = {
        "face_gaze": dice.uniform(-0.7, 0.7, (n, 2)).astype("f4"),
        "face_head_pose": dice.uniform(-0.7, 0.7, (n, 2)).astype("f4"),
        "face_mat_norm": dice.normal(size=(n, 3, 3)).astype("f4"),
        "cam_index": np.arange(n, dtype="i4")[:, None] + 3,
        "frame_index": np.arange(n, dtype="i4")[:, None] * 11,
    }
    with h5py.File(tmp_path / "subject0003.h5", "w") as file:
        file["face_patch"] = dice.integers(0, 256, (n, 32, 32, 3), dtype=np.uint8)
        file.update(given)
        blue_first = file["face_patch"][()]
    eyes = prepare_xgaze(tmp_path / "subject0003.h5", tmp_path / "eyes.h5").output
    folder = convert(eyes, tmp_path / "hub", to="gazehub", columns="eth").output
    header, *lines = lines_of(folder / "Label/train.label")
    assert header == ["face", "gaze", "head", "origin", "cam_index", "frame_index", "normmat"]
    for i, line in enumerate(lines):
        for name, k in [("face_gaze", 1), ("face_head_pose", 2), ("cam_index", 4), ("frame_index", 5)]:
            np.testing.assert_array_equal(numbers(line[k]), given[name][i])
        np.testing.assert_array_equal(numbers(line[6]).reshape(3, 3), given["face_mat_norm"][i])
        with Image.open(folder / "Image/train" / line[0]) as image:
            np.testing.assert_array_equal(np.asarray(image)[..., ::-1], blue_first[i])  # as cv2.imread has it


@pytest.mark.parametrize("columns", LAYOUTS)
def test_a_head_that_is_not_known_is_zero_and_read_as_none(tmp_path: Path, columns: str) -> None:
    source = write_source(tmp_path / "e.h5", {"gaze": of_angles()["gaze"]})
    there = convert(source, tmp_path / "there", to="gazehub", columns=columns)
    said = [note for note in there.notes if note.startswith("head pose: zeros")]
    assert len(said) == LAYOUTS[columns].has_head
    back = prepare_gazehub(there.output, tmp_path / "back.h5")
    with h5py.File(back.output) as file:
        assert not [name for name in file if name.startswith("head")]
    assert ("head pose: left out, as it is zero in every line" in back.notes) == LAYOUTS[columns].has_head
    again = convert(back.output, tmp_path / "again", to="gazehub", columns=columns)
    for path in there.output.rglob("*.label"):
        assert path.read_text() == (again.output / path.relative_to(there.output)).read_text()


@pytest.mark.parametrize("columns", LAYOUTS)
@pytest.mark.parametrize("of", EXPECTED)
def test_there_and_back_and_there_again(tmp_path: Path, columns: str, of: str) -> None:
    """eyes -> gazehub -> eyes -> gazehub: every file the same, and every label of the layout, to the last bit."""
    labels, _, head = EXPECTED[of]
    given = {**labels(), **PEOPLES}
    source = write_source(tmp_path / "eyes.h5", given)
    there = convert(source, tmp_path / "there", to="gazehub", columns=columns).output
    back = prepare_gazehub(there, tmp_path / "back.h5", size=(36, 60)).output
    again = convert(back, tmp_path / "again", to="gazehub", columns=columns).output
    files = [sorted(p for p in folder.rglob("*") if p.is_file() and p.name not in MARKS) for folder in (there, again)]
    assert [p.relative_to(there) for p in files[0]] == [p.relative_to(again) for p in files[1]]
    assert len(files[0]) > N
    assert [path.read_bytes() for path in files[0]] == [path.read_bytes() for path in files[1]]
    with h5py.File(source) as was, h5py.File(back) as file:
        images = was["image"][()]
        rows = [next(i for i in range(N) if (images[i] == image).all()) for image in file["image"][()]]
        assert sorted(rows) == list(range(N))
        angles = file["gaze_yawpitch"][()] if "gaze_yawpitch" in file else file["gaze"][()][:, ::-1]
        if of == "angles":
            assert angles.tolist() == was["gaze"][()].astype(float)[rows][:, ::-1].tolist()
        else:
            if "gaze_yawpitch" in file:
                assert file["gaze"][()].tolist() == was["gaze"][()][rows].tolist()
            np.testing.assert_allclose(angles, EXPECTED[of][1][rows], rtol=0, atol=1e-12)
        if LAYOUTS[columns].has_head:
            of_head = file["head_yawpitch"][()] if "head_yawpitch" in file else file["head_pose"][()]
            of_head = of_head[:, ::-1] if columns == "eth" else of_head
            np.testing.assert_allclose(of_head, head[rows], rtol=0, atol=0 if of == "angles" else 1e-12)
            if of == "vectors" and columns not in ("eth", "rt-gene"):
                assert file["head_pose"][()].tolist() == was["head_pose"][()][rows].tolist()
        if columns != "gaze360":
            names = file["subject"].asstr()[()].tolist()
            own = [name.decode() for name in was["subject"][()][rows]]
            assert [int(re.sub(r"\D", "", name)) for name in names] == [int(name[1:]) for name in own]
        if columns != "rt-gene":
            assert file["origin"].asstr()[()].tolist() == [name.decode() for name in was["path"][()][rows]]
        if "side" in file:
            assert file["side"].asstr()[()].tolist() == [side.decode() for side in was["side"][()][rows]]
        assert ("side" in file) == ("WhichEye" in LAYOUTS[columns].header)


@pytest.mark.parametrize("columns", LAYOUTS)
def test_sizes_that_networks_take_are_said(tmp_path: Path, columns: str) -> None:
    """Mnist's and Gaze-Net's linear layers fit 36x60 alone, the tokens and maps of GazeTR and PureGaze 224x224."""
    networks, size = ("Gaze-Net", (36, 60)) if columns == "eye" else ("GazeTR", (224, 224))
    source = write_source(tmp_path / "e.h5", {**of_angles(), **PEOPLES}, n=3, shape=(35, 55))
    notes = convert(source, tmp_path / "other", to="gazehub", columns=columns).notes
    (said,) = [note for note in notes if note.startswith("pictures: ") and networks in note]
    height, width = size
    assert said.endswith(f" exactly, found 35x55; for them give --size {height}x{width}")
    report = convert(source, tmp_path / "fits", to="gazehub", columns=columns, size=size)
    assert not any("exactly" in note for note in report.notes)
    with Image.open(next((report.output / LAYOUTS[columns].root).rglob("*.png"))) as image:
        assert image.size == (width, height)


@pytest.mark.parametrize("columns", LAYOUTS)
@pytest.mark.parametrize(("n_persons", "label"), [(1, None), (1, "side"), (2, "who"), (15, "who")])
def test_label_files_that_leave_nothing_to_train_on_are_said(
    tmp_path: Path, columns: str, n_persons: int, label: str | None
) -> None:
    """Held against the trainers' own way: a file each in turn is the test set, and the rest are trained on."""
    who = texts(*(f"p{i:02d}" for i in range(n_persons)))
    labels = {**of_angles(), "side": (texts("left"), {}), "who": (who, {})}
    source = write_source(tmp_path / "e.h5", labels)
    persons = {"person": label} if LAYOUTS[columns].has_persons else {}
    report = convert(source, tmp_path / "g", to="gazehub", columns=columns, **persons)
    of_these = [reader for reader in READERS if reader.columns == columns and reader.leaves_one_out]
    readers = [reader for reader in of_these if reader.repository != "PureGaze"]  # which tests on all of such a folder
    said = [note for note in report.notes if note.startswith("label files: found 1 to train on")]
    assert len(said) == (1 if n_persons == 1 and readers else 0)
    for reader in readers:
        assert (len(os.listdir(report.output / reader.label)) < 2) == bool(said)
        assert all(reader.repository in note for note in said)
    folds = [note for note in report.notes if "L2CS-Net's training on Mpiigaze needs 15" in note]
    assert len(folds) == (1 if columns == "face" and n_persons < 15 else 0)


def test_parts_to_train_on_are_counted(tmp_path: Path) -> None:
    """Where a label names the thirds of RT-Gene's persons, that for validation is none of them."""
    for parts, is_said in ((("train1", "valid"), True), (("train1", "train2"), False)):
        source = write_source(tmp_path / "e.h5", {**of_angles(), **PEOPLES, "split": (texts(*parts), {})})
        report = convert(source, tmp_path / parts[1], to="gazehub", columns="rt-gene")
        assert any("found 1 to train on" in note for note in report.notes) == is_said
