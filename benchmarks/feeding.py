"""How fast eyes reach a training, how well they are mixed, and how fast they convert: `python -m benchmarks.feeding`.

The ways of reading are measured in turns in this run, each the median of several rounds; the file is in the page cache.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from statistics import median

import h5py
import numpy as np
from torch.utils.data import BatchSampler, DataLoader, RandomSampler

from gazeaug.converting.conversion import TARGETS, convert
from gazeaug.feeding.dataset import EyeDataset
from gazeaug.feeding.sampler import WINDOW_CHUNKS, ChunkShuffledSampler

SHAPE, ROWS_PER_CHUNK = (36, 60), 64
N, N_CONVERTED, BATCH, ROUNDS = 200_000, 20_000, 64, 5
N_SLOW = 20_000  # rows of an epoch that the slow ways are timed on

Batches = Iterable[list[int]]


def main() -> None:
    """Print the three tables."""
    with tempfile.TemporaryDirectory() as name:
        source = write_eyes(Path(name) / "eyes.h5", N)
        reading(source)
        mixing(source)
        converting(write_eyes(Path(name) / "few.h5", N_CONVERTED), Path(name))


def write_eyes(path: Path, n: int) -> Path:
    """Smooth random pictures with gaze and a subject, in the project's layout."""
    dice = np.random.default_rng(0)
    some = dice.integers(0, 256, (2048, *SHAPE)).cumsum(axis=2)
    block = (some / some.max(axis=(1, 2), keepdims=True) * 255).astype(np.uint8)
    with h5py.File(path, "w") as file:
        image = file.create_dataset("image", (n, *SHAPE), "u1", chunks=(ROWS_PER_CHUNK, *SHAPE))
        for start in range(0, n, len(block)):
            image[start : start + len(block)] = block[: n - start]
        file["look_vec"] = dice.normal(size=(n, 4)).astype("f4")
        file["look_vec"].attrs["frame"] = "unity_camera"
        file["subject"] = np.array([b"p%02d" % (i % 15) for i in range(n)])
    return path


def reading(source: Path) -> None:
    """Images a CPU second of six ways to an epoch's batches, pictures with gaze, each over the first."""
    dataset = EyeDataset(source, gaze="pitchyaw", in_memory=False)
    held = EyeDataset(source, gaze="pitchyaw", in_memory=False)
    sampler = ChunkShuffledSampler(held)
    loader = DataLoader(held, sampler=BatchSampler(sampler, BATCH, drop_last=False), batch_size=None)
    usual = DataLoader(held, BATCH, sampler=sampler)
    ways: dict[str, tuple[int, Callable[[], Iterator[object]]]] = {
        "random single rows, plain h5py": (N_SLOW, lambda: single_rows(source)),
        "random rows, EyeDataset": (N_SLOW, lambda: (dataset[rows] for rows in random_batches(len(dataset)))),
        "in sequence, plain h5py slabs of 64": (N, lambda: slabs(source)),
        "chunk-shuffled, EyeDataset": (N, lambda: (held[rows] for rows in BatchSampler(sampler, BATCH, False))),
        "chunk-shuffled, DataLoader of whole batches": (N, lambda: iter(loader)),
        "chunk-shuffled, DataLoader of single rows": (N_SLOW, lambda: iter(usual)),
    }
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, (n, work) in ways.items():
            began = time.process_time()
            for _batch in islice(work(), n // BATCH):
                pass
            seconds[way].append((time.process_time() - began) / n)
    slow = median(seconds["random single rows, plain h5py"])
    print(f"| {N:,} eyes in chunks and batches of 64 | images a CPU second | over random single rows |\n|---|---|---|")
    for way, taken in seconds.items():
        print(f"| {way} | {1 / median(taken):,.0f} | {slow / median(taken):.1f} |")


def random_batches(n: int) -> Batches:
    """A full shuffle."""
    return BatchSampler(RandomSampler(range(n)), BATCH, drop_last=True)


def single_rows(source: Path) -> Iterator[object]:
    """A full shuffle, row by row, as most loaders read."""
    with h5py.File(source) as file:
        image, look_vec = file["image"], file["look_vec"]
        for rows in random_batches(len(image)):
            yield np.stack([image[row] for row in rows]), np.stack([look_vec[row] for row in rows])


def slabs(source: Path) -> Iterator[object]:
    """No shuffle at all."""
    with h5py.File(source) as file:
        image, look_vec = file["image"], file["look_vec"]
        for start in range(0, len(image), BATCH):
            yield image[start : start + BATCH], look_vec[start : start + BATCH]


def mixing(source: Path) -> None:
    """How near each order comes to a full shuffle."""
    dataset = EyeDataset(source, in_memory=False)
    orders: dict[str, Batches] = {
        "in sequence": BatchSampler(range(len(dataset)), BATCH, drop_last=True),
        **{
            f"chunk-shuffled, window {window}": BatchSampler(
                ChunkShuffledSampler(dataset, window=window), BATCH, drop_last=True
            )
            for window in (1, 8, WINDOW_CHUNKS, 128)
        },
        "full shuffle": random_batches(len(dataset)),
    }
    print("\n| order | distance of neighbours in a batch, full shuffle = 1 | pairs of a batch from one chunk |")
    print("|---|---|---|")
    for order, batches in orders.items():
        rows = np.array(list(batches))
        distance = np.abs(np.diff(rows, axis=1)).mean() / (len(dataset) / 3)  # N / 3 is what a full shuffle has
        print(f"| {order} | {distance:.3f} | {100 * same_chunk(rows):.2f} % |")


def same_chunk(rows: np.ndarray) -> float:
    """Share of the pairs of a batch that stand in one chunk of the file."""
    chunks = np.sort(rows // ROWS_PER_CHUNK, axis=1)
    pairs = sum((chunks[:, lag:] == chunks[:, :-lag]).sum() for lag in range(1, BATCH))
    return float(pairs / (len(rows) * BATCH * (BATCH - 1) / 2))


def converting(source: Path, folder: Path) -> None:
    """Images a second into each target."""
    print(f"\n| gazeaug convert, {N_CONVERTED:,} eyes of 36x60 grey | images/s |\n|---|---|")
    for kind in TARGETS:
        began = time.perf_counter()
        convert(source, folder / kind, to=kind)  # type: ignore[arg-type]  # it is a choice, being a target
        print(f"| {kind} | {N_CONVERTED / (time.perf_counter() - began):,.0f} |", flush=True)


if __name__ == "__main__":
    main()
