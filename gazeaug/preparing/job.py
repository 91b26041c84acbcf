"""The job of preparing: a source becomes an eye file, unit by unit, so that a kill costs minutes only.

plan (everything checked, nothing written) -> a shard for each unit -> all joined to one file, which gets its name

A unit of which the files have changed since its shard was written is read again.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import h5py
import numpy as np

from gazeaug import provenance
from gazeaug.errors import Interrupted
from gazeaug.eyefile.hdf5 import open_hdf5
from gazeaug.eyefile.labels import Label
from gazeaug.eyefile.reader import GAZE_LABELS
from gazeaug.eyefile.writer import IMAGE, EyeWriter
from gazeaug.gaze.sides import Sides, count_sides, in_words, mirrored_label, side_label, unknown_note, unmirrored_note
from gazeaug.notes import show_notes
from gazeaug.output_kinds import Kind
from gazeaug.outputs import check_free_space, check_output, check_rejected, rejected_name
from gazeaug.preparing.blocks import Block
from gazeaug.preparing.items import LeftOut
from gazeaug.preparing.options import ItemsOptions, PartsOptions
from gazeaug.preparing.shards import (
    FLAT_ROWS,
    N_FLAT,
    N_REJECTED,
    NO_SHAPE,
    counted,
    is_done,
    join_shards,
    kept,
    write_shard,
)
from gazeaug.preparing.source import ItemSource, Source
from gazeaug.preparing.walking import WORDS
from gazeaug.progress import Progress, progress
from gazeaug.units.ranges import Unit, rows_of, split_into_units
from gazeaug.units.worklog import RUN, Worklog

logger = logging.getLogger(__name__)

SIDES_AT_ONCE = 1 << 16  # rows

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class PrepareReport:
    """What was prepared."""

    output: Path
    n_images: int
    rejected: Path | None
    """CSV of what was left out and the reasons, where anything was."""
    n_rejected: int
    left_out: dict[str, int] = field(default_factory=dict)
    """The same by reason."""
    notes: Sequence[str] = ()
    """What the user should know of how the source was read."""
    n_resumed: int = 0
    """Items that an earlier, interrupted run had read."""
    n_flat: int = 0
    """Eyes of the output that are of one colour, so that nothing can be seen in them."""
    flat_rows: tuple[int, ...] = ()
    """The first of them."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be done for an output: checked, and nothing written."""

    source: Source[Any]
    options: PartsOptions
    units: Sequence[Unit]
    log: Worklog
    is_made: bool
    """The output is there and whole: only the folder of its work was left when the run was killed."""


def prepare(source: Source[Any], output: Path, options: PartsOptions) -> PrepareReport:
    """Read a source and write its rows in order; the same call goes on with what an earlier one left.

    Raises:
        InputError: what cannot be read, an output that cannot be written, or not one row.
        RunError: the disk is full or refuses.
        Interrupted: Ctrl-C. Of all three, finished units are left for the next call, and nothing where there is none.
    """
    plan = plan_for(source, output, options)
    if plan.is_made:
        plan.log.remove()
        return report(plan, len(source.parts) if source.of_items else None)
    show_notes()
    with working(plan.log, fresh=options.fresh) as folder:
        n_resumed = work(plan, folder)
    return report(plan, n_resumed)


def write_items(source: ItemSource, output: Path, how: ItemsOptions) -> PrepareReport:
    """Prepare the first `rows` items by `workers` processes; raises as `prepare`."""
    chosen = replace(source, parts=source.parts[: how.rows], workers=how.workers)
    options = PartsOptions(keep_going=how.keep_going, overwrite=how.overwrite, fresh=how.fresh)
    return prepare(chosen, output, options)


def inputs_at(output: Path, source: Source[Any]) -> Iterator[Path]:
    """What a source reads that an output could replace: the files that were given, and those in folders of its name."""
    yield from (path for path in source.given if path.is_file())
    if output.exists():
        files = (path for part in source.parts for path in source.files_of(part))
        yield from (path for path in files if path.name == output.name)


def plan_for(source: Source[Any], output: Path, options: PartsOptions) -> Plan:
    """Check all that can be checked before anything is read."""
    list(kept(source.left_out, [], keep_going=options.keep_going))
    log = Worklog(output, source.identity(options))
    is_made = not options.fresh and log.is_untidied()
    if not is_made:
        check_output(output, overwrite=options.overwrite, inputs=inputs_at(output, source), kind=Kind.EYES)
        check_rejected(output, overwrite=options.overwrite, resumes=log.folder.exists())
        if source.of_items and source.image_shape is not None:
            row_bytes = int(np.prod(source.image_shape)) + sum(label.row_bytes for label in source.labels.values())
            check_free_space(output, 2 * len(source.parts) * row_bytes)  # the shards, and what joins them
    units = split_into_units(len(source.parts), source.parts_per_unit)
    return Plan(source=source, options=options, units=units, log=log, is_made=is_made)


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
        kept = "what is finished is kept, and the same command resumes" if worth_keeping else "nothing is kept"
        raise Interrupted(f"{log.output}: stopped; {kept}.", same_command=worth_keeping) from None
    finally:
        if not worth_keeping:
            log.remove()


def units_to_read(plan: Plan, folder: Path) -> Sequence[Unit]:
    """The units that no earlier run has finished."""
    is_whole = partial(is_done, keep_going=plan.options.keep_going)
    files_sha256 = plan.source.files_sha256
    todo = [unit for unit in plan.units if not is_whole(unit.shard(folder), partial(files_sha256, unit))]
    # Of parts, all behind the first: where the limit falls depends on the rows before.
    return todo if plan.source.of_items or not todo else plan.units[todo[0].index :]


def work(plan: Plan, folder: Path) -> int:
    """Write the shards that are not there, up to the limit of rows, and join all; the items that were there."""
    source, options, todo = plan.source, plan.options, units_to_read(plan, folder)
    missing, shards = set(todo), list[Path]()
    image_shape, n_left, n_resumed = source.image_shape, options.rows, 0
    with closing(read_units(source, todo)) as reading:
        for unit in plan.units:
            if n_left is not None and n_left <= 0:
                break
            shards.append(unit.shard(folder))
            if unit in missing:
                if not source.of_items and unit is not plan.units[-1]:  # the limit may have cut the next one elsewhere
                    plan.units[unit.index + 1].shard(folder).unlink(missing_ok=True)
                found, files_sha256 = next(reading)
                logger.debug("preparing unit %d of %d", unit.index, len(plan.units))
                write_shard(shards[-1], found, files_sha256, source.labels, image_shape, replace(options, rows=n_left))
            with open_hdf5(shards[-1]) as file:
                n_rows, *axes = file["image"].shape
            image_shape = tuple(axes) if n_rows else image_shape
            n_left = None if n_left is None else n_left - n_rows
            n_resumed += 0 if unit in missing else rows_of([unit]) if source.of_items else n_rows
    facts = source.facts if source.of_items else {"source": source.facts["source"]}
    plain = {name: as_unicode(value) for name, value in facts.items() if not isinstance(value, Mapping)}
    said = {**plain, RUN: plan.log.run_id}
    made = provenance.make("pillow", **source.facts)
    shape = image_shape or NO_SHAPE
    whole = EyeWriter(
        plan.log.output,
        image_shape=shape,
        labels=source.labels,
        others=source.others,
        attributes=said,
        provenance=made,
    )
    join_shards(shards, whole, source)
    return n_resumed


def read_units(
    source: Source[Any], todo: Sequence[Unit]
) -> Generator[tuple[Iterator[Block | LeftOut], Callable[[], str]], None, None]:
    """The rows of each unit, and what tells once they are read the state of its files before that."""
    states = deque[str]()

    def units() -> Iterator[Sequence[Any]]:
        for unit in todo:
            states.append(source.files_sha256(unit))
            yield source.parts[unit.start : unit.stop]

    n_parts, n_todo, name = len(source.parts), rows_of(todo), "eyes" if source.of_items else "parts"
    with (
        progress("preparing", n_parts, unit=name, done=n_parts - n_todo) as bar,
        closing(source.read_units(units(), n_todo)) as contents,
    ):
        for unit in todo:
            yield source.blocks_of(told(islice(contents, rows_of([unit])), bar)), states.popleft


def as_unicode(value: Any) -> Any:
    """A fact as an attribute can hold it: names of files may have bytes that are no text."""
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value


def told(contents: Iterable[T], bar: Progress) -> Iterator[T]:
    """The same, each told to a bar when it is used up."""
    for content in contents:
        yield content
        bar.update(1)


def report(plan: Plan, n_resumed: int | None) -> PrepareReport:
    """What a finished output holds; None stands for rows that all were there."""
    output = plan.log.output
    with open_hdf5(output) as file:
        n_images, n_rejected = len(file["image"]), int(file.attrs[N_REJECTED])
        n_flat, first_flat = int(file.attrs.get(N_FLAT, 0)), file.attrs.get(FLAT_ROWS, ())
        on_sides = notes_on_sides(file, plan.source)
    return PrepareReport(
        output=output,
        n_images=n_images,
        rejected=rejected_name(output) if n_rejected else None,
        n_rejected=n_rejected,
        left_out=counted(output, WORDS) if n_rejected else {},
        notes=[*plan.source.notes, *on_sides],
        n_resumed=n_images if n_resumed is None else n_resumed,
        n_flat=n_flat,
        flat_rows=tuple(map(int, first_flat)),
    )


def notes_on_sides(file: h5py.File, source: Source[Any]) -> list[str]:
    """Said of right eyes beside left ones that are not mirrored, or of which nothing says it."""
    n, side = sides_in(file, source.labels).n_mixed, side_label(source.labels)
    if not n or side is None:
        return []
    if mirrored_label(source.labels) is None:
        return [unknown_note(n, side, source.mirrored_by)]
    return [unmirrored_note(n, source.mirrored_by)]


def sides_in(file: h5py.File, labels: Mapping[str, Label]) -> Sides:
    """How the eyes of an output stand, where it has gaze, which is wrong for a picture that stands the other way."""
    found, name, flips = Sides(), side_label(labels), mirrored_label(labels)
    if name is None or not any(label in labels for label in GAZE_LABELS):
        return found
    for start in range(0, len(file[IMAGE]), SIDES_AT_ONCE):
        rows = slice(start, start + SIDES_AT_ONCE)
        found += count_sides(in_words(file[name][rows], labels[name]), None if flips is None else file[flips][rows])
    return found
