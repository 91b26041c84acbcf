"""The lists of MPIIGaze's evaluation subset: days of any order in them, each read once, rows as they are listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from gazeaug.errors import InputError
from gazeaug.sources.mat_files import DayReader
from gazeaug.sources.mpiigaze import prepare_mpiigaze
from tests.makers.eye_files import contents
from tests.makers.sources import SIDES, make_day, write_format_5, write_hdf5

Listed = list[tuple[str, int, str]]
"""Day, number of the picture from 1, side."""
N_PICTURES = {
    "p00": {"day01": 6, "day02": 1, "day10": 9},
    "p01": {"day03": 4, "day04": 1},
    "p10": {"day01": 5},
}


@pytest.fixture
def dataset(tmp_path: Path) -> dict[str, Any]:
    """Days of three persons, some of one picture, one of MATLAB 7.3."""
    days = {}
    for person, numbers in N_PICTURES.items():
        for day, n in numbers.items():
            made = make_day(n, len(days))
            write = write_hdf5 if person == "p10" else write_format_5
            write(tmp_path / "in" / person / f"{day}.mat", made)
            days[f"{person}/{day}"] = made
    return days


def drawn(seed: int, n: int) -> dict[str, Listed]:
    """Eyes drawn at random, so that neighbours are of other days and some come twice, as lists of each person."""
    dice = np.random.default_rng(seed)
    every = {
        person: [(day, i + 1, side) for day, n in numbers.items() for i in range(n) for side in SIDES]
        for person, numbers in N_PICTURES.items()
    }
    return {person: [eyes[i] for i in dice.integers(0, len(eyes), n)] for person, eyes in every.items()}


def write_lists(folder: Path, lists: dict[str, Listed]) -> Path:
    folder.mkdir(exist_ok=True)
    for person, eyes in lists.items():
        (folder / f"{person}.txt").write_text("".join(f"{day}/{i:04d}.jpg {side}\n" for day, i, side in eyes))
    return folder


@pytest.fixture
def times_read(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each day is read."""
    found, read = Counter[str](), DayReader.read

    def counting(reader: DayReader, path: Path, *more: Any) -> Any:
        found[f"{path.parent.name}/{path.stem}"] += 1
        return read(reader, path, *more)

    monkeypatch.setattr(DayReader, "read", counting)
    return found


@pytest.mark.parametrize("eye", ["both", "left", "right"])
@pytest.mark.parametrize("mirror", [None, "right"])
def test_rows_are_as_listed_and_days_are_read_once(dataset, times_read, tmp_path: Path, eye: str, mirror: str | None):
    lists = drawn(0, 40)
    folder = write_lists(tmp_path / "lists", lists)
    options = {"lists": folder, "eye": eye, "mirror": mirror}
    report = prepare_mpiigaze(tmp_path / "in", tmp_path / "o.h5", workers=2, **options)
    wanted = [
        (person, *listed) for person, eyes in lists.items() for listed in eyes if eye == "both" or listed[2] == eye
    ]
    assert len({day for person, day, _, _ in wanted[:10]}) > 1
    with h5py.File(tmp_path / "o.h5") as file:
        assert len(file["image"]) == report.n_images == len(wanted)
        for row, (person, day, number, side) in enumerate(wanted):
            given = {name: values[number - 1] for name, values in dataset[f"{person}/{day}"][side].items()}
            is_flipped = mirror == "right" and side == "right"
            image, signs = (given["image"][:, ::-1], (-1, 1, 1)) if is_flipped else (given["image"], (1, 1, 1))
            np.testing.assert_array_equal(file["image"][row], image)
            np.testing.assert_array_equal(file["gaze"][row], given["gaze"] * signs)
            np.testing.assert_array_equal(file["head_pose"][row], given["pose"] * ((1, -1, -1) if is_flipped else 1))
            words = [file[name].asstr()[row] for name in ("subject", "day", "side", "path")]
            assert words == [person, day, side, f"{person}/{day}/{number:04d}.jpg"]
            assert file["mirrored"][row] == is_flipped
    assert times_read == dict.fromkeys({f"{person}/{day}" for person, day, _, _ in wanted}, 1)
    assert any("are named more than once" in note for note in report.notes)


def test_what_is_left_out_stands_in_the_order_of_the_lists(dataset, times_read, tmp_path: Path):
    """A day that cannot be read is told of once; an eye that is not there, or is unfit, each."""
    (tmp_path / "in" / "p00" / "day10.mat").write_bytes(b"torn")
    dataset["p01/day03"]["right"]["gaze"][2] *= 2
    write_format_5(tmp_path / "in" / "p01" / "day03.mat", dataset["p01/day03"])
    p00 = [("day01", 1, "left"), ("day10", 3, "left"), ("day01", 99, "right"), ("day10", 1, "right")]
    p01 = [("day04", 1, "right"), ("day03", 3, "right"), ("day03", 3, "left"), ("day03", 3, "right")]
    lists = {"p00": [*p00, ("day02", 1, "left")], "p01": p01, "p10": [("day01", 5, "left")]}
    options = {"lists": write_lists(tmp_path / "lists", lists)}
    with pytest.raises(InputError, match=r"p00/day10\.mat: .*--keep-going leaves such items out"):
        prepare_mpiigaze(tmp_path / "in", tmp_path / "o.h5", **options)
    assert not list(tmp_path.glob("o.h5*"))
    assert prepare_mpiigaze(tmp_path / "in", tmp_path / "one.h5", rows=1, **options).n_images == 1  # before the torn
    times_read.clear()
    report = prepare_mpiigaze(tmp_path / "in", tmp_path / "o.h5", keep_going=True, **options)
    assert (report.n_images, report.left_out) == (5, {"unreadable": 4})
    with h5py.File(tmp_path / "o.h5") as file:
        assert [path.rsplit("/", 1)[0] for path in file["path"].asstr()] == [
            "p00/day01",
            "p00/day02",
            "p01/day04",
            "p01/day03",
            "p10/day01",
        ]
    items = [line.split(",")[0] for line in (tmp_path / "o.h5.rejected.csv").read_text().splitlines()[1:]]
    unfit = "p01/day03.mat 0003.jpg right"
    assert items == ["p00/day10.mat", "p00/day01.mat 0099.jpg right", unfit, unfit]
    assert set(times_read.values()) == {1}


def test_a_stopped_run_goes_on_with_the_next_person(
    dataset, times_read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    options = {"lists": write_lists(tmp_path / "lists", drawn(1, 30)), "workers": 1}
    prepare_mpiigaze(tmp_path / "in", tmp_path / "whole.h5", **options)
    whole = (tmp_path / "in" / "p10" / "day01.mat").read_bytes()
    (tmp_path / "in" / "p10" / "day01.mat").write_bytes(b"torn")
    with pytest.raises(InputError, match=r"p10/day01\.mat"):
        prepare_mpiigaze(tmp_path / "in", tmp_path / "o.h5", **options)
    (tmp_path / "in" / "p10" / "day01.mat").write_bytes(whole)
    times_read.clear()
    report = prepare_mpiigaze(tmp_path / "in", tmp_path / "o.h5", **options)
    assert (report.n_images, report.n_resumed) == (90, 60)
    assert times_read == {"p10/day01": 1}
    assert contents(tmp_path / "o.h5") == contents(tmp_path / "whole.h5")


def test_lists_without_a_line_are_one_sentence(dataset, tmp_path: Path):
    lists = write_lists(tmp_path / "lists", {"p00": [], "p01": [], "p10": []})
    with pytest.raises(InputError, match="not one row came of the input; nothing is written"):
        prepare_mpiigaze(tmp_path / "in", tmp_path / "o.h5", lists=lists)
    write_lists(lists, {"p01": [("day04", 1, "left")]})
    assert prepare_mpiigaze(tmp_path / "in", tmp_path / "o.h5", lists=lists).n_images == 1


def test_right_eyes_unmirrored_beside_left_ones_are_told_of(dataset, tmp_path: Path):
    """Not of one side alone, and not of mirrored ones."""

    def notes(**options: Any) -> list[str]:
        return list(prepare_mpiigaze(tmp_path / "in", tmp_path / "o.h5", overwrite=True, **options).notes)

    said = "26 right eyes stand unmirrored beside left ones: trainers of MPIIGaze expect right eyes mirrored, with "
    assert notes() == [f"{said}their gaze and head pose; --mirror right does it."]
    assert notes(mirror="right") == notes(eye="right") == notes(eye="left") == []


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("p00.txt", str.upper),
        ("P00.TXT", str.title),
        ("p00.txt", lambda text: text.replace("/", "\\")),
        ("p00.txt", lambda text: "\ufeff\r\n" + text.replace("\n", "\r\n\r\n")),
    ],
)
def test_lists_in_other_letters_name_the_same_eyes(tmp_path: Path, name: str, change: Callable[[str], str]):
    for day in ("day01", "day02"):
        write_format_5(tmp_path / "in" / "p00" / f"{day}.mat", make_day(3, int(day[-1])))
    eyes = [("day02", 3, "right"), ("day01", 1, "left"), ("day02", 1, "left"), ("day01", 2, "right")]
    plain, other = write_lists(tmp_path / "plain", {"p00": eyes}), tmp_path / "other"
    other.mkdir()
    (other / name).write_bytes(change((plain / "p00.txt").read_text()).encode())
    for folder in (plain, other):
        prepare_mpiigaze(tmp_path / "in", tmp_path / f"{folder.name}.h5", lists=folder, workers=1)
    assert same_rows(tmp_path / "other.h5", tmp_path / "plain.h5")


def same_rows(one: Path, other: Path) -> bool:
    """Whether two files hold the same rows."""
    found = [{name: each for name, each in contents(path).items() if name != "attributes"} for path in (one, other)]
    return found[0] == found[1]


def test_two_sizes_of_one_day_are_one_sentence(tmp_path: Path):
    day = make_day(3, 0)
    day["right"]["image"] = day["right"]["image"][:, :30]
    write_format_5(tmp_path / "in" / "p00" / "day01.mat", day)
    with pytest.raises(InputError, match=r"left\.image has the shape \(3, 36, 60\), data\.right\.image \(3, 30, 60\)"):
        prepare_mpiigaze(tmp_path / "in", tmp_path / "o.h5")
