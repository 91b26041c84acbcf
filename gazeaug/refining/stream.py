"""The refining stream: a thread reads ahead, lanes of the session refine, a thread writes behind, all at once.

    reader thread -> lanes of the session -> writer thread -> its place in the file, or the unit's shard -> renamed

Labels pass beside the session untouched. Memory is a few slabs, used again and again, whatever the number of rows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import nullcontext

import numpy as np

from gazeaug.errors import InputError
from gazeaug.eyefile.rows import EyeRows
from gazeaug.refining.destinations import destination_of
from gazeaug.refining.pipeline import WriteBehind, read_ahead
from gazeaug.refining.plan import RefinePlan, read_fitting_into
from gazeaug.refining.slabs import Slab, SlabPool, rows_per_slab
from gazeaug.runtime.lanes import Lanes, lanes_of
from gazeaug.runtime.opening import CUDA
from gazeaug.runtime.pinned import Pins
from gazeaug.units.ranges import Unit

SLABS_UNDER_WAY = 2  # in the lanes: one begins before the other ends


def refine_units(plan: RefinePlan, units: Sequence[Unit], rows: EyeRows, progress: Callable[[int], object]) -> None:
    """Read, refine and write some units.

    Args:
        plan: of the job.
        units: those to do.
        rows: of the input, open.
        progress: is told the rows of every slab.

    Raises:
        InputError: rows that cannot be read.
        RunError: the provider failed, or the disk is full.
    """
    slab_rows = rows_per_slab(plan.batch_size, rows.rows_per_chunk, int(np.prod(plan.image_shape)))
    lanes = lanes_of(plan.session, (plan.batch_size, *plan.image_shape), plan.config.threads)
    with Pins() if plan.session.provider == CUDA else nullcontext() as pins:
        pool = SlabPool((slab_rows, *plan.image_shape), pins.pin if pins is not None else None)
        slabs = read_ahead(read_slabs(plan, units, rows, pool, slab_rows))
        with (
            destination_of(plan).writer(rows) as target,
            WriteBehind(target.write, pool.give_back) as writer,
            Lanes(lanes, plan.batch_size) as at_work,
        ):
            for slab in refined(slabs, at_work, plan.batch_size):
                n_rows = slab.n_rows  # before the slab is the writer's
                writer.put(slab)
                progress(n_rows)


def read_slabs(
    plan: RefinePlan, units: Sequence[Unit], rows: EyeRows, pool: SlabPool, slab_rows: int
) -> Iterator[Slab]:
    """The rows of the units in order; no slab holds rows of two."""
    for unit in units:
        for start in range(unit.start, unit.stop, slab_rows):
            slab = pool.take()
            slab.unit, slab.start, slab.n_rows = unit, start, min(slab_rows, unit.stop - start)
            try:
                read_fitting_into(slab.given[: slab.n_rows], rows, start)
                slab.labels = {name: rows.read_label(name, start, slab.stop) for name in plan.labels}
            except InputError as error:
                raise InputError(f"{error} (--skip-bad-rows leaves such rows out, labels and all)") from error
            yield slab


def refined(slabs: Iterable[Slab], lanes: Lanes, batch_size: int) -> Iterator[Slab]:
    """The slabs in order, each once its last batch is done; the next one is in the lanes by then."""
    under_way: deque[tuple[Slab, list[Future[None]]]] = deque()
    for slab in slabs:
        n_padded = slab.padded(batch_size)
        under_way.append((slab, lanes.start(slab.given[:n_padded], slab.refined[:n_padded])))
        if len(under_way) == SLABS_UNDER_WAY:
            yield wait_for(*under_way.popleft())
    while under_way:
        yield wait_for(*under_way.popleft())


def wait_for(slab: Slab, batches: Sequence[Future[None]]) -> Slab:
    """The slab, once all its batches are refined; what went wrong with one is raised."""
    for batch in batches:
        batch.result()
    return slab
