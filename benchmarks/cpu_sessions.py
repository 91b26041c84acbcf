"""How ONNX Runtime is best run on this CPU: `python -m benchmarks.cpu_sessions`.

Threads together or a lane each, size of the batch, spinning, and ONNX Runtime's blocked layout (NCHWc) for networks of
several widths, beside torch.
"""

from __future__ import annotations

import os
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import torch

from benchmarks.refining_stream import SHAPE, Seconds, alternate, read, real_model, write_eyes
from gazeaug.refiner.network import Refiner
from gazeaug.runtime.lanes import Lanes, lanes_of
from gazeaug.runtime.opening import Opening, open_session
from gazeaug.runtime.quiet import onnxruntime
from gazeaug.runtime.session import RefinerSession
from gazeaug.training.recipes import from_recipe
from gazeaug.training.state import refiner_config_of
from gazeaug_exporters.contract import GreyLevelRefiner
from gazeaug_exporters.onnx_export import write_graph

N_TRIED, N_WIDE, WIDTHS = 2_048, 512, (16, 24, 32, 64)


def main() -> None:
    """Print both tables."""
    with tempfile.TemporaryDirectory() as name:
        print(ways_of_using_cores(Path(name)), flush=True)
        print(layouts(Path(name)), flush=True)


def ways_of_using_cores(folder: Path) -> str:
    """Why lanes, and why batches of 16: the recipe `fast`, fed from memory."""
    model, images = real_model(folder), read(write_eyes(folder / "few.h5", N_TRIED))

    def through(session: RefinerSession, n_lanes: int, batch: int) -> None:
        refined = np.empty_like(images)
        with Lanes(lanes_of(session, (batch, *SHAPE), n_lanes), batch) as lanes:
            for done in lanes.start(images, refined):
                done.result()

    cores = os.cpu_count() or 1
    together, alone = (RefinerSession(model, device="cpu", threads=n) for n in (cores, 1))
    patient = RefinerSession(model, device="cpu", threads=cores, spinning=False)
    ways = {f"{cores} threads a batch of 64": partial(through, together, 1, 64)}
    ways[f"{cores} threads that do not spin, 64"] = partial(through, patient, 1, 64)
    ways |= {f"a lane a core, batches of {batch}": partial(through, alone, cores, batch) for batch in (4, 16, 64)}
    seconds = alternate(*ways.values())
    lines = [
        f"| {name} | {N_TRIED / took.passed:,.0f} | {N_TRIED / took.worked:,.0f} |"
        for name, took in zip(ways, seconds, strict=True)
    ]
    return "\n".join(["| recipe fast, from memory | images/s | images a CPU second |", "|---|---|---|", *lines])


def layouts(folder: Path) -> str:
    """What the blocked layout costs and brings, in one thread."""
    lines = [
        "\n| features | blocked layout | not blocked | torch eager | (images a CPU second) |",
        "|---|---|---|---|---|",
    ]
    images = np.random.default_rng(0).integers(0, 256, (N_WIDE, *SHAPE), dtype=np.uint8)
    torch.set_num_threads(1)
    for width in WIDTHS:
        path = folder / f"{width}.onnx"
        torch.manual_seed(0)
        network = GreyLevelRefiner(Refiner(refiner_config_of(from_recipe("fast", {"features": width})))).eval()
        write_graph(network, torch.zeros((2, *SHAPE), dtype=torch.uint8), path, 18)
        opening = Opening(model=path, device="cpu", threads=1, spinning=False, content=None, cuda_options={})
        sessions = [open_session(opening, in_blocks=in_blocks) for in_blocks in (True, False)]
        ways = [partial(in_runtime, session, images) for session in sessions] + [partial(in_torch, network, images)]
        lines.append(f"| {width} | {' | '.join(rate(seconds) for seconds in alternate(*ways))} | |")
    return "\n".join(lines)


def rate(seconds: Seconds) -> str:
    """Images a CPU second."""
    return f"{N_WIDE / seconds.worked:,.0f}"


def in_runtime(session: onnxruntime.InferenceSession, images: np.ndarray) -> None:
    """All pictures in batches of 16."""
    for start in range(0, len(images), 16):
        session.run(None, {"image": images[start : start + 16]})


def in_torch(network: torch.nn.Module, images: np.ndarray) -> None:
    """The same in torch, in its usual batch."""
    with torch.inference_mode():
        network(torch.from_numpy(images))


if __name__ == "__main__":
    main()
