"""What sections work on: a trained model, from the kit or made here, eyes to train on, and a file of many rows."""

from __future__ import annotations

import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from benchmarks.gpu.report import say
from benchmarks.gpu.sessions import need_cuda, need_driver, write_fp16
from gazeaug.outputs import replacing
from gazeaug.samples.renderer import render_eyes
from gazeaug.samples.sets import make_sample_data

KIT = Path(os.environ.get("GPU_KIT", ".gpu")).resolve()
WORK = Path(os.environ.get("GPU_WORK") or Path(tempfile.gettempdir()) / "gazeaug-gpu")
SHAPE = (35, 55)
MODELS = {"fp32": "refiner.onnx", "fp16": "refiner.fp16.onnx"}
N_ROWS = int(os.environ.get("N_ROWS", 1_000_000))
N_EYES = 4_000  # to train on
N_RENDERED = 256
ROWS_AT_ONCE = 8_192
# A minute on two cores: weights, biases and camera have left their beginning, which is all that a benchmark needs.
BRIEF: dict[str, Any] = {"steps": 150, "camera_steps": 60, "tensorboard": False}


def prepare_model() -> None:
    """The model, where neither the kit nor an earlier run has left one."""
    need_cuda()
    model()


def prepare_rows() -> None:
    """The file of many rows, unless it is there."""
    need_driver()
    many_rows()


def prepare_eyes() -> None:
    """Eyes to train on, unless they are there."""
    need_driver()
    pair()


def model() -> Path:
    """A refiner of the recipe `fast`, briefly trained, in fp32."""
    return model_in("fp32")


def model_in(precision: str) -> Path:
    """That refiner in "fp32" or "fp16": of the kit, of an earlier run, or else made here."""
    if not model_is_here():
        make_models(WORK)
    return next(folder / MODELS[precision] for folder in (KIT, WORK) if (folder / MODELS[precision]).is_file())


def model_is_here() -> bool:
    """Whether the models are in the kit, or were made by an earlier run."""
    return any((folder / MODELS["fp16"]).is_file() for folder in (KIT, WORK))


def make_models(folder: Path) -> None:
    """Train briefly, export, and convert to fp16."""
    from gazeaug.training.loop import train
    from gazeaug_exporters.onnx_export import export_onnx

    exact, half = (folder / MODELS[precision] for precision in ("fp32", "fp16"))
    with tempfile.TemporaryDirectory() as name:
        synthetic, real, _ = make_sample_data(name, rows=N_EYES // 4, seed=0)
        run = train(synthetic=str(synthetic), real=str(real), run_dir=Path(name) / "run", **BRIEF)
        say(f"{exact}: {export_onnx(run_dir=run, output=exact, overwrite=True).parity}")
    with replacing(half) as partial:
        write_fp16(exact, partial)


def pair() -> dict[str, str]:
    """Files to train on, by option of `gazeaug train`."""
    folder = WORK / "eyes"
    if not folder.is_dir():
        with tempfile.TemporaryDirectory(dir=WORK) as name:
            make_sample_data(name, rows=N_EYES, seed=0)
            shutil.copytree(name, folder)
    return {"synthetic": str(folder / "unityeyes.h5"), "real": str(folder / "real.h5")}


def images(n: int) -> NDArray[np.uint8]:
    """Rendered eyes, uint8 (n, 35, 55); repeated at other brightness where more are wanted than are rendered."""
    brighter = [np.clip(rendered() + k, 0, 255).astype(np.uint8) for k in range(-(-n // N_RENDERED))]
    return np.ascontiguousarray(np.concatenate(brighter)[:n])


@cache
def rendered() -> NDArray[np.int16]:
    """A few rendered eyes."""
    return render_eyes(N_RENDERED, domain="synthetic", seed=0).images.astype(np.int16)


def many_rows() -> Path:
    """An eye file of `N_ROWS` rows with gaze."""
    path = WORK / f"rows-{N_ROWS}.h5"
    if not path.is_file():
        some = images(min(N_ROWS, ROWS_AT_ONCE))
        with replacing(path) as partial, h5py.File(partial, "w") as file:
            image = file.create_dataset("image", (N_ROWS, *SHAPE), "u1", chunks=(64, *SHAPE))
            for start in range(0, N_ROWS, len(some)):
                image[start : start + len(some)] = some[: N_ROWS - start]
            file["look_vec"] = np.random.default_rng(0).normal(size=(N_ROWS, 4)).astype("f4")
    return path
