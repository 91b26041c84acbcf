"""Sources: parts in order, each read from files, whose rows become an eye file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np

from gazeaug.eyefile.labels import Label
from gazeaug.preparing.blocks import NO_ROW, Block, LeftOut
from gazeaug.preparing.options import PartsOptions
from gazeaug.units.ranges import Unit

UNIT_BYTES = 64 << 20  # of pictures: what a kill can cost

Part = TypeVar("Part")


@dataclass(frozen=True, kw_only=True)
class Source(Generic[Part]):
    """Parts of any number of rows, read one after the other; `gazeaug.preparing.items.ItemSource` reads in a pool."""

    parts: Sequence[Part]
    """In the order of the output; the same each time, as their text (`repr`) shows."""
    parts_per_unit: int
    """What a kill can cost."""
    files_of: Callable[[Part], Iterable[Path]]
    """The files that a part is read from."""
    read: Callable[..., Any]
    """The blocks of a part, and what is left out of it; raises InputError where the whole of it is useless."""
    labels: Mapping[str, Label]
    facts: Mapping[str, Any]
    """Provenance; its `source` is an attribute too."""
    image_shape: tuple[int, ...] | None = None
    """Of the output's pictures; None where the first rows tell."""
    left_out: Sequence[LeftOut] = ()
    """What is in no part, since it cannot be read."""
    nothing: str = NO_ROW
    """What to say where not one row came; {n} stands for the number of parts."""

    of_items: ClassVar[bool] = False
    """Each part is an item: items are counted in place of rows, and a unit never depends on those before it."""

    def read_units(self, units: Iterator[Sequence[Part]], n_parts: int) -> Generator[Any, None, None]:
        """What each part of some units holds, in order; they may be asked for ahead, and have `n_parts` in all."""
        for parts in units:
            yield from map(self.read, parts)

    def blocks_of(self, contents: Iterable[Any]) -> Iterator[Block | LeftOut]:
        """The rows of a unit and what is left out of it, given what its parts hold."""
        return chain.from_iterable(contents)

    def identity(self, options: PartsOptions) -> dict[str, Any]:
        """Everything that the content of the output depends on, but for what the files hold."""
        return {
            **self.facts,
            "parts": len(self.parts),
            "parts_sha256": sha256_of(map(repr, self.parts)),
            "n_left_out": len(self.left_out),
            "size": None if options.size is None else list(options.size),
            "color": options.color,
            "limit": options.limit,
        }

    def files_sha256(self, unit: Unit) -> str:
        """A digest of names, sizes and times of change of the files of a unit; it costs no reading."""
        files = dict.fromkeys(path for part in self.parts[unit.start : unit.stop] for path in self.files_of(part))
        return sha256_of(f"{path.name} {state_of(path)}" for path in files)


def sha256_of(lines: Iterable[str]) -> str:
    """A digest of lines of text."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(f"{line}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()


def state_of(path: Path) -> tuple[int, int] | None:
    """Size and time of change of a file; None where it is missing."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def parts_for(image_shape: tuple[int, ...], rows_per_part: int) -> int:
    """Parts that make a unit."""
    return max(1, UNIT_BYTES // max(1, rows_per_part * int(np.prod(image_shape))))
