"""The refiner on CUDA, as gazeaug runs it and in other ways: the one module here that opens sessions."""

from __future__ import annotations

import importlib.metadata
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.gpu.report import Skipped
from gazeaug.refining.buffers import whole_pages
from gazeaug.runtime.cuda import Card, CudaError, CudaRuntime, driver_is_here
from gazeaug.runtime.lanes import Lanes, lanes_of
from gazeaug.runtime.opening import Opening, open_session, why_not_cuda
from gazeaug.runtime.pinned import Pins
from gazeaug.runtime.precision import as_fp16
from gazeaug.runtime.quiet import onnxruntime
from gazeaug.runtime.session import RefinerSession

ROUNDS, ROUND_SECONDS = 3, 0.3
Run = Callable[[], Any]


def need_cuda() -> None:
    """Go on where CUDA can be tried.

    Raises:
        Skipped: naming what is missing.
    """
    if reason := why_not_cuda():
        raise Skipped(reason)


def need_driver() -> None:
    """Go on where a GPU may be, without asking anything of it.

    Raises:
        Skipped: there is no driver.
    """
    if not driver_is_here():
        raise Skipped("no NVIDIA driver is on this machine")


def card_text() -> str:
    """The card, its driver and what computes on it, as headings name them."""
    found = [f"ONNX Runtime {onnxruntime.__version__}"]
    try:
        found.append(f"torch {importlib.metadata.version('torch')}")
    except importlib.metadata.PackageNotFoundError:
        found.append("no torch")
    if not driver_is_here():
        return ", ".join(["no GPU", *found])
    try:
        card = Card.found()
    except (OSError, CudaError) as error:
        return ", ".join([f"a GPU that does not answer ({error})", *found])
    return ", ".join([card.name, f"driver {driver_text()}", f"CUDA {card.cuda}", f"cuDNN {card.cudnn}", *found])


def driver_text() -> str:
    """Version of the driver, as it tells itself."""
    if shutil.which("nvidia-smi") is None:
        return "not named (no nvidia-smi)"
    command = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
    return lines[0] if lines else "that does not answer"


def write_fp16(model: Path, path: Path) -> None:
    """Convert a model as `--precision fp16` does."""
    import onnx

    path.write_bytes(as_fp16(onnx.load(model)))


def open_bare(model: Path, device: str = "cuda", options: Mapping[str, str] | None = None, threads: int = 1) -> Any:
    """A session of ONNX Runtime's own, on that device or not at all."""
    opening = Opening(
        model=model, device=device, threads=threads, spinning=True, content=None, cuda_options=dict(options or {})
    )
    return open_session(opening)


@dataclass(frozen=True)
class Way:
    """One way to run the session on CUDA."""

    name: str
    precision: str = "fp16"
    options: Mapping[str, str] = field(default_factory=dict)
    """Of the CUDA provider, on top of gazeaug's."""
    graphs: bool = False
    """Whether lanes record their kernels and play them again."""
    n_lanes: int = 2
    runner: str = "lanes"
    """"lanes": as refine-dataset does it, the host's memory page-locked; "host": input and output bound to that memory,
    ONNX Runtime copies; "plain": `run` with arrays."""


@contextmanager
def running(way: Way, model: Path, images: NDArray[np.uint8], batch: int) -> Iterator[tuple[Run, NDArray[np.uint8]]]:
    """A call that refines all of the images in batches, and the memory that holds what it has refined.

    Args:
        way: how.
        model: in the way's precision.
        images: uint8 (N, H, W), N a multiple of `batch`.
        batch: images a session call.
    """
    given, refined = whole_pages(images.shape), whole_pages(images.shape)
    given[...] = images
    with Pins(CudaRuntime()) as pins:
        pins.pin(given)
        pins.pin(refined)
        if way.runner == "lanes":
            session = RefinerSession(model, device="cuda", threads=1, cuda_options=dict(way.options))
            makers = lanes_of(session, (batch, *images.shape[1:]), graphs=way.graphs)[: way.n_lanes]
            with Lanes(makers, batch) as lanes:

                def run() -> None:
                    for done in lanes.start(given, refined):
                        done.result()

                yield run, refined
        else:
            session = open_bare(model, options=way.options)
            refine = bound_to_host if way.runner == "host" else plain
            yield lambda: refine(session, given, refined, batch), refined


def bound_to_host(session: Any, given: NDArray[np.uint8], refined: NDArray[np.uint8], batch: int) -> None:
    """Both ends are memory of the host, which ONNX Runtime copies from and to."""
    shape, binding = (batch, *given.shape[1:]), session.io_binding()
    for start in range(0, len(given), batch):
        binding.bind_input("image", "cpu", 0, np.uint8, shape, given[start:].ctypes.data)
        binding.bind_output("refined", "cpu", 0, np.uint8, shape, refined[start:].ctypes.data)
        session.run_with_iobinding(binding)


def plain(session: Any, given: NDArray[np.uint8], refined: NDArray[np.uint8], batch: int) -> None:
    """Arrays in, arrays out."""
    for start in range(0, len(given), batch):
        refined[start : start + batch] = session.run(None, {"image": given[start : start + batch]})[0]


def rate_of(way: Way, model: Path, images: NDArray[np.uint8], batch: int) -> float:
    """Images a second: the median of some rounds of a fixed time, after one call that warms up."""
    with running(way, model, images, batch) as (run, _):
        run()
        rates = []
        for _ in range(ROUNDS):
            n_images, began = 0, time.perf_counter()
            while (seconds := time.perf_counter() - began) < ROUND_SECONDS or not n_images:
                run()
                n_images += len(images)
            rates.append(n_images / seconds)
    return median(rates)
