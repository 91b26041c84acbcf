"""Holes: rows that HDF5 fills in by itself, since nobody wrote them, or since a virtual dataset has no source for them.

HDF5 says nothing of either: it hands out the fill value, black pictures most often.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from h5py.h5s import SEL_ALL, SEL_HYPERSLABS, SEL_POINTS, SpaceID
from numpy.typing import NDArray

from gazeaug.errors import InputError

ENDLESS = 1 << 60  # HDF5's own figure for it differs from place to place; none is smaller
PREFIXES = "HDF5_VDS_PREFIX"  # of the environment: where HDF5 looks first for sources
IN_SERIES = re.compile(r"%(b|%)")


@dataclass(frozen=True)
class Slab:
    """What is selected along an axis: `block` of every `stride` from `start` on, `count` times."""

    start: int
    stride: int
    count: int
    block: int

    @property
    def is_endless(self) -> bool:
        """Whether it grows with its dataset."""
        return self.count >= ENDLESS or self.block >= ENDLESS

    @property
    def length(self) -> int:
        """How much is selected."""
        return ENDLESS if self.is_endless else self.count * self.block

    def within(self, length: int) -> NDArray[np.int64]:
        """The places that it selects in an axis of a length."""
        if self.count == 1:
            return np.arange(self.start, max(self.start, min(self.start + self.block, length)))
        places = np.arange(self.start, max(self.start, length))
        behind = places - self.start
        return places[(behind % self.stride < self.block) & (behind // self.stride < self.count)]


@dataclass(frozen=True)
class Mapping:
    """A part of a virtual dataset, and where it is from."""

    file_name: str
    """As it is stored; "." for the same file."""
    dataset: str
    filled: Sequence[Slab]
    """What it fills, axis by axis; empty where that is irregular."""
    values_of_rows: Map[int, int]
    """Where that is irregular, how many values of which row it fills."""
    taken: Sequence[Slab]
    """What is taken of the source, axis by axis; empty for all of it."""
    ends: Sequence[int]
    """Where that ends, axis by axis; empty for all of it."""

    def fault_of(self, source: h5py.Dataset, virtual: h5py.Dataset) -> str | None:
        """What is wrong with a source that is there; None where it fills its part of the virtual dataset."""
        wanted = [slab.length for slab in self.filled]
        alike = [length for length in wanted if length != 1] == [length for length in source.shape if length != 1]
        if not self.ends and self.filled and max(wanted) < ENDLESS and not alike:
            return f"expected there {tuple(wanted)}, found {source.shape}"
        if self.ends and len(self.ends) != source.ndim:
            return f"expected there {len(self.ends)} axes, found {source.shape}"
        if any(end > there for end, there in zip(self.ends, source.shape, strict=False) if end < ENDLESS):
            return f"what is taken of it ends at {tuple(self.ends)}, found {source.shape}"
        if not keeps_values(source.dtype, virtual.dtype):
            return f"it holds {source.dtype}, which '{virtual.name.lstrip('/')}', {virtual.dtype}, cannot hold"
        return None

    def count_into(self, n_filled: NDArray[np.int64], source: h5py.Dataset, n_in_row: int) -> None:
        """Count how many values of each row it fills."""
        if not self.filled:
            for row, n_values in self.values_of_rows.items():
                n_filled[row] += n_values
            return
        rows = self.filled[0].within(len(n_filled))
        if self.filled[0].is_endless:
            rows = rows[: len(self.taken[0].within(len(source))) if self.taken else len(source)]
        n_filled[rows] += prod(min(slab.length, n_in_row) for slab in self.filled[1:])


def mappings_of(virtual: h5py.Dataset) -> Iterator[Mapping]:
    """The parts of a virtual dataset; of a numbered series one for each that HDF5 found."""
    for source in virtual.virtual_sources():
        filled, space = slabs_of(source.vspace), source.src_space
        by_row = {} if filled else values_of_rows(source.vspace)
        is_all = space.get_select_type() == SEL_ALL
        taken = [] if is_all else slabs_of(space)
        ends: list[int] = []
        if not is_all:
            last = [int(place) for place in space.get_select_bounds()[1]] if not taken else []
            ends = [place + 1 for place in last] or [end_of(slab) for slab in taken]
        if not is_series(source.file_name, source.dset_name):
            yield Mapping(numbered(source.file_name, 0), numbered(source.dset_name, 0), filled, by_row, taken, ends)
            continue
        series, *others = filled
        for number in range(n_begun(series, len(virtual))):
            own = Slab(series.start + number * series.stride, 1, 1, series.block)
            names = numbered(source.file_name, number), numbered(source.dset_name, number)
            yield Mapping(*names, [own, *others], {}, taken, ends)


def gaps_of(virtual: h5py.Dataset, folders: Sequence[Path]) -> Iterator[tuple[str, str]]:
    """Numbered series that end at a gap: the file that is wanting, and one after it that is there."""
    for source in virtual.virtual_sources():
        name = source.file_name
        if not is_series(name, ""):
            continue
        n_found, inside = n_begun(slabs_of(source.vspace)[0], len(virtual)), Path(name).parent
        pattern = re.compile(re.escape(numbered(Path(name).name, "\0")).replace("\0", r"(\d+)"))
        for folder in folders:
            there = os.listdir(folder / inside) if (folder / inside).is_dir() else []
            numbers = [int(found[1]) for each in there if (found := pattern.fullmatch(each))]
            if numbers and max(numbers) >= n_found:
                yield numbered(name, n_found), numbered(name, max(numbers))


def is_series(*names: str) -> bool:
    """Whether stored names stand for as many as there are, by a number."""
    return any("%b" in name.replace("%%", "") for name in names)


def numbered(name: str, number: int | str) -> str:
    """A stored name with its number filled in: %b stands for it, %% for %."""
    return IN_SERIES.sub(lambda found: "%" if found[1] == "%" else str(number), name)


def n_begun(series: Slab, length: int) -> int:
    """How many blocks of a series begin within an axis of this length."""
    return max(0, -(-(length - series.start) // series.stride))


def slabs_of(space: SpaceID) -> list[Slab]:
    """A selection axis by axis; empty where it is not regular."""
    if space.get_select_type() == SEL_ALL:
        return [Slab(0, 1, 1, int(length)) for length in space.shape]
    if space.get_select_type() != SEL_HYPERSLABS or not space.is_regular_hyperslab():
        return []
    start, stride, count, block = space.get_regular_hyperslab()
    return [Slab(*map(int, axis)) for axis in zip(start, stride, count, block, strict=True)]


def values_of_rows(space: SpaceID) -> dict[int, int]:
    """How many values of which row an irregular selection holds."""
    found: Counter[int] = Counter()
    if space.get_select_type() == SEL_HYPERSLABS:
        for first, last in space.get_select_hyper_blocklist():
            n_values = prod(int(end) - int(start) + 1 for start, end in zip(first[1:], last[1:], strict=True))
            found.update(dict.fromkeys(range(int(first[0]), int(last[0]) + 1), n_values))
    elif space.get_select_type() == SEL_POINTS:
        found.update(int(place[0]) for place in space.get_select_elem_pointlist())
    return found


def end_of(slab: Slab) -> int:
    """The place after the last one."""
    return ENDLESS if slab.is_endless else slab.start + (slab.count - 1) * slab.stride + slab.block


def keeps_values(stored: np.dtype[Any], wanted: np.dtype[Any]) -> bool:
    """Whether HDF5 brings all values of a type to another unchanged; floats of 0..1 would become 0 and 1 as uint8."""
    if "O" in (stored.kind, wanted.kind):
        return stored.kind == wanted.kind
    return bool(stored == wanted or np.can_cast(stored, wanted, "safe"))


def places_of(file_name: str, virtual: Path) -> list[Path]:
    """Where HDF5 looks for a source of a virtual dataset's file, in order; of several, it takes the first.

    As it stands where it is a whole path; at the prefixes of the environment; beside the file, as that was named; in
    the working directory; beside the file itself, where that was named by a link. A whole path at which there is
    nothing is looked for by its last name: the folder may have been moved.
    """
    name = Path(file_name)
    first = [name] if name.is_absolute() else []
    relative = Path(name.name) if name.is_absolute() else name
    folders = [*prefixes_of(virtual.parent), virtual.absolute().parent, Path.cwd(), virtual.resolve().parent]
    return [*first, *(folder / relative for folder in folders)]


def prefixes_of(folder: Path) -> list[Path]:
    """The folders that the user's environment names for sources."""
    stated = os.environ.get(PREFIXES, "").replace("${ORIGIN}", str(folder))
    return [Path(each) for each in stated.split(os.pathsep) if each]


def check_written(dataset: h5py.Dataset, where: str, *, trusted: bool = True) -> None:
    """Refuse rows of which some were never written; raises InputError, naming the first such row (see `n_written`)."""
    check_rows_written(n_written(dataset, trusted=trusted), len(dataset) if dataset.ndim else 1, where)


def check_rows_written(n: int, wanted: int, where: str) -> None:
    """Refuse rows of which only the first `n` were written.

    Raises:
        InputError: naming the first of the others.
    """
    if wanted > n:
        raise InputError(
            f"{where}: row {n} and maybe others were never written, HDF5 would fill them in; let the program that "
            "makes the file end, or cut the dataset to what is there."
        )


def n_written(dataset: h5py.Dataset, *, trusted: bool = True) -> int:
    """Rows before the first that was never written: a file made at its full length, and its writer stopped.

    Args:
        dataset: to be looked at.
        trusted: where the file's maker chose the value that stands for them, take it at its word, such as NaN for what
            is not known; no value is a picture or a gaze.
    """
    created, n_rows = dataset.id.get_create_plist(), len(dataset) if dataset.ndim else 1
    layout = created.get_layout()
    if not dataset.size or (trusted and created.fill_value_defined() == h5py.h5d.FILL_VALUE_USER_DEFINED):
        return n_rows
    if layout == h5py.h5d.CHUNKED:
        n_chunks = prod(-(-length // chunk) for length, chunk in zip(dataset.shape, dataset.chunks, strict=True))
        return n_rows if dataset.id.get_num_chunks() == n_chunks else first_unwritten(dataset)
    is_empty = layout == h5py.h5d.CONTIGUOUS and not dataset.external and dataset.id.get_offset() is None
    return 0 if is_empty else n_rows


def first_unwritten(dataset: h5py.Dataset) -> int:
    """The first row of a chunk that was never written."""
    behind = [range(0, length, chunk) for length, chunk in zip(dataset.shape[1:], dataset.chunks[1:], strict=True)]
    corners = np.array(np.meshgrid(*behind, indexing="ij")).reshape(len(behind), -1).T
    for row in range(0, len(dataset), dataset.chunks[0]):
        for corner in corners:
            if dataset.id.get_chunk_info_by_coord((row, *map(int, corner))).byte_offset is None:
                return row
    return len(dataset)
