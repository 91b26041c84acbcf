"""Images a second of the session, fed from memory, in many ways: sections `ways`, `profile` and `eager`."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.gpu.inputs import images, model_in
from benchmarks.gpu.report import Skipped, Table
from benchmarks.gpu.sessions import Way, need_cuda, rate_of, running

if TYPE_CHECKING:
    import torch

N_TIMED = 32_768  # images of a call, which is repeated
LEAST_BATCHES, MOST_BATCHES = 8, 64
LANES, ONE_LANE = Way("as gazeaug runs it"), Way("one lane", n_lanes=1)
GRAPHS = Way("CUDA graph", graphs=True)
TRIES: tuple[tuple[Way, int], ...] = (
    *((way, batch) for batch in (64, 256, 1_024, 4_096) for way in (LANES, GRAPHS)),
    *((way, batch) for batch in (64, 1_024) for way in (ONE_LANE, Way("as gazeaug runs it", "fp32"))),
    (Way("one lane, CUDA graph", graphs=True, n_lanes=1), 1_024),
    (Way("CUDA graph", "fp32", graphs=True), 1_024),
    (Way("with TF32", "fp32", {"use_tf32": "1"}), 1_024),
    (Way("prefer_nhwc", options={"prefer_nhwc": "1"}), 1_024),
    (Way("prefer_nhwc, CUDA graph", options={"prefer_nhwc": "1"}, graphs=True), 1_024),
    (Way("prefer_nhwc, fuse_conv_bias", options={"prefer_nhwc": "1", "fuse_conv_bias": "1"}), 1_024),
    (Way("cudnn_conv_algo_search HEURISTIC", options={"cudnn_conv_algo_search": "HEURISTIC"}), 1_024),
    (Way("host memory bound, ONNX Runtime copies", runner="host", n_lanes=1), 1_024),
    (Way("plain run with arrays", runner="plain", n_lanes=1), 1_024),
)
PROFILED = (("fp16", 1_024), ("fp32", 1_024), ("fp16", 64))
N_KERNELS = 18
EAGER_BATCH, N_EAGER = 4_096, 10


def ways() -> None:
    """Every way in turn; the model is in its precision already, so nothing is converted."""
    need_cuda()
    table = Table("The session fed from memory", "way", "precision", "batch", "lanes", "images/s")
    for way, batch in TRIES:
        cells = partial(rate_cells, way, batch)
        table.row(way.name, way.precision, f"{batch:,}", str(way.n_lanes), cells=cells)


def rate_cells(way: Way, batch: int) -> list[str]:
    """Images a second."""
    n_batches = min(max(LEAST_BATCHES, N_TIMED // batch), MOST_BATCHES)
    return [f"{rate_of(way, model_in(way.precision), images(n_batches * batch), batch):,.0f}"]


def profile() -> None:
    """Which kernels a batch spends its time in."""
    need_cuda()
    need_torch_gpu()
    for precision, batch in PROFILED:
        title = f"Kernels of a batch of {batch:,} in {precision}, one lane"
        table = Table(title, "kernel", "launches", "microseconds a batch")
        table.row("all", cells=partial(kernel_rows, table, precision, batch))


def kernel_rows(table: Table, precision: str, batch: int) -> list[str]:
    """Prints the kernels that take longest; gives the cells of all together."""
    import torch

    n_batches = LEAST_BATCHES
    eyes = np.resize(images(batch), (n_batches * batch, *images(1).shape[1:]))
    with running(Way("one lane", precision, n_lanes=1), model_in(precision), eyes, batch) as (run, _):
        run()
        torch.zeros(1, device="cuda")
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as found:
            began = time.perf_counter()
            run()
            seconds = time.perf_counter() - began
    kernels = sorted(found.key_averages(), key=lambda kernel: -kernel.device_time_total)
    for kernel in kernels[:N_KERNELS]:
        cells = [f"{kernel.count / n_batches:.1f}", f"{kernel.device_time_total / n_batches:,.1f}"]
        table.row(kernel.key[:100].replace("|", "/"), cells=partial(list, cells))
    total = sum(kernel.device_time_total for kernel in kernels)
    launches = sum(kernel.count for kernel in kernels)
    passed = f"{total / n_batches:,.1f} of {1e6 * seconds / n_batches:,.1f} that passed"
    return [f"{launches / n_batches:.0f}", passed]


def eager() -> None:
    """torch itself, from memory of the device."""
    need_torch_gpu()
    import torch

    from benchmarks.refining_stream import make_refiner
    from gazeaug_exporters.contract import GreyLevelRefiner

    network = GreyLevelRefiner(make_refiner().to(memory_format=torch.channels_last)).cuda().eval()  # type: ignore[call-overload]
    eyes = torch.from_numpy(images(EAGER_BATCH)).cuda()
    table = Table("torch, images on the device", "way", "precision", "batch", "images/s")
    tries: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
        ("eager", "fp32", network),
        ("torch.compile", "fp32", torch.compile(network)),
        ("torch.compile, autocast", "fp16", torch.compile(network)),
    )
    for title, precision, call in tries:
        table.row(title, precision, f"{EAGER_BATCH:,}", cells=partial(rate_in_torch, call, eyes, precision))


def rate_in_torch(call: Callable[[Any], Any], eyes: torch.Tensor, precision: str) -> list[str]:
    """Images a second, once torch has compiled what it wants."""
    import torch

    with torch.inference_mode(), torch.autocast("cuda", torch.float16, enabled=precision == "fp16"):
        for _ in range(3):
            call(eyes)
        torch.cuda.synchronize()
        began = time.perf_counter()
        for _ in range(N_EAGER):
            call(eyes)
        torch.cuda.synchronize()
    return [f"{N_EAGER * len(eyes) / (time.perf_counter() - began):,.0f}"]


def need_torch_gpu() -> None:
    """Go on where torch can compute on a GPU.

    Raises:
        Skipped: it cannot.
    """
    import torch

    if not torch.cuda.is_available():
        raise Skipped("torch sees no GPU")
