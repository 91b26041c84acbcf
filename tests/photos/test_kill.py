"""SIGKILL of `prepare photos` at random moments: typed again until it is done, it ends as a run that nobody killed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import h5py
import numpy as np
import pytest

from benchmarks.photograph_changes import read_photographs
from gazeaug.photos import photographs
from tests.makers.kills import killed_and_whole
from tests.makers.photographs import write_video

if not all(map(find_spec, ("mediapipe", "skimage", "matplotlib", "av"))):
    pytest.skip("the extras 'eyes' and 'video' are not installed; make test-eyes has them", allow_module_level=True)

N_KILLS = 5
N_PICTURES, N_FRAMES = 72, 64  # enough for several processes


def set_small_units() -> None:
    """16 pictures or clips in place of 1,024, so that a short run has several."""
    photographs.ITEMS_PER_UNIT = 16


def test_kills_over_pictures_and_a_video_end_as_no_kill(tmp_path: Path) -> None:
    make_inputs(tmp_path / "in")
    command = ["prepare", "photos", "../in", "--workers", "2", "-o", "o.h5"]
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    output = killed_and_whole(command, killed, whole, n_kills=N_KILLS, setting=set_small_units)
    with h5py.File(output) as file:
        assert set(file["frame"][()]) >= {-1, 0}
    lists = [(folder / "o.h5.rejected.csv").read_text() for folder in (whole, killed)]
    assert "no face" in lists[0]
    assert lists[0] == lists[1]
    for folder in (whole, killed):
        assert {path.name for path in folder.iterdir()} == {"o.h5", "o.h5.rejected.csv"}


def make_inputs(folder: Path) -> None:
    """A folder of photographs, some without a face, and a video, as a person's own camera gives them."""
    folder.mkdir()
    photographs = list(read_photographs().values())
    for i in range(N_PICTURES):
        picture = photographs[i % 2].rotate(i - 36)
        (picture if i % 5 else picture.crop((0, 0, 120, 120))).save(folder / f"{i}.jpg")
    smaller = photographs[1].resize((256, 300))
    write_video(folder / "film.mp4", [smaller.rotate(20 * np.sin(i / 5)) for i in range(N_FRAMES)])
