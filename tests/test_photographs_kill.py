"""SIGKILL of `prepare photos` at random moments: typed again until it is done, it ends as a run that nobody killed."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import h5py
import numpy as np
import pytest
from photo_makers import write_video

from benchmarks.photograph_changes import read_photographs

if not all(map(find_spec, ("mediapipe", "skimage", "matplotlib", "av"))):
    pytest.skip("the extras 'eyes' and 'video' are not installed; make test-eyes has them", allow_module_level=True)

N_KILLS = 5
N_PICTURES, N_FRAMES = 72, 64  # enough for several processes
# As the command, with a unit of 16 pictures or clips in place of 1,024, so that a short run has several.
COMMAND = """
from gazeaug import photos
from gazeaug_cli.app import app

if __name__ == "__main__":
    photos.ITEMS_PER_UNIT = 16
    app(prog_name="gazeaug")
"""


def test_kills_over_pictures_and_a_video_end_as_no_kill(tmp_path: Path) -> None:
    make_inputs(tmp_path / "in")
    (tmp_path / "photos_in_small_units.py").write_text(COMMAND)
    command = [sys.executable, str(tmp_path / "photos_in_small_units.py"), "prepare", "photos", str(tmp_path / "in")]
    command += ["--workers", "2", "-o"]
    whole, killed = tmp_path / "whole.h5", tmp_path / "killed.h5"
    subprocess.run([*command, str(whole)], check=True, capture_output=True)

    parts, dice, n_killed, n_resumed = tmp_path / "killed.h5.parts", random.Random(0), 0, 0
    while True:
        process = subprocess.Popen([*command, str(killed)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if n_killed < N_KILLS:
            wait_for_more_units(process, parts, n_killed % 2)
            time.sleep(dice.uniform(0, 1))
            n_killed += process.poll() is None
            process.kill()
        said = process.communicate()[0]
        assert process.returncode in (0, -signal.SIGKILL), said
        n_resumed += "had been read by an interrupted run" in said
        # A kill may come after the last rename: the file is then whole, and the next command only tidies up.
        if killed.exists():
            assert_same(whole, killed)
            if not parts.exists() and n_killed == N_KILLS:
                break
            if not parts.exists():
                killed.unlink()
    assert n_resumed >= 1
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {
        "in",
        "photos_in_small_units.py",
        *(f"{p.name}{s}" for p in (whole, killed) for s in ("", ".rejected.csv")),
    }


def wait_for_more_units(process: subprocess.Popen[str], parts: Path, n_more: int) -> None:
    """Until the run has finished so many more units than there were, or has ended."""

    def n_done() -> int:
        return len(list(parts.glob("unit-*.h5")))

    n_before = n_done()
    while process.poll() is None and n_done() < n_before + n_more:
        time.sleep(0.01)


def make_inputs(folder: Path) -> None:
    """A folder of photographs, some without a face, and a video, as a person's own camera gives them."""
    folder.mkdir()
    photographs = list(read_photographs().values())
    for i in range(N_PICTURES):
        picture = photographs[i % 2].rotate(i - 36)
        (picture if i % 5 else picture.crop((0, 0, 120, 120))).save(folder / f"{i}.jpg")
    smaller = photographs[1].resize((256, 300))
    write_video(folder / "film.mp4", [smaller.rotate(20 * np.sin(i / 5)) for i in range(N_FRAMES)])


def assert_same(whole: Path, killed: Path) -> None:
    """Every dataset and attribute, and the list of what was left out."""
    with h5py.File(whole) as expected, h5py.File(killed) as found:
        assert sorted(expected) == sorted(found)
        assert set(expected["frame"][()]) >= {-1, 0}
        for name in expected:
            np.testing.assert_array_equal(expected[name][()], found[name][()])
            assert dict(expected[name].attrs) == dict(found[name].attrs)
        assert expected.attrs["source"] == found.attrs["source"]
    lists = [path.with_name(path.name + ".rejected.csv").read_text() for path in (whole, killed)]
    assert "no face" in lists[0]
    assert lists[0] == lists[1]
