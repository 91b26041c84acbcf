"""A label's value of one row, as JSON that a page can show: any type, any bytes, any length."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

MOST_VALUES = 64  # of an array that is shown whole
FIRST_VALUES = 16  # of a longer one
LONGEST_TEXT = 2000  # letters
LARGEST_WHOLE = 1 << 53  # that a page's numbers hold


def shown(value: Any) -> Any:
    """Numbers and text as they are, an array as lists, a long one as its shape and first values.

    What is not finite comes as text ("NaN"), and so do bytes, those that are no text escaped.
    """
    if isinstance(value, np.ndarray):
        if value.size > MOST_VALUES:
            return {"shape": list(value.shape), "first": [plain(each) for each in value.reshape(-1)[:FIRST_VALUES]]}
        return nested(value)
    return plain(value)


def nested(values: np.ndarray[Any, Any]) -> Any:
    """Lists of plain values."""
    return [nested(each) if isinstance(each, np.ndarray) else plain(each) for each in values]


def plain(value: Any) -> Any:
    """One value as JSON has it."""
    if isinstance(value, np.void):
        value = value.item() if value.dtype.names else value.tobytes()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bytes):
        value = value.decode("utf-8", "backslashreplace")
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, int) and abs(value) > LARGEST_WHOLE:
        return str(value)
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, np.ndarray):
        return nested(value[:MOST_VALUES])
    return shortened(value if isinstance(value, str) else str(value))


def shortened(text: str) -> str:
    """Text that JSON and a page can hold, with the number of letters where it is cut."""
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}... ({len(text):,} letters)"
