"""Page-locked memory, with a CUDA runtime that only takes notes."""

from __future__ import annotations

import numpy as np
import pytest

from gazeaug.runtime.cuda import CudaError
from gazeaug.runtime.pinned import Pins


class FakeRuntime:
    """Locks what it is given, unless told otherwise."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.refuses, self.locked = refuses, []

    def lock(self, memory: np.ndarray) -> None:
        if self.refuses:
            raise CudaError("cudaHostRegister", 2, "out of memory")
        self.locked.append(memory.ctypes.data)

    def unlock(self, memory: np.ndarray) -> None:
        self.locked.remove(memory.ctypes.data)
        if self.refuses:
            raise CudaError("cudaHostUnregister", 719, "unspecified launch failure")


def test_memory_is_locked_for_the_length_of_the_block():
    runtime, array = FakeRuntime(), np.zeros(4096, np.uint8)
    with Pins(runtime) as pins:
        assert pins.pin(array)
        assert runtime.locked == [array.ctypes.data]
    assert not runtime.locked


def test_memory_is_unlocked_after_an_error_too():
    runtime = FakeRuntime()
    with pytest.raises(ValueError, match="torn"), Pins(runtime) as pins:
        pins.pin(np.zeros(64, np.uint8))
        raise ValueError("torn")
    assert not runtime.locked


def test_a_refusal_leaves_memory_as_it_is():
    with Pins(FakeRuntime(refuses=True)) as pins:
        assert not pins.pin(np.zeros(64, np.uint8))


def test_a_device_that_has_failed_does_not_hide_what_happened():
    runtime = FakeRuntime()
    with pytest.raises(ValueError, match="torn"), Pins(runtime) as pins:
        pins.pin(np.zeros(64, np.uint8))
        runtime.refuses = True
        raise ValueError("torn")
    assert not runtime.locked
