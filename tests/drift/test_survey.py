"""Drift over whole files: known shifts are found, a curve of grey levels is none, and other labels are said."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from gazeaug.drift.survey import by_region, measure_drift, true_lid
from gazeaug.errors import InputError
from gazeaug.eyefile.reader import open_eyes
from gazeaug.gaze.angles import look_vec_to_pitchyaw, pitchyaw_to_look_vec
from gazeaug.samples.renderer import render_eyes
from gazeaug_cli.app import app
from tests.makers.pictures import moved

pytestmark = pytest.mark.usefixtures("one_thread")
N = 600  # more than one block


def write(path: Path, images: np.ndarray, look_vec: np.ndarray, **labels: np.ndarray) -> Path:
    with h5py.File(path, "w") as file:
        file["image"] = images
        for name, rows in {"look_vec": look_vec.astype("f4"), **labels}.items():
            file[name] = rows
    return path


@pytest.fixture(scope="module")
def eyes():
    return render_eyes(N, domain="synthetic", seed=3)


@pytest.fixture(scope="module")
def synthetic(eyes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("drift") / "s.h5", eyes.images, eyes.look_vec, iris_centre=eyes.iris_centre)


def test_a_known_shift_of_iris_and_eyelid(eyes, synthetic, tmp_path):
    found = measure_drift(synthetic, write(tmp_path / "r.h5", moved(eyes.images, 0.5, -0.8), eyes.look_vec))
    assert found.n_images == N
    assert found.iris_mean == (pytest.approx(0.5, abs=0.05), pytest.approx(-0.8, abs=0.05))
    assert found.iris.mean == pytest.approx(np.hypot(0.5, 0.8), abs=0.05)
    assert found.eyelid.mean == pytest.approx(0.8, abs=0.1)
    assert found.label_degrees == 0


def test_brightness_contrast_and_noise_are_no_shift(eyes, synthetic, tmp_path):
    noise = np.random.default_rng(0).normal(0, 4, eyes.images.shape)
    looks = np.clip(eyes.images * 0.8 + 10 + noise, 0, 255).astype(np.uint8)
    found = measure_drift(synthetic, write(tmp_path / "r.h5", looks, eyes.look_vec))
    assert found.iris.mean < 0.15
    assert found.eyelid.mean < 0.2


def test_only_the_rows_that_moved_are_named_and_drawn(eyes, synthetic, tmp_path):
    images = eyes.images.copy()
    images[[7, 550]] = moved(images[[7, 550]], 2, 0)
    refined = write(tmp_path / "r.h5", images, eyes.look_vec)
    line = ["drift", str(synthetic), str(refined), "--json", "--grid", str(tmp_path / "worst.png")]
    result = CliRunner().invoke(app, line)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert set(found["worst"][:2]) == {7, 550}
    assert found["iris"]["mean"] < 0.05
    assert (tmp_path / "worst.png").stat().st_size > 1000


def test_the_renderers_landmarks_tell_a_shift_that_both_share(eyes, synthetic, tmp_path):
    found = measure_drift(synthetic, write(tmp_path / "r.h5", moved(eyes.images, 1.5, 0), eyes.look_vec))
    assert found.landmarks["refined"].mean > found.landmarks["synthetic"].mean + 0.5
    without = write(tmp_path / "s.h5", eyes.images, eyes.look_vec)
    assert measure_drift(without, without, force=True).landmarks == {}


def test_labels_that_were_turned_are_said(eyes, synthetic, tmp_path):
    turned = pitchyaw_to_look_vec(look_vec_to_pitchyaw(eyes.look_vec) + np.deg2rad([5, 0]))
    found = measure_drift(synthetic, write(tmp_path / "r.h5", eyes.images, turned), force=True)
    assert found.label_degrees == pytest.approx(5, abs=0.01)
    assert "look_vec is NOT the same: up to 5.00 degrees apart" in str(found)


def test_regions_share_the_rows_and_keep_their_own_drift():
    angles = np.deg2rad(np.stack(np.meshgrid([-20.0, 0, 20], [-30.0, 0, 30], indexing="ij"), -1)).reshape(9, 2)
    look_vec = pitchyaw_to_look_vec(angles.repeat(10, 0))
    found = by_region(look_vec, np.arange(9.0).repeat(10))
    assert [figures.n for figures in found.values()] == [10] * 9
    assert found["pitch -20 to -20, yaw -30 to -30"].mean == 0
    assert found["pitch 20 to 20, yaw 30 to 30"].mean == 8


def test_the_upper_lid_is_the_top_of_the_margin(tmp_path):
    margin = np.zeros((1, 16, 2), "f4")
    margin[0, :, 1] = 20
    margin[0, 4:7] = [[10, 5], [12, 4], [14, 6]]
    path = write(tmp_path / "s.h5", np.zeros((1, 35, 55), np.uint8), np.ones((1, 3)), interior_margin_2d=margin)
    with open_eyes(path) as eyes:
        assert true_lid(eyes, 0, 1).tolist() == [[12.0, 5.0]]


def test_pairs_that_are_none_are_refused(eyes, synthetic, tmp_path):
    with pytest.raises(InputError, match="has 10 rows.*has 600"):
        measure_drift(synthetic, write(tmp_path / "few.h5", eyes.images[:10], eyes.look_vec[:10]))
    with pytest.raises(InputError, match=r"pictures are \(34, 55\)"):
        measure_drift(synthetic, write(tmp_path / "low.h5", eyes.images[:, 1:], eyes.look_vec))
