"""Lanes: batches through a model side by side, so that no core waits for another and copies hide behind computing.

On the CPU a lane is a thread that computes whole batches alone: threads that share a batch wait for each other after
every layer. On CUDA a lane is a session with a stream of its own: while one computes, another one's pictures travel.
"""

from __future__ import annotations

import os
import queue
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gazeaug.runtime.opening import CPU, CUDA
from gazeaug.runtime.quiet import onnxruntime
from gazeaug.runtime.session import RefinerSession

CUDA_LANES = 2


class Lane(Protocol):
    """Refines one batch at a time."""

    def refine_into(self, images: NDArray[np.uint8], refined: NDArray[np.uint8]) -> None:
        """From uint8 (N, H, W) or (N, H, W, 3) into memory of the same shape."""
        ...


class DeviceLane:
    """A session whose input and output stay at one place on its device, bound once, as CUDA graphs need it too.

    Args:
        session: of a model with the uint8 contract, used by no other lane.
        shape: of every batch, uint8 (N, H, W) or (N, H, W, 3).
        device: where the buffers are.
    """

    def __init__(self, session: RefinerSession, shape: tuple[int, ...], device: str = "cuda") -> None:
        self._session = session
        stored = session.stored_shape(shape)
        self._given, self._taken = (
            onnxruntime.OrtValue.ortvalue_from_shape_and_type(stored, np.uint8, device, 0) for _ in range(2)
        )
        self._binding = session.bind(self._given, self._taken)

    def refine_into(self, images: NDArray[np.uint8], refined: NDArray[np.uint8]) -> None:
        """Upload, compute, download; the thread waits, another lane's goes on."""
        with self._session.naming_failure(images.shape):
            self._given.update_inplace(images.reshape(self._given.shape()))
            self._session.run_bound(self._binding, images.shape)
            refined[...] = self._taken.numpy().reshape(refined.shape)


class Lanes:
    """Batches given to whichever lane is free; use as a context manager.

    Args:
        lanes: each is used by one thread at a time.
        batch_size: rows a lane takes at once.
    """

    def __init__(self, lanes: Sequence[Lane], batch_size: int) -> None:
        self._batch_size = batch_size
        self._free: queue.SimpleQueue[Lane] = queue.SimpleQueue()
        for lane in lanes:
            self._free.put(lane)
        self._threads = ThreadPoolExecutor(len(lanes), thread_name_prefix="lane")

    def start(self, images: NDArray[np.uint8], refined: NDArray[np.uint8]) -> list[Future[None]]:
        """Begin to refine whole batches; each future ends, or raises, when its batch is in `refined`."""
        size = self._batch_size
        return [
            self._threads.submit(self._refine, images[first : first + size], refined[first : first + size])
            for first in range(0, len(images), size)
        ]

    def _refine(self, images: NDArray[np.uint8], refined: NDArray[np.uint8]) -> None:
        lane = self._free.get()
        try:
            lane.refine_into(images, refined)
        finally:
            self._free.put(lane)

    def __enter__(self) -> Lanes:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(cancel_futures=True)


def lanes_of(session: RefinerSession, shape: tuple[int, ...], threads: int | None = None) -> list[Lane]:
    """The lanes that suit a session's provider.

    Args:
        session: on the CPU one that computes in a single thread.
        shape: of every batch.
        threads: lanes on the CPU; None takes one a core.
    """
    if session.provider == CPU:
        return [session] * (threads or cores())
    if session.provider == CUDA and session.contract.io == "uint8":
        return [DeviceLane(session, shape), *(DeviceLane(session.twin(), shape) for _ in range(CUDA_LANES - 1))]
    return [session]


def cores() -> int:
    """CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
