"""MPIIGaze, ETH-XGaze, the Kaggle layout and eye files: made here with known truth, read back by number."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from gazeaug.errors import InputError
from gazeaug.eyefile.reader import open_eyes
from gazeaug.gaze.angles import LOOK_VEC_ATTRIBUTES
from gazeaug.gaze.conventions import CONVENTIONS, convention_of, rotation_of
from gazeaug.gaze.sides import unmirrored_note
from gazeaug.sources.hdf5 import copy_eyes, prepare_kaggle, prepare_mpiigaze_h5, prepare_xgaze
from gazeaug.sources.mpiigaze import prepare_mpiigaze
from gazeaug_cli.app import app
from gazeaug_cli.prepare import KINDS
from gazeaug_cli.prepare import prepare as prepare_group
from tests.makers import sources
from tests.makers.eye_files import write_eyes
from tests.makers.sources import SIDES, make_day, names_of, write_format_5, write_hdf5


@pytest.fixture
def dataset(tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    """Three days of two people: one of a single picture, one in format 7.3, days 2 and 10 out of text order."""
    root = tmp_path / "MPIIGaze"
    days = {"p00/day02": make_day(3, 0), "p00/day10": make_day(1, 1), "p01/day01": make_day(4, 2)}
    for name, day in days.items():
        path = root / "Data" / "Normalized" / f"{name}.mat"
        (write_hdf5 if name.startswith("p01") else write_format_5)(path, day)
    return root, days


def test_mpiigaze_in_the_order_of_people_days_and_pictures(dataset, tmp_path: Path):
    root, days = dataset
    output = tmp_path / "eyes.h5"
    assert prepare_mpiigaze(root, output).n_images == 16
    with h5py.File(output) as file:
        row = 0
        for name, day in days.items():
            for i, picture in enumerate(names_of(len(day["left"]["gaze"]))):
                for side in SIDES:
                    np.testing.assert_array_equal(file["image"][row], day[side]["image"][i])
                    np.testing.assert_array_equal(file["gaze"][row], day[side]["gaze"][i])
                    np.testing.assert_array_equal(file["head_pose"][row], day[side]["pose"][i])
                    assert file["path"].asstr()[row] == f"{name}/{picture}"
                    assert (file["subject"].asstr()[row], file["side"].asstr()[row]) == (name[:3], side)
                    row += 1
        assert row == len(file["image"])
        assert convention_of(file["gaze"].attrs, "x").name == "opencv"
        assert not file["mirrored"][()].any()


def test_right_eyes_are_mirrored_with_their_gaze_and_pose(dataset, tmp_path: Path):
    root, days = dataset
    output = tmp_path / "eyes.h5"
    assert prepare_mpiigaze(root / "Data" / "Normalized" / "p01", output, eye="right", mirror="right").n_images == 4
    with h5py.File(output) as file:
        right = days["p01/day01"]["right"]
        np.testing.assert_array_equal(file["image"][()], right["image"][:, :, ::-1])
        angles = CONVENTIONS["mpiigaze"].of_look_vec(CONVENTIONS["opencv"].to_look_vec(file["gaze"][()]))
        given = CONVENTIONS["mpiigaze"].of_look_vec(CONVENTIONS["opencv"].to_look_vec(right["gaze"]))
        np.testing.assert_allclose(angles, given * (1, -1), atol=1e-12)
        # The head's rotation, seen in a mirror: M R M.
        mirror = np.diag([-1.0, 1, 1])
        np.testing.assert_allclose(
            rotation_of(file["head_pose"][()]), mirror @ rotation_of(right["pose"]) @ mirror, atol=1e-12
        )
        assert file["mirrored"][()].all()


def test_the_lists_choose_rows_and_their_order(dataset, tmp_path: Path):
    root, days = dataset
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "p00.txt").write_text("day10/0001.jpg right\nday02/0003.jpg left\nday02/0001.jpg right\n")
    (lists / "p01.txt").write_text("day01/0004.jpg left\n\n")
    output = tmp_path / "eyes.h5"
    assert prepare_mpiigaze(root, output, lists=lists).n_images == 4
    with h5py.File(output) as file:
        assert list(file["path"].asstr()) == [
            "p00/day10/0001.jpg",
            "p00/day02/0003.jpg",
            "p00/day02/0001.jpg",
            "p01/day01/0004.jpg",
        ]
        np.testing.assert_array_equal(file["image"][2], days["p00/day02"]["right"]["image"][0])
    (lists / "p01.txt").write_text("day01/0009.jpg left\n")
    with pytest.raises(InputError, match=r"holds no picture '0009\.jpg', which the lists name"):
        prepare_mpiigaze(root, output, lists=lists, overwrite=True)
    (lists / "p01.txt").write_text("day01 0009.jpg\n")
    with pytest.raises(InputError, match=r"p01\.txt: line 1: expected 'dayNN/NNNN\.jpg left\|right'"):
        prepare_mpiigaze(root, output, lists=lists, overwrite=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda day: day["left"].update(gaze=day["left"]["gaze"] * 2), r"data\.left\.gaze must be unit vectors"),
        (lambda day: day["right"].update(pose=day["right"]["pose"][:2]), r"3 filenames, but data\.right has"),
        (lambda day: day.pop("right"), r"expected MPIIGaze's data\.left, data\.right"),
    ],
)
@pytest.mark.parametrize("write", [write_format_5, write_hdf5])
def test_files_that_are_not_mpiigaze_are_named(tmp_path: Path, write, change, message: str):
    day = make_day(3, 0)
    change(day)
    write(tmp_path / "p00" / "day01.mat", day)
    with pytest.raises(InputError, match=rf"day01\.mat: .*{message}"):
        prepare_mpiigaze(tmp_path, tmp_path / "eyes.h5")
    assert not list(tmp_path.glob("eyes.h5*"))


@pytest.mark.parametrize("write", [write_format_5, write_hdf5])
def test_damaged_mat_files_are_one_sentence(tmp_path: Path, write):
    path = tmp_path / "p00" / "day01.mat"
    write(path, make_day(3, 0))
    whole, dice = path.read_bytes(), np.random.default_rng(0)
    n_refused = 0
    for _ in range(12):
        broken = bytearray(whole)
        for place in dice.integers(0, len(whole), 6):
            broken[place] = dice.integers(0, 256)
        path.write_bytes(broken[: dice.integers(1, len(whole))] if dice.random() < 0.5 else broken)
        refused = one_sentence(lambda: prepare_mpiigaze(tmp_path, tmp_path / "eyes.h5", overwrite=True))
        assert refused is None or "day01.mat" in refused
        n_refused += refused is not None
    assert n_refused >= 5


def one_sentence(work: Callable[[], object]) -> str | None:
    """What the work is refused with; any other error is a failure of the test."""
    try:
        work()
    except InputError as error:
        return str(error)
    return None


def test_what_else_stands_in_mpiigaze_h5_is_carried_or_told_of(tmp_path: Path):
    given = sources.write_mpiigaze_h5(tmp_path / "m.h5", 3004)  # p00 of 3,000 rows, p01 of 4
    dice = np.random.default_rng(0)
    with h5py.File(given, "r+") as file:
        for person, n in (("p00", 3000), ("p01", 4)):
            file[f"{person}/side"] = [("left", "right")[i % 2] for i in range(n)]
            file[f"{person}/frame"] = np.arange(n, dtype=">i2")
            del file[f"{person}/gaze"]
            file[f"{person}/gaze"] = dice.uniform(-0.5, 0.5, (n, 2))  # more digits than float32 has
            file[f"{person}/pose"][...] = dice.uniform(-0.5, 0.5, (n, 2))
        file["p01/mean"] = np.zeros(7)
        file["subject1/image"] = np.zeros((2, 36, 60), np.uint8)
        gaze = [number for name in ("p00", "p01") for number in file[f"{name}/gaze"][()].tolist()]
    report = prepare_mpiigaze_h5(given, tmp_path / "e.h5")
    with h5py.File(report.output) as file:
        assert sorted(file) == ["frame", "gaze", "head_pose", "image", "side", "subject"]
        assert file["gaze"][()].tolist() == gaze
        assert file["head_pose"].dtype == np.float32
        assert file["frame"][()].tolist() == [*range(3000), *range(4)]
        assert file["side"].asstr()[()].tolist() == ["left", "right"] * 1502
        assert set(file["subject"].asstr()[()]) == {"p00", "p01"}
    assert list(report.notes)[:2] == [
        "left out, as not every person has them with a row for each picture, of one type: 'mean'",
        "no persons by their names, and so not here: 'subject1'",
    ]


def test_mpiigaze_h5(tmp_path: Path):
    dice = np.random.default_rng(0)
    images = dice.integers(0, 256, (2, 5, 36, 60), dtype=np.uint8)
    angles = dice.normal(size=(2, 2, 5, 2)).astype("f4") * np.float32(0.2)
    with h5py.File(tmp_path / "MPIIGaze.h5", "w") as file:
        for i, person in enumerate(["p02", "p10"]):
            file[f"{person}/image"], file[f"{person}/gaze"], file[f"{person}/pose"] = (
                images[i],
                angles[0, i],
                angles[1, i],
            )
    assert prepare_mpiigaze_h5(tmp_path / "MPIIGaze.h5", tmp_path / "eyes.h5", rows=8).n_images == 8
    with h5py.File(tmp_path / "eyes.h5") as file:
        np.testing.assert_array_equal(file["image"][()], images.reshape(10, 36, 60)[:8])
        np.testing.assert_array_equal(file["gaze"][()], angles[0].reshape(10, 2)[:8])
        np.testing.assert_array_equal(file["head_pose"][()], angles[1].reshape(10, 2)[:8])
        assert list(file["subject"].asstr()) == ["p02"] * 5 + ["p10"] * 3
        assert convention_of(file["gaze"].attrs, "x").name == "mpiigaze"
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = 1
    with pytest.raises(InputError, match="expected groups p00, p01"):
        prepare_mpiigaze_h5(tmp_path / "other.h5", tmp_path / "eyes2.h5")
    with h5py.File(tmp_path / "empty.h5", "w") as file:
        for name in ("image", "gaze", "pose"):
            file[f"p00/{name}"] = np.zeros((0, 2))
    with pytest.raises(InputError, match="expected pictures of people, found none"):
        prepare_mpiigaze_h5(tmp_path / "empty.h5", tmp_path / "eyes2.h5")


def test_xgaze_comes_in_rgb_with_its_convention(tmp_path: Path):
    faces = np.random.default_rng(0).integers(0, 256, (6, 24, 24, 3), dtype=np.uint8)
    with h5py.File(tmp_path / "subject0000.h5", "w") as file:
        file["face_patch"], file["face_gaze"] = faces, np.zeros((6, 2), "f4")
        file["cam_index"] = np.arange(6)[:, None]
    assert prepare_xgaze(tmp_path / "subject0000.h5", tmp_path / "faces.h5").n_images == 6
    with h5py.File(tmp_path / "faces.h5") as file:
        np.testing.assert_array_equal(file["image"][()], faces[..., ::-1])
        assert convention_of(file["face_gaze"].attrs, "x").name == "mpiigaze"
        assert file["cam_index"].shape == (6, 1)


def test_kaggle_eyes_are_joined_by_path_and_say_their_convention(tmp_path: Path):
    images = np.random.default_rng(0).integers(0, 256, (12, 35, 55), dtype=np.uint8)
    with h5py.File(tmp_path / "gaze.h5", "w") as file:
        for i in range(12):
            file[f"image/{i}"] = images[i]
        file["path"] = np.array([f"imgs/{i}.jpg".encode() for i in range(12)])
        file["look_vec"] = np.tile([0.0, 0, -1], (12, 1))
    assert prepare_kaggle(tmp_path / "gaze.h5", tmp_path / "eyes.h5", size=(36, 60)).n_images == 12
    with h5py.File(tmp_path / "eyes.h5") as file:
        assert file["image"].shape == (12, 36, 60)
        assert convention_of(file["look_vec"].attrs, "x").name == "unityeyes"
    prepare_kaggle(tmp_path / "gaze.h5", tmp_path / "eyes.h5", overwrite=True)
    with h5py.File(tmp_path / "eyes.h5") as file:
        np.testing.assert_array_equal(file["image"][()], images)


def test_labels_in_pixels_go_where_resized_pictures_go(tmp_path: Path):
    source = write_eyes(tmp_path / "a.h5", 30, shape=(35, 55))
    copy_eyes(source, tmp_path / "b.h5", size=(70, 110), where={"subject": "p03"})
    with h5py.File(tmp_path / "b.h5") as file, h5py.File(source) as given:
        moved = given["iris_2d"][()][[3, 18]] * 2 + 0.5
        np.testing.assert_allclose(file["iris_2d"][()], moved, atol=1e-5)
        assert file["iris_2d"].attrs["axes"] == given["iris_2d"].attrs["axes"]
        assert file["look_vec"][()].tobytes() == given["look_vec"][()][[3, 18]].tobytes()
        assert json.loads(file.attrs["provenance"])["moved_labels"] == ["iris_2d"]
    copy_eyes(source, tmp_path / "same.h5", size=(35, 55))
    with h5py.File(tmp_path / "same.h5") as file, h5py.File(source, "r+") as given:
        assert file["iris_2d"][()].tobytes() == given["iris_2d"][()].tobytes()
        del given["iris_2d"].attrs["units"], given["iris_2d"].attrs["axes"]
    with pytest.raises(InputError, match="'iris_2d' seems to hold positions in pixels"):
        copy_eyes(source, tmp_path / "c.h5", size=(70, 110))
    assert not (tmp_path / "c.h5").exists()


def test_rows_that_are_no_gaze_are_named_or_left_out(tmp_path: Path):
    source = write_eyes(tmp_path / "a.h5", 30)
    with h5py.File(source, "r+") as file:
        file.move("look_vec", "gaze")
        file["gaze"][[7, 9]] = [(0, 0, 0, 0), (np.nan, 0, 1, 0)]
    with pytest.raises(InputError, match=r"'gaze' must be directions, found vectors of length 0 in row 7;.*--keep"):
        copy_eyes(source, tmp_path / "b.h5")
    assert copy_eyes(source, tmp_path / "b.h5", where={"subject": "p03"}).n_images == 2
    report = copy_eyes(source, tmp_path / "c.h5", keep_going=True)
    assert (report.n_images, report.n_rejected) == (28, 2)
    with h5py.File(tmp_path / "c.h5") as file, h5py.File(source) as given:
        np.testing.assert_array_equal(file["gaze"][()], np.delete(given["gaze"][()], [7, 9], axis=0))
    listed = (tmp_path / "c.h5.rejected.csv").read_text()
    assert "row 7," in listed
    assert "found NaN or infinity in row 9;" in listed


def test_a_stated_convention_is_held_against_the_label(tmp_path: Path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["face_patch"], file["face_gaze"] = np.zeros((6, 24, 24, 3), "u1"), np.tile([0, 0, -1.0], (6, 1))
    with pytest.raises(InputError, match=r"'face_gaze' has 3 numbers a row, mpiigaze has 2 \(pitch, yaw\)"):
        prepare_xgaze(tmp_path / "x.h5", tmp_path / "o.h5")
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file["p00/image"] = np.zeros((6, 36, 60), "u1")
        file["p00/gaze"], file["p00/pose"] = np.full((6, 2), 10.5), np.zeros((6, 2))
    with pytest.raises(InputError, match=r"'p00/gaze' is read as mpiigaze, angles in radians, found more than"):
        prepare_mpiigaze_h5(tmp_path / "m.h5", tmp_path / "o.h5")
    assert not (tmp_path / "o.h5").exists()


def test_eye_files_are_filtered_resized_and_keep_every_label(tmp_path: Path):
    source = write_eyes(tmp_path / "a.h5", 150)
    assert copy_eyes(source, tmp_path / "b.h5", where={"subject": "p03"}, every=2, color=True).n_images == 5
    with h5py.File(tmp_path / "b.h5") as file, h5py.File(source) as given:
        rows = [row for row in range(150) if row % 15 == 3][::2]
        for name in ("look_vec", "head/pose", "path", "iris_2d", "subject"):
            assert file[name].dtype == given[name].dtype
            np.testing.assert_array_equal(file[name][()], given[name][()][rows])
        np.testing.assert_array_equal(file["image"][..., 1], given["image"][()][rows])
        assert dict(file["look_vec"].attrs) == dict(given["look_vec"].attrs)
    with pytest.raises(InputError, match="no label 'side'"):
        copy_eyes(source, tmp_path / "c.h5", eye="left")
    with pytest.raises(InputError, match="--eye must be one of left, right, both, got 'third'"):
        copy_eyes(source, tmp_path / "c.h5", eye="third")
    with pytest.raises(InputError, match="the input gave no row"):
        copy_eyes(source, tmp_path / "c.h5", where={"subject": "p99"})
    with pytest.raises(InputError, match="no label 'person'"):
        copy_eyes(source, tmp_path / "c.h5", where={"person": "p99"})


def test_the_commands(dataset, tmp_path: Path):
    root, _ = dataset

    def run(*words: str) -> str:
        said = CliRunner().invoke(app, [str(word) for word in words])
        assert said.exit_code == 0, said.output
        return said.stdout

    eyes = tmp_path / "eyes.h5"
    assert "16 eyes ->" in run("prepare", "mpiigaze", root, "-o", eyes, "--size", "35x55", "--mirror", "right")
    assert "as opencv (MPIIGaze's Normalized .mat files)" in run("inspect", eyes)
    assert "8 eyes ->" in run("prepare", "eyes", eyes, "-o", tmp_path / "left.h5", "--eye", "left", "--rgb")
    said = CliRunner().invoke(app, ["prepare", "eyes", str(eyes), "-o", str(tmp_path / "x.h5"), "--where", "side"])
    assert (said.exit_code, "--where must be LABEL=VALUE" in said.stderr) == (2, True)
    said = CliRunner().invoke(app, ["prepare", "mpiigaze", str(tmp_path / "none"), "-o", str(tmp_path / "x.h5")])
    assert (said.exit_code, "no such folder" in said.stderr) == (2, True)


def test_every_kind_has_the_options_that_mean_something_for_it():
    group = typer.main.get_group(prepare_group)
    kinds = {
        name: {word for parameter in group.get_command(None, name).params for word in parameter.opts}
        for name in group.commands
    }
    assert set(kinds) == {kind.name for kind in KINDS}
    for words in kinds.values():
        assert {"--size", "--rgb", "--rows", "--keep-going", "--overwrite", "--fresh", "--output"} <= words
    assert {kind for kind, words in kinds.items() if "--eye" in words} == {"photos", "mpiigaze", "utmultiview", "eyes"}
    one_file = {"mpiigaze-h5", "faze", "xgaze", "kaggle", "eyes"}
    assert {kind for kind, words in kinds.items() if "--workers" not in words} == one_file
    table = (Path(__file__).parents[2] / "docs" / "sources.md").read_text().split("## Options of every kind")[1]
    assert all(f"`{kind}`" in table.split("## ")[0] for kind in kinds)


def test_several_processes_read_days_in_order(tmp_path: Path):
    for day in range(1, 9):
        write_format_5(tmp_path / "in" / "p00" / f"day{day:02d}.mat", make_day(3, day))
    (tmp_path / "in" / "p00" / "day04.mat").write_bytes(b"torn")
    for workers in (1, 3):
        report = prepare_mpiigaze(tmp_path / "in", tmp_path / f"{workers}.h5", workers=workers, keep_going=True)
        assert (report.n_images, report.n_rejected) == (42, 1)
    with h5py.File(tmp_path / "1.h5") as one, h5py.File(tmp_path / "3.h5") as three:
        assert list(one["path"].asstr()) == list(three["path"].asstr())
        np.testing.assert_array_equal(one["image"][()], three["image"][()])
    with pytest.raises(InputError, match="--workers must be at least 1, got 0"):
        prepare_mpiigaze(tmp_path / "in", tmp_path / "x.h5", workers=0)


def damage(path: Path, dataset: str, row: int) -> None:
    """Make a chunk unreadable: its bytes no longer have their checksum."""
    with h5py.File(path) as file:
        place = file[dataset].id.get_chunk_info(row).byte_offset
    data = bytearray(path.read_bytes())
    data[place + 5] ^= 0xFF
    path.write_bytes(data)


def test_rows_that_cannot_be_read_are_left_out_and_listed(tmp_path: Path):
    dice = np.random.default_rng(0)
    images, angles = dice.integers(0, 256, (8, 36, 60), dtype=np.uint8), np.zeros((8, 2), "f4")
    for name, prefix in [("m.h5", "p00/"), ("e.h5", "")]:
        with h5py.File(tmp_path / name, "w") as file:
            file.create_dataset(f"{prefix}image", data=images, chunks=(1, 36, 60), fletcher32=True)
            file[f"{prefix}gaze"], file[f"{prefix}pose"] = angles, angles
        damage(tmp_path / name, f"{prefix}image", 5)
    for name, prepare in [("m.h5", prepare_mpiigaze_h5), ("e.h5", copy_eyes)]:
        with pytest.raises(InputError, match="cannot be read"):
            prepare(tmp_path / name, tmp_path / "o.h5", overwrite=True)
        report = prepare(tmp_path / name, tmp_path / "o.h5", keep_going=True, overwrite=True)
        assert (report.n_images, report.n_rejected) == (7, 1)
        with h5py.File(tmp_path / "o.h5") as file:
            np.testing.assert_array_equal(file["image"][()], np.delete(images, 5, axis=0))
        assert "row 5," in (tmp_path / "o.h5.rejected.csv").read_text()


def test_a_day_that_cannot_be_read_is_left_out_and_listed(dataset, tmp_path: Path):
    root, _ = dataset
    (root / "Data" / "Normalized" / "p00" / "day10.mat").write_bytes(b"torn")
    with pytest.raises(InputError, match=r"day10\.mat: .*--keep-going leaves such items out"):
        prepare_mpiigaze(root, tmp_path / "o.h5")
    report = prepare_mpiigaze(root, tmp_path / "o.h5", keep_going=True)
    assert (report.n_images, report.n_rejected) == (14, 1)
    assert "p00/day10.mat," in (tmp_path / "o.h5.rejected.csv").read_text()


def test_a_copy_of_a_person_is_refused_and_hidden_ones_are_left_out(dataset, tmp_path: Path):
    root, _ = dataset
    shutil.copytree(root / "Data", root / ".Trash" / "Data")
    report = prepare_mpiigaze(root, tmp_path / "a.h5")
    assert (report.n_images, report.left_out) == (16, {"hidden": 1})
    shutil.copytree(root / "Data", root / "backup" / "Data")
    with pytest.raises(InputError, match=r"backup/Data/Normalized/p00: the person is also in .*, so the rows would be"):
        prepare_mpiigaze(root, tmp_path / "b.h5")
    assert not list(tmp_path.glob("b.h5*"))


def test_days_under_other_names_and_linked_people_are_told_of(dataset, tmp_path: Path):
    root, _ = dataset
    person = root / "Data" / "Normalized" / "p00"
    shutil.copy(person / "day02.mat", person / "day02 (2).mat")
    report = prepare_mpiigaze(root, tmp_path / "a.h5")
    assert (report.n_images, report.left_out) == (16, {"other name": 1})
    shutil.move(root / "Data" / "Normalized" / "p01", tmp_path / "p01")
    (root / "Data" / "Normalized" / "p01").symlink_to(tmp_path / "p01")
    with pytest.raises(InputError, match=r"Normalized/p01: a link to the folder .*, out of its folder; .*--keep-going"):
        prepare_mpiigaze(root, tmp_path / "b.h5")
    assert prepare_mpiigaze(root, tmp_path / "b.h5", keep_going=True).left_out == {"other name": 1, "unreadable": 1}


def test_names_that_are_no_text_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sources, "names_of", lambda n: ["1.jpg", "2\0.jpg", "3\ud800.jpg"])
    write_hdf5(tmp_path / "in" / "p00" / "day01.mat", make_day(3, 0))
    with pytest.raises(InputError, match=r"day01\.mat: row 1 of filenames must be text, found '2\\x00\.jpg'\."):
        prepare_mpiigaze(tmp_path / "in", tmp_path / "o.h5")
    report = prepare_mpiigaze(tmp_path / "in", tmp_path / "o.h5", keep_going=True)
    assert (report.n_images, report.left_out) == (2, {"unreadable": 4})


def test_keep_going_leaves_out_eyes_not_days(dataset, tmp_path: Path):
    root, days = dataset
    day = days["p00/day02"]
    day["left"]["gaze"][1] *= 2
    write_format_5(root / "Data" / "Normalized" / "p00" / "day02.mat", day)
    with pytest.raises(InputError, match=r"day02\.mat: data\.left\.gaze must be unit vectors, row 1 is not\."):
        prepare_mpiigaze(root, tmp_path / "a.h5")
    report = prepare_mpiigaze(root, tmp_path / "a.h5", keep_going=True)
    assert (report.n_images, report.n_rejected) == (15, 1)
    assert "p00/day02.mat 0002.jpg left" in (tmp_path / "a.h5.rejected.csv").read_text()
    (tmp_path / "lists").mkdir()
    listed = "day10/0001.jpg left\nday10/0009.jpg left\nday02/0002.jpg right\nday02/0002.jpg right\n"
    (tmp_path / "lists" / "p00.txt").write_text(listed, encoding="utf-8-sig")
    (tmp_path / "lists" / "p01.txt").write_text("day01/0001.jpg right\n")
    (tmp_path / "lists" / "p09.txt").write_text("day01/0001.jpg right\n")
    report = prepare_mpiigaze(root, tmp_path / "b.h5", lists=tmp_path / "lists", keep_going=True)
    with h5py.File(tmp_path / "b.h5") as file:
        paths = ["p00/day10/0001.jpg", *["p00/day02/0002.jpg"] * 2, "p01/day01/0001.jpg"]
        assert list(file["path"].asstr()) == paths
    assert report.n_rejected == 1
    assert [note.partition(": ")[2] for note in report.notes[:2]] == [
        "no person here for p09.txt.",
        "1 eyes are named more than once, and are in the output as often.",
    ]
    assert report.notes[2:] == [unmirrored_note(3)]
    (tmp_path / "lists" / "p01.txt").write_bytes(b"day01/0001.jpg r\xefght\n")
    with pytest.raises(InputError, match=r"p01\.txt: expected a list of eyes as text in UTF-8"):
        prepare_mpiigaze(root, tmp_path / "c.h5", lists=tmp_path / "lists")


@pytest.mark.parametrize("write", [write_format_5, write_hdf5])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda image: image / 255.0, None),
        (lambda image: image.astype(np.float64), None),
        (lambda image: image.astype(np.int32), None),
        (
            lambda image: image * 257.0,
            r"data\.left\.image: expected pixels 0\.\.255 or 0\.\.1, found float64 from 0 to 65535",
        ),
        (
            lambda image: image.astype(np.uint16) * 16,
            r"data\.left\.image: expected pixels .* found uint16 from 0 to 4080",
        ),
        (
            lambda image: image / 128.0,
            r"data\.left\.image: found pixels .* from 0 to 1\.99\d*, which fit neither 0\.\.1 nor 0\.\.255",
        ),
        (lambda image: image - 128.0, r"data\.left\.image: expected pixels .* from -128 to 127"),
    ],
    ids=["0 to 1", "floats", "integers", "16 bits as floats", "12 bits", "0 to 2", "about 0"],
)
def test_pixels_of_mat_files_are_what_their_range_proves(tmp_path: Path, write, change, said: str | None):
    day = make_day(3, 1)
    pixels = {side: day[side]["image"].copy() for side in SIDES}
    for side in SIDES:
        pixels[side][0, 0, :2] = 0, 255
        day[side]["image"] = change(pixels[side])
    write(tmp_path / "p00" / "day01.mat", day)
    if said is not None:
        with pytest.raises(InputError, match=said):
            prepare_mpiigaze(tmp_path, tmp_path / "o.h5")
        return
    with open_eyes(prepare_mpiigaze(tmp_path, tmp_path / "o.h5", eye="left").output) as eyes:
        np.testing.assert_array_equal(eyes.read_images(0, 3), pixels["left"])


def test_sources_outside_mpiigazes_files_are_refused(tmp_path: Path):
    day = make_day(3, 1)
    write_hdf5(tmp_path / "p00" / "day01.mat", day)
    with h5py.File(tmp_path / "p00" / "day01.mat", "a") as file:
        del file["data/left/image"]
        layout = h5py.VirtualLayout((60, 36, 3), "u1")
        layout[:] = h5py.VirtualSource("gone.h5", "image", (60, 36, 3))
        file.create_virtual_dataset("data/left/image", layout)
    with pytest.raises(InputError, match=r"needs 'gone\.h5', which is not there"):
        prepare_mpiigaze(tmp_path, tmp_path / "o.h5")


def test_kaggle_pictures_of_two_types_are_refused_by_name(tmp_path: Path):
    dice = np.random.default_rng(0)
    images = dice.integers(0, 256, (4, 35, 55), dtype=np.uint8)
    for odd, said in [(images[2] / 255.0, "float64"), (images[2].astype("u2") * 257, "uint16")]:
        with h5py.File(tmp_path / "in.h5", "w") as file:
            for i in range(4):
                file[f"image/{i}"] = odd if i == 2 else images[i]
            file["path"] = [f"imgs/{i}.jpg" for i in range(4)]
            file["look_vec"] = dice.normal(size=(4, 3))
        with pytest.raises(InputError, match=f"picture '2' is {said}, the first one uint8; all must have one type"):
            prepare_kaggle(tmp_path / "in.h5", tmp_path / "o.h5")
    with h5py.File(tmp_path / "in.h5", "a") as file:
        for i in range(4):
            del file[f"image/{i}"]
            file[f"image/{i}"] = (images[i] / 255.0).astype("f4" if i % 2 else "f8")
    with open_eyes(prepare_kaggle(tmp_path / "in.h5", tmp_path / "o.h5").output) as eyes:
        np.testing.assert_array_equal(eyes.read_images(0, 4), images)


def test_kaggle_pictures_that_are_elsewhere_are_looked_at(tmp_path: Path):
    with h5py.File(tmp_path / "in.h5", "w") as file:
        for i in range(3):
            file[f"image/{i}"] = np.full((35, 55), 9 * i, np.uint8)
        layout = h5py.VirtualLayout((35, 55), "u1")
        layout[:] = h5py.VirtualSource("gone.h5", "image", (35, 55))
        file.create_virtual_dataset("image/3", layout)
        file["path"] = [f"{i}" for i in range(4)]
        file["look_vec"] = np.ones((4, 3))
    with pytest.raises(InputError, match=r"picture '3' needs 'gone\.h5', which is not there"):
        prepare_kaggle(tmp_path / "in.h5", tmp_path / "o.h5")
    with h5py.File(tmp_path / "in.h5", "a") as file:
        del file["image/3"]
        file.create_dataset("image/3", (35, 55), "u1")
    with pytest.raises(InputError, match="picture '3': row 0 and maybe others were never written"):
        prepare_kaggle(tmp_path / "in.h5", tmp_path / "o.h5")


def test_flat_eyes_are_counted_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    images = np.random.default_rng(0).integers(0, 256, (2100, 8, 12), dtype=np.uint8)
    images[[3, 1500]] = 0
    images[2000] = np.random.default_rng(1).integers(200, 204, (8, 12))  # what coding makes of one colour
    images[2001] = np.random.default_rng(1).integers(200, 206, (8, 12))
    with h5py.File(tmp_path / "in.h5", "w") as file:
        file["image"], file["look_vec"] = images, np.tile([0, 0, -1.0], (2100, 1))
    report = copy_eyes(tmp_path / "in.h5", tmp_path / "o.h5")
    assert (report.n_images, report.n_flat, report.flat_rows) == (2100, 3, (3, 1500, 2000))
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["prepare", "eyes", "in.h5", "-o", "again.h5"])
    assert "warning: 3 pictures of one colour, in which nothing can be seen: rows 3, 1500, 2000" in result.output
    result = CliRunner().invoke(app, ["inspect", "again.h5"])
    assert "flat       3 images without any contrast, rows 3, 1500, 2000" in result.output


@pytest.mark.parametrize("attributes", [{}, LOOK_VEC_ATTRIBUTES])
def test_rows_of_look_vec_that_are_no_direction_are_left_out(tmp_path: Path, attributes: dict[str, str]) -> None:
    source = write_eyes(tmp_path / "in.h5", 20)
    with h5py.File(source, "r+") as file:
        del file["look_vec"].attrs["frame"]
        file["look_vec"].attrs.update(attributes)
        look_vec = file["look_vec"][()]
        look_vec[3], look_vec[7, 1], look_vec[9, 2] = 0, np.nan, np.inf
        file["look_vec"][...] = look_vec
    with pytest.raises(InputError, match="'look_vec' must be finite"):
        copy_eyes(source, tmp_path / "o.h5")
    report = copy_eyes(source, tmp_path / "o.h5", keep_going=True)
    assert report.n_images == 17
    with h5py.File(report.output) as file:
        np.testing.assert_array_equal(file["look_vec"][()], np.delete(look_vec, [3, 7, 9], axis=0))
    assert [line.split(",")[0] for line in report.rejected.read_text().splitlines()[1:]] == ["row 3", "row 7", "row 9"]


def test_days_come_with_large_endings_too(tmp_path: Path) -> None:
    write_format_5(tmp_path / "in" / "p00" / "day01.mat", make_day(2, 0))
    (tmp_path / "in" / "p00" / "day01.mat").rename(tmp_path / "in" / "p00" / "day01.MAT")
    assert prepare_mpiigaze(tmp_path / "in", tmp_path / "o.h5").n_images == 4
