"""Histogram matching: the table itself, and that training and the exported file apply the same one."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from gazeaug.eyefile.reader import open_eyes
from gazeaug.refiner.histogram import apply_table, matching_table
from gazeaug.runs.checkpoints import load_checkpoint
from gazeaug.runs.folder import read_state
from gazeaug.runtime.session import RefinerSession
from gazeaug.training.loop import train
from gazeaug.training.plan import plan_training
from gazeaug_exporters import export_onnx
from tests.makers.eye_files import write_eyes
from tests.makers.runs import TINY


@pytest.mark.parametrize("shape", [(40, 16, 18), (40, 16, 18, 3)])
def test_the_histogram_becomes_that_of_the_wanted_set(shape):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 200, shape, dtype=np.uint8)
    wanted = rng.normal(120, 20, shape).clip(0, 255).astype(np.uint8)
    matched = apply_table(images, matching_table(images, wanted))
    assert matched.shape == images.shape
    shares = np.linspace(0.02, 0.98, 20)
    np.testing.assert_allclose(np.quantile(matched, shares), np.quantile(wanted, shares), atol=2)


def test_a_set_is_left_alone_by_its_own_histogram():
    images = np.random.default_rng(0).integers(0, 256, (50, 16, 18), dtype=np.uint8)
    np.testing.assert_array_equal(apply_table(images, matching_table(images, images)), images)


def test_a_table_never_swaps_light_and_dark():
    rng = np.random.default_rng(0)
    images, wanted = (rng.integers(low, high, (9, 16, 18), dtype=np.uint8) for low, high in [(5, 90), (100, 250)])
    assert (np.diff(matching_table(images, wanted)[0].astype(int)) >= 0).all()


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("shape", [(16, 18), (16, 18, 3)])
def test_the_exported_file_matches_first_as_training_did(tmp_path, shape):
    paths = {name: str(write_eyes(tmp_path / f"{name}.h5", 40, shape=shape, seed=1)) for name in ("synthetic", "real")}
    with open_eyes(paths["synthetic"]) as eyes:
        images = eyes.read_images(0, 40)
    darker = write_eyes(tmp_path / "darker.h5", 40, shape=shape)
    with h5py.File(darker, "r+") as file:
        file["image"][...] = images // 2
    options = {
        **TINY,
        "noise": False,
        "styles": 0,
        "camera": False,
        "learning_rate": 1e-12,
    }  # the refiner stays the identity
    run = train(
        synthetic=paths["synthetic"], real=str(darker), match="histogram", **options, steps=1, run_dir=tmp_path / "r"
    )
    _, state = load_checkpoint(run / read_state(run)["checkpoint"])
    table = np.array(state["table"], np.uint8)
    refined = RefinerSession(export_onnx(run_dir=run).output, device="cpu").refine(images)
    np.testing.assert_array_equal(refined, apply_table(images, table))
    assert abs(refined.mean() - images.mean() / 2) < 2
    again = plan_training(resume=run).synthetic
    np.testing.assert_array_equal(again.table, table)
    classic = export_onnx(run_dir=run, io="float32", output=tmp_path / "classic.onnx").output
    assert np.abs(refined.astype(int) - RefinerSession(classic, device="cpu").refine(images)).max() <= 1
