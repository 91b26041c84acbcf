"""Refiners trained towards a fold's unlabelled eyes, what they refine, and how that looks; all kept by what made it."""

from __future__ import annotations

import ast
import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import gazeaug
from gazeaug.drift.registration import iris_drift
from gazeaug.evaluation.two_sample_test import told_apart
from gazeaug.eyefile.labels import Label
from gazeaug.eyefile.reader import open_eyes
from gazeaug.eyefile.writer import EyeWriter
from gazeaug.feeding.dataset import scaled, to_NCHW
from gazeaug.gaze.angles import LOOK_VEC_ATTRIBUTES
from gazeaug.outputs import replacing
from gazeaug.refining.work import refine
from gazeaug.runs.domain_distance import sharpness
from gazeaug.runs.folder import CONFIG, REFINER, read_state
from gazeaug.runs.lattice import share_above
from gazeaug.training.loop import train
from gazeaug.training.recipes import from_recipe
from gazeaug_exporters import export_onnx

CODE = ("refiner", "training", "drift")  # packages whose code is part of what made a refiner
N_LOOKED_AT = 1_000  # pictures of either set

Images = NDArray[np.uint8]


def key_of(*parts: Any) -> str:
    """A short name for arrays, bytes and plain values together."""
    key = hashlib.sha256()
    for part in parts:
        data = np.ascontiguousarray(part).tobytes() if isinstance(part, np.ndarray) else repr(part).encode()
        key.update(len(data).to_bytes(8, "little") + data)
    return key.hexdigest()[:12]


def key_of_code() -> str:
    """Of the modules that train a refiner, without comments and layout."""
    root = Path(gazeaug.__file__).parent
    modules = sorted(path for package in CODE for path in (root / package).glob("**/*.py"))
    return key_of(*(ast.unparse(ast.parse(path.read_text("utf-8"))) for path in modules))


def write_eyes(path: Path, images: Images, look_vec: NDArray[Any] | None = None) -> Path:
    """An eye file, unless it is there: with gaze, or pictures alone."""
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        label = Label.of("f4", (4,), LOOK_VEC_ATTRIBUTES)
        labels = {} if look_vec is None else {"look_vec": label}
        with EyeWriter(path, image_shape=images.shape[1:], labels=labels) as writer:
            writer.append(images, {} if look_vec is None else {"look_vec": four_numbers(look_vec)})
    return path


def four_numbers(look_vec: NDArray[Any]) -> NDArray[np.float32]:
    """(N, 3) or (N, 4) to (N, 4), as UnityEyes writes it."""
    return np.pad(look_vec, ((0, 0), (0, 4 - look_vec.shape[1]))).astype(np.float32)


def run_of(folder: Path, images: Images, look_vec: NDArray[Any], real: Images, given: Mapping[str, Any]) -> Path:
    """The folder of a refiner's run: named by its settings, its two sets and the code that trains it."""
    options = {**given}
    settings = from_recipe(options.pop("recipe", "fast"), options).to_json()
    for name in ("synthetic", "real"):
        del settings[name]
    return folder / "runs" / key_of(sorted(settings.items()), images, look_vec, real, key_of_code())


def refined_by(folder: Path, images: Images, look_vec: NDArray[Any], real: Images, given: Mapping[str, Any]) -> Images:
    """Labelled pictures refined towards real ones; a stopped training or refining goes on.

    Args:
        folder: where eye files and runs are kept.
        images, look_vec: what is refined, and its gaze.
        real: pictures without labels.
        given: training options.
    """
    return refined_with(trained(folder, images, look_vec, real, given), folder, images)


def trained(folder: Path, images: Images, look_vec: NDArray[Any], real: Images, given: Mapping[str, Any]) -> Path:
    """The run of a refiner, trained and exported; a stopped training goes on. Arguments as of `refined_by`."""
    run = run_of(folder, images, look_vec, real, given)
    source = write_eyes(folder / "eyes" / f"source-{key_of(images, look_vec)}.h5", images, look_vec)
    target = write_eyes(folder / "eyes" / f"real-{key_of(real)}.h5", real)
    if not (run / REFINER).is_file():
        if not (run / CONFIG).is_file():
            shutil.rmtree(run, ignore_errors=True)
            train(synthetic=str(source), real=str(target), run_dir=run, tensorboard=False, **given)
        elif not read_state(run).get("complete"):
            train(resume=run)
        export_onnx(run_dir=run)
    return run


def refined_with(run: Path, folder: Path, images: Images) -> Images:
    """Pictures through the refiner of a run, which may be others than those that it was trained on."""
    key = key_of(images)
    source, output = write_eyes(folder / "eyes" / f"real-{key}.h5", images), run / f"refined-{key}.h5"
    if not output.is_file():
        refine(source, model=run / REFINER, output=output, threads=1)
    return read_images(output)


def read_images(path: Path) -> Images:
    """All pictures of an eye file."""
    with open_eyes(path) as eyes:
        return eyes.read_images(0, eyes.n_images)


def looks_of(folder: Path, images: Images, before: Images, real: Images) -> dict[str, float]:
    """How pictures look beside real ones, without labels; measured on at most `N_LOOKED_AT` of each.

    Returns:
        `redrawn`: mean change from `before`, grey levels; `sharpness`: energy of fine detail over that of real eyes;
        `told_apart`: share that a classifier puts right; `drift`: mean of the iris, pixels; `lattice`: share of
        pictures above the real eyes' 99th percentile.
    """
    rows, real_rows = (evenly(len(each)) for each in (images, real))
    images, before, real = images[rows], before[rows], real[real_rows]
    path = folder / "looks" / f"{key_of(images, before, real)}.json"
    if not path.is_file():
        refined_NCHW, real_NCHW = (scaled(to_NCHW(each)) for each in (images, real))
        found = {
            "redrawn": float(np.abs(images.astype(float) - before).mean()),
            "sharpness": sharpness(refined_NCHW) / sharpness(real_NCHW),
            "told_apart": told_apart(images, real).value,
            "drift": float(iris_drift(before, images).mean()),
            "lattice": share_above(refined_NCHW, real_NCHW),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as partial:
            partial.write_text(json.dumps(found), encoding="utf-8")
    looks: dict[str, float] = json.loads(path.read_text("utf-8"))
    return looks


def evenly(n: int) -> NDArray[np.int64]:
    """At most `N_LOOKED_AT` of n rows."""
    return np.linspace(0, n - 1, min(n, N_LOOKED_AT)).round().astype(np.int64)
