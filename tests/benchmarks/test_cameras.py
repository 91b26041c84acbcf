"""The bank of cameras: same eyes, other pictures; and its table, put together from cells."""

from __future__ import annotations

import dataclasses
from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.cameras import __main__ as command
from benchmarks.cameras import judging, ready
from benchmarks.cameras.bank import CAMERAS, SAMPLE, camera_eyes
from benchmarks.cameras.bayer import demosaiced
from benchmarks.cameras.equalised import equalize_hist
from benchmarks.cameras.judging import Task
from benchmarks.cameras.optics import shifted
from benchmarks.cameras.table import bank_table
from benchmarks.training_options import training_options
from gazeaug.errors import InputError
from gazeaug.samples.renderer import SampleEyes, render_eyes

pytestmark = pytest.mark.usefixtures("one_thread")

N = 40
PLAIN = {"rendered": 12.0, "augmented": 8.0, "labelled": 4.0}
PICTURES = {"drift mean": 0.2, "drift 99th percentile": 0.6, "lattice": 0.015, "darker": 0.0, "lighter": 0.01}
PICTURES |= {"reached": 0.9, "reached, augmented": 0.3}
REFINED = {"refined": 6.0, "refined, augmented": 5.0, "seconds": 10.0, **PICTURES}


@pytest.fixture(scope="module")
def seen() -> dict[str, SampleEyes]:
    return {name: camera_eyes(name, N, seed=3) for name in CAMERAS}


@pytest.fixture(scope="module")
def sample() -> SampleEyes:
    return render_eyes(N, domain="camera", seed=3)


@pytest.mark.parametrize("name", CAMERAS)
def test_a_camera_keeps_size_type_and_labels_and_sees_the_same_twice(name, seen, sample):
    eyes = seen[name]
    assert eyes.images.shape == (N, 35, 55)
    assert eyes.images.dtype == np.uint8
    np.testing.assert_array_equal(eyes.look_vec, sample.look_vec)
    np.testing.assert_array_equal(eyes.iris_centre, sample.iris_centre)
    np.testing.assert_array_equal(camera_eyes(name, N, seed=3).images, eyes.images)
    other = camera_eyes(name, 2, seed=4, size=(36, 60)).images
    assert other.shape == (2, 36, 60)
    assert not np.array_equal(other[:, :35, :55], eyes.images[:2])


def test_the_sample_camera_is_the_renderers_own(seen, sample):
    np.testing.assert_array_equal(seen[SAMPLE].images, sample.images)


def test_cameras_differ_from_each_other(seen):
    images = {name: eyes.images.astype(float) for name, eyes in seen.items()}
    names = list(images)
    for i, one in enumerate(names):
        for other in names[:i]:
            assert np.abs(images[one] - images[other]).mean() > 5, (one, other)


@pytest.mark.parametrize("name", CAMERAS)
def test_the_iris_stays_where_the_label_says(name, seen):
    """Around it a picture is darker than further out, in nearly all eyes that are open enough."""
    eyes = seen[name]
    y, x = np.mgrid[:35, :55]
    distance = np.hypot(*(grid - eyes.iris_centre[:, i, None, None] for i, grid in enumerate((x, y))))
    inside, outside = distance < 3, (distance > 12) & (distance < 18)
    darker = [image[a].mean() < image[b].mean() for image, a, b in zip(eyes.images, inside, outside, strict=True)]
    assert np.mean(darker) > 0.9


def test_equalisation_is_that_of_opencv():
    picture = np.array([[10, 10, 20], [30, 30, 40]], np.uint8)
    np.testing.assert_array_equal(equalize_hist(picture), [[0, 0, 64], [191, 191, 255]])
    flat = np.full((2, 2), 7, np.uint8)
    np.testing.assert_array_equal(equalize_hist(flat), flat)


@pytest.mark.parametrize("corner", [(0, 0), (0, 1), (1, 0), (1, 1)])
@pytest.mark.parametrize("channel", [0, 1, 2])
def test_demosaicing_leaves_flat_and_even_slopes_alone_inside(channel, corner):
    slope = np.broadcast_to(np.arange(12, dtype=np.float32), (1, 10, 12)) * 3
    np.testing.assert_allclose(demosaiced(slope, channel, *corner)[:, 1:-1, 1:-1], slope[:, 1:-1, 1:-1], atol=1e-4)


def test_pictures_move_by_fractions_of_pixels():
    slope = np.broadcast_to(np.arange(12, dtype=np.float32), (2, 6, 12))
    moved = shifted(slope, np.array([0.25, -1.5]), np.array([0.5, 0.0]))
    np.testing.assert_allclose(moved[0, :, 2:-2], slope[0, :, 2:-2] - 0.25, atol=1e-5)
    np.testing.assert_allclose(moved[1, :, 2:-2], slope[1, :, 2:-2] + 1.5, atol=1e-5)


def test_options_of_training_are_read_by_their_types():
    given = ["k-g=2", "discriminator_rate=0.5", "camera=no", "lambda=3", "match=histogram", "recipe=paper"]
    assert training_options(given) == {
        "k_g": 2,
        "discriminator_rate": 0.5,
        "camera": False,
        "lambda_": 3.0,
        "match": "histogram",
        "recipe": "paper",
    }
    for wrong in ("k_g", "no_such=1", "k_g=half", "camera=perhaps"):
        with pytest.raises(InputError, match="--set"):
            training_options([wrong])


def test_the_table_knows_mean_lowest_and_what_augmentation_does_better():
    good, bad = PLAIN | REFINED, PLAIN | REFINED | {"refined": 10.0}
    text = bank_table({SAMPLE: [good], "phone": [good, good | {"refined": 7.0}], "webcam": [bad], "hdr": []})
    assert "| phone | 2 | 12.00 | 8.00 | 6.50 | 5.00 | 4.00 | 69% (75%, 62%) | 50% (50%, 50%) |" in text
    assert "hdr" not in text
    assert "2 cameras: refined eyes close 47% of the gap, ordinary augmentation 50%, both 88%." in text
    assert "Lowest: webcam, 25%. Below ordinary augmentation: 1: webcam." in text


def test_a_cell_is_measured_once_and_plain_ones_serve_all_options(tmp_path: Path, monkeypatch, capsys):
    done: list[tuple[str, str]] = []

    def plain(task: Task, _folder: Path) -> dict[str, Any]:
        done.append(("plain", task.camera))
        return dict(PLAIN)

    def refined(task: Task, _folder: Path, options: dict[str, Any], _sheet: Path) -> dict[str, Any]:
        done.append((f"refined {options['k_g']}", task.camera))
        return REFINED | {"refined": 6.0 + options["k_g"] / 2}

    monkeypatch.setattr(Task, "fingerprint", lambda task: repr(task))  # pictures are not needed here
    monkeypatch.setattr(judging, "measure_plain", plain)
    monkeypatch.setattr(command, "measure_refined", refined)
    how = ["--folder", str(tmp_path), "--seeds", "1", "--n", "32", "--n-test", "16"]
    command.main([*how, "--only", "phone;hdr", "--set", "k_g=1"])
    command.main([*how, "--only", "hdr", "--set", "k_g=1"])
    command.main([*how, "--only", "phone", "--set", "k_g=2"])
    assert done == [
        ("plain", "phone"),
        ("refined 1", "phone"),
        ("plain", "hdr"),
        ("refined 1", "hdr"),
        ("refined 2", "phone"),
    ]
    output = tmp_path / "table.md"
    command.main([*how, "--table", "--set", "k_g=1", "--output", str(output)])
    assert "2 cameras: refined eyes close 69%" in output.read_text("utf-8")
    assert len(done) == 5
    assert "| phone |" in capsys.readouterr().out
    command.main([*how, "--table", "--set", "k_g=1", "--label", "another version"])
    assert "| phone |" not in capsys.readouterr().out


def test_an_old_cell_does_not_stand_for_a_changed_camera(monkeypatch):
    task = Task(camera="phone", seed=0, n=32, n_test=16)
    before = task.fingerprint()
    assert Task(camera="phone", seed=0, n=32, n_test=16).fingerprint() == before
    monkeypatch.setattr("benchmarks.cameras.phone.GAMMA", (0.5, 0.5))
    assert task.fingerprint() != before
    assert dataclasses.replace(task, n=33).fingerprint() != before


def test_an_unknown_camera_is_refused(tmp_path: Path):
    with pytest.raises(SystemExit, match="--only must name cameras of sample, phone"):
        command.main(["--folder", str(tmp_path), "--only", "telephone"])


def test_a_ready_refiner_is_judged_by_cameras_that_it_never_saw(tmp_path: Path, monkeypatch, capsys):
    towards: list[set[str]] = []
    judged: list[str] = []

    def eyes_of(cameras, given):
        towards.append(set(cameras))
        return np.zeros((4, 35, 55), np.uint8)

    def measured(task, folder):
        judged.append(task.camera)
        assert task.camera not in towards[-1]
        return PLAIN

    monkeypatch.setattr(ready, "eyes_of", eyes_of)
    monkeypatch.setattr(judging, "measure_plain", measured)
    monkeypatch.setattr(ready, "trained_towards", lambda *_: tmp_path)
    monkeypatch.setattr(ready, "refined_with", lambda run, folder, images: images)
    monkeypatch.setattr(ready, "draw_sheet", lambda *_: None)
    monkeypatch.setattr(ready, "learned", lambda *_: None)
    monkeypatch.setattr(ready, "mean_angular_error", lambda *_: 6.0)
    ready.main(["--folder", str(tmp_path), "--n", "16", "--n-test", "8"])
    assert sorted(judged) == sorted(CAMERAS)
    assert all(len(cameras) == 6 for cameras in towards)
    assert capsys.readouterr().out.count("| 75% | 50% | 75% |") == 2 * len(CAMERAS) + len(CAMERAS) + 1


def test_eyes_of_several_cameras_are_other_eyes():
    given = Namespace(n=12, seed=0)
    images = ready.eyes_of(["sample", "phone", "hdr"], given)
    assert images.shape == (12, 35, 55)
    assert len({image.tobytes() for image in images}) == 12
    own = camera_eyes("phone", 4, seed=ready.UNLABELLED + ready.SEEDS_APART).images
    np.testing.assert_array_equal(images[4:8], own)


def test_eyes_are_exposed_anyhow(sample):
    shown = ready.exposed_anyhow(sample.images, seed=0)
    assert shown.dtype == np.uint8
    assert shown.mean((1, 2)).std() > 1.3 * sample.images.mean((1, 2)).std()
    alike = [np.corrcoef(one.ravel(), shown[i].ravel())[0, 1] for i, one in enumerate(sample.images)]
    assert min(alike) > 0.6
