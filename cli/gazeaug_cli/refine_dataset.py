"""`gazeaug refine-dataset`: an eye file in, its refined twin out."""

from __future__ import annotations

import re
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gazeaug.errors import InputError
from gazeaug.refining.config import RefineConfig
from gazeaug_cli.options import taking

if TYPE_CHECKING:
    from gazeaug.refining.plan import RefinePlan

SIZE = re.compile(r"\d+x\d+")


@taking(RefineConfig)
def refine_dataset(
    inputs: Annotated[list[Path], typer.Argument(metavar="INPUT...", help="Eye files to refine (HDF5).")],
    **given: Any,
) -> None:
    """Refine eye files with an ONNX refiner. Every label of the output equals that of the input, bit for bit.

    With --resize, labels in pixels move along with the pictures. Several inputs give one output each, or one output
    with --output, whose labels source and source_row name the origin of each row. If the command is interrupted, type
    it again to resume.

    Examples:
        gazeaug refine-dataset unityeyes.h5 --labels look_vec
        gazeaug refine-dataset unityeyes.h5 -m refiner.onnx -o out.h5 --device cuda:1
        gazeaug refine-dataset unityeyes.h5 --num-units 8 --unit-index 0
    """
    from gazeaug.refining.work import refine_all

    if given.get("resize"):
        refuse_sizes(inputs)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a scheduler's polite stop is a Ctrl-C
    for report in refine_all(inputs, on_start=announce, **given):
        rate = (report.n_images - report.n_resumed) / max(report.seconds, 1e-9)
        print(f"{report.n_images:,} images refined ({rate:,.0f} a second) -> {report.output}")
        if report.n_repaired:
            print(f"{report.n_repaired} units of the interrupted run were damaged and were done again")
        if report.n_rejected:
            print(
                f"{report.n_rejected:,} rows could not be read and were left out with their labels: {report.rejected}"
            )
        if report.drift is not None:
            print(report.drift)
        if not report.is_whole:
            n_shares = given.get("num_units", RefineConfig.num_units)
            print(f"one share of {n_shares}; when all are done: gazeaug merge {report.output}")


def refuse_sizes(inputs: list[Path]) -> None:
    """Say what --resize is where a size follows it, which the line then has among the inputs."""
    for path in inputs:
        if SIZE.fullmatch(str(path)) and not path.exists():
            raise InputError(
                f"{path}: --resize takes no size, since pictures get the size of the model; leave {path} out."
            )


def announce(plan: RefinePlan) -> None:
    """Say what is about to happen."""
    session = plan.session
    if plan.is_ready_made:
        print("the ready refiner, made for no camera in particular; gazeaug train makes one for your own eyes")
    print(f"model {session.model} ({session.contract}) on {session.provider}")
    apart = f", apart from fp32 by {plan.difference}" if plan.difference else ""
    print(f"precision {session.precision}{apart}; batches of {plan.batch_size:,}")
    names = ", ".join(map(str, plan.sources))
    print(f"{names}: {plan.n_images:,} rows, labels: {', '.join(plan.labels) or 'none'}")
    if plan.moved:
        print(f"labels in pixels, moved along with the resized pictures: {', '.join(plan.moved)}")
    for text in plan.remarks:
        print(f"warning: {text}")
    if plan.is_finished:
        print(f"{plan.output} was complete already; tidying up")
    elif plan.resumes:
        print(f"going on where an interrupted run stopped (--fresh starts over): {plan.log.folder}")
    sys.stdout.flush()
