"""Refining an eye file: rows stream through a session into shards, and the shards become one file.

    reader thread -> session -> writer thread -> shard of the unit -> (all done) -> one file, renamed

Labels pass beside the session untouched. Memory is a few slabs, whatever the number of rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from gazeaug import provenance, runs
from gazeaug.checksums import UNIT_SHA256, RowsDigest
from gazeaug.crops import resize_pictures
from gazeaug.errors import InputError, Interrupted
from gazeaug.eye_writer import EyeWriter
from gazeaug.eyes import EyeFile, open_eyes
from gazeaug.joining import damaged_units, inherited, join_shards, share
from gazeaug.outputs import check_free_space, check_output
from gazeaug.pipeline import WriteBehind, read_ahead
from gazeaug.pixels import size_text
from gazeaug.refine_config import RefineConfig
from gazeaug.session import RefinerSession
from gazeaug.units import Unit, rows_of, split_into_units
from gazeaug.worklog import RUN, Worklog, identify_file

SLAB_BYTES = 1 << 20  # a few are in flight at once; larger ones measured no faster
TEXT_BYTES = 64  # reckoned for a variable-length text when checking the disk


@dataclass(frozen=True)
class Slab:
    """Rows on their way from the input to a shard."""

    unit: Unit
    start: int
    images: NDArray[np.uint8]
    labels: Mapping[str, NDArray[Any]]


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
    provider: str
    model: Path
    seconds: float


class RefineJob:
    """One input refined into one output; creating it checks everything and writes nothing.

    Raises:
        InputError: anything about input, model, options, output or disk that would make the work fail.
    """

    def __init__(self, source: Path | str, config: RefineConfig | None = None) -> None:
        self.source = Path(source)
        self.config = config or RefineConfig()
        self.output = self.config.output_of(self.source)
        with open_eyes(self.source, image=self.config.image) as eyes:
            self.labels = eyes.choose_labels(None if self.config.labels is None else list(self.config.labels))
            self.n_images = min(eyes.n_images, self.config.limit or eyes.n_images)
            model = Path(self.config.model or runs.newest_run(holding=runs.REFINER) / runs.REFINER)
            self.session = RefinerSession(model, device=self.config.device, variant=self.config.variant)
            self.image_shape = self._check_size(eyes)
            self.batch_size = self.session.contract.batch or self.config.batch_size
            self.log = Worklog(self.output, self._identity())
            self.is_finished = self._was_finished_but_for_tidying()
            if not self.is_finished:
                check_output(self.output, overwrite=self.config.overwrite, inputs=[self.source, model])
                check_free_space(self.output, self._bytes_needed(eyes))
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
        share_index = self.config.unit_index
        n_mine = rows_of(self.units)
        n_resumed, damaged = n_mine, []
        if not self.is_finished:
            try:
                with self.log.held(fresh=self.config.fresh, share=share_index) as folder:
                    done = [unit for unit in self.units if unit.shard(folder).exists()]
                    damaged = [unit for unit, _ in damaged_units(done, folder)]
                    for unit in damaged:
                        unit.shard(folder).unlink()
                    todo = [unit for unit in self.units if not unit.shard(folder).exists()]
                    n_resumed -= rows_of(todo)
                    self._refine_units(todo, folder)
                    if share_index is None:
                        compression = self.config.compression
                        join_shards(self.units, folder, self.output, run_id=self.log.run_id, compression=compression)
            except KeyboardInterrupt:
                raise Interrupted(
                    f"{self.output}: stopped; finished rows are kept, and the same command goes on with the rest."
                ) from None
        if share_index is None:
            self.log.remove()
        return RefineReport(
            output=self.output,
            n_images=n_mine,
            n_resumed=n_resumed,
            n_repaired=len(damaged),
            is_whole=share_index is None,
            provider=self.session.provider,
            model=self.session.model,
            seconds=time.monotonic() - began,
        )

    def _check_size(self, eyes: EyeFile) -> tuple[int, ...]:
        """Shape of the refined pictures, which is the model's where they are to be resized."""
        contract = self.session.contract
        found = size_text(eyes.height, eyes.width, eyes.channels)
        if not contract.fits_channels(eyes.image_shape):
            raise InputError(f"{self.source}: pictures are {found}, but {self.session.model} was made for {contract}.")
        if contract.fits(eyes.image_shape):
            return eyes.image_shape
        if not self.config.resize:
            raise InputError(
                f"{self.source}: pictures are {found}, but {self.session.model} was made for {contract}; "
                "give --resize to bring them to that size."
            )
        size = (contract.height or eyes.height, contract.width or eyes.width)
        return (*size, *eyes.image_shape[2:])

    def _identity(self) -> dict[str, Any]:
        """Everything that the content of the output depends on."""
        return {
            "input": identify_file(self.source),
            "model_sha256": self.session.sha256,
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

    def _bytes_needed(self, eyes: EyeFile) -> int:
        """Shards and the joined file stand side by side at the end; shards already there are not needed again."""
        row_bytes = int(np.prod(self.image_shape)) + sum(
            eyes.labels[name].row_bytes + (TEXT_BYTES if eyes.labels[name].dtype.kind == "O" else 0)
            for name in self.labels
        )
        done = sum(shard.stat().st_size for shard in self.log.folder.glob("unit-*.h5"))
        return max(0, 2 * self.n_images * row_bytes - done)

    def _was_finished_but_for_tidying(self) -> bool:
        if self.config.fresh or not (self.log.folder.is_dir() and self.output.is_file() and h5py.is_hdf5(self.output)):
            return False
        with h5py.File(self.output, "r") as file:
            return self.log.finished_as(file.attrs.get(RUN))

    def _refine_units(self, units: list[Unit], folder: Path) -> None:
        """Read, refine and write, overlapped; the bar counts rows of the whole job."""
        n_rows, n_left = rows_of(self.units), rows_of(units)
        with (
            open_eyes(self.source, image=self.config.image) as eyes,
            ShardWriter(folder, self._writer_options(eyes)) as shards,
            WriteBehind(shards.write) as writer,
            tqdm(total=n_rows, initial=n_rows - n_left, unit=" images", unit_scale=True, desc="refining") as bar,
        ):
            for slab in read_ahead(self._slabs(eyes, units)):
                refined = np.empty_like(slab.images)
                for first in range(0, len(refined), self.batch_size):
                    batch = slab.images[first : first + self.batch_size]
                    refined[first : first + len(batch)] = self.session.refine(self._padded(batch))[: len(batch)]
                    bar.update(len(batch))
                writer.put(Slab(slab.unit, slab.start, refined, slab.labels))

    def _slabs(self, eyes: EyeFile, units: list[Unit]) -> Iterator[Slab]:
        """The rows of the units in order, in slabs of whole batches."""
        batch_bytes = self.batch_size * int(np.prod(self.image_shape))
        slab_rows = self.batch_size * max(1, SLAB_BYTES // batch_bytes)
        for unit in units:
            for start in range(unit.start, unit.stop, slab_rows):
                stop = min(start + slab_rows, unit.stop)
                images = eyes.read_images(start, stop)
                if images.shape[1:] != self.image_shape:
                    images = resize_pictures(images, self.image_shape[:2])
                yield Slab(unit, start, images, {name: eyes.read_label(name, start, stop) for name in self.labels})

    def _padded(self, batch: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The batch at its fixed length, the last row repeated."""
        missing = self.batch_size - len(batch)
        return batch if not missing else np.concatenate([batch, np.repeat(batch[-1:], missing, axis=0)])

    def _writer_options(self, eyes: EyeFile) -> dict[str, Any]:
        return {
            "image_shape": self.image_shape,
            "labels": {name: eyes.labels[name] for name in self.labels},
            "attributes": inherited(eyes.attributes),
            "image_attributes": eyes.image_attributes,
            "compression": self.config.compression,
            "provenance": provenance.make(
                "onnxruntime-gpu",
                "onnxruntime",
                input=self.source.name,
                input_provenance=eyes.provenance,
                model=self.session.model.name,
                model_sha256=self.session.sha256,
                model_metadata=self.session.metadata,
                variant=self.config.variant,
                limit=self.config.limit,
                provider=self.session.provider,
                precision=self.session.metadata.get("gazeaug.precision", "as the model has it"),
            ),
        }


class ShardWriter:
    """Writes slabs that come in row order into one shard a unit; a shard gets its name when its unit is whole."""

    def __init__(self, folder: Path, options: Mapping[str, Any]) -> None:
        self._folder = folder
        self._options = options
        self._open: EyeWriter | None = None
        self._digest = RowsDigest()

    def write(self, slab: Slab) -> None:
        """Append a slab to its unit's shard."""
        if self._open is None:
            self._open, self._digest = EyeWriter(slab.unit.shard(self._folder), **self._options), RowsDigest()
        self._open.append(slab.images, slab.labels)
        self._digest.update(slab.images, slab.labels)
        if slab.start + len(slab.images) == slab.unit.stop:
            finished, self._open = self._open, None
            finished.note(UNIT_SHA256, self._digest.hexdigest())
            finished.close()

    def __enter__(self) -> ShardWriter:
        return self

    def __exit__(self, *_: object) -> None:
        if self._open is not None:
            self._open.discard()


def refine_all(
    sources: Sequence[Path | str], *, on_start: Callable[[RefineJob], None] | None = None, **options: Any
) -> Iterator[RefineReport]:
    """Refine several files, each into its own output; all are checked before the first one starts.

    Raises:
        InputError, RunError, Interrupted: see `RefineJob`.
    """
    config = RefineConfig(**options)
    if len(sources) > 1 and config.output is not None:
        raise InputError("--output names one file, but several inputs are given; --output-dir names a folder for all.")
    outputs = [config.output_of(Path(source)) for source in sources]
    for output in outputs:
        if outputs.count(output) > 1:
            raise InputError(
                f"{output}: would be the output of several inputs; give them other names or refine one by one."
            )
    for job in [RefineJob(source, config) for source in sources]:
        if on_start is not None:
            on_start(job)
        yield job.run()


def refine(source: Path | str, *, model: Path | str | None = None, **options: Any) -> RefineReport:
    """Refine an eye file into a new one, every label untouched.

    Args:
        source: the eye file.
        model: the ONNX refiner; that of the newest run under ./runs where none is given.
        options: those of `RefineConfig`: output, labels, batch_size, device, limit, ...

    Raises:
        InputError, RunError, Interrupted: see `RefineJob`.
    """
    return RefineJob(source, RefineConfig(model=model, **options)).run()
