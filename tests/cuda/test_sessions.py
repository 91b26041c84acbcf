"""Sessions on CUDA, seen through stand-ins: their nodes, their options, their recorded graphs, their libraries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
import torch

from gazeaug.refiner.network import Refiner
from gazeaug.runtime.precision import as_fp16
from gazeaug.training.recipes import RECIPES, from_recipe
from gazeaug.training.state import refiner_config_of
from gazeaug_exporters.contract import GreyLevelRefiner
from gazeaug_exporters.onnx_export import write_graph
from tests.cuda.conftest import Done
from tests.makers import models

Run = Callable[..., Done]
pytestmark = pytest.mark.usefixtures("libraries")

# A session that refuses to leave a node to the CPU, and the graph that it runs.
ALONE = """
import sys
from gazeaug.runtime.opening import CUDA, EXACT, why_not_cuda
from gazeaug.runtime.quiet import onnxruntime

assert why_not_cuda() is None
for model in sys.argv[1:]:
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    options.optimized_model_filepath = model + ".run"
    onnxruntime.InferenceSession(model, options, providers=[(CUDA, EXACT)], enable_fallback=0)
"""


@pytest.mark.parametrize(("recipe", "channels"), [*((recipe, 1) for recipe in RECIPES), ("fast", 3)])
def test_every_node_of_every_recipe_is_on_cuda(on_cuda: Run, tmp_path: Path, recipe: str, channels: int):
    refiner = Refiner(refiner_config_of(from_recipe(recipe, {}), channels))
    model, half = tmp_path / "refiner.onnx", tmp_path / "half.onnx"
    example = torch.zeros((2, 35, 55, 3) if channels == 3 else (2, 35, 55), dtype=torch.uint8)
    write_graph(GreyLevelRefiner(refiner).eval(), example, model, 18)
    half.write_bytes(as_fp16(onnx.load(model)))
    done = on_cuda("-c", ALONE, model, half)
    assert done.code == 0, done.err
    for path in (model, half):
        kinds = {node.op_type for node in onnx.load(f"{path}.run").graph.node}
        assert "Conv" in kinds or "FusedConv" in kinds
        assert not kinds & {"MemcpyFromHost", "MemcpyToHost"}


def test_fp32_is_not_tf32(on_cuda: Run, tmp_path: Path):
    code = "import sys; from gazeaug.runtime.session import RefinerSession; s = RefinerSession(sys.argv[1]); "
    code += "print(s.backend, s._session.get_provider_options()['CUDAExecutionProvider']['use_tf32'])"
    done = on_cuda("-c", code, models.copying(tmp_path / "refiner.onnx"))
    assert done.out.endswith("'gpu': 'Stand-in GPU', 'cuda': '13.0', 'cudnn': '9.19.0'} 0\n"), done.out + done.err


# Lanes that record their graphs, while this thread locks pages whenever it can, as the reading thread does.
RECORDING = """
import sys
import numpy as np
from gazeaug.runtime.lanes import Lanes, lanes_of
from gazeaug.runtime.session import RefinerSession

session = RefinerSession(sys.argv[1], device="cuda", threads=1)
images = np.random.default_rng(0).integers(0, 256, (640, 16, 18), dtype=np.uint8)
refined = np.zeros_like(images)
with Lanes(lanes_of(session, (32, 16, 18), graphs=True), 32) as lanes:
    for _ in range(5):
        for batch in lanes.start(images, refined):
            batch.result()
"""


def test_lanes_record_one_after_the_other_and_play_in_their_own_thread(on_cuda: Run, tmp_path: Path):
    model = models.wide(tmp_path / "wide.onnx")
    done = on_cuda("-c", RECORDING, model, STAND_IN_WAIT_US=500, STAND_IN_LAUNCH_US=2000)
    assert done.code == 0, done.err
    assert not done.named("REFUSED")
    begun, ended = done.named("cudaStreamBeginCapture"), done.named("cudaStreamEndCapture")
    assert len(begun) == len(ended) == 2
    assert ended[0].seconds <= begun[1].seconds
    threads = {call.stream: call.thread for call in begun}
    assert len(set(threads.values())) == 2
    played = done.named("cudaGraphLaunch")
    assert len(played) >= 100
    assert all(threads[call.stream] == call.thread for call in played)


MOVED = """
import pickle, sys
from pathlib import Path
from gazeaug.runtime.session import RefinerSession

if len(sys.argv) == 3:
    Path(sys.argv[2]).write_bytes(pickle.dumps(RefinerSession(sys.argv[1])))
else:
    print(pickle.loads(Path(sys.argv[1]).read_bytes()).provider)
"""


def test_a_worker_with_another_gpu_is_refused(on_cuda: Run, tmp_path: Path):
    model, packed = models.copying(tmp_path / "refiner.onnx"), tmp_path / "session"
    assert on_cuda("-c", MOVED, model, packed).code == 0
    assert on_cuda("-c", MOVED, packed).out == "CUDAExecutionProvider\n"
    assert "gpu Another GPU" in on_cuda("-c", MOVED, packed, STAND_IN_NAME="Another GPU").err


# Ray's workers refine one unit after the other through the same stream.
UNITS = """
import sys
from gazeaug.refining.config import RefineConfig
from gazeaug.refining.plan import plan_refining
from gazeaug.refining.ray_engine import RefineWorker

config = RefineConfig(model=sys.argv[2], rows_per_unit=64, batch_size=32, engine="ray", precision="fp32")
plan = plan_refining(sys.argv[1], config)
with plan.log.held(fresh=True):
    worker = RefineWorker(plan)
    for unit in plan.units:
        worker.refine(unit)
    worker.close()
"""


def test_a_worker_keeps_its_lanes_from_unit_to_unit(on_cuda: Run, eyes_path: Path, tmp_path: Path):
    done = on_cuda("-c", UNITS, eyes_path, models.copying(tmp_path / "copying.onnx"))
    assert done.code == 0, done.err
    assert len(list(tmp_path.glob("*.parts/unit-*.h5"))) == 3
    assert (
        len([call for call in done.named("cudaStreamCreate") if "flags 1" in call.given]) == 1 + 2
    )  # trial, two lanes


FOUND = "from gazeaug.runtime.opening import why_not_cuda; print(why_not_cuda())"


def test_libraries_are_found_in_every_folder_of_packages(on_cuda: Run, libraries: Path, tmp_path: Path):
    """CUDA's wheels in one folder of packages, cuDNN's in another, the driver alone in the system."""
    driver = tmp_path / "system"
    wheels, other_wheels = (
        tmp_path / "site" / "nvidia" / "cu13" / "lib",
        tmp_path / "other" / "nvidia" / "cudnn" / "lib",
    )
    for folder in (driver, wheels, other_wheels):
        folder.mkdir(parents=True)
    for path in libraries.glob("lib*.so.*"):
        if not path.name.endswith(".map"):
            kind = path.name.split(".")[0]
            {"libcuda": driver, "libcudnn": other_wheels}.get(kind, wheels).joinpath(path.name).symlink_to(path)
    paths = on_cuda("-c", "import sys; print(':'.join(sys.path))").out.strip()
    both = f"{tmp_path / 'site'}:{tmp_path / 'other'}:{paths}"
    assert on_cuda("-c", FOUND, folder=driver, PYTHONPATH=both).out == "None\n"
    one = f"{tmp_path / 'site'}:{paths}"
    assert "libcudnn.so.9 cannot be loaded" in on_cuda("-c", FOUND, folder=driver, PYTHONPATH=one).out
