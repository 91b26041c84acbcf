"""Eye files held open between requests: never against a job, and never answered with what another file held."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

from gazeaug.errors import InputError
from gazeaug.eyefile.hdf5 import open_hdf5
from gazeaug.eyefile.reader import open_eyes
from gazeaug_studio import eye_files
from gazeaug_studio.errors import Refused
from gazeaug_studio.eye_files import EyeFiles, Seen, State, state_of
from gazeaug_studio.workspace import Workspace
from tests.makers.eye_files import write_eyes

WRITING = """
import h5py, sys
with h5py.File(sys.argv[1], "r+", locking=True) as file:
    file["drift_px"] = [float(row) for row in range(len(file["image"]))]
"""


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> EyeFiles:
    found = EyeFiles()
    monkeypatch.setattr(eye_files, "FILES", found)
    yield found
    found.close()


def stored(path: Path) -> np.ndarray:
    with h5py.File(path) as file:
        return file["image"][()]


def seen(path: Path) -> Seen:
    return Seen(Workspace.at(path.parent), path.name, State.of(path))


def test_a_file_is_opened_once(tmp_path: Path, files: EyeFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    one, opened = seen(write_eyes(tmp_path / "a.h5")), []
    monkeypatch.setattr(eye_files, "open_eyes", lambda *a, **k: opened.append(a) or open_eyes(*a, **k))
    for _ in range(3):
        with one.reading() as eyes:
            assert eyes.n_images == 150
    assert len(opened) == 1


def test_few_files_are_open_at_once(tmp_path: Path, files: EyeFiles) -> None:
    write_eyes(tmp_path / "a.h5", 4)
    for i in range(eye_files.MOST_OPEN + 3):
        shutil.copy(tmp_path / "a.h5", tmp_path / f"{i}.h5")
        with seen(tmp_path / f"{i}.h5").reading():
            pass
    assert len(files) == eye_files.MOST_OPEN


def test_at_the_end_of_the_process_nothing_is_read_any_more(tmp_path: Path, files: EyeFiles) -> None:
    """HDF5 ends while threads live that read; those crashed now and then."""
    one, read = seen(write_eyes(tmp_path / "a.h5")), threading.Event()

    def read_on() -> None:
        with one.reading():
            read.set()

    with one.reading() as eyes:
        pass
    files.end()
    threading.Thread(target=read_on, daemon=True).start()
    assert not read.wait(0.2)
    with pytest.raises(InputError, match="has been closed"):
        eyes.read_images(0, 1)
    files._lock.release()
    assert read.wait(20)


def test_an_idle_file_is_closed(tmp_path: Path, files: EyeFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eye_files, "IDLE_SECONDS", 0.05)
    monkeypatch.setattr(eye_files, "IDLE_PER_SECOND", 0)
    with seen(write_eyes(tmp_path / "a.h5")).reading() as eyes:
        pass
    until = time.monotonic() + 20
    while len(files) and time.monotonic() < until:
        time.sleep(0.02)
    assert len(files) == 0
    assert ", closed:" in repr(eyes)


def test_a_job_writes_into_a_file_that_is_held(tmp_path: Path, files: EyeFiles) -> None:
    path = write_eyes(tmp_path / "a.h5")
    with seen(path).reading() as eyes:
        assert "drift_px" not in eyes.labels
    assert len(files) == 1
    subprocess.run([sys.executable, "-c", WRITING, str(path)], check=True, timeout=60)
    with seen(path).reading() as eyes:
        assert eyes.read_label("drift_px", 7, 8)[0] == 7


def test_a_file_that_is_open_here_with_a_lock_is_opened_too(tmp_path: Path, files: EyeFiles) -> None:
    path = write_eyes(tmp_path / "a.h5")
    with h5py.File(path), seen(path).reading() as eyes:
        assert eyes.n_images == 150
    with seen(path).reading(), open_hdf5(path) as file:
        assert len(file["image"]) == 150


def test_a_file_that_another_program_writes_is_refused(tmp_path: Path, files: EyeFiles) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w", libver="v110") as file:
        file["image"] = np.zeros((3, 4, 4), np.uint8)
        file.flush()
        code = f"import h5py; h5py.File({str(path)!r}, locking=False)"
        assert subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60).returncode == 1


def test_a_replaced_file_is_not_answered_for(tmp_path: Path, files: EyeFiles) -> None:
    old = seen(write_eyes(tmp_path / "a.h5", 150))
    with old.reading():
        pass
    os.replace(write_eyes(tmp_path / "b.h5", 20, seed=1), tmp_path / "a.h5")
    with pytest.raises(Refused, match=r"a.h5: has changed since it was opened") as refused, old.reading():
        pass
    assert refused.value.status == 409
    with seen(tmp_path / "a.h5").reading() as eyes:
        assert eyes.n_images == 20


def test_what_changes_while_it_is_read_is_not_answered_with(tmp_path: Path, files: EyeFiles) -> None:
    one = seen(write_eyes(tmp_path / "a.h5"))
    with pytest.raises(Refused, match="has changed"), one.reading() as eyes:
        eyes.read_images(0, 2)
        with one.path.open("ab") as file:
            file.write(b"more")
    assert len(files) == 0


def test_a_scan_ends_where_the_file_is_replaced(tmp_path: Path, files: EyeFiles, monkeypatch) -> None:
    monkeypatch.setattr(eye_files, "SCAN_ROWS", 50)
    one, starts = seen(write_eyes(tmp_path / "a.h5", 150)), []
    with pytest.raises(Refused, match="has changed"):
        for start in one.scan(lambda eyes, start, stop: start):
            starts.append(start)
            os.replace(write_eyes(tmp_path / "b.h5", 150, seed=1), one.path)
    assert starts == [0]


def test_a_deleted_file(tmp_path: Path, files: EyeFiles) -> None:
    one = seen(write_eyes(tmp_path / "a.h5"))
    with one.reading():
        pass
    one.path.unlink()
    with pytest.raises(Refused, match=r"a.h5: no such file in this folder") as refused, one.reading():
        pass
    assert refused.value.status == 404
    with pytest.raises(Refused):
        state_of(one.path, "a.h5")


@pytest.mark.parametrize("keep", [100, 3000])
def test_a_truncated_file(tmp_path: Path, files: EyeFiles, keep: int) -> None:
    path = write_eyes(tmp_path / "a.h5")
    os.truncate(path, keep)
    with pytest.raises(Refused, match=r"^a\.h5: expected an HDF5 file of eyes, found") as refused, seen(path).reading():
        pass
    assert refused.value.status == 422


def test_what_is_no_hdf5(tmp_path: Path, files: EyeFiles) -> None:
    (tmp_path / "a.h5").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99))
    one, sentence = seen(tmp_path / "a.h5"), r"^a\.h5: expected an HDF5 file of eyes, found a PNG"
    with pytest.raises(Refused, match=sentence), one.reading():
        pass


def test_threads_take_turns(tmp_path: Path, files: EyeFiles) -> None:
    path = write_eyes(tmp_path / "a.h5")
    wanted, faults = stored(path), []

    def read(number: int) -> None:
        for row in range(number, 150, 8):
            with seen(path).reading() as eyes:
                if not (eyes.read_images(row, row + 1)[0] == wanted[row]).all():
                    faults.append(row)

    threads = [threading.Thread(target=read, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
