"""File systems without locks: the work goes on, two processes still keep apart, and a kill is still gone on with."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

from gazeaug.errors import InputError
from gazeaug.refining.verify import verify
from gazeaug.units.worklog import Worklog
from tests.makers import models
from tests.makers.eye_files import write_eyes
from tests.makers.kills import n_done

SOURCE = Path(__file__).parents[1] / "makers" / "no_locks.c"
COMMAND = [sys.executable, "-m", "gazeaug_cli"]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that takes flock away."""
    if sys.platform != "linux" or shutil.which("cc") is None:
        pytest.skip("taking flock away needs Linux and a C compiler")
    made = tmp_path_factory.mktemp("no_locks") / "no_locks.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(made), str(SOURCE)], check=True)
    return made


def environment(library: Path, number: int, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "HDF5_USE_FILE_LOCKING"}
    return {**kept, "LD_PRELOAD": str(library), "NO_LOCKS": str(number), **more}


def gazeaug(folder: Path, variables: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], cwd=folder, env=variables, capture_output=True, text=True)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
@pytest.mark.parametrize("more", [{}, {"HDF5_USE_FILE_LOCKING": "FALSE"}], ids=["as it is", "locking off"])
def test_refining_works_without_locks(
    library: Path, eyes_path: Path, model_path: Path, number: int, more: dict[str, str]
) -> None:
    variables = environment(library, number, **more)
    said = gazeaug(eyes_path.parent, variables, "refine-dataset", eyes_path.name, "-m", model_path.name)
    assert said.returncode == 0, said.stderr
    assert "unityeyes.refined.h5: its file system has no locks" in said.stderr
    assert verify(eyes_path.with_name("unityeyes.refined.h5"), against=eyes_path).n_images == 150
    assert {path.name for path in eyes_path.parent.iterdir()} == {
        "unityeyes.h5",
        "refiner.onnx",
        "unityeyes.refined.h5",
    }


@pytest.mark.parametrize("options", [("--layout", "sharded"), ("--compression", "gzip")])
def test_shards_are_read_without_locks(
    library: Path, eyes_path: Path, model_path: Path, options: tuple[str, ...]
) -> None:
    """One file is open several times in a process then, and a virtual dataset opens others."""
    given = ["refine-dataset", eyes_path.name, "-m", model_path.name, "--rows-per-unit", "64", *options]
    variables = environment(library, errno.ENOLCK)
    assert gazeaug(eyes_path.parent, variables, *given).returncode == 0
    checked = gazeaug(eyes_path.parent, variables, "verify", "unityeyes.refined.h5", "--against", eyes_path.name)
    assert (checked.returncode, "150 rows, 3 units as written" in checked.stdout) == (0, True), checked.stderr
    with h5py.File(eyes_path) as before, h5py.File(eyes_path.with_name("unityeyes.refined.h5")) as after:
        np.testing.assert_array_equal(after["image"][()], 255 - before["image"][()])


def test_preparing_works_without_locks(library: Path, eyes_path: Path) -> None:
    said = gazeaug(
        eyes_path.parent, environment(library, errno.ENOLCK), "prepare", "eyes", "unityeyes.h5", "-o", "o.h5"
    )
    assert said.returncode == 0, said.stderr
    with h5py.File(eyes_path) as before, h5py.File(eyes_path.with_name("o.h5")) as after:
        np.testing.assert_array_equal(after["image"][()], before["image"][()])


def test_locks_that_the_environment_asks_for_and_nobody_has(library: Path, eyes_path: Path) -> None:
    said = gazeaug(
        eyes_path.parent, environment(library, errno.ENOLCK, HDF5_USE_FILE_LOCKING="TRUE"), "inspect", "unityeyes.h5"
    )
    assert said.returncode == 2
    assert "unityeyes.h5: its file system has no locks, but HDF5_USE_FILE_LOCKING=TRUE" in said.stderr


def test_a_kill_is_gone_on_with_and_a_second_process_kept_away(library: Path, tmp_path: Path) -> None:
    source, model = write_eyes(tmp_path / "unityeyes.h5", 4000), models.blurring(tmp_path / "m.onnx", rounds=120)
    variables = environment(library, errno.ENOLCK)
    given = ["refine-dataset", source.name, "-m", model.name, "--rows-per-unit", "256"]
    process = subprocess.Popen([*COMMAND, *given], cwd=tmp_path, env=variables, stdout=subprocess.DEVNULL)
    while not n_done(tmp_path / "unityeyes.refined.h5.parts"):
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(signal.SIGSTOP)  # it still holds its lock, and cannot be done before the second one is there
    second = gazeaug(tmp_path, variables, *given)
    process.kill()
    process.wait()
    assert second.returncode == 2
    assert "another process is at work on it" in second.stderr
    assert "lock.held" in second.stderr
    resumed = gazeaug(tmp_path, variables, *given)
    assert resumed.returncode == 0, resumed.stderr
    assert "resuming an interrupted run" in resumed.stdout
    assert verify(tmp_path / "unityeyes.refined.h5", against=source).n_images == 4000


def test_shares_hold_locks_of_their_own_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", fails)
    logs = [Worklog(tmp_path / "o.h5", {"rows": 1}) for _ in range(3)]
    with logs[0].held(fresh=False, share=0), logs[1].held(fresh=False, share=1):
        with pytest.raises(InputError, match="another process is at work on it"), logs[2].held(fresh=False, share=1):
            pass
        with pytest.raises(InputError, match="another process is at work on it"), logs[2].held(fresh=False):
            pass
    with logs[2].held(fresh=False):
        pass
