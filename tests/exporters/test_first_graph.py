"""Models that were exported earlier: they work everywhere, with their own pixels.

Graph 1 is made anew by slower steps; graph 2, whose camera was another one, is a file that version wrote.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from gazeaug.refiner.network import Refiner, RefinerConfig
from gazeaug.runtime.precision import at_precision
from gazeaug.runtime.session import VARIANT_KEY, RefinerSession
from gazeaug.samples.renderer import render_eyes
from gazeaug_exporters.contract import GreyLevelRefiner
from gazeaug_exporters.onnx_export import add_metadata, variant_of, write_graph
from tests.makers.first_graph import FirstGraph

pytestmark = pytest.mark.usefixtures("one_thread")
SHAPE, HERE = (19, 24), Path(__file__).parent


def exported(module: GreyLevelRefiner, path: Path) -> Path:
    write_graph(module.eval(), torch.zeros((2, *SHAPE), dtype=torch.uint8), path, 18)
    add_metadata(path, {"gazeaug.precision": "fp32", **variant_of(path)})
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One refiner's first graph and today's."""
    torch.manual_seed(0)
    refiner = Refiner(RefinerConfig(features=8, blocks=2, styles=3))
    torch.nn.init.normal_(refiner.last.weight, std=0.02)
    folder = tmp_path_factory.mktemp("graphs")
    kinds = {"first": FirstGraph, "now": GreyLevelRefiner}
    first, now = (exported(kind(refiner), folder / f"{name}.onnx") for name, kind in kinds.items())
    return first, now


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return render_eyes(256, domain="synthetic", seed=0, size=SHAPE).images


@pytest.mark.parametrize("variant", [0, 25_000])
def test_a_new_export_gives_the_pixels_of_the_first(files: tuple[Path, Path], images: np.ndarray, variant: int):
    first, now = (RefinerSession(path, device="cpu", variant=variant).refine(images) for path in files)
    np.testing.assert_array_equal(now, first)
    assert np.abs(first.astype(int) - images).mean() > 3


def test_a_new_export_takes_fewer_steps(files: tuple[Path, Path]):
    first, now = (onnx.load(path).graph.node for path in files)
    assert len(first) - len(now) >= 35
    assert [sum(node.op_type == "Mod" for node in graph) for graph in (first, now)] == [22, 10]


@pytest.mark.parametrize("variant", [0, 25_000])
def test_a_file_of_graph_2_gives_its_pixels(variant: int):
    """Four features and an old camera, and what it made of sample eyes when it was written."""
    with np.load(HERE / "graph_2.npz") as kept:
        images, wanted = kept["images"], kept[f"variant_{variant}"]
    found = RefinerSession(HERE / "graph_2.onnx", device="cpu", variant=variant).refine(images)
    difference = np.abs(found.astype(int) - wanted)
    assert difference.max() <= 1  # another kind of CPU may round otherwise
    assert (difference > 0).mean() < 0.001


def test_variants_of_the_first_graph_differ(files: tuple[Path, Path], images: np.ndarray):
    assert VARIANT_KEY in {entry.key for entry in onnx.load(files[0]).metadata_props}
    one, other = (RefinerSession(files[0], device="cpu", variant=variant).refine(images) for variant in (0, 1))
    assert np.abs(one.astype(int) - other).mean() > 1


@pytest.mark.parametrize("precision", ["fp16", "int8"])
@pytest.mark.parametrize("which", ["first", "now"])
def test_both_graphs_have_lower_precisions(files: tuple[Path, Path], images: np.ndarray, which: str, precision: str):
    session = RefinerSession(files[which == "now"], device="cpu", variant=3)
    _, difference = at_precision(session, precision, images, batch=32)
    assert 0 < difference.mean <= 1
