"""CUDA as this process finds it: its libraries, the few calls of its runtime that refining makes, and the card.

Source: CUDA Runtime API, sections on streams, memory and page-locked memory; CUDA Driver API for the card's name.
Run on an H200 (docs/performance.md); tests/cuda holds it with stand-ins for NVIDIA's libraries.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.runtime.quiet import onnxruntime

ON_WINDOWS = sys.platform == "win32"
MAJOR = str(getattr(onnxruntime, "cuda_version", "") or "13").split(".")[0]  # of the CUDA that ONNX Runtime is made for
DRIVER = "nvcuda.dll" if ON_WINDOWS else "libcuda.so.1"
RUNTIME = f"cudart64_{MAJOR}.dll" if ON_WINDOWS else f"libcudart.so.{MAJOR}"
CUDNN = "cudnn64_9.dll" if ON_WINDOWS else "libcudnn.so.9"
# Those without which ONNX Runtime computes nothing on CUDA, in an order in which each finds what it needs itself.
NEEDED = (
    (f"cublasLt64_{MAJOR}.dll", f"cublas64_{MAJOR}.dll", RUNTIME, CUDNN)
    if ON_WINDOWS
    else (f"libcublasLt.so.{MAJOR}", f"libcublas.so.{MAJOR}", "libcurand.so.10", RUNTIME, CUDNN)
)
# By cuDNN, or by other models than refiners.
WANTED = () if ON_WINDOWS else (f"libnvrtc.so.{MAJOR}", "libcufft.so.12" if MAJOR == "13" else "libcufft.so.11")
IN_WHEELS = ("*/bin", "*/bin/x86_64") if ON_WINDOWS else ("*/lib",)
HOST_TO_DEVICE, DEVICE_TO_HOST = 1, 2
NON_BLOCKING = 1  # a stream that does not wait for the default one
OUT_OF_MEMORY = 2


class CudaError(RuntimeError):
    """A call of the CUDA runtime failed."""

    def __init__(self, call: str, code: int, text: str) -> None:
        super().__init__(f"{call}: CUDA error {code}, {text}")
        self.code = code


@cache
def load_libraries() -> tuple[str, ...]:
    """Load NVIDIA's libraries for ONNX Runtime; those that are not to be had.

    Each is taken from where it is loaded already (torch), from any of the folders of site-packages that hold NVIDIA's
    wheels, or from the system. ONNX Runtime's own `preload_dlls` looks beside itself alone.
    """
    return tuple(name for name in (*WANTED, *NEEDED) if not _load(name) and name in NEEDED)


def _load(name: str) -> bool:
    already = getattr(os, "RTLD_NOLOAD", None)
    tries: list[tuple[str, int]] = [(name, already | ctypes.RTLD_GLOBAL)] if already is not None else []
    tries += [(str(path), ctypes.RTLD_GLOBAL) for path in _in_wheels(name)]
    for place, mode in [*tries, (name, ctypes.RTLD_GLOBAL)]:
        try:
            ctypes.CDLL(place, mode=mode)
        except OSError:
            continue
        return True
    return False


def _in_wheels(name: str) -> Iterator[Path]:
    spec = importlib.util.find_spec("nvidia")
    for root in (spec.submodule_search_locations or []) if spec else []:
        for folder in IN_WHEELS:
            yield from Path(root).glob(f"{folder}/{name}")


def driver_is_here() -> bool:
    """Whether the NVIDIA driver's library loads; without it no CUDA provider can."""
    try:
        ctypes.CDLL(DRIVER)
    except OSError:
        return False
    return True


class CudaRuntime:
    """Calls of the CUDA runtime for one GPU, each of which lets other Python threads run.

    Args:
        number: of the GPU, among those that `CUDA_VISIBLE_DEVICES` leaves.

    Raises:
        OSError: the library is not there.
        CudaError: from every method, where CUDA refuses.
    """

    def __init__(self, number: int = 0) -> None:
        self.number = number
        load_libraries()
        self._library = ctypes.CDLL(RUNTIME)
        self._library.cudaGetErrorString.restype = ctypes.c_char_p

    def call(self, name: str, *given: Any) -> None:
        """Any function of the runtime that returns an error code."""
        # Which GPU is meant is a matter of the thread, and whoever used it last may have meant another.
        code = self._library.cudaSetDevice(self.number) or getattr(self._library, name)(*given)
        if code:
            self._library.cudaGetLastError()  # or else the next call that asks would report it once more
            raise CudaError(name, code, (self._library.cudaGetErrorString(code) or b"unknown").decode())

    def version(self) -> str:
        """Of the runtime: "13.0"."""
        number = ctypes.c_int()
        self.call("cudaRuntimeGetVersion", ctypes.byref(number))
        return _dotted(number.value)

    def upload(self, place: int, images: NDArray[np.uint8], stream: CudaStream) -> None:
        """Begin to copy pictures to memory of the device; they must stay until `CudaStream.wait`."""
        self._copy(place, images.ctypes.data, images.nbytes, HOST_TO_DEVICE, stream)

    def download(self, images: NDArray[np.uint8], place: int, stream: CudaStream) -> None:
        """Begin to copy pictures from memory of the device; they are there after `CudaStream.wait`."""
        self._copy(images.ctypes.data, place, images.nbytes, DEVICE_TO_HOST, stream)

    def _copy(self, to: int, given: int, n_bytes: int, kind: int, stream: CudaStream) -> None:
        sizes = ctypes.c_void_p(to), ctypes.c_void_p(given), ctypes.c_size_t(n_bytes)
        self.call("cudaMemcpyAsync", *sizes, kind, ctypes.c_void_p(stream.handle))

    def lock(self, memory: NDArray[np.uint8]) -> None:
        """Lock an array's pages in memory, so that the device reads and writes them by itself."""
        self.call("cudaHostRegister", ctypes.c_void_p(memory.ctypes.data), ctypes.c_size_t(memory.nbytes), 0)

    def unlock(self, memory: NDArray[np.uint8]) -> None:
        """The opposite of `lock`."""
        self.call("cudaHostUnregister", ctypes.c_void_p(memory.ctypes.data))


class CudaStream:
    """A queue of work on the device that waits for no other; freed with the last reference to it."""

    def __init__(self, runtime: CudaRuntime) -> None:
        self.runtime, handle = runtime, ctypes.c_void_p()
        self.handle = 0
        runtime.call("cudaStreamCreateWithFlags", ctypes.byref(handle), NON_BLOCKING)
        self.handle = int(handle.value or 0)

    def wait(self) -> None:
        """Until all work given to the stream is done.

        Raises:
            CudaError: some of it failed.
        """
        self.runtime.call("cudaStreamSynchronize", ctypes.c_void_p(self.handle))

    def __del__(self) -> None:
        if self.handle and not sys.is_finalizing():
            self.runtime.call("cudaStreamDestroy", ctypes.c_void_p(self.handle))


@dataclass(frozen=True)
class Card:
    """The GPU that is used, and what runs on it: everything that decides the last bit of a result."""

    name: str
    memory_bytes: int
    cuda: str
    cudnn: str

    @classmethod
    @cache
    def found(cls, number: int = 0) -> Card:
        """The card of that number, among those that `CUDA_VISIBLE_DEVICES` leaves.

        Raises:
            CudaError: the driver does not answer.
            OSError: a library is not there.
        """
        driver, device, memory = ctypes.CDLL(DRIVER), ctypes.c_int(), ctypes.c_size_t()
        name = ctypes.create_string_buffer(256)
        calls: list[tuple[str, tuple[Any, ...]]] = [
            ("cuInit", (0,)),
            ("cuDeviceGet", (ctypes.byref(device), number)),
            ("cuDeviceGetName", (name, len(name), device)),
            ("cuDeviceTotalMem_v2", (ctypes.byref(memory), device)),
        ]
        for call, given in calls:
            if code := getattr(driver, call)(*given):
                raise CudaError(call, code, "the driver does not answer")
        return cls(
            name=name.value.decode(),
            memory_bytes=memory.value,
            cuda=CudaRuntime(number).version(),
            cudnn=cudnn_version() or "none",
        )


def cudnn_version() -> str | None:
    """Of the library that is loaded, or would be: "9.19.0"."""
    load_libraries()
    try:
        library = ctypes.CDLL(CUDNN)
    except OSError:
        return None
    library.cudnnGetVersion.restype = ctypes.c_size_t
    number = int(library.cudnnGetVersion())
    return f"{number // 10_000}.{number // 100 % 100}.{number % 100}"


def n_devices() -> int:
    """GPUs that `CUDA_VISIBLE_DEVICES` leaves; 0 where the driver does not answer."""
    driver, number = ctypes.CDLL(DRIVER), ctypes.c_int()
    return 0 if driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(number)) else number.value


def driver_version() -> str | None:
    """The newest CUDA that the driver serves: "13.0"."""
    number = ctypes.c_int()
    if not driver_is_here() or ctypes.CDLL(DRIVER).cuDriverGetVersion(ctypes.byref(number)):
        return None
    return _dotted(number.value)


def _dotted(number: int) -> str:
    return f"{number // 1000}.{number % 1000 // 10}"
