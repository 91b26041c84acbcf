"""Lower precision: near fp32 on the user's own pictures, and refused where it is not."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from gazeaug.errors import InputError
from gazeaug.refiner.network import Refiner, RefinerConfig
from gazeaug.refining.config import RefineConfig
from gazeaug.refining.plan import plan_refining
from gazeaug.refining.work import refine, run
from gazeaug.runtime.precision import Difference, at_precision, samples_of
from gazeaug.runtime.session import RefinerSession
from gazeaug_cli.app import app
from gazeaug_exporters.contract import GreyLevelRefiner
from gazeaug_exporters.onnx_export import add_metadata, variant_of, write_graph
from tests.makers import models
from tests.makers.eye_files import write_eyes

SHAPE = (20, 24)


@pytest.fixture(scope="module")
def refiner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A refiner that changes its pictures by tens of grey levels, as a trained one does, with noise and styles."""
    torch.manual_seed(0)
    network = Refiner(RefinerConfig(features=8, blocks=2, styles=2))
    torch.nn.init.normal_(network.last.weight, std=0.02)
    path = tmp_path_factory.mktemp("model") / "refiner.onnx"
    write_graph(GreyLevelRefiner(network).eval(), torch.zeros((2, *SHAPE), dtype=torch.uint8), path, 18)
    add_metadata(path, {"gazeaug.precision": "fp32", **variant_of(path)})
    return path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_eyes(tmp_path / "unityeyes.h5", 300, shape=SHAPE)


@pytest.mark.parametrize("precision", ["fp16", "int8"])
@pytest.mark.parametrize("variant", [0, 3])
def test_a_lower_precision_is_near_fp32_but_not_equal(source: Path, refiner: Path, precision: str, variant: int):
    options = {"model": refiner, "device": "cpu", "variant": variant}
    exact = refine(source, output=source.with_name("exact.h5"), precision="fp32", **options).output
    plan = plan_refining(source, RefineConfig(precision=precision, output=source.with_name("lesser.h5"), **options))
    assert isinstance(plan.difference, Difference)
    lesser = run(plan).output
    with h5py.File(exact) as one, h5py.File(lesser) as other, h5py.File(source) as given:
        apart = np.abs(one["image"][()].astype(int) - other["image"][()])
        assert 0 < apart.mean() <= 1
        assert np.percentile(apart, 99.9) <= (2 if precision == "fp16" else 6)
        assert np.abs(one["image"][()].astype(int) - given["image"][()]).mean() > 3  # or else near would mean nothing
        np.testing.assert_array_equal(other["look_vec"][()], given["look_vec"][()])
        assert f'"precision": "{precision}"' in other.attrs["provenance"]


def test_int8_calibrated_on_other_pictures_is_refused(refiner: Path):
    session = RefinerSession(refiner, device="cpu")
    dice = np.random.default_rng(0)
    flat, lively = np.full((64, *SHAPE), 128), dice.integers(0, 256, (64, *SHAPE))
    with pytest.raises(InputError, match=r"--precision int8 strays from fp32 by mean .*use --precision fp32"):
        at_precision(session, "int8", np.concatenate([flat, lively]).astype(np.uint8), batch=32)


def test_auto_on_the_cpu_is_fp32(source: Path, refiner: Path):
    plan = plan_refining(source, RefineConfig(model=refiner, device="cpu"))
    assert (plan.session.precision, plan.difference) == ("fp32", None)


def test_auto_on_cuda_is_fp16_where_it_agrees(source: Path, refiner: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gazeaug.runtime.precision.CUDA", "CPUExecutionProvider")
    assert plan_refining(source, RefineConfig(model=refiner, device="cpu")).session.precision == "fp16"
    monkeypatch.setattr("gazeaug.runtime.precision.BOUNDS", {"fp16": (0.0, 0.0)})
    assert plan_refining(source, RefineConfig(model=refiner, device="cpu")).session.precision == "fp32"


def test_a_model_without_convolutions_has_no_int8(eyes_path: Path, model_path: Path):
    with pytest.raises(InputError, match="no convolutions to quantise"):
        refine(eyes_path, model=model_path, precision="int8")


def test_a_third_party_float_model_in_fp16(eyes_path: Path, tmp_path: Path):
    model = models.inverting_float(tmp_path / "float.onnx")
    with h5py.File(refine(eyes_path, model=model, precision="fp16").output) as file, h5py.File(eyes_path) as given:
        assert np.abs(255 - given["image"][()].astype(int) - file["image"][()]).max() <= 1


def test_work_in_one_precision_is_not_gone_on_with_in_another(source: Path, refiner: Path):
    refine(source, model=refiner, num_units=2, unit_index=0, rows_per_unit=64)
    with pytest.raises(InputError, match="precision was fp32, is fp16"):
        refine(source, model=refiner, num_units=2, unit_index=1, rows_per_unit=64, precision="fp16")


def test_samples_come_from_the_whole_input_and_differ_between_the_halves():
    rows = np.arange(100_000)
    samples = samples_of(lambda start, stop: rows[start:stop], len(rows))
    assert len(samples) == 512
    assert samples.min() == 0
    assert samples.max() == len(rows) - 1
    assert not set(samples[:256]) & set(samples[256:])
    assert len(samples_of(lambda start, stop: rows[start:stop], 5, 7)) % 14 == 0


def test_the_command_says_the_precision_and_how_far_it_strays(source: Path, refiner: Path):
    said = CliRunner().invoke(app, ["refine-dataset", str(source), "-m", str(refiner), "--precision", "int8"])
    assert said.exit_code == 0, said.output
    assert "precision int8, apart from fp32 by mean 0." in said.stdout
    said = CliRunner().invoke(app, ["refine-dataset", str(source), "-m", str(refiner), "--precision", "int4"])
    assert said.exit_code == 2
    assert "--precision must be one of auto, fp32, fp16, int8" in said.stderr
