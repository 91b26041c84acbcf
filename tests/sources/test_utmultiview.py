"""UT Multiview in its distributed layout, made here with known truth; its signs on a true line and on real pictures."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from gazeaug.errors import InputError
from gazeaug.eyefile.reader import open_eyes
from gazeaug.gaze.conventions import CONVENTIONS, HEAD_ROTATION, convention_of, rotation_of, to_head_frame
from gazeaug.gaze.head import said_head
from gazeaug.sources.utmultiview import prepare_utmultiview
from gazeaug_cli.app import app
from tests.makers.eye_files import contents
from tests.makers.kills import killed_and_whole
from tests.makers.sources import TRUE_LINE, Recording, make_recording, write_recording, write_utmultiview


def read(path: Path) -> dict[str, Any]:
    with h5py.File(path) as file:
        return {
            name: dataset.asstr()[()] if h5py.check_string_dtype(dataset.dtype) else dataset[()]
            for name, dataset in file.items()
        }


def check_rows(found: dict[str, Any], recordings: list[Recording]) -> None:
    """All rows are those of recordings, in order and to the last bit."""
    np.testing.assert_array_equal(found["image"], np.concatenate([made.images for made in recordings]))
    numbers = np.concatenate([made.numbers for made in recordings])
    for name, columns in {"gaze": slice(0, 3), "head_pose": slice(3, 6), "eye_position": slice(6, 9)}.items():
        np.testing.assert_array_equal(found[name], numbers[:, columns])
    places = [(made.name, view) for made in recordings for view in range(len(made.images))]
    assert list(found["path"]) == [f"{name}/{view:08d}.bmp" for name, view in places]
    assert list(found["view"]) == [view for _, view in places]
    words = zip(found["subject"], found["subset"], found["target"], found["side"], strict=True)
    assert [f"{person}/{subset}/{target:03d}_{side}" for person, subset, target, side in words] == [
        name for name, _ in places
    ]
    assert not found["mirrored"].any()


@pytest.mark.parametrize("packed", [True, False], ids=["zips", "unpacked"])
def test_pictures_have_the_line_of_their_number(tmp_path: Path, packed: bool):
    made = write_utmultiview(tmp_path / "in", packed=packed)
    report = prepare_utmultiview(tmp_path / "in", tmp_path / "o.h5")
    check_rows(read(tmp_path / "o.h5"), [each for each in made if "/test/" in each.name])
    assert report.n_images == 64
    (note,) = report.notes
    assert note.startswith("32 right eyes stand unmirrored beside left ones")
    assert not sorted(set(os.listdir(tmp_path)) - {"in", "o.h5"})
    with open_eyes(tmp_path / "o.h5") as eyes:
        assert convention_of(eyes.labels["gaze"].attributes, "x").name == "opencv"
        assert said_head(eyes.labels, "head_pose", "x") is not None  # a rotation vector, as `convert` takes it


def test_right_eyes_of_synth_are_left_out_since_loaders_contradict_each_other(tmp_path: Path):
    made = write_utmultiview(tmp_path / "in")
    report = prepare_utmultiview(tmp_path / "in", tmp_path / "o.h5", subset="both", mirror="right")
    told = [each for each in made if "/test/" in each.name or each.name.endswith("left")]
    assert report.n_images == sum(len(each.images) for each in told)
    assert list(report.notes) == [
        "4 files of right eyes in synth are left out: public loaders pair their lines and pictures in two ways, see "
        "docs/sources.md."
    ]
    report = prepare_utmultiview(tmp_path / "in", tmp_path / "left.h5", subset="synth", eye="left")
    check_rows(read(tmp_path / "left.h5"), [each for each in told if "/synth/" in each.name])
    assert report.notes == []
    with pytest.raises(InputError, match="--eye right of --subset synth: .*take --eye left, or --subset test"):
        prepare_utmultiview(tmp_path / "in", tmp_path / "x.h5", subset="synth", eye="right")


def test_right_eyes_are_mirrored_with_all_that_has_a_side(tmp_path: Path):
    made = write_utmultiview(tmp_path / "in", n_people=1, n_targets=1)[-1]
    prepare_utmultiview(tmp_path / "in", tmp_path / "o.h5", eye="right", mirror="right")
    found = read(tmp_path / "o.h5")
    np.testing.assert_array_equal(found["image"], made.images[:, :, ::-1])
    np.testing.assert_array_equal(found["gaze"], made.numbers[:, :3] * (-1, 1, 1))
    np.testing.assert_array_equal(found["eye_position"], made.numbers[:, 6:] * (-1, 1, 1))
    mirror = np.diag([-1.0, 1, 1])
    given = mirror @ rotation_of(made.numbers[:, 3:6]) @ mirror
    np.testing.assert_allclose(rotation_of(found["head_pose"]), given, atol=1e-12)
    assert found["mirrored"].all()


def test_a_person_or_a_set_by_itself_colours_sizes_and_several_processes(tmp_path: Path):
    made = write_utmultiview(tmp_path / "in", n_targets=6)
    one = [each for each in made if each.name.startswith("s01/test/")]
    for place in ("s01", "s01/test"):
        prepare_utmultiview(tmp_path / "in" / place, tmp_path / "o.h5", workers=2, overwrite=True)
        check_rows(read(tmp_path / "o.h5"), one)
    prepare_utmultiview(tmp_path / "in", tmp_path / "l.h5", rows=11, workers=2)
    assert len(read(tmp_path / "l.h5")["image"]) == 11
    prepare_utmultiview(tmp_path / "in", tmp_path / "c.h5", rows=3, color=True, size=(35, 55))
    assert read(tmp_path / "c.h5")["image"].shape == (3, 35, 55, 3)
    for picture in (tmp_path / "in" / "s00" / "test" / "000_left").glob("*.bmp"):
        picture.unlink()
    Image.fromarray(made[0].images[0]).convert("RGB").save(tmp_path / "grey.bmp")  # three equal channels are grey
    with zipfile.ZipFile(tmp_path / "in" / "s00" / "test" / "000_left.zip", "w") as archive:
        for i in range(8):
            archive.write(tmp_path / "grey.bmp", f"000_left/{i:08d}.bmp")
    prepare_utmultiview(tmp_path / "in", tmp_path / "g.h5", rows=9)
    np.testing.assert_array_equal(read(tmp_path / "g.h5")["image"][0], made[0].images[0])


def zipped(path: Path, change: Callable[[dict[str, bytes]], object]) -> None:
    """A zip with other members."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def lines(path: Path, change: Callable[[list[str]], object]) -> None:
    """A CSV with other lines."""
    text = path.read_text().splitlines()
    change(text)
    path.write_text("\n".join(text) + "\n")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda csv: lines(csv, lambda text: text.insert(0, "gaze_x,gaze_y")),
            r"line 1: expected nine numbers .*no hea",
        ),
        (lambda csv: lines(csv, lambda text: text.__setitem__(2, "1,2,3")), r"line 3: expected nine numbers .*'1,2,3'"),
        (lambda csv: csv.write_bytes(b"\xff\x00\x01"), r"000_left\.csv: expected a table of numbers, found no known"),
        (
            lambda csv: csv.with_suffix(".zip").unlink(),
            r"its pictures are missing: neither 000_left\.zip nor a folder 0",
        ),
        (lambda csv: csv.with_suffix(".zip").write_bytes(b"PK\x03\x04torn"), r"left\.zip: expected a zip of pictures"),
        (
            lambda csv: zipped(csv.with_suffix(".zip"), lambda members: members.update({"a/00000002.bmp": b""})),
            r"000_left\.zip: expected a picture for each number, found '00000002\.bmp' and 'a/00000002\.bmp'",
        ),
        (
            lambda csv: zipped(csv.with_suffix(".zip"), dict.clear),
            r"000_left\.zip: expected pictures 00000000\.bmp, 00000001\.bmp, \.\.\., found none",
        ),
    ],
)
def test_files_of_labels_that_cannot_be_read_are_named_or_left_out(tmp_path: Path, change, message: str):
    made = write_utmultiview(tmp_path / "in", n_people=1)
    change(tmp_path / "in" / "s00" / "test" / "000_left.csv")
    with pytest.raises(InputError, match=rf"{message}.*--keep-going"):
        prepare_utmultiview(tmp_path / "in", tmp_path / "o.h5")
    report = prepare_utmultiview(tmp_path / "in", tmp_path / "o.h5", keep_going=True)
    check_rows(read(tmp_path / "o.h5"), [each for each in made if "/test/" in each.name][1:])
    assert report.left_out == {"unreadable": 1}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda csv: lines(csv, lambda text: text.__setitem__(3, text[3].replace("600", "nan"))),
            "line 4: .*NaN or inf",
        ),
        (lambda csv: lines(csv, lambda text: text.__setitem__(3, "1," + text[3])), "line 4: its gaze must be a unit"),
        (
            lambda csv: lines(csv, lambda text: text.__setitem__(3, text[3].replace("600", "-600"))),
            "in front of the cam",
        ),
        (
            lambda csv: lines(csv, lambda text: text.__setitem__(3, "0,0,-1,9,9,9,0,0,600")),
            "line 4: its head rotation must be a rotation vector in radians, found more than a full turn",
        ),
        (
            lambda csv: zipped(csv.with_suffix(".zip"), lambda members: members.pop("00000003.bmp")),
            r"000_left\.zip: holds no picture 00000003\.bmp, which a line of 000_left\.csv is for",
        ),
        (
            lambda csv: zipped(csv.with_suffix(".zip"), lambda members: members.update({"00000003.bmp": b"torn"})),
            r"000_left\.zip/00000003\.bmp: expected a picture, found .* that does not decode",
        ),
        (
            lambda csv: zipped(
                csv.with_suffix(".zip"), lambda members: members.update({"00000003.bmp": bytes(5 << 20)})
            ),
            r"00000003\.bmp: expected a picture of an eye, found more than 4 MiB",
        ),
    ],
)
def test_single_eyes_are_named_or_left_out(tmp_path: Path, change, message: str):
    (made,) = [make_recording("s00/test/000_left", 8, 0)]
    change(write_recording(tmp_path / "in", made))
    with pytest.raises(InputError, match=rf"{message}.*--keep-going"):
        prepare_utmultiview(tmp_path / "in", tmp_path / "o.h5")
    report = prepare_utmultiview(tmp_path / "in", tmp_path / "o.h5", keep_going=True)
    found = read(tmp_path / "o.h5")
    assert list(found["view"]) == [0, 1, 2, 4, 5, 6, 7]
    np.testing.assert_array_equal(found["image"], np.delete(made.images, 3, axis=0))
    np.testing.assert_array_equal(found["gaze"], np.delete(made.numbers[:, :3], 3, axis=0))
    assert report.left_out == {"unreadable": 1}
    assert "s00/test/000_left/00000003.bmp," in (tmp_path / "o.h5.rejected.csv").read_text()


def test_a_picture_too_many_has_no_line(tmp_path: Path):
    path = write_recording(tmp_path / "in", make_recording("s00/test/000_left", 8, 0))
    lines(path, list.pop)
    with pytest.raises(InputError, match=r"000_left\.csv: has 7 lines, none for the picture 00000007\.bmp"):
        prepare_utmultiview(tmp_path / "in", tmp_path / "o.h5")


def test_folders_that_hold_something_else(tmp_path: Path):
    with pytest.raises(InputError, match="expected a folder with UT Multiview's sNN/test, but there is no such file"):
        prepare_utmultiview(tmp_path / "in", tmp_path / "o.h5")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "s00-09.zip").write_bytes(b"PK")
    with pytest.raises(InputError, match=r"expected .*sNN/test/NNN_left\.csv .*, found none; unpack s00-09\.zip first"):
        prepare_utmultiview(tmp_path / "in", tmp_path / "o.h5")
    write_utmultiview(tmp_path / "in" / "s00-09")
    shutil.copytree(tmp_path / "in" / "s00-09" / "s01", tmp_path / "in" / "backup" / "s01")
    with pytest.raises(InputError, match=r"s01: the person is also in .*s01, so the rows would be there twice"):
        prepare_utmultiview(tmp_path / "in", tmp_path / "o.h5")
    shutil.rmtree(tmp_path / "in" / "backup")
    (tmp_path / "in" / "s00-09" / "s00" / "test" / "000_left (2).csv").write_text("")
    (tmp_path / "in" / "s00-09" / "s00" / "test" / "000_left").mkdir()
    report = prepare_utmultiview(tmp_path / "in", tmp_path / "o.h5", eye="left")
    assert (report.n_images, report.left_out) == (32, {"other name": 1})
    assert list(report.notes) == ["s00/test/000_left.zip is read and not the folder beside it, as of 1 in all."]
    shutil.rmtree(tmp_path / "in" / "s00-09" / "s00" / "test")
    shutil.rmtree(tmp_path / "in" / "s00-09" / "s01")
    with pytest.raises(InputError, match="in: holds no eyes of --subset test --eye both"):
        prepare_utmultiview(tmp_path / "in", tmp_path / "o.h5", overwrite=True)


def small_units() -> None:
    from gazeaug.sources import utmultiview

    utmultiview.RECORDINGS_PER_UNIT = 2


def test_a_person_in_several_parts_is_read_once_and_whole(tmp_path: Path):
    """As the parts of the set are unpacked, each into a folder of its own; lines end and stand apart in any way."""
    write_utmultiview(tmp_path / "whole")
    write_utmultiview(tmp_path / "in")
    for i, path in enumerate(sorted((tmp_path / "in").rglob("*.csv"))):
        place = tmp_path / "parts" / str(i % 2) / path.parent.relative_to(tmp_path / "in")
        place.mkdir(parents=True, exist_ok=True)
        (place / path.name).write_bytes(path.read_bytes().replace(b"\n", b"\r\n \r\n").replace(b",", b" , "))
        path.with_suffix(".zip").rename(place / f"{path.stem}.zip")
    for name in ("whole", "parts"):
        prepare_utmultiview(tmp_path / name, tmp_path / f"{name}.h5", subset="both", workers=1)
    whole, parts = (contents(tmp_path / f"{name}.h5") for name in ("whole", "parts"))
    for each in (whole, parts):
        del each["attributes"]
    assert whole == parts
    copy = tmp_path / "parts" / "1" / "again" / "s00" / "test"
    copy.mkdir(parents=True)
    (copy / "000_left.csv").write_text("")
    with pytest.raises(InputError, match=r"would be there twice \(both hold s00/test/000_left.csv\)"):
        prepare_utmultiview(tmp_path / "parts", tmp_path / "o.h5", workers=1)


def test_kills_end_as_no_kill(tmp_path: Path):
    write_utmultiview(tmp_path / "in", n_targets=8)
    (tmp_path / "in" / "s00" / "test" / "003_right.zip").unlink()
    command = ["prepare", "utmultiview", "../in", "-o", "o.h5", "--keep-going", "--subset", "both", "--rows", "350"]
    output = killed_and_whole(command, tmp_path / "killed", tmp_path / "whole", n_kills=2, setting=small_units)
    assert len(read(output)["image"]) == 350


def test_the_command(tmp_path: Path):
    write_utmultiview(tmp_path / "in")
    words = ["prepare", "utmultiview", str(tmp_path / "in"), "-o", str(tmp_path / "o.h5"), "--mirror", "right"]
    said = CliRunner().invoke(app, words)
    assert (said.exit_code, "64 eyes ->" in said.stdout, "note" in said.stdout) == (0, True, False), said.output
    before = contents(tmp_path / "o.h5")
    prepare_utmultiview(tmp_path / "in", tmp_path / "again.h5", mirror="right")
    assert contents(tmp_path / "again.h5") == before


# ---------------------------------------------------------------- signs


@pytest.fixture
def real(real_data_folder: Path) -> dict[str, np.ndarray]:
    """Real eyes of two cameras; gaze in the head's frame, true up to a constant a person and camera."""
    with np.load(real_data_folder / "utmultiview" / "dev.npz") as arrays:
        return {name: arrays[name] for name in arrays.files}


def head_gaze(gaze: np.ndarray, head: np.ndarray) -> np.ndarray:
    """Pitch and yaw in the head's frame, in degrees, of OpenCV vectors."""
    angles = CONVENTIONS["mpiigaze"].of_look_vec(CONVENTIONS["opencv"].to_look_vec(to_head_frame(gaze, head)))
    return np.rad2deg(angles[0])


@pytest.mark.real_data
def test_a_true_line_means_what_its_labels_say(real: dict[str, np.ndarray], tmp_path: Path):
    """The true first line of s00/test/000_left.csv, in the head's frame, is where that person is known to have looked.

    With x or y the other way round, or the head's rotation inverse, it is not.
    """
    made = make_recording("s00/test/000_left", 1, 0)
    write_recording(tmp_path / "in", Recording(made.name, made.images, np.array([TRUE_LINE])))
    prepare_utmultiview(tmp_path / "in", tmp_path / "o.h5")
    found = read(tmp_path / "o.h5")
    gaze, head = found["gaze"], found["head_pose"]
    is_line = (real["person"] == 0) & (real["gaze_index"] == 0) & (real["side"] == "left")
    (known,) = np.unique(np.rad2deg(real["gaze_head_nominal_pitchyaw"][is_line]), axis=0)
    assert np.abs(head_gaze(gaze, head) - known).max() < 1
    flips = {"x": np.array([-1, 1, 1]), "y": np.array([1, -1, 1])}
    for signs in flips.values():
        turned = head * signs * signs.prod()  # the same rotation seen in the mirror
        assert np.abs(head_gaze(gaze * signs, turned) - known).max() > 10
    assert np.abs(head_gaze(gaze, -head) - known).max() > 10
    assert said_head_kind(tmp_path / "o.h5") == HEAD_ROTATION


def said_head_kind(path: Path) -> str:
    with h5py.File(path) as file:
        return str(file["head_pose"].attrs["kind"])


@pytest.mark.real_data
def test_real_pupils_are_where_the_gaze_points(real: dict[str, np.ndarray], tmp_path: Path):
    """Real pictures in the distributed layout come back bit for bit, right eyes mirrored, pupils along their gaze."""
    is_right = real["side"] == "right"
    look = CONVENTIONS["mpiigaze"].to_look_vec(real["gaze_head_nominal_pitchyaw"].astype(np.float64))
    gaze = CONVENTIONS["opencv"].of_look_vec(look)
    images = np.where(is_right[:, None, None], real["image"][:, :, ::-1], real["image"])
    gaze[is_right] *= (-1, 1, 1)
    chosen = np.flatnonzero((real["person"] < 4) & (real["gaze_index"] % 4 == 0))
    for key in sorted({(real["person"][i], real["gaze_index"][i], real["side"][i]) for i in chosen}):
        rows = [i for i in chosen if (real["person"][i], real["gaze_index"][i], real["side"][i]) == key]
        write_views(
            tmp_path / "in" / f"s{key[0]:02d}" / "test" / f"{key[1]:03d}_{key[2]}.csv", rows, real, images, gaze
        )
    prepare_utmultiview(tmp_path / "in", tmp_path / "o.h5", mirror="right", keep_going=True)
    found = read(tmp_path / "o.h5")
    order = {
        (f"s{real['person'][i]:02d}", real["gaze_index"][i], real["side"][i], real["camera"][i]): i for i in chosen
    }
    rows = [order[key] for key in zip(*(found[name] for name in ("subject", "target", "side", "view")), strict=True)]
    assert len(rows) == len(chosen)
    np.testing.assert_array_equal(found["image"], real["image"][rows])
    pitchyaw = CONVENTIONS["mpiigaze"].of_look_vec(CONVENTIONS["opencv"].to_look_vec(found["gaze"]))
    np.testing.assert_allclose(pitchyaw, real["gaze_head_nominal_pitchyaw"][rows], atol=1e-5)
    seen = darkest(found["image"])
    for person in ("s00", "s02"):
        for camera in (4, 5):
            each = (found["subject"] == person) & (found["view"] == camera)
            assert np.corrcoef(found["gaze"][each, 0], seen[each, 0])[0, 1] > 0.85  # x right on the screen
            assert np.corrcoef(found["gaze"][each, 1], seen[each, 1])[0, 1] > 0.8  # y down


def write_views(path: Path, rows: list[int], real: dict[str, np.ndarray], images: np.ndarray, gaze: np.ndarray) -> None:
    """A recording of which only some cameras' pictures are at hand."""
    path.parent.mkdir(parents=True, exist_ok=True)
    numbers = np.tile([0, 0, -1, 0, 0, 0, 0, 0, 600.0], (8, 1))
    with zipfile.ZipFile(path.with_suffix(".zip"), "w") as archive:
        for row in rows:
            numbers[real["camera"][row], :3] = gaze[row]
            Image.fromarray(images[row]).save(path.with_name("one.bmp"))
            archive.write(path.with_name("one.bmp"), f"{real['camera'][row]:08d}.bmp")
    path.with_name("one.bmp").unlink()
    path.write_text("".join(",".join(f"{number:g}" for number in line) + "\n" for line in numbers))


def darkest(images: np.ndarray) -> np.ndarray:
    """Middle of the darkest twentieth of the pixels, x and y."""
    places = [np.nonzero(image <= np.quantile(image[6:-6, 8:-8], 0.05)) for image in images]
    return np.array([[xs.mean(), ys.mean()] for ys, xs in places])
