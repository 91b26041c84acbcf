"""What lower precision and a student cost and bring: `python -m benchmarks.precision`.

A refiner is trained on sample eyes with the recipe `fast`, exported, and run in every precision over the same rows; a
gaze CNN then learns from each output and is tested on camera eyes with true gaze. Speeds are ratios to fp32, taken in
turns on one machine, in one thread. `python -m benchmarks.precision RUN` takes a run that is there, whose rendered eyes
are in the folder above `runs/`.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import h5py
import numpy as np

from gazeaug.estimators.small_cnn import mean_angular_error, read_labelled, train_gaze_cnn
from gazeaug.refining.config import Precision, RefineConfig
from gazeaug.refining.plan import plan_refining
from gazeaug.refining.work import run
from gazeaug.runs.folder import read_state
from gazeaug.samples.renderer import render_eyes
from gazeaug.samples.sets import make_sample_data
from gazeaug.training.loop import train
from gazeaug_exporters import export_onnx

N_EYES, N_TEST, N_TIMED, ROUNDS, BATCH = 10_000, 4_000, 640, 5, 64
STEPS = 1_500


def main(run: Path | None = None) -> None:
    """Print the table."""
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as name:
        if run is None:
            os.chdir(name)
            make_sample_data(".", rows=N_EYES, seed=0)
            run = train(synthetic="unityeyes.h5", real="real.h5", steps=STEPS)
        try:
            measure(run.resolve(), Path(name))
        finally:
            os.chdir(here)


def measure(run: Path, folder: Path) -> None:
    """Export a run in every way and print the table; what is made goes to a folder."""
    os.chdir(run.parent.parent)
    source = Path("unityeyes.h5").resolve()
    with h5py.File(source) as file:
        print(f"{len(file['image']):,} eyes, {read_state(run)['step']:,} steps of training", flush=True)
    big = export_onnx(run_dir=run, output=folder / "big.onnx").output
    os.chdir(folder)
    base = table(source, [("fp32", big, "fp32"), ("fp16", big, "fp16"), ("int8", big, "int8")])
    small = export_onnx(run_dir=run, student=True, synthetic=source, output=folder / "small.onnx")
    table(source, [("student", small.output, "fp32"), ("student, int8", small.output, "int8")], base)
    print(f"student: {small.student}")


@dataclass(frozen=True)
class Base:
    """What the others are compared with: the session in fp32, and its pictures."""

    refine: Callable[[np.ndarray], np.ndarray]
    images: np.ndarray


def table(source: Path, ways: list[tuple[str, Path, Precision]], base: Base | None = None) -> Base:
    """A line for each way to run the refiner: (name, model, precision); the first is the base where none is given."""
    test = render_eyes(N_TEST, domain="camera", seed=1)
    if base is None:
        print("| | speed / fp32 | difference: mean, 99.9 %, largest (grey levels) | CNN on camera eyes (degrees) |")
        print("|---|---|---|---|")
    for name, model, precision in ways:
        config = RefineConfig(model=model, device="cpu", precision=precision, output=f"{name}.h5", batch_size=BATCH)
        plan = plan_refining(source, config)
        output = run(plan).output
        with h5py.File(output) as file:
            images = file["image"][()]
        base = base or Base(plan.session.refine, images)
        apart = np.abs(images.astype(np.int16) - base.images)
        speed = ratio(plan.session.refine, base.refine, images[:N_TIMED])
        error = mean_angular_error(train_gaze_cnn(*read_labelled(output)), test.images, test.look_vec)
        difference = f"{apart.mean():.2f}, {np.percentile(apart, 99.9):.0f}, {apart.max()}"
        print(f"| {name} | {speed:.2f} | {difference} | {error:.2f} |", flush=True)
    assert base is not None
    return base


def ratio(
    this: Callable[[np.ndarray], np.ndarray], that: Callable[[np.ndarray], np.ndarray], images: np.ndarray
) -> float:
    """How many times faster `this` refines than `that`, in turns."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for taken, refine in zip(seconds, (this, that), strict=True):
            began = time.perf_counter()
            for start in range(0, len(images), BATCH):
                refine(images[start : start + BATCH])
            taken.append(time.perf_counter() - began)
    return median(seconds[1]) / median(seconds[0])


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
