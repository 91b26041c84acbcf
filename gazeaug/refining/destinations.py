"""Where refined rows go: straight to their place in one output file, or into one shard a unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gazeaug import provenance
from gazeaug.eyefile.pixel_labels import resized_attributes
from gazeaug.eyefile.reader import open_eyes
from gazeaug.eyefile.rows import EyeRows
from gazeaug.eyefile.writer import Complete
from gazeaug.refining.in_place import InPlaceRows, InPlaceWriter
from gazeaug.refining.joining import checksum_attributes, damaged_units, finish, inherited
from gazeaug.refining.plan import RefinePlan, range_of
from gazeaug.refining.shards import ShardWriter
from gazeaug.units.ranges import Unit, rows_of


@dataclass(frozen=True)
class Left:
    """What is left to do."""

    units: Sequence[Unit]
    n_damaged: int
    """Units among them that were done once, but are no longer what was written."""


class Destination(Protocol):
    """The rows of a job while it is going on; `rows` are always those of its input, open."""

    def left(self, rows: EyeRows) -> Left:
        """Units of this process that are not done, every one that is being checked."""
        ...

    def writer(self, rows: EyeRows) -> InPlaceWriter | ShardWriter:
        """Takes buffers."""
        ...

    def read_images(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Refined pictures of rows start..stop-1, once all units are done."""
        ...

    def finish(self, rows: EyeRows, complete: Complete) -> None:
        """Make the output of all units; `complete` adds to it before it gets its name."""
        ...


def destination_of(plan: RefinePlan) -> Destination:
    """Where the rows of a job go."""
    return InShards(plan) if plan.first_byte is None else InPlace(plan, plan.first_byte)


class InPlace:
    """For one process that makes one file: rows go straight to their place."""

    def __init__(self, plan: RefinePlan, first_byte: int) -> None:
        self._plan = plan
        self._target = InPlaceRows(plan.log.folder, plan.output, first_byte=first_byte, image_shape=plan.image_shape)

    def left(self, rows: EyeRows) -> Left:
        """See `Destination`."""
        written, units = self._target.done(), self._plan.units
        damaged = self._target.damaged([unit for unit in units if unit.index in written], rows, self._plan.labels)
        return Left([unit for unit in units if unit.index not in written or unit in damaged], len(damaged))

    def writer(self, rows: EyeRows) -> InPlaceWriter:
        """See `Destination`; what the file says of itself is written at the end."""
        return InPlaceWriter(self._target)

    def read_images(self, start: int, stop: int) -> NDArray[np.uint8]:
        """See `Destination`."""
        return self._target.read_images(start, stop)

    def finish(self, rows: EyeRows, complete: Complete) -> None:
        """See `Destination`."""
        plan, written, options = self._plan, self._target.done(), writer_options(self._plan, rows)
        digests = [bytes.fromhex(written[unit.index]) for unit in plan.units]
        options["attributes"] |= checksum_attributes(digests, rows_of(plan.units[:1]), plan.log.run_id)
        self._target.finish(rows, plan.n_images, options, complete)


class InShards:
    """For processes that share the work, and for outputs in shards or compressed: a file a unit."""

    def __init__(self, plan: RefinePlan) -> None:
        self._plan, self._folder = plan, plan.log.folder

    def left(self, rows: EyeRows) -> Left:
        """See `Destination`; a damaged shard is deleted."""
        units, folder = self._plan.units, self._folder
        damaged = damaged_units([unit for unit in units if unit.shard(folder).exists()], folder)
        for unit, _ in damaged:
            unit.shard(folder).unlink()
        return Left([unit for unit in units if not unit.shard(folder).exists()], len(damaged))

    def writer(self, rows: EyeRows) -> ShardWriter:
        """See `Destination`."""
        return ShardWriter(self._folder, {**writer_options(self._plan, rows), "named": self._plan.output})

    def read_images(self, start: int, stop: int) -> NDArray[np.uint8]:
        """See `Destination`."""
        rows_per_unit, parts = self._plan.config.whole_rows_per_unit, []
        for unit in self._plan.units[start // rows_per_unit : (stop - 1) // rows_per_unit + 1]:
            with open_eyes(unit.shard(self._folder), quiet=True) as eyes:
                parts.append(eyes.read_images(max(start - unit.start, 0), min(stop, unit.stop) - unit.start))
        return np.concatenate(parts)

    def finish(self, rows: EyeRows, complete: Complete) -> None:
        """See `Destination`; the first shard has the attributes."""
        finish(self._plan.units, self._plan.log, self._plan.log.job, complete)


def moved_facts(plan: RefinePlan) -> dict[str, Any]:
    """What the provenance says of labels that are not the input's bit for bit."""
    if plan.resizing is None or not plan.moved:
        return {}
    return {"moved_labels": list(plan.moved), "resized": [list(plan.resizing.before), list(plan.resizing.after)]}


def writer_options(plan: RefinePlan, rows: EyeRows) -> dict[str, Any]:
    """What the output says of itself, as `EyeWriter` takes it."""
    session, names = plan.session, [path.name for path in plan.sources]
    return {
        "image_shape": plan.image_shape,
        "labels": {name: rows.labels[name] for name in plan.labels},
        "others": rows.others_for(plan.image_shape),
        "attributes": inherited(rows.attributes),
        "image_attributes": rows.image_attributes
        if plan.resizing is None
        else resized_attributes(rows.image_attributes, plan.resizing),
        "compression": plan.config.compression,
        "provenance": provenance.make(
            "onnxruntime-gpu",
            "onnxruntime",
            input=names[0] if len(names) == 1 else names,
            input_provenance=rows.provenances[0] if len(names) == 1 else rows.provenances,
            left_out=plan.left_out_spans,
            model=session.model.name,
            model_sha256=session.sha256,
            model_metadata=session.metadata,
            variant=plan.config.variant,
            limit=plan.config.rows,
            **moved_facts(plan),
            provider=session.provider,
            computed_by=session.backend,
            batch_size=plan.batch_size,
            precision=session.precision,
            **range_of(session),
        ),
    }
