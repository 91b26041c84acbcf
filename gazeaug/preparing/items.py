"""Items: files by name, each read at once by a pool of processes, with one eye or several in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, overload

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.images import natural_order
from gazeaug.eyefile.labels import Label
from gazeaug.eyefile.writer import rows_per_chunk
from gazeaug.preparing.blocks import Block, LeftOut
from gazeaug.preparing.job import PrepareReport, prepare
from gazeaug.preparing.options import ItemsOptions, PartsOptions
from gazeaug.preparing.pool import read_all
from gazeaug.preparing.source import Source, sha256_of
from gazeaug.units.worklog import identify_file

ITEMS_AT_ONCE = 64  # a task of the pool
SMALL = 64  # items that are not worth a pool; where nobody asked for one, it must pay for its start
TASKS_A_WORKER = 8  # at least, so that all end at about one time
UNIT_ITEMS = 4096  # what a kill can cost
CHUNKS_AT_ONCE = 4  # of the output


@dataclass(frozen=True)
class Eye:
    """One item, read: the picture and its labels, landmarks in pixels of the picture."""

    image: NDArray[np.uint8]
    labels: Mapping[str, Any]


Finish = Callable[[Path, Eye], Eye | LeftOut]
"""Sees an item and an eye of it, and gives the eye as it shall be, or why it is left out; raises InputError."""


class Items(Sequence[Path]):
    """Files of a folder by name, in order; a path is made when it is asked for, so that a million of them stay small.

    Args:
        folder: of the files.
        names: below it, with forward slashes.
    """

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self.folder, self.names = folder, names

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


def find_files(folder: Path, is_wanted: Callable[[Path], bool]) -> Items:
    """The files in and below a folder whose names are wanted, in natural order of their paths (1, 2, 10)."""
    found: list[str] = []
    for place, _, names in os.walk(folder):
        below = "" if Path(place) == folder else f"{Path(place).relative_to(folder).as_posix()}/"
        found += [below + name for name in names if is_wanted(Path(name)) and os.path.isfile(f"{place}/{name}")]
    return Items(folder, sorted(found, key=natural_order))


@dataclass(frozen=True, kw_only=True)
class ItemSource(Source[Path]):
    """Items, read by other processes: each gives an eye, or a list of eyes and of what is left out of it."""

    parts: Items
    parts_per_unit: int = field(default_factory=lambda: UNIT_ITEMS)
    files_of: Callable[[Path], Iterable[Path]] = lambda item: (item,)
    read: partial[Eye] | partial[list[Eye | LeftOut]]
    image_shape: tuple[int, ...]
    new_finish: Callable[[], Finish] | None = None
    """Makes for each unit what sees its eyes in order, in this process: adds labels, or leaves eyes out."""
    table: Path | None = None
    """A file that it takes labels from."""
    nothing: str = "not one of {n} items could be read"
    workers: int | None = None
    """Processes; as many as cores where None."""

    of_items: ClassVar[bool] = True

    def read_units(self, units: Iterator[Sequence[Path]], n_parts: int) -> Generator[Any, None, None]:
        """Each item with what it holds: those of all units in one stream, so that the pool never runs dry."""
        cores = (os.cpu_count() or 1) if n_parts > 8 * SMALL else 1
        workers = (self.workers or cores) if n_parts > SMALL else 1
        at_once = min(ITEMS_AT_ONCE, n_parts // (TASKS_A_WORKER * workers) or 1)
        tasks = (items[start : start + at_once] for items in units for start in range(0, len(items), at_once))
        return read_all(tasks, self.read, workers)

    def blocks_of(self, contents: Iterable[Any]) -> Iterator[Block | LeftOut]:
        """Eyes, some whole chunks in a block."""
        n_at_once = CHUNKS_AT_ONCE * rows_per_chunk(self.image_shape)
        eyes: list[Eye] = []
        for found in self.finished(contents):
            if isinstance(found, LeftOut):
                yield found
            else:
                eyes.append(found)
            if len(eyes) == n_at_once:
                yield block_of(eyes, self.labels)
                eyes.clear()
        if eyes:
            yield block_of(eyes, self.labels)

    def finished(self, contents: Iterable[Any]) -> Iterator[Eye | LeftOut]:
        """The eyes of a unit as they shall be, and what is left out, in order."""
        finish = self.new_finish() if self.new_finish else lambda item, eye: eye
        for item, content in contents:
            for found in content if isinstance(content, list) else [content]:
                try:
                    yield found if isinstance(found, LeftOut) else finish(item, found)
                except InputError as error:
                    yield LeftOut(item.as_posix(), str(error))

    def identity(self, options: PartsOptions) -> dict[str, Any]:
        """The names of the items, and how they are read."""
        return {
            **self.facts,
            "items": len(self.parts),
            "names_sha256": sha256_of(self.parts.names),
            "size": list(self.image_shape),
            "options": {name: str(value) for name, value in self.read.keywords.items() if name != "folder"},
            "table": None if self.table is None else identify_file(self.table),
        }


def block_of(eyes: Sequence[Eye], labels: Mapping[str, Label]) -> Block:
    """Eyes as rows."""
    rows = {
        name: np.array([eye.labels[name] for eye in eyes], object if label.dtype.kind == "O" else label.dtype)
        for name, label in labels.items()
    }
    return Block(np.stack([eye.image for eye in eyes]), rows)


def write_items(source: ItemSource, output: Path, how: ItemsOptions) -> PrepareReport:
    """Prepare the first `limit` items by `workers` processes; raises as `prepare`."""
    chosen = replace(source, parts=source.parts[: how.limit], workers=how.workers)
    options = PartsOptions(keep_going=how.keep_going, overwrite=how.overwrite, fresh=how.fresh)
    return prepare(chosen, output, options)
