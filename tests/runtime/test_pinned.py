"""Page-locked memory, with a CUDA runtime that only takes notes."""

from __future__ import annotations

import numpy as np
import pytest

import gazeaug.runtime.pinned
from gazeaug.runtime.pinned import Pins


class FakeRuntime:
    """Locks what it is given, unless told otherwise."""

    def __init__(self, status: int = 0) -> None:
        self.status, self.locked = status, {}

    def cudaHostRegister(self, place, n_bytes, flags: int) -> int:  # noqa: N802 -- CUDA's name
        if self.status == 0:
            self.locked[place.value] = n_bytes.value
        return self.status

    def cudaHostUnregister(self, place) -> int:  # noqa: N802 -- CUDA's name
        del self.locked[place.value]
        return 0


def test_memory_is_locked_for_the_length_of_the_block():
    runtime, array = FakeRuntime(), np.zeros(4096, np.uint8)
    with Pins(runtime) as pins:
        assert pins.pin(array)
        assert runtime.locked == {array.ctypes.data: 4096}
    assert not runtime.locked


def test_memory_is_unlocked_after_an_error_too():
    runtime = FakeRuntime()
    with pytest.raises(ValueError, match="torn"), Pins(runtime) as pins:
        pins.pin(np.zeros(64, np.uint8))
        raise ValueError("torn")
    assert not runtime.locked


def test_a_refusal_leaves_memory_as_it_is():
    with Pins(FakeRuntime(status=2)) as pins:
        assert not pins.pin(np.zeros(64, np.uint8))


def test_without_cuda_nothing_is_locked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(gazeaug.runtime.pinned, "LIBRARIES", ("libnothing.so.0",))
    with Pins() as pins:
        assert not pins.pin(np.zeros(64, np.uint8))
