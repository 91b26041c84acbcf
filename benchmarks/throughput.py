"""What surrounds the network costs: the refining stream against the bare session, on the same model and machine."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import torch

from gazeaug.refiner import Refiner, RefinerConfig
from gazeaug.refining import refine
from gazeaug.session import RefinerSession
from gazeaug_exporters.contract import GreyLevelRefiner
from gazeaug_exporters.onnx_export import write_graph

N_ROWS, BATCH, ROUNDS = 6_400, 64, 3


def main() -> None:
    """Print images a second of both, alternating, and the ratio of their medians."""
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model, source = folder / "refiner.onnx", folder / "eyes.h5"
        write_graph(GreyLevelRefiner(Refiner(RefinerConfig(features=24))).eval(), example(), model, 18)
        images = np.random.default_rng(0).integers(0, 256, (N_ROWS, 35, 55), dtype=np.uint8)
        with h5py.File(source, "w") as file:
            file.create_dataset("image", data=images, chunks=(64, 35, 55))
            file["look_vec"] = np.zeros((N_ROWS, 4), np.float32)
        rates: dict[str, list[float]] = {"bare session": [], "refine-dataset": []}
        for _ in range(ROUNDS):
            rates["bare session"].append(rate(lambda: run_bare(model, images)))
            rates["refine-dataset"].append(
                rate(lambda: refine(source, model=model, batch_size=BATCH, overwrite=True, fresh=True))
            )
    print(f"images a second, {N_ROWS:,} eyes of 35 x 55, 24 features, CPU, median of {ROUNDS}")
    medians = {title: float(np.median(values)) for title, values in rates.items()}
    for title, median in medians.items():
        print(f"| {title} | {median:,.0f} |")
    print(f"ratio: {medians['refine-dataset'] / medians['bare session']:.2f}")


def example() -> torch.Tensor:
    """Two pictures to trace with."""
    return torch.zeros((2, 35, 55), dtype=torch.uint8)


def run_bare(model: Path, images: np.ndarray) -> None:
    """The session alone, fed from memory; loading it counts, as it does for the command."""
    session = RefinerSession(model, device="cpu")
    for start in range(0, len(images), BATCH):
        session.refine(images[start : start + BATCH])


def rate(work: Callable[[], object]) -> float:
    """Images a second of a piece of work on all rows."""
    began = time.perf_counter()
    work()
    return N_ROWS / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
