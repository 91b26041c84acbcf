"""`gazeaug refine-dataset`: an eye file in, its refined twin out."""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gazeaug.errors import InputError
from gazeaug.refining.config import RefineConfig
from gazeaug.runs.ready import READY
from gazeaug.screens import amount
from gazeaug_cli.endings import Work, next_command, print_json, say
from gazeaug_cli.options import AsJson, taking

if TYPE_CHECKING:
    from gazeaug.refining.plan import RefinePlan
    from gazeaug.refining.work import RefineReport

SIZE = re.compile(r"\d+x\d+")


@taking(RefineConfig)
def refine_dataset(
    inputs: Annotated[list[Path], typer.Argument(metavar="INPUT...", help="Eye files to refine (HDF5).")],
    json_: AsJson = False,
    **given: Any,
) -> None:
    """Refine eye files with an ONNX refiner. Every label of the output equals that of the input, bit for bit.

    With --resize, labels in pixels move along with the pictures. Several inputs give one output each, or one output
    with --output, whose labels source and source_row name the origin of each row. If the command is interrupted, type
    it again to resume.

    --json prints a list, one mapping for each output: output, n_images, n_resumed, n_repaired, is_whole, rejected,
    n_rejected, provider, model, seconds, drift.

    Examples:
        gazeaug refine-dataset unityeyes.h5 --labels look_vec
        gazeaug refine-dataset unityeyes.h5 -m refiner.onnx -o out.h5 --device cuda:1
        gazeaug refine-dataset unityeyes.h5 --num-units 8 --unit-index 0
    """
    from gazeaug.refining.work import refine_all

    if given.get("resize"):
        refuse_sizes(inputs)
    reports = []
    for report in refine_all(inputs, on_start=warn if json_ else announce, **given):
        reports.append(as_json(report))
        if not json_:
            tell(report)
            suggest(report, inputs, n_shares=given.get("num_units", RefineConfig.num_units))
    if json_:
        print_json(reports)


def as_json(report: RefineReport) -> dict[str, Any]:
    """A report for other programs."""
    values = {field.name: getattr(report, field.name) for field in dataclasses.fields(report)}
    return {**values, "drift": None if report.drift is None else report.drift.to_json()}


def tell(report: RefineReport) -> None:
    """Say what was done."""
    if report.n_repaired:
        say(f"damaged in the interrupted run and done again: {amount(report.n_repaired, 'units')}")
    if report.n_rejected:
        rows = amount(report.n_rejected, "rows")
        print(f"left out with their labels, since they cannot be read: {rows}, listed in {report.rejected}")
    if report.drift is not None:
        print(report.drift)
    n_timed = report.n_images - report.n_resumed
    Work().made(report.output, report.n_images, "images refined", n_timed=n_timed, seconds=report.seconds)


def suggest(report: RefineReport, inputs: Sequence[Path], *, n_shares: int | None) -> None:
    """Say what to type next."""
    if report.is_whole:
        against = [word for path in inputs for word in ("--against", path)] if len(inputs) == 1 else []
        next_command("verify", report.output, *against)
    else:
        next_command("merge", report.output, why=f"this was one share of {n_shares}; type it when all are done")


def warn(plan: RefinePlan) -> None:
    """Say on stderr what speaks against the work, where stdout is for another program."""
    for text in plan.remarks:
        print(f"warning: {text}", file=sys.stderr, flush=True)


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
        say("the ready refiner, made for no camera in particular; gazeaug train makes one for your own eyes")
    say(f"model {READY if plan.is_ready_made else session.model} ({session.contract}) on {session.provider}")
    apart = f", apart from fp32 by {plan.difference}" if plan.difference else ""
    say(f"precision {session.precision}{apart}; batches of {plan.batch_size:,}")
    names = ", ".join(map(str, plan.sources))
    say(f"{names}: {amount(plan.n_images, 'rows')}, labels: {', '.join(plan.labels) or 'none'}")
    if plan.moved:
        say(f"labels in pixels, moved along with the resized pictures: {', '.join(plan.moved)}")
    for text in plan.remarks:
        say(f"warning: {text}")
    if plan.is_finished:
        say(f"{plan.output} was complete already; tidying up")
    elif plan.resumes:
        say(f"resuming an interrupted run (--fresh starts over): {plan.log.folder}")
