"""Folders of pictures read back by Hugging Face's datasets, by ports of SimGAN, and by `prepare folder`."""

from __future__ import annotations

import csv
import fnmatch
import hashlib
import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from gazeaug.converting.conversion import convert
from gazeaug.errors import InputError
from gazeaug.eyefile.origin import REFINED, Origin, not_to_refine
from gazeaug.sources.folders import prepare_folder
from gazeaug.sources.own_folders import MARK, OLD_MARK
from tests.makers.every_kind import MODEL, check_same, write_every_kind
from tests.makers.eye_files import write_eyes

LAYOUTS = [{"table": table, **more} for table in ("jsonl", "csv") for more in ({}, {"flat": True})]
OTHER_ORDER = {"flat": True, "names": "{subject} {row}.png"}


@pytest.mark.usefixtures("files_left_open")
@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_hugging_face_reads_the_folder(source, images, gaze, tmp_path, monkeypatch, layout):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    report = convert(source, tmp_path / "folder", to="folder", **layout)
    found = datasets.load_dataset("imagefolder", data_dir=str(report.output), cache_dir=str(tmp_path / "cache"))
    rows = found["train"]
    np.testing.assert_array_equal([np.asarray(picture) for picture in rows["image"]], images)
    if layout["table"] == "jsonl":
        np.testing.assert_array_equal(rows["gaze_pitchyaw"][:], gaze)
    else:
        np.testing.assert_array_equal(np.stack([rows["gaze_pitchyaw_0"][:], rows["gaze_pitchyaw_1"][:]], 1), gaze)


@pytest.mark.usefixtures("files_left_open")
@pytest.mark.parametrize("layout", [*LAYOUTS, OTHER_ORDER], ids=str)
def test_the_folder_alone_is_a_dataset_of_every_row(tmp_path, monkeypatch, layout):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    source = write_eyes(tmp_path / "eyes.h5", 12, shape=(36, 60))
    report = convert(source, tmp_path / "folder", to="folder", color=True, labels=["path"], **layout)
    rows = datasets.load_dataset(str(report.output), cache_dir=str(tmp_path / "cache"), split="train")
    with h5py.File(source) as file:
        expected = {text.decode(): image for text, image in zip(file["path"], file["image"], strict=True)}
    assert [picture.mode for picture in rows["image"]] == ["RGB"] * 12
    found = {path: np.asarray(picture)[..., 0] for path, picture in zip(rows["path"], rows["image"], strict=True)}
    assert found.keys() == expected.keys()
    assert all((found[path] == expected[path]).all() for path in expected)


def test_the_table_of_a_folder_holds_every_number_to_the_last_bit(source, tmp_path):
    convert(source, tmp_path / "a", to="folder")
    convert(source, tmp_path / "b", to="folder", table="csv")
    with h5py.File(source) as file:
        given = file["look_vec"][()]
    lines = [json.loads(line) for line in (tmp_path / "a" / "metadata.jsonl").read_text("utf-8").splitlines()]
    assert np.float32([line["look_vec"] for line in lines]).tobytes() == given.tobytes()
    with (tmp_path / "b" / "metadata.csv").open(newline="", encoding="utf-8") as table:
        found = [[np.float32(line[f"look_vec_{i}"]) for i in range(4)] for line in csv.DictReader(table)]
    assert np.array(found).tobytes() == given.tobytes()


@pytest.mark.parametrize("table", ["jsonl", "csv"])
def test_a_table_that_is_named_is_read_as_the_user_says(tmp_path, table):
    source = write_eyes(tmp_path / "eyes.h5", 70, shape=(36, 60))
    report = convert(source, tmp_path / "folder", to="folder", table=table)
    (report.output / MARK).unlink()
    labels = report.output / f"metadata.{table}"
    prepare_folder(report.output, tmp_path / "back.h5", labels=labels, convention="unityeyes", size=(36, 60))
    with h5py.File(tmp_path / "back.h5") as back, h5py.File(source) as given:
        np.testing.assert_array_equal(back["image"][()], given["image"][()])
        assert back["look_vec"][()].astype("f4").tobytes() == given["look_vec"][()].tobytes()
        assert back["look_vec"].attrs["frame"] == "unity_camera"


def test_what_was_refined_is_known_as_such_when_it_is_read_again(tmp_path):
    source = write_every_kind(tmp_path / "eyes.h5", 5)
    report = convert(source, tmp_path / "folder", to="folder", flat=True)
    facts = json.loads((report.output / MARK).read_text("utf-8"))
    assert (facts["eyes"], facts["input_provenance"]) == (["refined"], MODEL)
    for i, folder in enumerate((report.output, report.output / "images")):
        prepare_folder(folder, tmp_path / f"back{i}.h5")
        origin = Origin.at(tmp_path / f"back{i}.h5")
        assert origin.kind == REFINED
        assert not_to_refine([origin])[0].is_proven
        check_same(tmp_path / f"back{i}.h5", source)


def test_pictures_of_another_layout_are_known_to_be_refined_too(tmp_path):
    source = write_every_kind(tmp_path / "eyes.h5", 5)
    convert(source, tmp_path / "hub", to="gazehub")
    prepare_folder(tmp_path / "hub" / "Image", tmp_path / "back.h5")
    assert Origin.at(tmp_path / "back.h5").kind == REFINED


def test_colour_size_and_labels_without_the_gaze_come_back_too(tmp_path):
    source = write_every_kind(tmp_path / "eyes.h5", 9, shape=(35, 50, 3))
    convert(source, tmp_path / "folder", to="folder", labels=["subject", "path"])
    prepare_folder(tmp_path / "folder", tmp_path / "back.h5")
    with h5py.File(source, "r+") as file, h5py.File(tmp_path / "back.h5") as back:
        assert set(back) == {"image", "gaze", "subject", "path"}
        assert dict(back["gaze"].attrs)["pitch_positive"] == "up"
        for name in set(file) - {"image", "subject", "path"}:
            del file[name]
        file.copy(back["gaze"], "gaze")
    check_same(tmp_path / "back.h5", source)


def test_without_pictures_that_were_taken_away_the_rest_keeps_its_labels(tmp_path):
    source = write_every_kind(tmp_path / "eyes.h5", 9)
    folder = convert(source, tmp_path / "folder", to="folder").output
    (folder / "images" / "00000" / "00000003.png").unlink()
    prepare_folder(folder, tmp_path / "back.h5")
    with h5py.File(source) as file, h5py.File(tmp_path / "back.h5") as back:
        assert back["whole/u8"][()].tobytes() == np.delete(file["whole/u8"][()], 3, axis=0).tobytes()


def test_pictures_that_were_resized_since_are_not_resized_back(tmp_path):
    source = write_eyes(tmp_path / "eyes.h5", 3, shape=(36, 60))
    folder = convert(source, tmp_path / "folder", to="folder", labels=["look_vec"]).output
    for path in folder.rglob("*.png"):
        Image.open(path).resize((55, 35)).save(path)
    prepare_folder(folder, tmp_path / "back.h5")
    with h5py.File(tmp_path / "back.h5") as back:
        assert back["image"].shape == (3, 35, 55)
        with Image.open(folder / "images/00000/00000001.png") as picture:
            np.testing.assert_array_equal(back["image"][1], np.asarray(picture))


def test_a_changed_table_is_read_as_any(tmp_path):
    source = write_eyes(tmp_path / "eyes.h5", 9, shape=(36, 60))
    folder = convert(source, tmp_path / "folder", to="folder", labels=["look_vec", "subject"]).output
    table = folder / "metadata.jsonl"
    table.write_text(table.read_text().replace('"p00"', '"anna"'))
    read = prepare_folder(folder, tmp_path / "back.h5")
    assert any("is not as convert wrote it" in note for note in read.notes)
    with h5py.File(tmp_path / "back.h5") as back:
        assert set(back) == {"image", "path"}
        assert back["image"].shape == (9, 35, 55)
    prepare_folder(folder, tmp_path / "named.h5", labels=table, size=(36, 60))
    with h5py.File(tmp_path / "named.h5") as back:
        assert back["subject"][0] == b"anna"
        assert back["look_vec"].dtype == "f8"
        assert "frame" not in back["look_vec"].attrs


def test_what_the_user_says_wins(tmp_path):
    source = write_eyes(tmp_path / "eyes.h5", 9, shape=(36, 60))
    folder = convert(source, tmp_path / "folder", to="folder", labels=["look_vec", "subject"]).output
    table = folder / "metadata.jsonl"
    prepare_folder(folder, tmp_path / "back.h5", labels=table, convention="opencv", size=(18, 30), color=True)
    with h5py.File(tmp_path / "back.h5") as back:
        assert back["look_vec"].attrs["frame"] == "opencv_camera"
        assert back["look_vec"].dtype == "f4"
        assert back["image"].shape == (9, 18, 30, 3)
    (tmp_path / "mine.csv").write_text("".join(["file_name,mood\n", *(f"{i:08d}.png,{i}.5\n" for i in range(9))]))
    prepare_folder(folder, tmp_path / "mine.h5", labels=tmp_path / "mine.csv")
    with h5py.File(tmp_path / "mine.h5") as back:
        assert set(back) == {"image", "mood", "path"}


def test_labels_in_pixels_are_not_left_behind_by_another_size(tmp_path):
    source = write_eyes(tmp_path / "eyes.h5", 9, shape=(36, 60))
    with h5py.File(source, "r+") as file:
        file["face_box"] = np.zeros((9, 4))
        file["face_box"].attrs["units"] = "pixels of the photograph"
    folder = convert(source, tmp_path / "folder", to="folder").output
    with pytest.raises(InputError, match="'iris_2d' is in pixels of pictures of 36x60, .*give --size 36x60"):
        prepare_folder(folder, tmp_path / "back.h5", size=(18, 30))
    folder = convert(source, tmp_path / "other", to="folder", labels=["face_box"]).output
    prepare_folder(folder, tmp_path / "back.h5", size=(18, 30))
    folder = tmp_path / "folder"
    Image.new("L", (30, 18)).save(folder / "images/00000/00000001.png")
    with pytest.raises(
        InputError, match="'iris_2d' seems to hold positions in pixels, and .* of 18x30 would be resized"
    ):
        prepare_folder(folder, tmp_path / "b.h5")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda facts: "{", "cannot be read"),
        (lambda facts: "[]", "cannot be read"),
        (lambda facts: json.dumps({**facts, "labels": {"subject": {"column": "subject"}}}), "cannot be read"),
        (lambda facts: json.dumps({**facts, "image_shape": ["a"]}), "cannot be read"),
        (lambda facts: json.dumps({**facts, "table": "../../etc/passwd"}), None),
        (lambda facts: json.dumps({**facts, "to": "gazehub"}), None),
    ],
)
def test_a_damaged_hidden_file_is_said_and_changes_nothing(tmp_path, change, said):
    source = write_eyes(tmp_path / "eyes.h5", 3, shape=(36, 60))
    folder = convert(source, tmp_path / "folder", to="folder").output
    facts = json.loads((folder / MARK).read_text("utf-8"))
    (folder / MARK).write_text(change(facts), encoding="utf-8")
    read = prepare_folder(folder, tmp_path / "back.h5")
    assert any(said in note for note in read.notes) if said else read.notes == []
    with h5py.File(tmp_path / "back.h5") as back:
        assert set(back) == {"image", "path"}


def test_a_hidden_file_that_says_other_labels_than_the_table_is_refused(tmp_path):
    source = write_eyes(tmp_path / "eyes.h5", 3, shape=(36, 60))
    folder = convert(source, tmp_path / "folder", to="folder").output
    facts = json.loads((folder / MARK).read_text("utf-8"))
    facts["labels"]["subject"]["column"] = "person"
    (folder / MARK).write_text(json.dumps(facts), encoding="utf-8")
    with pytest.raises(InputError, match=r"holds something else than \.gazeaug beside it says"):
        prepare_folder(folder, tmp_path / "back.h5")


def resealed(folder: Path, table: str, change: Callable[[str], str]) -> None:
    """Change the table and let the hidden file vouch for it."""
    path = folder / table
    path.write_text(change(path.read_text("utf-8")), encoding="utf-8")
    facts = json.loads((folder / MARK).read_text("utf-8"))
    facts["table_sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / MARK).write_text(json.dumps(facts), encoding="utf-8")


@pytest.mark.parametrize(
    ("table", "old", "new"),
    [
        ("jsonl", '"subject": "p00"', '"subject": 7'),
        ("jsonl", '"subject": "p00"', '"subject": null'),
        ("jsonl", '"subject": "p00"', '"subject": "longer"'),
        ("jsonl", '"path": "imgs', '"path": "\\u0000'),
        ("jsonl", '"n": 0', '"n": 0.5'),
        ("jsonl", '"n": 0', '"n": 300'),
        ("jsonl", '"n": 0', '"n": "0"'),
        ("jsonl", '"look_vec": [0', '"look_vec": ["0"'),
        ("csv", ",p01", ""),
        ("csv", ",p01", ",p01,more"),
        ("csv", ",p01", ",longer"),
    ],
)
def test_values_that_no_such_label_has_are_refused(tmp_path, table, old, new):
    source = write_eyes(tmp_path / "eyes.h5", 3, shape=(36, 60))
    with h5py.File(source, "r+") as file:
        file["n"] = np.arange(3, dtype="u1")
        file["look_vec"][0] = (0, 0, -1, 0)
    folder = convert(source, tmp_path / "folder", to="folder", table=table).output
    resealed(folder, f"metadata.{table}", lambda text: text.replace(old, new, 1))
    with pytest.raises(InputError, match=r"holds something else than \.gazeaug beside it says"):
        prepare_folder(folder, tmp_path / "back.h5")


@pytest.mark.parametrize(
    "attributes", [{"": "a"}, {"a\0": "b"}, {"a": "b\0"}, {"a": "\ud800"}, {"a": {"texts": ["\0"]}}]
)
def test_attributes_that_no_file_can_hold_are_said(tmp_path, attributes):
    folder = convert(write_eyes(tmp_path / "eyes.h5", 3, shape=(36, 60)), tmp_path / "folder", to="folder").output
    facts = json.loads((folder / MARK).read_text("utf-8"))
    facts["labels"]["subject"]["attributes"] = attributes
    (folder / MARK).write_text(json.dumps(facts), encoding="utf-8")
    assert any("cannot be read" in note for note in prepare_folder(folder, tmp_path / "back.h5").notes)


@pytest.mark.parametrize(("layout", "below"), [({"to": "folder"}, "images/00000"), ({"to": "gazehub"}, "Image/p00")])
def test_a_folder_in_the_folder_of_pictures_is_known_too(tmp_path, layout, below):
    source = write_every_kind(tmp_path / "eyes.h5", 5)
    folder = convert(source, tmp_path / "out", **layout).output
    prepare_folder(folder / below, tmp_path / "back.h5")
    assert Origin.at(tmp_path / "back.h5").kind == REFINED
    if layout["to"] == "folder":
        check_same(tmp_path / "back.h5", source)


def test_a_folder_of_such_folders_is_told_of(tmp_path):
    source = write_eyes(tmp_path / "eyes.h5", 3, shape=(36, 60))
    (tmp_path / "all").mkdir()
    for name in ("a", "b"):
        convert(source, tmp_path / "all" / name, to="folder")
    notes = prepare_folder(tmp_path / "all", tmp_path / "back.h5").notes
    assert sum("convert wrote folders in it (a, b); their labels" in note for note in notes) == 1, notes


def test_folders_of_older_versions_are_replaced(tmp_path):
    source = write_eyes(tmp_path / "eyes.h5", 3, shape=(36, 60))
    folder = convert(source, tmp_path / "folder", to="folder").output
    (folder / MARK).rename(folder / OLD_MARK)
    convert(source, folder, to="webdataset", overwrite=True)
    assert sorted(os.listdir(folder)) == [MARK, "eyes-000000.tar"]


class Carpedm20:
    """As carpedm20/simulated-unsupervised-tensorflow lists and reads rendered eyes (data/gaze_data.py, layers.py).

    It counts N.jpg and N_cropped.png and crops all anew where the numbers differ; the shape of the first picture and
    one channel are the shape of all.
    """

    def __init__(self, folder: Path) -> None:
        names = os.listdir(folder)
        jpegs = fnmatch.filter(names, "*.jpg")
        self.paths = np.array([str(folder / name) for name in fnmatch.filter(names, "*_cropped.png")])
        assert len(jpegs) > 0  # "No images in ... Skip."
        assert len(self.paths) == len(jpegs)
        with Image.open(self.paths[0]) as picture:
            self.dims = [*np.asarray(picture).shape, 1]
        self.paths.sort()

    def __getitem__(self, index: int) -> np.ndarray:
        with Image.open(self.paths[index]) as picture:  # decode_png(channels=3), rgb_to_grayscale, set_shape
            grey = np.asarray(picture.convert("RGB"))[:, :, :1]
        assert list(grey.shape) == self.dims
        return grey


def test_carpedm20s_port_reads_it_beside_the_jpegs(tmp_path):
    source = write_eyes(tmp_path / "eyes.h5", 12, shape=(35, 55))
    stems = [str(i + 1) for i in range(12)]
    with h5py.File(source, "r+") as file:
        file["path"][...] = [f"imgs/{stem}.jpg" for stem in stems]
        images = dict(zip(stems, file["image"][()], strict=True))
    report = convert(source, tmp_path / "out", to="folder", flat=True, names="{path_stem}_cropped.png")
    pictures = report.output / "images"
    for stem in stems:
        (pictures / f"{stem}.jpg").touch()  # UnityEyes' own, which are counted only
    data = Carpedm20(pictures)
    for i, path in enumerate(data.paths):
        np.testing.assert_array_equal(data[i][..., 0], images[Path(path).name.removesuffix("_cropped.png")])
    (pictures / "1_cropped.png").unlink()
    with pytest.raises(AssertionError):
        Carpedm20(pictures)


class Zhangzi1:
    """As zhangzi1/simGAN reads (data.py, utils.py): any of the files below, each a picture of one number a pixel."""

    def __init__(self, path: str) -> None:
        assert os.path.exists(path)
        self.path = path

    def sample(self, num: int) -> list[np.ndarray]:
        matrix = []
        for _, _, files in os.walk(self.path):
            for file in random.sample(files, num):
                with Image.open(self.path + file) as image:
                    numbers = list(image.get_flattened_data())
                    pixels = np.reshape(numbers, [image.size[1], image.size[0]])
                matrix.append(pixels / 127.5 - 1)
        return matrix


@pytest.mark.parametrize("shape", [(35, 55), (35, 55, 3)])
def test_zhangzi1s_port_reads_every_file_of_the_folder(tmp_path, shape):
    source = write_eyes(tmp_path / "eyes.h5", 12, shape=shape)
    report = convert(source, tmp_path / "syn", to="folder", flat=True, names="{row}.png", color=False)
    read = Zhangzi1(f"{report.output}/images/").sample(12)
    assert sorted(os.listdir(report.output / "images")) == sorted(f"{i}.png" for i in range(12))
    expected = []
    for row in range(12):
        with h5py.File(source) as file:
            image = file["image"][row]
        grey = image if image.ndim == 2 else np.asarray(Image.fromarray(image).convert("L"))
        expected.append((grey / 127.5 - 1).tobytes())
    assert sorted(matrix.tobytes() for matrix in read) == sorted(expected)
    with pytest.raises(ValueError, match="Sample larger than population"):
        Zhangzi1(f"{convert(source, tmp_path / 'nested', to='folder').output}/images/").sample(12)


def folder_of_classes(root: Path) -> list[tuple[str, int]]:
    """As torchvision's ImageFolder lists files (AlexHex7/SimGAN_pytorch), and Keras' flow_from_directory
    (mjdietzx/SimGAN): each folder is a class, and holds a picture."""
    classes = sorted(entry.name for entry in os.scandir(root) if entry.is_dir())
    assert classes
    found = []
    for number, name in enumerate(classes):
        below = [
            os.path.join(place, file)
            for place, _, files in sorted(os.walk(root / name, followlinks=True))
            for file in sorted(files)
            if file.lower().endswith((".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"))
        ]
        assert below
        found += [(path, number) for path in below]
    return found


@pytest.mark.parametrize("layout", [{}, {"flat": True}], ids=str)
def test_loaders_of_folders_of_classes_find_the_pictures_alone(tmp_path, layout):
    source = write_eyes(tmp_path / "eyes.h5", 12, shape=(35, 55))
    root = convert(source, tmp_path / "out", to="folder", **layout).output
    found = folder_of_classes(root)
    assert len(found) == 12
    with h5py.File(source) as file:
        for (path, number), image in zip(found, file["image"][()], strict=True):
            with Image.open(path) as picture:
                np.testing.assert_array_equal(np.asarray(picture.convert("RGB")), np.repeat(image[..., None], 3, 2))
            assert number == 0


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        (None, ["00000000.png", "00000001.png", "00000002.png"]),
        ("{row}_cropped.png", ["0_cropped.png", "1_cropped.png", "2_cropped.png"]),
        ("{number:03d}.PNG", ["001.PNG", "002.PNG", "003.PNG"]),
        ("{subject}-{path_stem}.png", ["p00-ä0.png", "p01-ä1.png", "p02-ä2.png"]),
        ("{{{age:4d}}}.png", ["{  30}.png", "{  31}.png", "{  32}.png"]),
        ("{who_age}.png", ["30.png", "31.png", "32.png"]),
    ],
)
def test_names_follow_the_pattern(tmp_path, pattern, names):
    source = write_eyes(tmp_path / "eyes.h5", 3, shape=(36, 60))
    with h5py.File(source, "r+") as file:
        file["age"] = file["who/age"] = np.arange(30, 33)
    folder = convert(source, tmp_path / "out", to="folder", flat=True, names=pattern).output
    assert sorted(os.listdir(folder / "images")) == names
    lines = [json.loads(line) for line in (folder / "metadata.jsonl").read_text("utf-8").splitlines()]
    assert [line["file_name"] for line in lines] == [f"images/{name}" for name in names]


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("eye.png", r"gives all 20 pictures one name; put \{row\} or another field into it"),
        ("{subject}.png", r"rows 0 and 15: --names \{subject\}.png calls both 'p00.png'; put \{row\}"),
        ("{name}.png", "rows 1 and 4: .*calls both 'b.png' and 'B.png', one file where capital letters do not count"),
        ("{row}.jpg", "must end in .png"),
        ("{row}", "must end in .png"),
        ("{place}.png", r"row 2: --names \{place\}.png gives 'a/b2.png', which holds '/'; choose other fields"),
        ("../{row}.png", "row 0: .* gives '../0.png', which holds '/'"),
        ("{path}.png", "row 0: .* which holds '/'"),
        (".{row}.png", "which is hidden, or no name"),
        ("{empty}.png", "row 0: .* gives '.png', which is hidden"),
        ("{con}.png", "'Con.png', which is a device of Windows"),
        ("{row:0300d}.png", r"expected \{row\}, or \{row:06d\} for a whole number with leading zeros"),
        ("{row!r}.png", r"expected \{row\}, or"),
        ("{row.__class__}.png", r"no field \{row.__class__\}; there are \{row\}, \{number\}, \{path_stem\}"),
        ("{subject[0]}.png", r"no field \{subject\[0\]\}"),
        ("{look_vec}{row}.png", r"no field \{look_vec\}"),
        ("{}{row}.png", r"no field \{\}"),
        ("{row.png", "write .* for a brace"),
        ("{subject:>9}{row}.png", r"expected \{subject\}, or"),
        ("{row:{subject}}.png", r"expected \{row\}, or"),
        ("x" * 250 + "{row}.png", "row 19: .* of 256 bytes, more than the 255 that a disk takes"),
    ],
)
def test_names_that_no_disk_should_have_are_refused_before_anything_is_written(tmp_path, pattern, said):
    source = write_eyes(tmp_path / "eyes.h5", 20, shape=(36, 60))
    with h5py.File(source, "r+") as file:
        file["name"] = [("a", "b", "c", "d", "B")[i] if i < 5 else f"e{i}" for i in range(20)]
        file["place"] = [f"b{i}" if i < 2 else f"a/b{i}" for i in range(20)]
        file["empty"] = [""] * 20
        file["con"] = [f"a{i}" if i else "Con" for i in range(20)]
    with pytest.raises(InputError, match=said):
        convert(source, tmp_path / "out", to="folder", flat=True, names=pattern)
    assert sorted(os.listdir(tmp_path)) == ["eyes.h5"]


def test_many_pictures_in_one_folder_are_said(tmp_path, monkeypatch):
    monkeypatch.setattr("gazeaug.converting.folder.MANY", 4)
    source = write_eyes(tmp_path / "eyes.h5", 5, shape=(36, 60))
    report = convert(source, tmp_path / "out", to="folder", flat=True)
    assert "pictures: 5 in one folder; listing it takes long on network disks" in report.notes


@pytest.mark.parametrize(("color", "is_said"), [(None, False), (True, True), (False, False)])
def test_ports_that_take_grey_are_named_where_pictures_are_not(tmp_path, color, is_said):
    source = write_eyes(tmp_path / "eyes.h5", 3, shape=(36, 60))
    report = convert(source, tmp_path / "flat", to="folder", flat=True, color=color)
    said = "pictures: RGB; ports of SimGAN that read one folder (carpedm20, zhangzi1) need --grey"
    assert (said in report.notes) == is_said
    assert said not in convert(source, tmp_path / "nested", to="folder", color=color).notes


def test_labels_with_a_column_in_common_are_refused(tmp_path):
    source = write_eyes(tmp_path / "eyes.h5", 5, shape=(36, 60))
    with h5py.File(source, "r+") as file:
        file["look_vec_3"] = np.zeros(5)
    with pytest.raises(InputError, match="two labels would become the column 'look_vec_3' of a CSV; .*--table jsonl"):
        convert(source, tmp_path / "o", to="folder", table="csv")
    convert(source, tmp_path / "o", to="folder")
    prepare_folder(tmp_path / "o", tmp_path / "back.h5")
    check_same(tmp_path / "back.h5", source)


def test_options_of_folders_are_refused_where_they_say_nothing(tmp_path):
    source = write_eyes(tmp_path / "eyes.h5", 5, shape=(36, 60))
    with pytest.raises(InputError, match="--names is for pictures in one folder; give --flat too"):
        convert(source, tmp_path / "o", to="folder", names="{row}.png")
    with pytest.raises(InputError, match="--flat is for --to folder, not for npz"):
        convert(source, tmp_path / "o", to="npz", flat=True)
    with pytest.raises(InputError, match="--rgb is for .*folder; the pictures of mpiigaze-h5 are always grey"):
        convert(source, tmp_path / "o", to="mpiigaze-h5", color=True)
