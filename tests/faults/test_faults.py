"""What goes wrong in a night of refining: kills, full disks, changed inputs, damaged shards, failing providers.

Run by `make faults`. Each case ends in one sentence and in no file under the final name, and the same command, once the
cause is gone, ends with the file of a run that nothing happened to.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import models
import numpy as np
import pytest
from conftest import write_eyes
from test_eye_rows import compress, damage
from test_kill import kill_and_resume
from test_units import flip_a_byte

from gazeaug.errors import RunError
from gazeaug.refining import refine
from gazeaug.session import RefinerSession, ort_errors
from gazeaug.verify import verify

pytestmark = pytest.mark.slow
N_KILLS, N_ROWS = 50, 20_000
COMMAND = [sys.executable, "-m", "gazeaug_cli", "refine-dataset"]


def run(source: Path, model: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, str(source), "-m", str(model), "--units-rows", "1024", *options]
    return subprocess.run(command, capture_output=True, text=True)


def killed_run(source: Path, model: Path) -> Path:
    """Start a run and kill it when some of its units are done; its folder of parts."""
    command = [*COMMAND, str(source), "-m", str(model), "--units-rows", "1024"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    parts = source.with_name("unityeyes.refined.h5.parts")
    while process.poll() is None and len(list(parts.glob("unit-*.h5"))) < 3:
        time.sleep(0.005)
    process.kill()
    process.wait()
    assert not source.with_name("unityeyes.refined.h5").exists(), "the run was over before it could be killed"
    return parts


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_eyes(tmp_path / "unityeyes.h5", N_ROWS)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return models.blurring(tmp_path / "refiner.onnx", rounds=120)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 MiB."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(place)], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting a small file system needs root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_fifty_kills_end_as_no_kill(tmp_path: Path):
    kill_and_resume(tmp_path, N_KILLS)


def test_an_output_larger_than_the_disk_is_refused_before_the_start(small_disk: Path, source: Path, model: Path):
    said = run(source, model, "--output", str(small_disk / "out.h5"))
    assert said.returncode == 2
    assert "bytes, but only" in said.stderr
    assert not list(small_disk.iterdir())


def test_a_disk_that_fills_up_on_the_way(small_disk: Path, source: Path, model: Path):
    """Another program takes the room after the check."""
    command = [*COMMAND, str(source), "-m", str(model), "--units-rows", "1024", "--limit", "12000"]
    process = subprocess.Popen([*command, "--output", str(small_disk / "out.h5")], stderr=subprocess.PIPE, text=True)
    while not list((small_disk).glob("out.h5.parts/unit-*.h5")):
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)
    hog = small_disk / "hog"
    room = os.statvfs(small_disk)
    hog.write_bytes(bytes(max(0, room.f_bavail * room.f_frsize - (1 << 20))))
    said = process.communicate()[1]
    assert process.returncode == 1, said
    assert "the disk is full" in said
    assert "Traceback" not in said
    assert not (small_disk / "out.h5").exists()
    hog.unlink()
    assert run(source, model, "--limit", "12000", "--output", str(small_disk / "out.h5")).returncode == 0
    whole = refine(source, model=model, limit=12_000, output=source.with_name("whole.h5")).output
    with h5py.File(small_disk / "out.h5") as found, h5py.File(whole) as expected:
        np.testing.assert_array_equal(found["image"][()], expected["image"][()])


@pytest.mark.parametrize("change", ["mtime", "content", "model"])
def test_what_changed_between_the_kill_and_the_resume_is_named(source: Path, model: Path, change: str):
    killed_run(source, model)
    if change == "mtime":
        os.utime(source)
    elif change == "content":
        write_eyes(source, N_ROWS, seed=1)
    else:
        models.blurring(model, rounds=121)
    said = run(source, model)
    assert said.returncode == 2
    assert {"mtime": "mtime_ns", "content": "head_sha256", "model": "model_sha256 was"}[change] in said.stderr
    assert "--fresh to start over" in said.stderr
    assert run(source, model, "--fresh").returncode == 0


def test_a_second_process_on_one_output_is_refused(source: Path, model: Path):
    command = [*COMMAND, str(source), "-m", str(model), "--units-rows", "1024"]
    first = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not list(source.parent.glob("*.parts/unit-*.h5")):
        time.sleep(0.005)
    said = run(source, model)
    assert (said.returncode, "another process is at work on it" in said.stderr) == (2, True)
    assert first.wait() == 0


@pytest.mark.parametrize("fault", ["truncated", "flipped"])
def test_a_damaged_shard_is_done_again(source: Path, model: Path, fault: str):
    shard = sorted(killed_run(source, model).glob("unit-*.h5"))[1]
    if fault == "truncated":
        os.truncate(shard, shard.stat().st_size // 2)
    else:
        flip_a_byte(shard)
    said = run(source, model)
    assert said.returncode == 0, said.stderr
    assert "1 units of the interrupted run were damaged and were done again" in said.stdout
    assert verify(source.with_name("unityeyes.refined.h5"), against=source).n_images == N_ROWS


def test_a_corrupt_chunk_in_the_middle(source: Path, model: Path):
    damage(compress(source), 700)
    said = run(source, model)
    assert said.returncode == 2
    first, last = map(int, re.search(r"rows (\d+) to (\d+) of 'image' cannot be read", said.stderr).groups())
    assert first <= 700 * 16 <= last
    assert not source.with_name("unityeyes.refined.h5").exists()
    said = run(source, model, "--skip-bad-rows", "--fresh")
    assert said.returncode == 0, said.stderr
    assert "16 rows could not be read and were left out" in said.stdout
    assert verify(source.with_name("unityeyes.refined.h5"), against=source).n_images == N_ROWS - 16


@pytest.mark.parametrize("seed", range(5))
def test_a_provider_that_fails_on_the_way_is_never_left_for_another(
    source: Path, model_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
):
    """The session fails at a random batch: the provider is named, finished units stay, the same call goes on."""

    class Failing:
        def __init__(self, session: Any, n_good: int) -> None:
            self._session, self.n_left = session, n_good

        def run(self, *given: Any) -> Any:
            self.n_left -= 1
            if self.n_left < 0:
                raise ort_errors.RuntimeException("CUDA failure 700: an illegal memory access was encountered")
            return self._session.run(*given)

    n_good = random.Random(seed).randint(20, 250)
    load = RefinerSession.__init__

    def loaded(self: RefinerSession, *given: Any, **options: Any) -> None:
        load(self, *given, **options)
        self._session = Failing(self._session, n_good)

    with monkeypatch.context() as patch:
        patch.setattr(RefinerSession, "__init__", loaded)
        with pytest.raises(RunError, match=r"CPUExecutionProvider failed on a batch .*the same command goes on"):
            refine(source, model=model_path, units_rows=1024)
    assert not source.with_name("unityeyes.refined.h5").exists()
    report = refine(source, model=model_path, units_rows=1024)
    assert report.n_resumed == n_good * 64 // 1024 * 1024
    with h5py.File(report.output) as found, h5py.File(source) as given:
        np.testing.assert_array_equal(found["image"][()], 255 - given["image"][()])
