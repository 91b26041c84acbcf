"""Preparing .mat and HDF5 files by units: killed, interrupted or changed, the next call ends with the same file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from gazeaug.errors import InputError, Interrupted
from gazeaug.preparing import source as part_sources
from gazeaug.sources import hdf5 as eye_files
from gazeaug.sources import mpiigaze, people
from gazeaug.sources.hdf5 import Selection, copy_eyes
from gazeaug.sources.mpiigaze import prepare_mpiigaze
from gazeaug_cli.app import app
from tests.makers.eye_files import contents, write_eyes
from tests.makers.kills import killed_and_whole
from tests.makers.sources import make_day, write_faze, write_format_5, write_kaggle, write_mpiigaze_h5, write_xgaze


def set_small_units() -> None:
    part_sources.UNIT_BYTES, mpiigaze.DAYS_PER_UNIT = 1, 1
    eye_files.ROWS_AT_ONCE = people.ROWS_AT_ONCE = 64


@pytest.fixture(autouse=True)
def small_units(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(module, "ROWS_AT_ONCE") for module in (eye_files, people)]
    for module, name in ((part_sources, "UNIT_BYTES"), (mpiigaze, "DAYS_PER_UNIT"), *rows):
        monkeypatch.setattr(module, name, getattr(module, name))  # undone after the test
    set_small_units()


def write_days(folder: Path, n: int) -> Path:
    for day in range(1, n + 1):
        write_format_5(folder / "p00" / f"day{day:02d}.mat", make_day(5, day))
    return folder


def torn_days(folder: Path) -> None:
    write_days(folder, 12)
    (folder / "p00" / "day03.mat").write_bytes(b"torn")


def listed_days(folder: Path) -> None:
    """Six persons, whose lists name each day again and again."""
    (folder / "lists").mkdir(parents=True)
    for person in range(6):
        for day in range(1, 4):
            write_format_5(folder / f"p{person:02d}" / f"day{day:02d}.mat", make_day(5, 10 * person + day))
        lines = [f"day{i % 3 + 1:02d}/{i % 5 + 1:04d}.jpg {('left', 'right')[i % 2]}\n" for i in range(30)]
        (folder / "lists" / f"p{person:02d}.txt").write_text("".join(lines))
    (folder / "p03" / "day02.mat").write_bytes(b"torn")


def listed_rows(path: Path) -> None:
    """Every third row, beside the file."""
    write_eyes(path, 900)
    path.with_name("list.csv").write_text("row\n" + "".join(f"{row}\n" for row in range(0, 900, 3)))


KINDS: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "mpiigaze": (torn_days, ["--keep-going", "--mirror", "right", "--rows", "95"]),
    "mpiigaze lists": (listed_days, ["--keep-going", "--lists", "../in/lists", "--rows", "165"]),
    "mpiigaze-h5": (lambda path: write_mpiigaze_h5(path, 700), ["--size", "35x55"]),
    "faze": (lambda path: write_faze(path, {"a": 300, "b": 100}), ["--size", "16x64"]),
    "xgaze": (lambda path: write_xgaze(path, 400, size=24), ["--grey"]),
    "kaggle": (lambda path: write_kaggle(path, 700), ["--rows", "650"]),
    "eyes": (lambda path: write_eyes(path, 900), ["--where", "subject=p03", "--every", "2", "--rgb"]),
    "eyes lists": (listed_rows, ["--rows-in", "../list.csv", "--every", "2"]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kills_end_as_no_kill(tmp_path: Path, kind: str) -> None:
    make, words = KINDS[kind]
    make(tmp_path / "in")
    command = ["prepare", kind.split()[0], "../in", "-o", "o.h5", *words]
    output = killed_and_whole(command, tmp_path / "killed", tmp_path / "whole", n_kills=2, setting=set_small_units)
    listed = ["o.h5.rejected.csv"] if kind.split()[0] == "mpiigaze" else []
    assert sorted(os.listdir(output.parent)) == ["o.h5", *listed]
    with h5py.File(output) as file:
        n_of = {"mpiigaze": 95, "mpiigaze lists": 165, "mpiigaze-h5": 700, "faze": 400}
        n_eyes = {**n_of, "xgaze": 400, "kaggle": 650, "eyes": 30, "eyes lists": 150}[kind]
        assert len(file["image"]) == n_eyes


def stop_at(monkeypatch: pytest.MonkeyPatch, row: int) -> None:
    """Let reading stop by Ctrl-C at a row of an eye file."""
    read = Selection.read

    def stopping(selection: Selection, start: int) -> Any:
        if start >= row:
            raise KeyboardInterrupt
        return read(selection, start)

    monkeypatch.setattr(Selection, "read", stopping)


def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_eyes(tmp_path / "in.h5", 300)
    with monkeypatch.context() as patch:
        stop_at(patch, 128)
        with pytest.raises(Interrupted, match="what is finished is kept, and the same command resumes"):
            copy_eyes(source, tmp_path / "o.h5")
    with pytest.raises(InputError, match=r"work of another job \(every was 1, is 2"):
        copy_eyes(source, tmp_path / "o.h5", every=2)
    report = copy_eyes(source, tmp_path / "o.h5")
    assert (report.n_images, report.n_resumed) == (300, 128)
    copy_eyes(source, tmp_path / "whole.h5")
    assert contents(tmp_path / "o.h5") == contents(tmp_path / "whole.h5")
    assert not (tmp_path / "o.h5.parts").exists()


def test_a_file_that_changed_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_eyes(tmp_path / "in.h5", 300)
    with monkeypatch.context() as patch:
        stop_at(patch, 256)
        with pytest.raises(Interrupted):
            copy_eyes(source, tmp_path / "o.h5")
    with h5py.File(source, "r+") as file:
        file["image"][5] = 7
    os.utime(source, (1, 1))
    assert copy_eyes(source, tmp_path / "o.h5").n_resumed == 0
    with h5py.File(tmp_path / "o.h5") as file:
        assert np.unique(file["image"][5]).tolist() == [7]


def test_a_changed_day_moves_where_the_limit_falls(tmp_path: Path) -> None:
    """Days behind a changed one are read again too: rows that the limit cut off may be wanted now."""
    root = write_days(tmp_path / "in", 4)
    (root / "p00" / "day04.mat").rename(tmp_path / "kept.mat")
    (root / "p00" / "day04.mat").write_bytes(b"torn")
    with pytest.raises(InputError, match=r"day04\.mat: .*--keep-going"):
        prepare_mpiigaze(root, tmp_path / "o.h5", rows=38)
    assert len(list((tmp_path / "o.h5.parts").glob("unit-*.h5"))) == 3
    (tmp_path / "kept.mat").rename(root / "p00" / "day04.mat")
    write_format_5(root / "p00" / "day02.mat", make_day(3, 9))
    report = prepare_mpiigaze(root, tmp_path / "o.h5", rows=38)
    assert (report.n_images, report.n_resumed) == (36, 10)
    prepare_mpiigaze(root, tmp_path / "whole.h5", rows=38)
    assert contents(tmp_path / "o.h5") == contents(tmp_path / "whole.h5")


def test_rows_that_the_limit_cut_off_come_back_after_two_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last day was cut by the limit; then an earlier one shrinks, and the run stops behind it."""
    root = write_days(tmp_path / "in", 4)
    with monkeypatch.context() as patch:
        patch.setattr("gazeaug.preparing.job.join_shards", stopped)
        with pytest.raises(Interrupted):
            prepare_mpiigaze(root, tmp_path / "o.h5", rows=38)
    write_format_5(root / "p00" / "day02.mat", make_day(3, 9))
    (root / "p00" / "day03.mat").rename(tmp_path / "kept.mat")
    (root / "p00" / "day03.mat").write_bytes(b"torn")
    with pytest.raises(InputError, match=r"day03\.mat: .*--keep-going"):
        prepare_mpiigaze(root, tmp_path / "o.h5", rows=38)
    (tmp_path / "kept.mat").rename(root / "p00" / "day03.mat")
    assert prepare_mpiigaze(root, tmp_path / "o.h5", rows=38).n_images == 36
    prepare_mpiigaze(root, tmp_path / "whole.h5", rows=38)
    assert contents(tmp_path / "o.h5") == contents(tmp_path / "whole.h5")


def stopped(*_: object) -> None:
    """Ctrl-C."""
    raise KeyboardInterrupt


def test_a_kill_just_before_the_tidying_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_eyes(tmp_path / "in.h5", 100)
    with monkeypatch.context() as patch:
        patch.setattr("gazeaug.units.worklog.Worklog.remove", lambda log: None)
        copy_eyes(source, tmp_path / "o.h5")
    report = copy_eyes(source, tmp_path / "o.h5")
    assert (report.n_images, report.n_resumed) == (100, 100)
    assert not (tmp_path / "o.h5.parts").exists()


def test_where_no_row_is_asked_for_nothing_is_left(tmp_path: Path) -> None:
    source = write_eyes(tmp_path / "in.h5", 300)
    with pytest.raises(InputError, match="the input gave no row; nothing is written"):
        copy_eyes(source, tmp_path / "o.h5", where={"subject": "p99"})
    assert sorted(os.listdir(tmp_path)) == ["in.h5"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_read_is_never_replaced(tmp_path: Path, kind: str) -> None:
    """`--overwrite` is for outputs of before: an input would be gone."""
    make, words = KINDS[kind]
    given = tmp_path / "in"
    make(given)
    read = given if given.is_file() else given / "p00" / "day01.mat"
    before = read.read_bytes()
    words = [str(tmp_path / word[3:]) if word.startswith("../") else word for word in words]
    command = ["prepare", kind.split()[0], str(given), *words, "--overwrite"]
    result = CliRunner().invoke(app, [*command, "-o", str(read)])
    assert result.exit_code == 2, result.output
    assert "the output is also the input; give another name with --output." in result.stderr
    assert read.read_bytes() == before
    assert not any(path.name.endswith(".parts") for path in tmp_path.rglob("*"))
    for _ in range(2):
        assert (
            CliRunner().invoke(app, [*command, "-o", str(tmp_path / f"{read.stem.replace('in', 'o')}.h5")]).exit_code
            == 0
        )
