"""Sizes as they are typed: 35x55 is 35 high and 55 wide."""

from __future__ import annotations

import re


def parse_size(text: str) -> tuple[int, int]:
    """(H, W) of a text such as 35x55.

    Raises:
        InputError: it is not two whole numbers around an x.
    """
    from gazeaug.errors import InputError

    found = re.fullmatch(r"(\d+)x(\d+)", text)
    if found is None:
        raise InputError(f"a size must be HEIGHTxWIDTH such as 35x55, got '{text}'.")
    return int(found[1]), int(found[2])
