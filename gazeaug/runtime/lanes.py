"""Lanes: batches through a model side by side, so that no core waits for another and copies hide behind computing.

On the CPU a lane is a thread that computes whole batches alone: threads that share a batch wait for each other after
every layer. On CUDA a lane is a thread with a session and a stream of its own: while one computes, another one's
pictures travel.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from gazeaug.effort import n_cores
from gazeaug.runtime.cuda import Card, CudaError
from gazeaug.runtime.opening import CPU, CUDA
from gazeaug.runtime.quiet import onnxruntime
from gazeaug.runtime.session import RefinerSession

CUDA_LANES = 2
CUDA_GRAPHS = False  # recorded and played kernels: 5 % more pictures a second at batches of 1,024 on an H200
WARM_UPS = 3  # ONNX Runtime computes once, then records the graph, then plays it
LARGEST_BATCH = 1024  # on CUDA; above it a batch is no longer bound by the launching of kernels
BYTES_PER_PIXEL = 545  # of device memory, a lane, in fp32: about 1 MiB for 35 x 55, reckoned from the graph of `fast`
SHARE_OF_MEMORY = 0.5


class Lane(Protocol):
    """Refines one batch at a time."""

    def refine_into(self, images: NDArray[np.uint8], refined: NDArray[np.uint8]) -> None:
        """From uint8 (N, H, W) or (N, H, W, 3) into memory of the same shape."""
        ...


class CudaLane:
    """A session on a stream of its own: upload, compute and download go there one after the other.

    Nothing goes to the default stream, and no wait holds Python's lock, so lanes overlap. Input and output stay at one
    place on the device, bound once, as CUDA graphs need it.

    ONNX Runtime waits for the stream at the end of every run. Told not to (`disable_synchronize_execution_providers`),
    it gives its page-locked buffers back only when the session ends, from a thread of CUDA's that runs on while the
    session is taken apart: the process dies of it (seen on an H200 with ONNX Runtime 1.31.1).

    Args:
        session: on CUDA, of a model with the uint8 contract, used by no other lane.
        shape: of every batch, uint8 (N, H, W) or (N, H, W, 3).

    Raises:
        RunError: the device has no memory for it, or fails on a first batch.
    """

    def __init__(self, session: RefinerSession, shape: tuple[int, ...]) -> None:
        if session.stream is None:
            raise ValueError(f"{session.model}: opened on {session.provider}, not on CUDA")
        self._session, self._stream = session, session.stream
        stored = session.stored_shape(shape)
        blank = np.zeros(shape, np.uint8)
        with session.naming_failure(shape):
            self._given, self._taken = (
                onnxruntime.OrtValue.ortvalue_from_shape_and_type(stored, np.uint8, "cuda", session.gpu)
                for _ in range(2)
            )
            self._binding = session.bind(self._given, self._taken)
            for _ in range(WARM_UPS):
                self.refine_into(blank, blank)

    def refine_into(self, images: NDArray[np.uint8], refined: NDArray[np.uint8]) -> None:
        """Upload, compute, download; the thread waits, another lane's goes on."""
        runtime = self._stream.runtime
        with self._session.naming_failure(images.shape):
            try:
                runtime.upload(self._given.data_ptr(), images, self._stream)
                self._session.run_bound(self._binding)
                runtime.download(refined, self._taken.data_ptr(), self._stream)
            except BaseException:
                with suppress(CudaError):  # the device may still be reading memory that is given up now
                    self._stream.wait()
                raise
            self._stream.wait()


class _Task(NamedTuple):
    images: NDArray[np.uint8]
    refined: NDArray[np.uint8]
    done: Future[None]


class Lanes:
    """Batches given to whichever lane is free; use as a context manager.

    A lane is made and used by one thread, the recording of CUDA graphs being a matter of a thread, and lanes are made
    one after the other, since nothing else may be asked of CUDA meanwhile.

    Args:
        makers: each makes a lane.
        batch_size: rows a lane takes at once.
    """

    def __init__(self, makers: Sequence[Callable[[], Lane]], batch_size: int) -> None:
        self._makers, self._batch_size = makers, batch_size
        self._waiting: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._has_ended, self._ending = False, threading.Lock()

    def start(self, images: NDArray[np.uint8], refined: NDArray[np.uint8]) -> list[Future[None]]:
        """Begin to refine whole batches; each future ends, or raises, when its batch is in `refined`."""
        size = self._batch_size
        tasks = [
            _Task(images[first : first + size], refined[first : first + size], Future())
            for first in range(0, len(images), size)
        ]
        with self._ending:
            for task in tasks:
                if self._has_ended:  # in another thread: nobody would do it
                    task.done.cancel()
                else:
                    self._waiting.put(task)
        return [task.done for task in tasks]

    def _work(self, make: Callable[[], Lane], ready: Future[None]) -> None:
        try:
            lane = make()
        except BaseException as error:  # noqa: BLE001 -- raised in the thread that waits for the lane
            ready.set_exception(error)
            return
        ready.set_result(None)
        while (task := self._waiting.get()) is not None:
            if not task.done.set_running_or_notify_cancel():
                continue
            try:
                lane.refine_into(task.images, task.refined)
            except BaseException as error:  # noqa: BLE001 -- raised in the thread that waits for the batch
                task.done.set_exception(error)
            else:
                task.done.set_result(None)

    def __enter__(self) -> Lanes:
        try:
            for i, make in enumerate(self._makers):
                ready: Future[None] = Future()
                # A process that ends without leaving the context (a worker of Ray) does not wait for its lanes.
                thread = threading.Thread(target=self._work, args=(make, ready), name=f"lane-{i}", daemon=True)
                thread.start()
                self._threads.append(thread)
                ready.result()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        """Let every lane finish its batch; those that wait are cancelled."""
        with self._ending:
            self._has_ended = True
        with suppress(queue.Empty):
            while task := self._waiting.get_nowait():
                task.done.cancel()
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()


def lanes_of(
    session: RefinerSession, shape: tuple[int, ...], threads: int | None = None, *, graphs: bool = CUDA_GRAPHS
) -> list[Callable[[], Lane]]:
    """Makers of the lanes that suit a session's provider.

    Args:
        session: on the CPU one that computes in a single thread.
        shape: of every batch.
        threads: lanes on the CPU; None takes one a core.
        graphs: on CUDA, whether a lane records its kernels once and plays them again for every batch.
    """
    if session.provider == CPU:
        return [lambda: session] * (threads or n_cores())
    if session.provider != CUDA or session.contract.io != "uint8":
        return [lambda: session]
    options = {"enable_cuda_graph": "1"} if graphs else {}

    def another() -> CudaLane:
        return CudaLane(session.twin(options), shape)

    # A session that records must not have run before; one that does not may well have.
    first = another if graphs else lambda: CudaLane(session, shape)
    return [first, *[another] * (CUDA_LANES - 1)]


def batch_on_cuda(image_shape: tuple[int, ...], gpu: int = 0) -> int:
    """Pictures a batch on the card of that number: the largest power of two that half of its memory holds, to 1,024.

    The whole memory counts, not what is free now, so that the same command makes the same batches tomorrow.
    """
    n_pixels = int(np.prod(image_shape))
    fits = int(Card.found(gpu).memory_bytes * SHARE_OF_MEMORY / (CUDA_LANES * BYTES_PER_PIXEL * n_pixels))
    return min(LARGEST_BATCH, 1 << max(0, fits.bit_length() - 1))
