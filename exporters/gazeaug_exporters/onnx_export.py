"""One ONNX file of a trained refiner: dynamic batch, weights inside, validated before it gets its name."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import nn

from gazeaug.errors import InputError, RunError
from gazeaug.output_kinds import Kind
from gazeaug.outputs import check_output, replacing
from gazeaug.progress import stages
from gazeaug.provenance import releases
from gazeaug.refiner.network import FIRST_VARIANT, VARIANT, Refiner
from gazeaug.renames import renamed
from gazeaug.runs.checkpoints import load_refiner
from gazeaug.runs.diagnosis import IDLE
from gazeaug.runs.folder import CONFIG, REFINER, STATE, STUDENT, newest_run, read_state
from gazeaug.runs.verdict import read_verdict
from gazeaug.runtime.identity import file_sha256
from gazeaug.runtime.session import FEATURES_KEY, VARIANT_KEY
from gazeaug.suggestions import did_you_mean
from gazeaug_exporters.contract import GreyLevelRefiner, MatchedRefiner
from gazeaug_exporters.parity import Parity, prove_parity
from gazeaug_exporters.student import Student, distil
from gazeaug_exporters.traces import strip_traces

IO = ("uint8", "float32")
FORMAT = "1"
GRAPH_KEY, GRAPH = "gazeaug.graph", "3"  # how the graph computes; files from before it was counted have none
STUDENT_KEY = "gazeaug.student"
OPSET = 18
SMALLEST_OPSET = 18  # what the torch exporter writes without converting downwards


@dataclass(frozen=True)
class ExportReport:
    """What was exported."""

    output: Path
    checkpoint: Path
    parity: Parity
    student: Student | None = None
    """Where a smaller refiner was made of it."""
    remarks: tuple[str, ...] = ()
    """What speaks against using it, a sentence each."""


@renamed(run="run_dir")
def export_onnx(
    *,
    run_dir: Path | str | None = None,
    checkpoint: Path | str | None = None,
    output: Path | str | None = None,
    io: str = "uint8",
    opset: int = OPSET,
    student: bool = False,
    synthetic: Path | str | None = None,
    overwrite: bool = False,
) -> ExportReport:
    """Export a refiner and prove that ONNX Runtime and torch agree, before the file gets its name.

    Args:
        run_dir: a run directory; the newest complete one under ./runs where neither this nor `checkpoint` is given.
        checkpoint: a checkpoint file instead.
        output: where to; `refiner.onnx` beside the checkpoint otherwise.
        io: "uint8" ([batch, H, W] or [batch, H, W, 3], grey levels) or "float32" ([batch, C, H, W] in -1..1).
        opset: ONNX operator set.
        student: export a smaller refiner that learns to do the same, as `refiner.student.onnx`.
        synthetic: the rendered eyes that a student learns on; those of the run where none are given.
        overwrite: replace an earlier export, or what else is there.

    Returns:
        What was written: `output` is the ONNX file, `parity` how far both agree.

    Raises:
        InputError: nothing to export, an option out of range, or an output that cannot be written.
        RunError: the exported file is not valid or does not agree with torch; no file is left.

    Example:
        >>> run = gazeaug.train(
        ...     synthetic="unityeyes.h5", real="real.h5", run_dir="runs/exported", steps=2, batch_size=4, camera_steps=1
        ... )
        >>> gazeaug.export_onnx(run_dir=run).output.name
        'refiner.onnx'
    """
    if io not in IO:
        raise InputError(f"--io must be one of {', '.join(IO)}, got '{io}'{did_you_mean(io, IO)}")
    newest = onnx.defs.onnx_opset_version()
    if not SMALLEST_OPSET <= opset <= newest:
        raise InputError(f"--opset must be from {SMALLEST_OPSET} to {newest}, got {opset}.")
    if run_dir is not None and checkpoint is not None:
        raise InputError("give --run-dir or --checkpoint, not both.")
    source = (
        Path(checkpoint) if checkpoint is not None else best_checkpoint(Path(run_dir) if run_dir is not None else None)
    )
    refiner, state = load_refiner(source)
    name = STUDENT if student else REFINER
    target = Path(output) if output is not None else source.with_name(name)
    check_output(target, overwrite=overwrite, inputs=[source], kind=Kind.MODEL)

    shape = tuple(state["image_shape"])
    small = None
    if student:
        small = distil(refiner, rendered_eyes(source, synthetic), table=state.get("table"))
        refiner = small.refiner
    module: nn.Module = (GreyLevelRefiner if io == "uint8" else MatchedRefiner)(refiner, state.get("table"))
    shape_in = shape if io == "uint8" else (refiner.config.channels, *shape[:2])
    dtype = torch.uint8 if io == "uint8" else torch.float32
    steps = ["writing ONNX", "comparing ONNX Runtime with torch"]
    with replacing(target) as partial, stages("exporting", steps, leave=False) as names:
        next(names)
        module = module.eval().requires_grad_(requires_grad=False)  # what only gradients need stays out of the graph
        write_graph(module, torch.zeros((2, *shape_in), dtype=dtype), partial, opset)
        described = describe(refiner, shape, state["run"], source) | ({STUDENT_KEY: str(small)} if small else {})
        add_metadata(partial, {**described, **variant_of(partial)})
        next(names)
        parity = prove_parity(module, partial, shape_in, io=io)
        next(names, None)
    return ExportReport(target, source, parity, small, tuple(remarks_on(source, state)))


def remarks_on(checkpoint: Path, state: Mapping[str, Any]) -> Iterator[str]:
    """Whether a refiner has learned anything, by its checkpoint and by the verdict on its run."""
    if not state.get("step", 1):
        yield f"{checkpoint}: was saved before the first step of training, so the refiner has learned nothing yet"
    verdict = read_verdict(checkpoint.parent)
    if verdict is not None and IDLE in verdict.against:
        yield f"{checkpoint}: the refiner is idle: refined eyes would nearly equal the input; see gazeaug report"


def rendered_eyes(checkpoint: Path, given: Path | str | None) -> Path:
    """The eye file that a student learns on: the one given, or the one that the run was trained with."""
    if given is not None:
        return Path(given)
    try:
        found = json.loads((checkpoint.parent / CONFIG).read_text(encoding="utf-8"))["config"]["synthetic"]
    except (FileNotFoundError, KeyError, ValueError):
        found = None
    if not found or not Path(found).is_file():
        raise InputError(f"{checkpoint}: the rendered eyes of its run are not there; name some by --synthetic.")
    return Path(found)


def best_checkpoint(run: Path | None) -> Path:
    """The last checkpoint of a run with a good score (docs/training.md), by default of the newest complete run."""
    folder = run if run is not None else newest_run(complete=True)
    state = read_state(folder)
    if not state:
        raise InputError(f"{folder}: not a training run; it holds no {STATE}.")
    return folder / str(state.get("best", state)["checkpoint"])


def write_graph(module: nn.Module, example: torch.Tensor, path: Path, opset: int) -> None:
    """Trace the module with a dynamic batch and fixed height and width."""
    with warnings.catch_warnings(), quiet_exporter():
        warnings.simplefilter("ignore")  # the exporter's own deprecations, none of which a user can act on
        torch.onnx.export(
            module,
            (example,),
            str(path),
            dynamo=True,
            input_names=["image"],
            output_names=["refined"],
            dynamic_shapes=({0: torch.export.Dim("batch", min=1)},),
            opset_version=opset,
            external_data=False,
            verbose=False,
        )


class quiet_exporter:  # noqa: N801 -- used as a statement
    """Lower the voice of the exporter's loggers for the length of a block."""

    names = ("torch.onnx", "onnxscript", "onnx_ir")

    def __enter__(self) -> None:
        self.levels = [logging.getLogger(name).level for name in self.names]
        for name in self.names:
            logging.getLogger(name).setLevel(logging.ERROR)

    def __exit__(self, *_: object) -> None:
        for name, level in zip(self.names, self.levels, strict=True):
            logging.getLogger(name).setLevel(level)


def describe(refiner: Refiner, shape: tuple[int, ...], run: str, checkpoint: Path) -> dict[str, str]:
    """The metadata of the file, all of it text, as ONNX wants."""
    return {
        "gazeaug.format": FORMAT,
        GRAPH_KEY: GRAPH,
        **{f"gazeaug.versions.{name}": number for name, number in releases("gazeaug", "torch", "onnx").items()},
        "gazeaug.height": str(shape[0]),
        "gazeaug.width": str(shape[1]),
        "gazeaug.channels": str(refiner.config.channels),
        FEATURES_KEY: str(refiner.config.features),
        "gazeaug.run": run,
        "gazeaug.checkpoint_sha256": file_sha256(checkpoint),
        "gazeaug.precision": "fp32",
    }


def variant_of(path: Path) -> dict[str, str]:
    """Metadata that names the constant which chooses the noise, and its value; nothing for a graph without noise."""
    constants = onnx.load(path).graph.initializer
    found = [constant for constant in constants if constant.name.split(".")[-1] == VARIANT]
    return {VARIANT_KEY: f"{found[0].name}={FIRST_VARIANT}"} if found else {}


def add_metadata(path: Path, metadata: dict[str, str]) -> None:
    """Store the metadata and let the ONNX checker judge the whole.

    The exporter's notes on every node go: stack traces with the folders of this machine, which would also give the
    same weights another SHA-256 in another folder.

    Raises:
        RunError: the checker refuses the file.
    """
    model = onnx.load(path)
    strip_traces(model)
    onnx.helper.set_model_props(model, metadata)
    try:
        onnx.checker.check_model(model, full_check=True)
    except onnx.checker.ValidationError as error:
        raise RunError(f"{path}: the ONNX checker refuses the exported graph ({error}).") from error
    path.write_bytes(model.SerializeToString(deterministic=True))
