"""Page-locked memory, which a GPU reads and writes by itself while the CPU does something else."""

from __future__ import annotations

from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from gazeaug.runtime.cuda import CudaError, CudaRuntime


class Pins:
    """Arrays locked until the block ends; where locking is refused they are copied as other memory is, only slower.

    Args:
        runtime: that locks.
    """

    def __init__(self, runtime: CudaRuntime) -> None:
        self._runtime = runtime
        self._locked: list[NDArray[np.uint8]] = []

    def pin(self, array: NDArray[np.uint8]) -> bool:
        """Lock an array's memory; whether it was."""
        try:
            self._runtime.lock(array)
        except CudaError:
            return False
        self._locked.append(array)
        return True

    def __enter__(self) -> Pins:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._locked:
            try:
                self._runtime.unlock(self._locked.pop())
            except CudaError:
                continue  # a device that has failed keeps nothing; what happened was raised where it did
