"""The refining stream: a thread reads ahead, lanes of the session refine, a thread writes behind, all at once.

Memory is a few slabs, used again and again, whatever the number of rows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, nullcontext
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.rows import EyeRows
from gazeaug.pictures.crops import resize_pictures
from gazeaug.refining.canvas import CanvasWriter
from gazeaug.refining.pipeline import WriteBehind, read_ahead
from gazeaug.refining.shards import ShardWriter
from gazeaug.refining.slabs import Slab, SlabPool, rows_per_slab
from gazeaug.runtime.lanes import Lanes, lanes_of
from gazeaug.runtime.opening import CUDA
from gazeaug.runtime.pinned import Pins
from gazeaug.runtime.session import RefinerSession
from gazeaug.units.ranges import Unit

SLABS_UNDER_WAY = 2  # in the lanes: one begins before the other ends


@dataclass(frozen=True, kw_only=True)
class Stream:
    """How rows flow from an input through a session."""

    session: RefinerSession
    batch_size: int
    image_shape: tuple[int, ...]
    """Of refined pictures, (H, W) or (H, W, 3); others are resized to it."""
    labels: Sequence[str]
    threads: int | None = None
    """Lanes on the CPU; None takes one a core."""

    def flow(
        self,
        eyes: EyeRows,
        units: Sequence[Unit],
        target: CanvasWriter | ShardWriter,
        progress: Callable[[int], object],
    ) -> None:
        """Read, refine and write the rows of some units; `progress` is told the rows of every slab.

        Raises:
            InputError: rows that cannot be read.
            RunError: the provider failed, or the disk is full.
        """
        slab_rows = rows_per_slab(self.batch_size, eyes.rows_per_chunk, int(np.prod(self.image_shape)))
        lanes = lanes_of(self.session, (self.batch_size, *self.image_shape), self.threads)
        with Pins() if self.session.provider == CUDA else nullcontext() as pins:
            pool = SlabPool((slab_rows, *self.image_shape), pins.pin if pins is not None else None)
            with (
                closing(read_ahead(self._read_slabs(eyes, units, pool, slab_rows))) as slabs,
                target,
                WriteBehind(target.write, pool.give_back) as writer,
                Lanes(lanes, self.batch_size) as at_work,
            ):
                for slab in self._refined(slabs, at_work):
                    n_rows = slab.n_rows  # before the slab is the writer's
                    writer.put(slab)
                    progress(n_rows)

    def _read_slabs(self, eyes: EyeRows, units: Sequence[Unit], pool: SlabPool, slab_rows: int) -> Iterator[Slab]:
        """The rows of the units in order; no slab holds rows of two."""
        for unit in units:
            for start in range(unit.start, unit.stop, slab_rows):
                slab = pool.take()
                slab.unit, slab.start, slab.n_rows = unit, start, min(slab_rows, unit.stop - start)
                try:
                    read_fitting(slab.given[: slab.n_rows], eyes, start)
                    slab.labels = {name: eyes.read_label(name, start, slab.stop) for name in self.labels}
                except InputError as error:
                    raise InputError(f"{error} (--skip-bad-rows leaves such rows out, labels and all)") from error
                yield slab

    def _refined(self, slabs: Iterable[Slab], lanes: Lanes) -> Iterator[Slab]:
        """The slabs in order, each once its last batch is done; the next one is in the lanes by then."""
        under_way: deque[tuple[Slab, list[Future[None]]]] = deque()
        for slab in slabs:
            n_padded = slab.padded(self.batch_size)
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


def read_fitting(images: NDArray[np.uint8], eyes: EyeRows, start: int) -> None:
    """Rows from `start` on into memory, in the size that it is made for."""
    if eyes.image_shape == images.shape[1:]:
        eyes.read_images_into(images, start)
    else:
        images[...] = resize_pictures(eyes.read_images(start, start + len(images)), images.shape[1:3])
