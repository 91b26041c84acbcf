"""Items into an eye file by units: the eyes of each in a shard of its own, so that a kill costs minutes only.

    files -> reading processes -> shard of the unit -> (all done) -> one file, renamed

A shard keeps what its unit left out, and the size and time of change of the files that it was read from: a unit whose
files have changed since is read again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from gazeaug import provenance
from gazeaug.errors import InputError, Interrupted
from gazeaug.eyefile.labels import Label
from gazeaug.eyefile.links import naming_damage
from gazeaug.eyefile.writer import EyeWriter, rows_per_chunk
from gazeaug.outputs import check_free_space, check_output, write_rejected
from gazeaug.preparing.items import (
    ITEMS_AT_ONCE,
    Found,
    ItemSource,
    PrepareReport,
    Sieve,
    Unreadable,
    in_groups,
    read_all,
    readable,
    with_labels,
)
from gazeaug.units.checksums import UNIT_SHA256, RowsDigest, checked_shard
from gazeaug.units.ranges import Unit, rows_of, split_into_units
from gazeaug.units.worklog import RUN, Worklog, identify_file

CHUNKS_AT_ONCE = 4
SMALL = 64  # items that are not worth a pool; where nobody asked for one, it must pay for its start
TASKS_A_WORKER = 8  # at least, so that all end at about one time
UNIT_ITEMS = 4096  # what a kill can cost
REJECTED, N_UNREADABLE, FILES_SHA256 = "rejected", "n_unreadable", "files_sha256"  # attributes of a shard
N_REJECTED = "n_rejected"  # of the output


def write_items(
    source: ItemSource,
    output: Path,
    image_shape: tuple[int, ...],
    labels: Mapping[str, Label],
    facts: dict[str, Any],
    *,
    workers: int | None = None,
    limit: int | None = None,
    keep_going: bool = False,
    overwrite: bool = False,
    fresh: bool = False,
) -> PrepareReport:
    """Read items in a process pool and write them in order; the same call goes on with what an earlier one left.

    Args:
        source: the items.
        output: the eye file.
        image_shape: (H, W) or (H, W, 3).
        labels: of the output.
        facts: attributes and provenance.
        workers: processes; as many as cores where None.
        limit: only the first items.
        keep_going: list unreadable items in `<output>.rejected.csv` instead of stopping at the first.
        overwrite: replace an output that is there.
        fresh: start over instead of going on with interrupted work.

    Raises:
        InputError: an unreadable item, or an option out of range.
        RunError: the disk is full or refuses.
        Interrupted: Ctrl-C. Of all three, finished units are left for the next call, and nothing where there is none.
    """
    for name, value in [("workers", workers), ("limit", limit)]:
        if value is not None and value < 1:
            raise InputError(f"--{name} must be at least 1, got {value}.")
    n_items = min(len(source.items), limit or len(source.items))
    units = split_into_units(n_items, source.items_per_unit or UNIT_ITEMS)
    log = Worklog(output, identity(source, n_items, image_shape, facts))
    if not fresh and is_untidied(log):
        log.remove()
        return report(output, n_resumed=n_items)
    check_output(output, overwrite=overwrite)
    row_bytes = int(np.prod(image_shape)) + sum(label.row_bytes for label in labels.values())
    check_free_space(output, 2 * n_items * row_bytes)  # the shards, and what joins them
    with working(log, fresh=fresh) as folder:
        todo = [
            unit
            for unit in units
            if not is_done(
                unit.shard(folder), partial(source.files_sha256, items_of(source, unit)), keep_going=keep_going
            )
        ]
        n_left = rows_of(todo)
        n_resumed = n_items - n_left
        cores = (os.cpu_count() or 1) if n_left > 8 * SMALL else 1
        many = (workers or cores) if n_left > SMALL else 1
        with tqdm(total=n_items, initial=n_resumed, unit=" eyes", desc="preparing") as bar:
            writer = UnitWriter(
                folder=folder, image_shape=image_shape, labels=labels, keep_going=keep_going, progress=bar.update
            )
            read_units(todo, source, many, writer)
        whole = EyeWriter(
            output,
            image_shape=image_shape,
            labels=labels,
            attributes={**facts, RUN: log.run_id},
            provenance=provenance.make("pillow", **facts),
        )
        join_units(units, folder, whole, f"not one of {n_items} items {source.success}")
    return report(output, n_resumed=n_resumed)


def identity(source: ItemSource, n_items: int, image_shape: tuple[int, ...], facts: dict[str, Any]) -> dict[str, Any]:
    """Everything that the content of the output depends on, but for what the files hold."""
    names = hashlib.sha256("\0".join(source.items.names[:n_items]).encode(errors="surrogateescape"))
    return {
        **facts,
        "items": n_items,
        "names_sha256": names.hexdigest(),
        "size": list(image_shape),
        "options": {name: str(value) for name, value in source.options.items() if name != "folder"},
        "table": None if source.table is None else identify_file(source.table),
    }


def is_untidied(log: Worklog) -> bool:
    """Whether the output is there and whole, and only the folder of its work was left when the run was killed."""
    if not (log.folder.is_dir() and log.output.is_file() and h5py.is_hdf5(log.output)):
        return False
    with h5py.File(log.output, "r") as file:
        return log.finished_as(file.attrs.get(RUN))


@contextmanager
def working(log: Worklog, *, fresh: bool) -> Iterator[Path]:
    """The folder of the work, which goes when the output is made, or when nothing in it is finished."""
    worth_keeping = True
    try:
        with log.held(fresh=fresh) as folder:
            try:
                yield folder
                worth_keeping = False
            finally:
                worth_keeping = worth_keeping and any(folder.glob("unit-*.h5"))
    except KeyboardInterrupt:
        kept = (
            "finished units are kept, and the same command goes on with the rest"
            if worth_keeping
            else "nothing is kept"
        )
        raise Interrupted(f"{log.output}: stopped; {kept}.") from None
    finally:
        if not worth_keeping:
            log.remove()


def items_of(source: ItemSource, unit: Unit) -> Sequence[Path]:
    """The items of a unit."""
    return source.items[unit.start : unit.stop]


def is_done(shard: Path, files_sha256: Callable[[], str], *, keep_going: bool) -> bool:
    """Whether an earlier run's shard of a unit is whole, of these files, and free of what now would stop the run."""
    if not shard.exists():
        return False
    try:
        with naming_damage(f"{shard}: what it holds"), h5py.File(shard, "r") as file:
            is_same = file.attrs.get(FILES_SHA256) == files_sha256()
            is_wanted = keep_going or file.attrs.get(N_UNREADABLE) == 0
            is_empty = len(file["image"]) == 0
        if not is_empty:
            checked_shard(shard)
    except InputError:
        return False
    return bool(is_same and is_wanted)


def read_units(units: Sequence[Unit], source: ItemSource, workers: int, writer: UnitWriter) -> None:
    """Read the items of all units in one stream, so that the pool never runs dry between them, and write them."""

    states: deque[str] = deque()
    items_at_once = min(ITEMS_AT_ONCE, rows_of(units) // (TASKS_A_WORKER * workers) or 1)

    def tasks() -> Iterator[Sequence[Path]]:
        for unit in units:
            items = items_of(source, unit)
            states.append(source.files_sha256(items))
            yield from (items[start : start + items_at_once] for start in range(0, len(items), items_at_once))

    again = (item for unit in units for item in items_of(source, unit))
    with closing(read_all(tasks(), partial(source.read, **source.options), workers)) as eyes:
        found = with_labels(again, eyes, source.more_labels)
        for unit in units:
            writer.write(unit, states.popleft, islice(found, unit.stop - unit.start), source.new_sieve)


@dataclass(frozen=True, kw_only=True)
class UnitWriter:
    """Writes the eyes of a unit into its shard, with the list of those left out."""

    folder: Path
    image_shape: tuple[int, ...]
    labels: Mapping[str, Label]
    keep_going: bool
    progress: Callable[[int], object]
    """Is told the items of every group."""

    def write(
        self,
        unit: Unit,
        files_sha256: Callable[[], str],
        found: Iterable[Found],
        new_sieve: Callable[[], Sieve] | None,
    ) -> None:
        """Write one unit; its shard gets its name when it is whole. The state of its files is asked for at the end."""
        rejected: list[tuple[str, str]] = []
        digest = RowsDigest()
        n_unreadable = 0

        def counted() -> Iterator[Found]:
            nonlocal n_unreadable
            for item in found:
                n_unreadable += isinstance(item, Unreadable)
                yield item
                self.progress(1)

        eyes = readable(counted(), rejected, keep_going=self.keep_going, sieve=new_sieve and new_sieve())
        with EyeWriter(unit.shard(self.folder), image_shape=self.image_shape, labels=self.labels) as shard:
            for group in in_groups(eyes, CHUNKS_AT_ONCE * rows_per_chunk(self.image_shape)):
                images = np.stack([eye.image for eye in group])
                rows = {name: stacked([eye.labels[name] for eye in group], kind) for name, kind in self.labels.items()}
                shard.append(images, rows)
                digest.update(images, rows)
            note_unit(shard, digest, files_sha256(), rejected, n_unreadable)


def note_unit(
    shard: EyeWriter, digest: RowsDigest, files_sha256: str, rejected: Sequence[tuple[str, str]], n_unreadable: int
) -> None:
    """Write into a shard what `is_done` and `join_units` want to know of it."""
    shard.note(UNIT_SHA256, digest.hexdigest())
    shard.note(FILES_SHA256, files_sha256)
    shard.note(REJECTED, json.dumps(rejected))
    shard.note(N_UNREADABLE, n_unreadable)


def stacked(values: list[Any], label: Label) -> NDArray[Any]:
    """Rows of a label."""
    return np.array(values, dtype=object if label.dtype.kind == "O" else label.dtype)


def join_units(
    units: Sequence[Unit], folder: Path, writer: EyeWriter, nothing: str, left_out: Sequence[tuple[str, str]] = ()
) -> None:
    """Join the shards into the output, and list what all of them left out.

    Args:
        units: of the job.
        folder: of the shards.
        writer: of the output.
        nothing: what to say where there is not one eye.
        left_out: what was left out before the units were read.

    Raises:
        InputError: there is not one eye.
    """
    rejected: list[Sequence[str]] = list(left_out)
    with writer:
        for unit in units:
            with h5py.File(unit.shard(folder), "r") as file:
                rejected += json.loads(file.attrs[REJECTED])
            writer.append_shard(unit.shard(folder))
        if writer.n_images == 0:
            for unit in units:
                unit.shard(folder).unlink()
            why = f"; the first: {rejected[0][1]}" if rejected else "; nothing is written."
            raise InputError(f"{writer.path}: {nothing}{why}")
        writer.note(N_REJECTED, len(rejected))
        write_rejected(writer.path, ("item", "reason"), rejected)


def report(output: Path, *, n_resumed: int) -> PrepareReport:
    """What a finished output holds."""
    with h5py.File(output, "r") as file:
        n_images, n_rejected = len(file["image"]), int(file.attrs[N_REJECTED])
    rejected = output.with_name(output.name + ".rejected.csv") if n_rejected else None
    return PrepareReport(
        output=output, n_images=n_images, rejected=rejected, n_rejected=n_rejected, n_resumed=n_resumed
    )
