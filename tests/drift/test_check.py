"""Rows whose iris moved are flagged, all others kept as they are, at a small share of the time."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from gazeaug.drift.check import LARGEST_GAP, SHARE_OF_TIME, check_drift, gap_for
from gazeaug.eyefile.reader import open_eyes
from gazeaug.refining.verify import verify
from gazeaug.refining.work import refine
from gazeaug.samples.renderer import render_eyes
from gazeaug_cli.app import app
from tests.makers import models
from tests.makers.pictures import moved

N = 300
MOVED = [64, 200]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray]:
    """Eyes, and their twins of which two have moved by 2 pixels."""
    folder = tmp_path_factory.mktemp("check")
    eyes = render_eyes(N, domain="synthetic", seed=3)
    with h5py.File(folder / "s.h5", "w") as file:
        file["image"], file["look_vec"] = eyes.images, eyes.look_vec
    images = eyes.images.copy()
    images[MOVED] = moved(images[MOVED], 2, 0)
    return folder / "s.h5", images


@pytest.fixture
def refined(pair, tmp_path) -> Path:
    with h5py.File(tmp_path / "r.h5", "w") as file, h5py.File(pair[0]) as given:
        file["image"], file["look_vec"] = pair[1], given["look_vec"][()]
    return tmp_path / "r.h5"


def test_rows_that_moved_are_named_and_flagged_and_none_is_dropped(pair, refined):
    result = CliRunner().invoke(app, ["drift", str(pair[0]), str(refined), "--flag", "1"])
    assert result.exit_code == 0, result.output
    assert "2 of 300 measured rows moved more than 1 px" in result.output
    assert "rows 64, 200 ('drift_px'" in result.output
    with h5py.File(refined) as file:
        assert file["drift_px"].shape == (N,)
        assert np.flatnonzero(file["drift_px"][()] > 1).tolist() == MOVED
        np.testing.assert_array_equal(file["image"], pair[1])
        assert file["drift_px"].attrs["units"] == "pixels"


def test_a_sample_is_evenly_spread_and_the_rest_is_nan(pair, refined, monkeypatch):
    monkeypatch.setattr("gazeaug.drift.check.gap_for", lambda *_: 4)
    with open_eyes(pair[0]) as eyes, open_eyes(refined) as moved_eyes:
        found = check_drift(eyes.read_images, moved_eyes.read_images, N, limit=1, refining_seconds=1.0)
    assert (found.gap, len(found.measured), found.above) == (4, 75, MOVED)
    assert (np.isfinite(found.drift_px) == (np.arange(N) % 4 == 0)).all()
    assert "one row in 4" in str(found)


def test_the_gap_keeps_to_its_share_of_the_time():
    for row_seconds, refining_seconds in [(0.002, 0.007), (0.002, 0.001), (1e-4, 1.0)]:
        gap = gap_for(row_seconds, refining_seconds)
        assert row_seconds / gap <= SHARE_OF_TIME * refining_seconds
        assert gap == 1 or 2 * row_seconds / gap > SHARE_OF_TIME * refining_seconds
    assert gap_for(1.0, 0.0) == LARGEST_GAP


@pytest.fixture
def model(tmp_path) -> Path:
    return models.inverting_float(tmp_path / "refiner.onnx", 35, 55, factor=0.9)


@pytest.mark.parametrize("layout", ["single", "sharded"])
def test_refine_dataset_checks_on_the_way(pair, model, tmp_path, layout):
    output = tmp_path / "o.h5"
    line = ["refine-dataset", str(pair[0]), "-m", str(model), "-o", str(output), "--layout", layout, "--rows-per-unit"]
    result = CliRunner().invoke(app, [*line, "128", "--check-drift", "0.5"])
    assert result.exit_code == 0, result.output
    assert "none above 0.5" in result.output
    plain = refine(pair[0], model=model, output=tmp_path / "plain.h5").output
    with h5py.File(output) as checked, h5py.File(plain) as expected:
        assert sorted(checked) == ["drift_px", "image", "look_vec"]
        for name in ("image", "look_vec"):
            assert checked[name][()].tobytes() == expected[name][()].tobytes()
        assert np.nanmax(checked["drift_px"][()]) < 0.5
    assert verify(output, against=pair[0]).labels == ["look_vec"]


KILLED = """
import os, signal
import gazeaug.drift.check
def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
{place} = die
from gazeaug_cli.app import app
app()
"""


@pytest.mark.parametrize("layout", ["single", "sharded"])
@pytest.mark.parametrize("place", ["gazeaug.drift.check.iris_drift", "gazeaug.drift.check.DriftCheck.write"])
def test_a_file_never_has_its_name_before_its_drift(pair, model, tmp_path, layout, place):
    """A kill while irises are measured, or while the file is finished: the same command goes on."""
    output = tmp_path / "o.h5"
    line = ["refine-dataset", str(pair[0]), "-m", str(model), "-o", str(output), "--rows-per-unit", "128"]
    line += ["--layout", layout, "--check-drift", "0.5"]
    killed = subprocess.run([sys.executable, "-c", KILLED.format(place=place), *line], capture_output=True)
    assert killed.returncode == -signal.SIGKILL
    assert not output.exists()
    result = CliRunner().invoke(app, line)
    assert result.exit_code == 0, result.output
    assert "resuming an interrupted run" in result.output
    assert "none above 0.5" in result.output
    with h5py.File(output) as file:
        assert np.nanmax(file["drift_px"][()]) < 0.5
    assert verify(output, against=pair[0]).n_images == N


def test_a_kill_after_the_name_leaves_the_drift_to_be_read(pair, model, tmp_path, monkeypatch):
    def untidy(*_):
        raise KeyboardInterrupt

    options = {"model": model, "output": tmp_path / "o.h5", "check_drift": 0.5}
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("gazeaug.refining.work.tidy_up", untidy)
        refine(pair[0], **options)
    with h5py.File(tmp_path / "o.h5") as file:
        written = file["drift_px"][()]
    report = refine(pair[0], **options)
    assert report.n_resumed == N
    np.testing.assert_array_equal(report.drift.drift_px, written)


def test_a_checked_file_can_be_refined_again_and_still_be_verified(pair, model, tmp_path):
    checked = refine(pair[0], model=model, output=tmp_path / "a.h5", check_drift=1.0).output
    again = refine(checked, model=model, output=tmp_path / "b.h5", force=True).output
    assert verify(again, against=checked).n_images == N
    with h5py.File(checked) as first, h5py.File(again) as second:
        assert first["drift_px"][()].tobytes() == second["drift_px"][()].tobytes()
    result = CliRunner().invoke(
        app, ["refine-dataset", str(checked), "-m", str(model), "--check-drift", "1", "--force"]
    )
    assert result.exit_code == 2
    assert "has a label 'drift_px' already" in result.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--check-drift 0", "--check-drift must be above 0"),
        ("--check-drift 1 --num-units 2 --unit-index 0", "--check-drift needs the whole file"),
    ],
)
def test_bad_options(pair, model, tmp_path, options, message):
    line = ["refine-dataset", str(pair[0]), "-m", str(model), "-o", str(tmp_path / "o.h5"), *options.split()]
    result = CliRunner().invoke(app, line)
    assert result.exit_code == 2
    assert message in result.stderr
