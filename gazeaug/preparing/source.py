"""Blocks of rows into an eye file by units, each in a shard of its own, as `job` does it for items.

one file, or a few large ones -> parts, read in order -> shard of the unit -> (all done) -> one file, renamed
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Generic, TypeVar

import h5py
import numpy as np
from tqdm import tqdm

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import Label
from gazeaug.eyefile.writer import EyeWriter
from gazeaug.outputs import check_output
from gazeaug.preparing.blocks import NO_ROW, Block, BlocksOptions, brought, new_output
from gazeaug.preparing.items import PrepareReport, states_sha256
from gazeaug.preparing.job import is_done, is_untidied, join_units, note_unit, report, working
from gazeaug.units.checksums import RowsDigest
from gazeaug.units.ranges import Unit, split_into_units
from gazeaug.units.worklog import RUN, Worklog

UNIT_BYTES = 64 << 20  # of pictures: what a kill can cost
NO_SHAPE = (1, 1)  # of the pictures of a unit that has none

T = TypeVar("T")


@dataclass(frozen=True)
class LeftOut:
    """What could not be read, and why."""

    item: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class PartsOptions(BlocksOptions):
    """How parts become a file."""

    keep_going: bool = False
    """List what cannot be read in `<output>.rejected.csv` instead of stopping at it."""
    fresh: bool = False
    """Start over instead of going on with interrupted work."""


@dataclass(frozen=True, kw_only=True)
class PartSource(Generic[T]):
    """Parts of a source, each read at once, and what their rows are."""

    parts: Sequence[T]
    """In the order of the output; the same each time, as their text (`repr`) shows."""
    read: Callable[[T], Iterable[Block | LeftOut]]
    """The rows of a part; raises InputError where the whole of it is useless."""
    files_of: Callable[[T], Iterable[Path]]
    """The files that a part is read from."""
    parts_per_unit: int
    labels: Mapping[str, Label]
    facts: Mapping[str, Any]
    """Provenance; its `source` is an attribute too."""
    left_out: Sequence[LeftOut] = ()
    """What is in no part, since it cannot be read."""

    def files_sha256(self, unit: Unit) -> str:
        """A digest of the state of the files of a unit."""
        files = (path for part in self.parts[unit.start : unit.stop] for path in self.files_of(part))
        return states_sha256(dict.fromkeys(files))

    def job(self, options: PartsOptions) -> dict[str, Any]:
        """Everything that the content of the output depends on, but for what the files hold."""
        parts = hashlib.sha256()
        for part in self.parts:
            parts.update(f"{part!r}\n".encode(errors="surrogateescape"))
        return {
            **self.facts,
            "parts": len(self.parts),
            "parts_sha256": parts.hexdigest(),
            "n_left_out": len(self.left_out),
            "size": None if options.size is None else list(options.size),
            "color": options.color,
            "limit": options.limit,
        }


def parts_for(image_shape: tuple[int, ...], rows_per_part: int) -> int:
    """Parts that make a unit."""
    return max(1, UNIT_BYTES // max(1, rows_per_part * int(np.prod(image_shape))))


def write_parts(source: PartSource[T], output: Path, options: PartsOptions) -> PrepareReport:
    """Read parts and write their rows in order; the same call goes on with what an earlier one left.

    Raises:
        InputError: what cannot be read, an output that cannot be written, or not one row.
        RunError: the disk is full or refuses.
        Interrupted: Ctrl-C. Of all three, finished units are left for the next call, and nothing where there is none.
    """
    log = Worklog(output, source.job(options))
    if not options.fresh and is_untidied(log):
        log.remove()
        made = report(output, n_resumed=0)
        return replace(made, n_resumed=made.n_images)
    check_output(output, overwrite=options.overwrite)
    units = split_into_units(len(source.parts), source.parts_per_unit)
    with working(log, fresh=options.fresh) as folder:
        shape, n_resumed, used = write_units(units, source, folder, options)
        whole = new_output(output, shape or NO_SHAPE, source.labels, source.facts, **{RUN: log.run_id})
        join_units(used, folder, whole, NO_ROW, [(left.item, left.reason) for left in source.left_out])
    return report(output, n_resumed=n_resumed)


def write_units(
    units: Sequence[Unit], source: PartSource[T], folder: Path, options: PartsOptions
) -> tuple[tuple[int, ...] | None, int, list[Unit]]:
    """Write the shards that are missing.

    Returns:
        The shape of a picture if there is one, the rows that were there before, and the units up to the limit.
    """
    shape: tuple[int, ...] | None = None
    n_rows, n_resumed, used, going_on = 0, 0, list[Unit](), True
    for unit in tqdm(units, unit=" units", desc="preparing"):
        if options.limit is not None and n_rows >= options.limit:
            break
        shard, files_sha256 = unit.shard(folder), partial(source.files_sha256, unit)
        # Once one is read again, so are all behind it: where the limit falls depends on the rows before.
        going_on = going_on and is_done(shard, files_sha256, keep_going=options.keep_going)
        if not going_on:
            write_unit(unit, shard, source, files_sha256, shape, n_rows, options)
        with h5py.File(shard, "r") as file:
            n_here, *axes = file["image"].shape
        n_rows += n_here
        n_resumed += n_here if going_on else 0
        shape = tuple(axes) if n_here else shape
        used.append(unit)
    return shape, n_resumed, used


def write_unit(
    unit: Unit,
    path: Path,
    source: PartSource[T],
    files_sha256: Callable[[], str],
    shape: tuple[int, ...] | None,
    n_before: int,
    options: PartsOptions,
) -> None:
    """Write the shard of a unit; it gets its name when it is whole."""
    rejected: list[tuple[str, str]] = []
    state = files_sha256()  # as it is before anything is read

    def readable() -> Iterator[Block]:
        for part in source.parts[unit.start : unit.stop]:
            for found in source.read(part):
                if isinstance(found, Block):
                    yield found
                elif options.keep_going:
                    rejected.append((found.item, found.reason))
                else:
                    raise InputError(f"{found.reason} (--keep-going leaves such items out)")

    blocks = brought(readable(), options, None if options.limit is None else options.limit - n_before)
    first = next(blocks, None)
    if shape is None:
        shape = NO_SHAPE if first is None else first.images.shape[1:]
    digest = RowsDigest()
    with EyeWriter(path, image_shape=shape, labels=source.labels) as shard:
        for block in chain([] if first is None else [first], blocks):
            rows = {name: block.labels[name] for name in source.labels}
            shard.append(block.images, rows)
            digest.update(block.images, rows)
        note_unit(shard, digest, state, rejected, len(rejected))
