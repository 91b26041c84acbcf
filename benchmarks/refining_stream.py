"""What surrounds the network costs, and what it could cost: `python -m benchmarks.refining_stream [LINE...]`.

Every line is a ratio of two things measured in this run, alternating, each the median of several rounds: of the time
that passed, and of the seconds that CPU cores worked, which other work on the machine disturbs less.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import h5py
import numpy as np
import onnx
import torch
from onnx import TensorProto, helper

from gazeaug.eyefile.reader import open_eyes
from gazeaug.refiner.network import Refiner
from gazeaug.refining.buffers import rows_per_buffer
from gazeaug.refining.work import refine
from gazeaug.runtime.lanes import Lanes, lanes_of
from gazeaug.runtime.quiet import onnxruntime
from gazeaug.runtime.session import FEATURES_KEY, RefinerSession
from gazeaug.training.recipes import from_recipe
from gazeaug.training.state import refiner_config_of
from gazeaug_exporters.contract import GreyLevelRefiner
from gazeaug_exporters.onnx_export import add_metadata, write_graph

SHAPE = (35, 55)
BATCH, ROUNDS = 16, 3
N_REFINED, N_EAGER, N_CALIBRATED, N_COPIED, N_LOOP, N_KAGGLE = 5_120, 10_240, 40_960, 200_000, 20_000, 20_000
N_COMPRESSED = 65_536
N_SMALL, N_LARGE = 100_000, 1_000_000
COMMAND = [sys.executable, "-m", "gazeaug_cli", "refine-dataset"]


def main(wanted: Sequence[str] = ()) -> None:
    """Print the table, or some lines of it."""
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print("| | what | this | that | ratio | ratio by CPU seconds |\n|---|---|---|---|---|---|")
        for line in LINES:
            if not wanted or line.__name__ in wanted:
                print(line(folder), flush=True)


def pipeline(folder: Path) -> str:
    """a: the command's stream against the bare session, fed from memory."""
    model, source = real_model(folder), write_eyes(folder / "eyes.h5", N_REFINED)
    images = read(source)

    def bare() -> None:
        session, refined = RefinerSession(model, device="cpu", threads=1), np.empty_like(images)
        with Lanes(lanes_of(session, (BATCH, *SHAPE)), BATCH) as lanes:
            for batch in lanes.start(images, refined):
                batch.result()

    return row("a", "refine-dataset / bare session, the same lanes", N_REFINED, lambda: again(source, model), bare)


def copying(folder: Path) -> str:
    """b: with a model that does nothing, against a plain copy in slabs."""
    model, source = identity(folder / "identity.onnx"), write_eyes(folder / "many.h5", N_COPIED)

    def copy() -> None:
        with h5py.File(source) as given, h5py.File(folder / "copy.h5", "w") as made:
            image = made.create_dataset("image", given["image"].shape, "u1", chunks=given["image"].chunks)
            for start in range(0, N_COPIED, 4096):
                image[start : start + 4096] = given["image"][start : start + 4096]
            made["look_vec"] = given["look_vec"][()]

    return row("b", "do-nothing model / h5py slab copy", N_COPIED, lambda: again(source, model, batch_size=512), copy)


def obvious_loop(folder: Path) -> str:
    """c: with a model that does nothing, against reading and writing row by row around batches of floats."""
    model, as_float = identity(folder / "identity.onnx"), identity(folder / "float.onnx", floats=True)
    source = write_eyes(folder / "loop.h5", N_LOOP)

    def loop() -> None:
        session = onnxruntime.InferenceSession(str(as_float), providers=["CPUExecutionProvider"])
        with h5py.File(source) as given, h5py.File(folder / "looped.h5", "w") as made:
            image = made.create_dataset("image", given["image"].shape, "u1", chunks=given["image"].chunks)
            look_vec = made.create_dataset("look_vec", given["look_vec"].shape, "f4")
            for start in range(0, N_LOOP, 64):
                rows = range(start, min(start + 64, N_LOOP))
                batch = np.stack([given["image"][i] for i in rows])[:, None].astype(np.float32) / 127.5 - 1
                refined = session.run(None, {"image": batch})[0]
                for i, picture in zip(rows, refined, strict=True):
                    image[i] = np.rint((picture[0] + 1) * 127.5).astype(np.uint8)
                    look_vec[i] = given["look_vec"][i]

    return row("c", "do-nothing model / the obvious loop", N_LOOP, lambda: again(source, model, batch_size=512), loop)


def memory(folder: Path) -> str:
    """d: the command's peak memory on a million rows against that on a tenth."""
    model = identity(folder / "identity.onnx")
    peaks = {}
    for n_rows in (N_SMALL, N_LARGE):
        source = write_eyes(folder / f"rows{n_rows}.h5", n_rows)
        command = [*COMMAND, str(source), "-m", str(model), "--device", "cpu", "--batch-size", "512"]
        report = f"import resource, subprocess; subprocess.run({command!r}, check=True, capture_output=True); "
        report += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
        said = subprocess.run([sys.executable, "-c", report], check=True, capture_output=True, text=True).stdout
        peaks[n_rows] = int(said) / 1024
        for path in folder.glob(f"rows{n_rows}*"):
            path.unlink()
    large, small = peaks[N_LARGE], peaks[N_SMALL]
    what = f"peak memory, {N_LARGE:,} / {N_SMALL:,} rows"
    return f"| d | {what} | {large:.0f} MiB | {small:.0f} MiB | {large / small:.2f} | |"


def kaggle(folder: Path) -> str:
    """e: reading a dataset a picture, against the plain h5py loop over keys."""
    source = folder / "kaggle.h5"
    images = np.random.default_rng(0).integers(0, 256, (N_KAGGLE, *SHAPE), dtype=np.uint8)
    with h5py.File(source, "w") as file:
        group = file.create_group("image")
        for i, picture in enumerate(images):
            group[str(i)] = picture
        file["path"] = np.array([str(i).encode() for i in range(N_KAGGLE)])

    def ours() -> None:
        with open_eyes(source) as eyes:
            for start in range(0, N_KAGGLE, 512):
                eyes.read_images(start, start + 512)

    def loop() -> None:
        with h5py.File(source) as file:
            for i in range(N_KAGGLE):
                file["image"][str(i)][()]

    return row("e", "Kaggle layout / h5py loop over its keys", N_KAGGLE, ours, loop)


def compressed(folder: Path) -> str:
    """i: reading gzip in the stream's buffers, against h5py's slabs of 4,096 rows."""
    return inflating(folder, "64 pictures a chunk", (64, *SHAPE))


def compressed_across(folder: Path) -> str:
    """i once more, in the chunks that h5py makes of 200,000 pictures if it is not told: each lies in 168 of them."""
    return inflating(folder, "chunks of 6,250 x 3 x 4", (6_250, 3, 4))


def inflating(folder: Path, layout: str, chunks: tuple[int, ...]) -> str:
    """One layout of a file in gzip."""
    source = folder / "compressed.h5"
    down, across = np.mgrid[: SHAPE[0], : SHAPE[1]]
    dice = np.random.default_rng(0)
    waves = [128 + 60 * np.sin((across + a) / 9) * np.cos((down + b) / 7) for a, b in dice.integers(0, 50, (512, 2))]
    images = np.clip(waves + dice.normal(0, 2, (N_COMPRESSED // 512, 512, *SHAPE)), 0, 255).astype(np.uint8)
    with h5py.File(source, "w") as file:
        file.create_dataset("image", data=images.reshape(-1, *SHAPE), chunks=chunks, compression="gzip")

    def ours() -> None:
        with open_eyes(source) as eyes:
            buffer = np.empty((rows_per_buffer(BATCH, eyes.rows_per_chunk, int(np.prod(SHAPE))), *SHAPE), np.uint8)
            for start in range(0, N_COMPRESSED, len(buffer)):
                eyes.read_images_into(buffer[: N_COMPRESSED - start], start)

    def slabs() -> None:
        with h5py.File(source) as file:
            for start in range(0, N_COMPRESSED, 4096):
                file["image"][start : start + 4096]

    return row("i", f"gzip, {layout}: the stream's reader / h5py slabs", N_COMPRESSED, ours, slabs)


def two_processes(folder: Path) -> str:
    """f: two processes with a share each, against one after the other with both cores."""
    model, source = real_model(folder), write_eyes(folder / "shared.h5", N_REFINED)

    def share(index: int) -> subprocess.Popen[bytes]:
        options = ["-m", str(model), "--device", "cpu", "--num-units", "2", "--unit-index", str(index)]
        options += ["--rows-per-unit", str(N_REFINED // 2), "--overwrite"]
        return subprocess.Popen([*COMMAND, str(source), *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def both_at_once() -> None:
        finish([share(0), share(1)])

    def one_by_one() -> None:
        for index in (0, 1):
            finish([share(index)])

    def finish(processes: list[subprocess.Popen[bytes]]) -> None:
        for process in processes:
            if process.wait():
                raise SystemExit(process.stderr.read().decode() if process.stderr else "a share failed")
        if len(list(folder.glob("shared.refined.h5.parts/unit-*.h5"))) == 2:
            for path in folder.glob("shared.refined.h5.parts/*"):
                path.unlink()

    return row("f", "2 processes at once / one after the other", N_REFINED, both_at_once, one_by_one)


def start_up(folder: Path) -> str:
    """g: the command on 64 rows against an interpreter that imports ONNX Runtime."""
    model, source = identity(folder / "identity.onnx"), write_eyes(folder / "few.h5", 64)
    command = [*COMMAND, str(source), "-m", str(model), "--device", "cpu", "--overwrite", "--fresh"]
    bare = [sys.executable, "-c", "import onnxruntime"]
    this, that = alternate(*(lambda line=line: subprocess.run(line, check=True, capture_output=True)
                             for line in (command, bare)))  # fmt: skip
    shown = f"{this.passed:.2f} s | {that.passed:.2f} s | {this.passed / that.passed:.2f}"
    return f"| g | refine-dataset of 64 rows / import onnxruntime | {shown} | {this.worked / that.worked:.2f} |"


def eager(folder: Path, precision: str = "fp32", n: int = N_EAGER) -> str:
    """h: the command's stream against torch in batches of 64, from memory."""
    model, source = real_model(folder), write_eyes(folder / f"eager{n}.h5", n)
    images, refiner = read(source), GreyLevelRefiner(make_refiner()).eval()

    def in_torch() -> None:
        with torch.inference_mode():
            for batch in torch.split(torch.from_numpy(images), 64):
                refiner(batch)

    ours = partial(again, source, model, precision=precision)
    return row("h", f"refine-dataset {precision} / torch eager, batches of 64", n, ours, in_torch)


def in_int8(folder: Path) -> str:
    """h once more, calibrated to int8, which takes a second whatever the number of rows and is part of the time."""
    return eager(folder, "int8", N_CALIBRATED)


def row(letter: str, what: str, n: int, this: Callable[[], Any], that: Callable[[], Any]) -> str:
    """A line of the table: images a second of two ways, alternating."""
    ours, theirs = alternate(this, that)
    rates = f"{n / ours.passed:,.0f}/s | {n / theirs.passed:,.0f}/s"
    return f"| {letter} | {what} | {rates} | {theirs.passed / ours.passed:.2f} | {theirs.worked / ours.worked:.2f} |"


@dataclass(frozen=True)
class Seconds:
    """What a piece of work took."""

    passed: float
    worked: float
    """By all cores, other processes that were started included."""


def alternate(*works: Callable[[], Any]) -> list[Seconds]:
    """Median seconds of each piece of work, taken in turns."""
    taken: list[list[Seconds]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for times, work in zip(taken, works, strict=True):
            os.sync()  # what the other left to be written is not waited for in this one's time
            began, worked = time.perf_counter(), seconds_worked()
            work()
            times.append(Seconds(time.perf_counter() - began, seconds_worked() - worked))
    return [Seconds(median(one.passed for one in times), median(one.worked for one in times)) for times in taken]


def seconds_worked() -> float:
    """CPU seconds of this process and of those that it has waited for."""
    return sum(os.times()[:4])


def again(source: Path, model: Path, *, batch_size: int = BATCH, precision: str = "fp32") -> None:
    """Refine, whatever was there before."""
    options = {"device": "cpu", "batch_size": batch_size, "precision": precision}
    refine(source, model=model, overwrite=True, fresh=True, **options)


def make_refiner() -> Refiner:
    """A refiner of the recipe `fast`."""
    torch.manual_seed(0)
    return Refiner(refiner_config_of(from_recipe("fast", {})))


def real_model(folder: Path) -> Path:
    """That refiner as an ONNX file."""
    path = folder / "refiner.onnx"
    if not path.exists():
        write_graph(GreyLevelRefiner(make_refiner()).eval(), torch.zeros((2, *SHAPE), dtype=torch.uint8), path, 18)
        add_metadata(path, {FEATURES_KEY: str(make_refiner().config.features)})
    return path


def identity(path: Path, *, floats: bool = False) -> Path:
    """A graph that gives back what it gets."""
    kind = TensorProto.FLOAT if floats else TensorProto.UINT8
    shape: list[str | int | None] = ["batch", *([1] if floats else []), *SHAPE]
    graph = helper.make_graph(
        [helper.make_node("Identity", ["image"], ["refined"])],
        "identity",
        [helper.make_tensor_value_info("image", kind, shape)],
        [helper.make_tensor_value_info("refined", kind, shape)],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), path)
    return path


def write_eyes(path: Path, n: int) -> Path:
    """Random eyes with gaze, in the project's layout."""
    dice = np.random.default_rng(0)
    some = dice.integers(0, 256, (min(n, 8192), *SHAPE), dtype=np.uint8)
    with h5py.File(path, "w") as file:
        image = file.create_dataset("image", (n, *SHAPE), "u1", chunks=(64, *SHAPE))
        for start in range(0, n, len(some)):
            image[start : start + len(some)] = some[: n - start]
        file["look_vec"] = dice.normal(size=(n, 4)).astype("f4")
    return path


def read(source: Path) -> np.ndarray:
    """All pictures."""
    with h5py.File(source) as file:
        images: np.ndarray = file["image"][()]
    return images


LINES = (
    pipeline,
    copying,
    obvious_loop,
    memory,
    kaggle,
    two_processes,
    start_up,
    eager,
    in_int8,
    compressed,
    compressed_across,
)

if __name__ == "__main__":
    main(sys.argv[1:])
