"""What a GPU does with the refiner; run by `benchmarks/gpu.sh`. Without CUDA it says what it skips and why.

Throughput is of the bare session on one fixed batch, or of several batches in lanes; parity is with the CPU provider in
fp32, in grey levels.
"""

from __future__ import annotations

import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import onnx
import torch

from gazeaug.doctor import check_up
from gazeaug.errors import GazeaugError
from gazeaug.refiner.network import Refiner
from gazeaug.runtime.lanes import Lanes, lanes_of
from gazeaug.runtime.opening import CPU, CUDA, cuda_driver_is_here
from gazeaug.runtime.pinned import Pins
from gazeaug.runtime.precision import as_fp16
from gazeaug.runtime.quiet import onnxruntime
from gazeaug.runtime.session import RefinerSession
from gazeaug.samples.renderer import render_eyes
from gazeaug.training.recipes import from_recipe
from gazeaug.training.state import refiner_config_of
from gazeaug_exporters.contract import GreyLevelRefiner
from gazeaug_exporters.onnx_export import write_graph

BATCHES, ROUNDS, N_CALLS = (64, 256, 1024), 5, 20
BATCHES_IN_LANES = 8


@dataclass(frozen=True)
class Way:
    """One way to run the session on CUDA."""

    name: str
    options: dict[str, str] = field(default_factory=dict)
    half: bool = False
    bound: bool = False
    """Input and output stay in buffers on the device, bound once; copies are part of the time."""
    lanes: bool = False
    """As refine-dataset does it: several lanes, memory of the host page-locked where CUDA is."""


WAYS = (
    Way("CUDA as gazeaug runs it, fp32"),
    Way("without TF32", {"use_tf32": "0"}),
    Way("cudnn_conv_algo_search HEURISTIC", {"cudnn_conv_algo_search": "HEURISTIC"}),
    Way("prefer_nhwc", {"prefer_nhwc": "1"}),
    Way("fp16", half=True),
    Way("fp16, prefer_nhwc", {"prefer_nhwc": "1"}, half=True),
    Way("IO binding", bound=True),
    Way("IO binding, fp16", half=True, bound=True),
    Way("CUDA graph", {"enable_cuda_graph": "1"}, bound=True),
    Way("CUDA graph, fp16", {"enable_cuda_graph": "1"}, half=True, bound=True),
    Way("two lanes, as refine-dataset runs it", lanes=True),
    Way("two lanes, fp16", half=True, lanes=True),
    Way("two lanes, CUDA graph", {"enable_cuda_graph": "1"}, lanes=True),
    Way("two lanes, CUDA graph, fp16", {"enable_cuda_graph": "1"}, half=True, lanes=True),
)


def main() -> None:
    """Print what is there, then the table."""
    print(
        f"{platform.machine()}, {platform.python_version()}, torch {torch.__version__}, ORT {onnxruntime.__version__}"
    )
    for finding in check_up().findings:
        print(finding.text)
    with tempfile.TemporaryDirectory() as name:
        model = make_model(Path(name) / "refiner.onnx")
        half = Path(name) / "half.onnx"
        half.write_bytes(as_fp16(onnx.load(model)))
        images = np.resize(render_eyes(256, domain="synthetic", seed=0).images, (max(BATCHES), 35, 55))
        exact = open_session(model, CPU).run(None, {"image": images[:256]})[0]
        print(f"\n| | {' | '.join(f'batch {n}: images/s' for n in BATCHES)} | largest difference from the CPU |")
        print("|---|" + "---|" * (len(BATCHES) + 1))
        in_lanes = Way("CPU, fp32, a lane a core", lanes=True)
        print_way(Way("CPU, fp32"), model, images, exact, device="cpu", batches=BATCHES[:1])
        print_way(in_lanes, model, images, exact, device="cpu", batches=BATCHES[:1])
        why = why_not_cuda()
        for way in WAYS:
            if why:
                print(f"| {way.name} | skipped: {why} |{' |' * len(BATCHES)}")
            else:
                print_way(way, half if way.half else model, images, exact, device="cuda")


def print_way(
    way: Way,
    model: Path,
    images: np.ndarray,
    exact: np.ndarray,
    *,
    device: str,
    batches: tuple[int, ...] = BATCHES,
) -> None:
    """A line of the table; what the provider refuses is said in place of figures."""
    rates, apart = [], 0
    try:
        for n in batches:
            with (runner_in_lanes if way.lanes else runner)(model, way, images[:n], device) as run:
                refined = run()
                compared = min(n, len(exact))
                apart = max(apart, int(np.abs(refined[:compared].astype(np.int16) - exact[:compared]).max()))
                rates.append(len(refined) / seconds_of(run, N_CALLS if device == "cuda" else 1))
    except (RuntimeError, GazeaugError) as error:  # ONNX Runtime's errors, and ours
        print(f"| {way.name} | failed: {str(error).splitlines()[0][:120]} |")
        return
    shown = [f"{rate:,.0f}" for rate in rates] + ["-"] * (len(BATCHES) - len(rates))
    print(f"| {way.name} | {' | '.join(shown)} | {apart} |", flush=True)


@contextmanager
def runner(model: Path, way: Way, images: np.ndarray, device: str) -> Iterator[Callable[[], np.ndarray]]:
    """A call that refines the batch: by plain `run`, or through buffers bound once."""
    session = open_session(model, CUDA if device == "cuda" else CPU, way.options)
    if not way.bound:
        yield lambda: session.run(None, {"image": images})[0]
        return
    given = onnxruntime.OrtValue.ortvalue_from_numpy(images, device, 0)
    taken = onnxruntime.OrtValue.ortvalue_from_shape_and_type(images.shape, np.uint8, device, 0)
    binding = session.io_binding()
    binding.bind_ortvalue_input("image", given)
    binding.bind_ortvalue_output("refined", taken)

    def run() -> np.ndarray:
        given.update_inplace(images)
        session.run_with_iobinding(binding)
        refined: np.ndarray = taken.numpy()
        return refined

    yield run


@contextmanager
def runner_in_lanes(model: Path, way: Way, images: np.ndarray, device: str) -> Iterator[Callable[[], np.ndarray]]:
    """A call that refines several batches through the lanes of `refine-dataset`."""
    session = RefinerSession(model, device=device, threads=1, cuda_options=way.options)
    given = np.concatenate([images] * BATCHES_IN_LANES)
    refined = np.empty_like(given)
    lanes = lanes_of(session, images.shape)
    with Pins() if device == "cuda" else nullcontext() as pins, Lanes(lanes, len(images)) as at_work:
        if pins is not None and not (pins.pin(given) and pins.pin(refined)):
            print("(memory could not be page-locked)")

        def run() -> np.ndarray:
            for batch in at_work.start(given, refined):
                batch.result()
            return refined

        yield run


def seconds_of(run: Callable[[], np.ndarray], n_calls: int) -> float:
    """Median seconds of a call, after some that warm up."""
    for _ in range(min(3, n_calls)):
        run()
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(n_calls):
            run()
        taken.append((time.perf_counter() - began) / n_calls)
    return median(taken)


def open_session(model: Path, provider: str, options: dict[str, str] | None = None) -> Any:
    """A session on one provider."""
    if provider == CUDA:
        onnxruntime.preload_dlls(directory="")
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 3
    found = onnxruntime.InferenceSession(str(model), settings, providers=[(provider, options or {})])
    if found.get_providers()[0] != provider:
        raise RuntimeError(f"{provider} did not load")
    return found


def why_not_cuda() -> str:
    """Empty where CUDA can be tried."""
    if not cuda_driver_is_here():
        return "no NVIDIA driver on this machine"
    return "" if CUDA in onnxruntime.get_available_providers() else "this ONNX Runtime has no CUDA provider"


def make_model(path: Path) -> Path:
    """A refiner of the recipe `fast`, not trained, but not idle either."""
    torch.manual_seed(0)
    refiner = Refiner(refiner_config_of(from_recipe("fast", {})))
    torch.nn.init.normal_(refiner.last.weight, std=0.02)
    write_graph(GreyLevelRefiner(refiner).eval(), torch.zeros((2, 35, 55), dtype=torch.uint8), path, 18)
    return path


if __name__ == "__main__":
    main()
