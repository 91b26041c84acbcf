"""MPIIGaze.h5 as pytorch_mpiigaze takes it: groups, types, numbers of rows, sides, and the way back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from torch.utils.data import ConcatDataset, DataLoader, Dataset, random_split

from gazeaug.converting.conversion import convert
from gazeaug.converting.trainer_rows import Group
from gazeaug.errors import InputError
from gazeaug.gaze.angles import look_vec_to_pitchyaw
from gazeaug.gaze.conventions import CONVENTIONS
from gazeaug.sources.hdf5 import copy_eyes, prepare_mpiigaze_h5
from gazeaug.sources.mpiigaze import prepare_mpiigaze
from tests.makers import sources
from tests.makers.eye_files import write_eyes

PEOPLE = [f"p{index:02}" for index in range(15)]
ANGLES = dict(CONVENTIONS["mpiigaze"].attributes)
N = 1100  # more than two blocks


class OnePerson(Dataset):
    """What hysts/pytorch_mpiigaze demands of a person (gaze_estimation/datasets/mpiigaze.py, OnePersonDataset).

    All of the three datasets in memory, 3,000 rows of each, pictures as they are in [0, 1] with an axis of channels
    before (gaze_estimation/transforms.py), the angles straight into tensors; LeNet takes 36x60 grey and 2 + 2 angles.
    """

    def __init__(self, path: Path, person: str, *, n: int = 3000) -> None:
        with h5py.File(path, "r") as file:
            self.images, self.poses, self.gazes = (
                file.get(f"{person}/{name}")[()] for name in ("image", "pose", "gaze")
            )
        assert len(self.images) == n
        assert len(self.poses) == n
        assert len(self.gazes) == n

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        image = torch.from_numpy(self.images[index].astype(np.float32) / 255)[None, :, :]
        pose, gaze = torch.from_numpy(self.poses[index]), torch.from_numpy(self.gazes[index])
        assert (image.shape, pose.shape, gaze.shape) == ((1, 36, 60), (2,), (2,))
        assert pose.dtype == gaze.dtype == torch.float32  # what the model's weights are
        return image, pose, gaze

    def __len__(self) -> int:
        return len(self.images)


def create_dataset(path: Path, test_id: int, *, is_train: bool) -> Any:
    """What it demands of a file (gaze_estimation/datasets/__init__.py): of configs with `test_id` -1 (all) or 0..14."""
    assert path.exists()
    assert test_id in range(-1, 15)
    if not is_train:
        assert test_id in range(15)
        test = OnePerson(path, PEOPLE[test_id])
        assert len(test) == 3000
        return test
    dataset = ConcatDataset([OnePerson(path, person) for i, person in enumerate(PEOPLE) if i != test_id])
    assert len(dataset) == (45000 if test_id == -1 else 42000)
    n_validated = int(len(dataset) * 0.1)
    return random_split(dataset, [len(dataset) - n_validated, n_validated])


def numbered_eyes(path: Path, n: int, persons: Callable[[int], str] | None = None, **labels: Any) -> Path:
    """Eyes that tell their own row: in four pixels, and in the gaze."""
    images = np.zeros((n, 36, 60), np.uint8)
    rows = np.arange(n, dtype="<u4")
    images[:, 0, :4] = rows.view(np.uint8).reshape(n, 4)
    with h5py.File(path, "w") as file:
        file["image"] = images
        file["gaze"] = np.stack([rows * 1e-6, rows * -2e-6], axis=1).astype("f4")
        file["gaze"].attrs.update(ANGLES)
        if persons is not None:
            file["subject"] = np.array([persons(i) for i in range(n)], dtype=object)
        for name, values in labels.items():
            file[name] = np.array(values, dtype=object) if isinstance(values[0], str) else values
    return path


def rows_written(path: Path) -> dict[str, list[int]]:
    """The rows of `numbered_eyes` that each group holds; pictures and gaze agree on them."""
    found = {}
    with h5py.File(path) as file:
        for name, group in file.items():
            rows = np.ascontiguousarray(group["image"][:, 0, :4]).view("<u4")[:, 0]
            np.testing.assert_allclose(group["gaze"][()], np.stack([rows * 1e-6, rows * -2e-6], axis=1), atol=1e-6)
            found[name] = rows.tolist()
    return found


def of_rows(notes: tuple[str, ...]) -> list[str]:
    return [note for note in notes if note.startswith(("rows:", "persons:"))]


def test_groups_are_persons_with_their_rows_in_order(tmp_path):
    source = write_eyes(tmp_path / "eyes.h5", N, shape=(36, 60))
    report = convert(source, tmp_path / "MPIIGaze.h5", to="mpiigaze-h5")
    assert report.left_out == ("head/pose", "iris_2d", "path")
    assert any("head pose: zeros" in note for note in report.notes)
    with h5py.File(source) as file:
        images, gaze = file["image"][()], look_vec_to_pitchyaw(file["look_vec"][()]).astype("f4")
    for i, person in enumerate(PEOPLE):
        people = OnePerson(report.output, person, n=len(images[i::15]))
        read, poses, gazes = (torch.cat(column) for column in zip(*DataLoader(people, batch_size=32), strict=True))
        np.testing.assert_array_equal(read[:, 0], images[i::15].astype("f4") / 255)
        np.testing.assert_array_equal(gazes, gaze[i::15])
        assert not poses.any()


def test_what_the_trainer_would_stop_at_is_said_with_numbers(tmp_path):
    source = write_eyes(tmp_path / "eyes.h5", N, shape=(36, 60))
    report = convert(source, tmp_path / "o.h5", to="mpiigaze-h5")
    (said,) = of_rows(report.notes)
    assert said == (
        "rows: pytorch_mpiigaze stops unless p00 to p14 are all there with 3,000 rows each (45,000 in all, 42,000 to "
        "train without one), found 15 persons of 73 to 74 rows, 1,100 in all; --for-trainer lays rows out so"
    )
    with pytest.raises(AssertionError):
        create_dataset(report.output, 0, is_train=True)


def test_nothing_is_said_of_the_data_sets_own_numbers(tmp_path):
    source = numbered_eyes(tmp_path / "eyes.h5", 45_000, lambda i: f"p{i // 3000:02d}")
    report = convert(source, tmp_path / "o.h5", to="mpiigaze-h5")
    assert of_rows(report.notes) == []
    assert of_rows(convert(source, tmp_path / "t.h5", to="mpiigaze-h5", for_trainer=True).notes) == []
    assert rows_written(tmp_path / "t.h5") == rows_written(tmp_path / "o.h5")
    assert len(create_dataset(report.output, -1, is_train=True)[0]) == 40_500
    assert len(create_dataset(report.output, 14, is_train=False)) == 3000


def test_a_sixteenth_person_whom_the_trainer_passes_over_is_named(tmp_path):
    source = numbered_eyes(tmp_path / "eyes.h5", 45_010, lambda i: f"p{i // 3000:02d}")
    report = convert(source, tmp_path / "o.h5", to="mpiigaze-h5")
    assert of_rows(report.notes) == ["rows: pytorch_mpiigaze reads p00 to p14 alone, not p15"]
    with pytest.raises(InputError, match=r"--for-trainer lays out 15 persons, 'subject' names 16; take that many"):
        convert(source, tmp_path / "t.h5", to="mpiigaze-h5", for_trainer=True)
    assert not (tmp_path / "t.h5").exists()


SETS = {
    "no persons, fewer rows": (5_000, None),
    "no persons, more rows": (60_007, None),
    "15 persons of other numbers": (30_000, lambda i: f"p{min(14, int((i / 30_000) ** 0.5 * 15)):02d}"),
    "15 persons, taking turns, of more rows": (52_000, lambda i: f"who{i % 15}"),
    "two persons with names of the data set": (4_000, lambda i: ("p07", "p03")[i % 2]),
    "three persons, one of few rows": (4_000, lambda i: "a" if i < 2 else "b" if i < 900 else "c"),
    "15 rows": (15, None),
}


@pytest.mark.parametrize("name", SETS)
def test_rows_laid_out_for_the_trainer(tmp_path, name):
    n, persons = SETS[name]
    source = numbered_eyes(tmp_path / "eyes.h5", n, persons)
    report = convert(source, tmp_path / "M.h5", to="mpiigaze-h5", for_trainer=True)
    for test_id in (-1, 0, 14):
        train, validation = create_dataset(report.output, test_id, is_train=True)
        assert len(next(iter(DataLoader(train, batch_size=32)))[0]) == 32
        assert len(validation) == (4500 if test_id == -1 else 4200)
    create_dataset(report.output, 7, is_train=False)[2999]

    groups = rows_written(report.output)
    assert sorted(groups) == PEOPLE
    times = Counter(row for rows in groups.values() for row in rows)
    of_person = Counter(persons(i) if persons else "" for i in range(n))
    for group, rows in groups.items():
        assert rows == sorted(rows), "in the order of the source"
        (person,) = {persons(row) if persons else "" for row in rows}
        counts = np.array(list(Counter(rows).values()))
        if len(counts) < 3000:  # none is left out of a run that is too short, and none is there twice more than another
            assert counts.max() - counts.min() <= 1
        else:
            assert (counts == 1).all()
        with h5py.File(report.output) as file:
            assert file[group].attrs.get("person", "") == person
        if person in PEOPLE:
            assert person in groups
    shared = [set(groups[a]) & set(groups[b]) for a in PEOPLE for b in PEOPLE if a < b]
    assert not any(shared), "no row is in two groups"

    n_again = sum(count - 1 for count in times.values())
    left_out = f"{n - len(times):,} are left out" if n > len(times) else ""
    again = f"{n_again:,} are there again (a row up to {max(times.values()):,} times)" if n_again else ""
    numbers = f"over {n:,} rows: {left_out}{', ' if left_out and again else ''}"
    assert f"rows: p00 to p14 of 3,000 each, spread evenly {numbers}{again}" in report.notes
    assert any("training and validation alike" in note for note in report.notes) == bool(n_again)
    if persons is None:
        assert any(note.startswith("persons: none are named") for note in report.notes)
    else:
        is_split = any(f"persons: {len(of_person)} became 15 groups" in note for note in report.notes)
        assert is_split == (len(of_person) < 15)


def test_persons_with_names_of_the_data_set_keep_them(tmp_path):
    source = numbered_eyes(tmp_path / "eyes.h5", 4000, lambda i: ("p07", "p03")[i % 2])
    convert(source, tmp_path / "M.h5", to="mpiigaze-h5", for_trainer=True)
    with h5py.File(tmp_path / "M.h5") as file:
        assert [file[name].attrs["person"] for name in ("p07", "p03")] == ["p07", "p03"]
        assert Counter(group.attrs["person"] for group in file.values()) == {"p03": 8, "p07": 7}


def test_the_same_rows_every_time(tmp_path):
    source = numbered_eyes(tmp_path / "eyes.h5", 7000, lambda i: f"who{i % 4}")
    for name in ("a", "b"):
        convert(source, tmp_path / name, to="mpiigaze-h5", for_trainer=True)
    assert rows_written(tmp_path / "a") == rows_written(tmp_path / "b")


@pytest.mark.parametrize("n_rows", [1, 2, 7, 1000, 1999, 2000, 2999, 3000, 3001, 4500, 6000, 6001, 123_457])
def test_a_run_of_any_length_becomes_3000_rows_spread_evenly(n_rows):
    places = np.arange(n_rows)
    times = Group("p00", "", 10, 10 + n_rows).times(places)
    assert times.sum() == 3000
    assert times.max() - times.min() <= 1
    # Of any stretch of the run, its share of rows, within a few.
    ahead = np.concatenate([[0], np.cumsum(times)]) - np.arange(n_rows + 1) * 3000 / n_rows
    assert np.ptp(ahead) < 5


@pytest.mark.parametrize("n_rows", [2000, 4500, 6000, 9000, 12_000])
@pytest.mark.parametrize("period", [2, 3, 4])
def test_no_pattern_of_the_rows_is_favoured(n_rows, period):
    """Left, right, left, right: taking every second row would leave one side out."""
    times = Group("p00", "", 0, n_rows).times(np.arange(n_rows))
    shares = [times[start::period].sum() / 3000 for start in range(period)]
    np.testing.assert_allclose(shares, 1 / period, atol=0.02)


@pytest.mark.parametrize(
    ("n", "persons", "said"),
    [
        (14, None, "--for-trainer lays out 15 groups of rows, found 14 rows"),
        (100, lambda i: f"who{i % 16}", "--for-trainer lays out 15 persons, 'subject' names 16"),
    ],
)
def test_what_makes_no_15_persons_is_refused(tmp_path, n, persons, said):
    source = numbered_eyes(tmp_path / "eyes.h5", n, persons)
    with pytest.raises(InputError, match=said):
        convert(source, tmp_path / "o.h5", to="mpiigaze-h5", for_trainer=True)
    assert not (tmp_path / "o.h5").exists()


def test_it_takes_no_other_size_unless_told(tmp_path):
    source = write_eyes(tmp_path / "eyes.h5", 20, shape=(35, 55, 3))
    with pytest.raises(InputError, match="needs pictures of 36x60, found 35x55; give --size 36x60"):
        convert(source, tmp_path / "o.h5", to="mpiigaze-h5")
    with pytest.raises(InputError, match="needs pictures of 36x60, found 72x120 by --size; give --size 36x60"):
        convert(source, tmp_path / "o.h5", to="mpiigaze-h5", size=(72, 120))
    report = convert(source, tmp_path / "o.h5", to="mpiigaze-h5", size=(36, 60))
    assert report.notes[:2] == ("pictures: RGB became grey", "pictures: resized to 36x60")
    with h5py.File(report.output) as file:
        assert file["p00/image"].shape == (2, 36, 60)


def test_people_with_other_names_are_numbered_and_angles_of_the_head_go_along(tmp_path):
    source = write_eyes(tmp_path / "eyes.h5", 30, shape=(36, 60))
    with h5py.File(source, "r+") as file:
        del file["subject"]
        file["subject"] = [("anna", "b/ob")[i % 2] for i in range(30)]
        file["head_pitchyaw"] = np.arange(60, dtype="f4").reshape(30, 2) / 100
        file["head_pitchyaw"].attrs["units"] = "radians"
        head = file["head_pitchyaw"][()]
    report = convert(source, tmp_path / "o.h5", to="mpiigaze-h5")
    assert report.notes[0] == (
        "persons: those of 'subject' are numbered (p00 is 'anna', p01 is 'b/ob'); the attribute 'person' of a group "
        "says whose"
    )
    assert "head_pitchyaw" not in report.left_out
    with h5py.File(report.output) as file:
        assert [file[name].attrs["person"] for name in ("p00", "p01")] == ["anna", "b/ob"]
        np.testing.assert_array_equal(file["p01/pose"][()], head[1::2])


@pytest.mark.parametrize("values", [[7, 11], [7.0, 11.0], ["p07", "p11"], [b"p07", b"p11"]])
@pytest.mark.parametrize("kind", ["mpiigaze-h5", "faze"])
def test_another_label_names_persons(tmp_path, kind, values):
    given = np.array([values[i % 2] for i in range(30)], dtype=None if not isinstance(values[0], str) else object)
    source = numbered_eyes(tmp_path / "eyes.h5", 30, lambda i: "x", who=given)
    report = convert(source, tmp_path / "o.h5", to=kind, person="who")
    texts = [
        value.decode() if isinstance(value, bytes) else f"{value:.0f}" if isinstance(value, float) else str(value)
        for value in values
    ]
    assert (report.left_out, len(h5py_names(report.output))) == (("subject",), 2)
    with h5py.File(report.output) as file:
        if kind == "faze":
            assert sorted(file) == sorted(texts)
        else:
            assert [file[name].attrs["person"] for name in sorted(file)] == texts


def h5py_names(path: Path) -> list[str]:
    with h5py.File(path) as file:
        return list(file)


@pytest.mark.parametrize("kind", ["mpiigaze-h5", "faze", "gazehub"])
@pytest.mark.parametrize(
    ("label", "values", "said"),
    [
        ("nobody", None, "no label 'nobody'"),
        ("who", np.zeros((30, 2)), r"--person takes a label of one text or whole number a row; 'who' holds float64"),
        ("who", np.zeros(30, bool), r"'who' holds bool in rows of shape \(\)"),
        ("who", np.arange(30) / 2, r"'who' names persons, so its numbers must be whole, found others in rows 1, 3, 5"),
        ("who", np.full(30, np.nan), r"its numbers must be whole, found others in rows 0, 1, 2 and more"),
        ("who", np.array([b"a\xff"] * 30), r"'who' must name persons in UTF-8"),
    ],
)
def test_a_label_that_names_no_persons_is_refused(tmp_path, kind, label, values, said):
    source = numbered_eyes(tmp_path / "eyes.h5", 30, lambda i: "x", **({} if values is None else {label: values}))
    with pytest.raises(InputError, match=said):
        convert(source, tmp_path / "o", to=kind, person=label)
    assert not (tmp_path / "o").exists()


def test_options_of_persons_are_refused_where_there_are_none(tmp_path):
    source = numbered_eyes(tmp_path / "eyes.h5", 30)
    with pytest.raises(InputError, match=r"--person is for --to .*mpiigaze-h5, .*faze.*, not for npz"):
        convert(source, tmp_path / "o", to="npz", person="subject")
    with pytest.raises(InputError, match="--for-trainer is for --to mpiigaze-h5, not for faze"):
        convert(source, tmp_path / "o", to="faze", for_trainer=True)


def test_subjects_that_cannot_name_persons_make_one_person_and_it_is_said(tmp_path):
    source = numbered_eyes(tmp_path / "eyes.h5", 30, subject=np.zeros((30, 2)))
    notes = convert(source, tmp_path / "o.h5", to="mpiigaze-h5").notes
    assert any("all rows are p00, as 'subject' holds float64 in rows of shape (2,)" in note for note in notes)


MIXED = ["left", "right"] * 15
SIDES = {
    "right eyes that were not flipped": (MIXED, [0] * 30, "15 right eyes stand unmirrored beside left ones"),
    "some that were": (MIXED, [0, 1] * 10 + [0] * 10, "5 right eyes stand unmirrored beside left ones"),
    "right eyes alone": (["right"] * 30, [0] * 30, "all eyes are right ones, 30 of them unmirrored"),
    "no label that says it": (MIXED, None, "'side' names 15 right eyes, and no label 'mirrored' says whether"),
    "all flipped": (MIXED, [0, 1] * 15, None),
    "left eyes": (["left"] * 30, None, None),
    "sides of something else": (["up"] * 30, None, None),
    "no sides": (None, None, None),
}


@pytest.mark.parametrize("name", SIDES)
@pytest.mark.parametrize("label", ["side", "eye"])
def test_right_eyes_that_are_not_mirrored_are_told_of(tmp_path, name, label):
    sides, mirrored, said = SIDES[name]
    labels = {**({label: sides} if sides else {}), **({"mirrored": np.uint8(mirrored)} if mirrored else {})}
    source = numbered_eyes(tmp_path / "eyes.h5", 30, **labels)
    notes = convert(source, tmp_path / "o.h5", to="mpiigaze-h5").notes
    told = [note for note in notes if "mirror" in note]
    assert len(told) == (said is not None)
    if said is not None:
        assert said.replace("'side'", f"'{label}'") in told[0]
        assert "prepare mpiigaze --mirror right makes such a file" in told[0]
        assert (f", prepare eyes --where {label}=left leaves right ones out" in told[0]) == ("left" in (sides or ()))


def test_left_eyes_are_named_as_the_label_spells_them(tmp_path):
    source = numbered_eyes(tmp_path / "eyes.h5", 30, eye=["R", "L"] * 15)
    told = next(note for note in convert(source, tmp_path / "o.h5", to="mpiigaze-h5").notes if "mirror" in note)
    assert told.endswith("prepare eyes --where eye=L leaves right ones out.")
    assert copy_eyes(source, tmp_path / "left.h5", where={"eye": "L"}).n_images == 15  # as the sentence says


def test_what_prepare_makes_is_told_of_rightly(tmp_path):
    sources.write_format_5(tmp_path / "in" / "p00" / "day01.mat", sources.make_day(20, 0))
    for mirror, n_told in [(None, 1), ("right", 0)]:
        prepare_mpiigaze(tmp_path / "in", tmp_path / "eyes.h5", mirror=mirror, overwrite=True)
        notes = convert(tmp_path / "eyes.h5", tmp_path / "o.h5", to="mpiigaze-h5", overwrite=True).notes
        assert sum("20 right eyes stand unmirrored" in note for note in notes) == n_told
        assert sum("mirror" in note for note in notes) == n_told
    copy_eyes(tmp_path / "eyes.h5", tmp_path / "left.h5", where={"side": "left"})  # as the sentence says
    assert not any(
        "mirror" in note for note in convert(tmp_path / "left.h5", tmp_path / "l.h5", to="mpiigaze-h5").notes
    )


@pytest.mark.parametrize("names", [["p02", "p10", "p01"], ["ännchen", "b/ob", ""], ["10", "9", "1"]])
def test_eyes_by_way_of_the_trainers_file_keep_every_label_that_it_holds(tmp_path, names):
    """Eye file -> MPIIGaze.h5 -> eye file: rows sorted by person, all labels and the persons' own names."""
    source, n = tmp_path / "eyes.h5", 1500
    numbered_eyes(source, n, lambda i: names[i % 3])
    with h5py.File(source, "r+") as file:
        file["head_pose"] = np.random.default_rng(0).normal(size=(n, 2)).astype("f4") * np.float32(0.3)
        file["head_pose"].attrs.update(ANGLES)
    convert(source, tmp_path / "M.h5", to="mpiigaze-h5")
    prepare_mpiigaze_h5(tmp_path / "M.h5", tmp_path / "back.h5")
    with h5py.File(source) as given, h5py.File(tmp_path / "back.h5") as back:
        subjects = back["subject"].asstr()[()].tolist()
        order = [i for name in dict.fromkeys(subjects) for i in range(n) if names[i % 3] == name]
        assert subjects == [names[i % 3] for i in order]
        assert sorted(set(back)) == sorted(set(given))
        for name in ("image", "gaze", "head_pose"):
            assert back[name].dtype == given[name].dtype
            assert back[name][()].tobytes() == given[name][()][order].tobytes()
        for name in ("gaze", "head_pose"):
            assert dict(back[name].attrs).items() >= ANGLES.items()


def test_a_name_that_no_attribute_can_hold_is_written_so_that_it_can(tmp_path):
    source = numbered_eyes(tmp_path / "eyes.h5", 4, who=np.array([b"a\0b", b"c"] * 2))
    convert(source, tmp_path / "o.h5", to="mpiigaze-h5", person="who")
    with h5py.File(tmp_path / "o.h5") as file:
        assert [group.attrs["person"] for group in file.values()] == ["a\\0b", "c"]
    with pytest.raises(InputError, match="no group or file can have the name of the person"):
        convert(source, tmp_path / "f.h5", to="faze", person="who")


@pytest.mark.parametrize("said", [None, 5, np.zeros(3), b"\xff", "anna"])
def test_an_attribute_that_names_nobody_leaves_the_groups_name(tmp_path, said):
    sources.write_mpiigaze_h5(tmp_path / "m.h5", 4)
    if said is not None:
        with h5py.File(tmp_path / "m.h5", "r+") as file:
            file["p00"].attrs["person"] = said
    prepare_mpiigaze_h5(tmp_path / "m.h5", tmp_path / "e.h5")
    with h5py.File(tmp_path / "e.h5") as file:
        assert set(file["subject"].asstr()) == {"anna" if isinstance(said, str) else "p00"}


def test_heads_as_rotation_vectors_become_angles(tmp_path):
    """By the formula of MPIIGaze's own scripts; SciPy makes the matrices here."""
    rotation = pytest.importorskip("scipy.spatial.transform").Rotation
    day = sources.make_day(20, 0)
    sources.write_format_5(tmp_path / "in" / "p00" / "day01.mat", day)
    prepare_mpiigaze(tmp_path / "in", tmp_path / "eyes.h5", eye="left")
    report = convert(tmp_path / "eyes.h5", tmp_path / "M.h5", to="mpiigaze-h5")
    assert not any(note.startswith(("head", "gaze")) for note in report.notes)
    x, y, z = rotation.from_rotvec(day["left"]["pose"]).as_matrix()[:, :, 2].T
    g_x, g_y, g_z = day["left"]["gaze"].T
    with h5py.File(report.output) as file:
        np.testing.assert_allclose(file["p00/pose"], np.stack([np.arcsin(y), np.arctan2(x, z)], 1), atol=1e-6)
        expected = np.stack([np.arcsin(-g_y), np.arctan2(-g_x, -g_z)], 1)
        np.testing.assert_allclose(file["p00/gaze"], expected, atol=1e-6)
