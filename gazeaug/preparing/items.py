"""Items: files by name, each with one eye or several in it; light, since every reading process imports it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Eye:
    """One item, read: the picture and its labels, landmarks in pixels of the picture."""

    image: NDArray[np.uint8]
    labels: Mapping[str, Any]


@dataclass(frozen=True)
class LeftOut:
    """What is not in the output, and why."""

    item: str
    reason: str
    on_purpose: bool = False
    """It could be read; what could not stops the job, unless it is to keep going."""


class Items(Sequence[Path]):
    """Files of a folder by name, in order; a path is made when it is asked for, so that a million of them stay small.

    Args:
        folder: of the files.
        names: below it, with forward slashes.
        left_out: what lies beside them and is none of them, with the reason.
    """

    def __init__(self, folder: Path, names: Sequence[str], left_out: Sequence[LeftOut] = ()) -> None:
        self.folder, self.names, self.left_out = folder, names, left_out

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, index: int) -> Path: ...
    @overload
    def __getitem__(self, index: slice) -> Items: ...
    def __getitem__(self, index: int | slice) -> Path | Items:
        if isinstance(index, slice):
            return Items(self.folder, self.names[index])
        return self.folder / self.names[index]
