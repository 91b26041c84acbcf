"""Refining an eye file: a plan is made, worked off unit by unit, and becomes the output."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from gazeaug.drift.check import USUAL_ROW_SECONDS, DriftCheck, check_drift, flag_file, written_check
from gazeaug.errors import InputError, Interrupted
from gazeaug.eyefile.rows import EyeRows
from gazeaug.keywords import with_options_of
from gazeaug.notes import note, show_notes
from gazeaug.outputs import write_rejected
from gazeaug.progress import progress
from gazeaug.refining.config import RefineArguments, RefineConfig
from gazeaug.refining.destinations import Destination, destination_of
from gazeaug.refining.joining import nothing, tidy_up
from gazeaug.refining.plan import RefinePlan, plan_refining, read_fitting
from gazeaug.refining.ray_engine import refine_on_ray
from gazeaug.refining.stream import RefiningStream
from gazeaug.units.ranges import rows_of
from gazeaug.units.worklog import Worklog

logger = logging.getLogger(__name__)


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


@dataclass(frozen=True, kw_only=True)
class _Done:
    """What one call did of a plan."""

    n_left: int = 0
    """Rows that were left to do."""
    n_repaired: int = 0
    rejected: Path | None = None
    drift: DriftCheck | None = None


def run(plan: RefinePlan) -> RefineReport:
    """Do the work of a plan, or what is left of it.

    Raises:
        RunError: the disk filled up, the provider failed; what is done is kept for the next call.
        Interrupted: Ctrl-C; the same call resumes.
    """
    show_notes()
    began = time.monotonic()
    is_whole, n_mine = plan.config.unit_index is None, rows_of(plan.units)
    try:
        done = _Done(drift=drift_of_finished(plan)) if plan.is_finished else _work_off(plan, began)
    except KeyboardInterrupt:
        raise Interrupted(
            f"{plan.output}: stopped; finished rows are kept, and the same command resumes.", same_command=True
        ) from None
    if is_whole:
        tidy_up(Worklog.of(plan.output))
    logger.info("%s: %d rows refined in %.1f s", plan.output, done.n_left, time.monotonic() - began)
    return RefineReport(
        output=plan.output,
        n_images=n_mine,
        n_resumed=n_mine - done.n_left,
        n_repaired=done.n_repaired,
        is_whole=is_whole,
        rejected=done.rejected,
        n_rejected=len(plan.rejected),
        provider=plan.session.provider,
        model=plan.session.model,
        seconds=time.monotonic() - began,
        drift=done.drift,
    )


def _work_off(plan: RefinePlan, began: float) -> _Done:
    """Refine the units that are left, and make the output where this process does all of them."""
    config, destination, drift = plan.config, destination_of(plan), None
    with plan.log.held(fresh=config.fresh, share=config.unit_index), plan.open_rows() as rows:
        left = destination.left(rows)
        n_mine, n_left = rows_of(plan.units), rows_of(left.units)
        logger.info("%s: %d of %d units left to refine", plan.output, len(left.units), len(plan.units))
        with progress("refining", n_mine, unit="images", done=n_mine - n_left) as bar:
            if config.engine == "ray" and left.units:
                refine_on_ray(plan, left.units, bar.update)
            else:
                with RefiningStream(plan, rows) as stream:
                    stream.refine(left.units, bar.update)
        rejected = write_rejected(plan.output, ("source", "row", "reason"), [astuple(row) for row in plan.rejected])
        if config.unit_index is None:
            row_seconds = (time.monotonic() - began) / n_left if n_left else USUAL_ROW_SECONDS
            drift = drift_of(plan, rows, destination, row_seconds)
            destination.finish(rows, nothing if drift is None else drift.write)
    return _Done(n_left=n_left, n_repaired=left.n_damaged, rejected=rejected, drift=drift)


def drift_of(plan: RefinePlan, rows: EyeRows, destination: Destination, row_seconds: float) -> DriftCheck | None:
    """How far irises moved, where that is asked for, measured on rows whose file has no name yet."""
    if plan.config.check_drift is None:
        return None
    return check_drift(
        partial(read_fitting, rows, plan.image_shape),
        destination.read_images,
        plan.n_images,
        limit=plan.config.check_drift,
        refining_seconds=row_seconds,
    )


def drift_of_finished(plan: RefinePlan) -> DriftCheck | None:
    """The same of an output that an earlier run had made but for tidying."""
    if plan.config.check_drift is None:
        return None
    with plan.open_rows() as rows:
        found = written_check(plan.output, limit=plan.config.check_drift)
        read = partial(read_fitting, rows, plan.image_shape)
        return found or flag_file(read, plan.output, limit=plan.config.check_drift)


def refine_all(
    sources: Sequence[Path | str], *, on_start: Callable[[RefinePlan], None] | None = None, **options: Any
) -> Iterator[RefineReport]:
    """Refine several files, each into its own output, or all into one that `output` names.

    All are planned, and so checked, before the first one starts.

    Raises:
        InputError, RunError, Interrupted: see `plan_refining` and `run`.
    """
    config = RefineConfig(**options)
    together = [list(sources)] if len(sources) > 1 and config.output is not None else [[source] for source in sources]
    outputs = [config.output_of(Path(inputs[0])) for inputs in together]
    for output in outputs:
        if outputs.count(output) > 1:
            raise InputError(
                f"{output}: would be the output of several inputs; give them other names or refine one by one."
            )
    for plan in [plan_refining(inputs, config) for inputs in together]:
        if on_start is not None:
            on_start(plan)
        yield run(plan)


@with_options_of(RefineArguments, after=1)
def refine(source: Path | str | Sequence[Path | str], **options: Any) -> RefineReport:
    """Refine an eye file into a new one, every label untouched.

    Args:
        source: the eye file, or several for one output, which then says by `source` and `source_row` what is whose.
        options: those of `RefineConfig`.

    Returns:
        What was done: `output` is the refined file, `n_images` the number of its rows.

    Raises:
        InputError: an option, the input or the model cannot be used; nothing has been written.
        RunError: the disk is full, or the provider failed; what is done is kept for the next call.
        Interrupted: Ctrl-C; the same call resumes.

    Example:
        >>> report = gazeaug.refine("unityeyes.h5", model="refiner.onnx", labels=["look_vec"], device="cpu")
        >>> report.output.name, report.n_images
        ('unityeyes.refined.h5', 24)
    """
    if not isinstance(source, str | Path) and not source:
        raise InputError("source must name one eye file or more, got none.")
    plan = plan_refining(source, RefineConfig(**options))
    for sentence in plan.remarks:
        note(sentence)
    return run(plan)
