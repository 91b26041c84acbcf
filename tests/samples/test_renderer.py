"""Sample eyes: true gaze, determinism, both domains alike in geometry, and the files made of them."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from gazeaug.errors import InputError
from gazeaug.eyefile.reader import open_eyes
from gazeaug.gaze.angles import look_vec_to_pitchyaw
from gazeaug.samples.anatomy import BLOCK
from gazeaug.samples.options import GazeRange
from gazeaug.samples.renderer import DOMAINS, render_eyes
from gazeaug.samples.sets import make_sample_data


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_seed_gives_the_same_eyes_however_many_are_asked_for(domain: str) -> None:
    few, many = render_eyes(10, domain=domain, seed=3), render_eyes(BLOCK + 10, domain=domain, seed=3)
    np.testing.assert_array_equal(few.images, many.images[:10])
    np.testing.assert_array_equal(few.look_vec, many.look_vec[:10])
    assert not np.array_equal(few.images, render_eyes(10, domain=domain, seed=4).images)


def test_gaze_keeps_to_its_range_and_length() -> None:
    gaze = GazeRange(yaw=(-10, 20), pitch=(-5, 15))
    look_vec = render_eyes(1000, domain="camera", seed=0, gaze=gaze).look_vec
    pitch, yaw = np.rad2deg(look_vec_to_pitchyaw(look_vec)).T
    for angles, (low, high) in [(yaw, gaze.yaw), (pitch, gaze.pitch)]:
        assert low - 0.02 <= angles.min() < low + 1
        assert high - 1 < angles.max() <= high + 0.02
    np.testing.assert_allclose(np.linalg.norm(look_vec[:, :3], axis=1), 1, atol=2e-4)
    assert (look_vec[:, 2] < 0).all()
    assert (look_vec[:, 3] == 0).all()


def test_the_dark_iris_moves_with_the_gaze_on_the_screen() -> None:
    """To (+u_x, -u_y), and to where the label says."""
    eyes = render_eyes(1000, domain="synthetic", seed=0)
    dark = np.maximum(60 - eyes.images.astype(float), 0)
    seen = dark.sum(axis=(1, 2)) > 600
    x = (dark.sum(axis=1) * np.arange(55)).sum(axis=1)[seen] / dark.sum(axis=(1, 2))[seen]
    y = (dark.sum(axis=2) * np.arange(35)).sum(axis=1)[seen] / dark.sum(axis=(1, 2))[seen]
    assert seen.sum() > 500
    assert np.corrcoef(x, eyes.look_vec[seen, 0])[0, 1] > 0.95
    assert np.corrcoef(y, -eyes.look_vec[seen, 1])[0, 1] > 0.7
    assert np.median(np.abs(x - eyes.iris_centre[seen, 0])) < 0.7


def test_domains_differ_in_looks() -> None:
    synthetic, camera = (render_eyes(500, domain=domain, seed=0).images.astype(float) for domain in DOMAINS)
    assert camera.mean() < synthetic.mean() - 20
    grain = [np.abs(np.diff(images[:, -4:], axis=2)).mean() for images in (synthetic, camera)]
    assert grain[1] > 2 * grain[0]


@pytest.mark.parametrize(("size", "middle"), [((35, 55), (27, 17)), ((70, 110), (54.5, 34.5))])
def test_other_sizes_show_the_same_eyes(size: tuple[int, int], middle: tuple[float, float]) -> None:
    eyes = render_eyes(300, domain="synthetic", seed=0, size=size)
    assert eyes.images.shape == (300, *size)
    np.testing.assert_allclose(eyes.iris_centre.mean(axis=0), middle, atol=0.05 * size[1])


@pytest.mark.parametrize("bad", [{"yaw": (10, -10)}, {"pitch": (-80, 0)}])
def test_gaze_ranges_are_checked(bad: dict) -> None:
    with pytest.raises(InputError, match=f"--camera-{next(iter(bad))} must be two ascending angles"):
        GazeRange(**bad)


@pytest.mark.parametrize(
    ("option", "value"), [("n", 0), ("seed", -1), ("seed", 2**63), ("size", (8, 55)), ("layout", "folder")]
)
def test_a_bad_option_is_named_and_nothing_is_written(tmp_path: Path, option: str, value: object) -> None:
    with pytest.raises(InputError, match=f"^--{option} must be "):
        make_sample_data(tmp_path / "new", **{"n": 10, option: value})
    assert not (tmp_path / "new").exists()


def test_the_three_files(tmp_path: Path) -> None:
    assert [path.name for path in make_sample_data(tmp_path, rows=300)] == ["unityeyes.h5", "real.h5", "real_truth.h5"]
    synthetic, camera = (render_eyes(300, domain=domain, seed=0) for domain in DOMAINS)
    with open_eyes(tmp_path / "unityeyes.h5") as labelled, open_eyes(tmp_path / "real.h5") as real:
        np.testing.assert_array_equal(labelled.read_images(0, 300), synthetic.images)
        np.testing.assert_array_equal(labelled.read_label("look_vec", 0, 300), synthetic.look_vec)
        np.testing.assert_array_equal(real.read_images(0, 300), camera.images)
        assert real.labels == {}
    with open_eyes(tmp_path / "real_truth.h5") as truth:
        np.testing.assert_array_equal(truth.read_label("look_vec", 0, 300), camera.look_vec)
        np.testing.assert_array_equal(truth.read_images(0, 300), camera.images)
    with pytest.raises(InputError, match="exists already"):
        make_sample_data(tmp_path, rows=300)


def test_the_kaggle_layout_holds_the_same_rows(tmp_path: Path) -> None:
    make_sample_data(tmp_path, rows=120)
    make_sample_data(tmp_path, rows=120, layout="kaggle", overwrite=True)
    with h5py.File(tmp_path / "gaze.h5") as file:
        assert list(file["image"])[:3] == ["1", "10", "100"]
    with open_eyes(tmp_path / "gaze.h5") as kaggle, open_eyes(tmp_path / "unityeyes.h5") as ours:
        assert kaggle.layout == "kaggle"
        np.testing.assert_array_equal(kaggle.read_images(0, 120), ours.read_images(0, 120))
        np.testing.assert_array_equal(kaggle.read_label("look_vec", 0, 120), ours.read_label("look_vec", 0, 120))
    with open_eyes(tmp_path / "real_gaze.h5") as kaggle, open_eyes(tmp_path / "real.h5") as ours:
        np.testing.assert_array_equal(kaggle.read_images(0, 120), ours.read_images(0, 120))
