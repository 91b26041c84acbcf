"""What goes wrong in a night of refining: kills, full disks, changed inputs, damaged shards, failing providers.

Run by `make faults`. Each case ends in one sentence and in no file under the final name, and the same command, once the
cause is gone, ends with the file of a run that nothing happened to.
"""

from __future__ import annotations

import ast
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from gazeaug.errors import RunError
from gazeaug.refining.verify import verify
from gazeaug.refining.work import refine
from gazeaug.runtime.opening import ort_errors
from gazeaug.runtime.session import RefinerSession
from tests.makers import models
from tests.makers.eye_files import compress, damage, flip_a_byte, write_eyes
from tests.makers.kills import N_ROWS, interruptible, kill_and_resume, n_done

pytestmark = pytest.mark.slow
N_KILLS = 50
COMMAND = [sys.executable, "-m", "gazeaug_cli", "refine-dataset"]


def run(source: Path, model: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, str(source), "-m", str(model), "--rows-per-unit", "1024", *options]
    return subprocess.run(command, capture_output=True, text=True)


def killed_run(source: Path, model: Path, *options: str) -> Path:
    """Start a run and kill it when some of its units are done; its folder of parts."""
    command = [*COMMAND, str(source), "-m", str(model), "--rows-per-unit", "1024", *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    parts = source.with_name("unityeyes.refined.h5.parts")
    while process.poll() is None and n_done(parts) < 3:
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


@pytest.mark.parametrize(("n_kills", "options"), [(N_KILLS, ()), (10, ("--compression", "lzf"))])
def test_fifty_kills_end_as_no_kill(tmp_path: Path, n_kills: int, options: tuple[str, ...]):
    """In place, and with shards that are joined."""
    kill_and_resume(tmp_path, n_kills, *options)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("options", [(), ("--layout", "sharded")])
def test_a_polite_stop_is_gone_on_with(source: Path, model: Path, number: signal.Signals, options: tuple[str, ...]):
    process = interruptible([*COMMAND, str(source), "-m", str(model), "--rows-per-unit", "1024", *options])
    while not n_done(source.with_name("unityeyes.refined.h5.parts")):
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)
    process.send_signal(number)
    said = process.communicate(timeout=30)[1]
    assert process.returncode == 130
    assert "the same command resumes" in said
    assert "Traceback" not in said
    again = run(source, model, *options)
    assert "resuming an interrupted run" in again.stdout
    assert verify(source.with_name("unityeyes.refined.h5"), against=source).n_images == N_ROWS


def test_an_output_larger_than_the_disk_is_refused_before_the_start(small_disk: Path, source: Path, model: Path):
    (small_disk / "hog").write_bytes(bytes(10 << 20))
    said = run(source, model, "--output", str(small_disk / "out.h5"))
    assert said.returncode == 2
    assert re.search(r"needs [\d,]+ bytes, but only 6,291,456 are free", said.stderr)
    assert [path.name for path in small_disk.iterdir()] == ["hog"]


def test_a_disk_that_fills_up_on_the_way(small_disk: Path, source: Path, model: Path):
    """Another program takes the room after the check."""
    command = [*COMMAND, str(source), "-m", str(model), "--rows-per-unit", "1024", "--rows", "12000"]
    process = subprocess.Popen([*command, "--output", str(small_disk / "out.h5")], stderr=subprocess.PIPE, text=True)
    while not n_done(small_disk / "out.h5.parts"):
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
    assert run(source, model, "--rows", "12000", "--output", str(small_disk / "out.h5")).returncode == 0
    whole = refine(source, model=model, rows=12_000, output=source.with_name("whole.h5")).output
    with h5py.File(small_disk / "out.h5") as found, h5py.File(whole) as expected:
        np.testing.assert_array_equal(found["image"][()], expected["image"][()])


@pytest.mark.parametrize("change", ["mtime", "size", "content", "model"])
def test_what_changed_between_the_kill_and_the_resume_is_named(source: Path, model: Path, change: str):
    killed_run(source, model)
    if change == "mtime":
        os.utime(source)
    elif change == "size":
        write_eyes(source, N_ROWS + 64)
    elif change == "content":
        write_eyes(source, N_ROWS, seed=1)
    else:
        models.blurring(model, rounds=121)
    said = run(source, model)
    assert said.returncode == 2
    assert changed_parts(said.stderr) >= {"mtime": {"mtime_ns"}, "size": {"bytes"}, "content": {"head_sha256"}}.get(
        change, {"model_sha256"}
    )
    assert "--fresh to start over" in said.stderr
    assert run(source, model, "--fresh").returncode == 0


def changed_parts(complaint: str) -> set[str]:
    """What a refusal says has changed: parts of the input, or the model."""
    found = {"model_sha256"} if "model_sha256 was" in complaint else set()
    records = re.search(r"input was ({.*?}), is ({.*?})", complaint)
    if records:
        was, now = map(ast.literal_eval, records.groups())
        found |= {key for key in was if was[key] != now[key]}
    return found


def test_a_second_process_on_one_output_is_refused(source: Path, model: Path):
    command = [*COMMAND, str(source), "-m", str(model), "--rows-per-unit", "1024"]
    first = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not n_done(source.with_name("unityeyes.refined.h5.parts")):
        time.sleep(0.005)
    first.send_signal(signal.SIGSTOP)  # it still holds its lock, and cannot be done before the second one is there
    said = run(source, model)
    first.send_signal(signal.SIGCONT)
    assert (said.returncode, "another process is at work on it" in said.stderr) == (2, True), said.stderr
    assert first.wait() == 0


@pytest.mark.parametrize("options", [(), ("--layout", "sharded")])
@pytest.mark.parametrize("fault", ["truncated", "flipped"])
def test_damaged_work_is_done_again(source: Path, model: Path, fault: str, options: tuple[str, ...]):
    """Rows in place, or a shard."""
    parts = killed_run(source, model, *options)
    damaged = sorted(parts.glob("unit-*.h5"))[1] if options else parts / "rows"
    if fault == "truncated":
        os.truncate(damaged, damaged.stat().st_size // 2)
    elif options:
        flip_a_byte(damaged)
    else:
        content = np.memmap(damaged, mode="r+")
        content[(1024 + 300) * 16 * 18] ^= 1
        content.flush()
    said = run(source, model, *options)
    assert said.returncode == 0, said.stderr
    assert re.search(r"damaged in the interrupted run and done again: [1-9]\d* units?", said.stdout)
    assert verify(source.with_name("unityeyes.refined.h5"), against=source).n_images == N_ROWS


@pytest.mark.parametrize("fault", ["truncated", "flipped"])
def test_merge_and_verify_name_the_damaged_unit(source: Path, model_path: Path, fault: str):
    def share(index: str) -> subprocess.CompletedProcess[str]:
        return run(source, model_path, "--num-units", "2", "--unit-index", index)

    share("1"), share("0")
    output = source.with_name("unityeyes.refined.h5")
    shard = sorted(output.with_name(output.name + ".parts").glob("unit-*.h5"))[3]
    whole = shard.read_bytes()
    if fault == "truncated":
        shard.write_bytes(whole[: len(whole) // 2])
    else:
        flip_a_byte(shard)
    merge = [sys.executable, "-m", "gazeaug_cli", "merge", str(output)]
    said = subprocess.run(merge, capture_output=True, text=True)
    assert said.returncode == 2
    assert "unit 3 of 20" in said.stderr
    assert "--unit-index 0 does them again" in said.stderr
    assert not output.exists()
    assert "damaged in the interrupted run and done again" in share("0").stdout
    assert subprocess.run(merge, capture_output=True).returncode == 0
    with h5py.File(output, "r+") as file:
        file["image"][3 * 1024 + 5, 2, 2] ^= 1
    said = subprocess.run([*merge[:3], "verify", str(output)], capture_output=True, text=True)
    assert said.returncode == 1
    assert "unit 3, rows 3072 to 4095" in said.stderr


def test_a_corrupt_chunk_in_the_middle(source: Path, model: Path):
    damage(compress(source), 700)
    said = run(source, model)
    assert said.returncode == 2
    first, last = map(int, re.search(r"rows (\d+) to (\d+) of 'image' cannot be read", said.stderr).groups())
    assert first <= 700 * 16 <= last
    assert not source.with_name("unityeyes.refined.h5").exists()
    said = run(source, model, "--skip-bad-rows", "--fresh")
    assert said.returncode == 0, said.stderr
    assert "they cannot be read: 16 rows, listed in" in said.stdout
    assert verify(source.with_name("unityeyes.refined.h5"), against=source).n_images == N_ROWS - 16


@pytest.mark.parametrize("seed", range(5))
def test_a_provider_that_fails_on_the_way_is_never_left_for_another(
    source: Path, model_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
):
    """The session fails at a random batch: the provider is named, finished units stay, the same call goes on."""

    calls, n_good = iter(range(10**6)), random.Random(seed).randint(20, 250)
    refine_bound = RefinerSession.run_bound

    def fail(self: RefinerSession, binding: Any) -> None:
        if next(calls) >= n_good:
            raise ort_errors.EPFail("CUDA failure 700: an illegal memory access was encountered")
        refine_bound(self, binding)

    options: dict[str, Any] = {"model": model_path, "rows_per_unit": 1024, "batch_size": 64, "threads": 1}
    with monkeypatch.context() as patch:
        patch.setattr(RefinerSession, "run_bound", fail)
        with pytest.raises(RunError, match=r"CPUExecutionProvider failed on a batch .*run the same command to resume"):
            refine(source, **options)
    assert not source.with_name("unityeyes.refined.h5").exists()
    report = refine(source, **options)
    assert report.n_resumed == (n_good + 1) * 64 // 1024 * 1024  # the very first batch is not bound
    with h5py.File(report.output) as found, h5py.File(source) as given:
        np.testing.assert_array_equal(found["image"][()], 255 - given["image"][()])


def test_nan_in_the_middle_of_a_run(tmp_path: Path):
    """One black pixel makes the model give NaN: the run stops there, and what came before is kept."""
    source = write_eyes(tmp_path / "unityeyes.h5", N_ROWS)
    with h5py.File(source, "r+") as file:
        images = np.maximum(file["image"][()], 1)
        images[12_000, 3, 3] = 0
        file["image"][...] = images
    model = models.nan_where_black(tmp_path / "refiner.onnx")
    said = run(source, model)
    assert said.returncode == 1
    assert "gave NaN or infinity" in said.stderr
    assert not source.with_name("unityeyes.refined.h5").exists()
    assert n_done(source.with_name("unityeyes.refined.h5.parts")) == 11
    said = run(source, model, "--rows", "12000", "--fresh")
    assert said.returncode == 0, said.stderr
