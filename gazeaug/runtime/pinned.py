"""Page-locked memory, which a GPU reads and writes by itself while the CPU does something else.

Source: CUDA Runtime API, section 5.9 (cudaHostRegister, cudaHostUnregister). Not yet run on a GPU.
"""

from __future__ import annotations

import ctypes
import sys
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

LIBRARIES = ("cudart64_13.dll",) if sys.platform == "win32" else ("libcudart.so.13", "libcudart.so")


class Pins:
    """Arrays locked until the block ends; where locking is refused they are copied as other memory is, only slower.

    Args:
        runtime: the CUDA runtime library; None looks for the one that ONNX Runtime has loaded.
    """

    def __init__(self, runtime: Any = None) -> None:
        self._runtime = runtime if runtime is not None else cuda_runtime()
        self._locked: list[NDArray[np.uint8]] = []

    def pin(self, array: NDArray[np.uint8]) -> bool:
        """Lock an array's memory; whether it was."""
        if self._runtime is None:
            return False
        is_locked: bool = self._runtime.cudaHostRegister(*_place(array), 0) == 0
        if is_locked:
            self._locked.append(array)
        return is_locked

    def __enter__(self) -> Pins:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._locked:
            self._runtime.cudaHostUnregister(_place(self._locked.pop())[0])


def _place(array: NDArray[np.uint8]) -> tuple[ctypes.c_void_p, ctypes.c_size_t]:
    return ctypes.c_void_p(array.ctypes.data), ctypes.c_size_t(array.nbytes)


def cuda_runtime() -> Any:
    """The CUDA runtime library, or None where there is none."""
    for name in LIBRARIES:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    return None
