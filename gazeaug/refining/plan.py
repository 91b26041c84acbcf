"""The plan of a job: everything that is checked and decided before the first picture is refined. Nothing is written."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.drift.check import check_limit
from gazeaug.errors import InputError
from gazeaug.eyefile.origin import Origin, not_to_refine, settle
from gazeaug.eyefile.pixel_labels import Resizing
from gazeaug.eyefile.pixels import flat_rows, size_text
from gazeaug.eyefile.rows import EyeRows, Span, neighbours_together
from gazeaug.eyefile.writer import try_header
from gazeaug.output_kinds import Kind
from gazeaug.outputs import check_free_space, check_output, check_rejected
from gazeaug.pictures.crops import resize_pictures, resizing_of
from gazeaug.provenance import folders_out_of
from gazeaug.refining.config import RefineConfig
from gazeaug.refining.in_place import first_byte_of
from gazeaug.refining.joining import SHARDED, share
from gazeaug.runs.diagnosis import IDLE
from gazeaug.runs.folder import REFINER, STUDENT
from gazeaug.runs.ready import find_refiner, ready_refiner, refiner_name
from gazeaug.runs.verdict import read_verdict
from gazeaug.runtime.contract import AUTO, Contract
from gazeaug.runtime.lanes import batch_on_cuda
from gazeaug.runtime.opening import CPU, CUDA
from gazeaug.runtime.plugins import PLUGINS
from gazeaug.runtime.precision import Difference, choose_precision
from gazeaug.runtime.session import RefinerSession, text_of
from gazeaug.runtime.trial import N_ROWS, try_model
from gazeaug.units.ranges import Unit, split_into_units
from gazeaug.units.worklog import Worklog, identify_file

logger = logging.getLogger(__name__)

BATCH, BATCH_ON_CPU = 64, 16
TEXT_BYTES = 64  # reckoned for a variable-length text when checking the disk


@dataclass(frozen=True)
class Rejected:
    """A row that cannot be read, and why."""

    source: str
    row: int
    reason: str


@dataclass(frozen=True, kw_only=True, eq=False)
class RefinePlan:
    """One input, or several one after the other, to be refined into one output; can be pickled for other machines."""

    config: RefineConfig
    sources: Sequence[Path]
    output: Path
    labels: Sequence[str]
    """Those that are carried."""
    rejected: Sequence[Rejected]
    left_out: Sequence[Span]
    """The same rows, neighbours together."""
    n_images: int
    """Rows to refine, by all processes together."""
    image_shape: tuple[int, ...]
    """Of refined pictures, (H, W) or (H, W, 3); others are resized to it."""
    resizing: Resizing | None
    """How they are resized; None where they have that size already."""
    moved: Sequence[str]
    """Labels in pixels, which are moved along with resized pictures; all others are carried bit for bit."""
    session: RefinerSession
    difference: Difference | None
    """How far the session's precision strays from fp32 on the input's own pictures; None where it is fp32."""
    batch_size: int
    first_byte: int | None
    """Place of the first row in the output, where rows are written straight to it; None where units become shards."""
    is_finished: bool = False
    """The output is there already, and only the folder of its work was left by a kill."""
    resumes: bool = False
    """An interrupted run left work to go on with."""
    remarks: tuple[str, ...] = ()
    """What the user should know before it starts, a sentence each."""

    @property
    def is_ready_made(self) -> bool:
        """Whether the refiner is the one that comes with the package."""
        return self.session.model == ready_refiner()

    @property
    def left_out_spans(self) -> list[list[int]]:
        """`left_out` as plain numbers: file, first row, row behind the last."""
        return [[span.file, span.start, span.stop] for span in self.left_out]

    @cached_property
    def log(self) -> Worklog:
        """The folder of unfinished work."""
        return Worklog(self.output, identity(self))

    @property
    def units(self) -> Sequence[Unit]:
        """The units of this process."""
        units, index = split_into_units(self.n_images, self.config.whole_rows_per_unit), self.config.unit_index
        return units if index is None else share(units, self.config.num_units, index)

    def open_rows(self) -> EyeRows:
        """The rows to refine, labels in pixels as they are in the refined pictures."""
        rows = EyeRows(self.sources, image=self.config.image, left_out=self.left_out)
        if self.resizing is not None:
            rows.move_labels(self.labels, self.resizing)
        return rows


def plan_refining(source: Path | str | Sequence[Path | str], config: RefineConfig | None = None) -> RefinePlan:
    """Check everything that would make the work fail, and decide how it is done.

    Args:
        source: the eye file, or several for one output.
        config: how.

    Raises:
        InputError: anything about input, model, options, output or disk that would make the work fail.
    """
    config = config or RefineConfig()
    sources = [Path(source)] if isinstance(source, str | Path) else [Path(path) for path in source]

    # What goes in, and the model that it goes through. On the CPU a batch is one thread's work (see `runtime.lanes`).
    with EyeRows(sources, image=config.image) as rows:
        origins = [Origin.of(file) for file in rows.files]
        doubts = settle(not_to_refine(origins), force=config.force)
        labels = rows.choose_labels(None if config.labels is None else list(config.labels))
        check_limit(config.check_drift, labels, sources[0])
        model = find_refiner(config.model)
        threads = config.threads if config.device in PLUGINS else 1
        session = RefinerSession(
            model, device=config.device, variant=config.variant, threads=threads, values=config.range_
        )
        image_shape = refined_shape(rows.image_shape, session, f"{rows.path}: pictures", resize=config.resize)
        resizing = None if image_shape == rows.image_shape else resizing_of(rows.image_shape, image_shape)
        unreadable = list(rows.unreadable(labels)) if config.skip_bad_rows else []
        rejected = [
            Rejected(rows.name_of(span), span.start, folders_out_of(reason, sources)) for span, reason in unreadable
        ]
    left_out = neighbours_together([span for span, _ in unreadable])

    # How many rows at a time, and in which precision: the input's own pictures tell whether it is enough.
    with EyeRows(sources, image=config.image, left_out=left_out) as rows:
        moved = [] if resizing is None else rows.move_labels(labels, resizing)
        n_images = min(rows.n_images, config.rows or rows.n_images)
        if not n_images:
            raise InputError(f"{sources[0]}: not one row can be read; the first: {rejected[0].reason}")
        batch_size = session.contract.batch or config.batch_size or usual_batch(session, image_shape)
        read = partial(read_fitting, rows, image_shape)
        first = read(0, min(n_images, N_ROWS))
        tried = (*flat_among(first, sources[0]), *try_model(session, first, asked=config.range_ != AUTO))
        session, difference = choose_precision(session, config.precision, read, n_images, batch_size)
        logger.info("precision %s (asked: %s)", session.precision, config.precision)
        plan = RefinePlan(
            config=config,
            sources=sources,
            output=config.output_of(sources[0]),
            labels=labels,
            rejected=rejected,
            left_out=left_out,
            n_images=n_images,
            image_shape=image_shape,
            resizing=resizing,
            moved=moved,
            session=session,
            difference=difference,
            batch_size=batch_size,
            first_byte=first_byte_of(image_shape) if config.in_place else None,
            remarks=(*doubts, *tried, *idle_run(session.model)),
        )

        # Where it goes: a new file with room for it, or what an interrupted run of the same job left.
        if not config.fresh and plan.log.is_untidied():
            return replace(plan, is_finished=True)
        inputs = [*sources, *session.identity.files(model)]
        check_output(plan.output, overwrite=config.overwrite, inputs=inputs, kind=Kind.EYES)
        check_rejected(plan.output, overwrite=config.overwrite, resumes=plan.log.folder.exists())
        carried = {name: rows.labels[name] for name in labels}
        try_header(str(rows.path), carried, rows.image_attributes, rows.attributes, rows.others_for(image_shape))
        check_free_space(plan.output, bytes_needed(plan, rows))
        rows.check_written(n_images)
    return replace(plan, resumes=plan.log.check(fresh=config.fresh))


def flat_among(first: NDArray[np.uint8], source: Path) -> tuple[str, ...]:
    """What speaks against the first pictures, where some are of one colour."""
    n_flat = int(flat_rows(first).sum())
    said = f"{source}: {n_flat} of the first {len(first)} pictures are of one colour, nothing can be seen in them"
    return (said,) if n_flat else ()


def idle_run(model: Path) -> tuple[str, ...]:
    """What the verdict of the run in whose folder a model lies says against using it, where it is idle."""
    verdict = read_verdict(model.parent) if model.name in (REFINER, STUDENT) else None
    if verdict is None or IDLE not in verdict.against:
        return ()
    return (f"{model}: the run that it is of found its refiner idle; see gazeaug report {model.parent}",)


def usual_batch(session: RefinerSession, image_shape: tuple[int, ...]) -> int:
    """Pictures a session call where no number is given."""
    if session.provider == CUDA:
        return batch_on_cuda(image_shape, session.gpu)
    return BATCH_ON_CPU if session.provider == CPU else BATCH


def refined_shape(
    image_shape: tuple[int, ...], session: RefinerSession, pictures: str, *, resize: bool
) -> tuple[int, ...]:
    """Shape of the refined pictures, which is the model's where they are to be resized.

    Args:
        image_shape: of the pictures, (H, W) or (H, W, 3).
        session: of the model.
        pictures: what they are called in a sentence.
        resize: whether they may be resized.

    Raises:
        InputError: the model was made for other pictures.
    """
    contract, model = session.contract, refiner_name(session.model)
    height, width = image_shape[:2]
    found = size_text(height, width, 3 if len(image_shape) == 3 else 1)
    if not contract.fits_channels(image_shape):
        raise InputError(f"{pictures} are {found}, but {model} was made for {contract}.")
    if contract.fits(image_shape):
        return image_shape
    if not resize:
        raise InputError(
            f"{pictures} are {found}, but {model} was made for {contract}; give --resize to bring them to that size."
        )
    return (contract.height or height, contract.width or width, *image_shape[2:])


def read_fitting_into(images: NDArray[np.uint8], rows: EyeRows, start: int) -> None:
    """Rows from `start` on into memory, in the size that it is made for."""
    if rows.image_shape == images.shape[1:]:
        rows.read_images_into(images, start)
    else:
        images[...] = resize_pictures(rows.read_images(start, start + len(images)), images.shape[1:3])


def read_fitting(rows: EyeRows, image_shape: tuple[int, ...], start: int, stop: int) -> NDArray[np.uint8]:
    """Rows start..stop-1 in the size that the model takes."""
    images = np.empty((stop - start, *image_shape), np.uint8)
    read_fitting_into(images, rows, start)
    return images


def identity(plan: RefinePlan) -> dict[str, Any]:
    """Everything that the content of the output depends on, but for the batch size: see docs/performance.md."""
    config, inputs = plan.config, [identify_file(path) for path in plan.sources]
    return {
        "input": inputs[0] if len(inputs) == 1 else inputs,
        "left_out": plan.left_out_spans,
        "model_sha256": plan.session.sha256,
        "precision": plan.session.precision,
        "layout": config.layout,
        "provider": plan.session.provider,
        "labels": list(plan.labels),
        "image": config.image,
        "variant": config.variant,
        "rows": plan.n_images,
        "size": list(plan.image_shape),
        "computed_by": text_of(plan.session.backend),
        **({"moved_labels": list(plan.moved)} if plan.moved else {}),
        "units_rows": config.whole_rows_per_unit,
        "compression": config.compression,
        "num_units": config.num_units,
        "first_byte": plan.first_byte,
        **range_of(plan.session),
    }


def range_of(session: RefinerSession) -> dict[str, Any]:
    """What black and white are to the model, where that is not what its signature means."""
    span = session.contract.span
    return {} if span == Contract.span else {"range": list(span)}


def bytes_needed(plan: RefinePlan, rows: EyeRows) -> int:
    """Room for what is not there yet: once where rows go to their place, twice where shards are joined."""
    labels = [rows.labels[name] for name in plan.labels]
    label_bytes = sum(label.row_bytes + (TEXT_BYTES if label.dtype.kind == "O" else 0) for label in labels)
    copies = 1 if plan.config.in_place or plan.config.layout == SHARDED else 2
    there = [path.stat() for pattern in ("unit-*.h5", "rows") for path in plan.log.folder.glob(pattern)]
    done = sum(min(status.st_size, getattr(status, "st_blocks", 1 << 62) * 512) for status in there)
    others: int = copies * sum(one.id.get_storage_size() for one in rows.others_for(plan.image_shape).values())
    return max(0, plan.n_images * (copies * int(np.prod(plan.image_shape)) + 2 * label_bytes) + others - done)
