"""FAZE's HDF5 as few_shot_gaze takes it, what its loader and network demand said beforehand, and the way back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image
from torch.utils.data import Dataset

from gazeaug.converting import conversion
from gazeaug.converting.conversion import convert
from gazeaug.errors import InputError
from gazeaug.gaze.angles import look_vec_to_pitchyaw
from gazeaug.gaze.conventions import CONVENTIONS
from gazeaug.sources.faze import prepare_faze
from tests.makers.eye_files import write_eyes

ARABIC = "p\N{ARABIC-INDIC DIGIT ZERO}0"  # decimal digits too
ANGLES = CONVENTIONS["mpiigaze"].attributes


class Faze(Dataset):
    """What NVlabs/few_shot_gaze demands: of a file src/data.py (HDFDataset), of pictures src/models/dt_ed.py (DTED).

    Persons are the groups, in text order, or those of `prefixes` that are there; the number of rows is that of the
    first dataset of a group. A row comes with another of the same person. Pictures are 8-bit RGB for OpenCV, labels
    gaze and head, pitch and yaw. Five halvings leave 2x8 of a picture, and the decoder gives 64x256 to compare with it.
    """

    def __init__(self, path: Path, prefixes: list[str] | None = None, *, at_least: int | None = None) -> None:
        assert path.is_file()
        self.file = h5py.File(path, "r", libver="latest", swmr=True)
        wanted = sorted(self.file.keys()) if prefixes is None else prefixes
        n_least = 1 if at_least is None else at_least
        self.prefixes = [key for key in wanted if key in self.file and self.n_rows(key) >= n_least]
        self.rows = [(key, i) for key in self.prefixes for i in range(self.n_rows(key))]

    def n_rows(self, key: str) -> int:
        return len(next(iter(self.file[key].values())))

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        key, row = self.rows[index]
        group = self.file[key]
        other = np.random.default_rng(index).choice(np.delete(list(range(self.n_rows(key))), row))
        self.entry(group, other)
        return self.entry(group, row)

    def entry(self, group: h5py.Group, row: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        pixels = group["pixels"][row, :]
        assert (pixels.dtype, pixels.ndim, pixels.shape[2]) == (np.uint8, 3, 3)  # equalizeHist takes nothing else
        gaze, head = group["labels"][row, :2], group["labels"][row, 2:4]
        assert gaze.shape == head.shape == (2,)
        return pixels, gaze.astype(np.float32), head.astype(np.float32)

    def check_network(self) -> None:
        for key in self.prefixes:
            _, height, width, _ = self.file[key]["pixels"].shape
            assert (height / 32, width / 32) == (2, 8)
            assert (height, width) == (64, 256)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_eyes(tmp_path_factory.mktemp("source") / "eyes.h5", 1100, shape=(36, 60))


def test_rows_of_persons_as_its_loader_reads_them(source, tmp_path):
    report = convert(source, tmp_path / "faze.h5", to="faze")
    assert report.left_out == ("head/pose", "iris_2d", "path")
    with h5py.File(source) as file:
        images, gaze = file["image"][()], look_vec_to_pitchyaw(file["look_vec"][()]).astype("f4")
    dataset = Faze(report.output)
    assert (len(dataset), len(dataset.prefixes)) == (1100, 15)
    for i in range(0, 1100, 97):
        key, row = dataset.rows[i]
        of_source = int(key[1:]) + 15 * row
        pixels, found, head = dataset[i]
        assert (pixels == images[of_source][..., None]).all()
        np.testing.assert_array_equal(found, gaze[of_source])
        assert not head.any()
    with pytest.raises(AssertionError):
        dataset.check_network()


def test_a_size_that_is_not_the_networks_is_said_before_anything_is_written(source, tmp_path, monkeypatch):
    output = tmp_path / "o.h5"
    report = convert(source, output, to="faze")
    said = (
        "pictures: few_shot_gaze's network takes strips of 64x256 with both eyes, these are 36x60; --size 64x256 "
        "leaves the middle 15x60 of each 36x60 picture, 4.3 times as large"
    )
    assert said in report.notes

    def stop(*given: Any) -> None:
        raise InputError("nothing is written yet")

    target, found = conversion.TARGETS["faze"], []
    checked = lambda rows, how: found.extend(target.check(rows, how)) or found  # noqa: E731
    monkeypatch.setitem(conversion.TARGETS, "faze", replace(target, check=checked, write=stop))
    with pytest.raises(InputError, match="nothing is written yet"):
        convert(source, tmp_path / "p.h5", to="faze")
    assert said in found


def test_resized_as_the_note_says_the_middle_of_the_picture_remains(tmp_path):
    source = write_eyes(tmp_path / "eyes.h5", 4, shape=(36, 60))
    report = convert(source, tmp_path / "o.h5", to="faze", size=(64, 256))
    assert (
        "pictures: of strips of 64x256 they are the middle 15x60 of each 36x60 picture, 4.3 times as large"
        in report.notes
    )
    dataset = Faze(report.output)
    dataset.check_network()
    with h5py.File(source) as file:
        # From row 10.5 to 25.5 of 36.
        middle = Image.fromarray(file["image"][0]).resize((256, 64), Image.Resampling.BICUBIC, box=(0, 10.5, 60, 25.5))
    found = dataset.file["p00"]["pixels"][0]
    np.testing.assert_array_equal(found, np.repeat(np.asarray(middle)[..., None], 3, axis=2))


def test_nothing_is_said_of_strips_of_persons_of_its_split(tmp_path):
    source = write_eyes(tmp_path / "eyes.h5", 800, shape=(64, 256, 3))
    with h5py.File(source, "r+") as file:
        del file["subject"], file["head/pose"]
        file["subject"] = [("00002", "00003")[i % 2] for i in range(800)]
    report = convert(source, tmp_path / "o.h5", to="faze")
    (note,) = report.notes
    assert note.startswith("head pose: zeros, as no label holds pitch and yaw of the head")
    assert len(Faze(report.output, ["00002", "00003", "00005"], at_least=400)) == 800


def named(path: Path, names: list[str]) -> Path:
    """An eye file whose rows belong to these persons."""
    with h5py.File(write_eyes(path, len(names), shape=(36, 60)), "r+") as file:
        del file["subject"]
        file["subject"] = np.array(names, dtype=object)
    return path


def test_persons_whom_training_stops_at_or_passes_over_are_told_of(tmp_path):
    source = named(tmp_path / "eyes.h5", ["anna"] * 400 + ["bob"] * 399 + ["cy"])
    report = convert(source, tmp_path / "o.h5", to="faze")
    persons = [note for note in report.notes if note.startswith("persons:")]
    assert persons == [
        "persons: few_shot_gaze's loader stops at 'cy' of one row, as it draws another row of the same person; leave "
        "such persons out",
        "persons: few_shot_gaze trains on those of 400 rows or more, 1 of 3 here; its --pick-at-least-per-person takes "
        "fewer",
        "persons: few_shot_gaze trains on those that its gazecapture_split.json names (00002, ...): list them",
    ]
    assert Faze(report.output, at_least=400).prefixes == ["anna"]
    assert len(Faze(report.output, ["00002"])) == 0
    dataset = Faze(report.output)
    dataset[798]
    with pytest.raises(ValueError, match="empty"):
        dataset[799]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a/b", "a_b", "c"], "'subject': the persons 'a/b' and 'a_b' would both become 'a_b'"),
        (["", "p00", "p01"], "the persons '' and 'p00' would both become 'p00'"),
        (["a", ".", "b"], r"no group or file can have the name of the person '\.'"),
    ],
)
def test_persons_who_would_become_one_are_refused_by_name(tmp_path, names, said):
    source = named(tmp_path / "eyes.h5", names * 2)
    with pytest.raises(InputError, match=said):
        convert(source, tmp_path / "o.h5", to="faze")
    assert not (tmp_path / "o.h5").exists()


@pytest.mark.parametrize("names", [["a/b", "a", "c"], ["", "p01", "x y"], ["ä", "p1", "p01"]])
def test_other_names_are_kept(tmp_path, names):
    report = convert(named(tmp_path / "eyes.h5", names * 3), tmp_path / "o.h5", to="faze")
    with h5py.File(tmp_path / "o.h5") as file:
        assert sorted(file) == sorted(name.replace("/", "_") or "p00" for name in names)
        assert all(len(group["labels"]) == 3 for group in file.values())
    others = [(name.replace("/", "_") or "p00", name) for name in names if "/" in name or not name]
    said = [note for note in report.notes if "have other names as groups" in note]
    assert said == [
        f"persons: those of 'subject' have other names as groups ({name} is '{person}'); the attribute 'person' of a "
        "group says whose"
        for name, person in others
    ]
    again = prepare_faze(report.output, tmp_path / "again.h5").output
    with h5py.File(again) as file:
        assert sorted(file["subject"].asstr()[()]) == sorted(names * 3)


@pytest.mark.parametrize("kind", ["mpiigaze-h5", "gazehub"])
@pytest.mark.parametrize("names", [["a/b", "a_b", "c"], ["", "p00", "p01"], ["a", "A", "."], ["p00", ARABIC, "p01"]])
def test_nobody_merges_where_persons_are_numbered(tmp_path, kind, names):
    convert(named(tmp_path / "eyes.h5", names * 2), tmp_path / "o", to=kind)
    if kind == "gazehub":
        lines = [path.read_text().splitlines()[1:] for path in (tmp_path / "o" / "Label").iterdir()]
    else:
        with h5py.File(tmp_path / "o") as file:
            lines = [group["gaze"][()] for group in file.values()]
            assert sorted(group.attrs["person"] for group in file.values()) == sorted(names)
    assert list(map(len, lines)) == [2, 2, 2]
