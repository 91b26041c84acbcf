"""A model is tried before it is relied on: numbers of another range, and models that do nothing, are said."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from gazeaug.errors import InputError
from gazeaug.refining.verify import verify
from gazeaug.refining.work import refine
from gazeaug.runtime.session import RefinerSession
from gazeaug.runtime.trial import try_model
from gazeaug_cli.app import app
from tests.makers import models

IMAGES = np.random.default_rng(0).integers(0, 256, (12, 16, 18), dtype=np.uint8)


def tried(model: Path, values: str = "auto") -> tuple[str, ...]:
    return try_model(RefinerSession(model, device="cpu", values=values), IMAGES, asked=values != "auto")


@pytest.mark.parametrize("ending", ["Sigmoid", "Relu", "Clip"])
@pytest.mark.parametrize("batch", ["batch", 1, 5])
def test_a_model_of_0_to_1_is_refused_as_one_of_minus_1_to_1(tmp_path: Path, ending: str, batch: int | str) -> None:
    model = models.ending_in(tmp_path / "refiner.onnx", ending, batch=batch)
    with pytest.raises(
        InputError, match=r"seems made for 0..1, not for -1..1: .* a black picture .* give --range 0..1"
    ):
        tried(model)


def test_it_is_said_what_becomes_of_black(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a black picture would come back at grey level 128;"):
        tried(models.ending_in(tmp_path / "refiner.onnx", "Relu"))


@pytest.mark.parametrize("ending", ["Tanh", "Identity"])
def test_a_model_of_minus_1_to_1_is_taken(tmp_path: Path, ending: str) -> None:
    assert not tried(models.ending_in(tmp_path / "refiner.onnx", ending, bias=0.2))


def test_a_model_of_grey_levels_as_floats_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"seems made for 0..255, .* give --range 0..255, or --range -1..1"):
        tried(models.ending_in(tmp_path / "refiner.onnx", "Relu", bias=30.0))
    with pytest.raises(InputError, match=r"gives numbers from -21 to -19 where -1..1 is expected"):
        tried(models.ending_in(tmp_path / "refiner.onnx", "Identity", bias=-20.0))


@pytest.mark.parametrize(("values", "ending", "white"), [("0..1", "Clip", 1.0), ("0..255", "Relu", 255.0)])
def test_in_the_range_asked_for_every_grey_level_is_what_it_should_be(
    tmp_path: Path, values: str, ending: str, white: float
) -> None:
    model = models.ending_in(tmp_path / "refiner.onnx", ending, bias=white / 10)
    refined = RefinerSession(model, device="cpu", values=values).refine(IMAGES)
    np.testing.assert_allclose(refined, np.minimum(IMAGES + 25.5, 255), atol=0.51)
    assert not tried(model, values)


def test_the_range_that_was_asked_for_is_part_of_the_job(tmp_path: Path) -> None:
    model, source = models.ending_in(tmp_path / "refiner.onnx", "Clip", bias=0.1), tmp_path / "eyes.h5"
    with h5py.File(source, "w") as file:
        file["image"] = IMAGES
    with pytest.raises(InputError, match="seems made for 0..1"):
        refine(source, model=model)
    output = refine(source, model=model, range_="0..1").output
    with h5py.File(output) as file:
        np.testing.assert_allclose(file["image"][()], np.minimum(IMAGES + 25.5, 255), atol=0.51)
        assert '"range": [0.0, 1.0]' in file.attrs["provenance"]
    verify(output, model=model)
    line = ["refine-dataset", str(source), "-m", str(model), "--overwrite", "--range", "-1..1"]
    assert CliRunner().invoke(app, line).exit_code == 0
    with h5py.File(output) as file:
        assert file["image"][()].min() == 128


def test_a_range_that_is_clearly_wrong_is_warned_of(tmp_path: Path) -> None:
    (said,) = tried(models.ending_in(tmp_path / "refiner.onnx", "Identity", bias=-0.5), "0..1")
    assert said.endswith("gives numbers down to -0.5, below the 0 of --range")


def test_models_of_grey_levels_have_no_range(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="takes grey levels as uint8; leave out --range"):
        RefinerSession(models.inverting(tmp_path / "refiner.onnx"), device="cpu", values="0..1")


def test_an_idle_model_is_warned_of(tmp_path: Path) -> None:
    (said,) = tried(models.copying(tmp_path / "refiner.onnx"))
    assert said.endswith("is idle: it changes the first pictures by 0.00 grey levels, so refined eyes equal the input")
    (said,) = tried(models.ending_in(tmp_path / "float.onnx", "Identity"))
    assert "is idle" in said
    assert not tried(models.inverting(tmp_path / "other.onnx"))


def test_a_model_that_gives_one_picture_is_warned_of(tmp_path: Path) -> None:
    (said,) = tried(models.inverting_float(tmp_path / "refiner.onnx", factor=-1e-5), "-1..1")
    assert said.endswith("gives the same picture whatever goes in")
