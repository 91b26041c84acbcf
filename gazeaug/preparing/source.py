"""Sources: parts in order, each read from files, whose rows become an eye file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import h5py
import numpy as np

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import Label
from gazeaug.eyefile.pixels import FLAT_BELOW, flat_rows
from gazeaug.eyefile.writer import rows_per_chunk
from gazeaug.preparing.blocks import NO_ROW, Block
from gazeaug.preparing.items import Eye, Items, LeftOut
from gazeaug.preparing.options import PartsOptions
from gazeaug.preparing.pool import read_all
from gazeaug.units.ranges import Unit
from gazeaug.units.worklog import identify_file

UNIT_BYTES = 64 << 20  # of pictures: what a kill can cost
ITEMS_AT_ONCE = 64  # a task of the pool
SMALL = 64  # items that are not worth a pool; where nobody asked for one, it must pay for its start
TASKS_A_WORKER = 8  # at least, so that all end at about one time
UNIT_ITEMS = 4096  # what a kill can cost
CHUNKS_AT_ONCE = 4  # of the output

Part = TypeVar("Part")
Finish = Callable[[Path, Eye], Eye | LeftOut]
"""Sees an item and an eye of it, and gives the eye as it shall be, or why it is left out; raises InputError."""


@dataclass(frozen=True, kw_only=True)
class Source(Generic[Part]):
    """Parts of any number of rows, read one after the other; `ItemSource` reads in a pool of processes."""

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
    others: Mapping[str, h5py.Dataset] = field(default_factory=dict)
    """Datasets that go along as a whole."""
    image_shape: tuple[int, ...] | None = None
    """Of the output's pictures; None where the first rows tell."""
    left_out: Sequence[LeftOut] = ()
    """What is in no part: it cannot be read, or is left out on purpose."""
    notes: Sequence[str] = ()
    """What the user is told of how the source was read."""
    mirrored_by: str = "prepare them from their source with --mirror right"
    """What the user is told to do about right eyes that stand unmirrored beside left ones."""
    nothing: str = NO_ROW
    """What to say where not one row came; {n} stands for the number of parts."""

    given: Sequence[Path] = ()
    """The files or folders that it reads: lists of what is left out name them without the folders above."""

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
            "limit": options.rows,
        }

    def files_sha256(self, unit: Unit) -> str:
        """A digest of names, sizes and times of change of the files of a unit; it costs no reading."""
        files = dict.fromkeys(path for part in self.parts[unit.start : unit.stop] for path in self.files_of(part))
        return sha256_of(f"{path.name} {state_of(path)}" for path in files)


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
    refuses_flat: bool = False
    """Pictures of one colour are none: they are crops of a place at which an eye is said to be."""
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
                    eye = found if isinstance(found, LeftOut) else finish(item, found)
                except InputError as error:
                    eye = LeftOut(item.as_posix(), str(error))
                if self.refuses_flat and isinstance(eye, Eye) and flat_rows(eye.image[None])[0]:
                    eye = LeftOut(item.as_posix(), why_flat(item))
                yield eye

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


def why_flat(item: Path) -> str:
    """The sentence about a crop in which nothing can be seen."""
    return f"{item}: nothing can be seen where its eye should be: all pixels lie within {FLAT_BELOW} grey levels."


def block_of(eyes: Sequence[Eye], labels: Mapping[str, Label]) -> Block:
    """Eyes as rows."""
    rows = {
        name: np.array([eye.labels[name] for eye in eyes], object if label.dtype.kind == "O" else label.dtype)
        for name, label in labels.items()
    }
    return Block(np.stack([eye.image for eye in eyes]), rows)


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
