"""Values of labels as JSON: any type, any bytes."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from gazeaug_studio.label_values import shown

VALUES: list[tuple[Any, Any]] = [
    (np.float32(0.5), 0.5),
    (np.float64("nan"), "NaN"),
    (np.float64("-inf"), "-Infinity"),
    (np.int64(-3), -3),
    (np.uint64(2**64 - 1), str(2**64 - 1)),
    (np.bool_(True), True),
    (b"p01", "p01"),
    (b"\xff<b>", "\\xff<b>"),
    (np.array([[1.0, np.nan]]), [[1.0, "NaN"]]),
    (np.array([b"a", "b"], object), ["a", "b"]),
    (np.zeros((100, 2)), {"shape": [100, 2], "first": [0.0] * 16}),
    (np.array((1, 2.5), [("a", "i4"), ("b", "f8")])[()], "(1, 2.5)"),
    (np.void(b"\x01\xff"), "\x01\\xff"),
    (np.complex128(1j), "1j"),
    ("\ud800", "\\ud800"),
]


@pytest.mark.parametrize(("value", "wanted"), VALUES, ids=range(len(VALUES)))
def test_shown(value: Any, wanted: Any) -> None:
    found = shown(value)
    assert found == wanted
    json.dumps(found, allow_nan=False).encode()


def test_long_text_is_cut() -> None:
    assert shown("x" * 10_000) == "x" * 2000 + "... (10,000 letters)"
