"""Variants: one refiner, many noises, each repeatable and each the same in torch and ONNX Runtime."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

import gazeaug
from gazeaug.errors import InputError
from gazeaug.refiner.network import FIRST_VARIANT, Refiner, RefinerConfig
from gazeaug.refining.config import LARGEST_VARIANT
from gazeaug.runtime.session import RefinerSession
from gazeaug_exporters.contract import GreyLevelRefiner
from gazeaug_exporters.onnx_export import add_metadata, variant_of, write_graph
from tests.makers import models
from tests.makers.eye_files import write_eyes

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> tuple[GreyLevelRefiner, Path]:
    """A refiner that draws much noise, and its file."""
    torch.manual_seed(0)
    refiner = Refiner(RefinerConfig(features=4, blocks=1, styles=2)).eval()
    torch.nn.init.normal_(refiner.last.weight, std=0.2)
    path = tmp_path_factory.mktemp("noisy") / "refiner.onnx"
    module = GreyLevelRefiner(refiner).eval()
    write_graph(module, torch.zeros((2, 16, 18), dtype=torch.uint8), path, 18)
    add_metadata(path, variant_of(path))
    return module, path


def test_another_variant_is_another_noise_and_each_is_what_torch_does(noisy):
    module, path = noisy
    images = np.random.default_rng(0).integers(0, 256, (5, 16, 18), dtype=np.uint8)
    refined = {}
    for variant in (0, 1, 25_747, LARGEST_VARIANT):
        refined[variant] = RefinerSession(path, device="cpu", variant=variant).refine(images)
        module.matched.refiner.variant.fill_(FIRST_VARIANT + variant)
        with torch.no_grad():
            expected = module(torch.from_numpy(images)).numpy()
        assert np.abs(refined[variant].astype(int) - expected).max() <= 1
    for one, other in itertools.combinations(refined.values(), 2):
        assert np.abs(one.astype(int) - other).mean() > 5


def test_a_variant_of_a_model_without_noise_is_refused(tmp_path):
    model = models.inverting(tmp_path / "refiner.onnx")
    with pytest.raises(InputError, match="--variant 3: this refiner draws no noise"):
        RefinerSession(model, variant=3)


def test_the_output_says_its_variant(tmp_path, noisy):
    _, model = noisy
    outputs = {}
    for variant in (0, 1):
        source = write_eyes(tmp_path / f"eyes{variant}.h5", 20)
        output = gazeaug.refine(source, model=model, variant=variant, device="cpu").output
        with h5py.File(output) as file:
            outputs[variant] = file["look_vec"][:]
            assert json.loads(file.attrs["provenance"])["variant"] == variant
    np.testing.assert_array_equal(outputs[0], outputs[1])
    with pytest.raises(InputError, match="variant must be from 0 to"):
        gazeaug.refine(source, model=model, variant=-1)
