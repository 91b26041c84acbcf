"""The refining stream: a thread reads ahead, lanes of the session refine, a thread writes behind, all at once.

    reader thread -> lanes of the session -> checksums -> writer thread -> its place in the file, or the unit's shard

Labels pass beside the session untouched. Memory is a few buffers, used again and again, whatever the number of rows.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, closing

import numpy as np

from gazeaug.errors import InputError
from gazeaug.eyefile.rows import EyeRows
from gazeaug.refining.buffers import BufferPool, RowBuffer, rows_per_buffer
from gazeaug.refining.destinations import destination_of
from gazeaug.refining.pipeline import WriteBehind, read_ahead
from gazeaug.refining.plan import RefinePlan, read_fitting_into
from gazeaug.runtime.lanes import Lanes, lanes_of
from gazeaug.runtime.pinned import Pins
from gazeaug.units.checksums import RowsDigest
from gazeaug.units.ranges import Unit

logger = logging.getLogger(__name__)

BUFFERS_UNDER_WAY = 3  # in the lanes: two at work, and one done that is being hashed
LABELS_BYTES = 1 << 16  # of labels that are read at once


class RefiningStream:
    """Lanes, page-locked memory and buffers of a plan, kept from one call to the next; use as a context manager.

    After an error it is of no more use: close it and open another.

    Args:
        plan: of the job.
        rows: of the input, open.

    Raises:
        RunError: on entering, no session for a lane.
    """

    def __init__(self, plan: RefinePlan, rows: EyeRows) -> None:
        self._plan, self._rows = plan, rows
        self._buffer_rows = rows_per_buffer(plan.batch_size, rows.rows_per_chunk, int(np.prod(plan.image_shape)))

    def refine(self, units: Sequence[Unit], progress: Callable[[int], object]) -> None:
        """Read, refine and write some units.

        Args:
            units: those to do.
            progress: is told the rows of every buffer.

        Raises:
            InputError: rows that cannot be read.
            RunError: the provider failed, the disk is full, or the model's weights were written to.
        """
        plan, rows, pool = self._plan, self._rows, self._pool
        with (
            closing(read_ahead(read_buffers(plan, units, rows, pool, self._buffer_rows))) as buffers,
            destination_of(plan).writer(rows) as target,
            WriteBehind(target.write, pool.give_back) as writer,
        ):
            for buffer in digested(refined(buffers, self._lanes, plan.batch_size)):
                if buffer.stop == buffer.unit.stop:
                    plan.session.identity.check_unchanged(plan.session.model)  # or else the unit is not done
                    logger.debug(
                        "refined unit %d, rows %d to %d", buffer.unit.index, buffer.unit.start, buffer.stop - 1
                    )
                n_rows = buffer.n_rows  # before the buffer is the writer's
                writer.put(buffer)
                progress(n_rows)

    def __enter__(self) -> RefiningStream:
        plan = self._plan
        with ExitStack() as opened:
            stream = plan.session.stream
            pins = opened.enter_context(Pins(stream.runtime)) if stream else None
            lanes = lanes_of(plan.session, (plan.batch_size, *plan.image_shape), plan.config.threads)
            self._lanes = opened.enter_context(Lanes(lanes, plan.batch_size))
            self._opened = opened.pop_all()
        self._pool = BufferPool((self._buffer_rows, *plan.image_shape), pins.pin if pins is not None else None)
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()  # the lanes first: they may still be at work in memory that the pins hold


def read_buffers(
    plan: RefinePlan, units: Sequence[Unit], rows: EyeRows, pool: BufferPool, buffer_rows: int
) -> Iterator[RowBuffer]:
    """The rows of the units in order; no buffer holds rows of two. Labels are read for many buffers at once."""
    label_bytes = sum(rows.labels[name].row_bytes for name in plan.labels)
    label_rows = buffer_rows * max(1, LABELS_BYTES // max(1, buffer_rows * label_bytes))
    for unit in units:
        for first in range(unit.start, unit.stop, label_rows):
            last = min(first + label_rows, unit.stop)
            try:
                labels = {name: rows.read_label(name, first, last) for name in plan.labels}
                for start in range(first, last, buffer_rows):
                    buffer = pool.take()
                    buffer.unit, buffer.start, buffer.n_rows = unit, start, min(buffer_rows, last - start)
                    read_fitting_into(buffer.given[: buffer.n_rows], rows, start)
                    own = slice(start - first, buffer.stop - first)
                    buffer.labels = {name: values[own] for name, values in labels.items()}
                    yield buffer
            except InputError as error:
                raise InputError(f"{error} (--skip-bad-rows leaves such rows out, labels and all)") from error


def refined(buffers: Iterable[RowBuffer], lanes: Lanes, batch_size: int) -> Iterator[RowBuffer]:
    """The buffers in order, each once its last batch is done; the next ones are in the lanes by then."""
    under_way: deque[tuple[RowBuffer, list[Future[None]]]] = deque()
    for buffer in buffers:
        n_padded = buffer.padded(batch_size)
        under_way.append((buffer, lanes.start(buffer.given[:n_padded], buffer.refined[:n_padded])))
        if len(under_way) == BUFFERS_UNDER_WAY:
            yield wait_for(*under_way.popleft())
    while under_way:
        yield wait_for(*under_way.popleft())


def digested(buffers: Iterable[RowBuffer]) -> Iterator[RowBuffer]:
    """The buffers, the last one of every unit with the unit's checksum; Python's lock is free while it is computed."""
    digest = RowsDigest()
    for buffer in buffers:
        if buffer.start == buffer.unit.start:
            digest = RowsDigest()
        digest.update(buffer.images, buffer.labels)
        if buffer.stop == buffer.unit.stop:
            buffer.digest = digest.hexdigest()
        yield buffer


def wait_for(buffer: RowBuffer, batches: Sequence[Future[None]]) -> RowBuffer:
    """The buffer, once all its batches are refined; what went wrong with one is raised."""
    for batch in batches:
        batch.result()
    return buffer
