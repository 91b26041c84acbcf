"""`gazeaug.Refiner` beside the session that it wraps, turn and turn about: `python -m benchmarks.in_memory`."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import numpy as np

import gazeaug
from gazeaug.runs.ready import find_refiner
from gazeaug.runtime.session import RefinerSession

ROUNDS = 15


def fastest(*works: Callable[[], object]) -> list[float]:
    """Seconds of the fastest round of each, after one that warms up; they take turns, so that load falls on all."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(1 + ROUNDS):
        for work, seconds in zip(works, taken, strict=True):
            began = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - began)
    return [min(seconds[1:]) for seconds in taken]


def main() -> None:
    """Print milliseconds of both, and their ratio, for some batch sizes on one thread."""
    dice = np.random.default_rng(0)
    session = RefinerSession(find_refiner("ready"), device="cpu", threads=1)
    for n_images in (1, 16, 256):
        images = dice.integers(0, 256, (n_images, 35, 55), np.uint8)
        with gazeaug.Refiner("ready", device="cpu", threads=1, batch_size=n_images) as refiner:
            bare, whole = fastest(partial(session.refine_into, images, np.empty_like(images)), partial(refiner, images))
        print(
            f"{n_images:4} pictures: session {1e3 * bare:7.2f} ms, Refiner {1e3 * whole:7.2f} ms, {whole / bare:.2f} x"
        )


if __name__ == "__main__":
    main()
