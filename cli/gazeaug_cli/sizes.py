"""Sizes as they are typed: 35x55 is 35 high and 55 wide; 1000,all are a thousand pictures and all of them."""

from __future__ import annotations

import re

from gazeaug.errors import InputError


def parse_size(text: str) -> tuple[int, int]:
    """(H, W) of a text such as 35x55.

    Raises:
        InputError: it is not two whole numbers around an x.
    """
    found = re.fullmatch(r"(\d+)x(\d+)", text)
    if found is None:
        raise InputError(f"a size must be HEIGHTxWIDTH such as 35x55, got '{text}'.")
    return int(found[1]), int(found[2])


def parse_sizes(text: str) -> list[int | None]:
    """1000,10000,all as numbers, None for all.

    Raises:
        InputError: it is something else.
    """
    try:
        return [None if size == "all" else int(size) for size in text.split(",")]
    except ValueError:
        raise InputError(f"--subset must be sizes such as 1000,10000,all, got '{text}'.") from None
