"""Preparing by units: killed, interrupted or stopped, the next call goes on and ends with the same file."""

from __future__ import annotations

import csv
import os
import sys
import time
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image

from gazeaug.errors import InputError, Interrupted
from gazeaug.pictures.decoding import read_plain
from gazeaug.preparing import source
from gazeaug.preparing.job import PrepareReport
from gazeaug.refining.joining import merge
from gazeaug.sources.folders import prepare_folder
from tests.makers.kills import killed_and_whole
from tests.makers.processes import started

N, UNIT = 700, 64


def set_small_units() -> None:
    source.UNIT_ITEMS = UNIT


@pytest.fixture(autouse=True)
def small_units(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "UNIT_ITEMS", UNIT)


def write_pictures(folder: Path, n: int) -> Path:
    """Small pictures, each of another grey, and a table with their numbers."""
    folder.mkdir()
    for i in range(n):
        Image.new("L", (22, 18), i % 256).save(folder / f"{i}.png")
    lines = [f"{i}.png,{i},p{i % 7}" for i in range(n)]
    folder.with_suffix(".csv").write_text("\n".join(["file,number,subject", *lines]) + "\n")
    return folder


def prepare(tmp_path: Path, name: str, **options: Any) -> PrepareReport:
    table = tmp_path / "in.csv"
    return prepare_folder(tmp_path / "in", tmp_path / name, labels=table, size=(18, 22), workers=1, **options)


def interrupt_at(monkeypatch: pytest.MonkeyPatch, number: int, tmp_path: Path) -> None:
    """Prepare until a picture, where Ctrl-C comes."""
    with monkeypatch.context() as patch:
        stop_at(patch, number, KeyboardInterrupt())
        with pytest.raises(Interrupted):
            prepare(tmp_path, "o.h5")


def stop_at(monkeypatch: pytest.MonkeyPatch, number: int, error: BaseException) -> None:
    """Let reading fail at a picture."""

    def read(path: Path, *args: Any, **options: Any) -> np.ndarray:
        if path.name == f"{number}.png":
            raise error
        return read_plain(path, *args, **options)

    monkeypatch.setattr("gazeaug.sources.folders.read_plain", read)


@pytest.mark.slow
def test_kills_end_as_no_kill(tmp_path: Path) -> None:
    """SIGKILL at random moments, of reading, writing and joining, in two folders by the very same command."""
    write_pictures(tmp_path / "in", N)
    (tmp_path / "in" / "77.png").write_bytes(b"torn")
    words = ["prepare", "folder", "../in", "--labels", "../in.csv", "--size", "18x22", "--workers", "2", "-o", "o.h5"]
    command = [*words, "--keep-going"]
    output = killed_and_whole(command, tmp_path / "killed", tmp_path / "whole", n_kills=5, setting=set_small_units)
    assert sorted(os.listdir(output.parent)) == ["o.h5", "o.h5.rejected.csv"]
    with h5py.File(output) as file:
        assert file["number"][()].tolist() == [i for i in range(N) if i != 77]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_reading_processes_end_with_a_killed_parent(tmp_path: Path) -> None:
    write_pictures(tmp_path / "in", N)
    words = ["prepare", "folder", "in", "--size", "18x22", "--workers", "2", "-o", "o.h5"]
    process = started(words, folder=tmp_path, said=tmp_path / "said.txt", setting=set_small_units)
    while process.is_alive() and not list(tmp_path.glob("o.h5.parts/unit-*.h5")):
        time.sleep(0.01)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert len(children) >= 2
    process.kill()
    process.join()
    patience = time.monotonic() + 20
    while any(map(is_alive, children)) and time.monotonic() < patience:
        time.sleep(0.05)
    assert not any(map(is_alive, children))


def is_alive(pid: str) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_bad_item_costs_its_unit_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pictures(tmp_path / "in", 300)
    prepare(tmp_path, "whole.h5")
    (tmp_path / "in" / "200.png").rename(tmp_path / "kept.png")
    (tmp_path / "in" / "200.png").write_bytes(b"torn")
    with pytest.raises(InputError, match=r"200\.png: expected a picture.*--keep-going"):
        prepare(tmp_path, "o.h5")
    assert len(list((tmp_path / "o.h5.parts").glob("unit-*.h5"))) == 3
    report = prepare(tmp_path, "o.h5", keep_going=True)
    assert (report.n_images, report.n_rejected, report.n_resumed) == (299, 1, 192)
    with h5py.File(tmp_path / "o.h5") as file, h5py.File(tmp_path / "whole.h5") as whole:
        for name in ("image", "number", "subject", "path"):
            np.testing.assert_array_equal(file[name][()], np.delete(whole[name][()], 200, axis=0))
    assert not (tmp_path / "o.h5.parts").exists()


def test_what_was_left_out_before_the_stop_is_listed_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pictures(tmp_path / "in", 300)
    for number in (5, 250):
        (tmp_path / "in" / f"{number}.png").write_bytes(b"torn")
    with monkeypatch.context() as patch:
        stop_at(patch, 150, KeyboardInterrupt())
        with pytest.raises(Interrupted, match="what is finished is kept, and the same command resumes"):
            prepare(tmp_path, "o.h5", keep_going=True)
    with pytest.raises(InputError, match=r"5\.png: expected a picture"):
        prepare(tmp_path, "o.h5")  # without --keep-going, what was left out stops the run
    report = prepare(tmp_path, "o.h5", keep_going=True)
    assert (report.n_images, report.n_rejected, report.n_resumed) == (298, 2, 128)
    with (tmp_path / "o.h5.rejected.csv").open() as file:
        assert [Path(item).name for item, _ in list(csv.reader(file))[1:]] == ["5.png", "250.png"]


def test_changed_files_and_damaged_shards_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pictures(tmp_path / "in", 300)
    interrupt_at(monkeypatch, 280, tmp_path)
    Image.new("L", (22, 18), 255).save(tmp_path / "in" / "70.png")
    os.utime(tmp_path / "in" / "70.png", (1, 1))  # older, as a file restored from elsewhere may be
    with h5py.File(tmp_path / "o.h5.parts" / "unit-000002.h5", "r+") as file:
        file["image"][7] = 1
    assert prepare(tmp_path, "o.h5").n_resumed == 2 * UNIT
    prepare(tmp_path, "whole.h5")
    with h5py.File(tmp_path / "o.h5") as file, h5py.File(tmp_path / "whole.h5") as whole:
        assert file["image"][70].min() == 255
        np.testing.assert_array_equal(file["image"][()], whole["image"][()])


def test_another_job_does_not_go_on_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pictures(tmp_path / "in", 300)
    interrupt_at(monkeypatch, 150, tmp_path)
    with pytest.raises(InputError, match=r"work of another job \(fit was crop, is pad"):
        prepare(tmp_path, "o.h5", fit="pad")
    with pytest.raises(InputError, match="holds the work of gazeaug prepare"):
        merge(tmp_path / "o.h5")
    (tmp_path / "in" / "1000.png").write_bytes((tmp_path / "in" / "1.png").read_bytes())
    with pytest.raises(InputError, match="no row names the picture 1000"):  # before the first picture is read
        prepare(tmp_path, "o.h5")
    with (tmp_path / "in.csv").open("a") as table:
        table.write("1000.png,1000,p0\n")
    with pytest.raises(InputError, match=r"work of another job \(items was 300, is 301"):
        prepare(tmp_path, "o.h5")
    assert prepare(tmp_path, "o.h5", rows=300, fresh=True).n_resumed == 0


def test_a_kill_just_before_the_tidying_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pictures(tmp_path / "in", 100)
    with monkeypatch.context() as patch:
        patch.setattr("gazeaug.units.worklog.Worklog.remove", lambda log: None)
        prepare(tmp_path, "o.h5")
    assert (tmp_path / "o.h5.parts").exists()
    report = prepare(tmp_path, "o.h5")
    assert (report.n_images, report.n_resumed) == (100, 100)
    assert not (tmp_path / "o.h5.parts").exists()


def test_nothing_is_kept_of_a_run_that_finished_no_unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pictures(tmp_path / "in", 100)
    stop_at(monkeypatch, 50, KeyboardInterrupt())
    with pytest.raises(Interrupted, match="stopped; nothing is"):
        prepare(tmp_path, "o.h5")
    assert not list(tmp_path.glob("o.h5*"))


def test_where_nothing_can_be_read_nothing_is_left(tmp_path: Path) -> None:
    write_pictures(tmp_path / "in", 130)
    for path in (tmp_path / "in").iterdir():
        path.write_bytes(b"torn")
    with pytest.raises(InputError, match=r"not one of 130 items could be read; the first: .*0\.png"):
        prepare(tmp_path, "o.h5", keep_going=True)
    assert not list(tmp_path.glob("o.h5*"))
