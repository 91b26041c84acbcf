"""`gazeaug export --onnx`: a trained refiner as one ONNX file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug_cli.old_flags import known_as


@known_as(run="run_dir")
def export(
    onnx: Annotated[bool, typer.Option("--onnx", help="Write ONNX (the only format so far).")] = False,
    run_dir: Annotated[Path | None, typer.Option(help="Run directory. [default: the newest complete one]")] = None,
    checkpoint: Annotated[Path | None, typer.Option(help="Checkpoint file instead.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="[default: RUN/refiner.onnx]")] = None,
    io: Annotated[str, typer.Option(help="uint8 grey levels, or float32 in -1..1.")] = "uint8",
    opset: Annotated[int, typer.Option(help="ONNX operator set.")] = 18,
    student: Annotated[
        bool, typer.Option("--student", help="A smaller, faster refiner that learns to do the same (minutes).")
    ] = False,
    synthetic: Annotated[Path | None, typer.Option(help="Eyes a student learns on. [default: the run's]")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing --output.")] = False,
) -> None:
    """Export the refiner, proven equal to the trained one before the file gets its name.

    Examples:
        gazeaug export --onnx
        gazeaug export --onnx --run-dir runs/first -o first.onnx
        gazeaug export --onnx --student --synthetic unityeyes.h5
    """
    from gazeaug.errors import InputError

    if not onnx:
        raise InputError("name the format to export to: gazeaug export --onnx.")
    from gazeaug.runs.verdict import read_verdict
    from gazeaug_exporters import export_onnx

    report = export_onnx(
        run_dir=run_dir,
        checkpoint=checkpoint,
        output=output,
        io=io,
        opset=opset,
        student=student,
        synthetic=synthetic,
        overwrite=overwrite,
    )
    print(f"{report.checkpoint} -> {report.output}")
    if report.student:
        print(f"student: {report.student}; refine-dataset takes it only where --model names it")
    print(f"torch and ONNX Runtime agree: {report.parity}")
    for text in report.remarks:
        print(f"warning: {text}")
    verdict = read_verdict(report.checkpoint.parent)
    for text in verdict.lines() if verdict is not None and verdict.against else []:
        print(text)
