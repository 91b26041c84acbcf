"""`gazeaug refine-dataset`: an eye file in, its refined twin out."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from gazeaug.refining.plan import RefinePlan


def refine_dataset(
    inputs: Annotated[list[Path], typer.Argument(metavar="INPUT...", help="Eye files (HDF5).", show_default=False)],
    labels: Annotated[
        list[str] | None,
        typer.Option(help="Labels to carry, comma-separated or repeated. [default: all]", show_default=False),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option("--model", "-m", help="ONNX refiner. [default: that of the newest run]", show_default=False),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Refined file. [default: INPUT.refined.h5]", show_default=False),
    ] = None,
    output_dir: Annotated[
        Path | None, typer.Option(help="Folder for the refined files. [default: each input's]", show_default=False)
    ] = None,
    image: Annotated[str, typer.Option(metavar="KEY", help="Dataset or group with the pictures.")] = "image",
    variant: Annotated[int, typer.Option(help="Another number refines the same eyes differently.")] = 0,
    batch_size: Annotated[
        int | None, typer.Option(help="Pictures a session call. [default: 16 on the CPU, else 64]", show_default=False)
    ] = None,
    device: Annotated[
        str, typer.Option(help="auto (CUDA where it loads), cuda, cpu, openvino or tensorrt-rtx.")
    ] = "auto",
    precision: Annotated[str, typer.Option(help="auto, fp32, fp16, or int8 (calibrated on the input).")] = "auto",
    limit: Annotated[int | None, typer.Option(help="Refine only the first rows.", show_default=False)] = None,
    resize: Annotated[bool, typer.Option("--resize", help="Bring pictures to the model's size.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing output.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start over, whatever an interrupted run left.")] = False,
    compression: Annotated[
        str | None, typer.Option(help="lzf, gzip, zstd or blosc2. [default: none]", show_default=False)
    ] = None,
    layout: Annotated[str, typer.Option(help="single: one file. sharded: pictures stay in shards.")] = "single",
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="Leave unreadable rows out and list them in a CSV.")
    ] = False,
    units_rows: Annotated[int, typer.Option(help="Rows a unit: what a kill can cost.")] = 4096,
    threads: Annotated[
        int | None, typer.Option(help="Batches at a time on the CPU. [default: one a core]", show_default=False)
    ] = None,
    engine: Annotated[str, typer.Option(help="local, or ray: units are done by a Ray cluster.")] = "local",
    ray_address: Annotated[
        str | None, typer.Option(help="Of the cluster. [default: one on this machine]", show_default=False)
    ] = None,
    workers: Annotated[int, typer.Option(help="Ray workers at a time.")] = 2,
    num_units: Annotated[int, typer.Option(help="Processes that share the work.")] = 1,
    unit_index: Annotated[
        int | None, typer.Option(help="Which share this process does, from 0; see gazeaug merge.", show_default=False)
    ] = None,
    check_drift: Annotated[
        float | None,
        typer.Option(metavar="PIXELS", help="Flag in drift_px rows whose iris moved further.", show_default=False),
    ] = None,
) -> None:
    """Refine eye files with an ONNX refiner; every label of the output equals the input's bit for bit.

    Several inputs make an output each, or one with --output: its labels source and source_row say what is whose.

    Killed, it goes on where it stopped when the same command is typed again.
    """
    from gazeaug.refining.work import refine_all

    options: dict[str, Any] = {
        "labels": tuple(name for entry in labels for name in entry.split(",")) if labels else None,
        "model": model,
        "output": output,
        "output_dir": output_dir,
        "image": image,
        "variant": variant,
        "batch_size": batch_size,
        "device": device,
        "precision": precision,
        "layout": layout,
        "skip_bad_rows": skip_bad_rows,
        "limit": limit,
        "resize": resize,
        "overwrite": overwrite,
        "fresh": fresh,
        "compression": compression,
        "units_rows": units_rows,
        "threads": threads,
        "engine": engine,
        "ray_address": ray_address,
        "workers": workers,
        "num_units": num_units,
        "unit_index": unit_index,
        "check_drift": check_drift,
    }
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a scheduler's polite stop is a Ctrl-C
    for report in refine_all(inputs, on_start=announce, **options):
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
            print(f"one share of {num_units}; when all are done: gazeaug merge {report.output}")


def announce(plan: RefinePlan) -> None:
    """Say what is about to happen."""
    session = plan.session
    print(f"model {session.model} ({session.contract}) on {session.provider}")
    print(f"precision {session.precision}{f', apart from fp32 by {plan.difference}' if plan.difference else ''}")
    names = ", ".join(map(str, plan.sources))
    print(f"{names}: {plan.n_images:,} rows, labels: {', '.join(plan.labels) or 'none'}")
    if plan.is_finished:
        print(f"{plan.output} was complete already; tidying up")
    elif plan.resumes:
        print(f"going on where an interrupted run stopped (--fresh starts over): {plan.log.folder}")
    sys.stdout.flush()
