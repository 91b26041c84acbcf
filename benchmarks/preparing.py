"""How fast sources become eye files, at what memory, and how near landmarks stay: `python -m benchmarks.preparing`.

Parts go by name, each within minutes: `python -m benchmarks.preparing 640x480 160x120 60x36 kinds pairs lists`.

Speed is given by the CPU's seconds of all processes, so that what a core does is known on a busy machine too; JPEGs are
read in turns, each way the median of several rounds. The files are in the page cache.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.io import loadmat

from benchmarks.made_sources import LISTED, SOURCES, write_jpegs, write_listed_days
from gazeaug.pictures.decoding import read_plain
from gazeaug.sources.folders import prepare_folder, prepare_unityeyes
from tests.makers import sources

ROUNDS = 3
N_PAIRS = 10_000
N_JPEGS = {(640, 480): 2_000, (160, 120): 12_000, (60, 36): 20_000}  # width and height; seconds of bare decoding
N_RENDERED = 1_000  # of those JPEGs; the others are links to them
FINE = (105, 165)  # three pixels for one of 35x55: landmarks are judged in such crops
N_FINE = 1_000
MEASURED = """
import sys
from gazeaug.sources.folders import prepare_unityeyes
if __name__ == "__main__":
    prepare_unityeyes(sys.argv[1], sys.argv[2], rows=int(sys.argv[3]))
    print("PEAK", open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
"""


def main(names: Sequence[str] = ()) -> None:
    """Print the tables, or those that are named."""
    parts: dict[str, Callable[[Path], None]] = {
        **{f"{width}x{height}": partial(jpegs, size=(width, height)) for width, height in N_JPEGS},
        "kinds": kinds,
        "pairs": pairs,
        "lists": lists,
    }
    for name in names or parts:
        with tempfile.TemporaryDirectory() as folder:
            parts[name](Path(folder))


def jpegs(folder: Path, size: tuple[int, int]) -> None:
    """`prepare folder` against a loop that does nothing but decode, alone and in a pool.

    In the pool it is the command as it is typed, its start included, against a pool that is forked and has nothing to
    load.
    """
    n, name = N_JPEGS[size], f"{size[0]}x{size[1]}"
    source, output = write_jpegs(folder / name, N_RENDERED, size), folder / "j.h5"
    for number in range(N_RENDERED, n):
        (source / f"{number}.jpg").hardlink_to(source / f"{number % N_RENDERED}.jpg")
    paths = sorted(source.iterdir())
    typed = [sys.executable, "-m", "gazeaug_cli", "prepare", "folder", str(source), "-o", str(output), "--overwrite"]
    print(f"\n| {n:,} JPEGs, images a CPU second | prepare | decode alone | ratio | cut and resize, no file | ratio |")
    print("|---|---|---|---|---|---|")
    for n_processes in (1, 2):
        command = [*typed, "--workers", str(n_processes)]
        ways: dict[str, Callable[[], object]] = {
            "prepare": partial(prepare_folder, source, output, workers=1, overwrite=True)
            if n_processes == 1
            else partial(subprocess.run, command, check=True, capture_output=True),
            "decode": partial(in_processes, decode, paths, n_processes),
            "scaled": partial(in_processes, decode_scaled, paths, n_processes),
        }
        rates = {way: n / seconds for way, seconds in in_turns(ways).items()}
        ratio, over_scaled = rates["prepare"] / rates["decode"], rates["prepare"] / rates["scaled"]
        where = "alone" if n_processes == 1 else f"in {n_processes} processes"
        print(
            f"| {name}, {where} | {rates['prepare']:,.0f} | "
            f"{rates['decode']:,.0f} | {ratio:.2f} | {rates['scaled']:,.0f} | {over_scaled:.2f} |",
            flush=True,
        )


def decode(path: Path) -> None:
    """A whole picture as grey pixels."""
    with Image.open(path) as picture:
        np.asarray(picture.convert("L"))


def decode_scaled(path: Path) -> None:
    """What is left of the work without a file to write and its labels: the picture cut and resized."""
    read_plain(path, (35, 55), color=False, pad=False)


def in_processes(work: Callable[[Path], None], paths: list[Path], n_processes: int) -> None:
    """The bare loop, in several processes where asked."""
    if n_processes == 1:
        for path in paths:
            work(path)
        return
    with ProcessPoolExecutor(n_processes) as pool:
        for _ in pool.map(work, paths, chunksize=64):
            pass


def in_turns(ways: dict[str, Callable[[], object]]) -> dict[str, float]:
    """CPU seconds of each way, the median of several rounds."""
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, work in ways.items():
            began = cpu_seconds()
            work()
            seconds[way].append(cpu_seconds() - began)
    return {way: median(taken) for way, taken in seconds.items()}


def cpu_seconds() -> float:
    """Of this process and of those that it started and that have ended."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, whose))


def pairs(folder: Path) -> None:
    """UnityEyes pairs: time, memory and landmarks."""
    sources.write_unityeyes(folder / "pairs", N_PAIRS)
    peaks = {}
    for n in (N_PAIRS // 10, N_PAIRS):
        command = [sys.executable, "-c", MEASURED, str(folder / "pairs"), str(folder / "u.h5"), str(n)]
        began, began_cpu = time.perf_counter(), cpu_seconds()
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        seconds, on_cpu = time.perf_counter() - began, cpu_seconds() - began_cpu
        peaks[n] = int(said.split("PEAK")[1]) / 1024
        (folder / "u.h5").unlink()
    print(f"\nprepare unityeyes, {N_PAIRS:,} pairs of 800x600: {seconds:.0f} s, {on_cpu:.0f} s of the CPU")
    print(f"peak memory of the writing process: {peaks[N_PAIRS]:.0f} MiB; of a tenth: {peaks[N_PAIRS // 10]:.0f} MiB")
    prepare_unityeyes(folder / "pairs", folder / "u.h5", size=FINE, rows=N_FINE)
    with h5py.File(folder / "u.h5") as file:
        images, centres = file["image"][()], file["iris_2d"][()].mean(axis=1)
    told = offsets(images, centres)
    print(
        f"iris landmarks from the pupil in the crop, less the same in the render: {len(told)} open eyes of {N_FINE:,}, "
        f"mean {told.mean():.3f}, largest {told.max():.3f} pixels of 35x55"
    )


def offsets(images: NDArray[np.uint8], centres: NDArray[Any]) -> NDArray[np.float64]:
    """How far landmarks and pupil have come apart by cutting, in pixels of 35x55, of eyes whose pupil is free."""
    found, made = [], sources.rendered(len(images))
    for row, (image, centre) in enumerate(zip(images, centres, strict=True)):
        truth = made.iris_centre[row]
        cut, whole = pupil(image, centre, 3), pupil(made.images[row], truth, 6)
        if cut is not None and whole is not None:
            found.append(np.linalg.norm((cut - centre) / 3 - (whole - truth) / 6))
    return np.array(found)


def pupil(image: NDArray[np.uint8], centre: NDArray[Any], scale: int) -> NDArray[np.float64] | None:
    """Middle of a pupil that no lid and no glint cuts, near the centre of its iris; `scale` pixels for one of 35x55."""
    x, y = np.rint(centre).astype(int)
    dark = np.zeros(image.shape, bool)
    near = np.s_[max(0, y - 5 * scale) : y + 5 * scale + 1, max(0, x - 5 * scale) : x + 5 * scale + 1]
    dark[near] = image[near] < 45
    ys, xs = np.nonzero(dark)
    if len(xs) < 7 * scale**2:
        return None
    width, height = np.ptp(xs) + 1, np.ptp(ys) + 1
    if abs(width - height) > scale or not 0.9 < len(xs) / (np.pi / 4 * width * height) < 1.1:
        return None
    return np.array([xs.min() + xs.max(), ys.min() + ys.max()]) / 2


def kinds(folder: Path) -> None:
    """Images a second of every kind, so few of pictures that one process reads them."""
    print("\n| prepare KIND, one process | eyes | images a CPU second |\n|---|---|---|")
    for kind, source in SOURCES.items():
        path = source.write(folder / kind, source.n)
        output = folder / f"{kind}.out.h5"
        began = cpu_seconds()
        report = source.prepare(path, output)
        seconds = cpu_seconds() - began
        print(f"| {kind}: {source.what} | {source.n:,} | {report.n_images / seconds:,.0f} |", flush=True)


def lists(folder: Path) -> None:
    """`prepare mpiigaze --lists` at the size of MPIIGaze, against reading its days and no more.

    The command and the trainer's script are processes of their own, their starts included.
    """
    source, listed, output = write_listed_days(folder / "mpiigaze", folder / "lists", LISTED), folder / "lists", "l.h5"
    command = [sys.executable, "-m", "gazeaug_cli", "prepare", "mpiigaze", source, "--lists", listed, "--overwrite"]
    trainer = [sys.executable, "-m", "benchmarks.trainers_script"]
    days = sorted(source.glob("p*/*.mat"))
    ways: dict[str, Callable[[], object]] = {
        "read": lambda: [loadmat(day) for day in days],
        "trainer": partial(subprocess.run, [*trainer, source, listed, folder / "trainer.h5"], check=True),
        "prepare": partial(subprocess.run, [*command, "-o", folder / output], check=True, capture_output=True),
    }
    seconds = in_turns(ways)
    n = LISTED.n_people * LISTED.n_listed
    print(f"\n| {n:,} listed eyes of {len(days):,} days, {LISTED.n_pictures} pictures each | CPU seconds | ratio |")
    print("|---|---|---|")
    names = {
        "read": "scipy.io.loadmat of every day, nothing else",
        "trainer": "all days of a person, then the listed eyes, as hysts' script does",
        "prepare": "gazeaug prepare mpiigaze --lists",
    }
    for way, name in names.items():
        print(f"| {name} | {seconds[way]:.1f} | {seconds[way] / seconds['read']:.2f} |", flush=True)
    print(f"prepare over the trainer's script: {seconds['prepare'] / seconds['trainer']:.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
