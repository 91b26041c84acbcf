"""ETH-XGaze's files there and back, and as its loader reads them."""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from typer.testing import CliRunner

from gazeaug.converting import xgaze
from gazeaug.converting.conversion import convert
from gazeaug.errors import InputError, RunError
from gazeaug.eyefile.origin import REFINED, RENDERED, Origin
from gazeaug.eyefile.pixel_labels import IN_CROP
from gazeaug.eyefile.reader import EyeFile
from gazeaug.gaze.angles import look_vec_to_pitchyaw
from gazeaug.sources.hdf5 import copy_eyes, prepare_kaggle, prepare_mpiigaze_h5, prepare_xgaze
from gazeaug_cli.app import app
from tests.makers.eye_files import write_eyes
from tests.makers.xgaze import WRITTEN, datasets, write_subject

SMALL = 32  # pixels of a side
MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


def normalised(image: np.ndarray) -> torch.Tensor:
    """The loader's transform: a picture of PIL, numbers of 0 to 1 with channels first, each less its mean."""
    picture = Image.fromarray(image)  # ToPILImage takes no floats, no other number of channels
    assert picture.mode == "RGB"
    channels = torch.from_numpy(np.array(picture).transpose(2, 0, 1)).float() / 255
    return (channels - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)


class GazeDataset(Dataset):
    """As ETH-XGaze's data_loader.py: what it opens, asserts, shuffles and reads, in that order."""

    def __init__(
        self, dataset_path: str, keys_to_use: list[str], sub_folder: str, *, is_shuffle: bool, is_load_label: bool
    ) -> None:
        self.path, self.sub_folder, self.is_load_label = dataset_path, sub_folder, is_load_label
        self.selected_keys = list(keys_to_use)
        assert len(self.selected_keys) > 0
        self.idx_to_kv: list[tuple[int, int]] = []
        for number, key in enumerate(self.selected_keys):
            with h5py.File(os.path.join(self.path, self.sub_folder, key), "r", swmr=True) as hdf:
                assert hdf.swmr_mode
                self.idx_to_kv += [(number, i) for i in range(hdf["face_patch"].shape[0])]
        if is_shuffle:
            random.shuffle(self.idx_to_kv)

    def __len__(self) -> int:
        return len(self.idx_to_kv)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, np.ndarray] | torch.Tensor:
        key, row = self.idx_to_kv[index]
        with h5py.File(os.path.join(self.path, self.sub_folder, self.selected_keys[key]), "r", swmr=True) as hdf:
            assert hdf.swmr_mode
            image = normalised(hdf["face_patch"][row, :][:, :, [2, 1, 0]])
            return (image, hdf["face_gaze"][row, :].astype("float")) if self.is_load_label else image


def loader_of(data_dir: Path, subset: str = "train", *, is_shuffle: bool = False) -> DataLoader:
    """get_train_loader and get_test_loader: the folder is the one that its list names."""
    with open(os.path.join(data_dir, "train_test_split.json")) as file:
        datastore = json.load(file)
    keys = datastore[subset]
    found = GazeDataset(str(data_dir), keys, subset, is_shuffle=is_shuffle, is_load_label=subset == "train")
    return DataLoader(found, batch_size=50)


def subject_of_other_readers(path: Path) -> list[tuple[int, int, np.ndarray]]:
    """What further public readers take from a subject's file: opengaze's XGaze224Subject, GazeNeRF's loaders,
    ackness/eth-xgaze-estimator, and GazeHub's own script, which write and read each row's only number by its axis.
    """
    number, found = int(path.name[7:11]), []
    with h5py.File(path, "r", swmr=True) as hdf:
        for row in range(hdf["frame_index"].size):
            assert hdf["face_mat_norm"][row].shape == (3, 3)
            assert hdf["face_head_pose"][row, :].astype("float32").shape == (2,)
            ",".join(hdf["frame_index"][row, :].astype("str"))
            found.append((number, int(hdf["cam_index"][row][0]), hdf["face_gaze"][row, :]))
    return found


def with_label(path: Path, name: str, values: object) -> Path:
    """The same eye file with one more label."""
    with h5py.File(path, "r+") as file:
        if name in file:
            del file[name]
        file[name] = values
    return path


def test_a_file_as_its_loader_reads_it(tmp_path):
    source = write_eyes(tmp_path / "eyes.h5", 70, shape=(SMALL, SMALL))
    report = convert(source, tmp_path / "subject0000.h5", to="xgaze")
    assert "pictures: grey repeated in 3 channels" in report.notes
    read = GazeDataset(str(tmp_path), ["subject0000.h5"], "", is_shuffle=False, is_load_label=True)
    images, gazes = (torch.cat(column).numpy() for column in zip(*DataLoader(read, 16), strict=True))
    with h5py.File(source) as file:
        grey = np.repeat(file["image"][()][..., None], 3, axis=3)
        np.testing.assert_allclose(images.transpose(0, 2, 3, 1) * STD + MEAN, grey / 255, atol=1e-6)
        np.testing.assert_array_equal(gazes, look_vec_to_pitchyaw(file["look_vec"][()]).astype("f4"))
    unlabelled = GazeDataset(str(tmp_path), ["subject0000.h5"], "", is_shuffle=True, is_load_label=False)
    assert unlabelled[0].shape == (3, SMALL, SMALL)


# There and back


@pytest.mark.parametrize(("n", "size"), [(40, SMALL), (3, 224), (2, WRITTEN)])
def test_what_its_own_script_writes_comes_back_the_same(tmp_path, n, size):
    given = write_subject(tmp_path / "subject0007.h5", n, size=size)
    prepare_xgaze(given, tmp_path / "eyes.h5")
    report = convert(tmp_path / "eyes.h5", tmp_path / "again.h5", to="xgaze")
    assert report.left_out == ()
    assert bool(report.notes) == (size == SMALL)
    assert datasets(tmp_path / "again.h5") == datasets(given)
    with h5py.File(tmp_path / "again.h5") as file:
        assert (file["frame_index"].dtype, file["frame_index"].shape) == (np.int64, (n, 1))
        assert file["face_gaze"].dtype == np.float64
        assert file["face_patch"].chunks[0] * size**2 * 3 <= max(1 << 16, size**2 * 3)


def test_in_the_eye_file_between_pictures_are_rgb_and_landmarks_say_what_they_are(tmp_path):
    given = write_subject(tmp_path / "subject0007.h5", 4, size=SMALL)
    prepare_xgaze(given, tmp_path / "eyes.h5")
    with h5py.File(given) as before, h5py.File(tmp_path / "eyes.h5") as eyes:
        assert (eyes["image"][()] == before["face_patch"][()][..., ::-1]).all()
        assert dict(eyes["facial_landmarks"].attrs) == IN_CROP


@pytest.mark.parametrize("way", ["prepare", "convert"])
def test_landmarks_go_where_resized_faces_go(tmp_path, way):
    """Whole numbers are centres of pixels, as OpenCV has them: 0 becomes -0.25 in half the size."""
    given = write_subject(tmp_path / "subject0007.h5", 6, size=64)
    half = (SMALL, SMALL)
    prepare_xgaze(given, tmp_path / "eyes.h5", **({"size": half} if way == "prepare" else {}))
    convert(tmp_path / "eyes.h5", tmp_path / "again.h5", to="xgaze", **({"resize": half} if way == "convert" else {}))
    with h5py.File(given) as before, h5py.File(tmp_path / "again.h5") as after:
        assert after["face_patch"].shape == (6, SMALL, SMALL, 3)
        np.testing.assert_allclose(after["facial_landmarks"], (before["facial_landmarks"][()] + 0.5) / 2 - 0.5)
        assert after["facial_landmarks"].dtype == np.float64
    changed = {"face_patch", "facial_landmarks"}
    before, after = datasets(given), datasets(tmp_path / "again.h5")
    assert {name: before[name] for name in before if name not in changed} == {
        name: after[name] for name in after if name not in changed
    }


def test_landmarks_of_faces_of_another_size_are_never_moved_as_if_they_were_of_these(tmp_path, caplog):
    """ETH-XGaze's script has a line that resizes faces to 224x224, and leaves the landmarks where they were."""
    given = write_subject(tmp_path / "subject0007.h5", 6, size=64)
    with h5py.File(given, "r+") as file:
        faces = file["face_patch"][:, ::2, ::2]
        del file["face_patch"]
        file["face_patch"] = faces
    prepare_xgaze(given, tmp_path / "eyes.h5")
    assert "'facial_landmarks' lies about" in caplog.text
    assert "not in the middle of pictures of 32x32" in caplog.text
    convert(tmp_path / "eyes.h5", tmp_path / "again.h5", to="xgaze")
    assert datasets(tmp_path / "again.h5") == datasets(given)
    with pytest.raises(InputError, match="'facial_landmarks' looks like places in pixels"):
        convert(tmp_path / "eyes.h5", tmp_path / "small.h5", to="xgaze", size=(16, 16))
    with pytest.raises(InputError, match="'facial_landmarks' looks like places in pixels"):
        prepare_xgaze(given, tmp_path / "small.h5", size=(16, 16))


# What is carried, and of which type


def test_every_label_of_rendered_eyes_is_carried_and_comes_back(tmp_path):
    source = write_eyes(tmp_path / "eyes.h5", 70, shape=(SMALL, SMALL, 3))
    report = convert(source, tmp_path / "x.h5", to="xgaze")
    assert report.left_out == ()
    with h5py.File(source) as given, h5py.File(tmp_path / "x.h5") as made:
        expected = look_vec_to_pitchyaw(given["look_vec"][()]).astype("f4")
        assert made["face_gaze"].dtype == made["face_head_pose"].dtype == np.float32
        np.testing.assert_array_equal(made["face_gaze"], expected)
        assert not made["face_head_pose"][()].any()
    prepare_xgaze(tmp_path / "x.h5", tmp_path / "back.h5")
    with h5py.File(source) as given, h5py.File(tmp_path / "back.h5") as back:
        for name in ("image", "look_vec", "head/pose", "iris_2d", "subject", "path"):
            assert back[name].dtype == given[name].dtype
            assert back[name][()].tolist() == given[name][()].tolist()
    again = convert(tmp_path / "back.h5", tmp_path / "y.h5", to="xgaze")
    assert again.left_out == ()
    with h5py.File(tmp_path / "x.h5") as x, h5py.File(tmp_path / "y.h5") as y:
        assert sorted(x) == sorted(y)
        for name in ("face_patch", "face_gaze", "face_head_pose", "look_vec"):
            assert x[name].dtype == y[name].dtype
            assert x[name][()].tobytes() == y[name][()].tobytes()


@pytest.mark.parametrize(
    ("dtype", "convention", "expected"),
    [("f4", "mpiigaze", "<f4"), ("f8", "mpiigaze", "<f8"), (">f8", "mpiigaze", "<f8"), ("f8", "gazehub", "<f4")],
)
def test_angles_that_are_kept_keep_their_type_and_computed_ones_are_float32(tmp_path, dtype, convention, expected):
    angles = np.random.default_rng(0).uniform(-0.5, 0.5, (9, 2)).astype(dtype)
    with h5py.File(tmp_path / "eyes.h5", "w") as file:
        file["image"], file["gaze"] = np.zeros((9, SMALL, SMALL, 3), "u1"), angles
        file["head_pose"] = angles
    options = {"convention": convention, "head_convention": convention}
    convert(tmp_path / "eyes.h5", tmp_path / "x.h5", to="xgaze", **options)
    with h5py.File(tmp_path / "x.h5") as file:
        for name in ("face_gaze", "face_head_pose"):
            assert file[name].dtype.str == expected
            if convention == "mpiigaze":
                np.testing.assert_array_equal(file[name], angles)


def test_labels_under_its_own_names_never_double_them_and_what_is_lost_is_named(tmp_path):
    source = write_eyes(tmp_path / "eyes.h5", 8, shape=(SMALL, SMALL, 3))
    with h5py.File(source, "r+") as file:
        file["face_patch"], file["face_gaze"] = np.arange(8), np.zeros((8, 3))
        file["face_head_pose/x"] = np.arange(8)
        file["image_of"] = np.arange(8)
    report = convert(source, tmp_path / "x.h5", to="xgaze")
    assert report.left_out == ("face_gaze", "face_head_pose/x", "face_patch")
    with h5py.File(tmp_path / "x.h5") as file:
        assert (file["face_patch"].shape, file["face_gaze"].shape) == ((8, SMALL, SMALL, 3), (8, 2))
        assert "image_of" in file


def test_angles_under_its_own_names_are_looked_at_too(tmp_path):
    prepare_xgaze(write_subject(tmp_path / "x.h5", 8, size=SMALL), tmp_path / "eyes.h5")
    with h5py.File(tmp_path / "eyes.h5", "r+") as file:
        file["look_vec"] = np.tile(np.float32([0, 0, -1]), (8, 1))
        file["look_vec"].attrs["frame"] = "unity_camera"
        file["face_gaze"][5] = np.nan
    with pytest.raises(InputError, match="label 'face_gaze'.*row 5"):
        convert(tmp_path / "eyes.h5", tmp_path / "o.h5", to="xgaze")
    assert not (tmp_path / "o.h5").exists()


def test_only_the_labels_asked_for_go_along_and_gaze_keeps_its_bits(tmp_path):
    given = write_subject(tmp_path / "subject0007.h5", 8, size=SMALL)
    prepare_xgaze(given, tmp_path / "eyes.h5")
    convert(tmp_path / "eyes.h5", tmp_path / "x.h5", to="xgaze", labels=["cam_index"])
    before, after = datasets(given), datasets(tmp_path / "x.h5")
    assert sorted(after) == ["cam_index", "face_gaze", "face_head_pose", "face_patch"]
    assert all(before[name] == after[name] for name in after)


# Files of subjects


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """1,100 rows of four people, whose rows lie scattered."""
    source = write_eyes(tmp_path / "eyes.h5", 1100, shape=(SMALL, SMALL, 3))
    return with_label(source, "subject", [("anna", "b/ob", "", "../c")[i % 4] for i in range(1100)])


def test_a_folder_of_subjects_as_its_loader_reads_it(people, tmp_path, monkeypatch):
    monkeypatch.setattr(xgaze, "MOST_OPEN", 2)  # so that files are closed and opened again
    report = convert(people, tmp_path / "out", to="xgaze", by="subject")
    assert report.left_out == ()
    names = [f"subject{i:04d}.h5" for i in range(4)]
    (mark,) = {*os.listdir(report.output)} - {"train", "train_test_split.json"}
    assert "gazeaug" in mark
    assert sorted(os.listdir(report.output / "train")) == names
    split = json.loads((report.output / "train_test_split.json").read_text())
    assert split == {"train": names, "test": [], "test_person_specific": []}
    order = ["", "../c", "anna", "b/ob"]  # natural
    rows_of = {person: np.arange(("anna", "b/ob", "", "../c").index(person), 1100, 4) for person in order}
    with h5py.File(people) as file:
        images, gaze = file["image"][()], look_vec_to_pitchyaw(file["look_vec"][()]).astype("f4")
    read, gazes = (torch.cat(column) for column in zip(*loader_of(report.output), strict=True))
    rows = np.concatenate([rows_of[person] for person in order])
    np.testing.assert_allclose(read.numpy().transpose(0, 2, 3, 1) * STD + MEAN, images[rows] / 255, atol=1e-6)
    np.testing.assert_array_equal(gazes, gaze[rows])
    assert len(loader_of(report.output, is_shuffle=True).dataset) == 1100
    for person, name in zip(order, names, strict=True):
        with h5py.File(report.output / "train" / name) as file, h5py.File(people) as given:
            assert file.attrs["person"] == person
            assert file["path"][()].tolist() == given["path"][()][rows_of[person]].tolist()
            assert file["look_vec"][()].tobytes() == given["look_vec"][()][rows_of[person]].tobytes()


def test_subjects_of_eth_xgaze_keep_their_numbers_and_all_that_further_readers_want(tmp_path):
    prepare_xgaze(write_subject(tmp_path / "x.h5", 60, size=SMALL), tmp_path / "eyes.h5")
    people = [("subject0003.h5", "subject0011.refined.h5", "subject0000")[i % 3] for i in range(60)]
    with_label(tmp_path / "eyes.h5", "subject", people)
    report = convert(tmp_path / "eyes.h5", tmp_path / "out", to="xgaze", by="subject")
    assert not any("numbered" in note for note in report.notes)
    files = sorted((report.output / "train").iterdir())
    assert [path.name for path in files] == ["subject0000.h5", "subject0003.h5", "subject0011.h5"]
    with h5py.File(tmp_path / "x.h5") as given:
        for path, first in zip(files, (2, 0, 1), strict=True):
            for place, (number, camera, gaze) in enumerate(subject_of_other_readers(path)):
                row = first + 3 * place
                assert (number, camera) == (int(path.name[7:11]), given["cam_index"][row, 0])
                assert gaze.tobytes() == given["face_gaze"][row].tobytes()


@pytest.mark.parametrize(
    ("persons", "files"),
    [
        (["subject0003", "subject0012"], ["subject0003.h5", "subject0012.h5"]),
        (["subject0003", "subject0003.h5"], ["subject0000.h5", "subject0001.h5"]),
        (["subject0003", "subject3"], ["subject0000.h5", "subject0001.h5"]),
        (["p10", "p2"], ["subject0001.h5", "subject0000.h5"]),
        (["p1", "p01"], ["subject0001.h5", "subject0000.h5"]),
        (["Anna", "anna", "../anna"], ["subject0001.h5", "subject0002.h5", "subject0000.h5"]),
        (["subject\u0660\u0660\u0660\u0663", "subject0003"], ["subject0001.h5", "subject0000.h5"]),
    ],
)
def test_no_two_persons_share_a_file_and_no_name_becomes_a_path(persons, files):
    for given in (persons, persons[::-1]):
        assert [xgaze.subject_files(given)[person] for person in persons] == files


def test_a_name_that_no_attribute_can_hold_is_escaped(tmp_path):
    source = write_eyes(tmp_path / "eyes.h5", 4, shape=(SMALL, SMALL, 3))
    with_label(source, "subject", np.array([b"a\0b", b"a", b"a", b"a"]))
    convert(source, tmp_path / "out", to="xgaze", by="subject")
    with h5py.File(tmp_path / "out" / "train" / "subject0001.h5") as file:
        assert file.attrs["person"] == "a\\0b"


def test_a_folder_of_subjects_is_whole_or_not_there(people, tmp_path, monkeypatch):
    output = tmp_path / "out"
    convert(people, output, to="xgaze", by="subject")
    before = sorted(tmp_path.rglob("*"))
    read = EyeFile.read_images

    def fail_later(eyes: EyeFile, start: int, stop: int) -> np.ndarray:
        if start:
            raise OSError(28, "No space left on device")
        return read(eyes, start, stop)

    monkeypatch.setattr(EyeFile, "read_images", fail_later)
    with pytest.raises(RunError, match="the disk is full"):
        convert(people, output, to="xgaze", by="subject", overwrite=True)
    assert sorted(tmp_path.rglob("*")) == before
    monkeypatch.undo()
    with pytest.raises(InputError, match="exists already"):
        convert(people, output, to="xgaze", by="subject")
    convert(people, output, to="xgaze", by="subject", overwrite=True)
    assert sorted(tmp_path.rglob("*")) == before


def test_subjects_by_the_command(people, tmp_path):
    line = ["convert", str(people), "--to", "xgaze", "--by", "subject", "-o", str(tmp_path / "out")]
    result = CliRunner().invoke(app, line)
    assert result.exit_code == 0, result.output
    assert "1,100 eyes" in result.output
    assert "subjects: all 4 are for training" in result.output
    assert "numbered in natural order" in result.output


@pytest.mark.parametrize("options", [{"to": "npz"}, {"to": "mpiigaze-h5"}])
def test_other_targets_have_no_files_of_subjects(people, tmp_path, options):
    with pytest.raises(InputError, match="--by is for --to xgaze, not for"):
        convert(people, tmp_path / "o", by="subject", **options)


def test_rows_of_nobody_are_one_subject_and_any_label_may_name_persons(tmp_path):
    source = write_eyes(tmp_path / "eyes.h5", 40, shape=(SMALL, SMALL, 3))
    with h5py.File(source, "r+") as file:
        del file["subject"]
        file["camera"] = np.arange(40) % 3
    report = convert(source, tmp_path / "o", to="xgaze", by="subject")
    assert "persons: all rows are subject0000, as there is no label 'subject'; --person names another" in report.notes
    assert os.listdir(report.output / "train") == ["subject0000.h5"]
    assert len(loader_of(report.output).dataset) == 40
    with h5py.File(report.output / "train" / "subject0000.h5") as file:
        assert "person" not in file.attrs
        assert len(file["face_patch"]) == 40
    report = convert(source, tmp_path / "p", to="xgaze", by="subject", person="camera")
    for i in range(3):
        with h5py.File(report.output / "train" / f"subject{i:04d}.h5") as file:
            assert file.attrs["person"] == str(i)
            assert file["camera"][()].tolist() == [i] * len(file["face_patch"])


# What the network makes of other pictures


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ((224, 224, 3), []),
        ((448, 448, 3), []),
        ((36, 60, 3), ["36x60, where ETH-XGaze's are faces of 224x224: .* last map is 2x2, not 7x7"]),
        ((32, 32, 3), ["last map is 1x1", "a last batch of one stops the training"]),
    ],
)
def test_other_sizes_than_its_own_are_said(tmp_path, shape, said):
    source = write_eyes(tmp_path / "eyes.h5", 2, shape=shape)
    notes = [note for note in convert(source, tmp_path / "x.h5", to="xgaze").notes if note.startswith("pictures")]
    assert len(notes) == len(said)
    for note, words in zip(notes, said, strict=True):
        assert re.search(words, note)


# Where eyes are from


KINDS: dict[str, tuple[dict[str, object], Callable[..., object]]] = {
    "xgaze": ({}, prepare_xgaze),
    "mpiigaze-h5": ({"resize": (36, 60)}, prepare_mpiigaze_h5),
    "kaggle": ({}, prepare_kaggle),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("made", [{"model_sha256": "0" * 64, "input": "eyes.h5"}, {"source": "UnityEyes"}, None])
def test_where_eyes_are_from_is_known_behind_every_hdf5_layout(tmp_path, kind, made):
    source = write_eyes(tmp_path / "eyes.h5", 6, shape=(36, 60))
    with h5py.File(source, "r+") as file:
        del file.attrs["source"]
        if made is not None:
            file.attrs["provenance"] = json.dumps(made)
    options, back = KINDS[kind]
    convert(source, tmp_path / "x.h5", to=kind, **options)
    back(tmp_path / "x.h5", tmp_path / "back.h5")
    expected = None if made is None else REFINED if "model_sha256" in made else RENDERED
    assert Origin.at(tmp_path / "back.h5").kind == expected
    copy_eyes(tmp_path / "back.h5", tmp_path / "copy.h5")
    assert Origin.at(tmp_path / "copy.h5").kind == expected


@pytest.mark.parametrize(
    ("kind", "options"), [("faze", {}), ("mpiigaze-h5", {}), ("xgaze", {}), ("xgaze", {"by": "subject"})]
)
def test_readers_with_swmr_open_files_of_long_provenance(tmp_path, kind, options):
    source = write_eyes(tmp_path / "eyes.h5", 6, shape=(36, 60))
    with h5py.File(source, "r+", libver="latest") as file:
        file.attrs["provenance"] = json.dumps({"notes": "x" * 100_000})
    output = convert(source, tmp_path / "o", to=kind, **options).output
    for path in output.glob("train/*") if options else [output]:
        for libver in (None, "latest"):
            with h5py.File(path, "r", libver=libver, swmr=True) as file:
                assert file.swmr_mode
                assert json.loads(file.attrs["provenance"])["input_provenance"]["notes"] == "x" * 100_000
