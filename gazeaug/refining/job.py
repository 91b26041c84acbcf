"""Refining an eye file: what is checked before the start, what is left to do, and what becomes of it.

    reader thread -> lanes of the session -> writer thread -> its place in the file, or the unit's shard -> renamed

Labels pass beside the session untouched. Memory is a few slabs, used again and again, whatever the number of rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from gazeaug import provenance
from gazeaug.drift.check import USUAL_ROW_SECONDS, DriftCheck, check_drift, check_limit, flag_file, written_check
from gazeaug.errors import InputError, Interrupted
from gazeaug.eyefile.pixels import size_text
from gazeaug.eyefile.rows import EyeRows, neighbours_together
from gazeaug.outputs import check_free_space, check_output, write_rejected
from gazeaug.refining.canvas import first_byte_of
from gazeaug.refining.config import RefineConfig
from gazeaug.refining.joining import SHARDED, inherited, nothing, share, tidy_up
from gazeaug.refining.stores import InShards, OnCanvas, Store
from gazeaug.refining.stream import Stream, read_fitting
from gazeaug.runs import folder as runs
from gazeaug.runtime.opening import CPU
from gazeaug.runtime.plugins import PLUGINS
from gazeaug.runtime.precision import choose_precision
from gazeaug.runtime.session import RefinerSession
from gazeaug.units.ranges import Unit, rows_of, split_into_units
from gazeaug.units.worklog import Worklog, identify_file

BATCH, BATCH_ON_CPU = 64, 16
TEXT_BYTES = 64  # reckoned for a variable-length text when checking the disk


@dataclass(frozen=True, kw_only=True)
class RefineReport:
    """What was done."""

    output: Path
    n_images: int
    """Rows of the input, or of this process' share of it."""
    n_resumed: int
    """Rows that an earlier, interrupted run had finished."""
    n_repaired: int
    """Units of an earlier run that were damaged and were done again."""
    is_whole: bool
    """False for a share of the units: `gazeaug merge` makes the output once all are done."""
    rejected: Path | None
    """CSV of the rows left out because they cannot be read, where there were any."""
    n_rejected: int
    provider: str
    model: Path
    seconds: float
    drift: DriftCheck | None
    """How far irises moved, where that was asked for."""


class RefineJob:
    """One input, or several one after the other, refined into one output; creating it checks all and writes nothing.

    Attributes:
        difference: how far the session's precision strays from fp32 on the input's own pictures; None where it is fp32.

    Raises:
        InputError: anything about input, model, options, output or disk that would make the work fail.
    """

    def __init__(self, source: Path | str | Sequence[Path | str], config: RefineConfig | None = None) -> None:
        self.sources = [Path(source)] if isinstance(source, str | Path) else [Path(path) for path in source]
        self.source = self.sources[0]
        self.config = config or RefineConfig()
        self.output = self.config.output_of(self.source)
        with EyeRows(self.sources, image=self.config.image) as rows:
            self.labels = rows.choose_labels(None if self.config.labels is None else list(self.config.labels))
            check_limit(self.config.check_drift, self.labels, self.source)
            model = Path(self.config.model or runs.newest_run(holding=runs.REFINER) / runs.REFINER)
            # On the CPU a batch is one thread's work, and several batches go on at a time (`lanes`).
            threads = self.config.threads if self.config.device in PLUGINS else 1
            self.session = RefinerSession(
                model, device=self.config.device, variant=self.config.variant, threads=threads
            )
            self.image_shape = self._check_size(rows)
            found = list(rows.unreadable(self.labels)) if self.config.skip_bad_rows else []
            self._rejected = [(rows.name_of(span), span.start, reason) for span, reason in found]
        self.left_out = neighbours_together([span for span, _ in found])
        with self.open_rows() as rows:
            self.n_images = min(rows.n_images, self.config.limit or rows.n_images)
            if not self.n_images:
                raise InputError(f"{self.source}: not one row can be read; the first: {self._rejected[0][2]}")
            self.batch_size = self.session.contract.batch or self.config.batch_size or self._usual_batch()
            first_byte = first_byte_of(self.image_shape) if self.config.on_canvas else None
            self.session, self.difference = choose_precision(
                self.session, self.config.precision, partial(self._read, rows), self.n_images, self.batch_size
            )
            self.log = Worklog(self.output, self._identity() | {"first_byte": first_byte})
            self.store: Store = (
                InShards(self.log) if first_byte is None else OnCanvas(self.log, first_byte, self.image_shape)
            )
            self.is_finished = not self.config.fresh and self.log.is_untidied()
            if not self.is_finished:
                check_output(self.output, overwrite=self.config.overwrite, inputs=[*self.sources, model])
                check_free_space(self.output, self._bytes_needed(rows))
        self.all_units = split_into_units(self.n_images, self.config.rows_per_unit)
        share_index = self.config.unit_index
        self.units = (
            self.all_units if share_index is None else share(self.all_units, self.config.num_units, share_index)
        )
        self.resumes = not self.is_finished and self.log.check(fresh=self.config.fresh)

    def run(self) -> RefineReport:
        """Do the work, or what is left of it.

        Raises:
            RunError: the disk filled up, the provider failed; what is done is kept for the next call.
            Interrupted: Ctrl-C; the same call goes on from here.
        """
        began = time.monotonic()
        is_whole, n_mine = self.config.unit_index is None, rows_of(self.units)
        n_left, n_repaired, rejected, drift = 0, 0, None, None
        if not self.is_finished:
            try:
                with (
                    self.log.held(fresh=self.config.fresh, share=self.config.unit_index) as folder,
                    self.open_rows() as eyes,
                ):
                    left = self.store.left_of(self.units, eyes, self.labels)
                    n_left, n_repaired = rows_of(left.units), left.n_damaged
                    with tqdm(
                        total=n_mine, initial=n_mine - n_left, unit=" images", unit_scale=True, desc="refining"
                    ) as bar:
                        if self.config.engine == "ray" and left.units:
                            from gazeaug.refining.ray_engine import refine_on_ray

                            refine_on_ray(self, left.units, folder, bar.update)
                        else:
                            self.refine_units(left.units, eyes, bar.update)
                    rejected = write_rejected(self.output, ("source", "row", "reason"), self._rejected)
                    if is_whole:
                        refining_seconds = (time.monotonic() - began) / n_left if n_left else USUAL_ROW_SECONDS
                        drift = self._check_drift(eyes, refining_seconds)
                        complete = nothing if drift is None else drift.write
                        self.store.finish(self.units, eyes, self._writer_options(eyes), complete)
            except KeyboardInterrupt:
                raise Interrupted(
                    f"{self.output}: stopped; finished rows are kept, and the same command goes on with the rest."
                ) from None
        if is_whole:
            tidy_up(Worklog.of(self.output))
        return RefineReport(
            output=self.output,
            n_images=n_mine,
            n_resumed=n_mine - n_left,
            n_repaired=n_repaired,
            is_whole=is_whole,
            rejected=rejected,
            n_rejected=len(self._rejected),
            provider=self.session.provider,
            model=self.session.model,
            seconds=time.monotonic() - began,
            drift=self._drift_of_finished() if self.is_finished else drift,
        )

    def _usual_batch(self) -> int:
        return BATCH_ON_CPU if self.session.provider == CPU else BATCH

    def _check_drift(self, rows: EyeRows, refining_seconds: float) -> DriftCheck | None:
        """How far irises moved, where that is asked for, measured on rows that have no name yet."""
        if self.config.check_drift is None:
            return None
        return check_drift(
            partial(self._read, rows),
            partial(self.store.read_images, self.units),
            self.n_images,
            limit=self.config.check_drift,
            refining_seconds=refining_seconds,
        )

    def _drift_of_finished(self) -> DriftCheck | None:
        """The same of an output that an earlier run had made but for tidying."""
        if self.config.check_drift is None:
            return None
        with self.open_rows() as rows:
            found = written_check(self.output, limit=self.config.check_drift)
            return found or flag_file(partial(self._read, rows), self.output, limit=self.config.check_drift)

    def open_rows(self) -> EyeRows:
        """The rows to refine."""
        return EyeRows(self.sources, image=self.config.image, left_out=self.left_out)

    def _read(self, rows: EyeRows, start: int, stop: int) -> NDArray[np.uint8]:
        """Pictures in the size that the model takes."""
        images = np.empty((stop - start, *self.image_shape), np.uint8)
        read_fitting(images, rows, start)
        return images

    def _check_size(self, eyes: EyeRows) -> tuple[int, ...]:
        """Shape of the refined pictures, which is the model's where they are to be resized."""
        contract = self.session.contract
        height, width = eyes.image_shape[:2]
        found = size_text(height, width, eyes.channels)
        if not contract.fits_channels(eyes.image_shape):
            raise InputError(f"{self.source}: pictures are {found}, but {self.session.model} was made for {contract}.")
        if contract.fits(eyes.image_shape):
            return eyes.image_shape
        if not self.config.resize:
            raise InputError(
                f"{self.source}: pictures are {found}, but {self.session.model} was made for {contract}; "
                "give --resize to bring them to that size."
            )
        size = (contract.height or height, contract.width or width)
        return (*size, *eyes.image_shape[2:])

    def _identity(self) -> dict[str, Any]:
        """Everything that the content of the output depends on."""
        return {
            "input": identify_file(self.source) if len(self.sources) == 1 else list(map(identify_file, self.sources)),
            "left_out": [[span.file, span.start, span.stop] for span in self.left_out],
            "model_sha256": self.session.sha256,
            "precision": self.session.precision,
            "layout": self.config.layout,
            "provider": self.session.provider,
            "labels": self.labels,
            "image": self.config.image,
            "variant": self.config.variant,
            "rows": self.n_images,
            "size": list(self.image_shape),
            "batch_size": self.batch_size,
            "units_rows": self.config.rows_per_unit,
            "compression": self.config.compression,
            "num_units": self.config.num_units,
        }

    def _bytes_needed(self, eyes: EyeRows) -> int:
        """Room for what is not there yet: once where rows go to their place, twice where shards are joined."""
        image_bytes = int(np.prod(self.image_shape))
        label_bytes = sum(
            eyes.labels[name].row_bytes + (TEXT_BYTES if eyes.labels[name].dtype.kind == "O" else 0)
            for name in self.labels
        )
        copies = 1 if self.config.on_canvas or self.config.layout == SHARDED else 2
        there = [*self.log.folder.glob("unit-*.h5"), *self.log.folder.glob("rows")]
        done = sum(min(status.st_size, getattr(status, "st_blocks", 1 << 62) * 512) for status in map(Path.stat, there))
        return max(0, self.n_images * (copies * image_bytes + 2 * label_bytes) - done)

    def refine_units(self, units: Sequence[Unit], eyes: EyeRows, progress: Callable[[int], object]) -> None:
        """Read, refine and write units, overlapped; `progress` is told the rows of every slab."""
        stream = Stream(
            session=self.session,
            batch_size=self.batch_size,
            image_shape=self.image_shape,
            labels=self.labels,
            threads=self.config.threads,
        )
        stream.flow(eyes, units, self.store.writer(self._writer_options(eyes)), progress)

    def _writer_options(self, eyes: EyeRows) -> dict[str, Any]:
        return {
            "image_shape": self.image_shape,
            "labels": {name: eyes.labels[name] for name in self.labels},
            "attributes": inherited(eyes.attributes),
            "image_attributes": eyes.image_attributes,
            "compression": self.config.compression,
            "provenance": provenance.make(
                "onnxruntime-gpu",
                "onnxruntime",
                input=self.source.name if len(self.sources) == 1 else [path.name for path in self.sources],
                input_provenance=eyes.provenances[0] if len(self.sources) == 1 else eyes.provenances,
                left_out=[[span.file, span.start, span.stop] for span in self.left_out],
                model=self.session.model.name,
                model_sha256=self.session.sha256,
                model_metadata=self.session.metadata,
                variant=self.config.variant,
                limit=self.config.limit,
                provider=self.session.provider,
                precision=self.session.precision,
            ),
        }


def refine_all(
    sources: Sequence[Path | str], *, on_start: Callable[[RefineJob], None] | None = None, **options: Any
) -> Iterator[RefineReport]:
    """Refine several files, each into its own output, or all into one that `output` names.

    All are checked before the first one starts.

    Raises:
        InputError, RunError, Interrupted: see `RefineJob`.
    """
    config = RefineConfig(**options)
    together = [list(sources)] if len(sources) > 1 and config.output is not None else [[source] for source in sources]
    outputs = [config.output_of(Path(inputs[0])) for inputs in together]
    for output in outputs:
        if outputs.count(output) > 1:
            raise InputError(
                f"{output}: would be the output of several inputs; give them other names or refine one by one."
            )
    for job in [RefineJob(inputs, config) for inputs in together]:
        if on_start is not None:
            on_start(job)
        yield job.run()


def refine(
    source: Path | str | Sequence[Path | str], *, model: Path | str | None = None, **options: Any
) -> RefineReport:
    """Refine an eye file into a new one, every label untouched.

    Args:
        source: the eye file, or several for one output, which then says by `source` and `source_row` what is whose.
        model: the ONNX refiner; that of the newest run under ./runs where none is given.
        options: those of `RefineConfig`: output, labels, batch_size, device, limit, ...

    Raises:
        InputError, RunError, Interrupted: see `RefineJob`.
    """
    return RefineJob(source, RefineConfig(model=model, **options)).run()
