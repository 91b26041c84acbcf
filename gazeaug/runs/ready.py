"""The refiner that comes with the package, for whoever has not trained one. Imports no torch.

It is a camera alone: it redraws nothing, and was trained towards nine simulated cameras, without a real eye.
`python -m benchmarks.cameras.ready` makes it and measures what it is worth.
"""

from __future__ import annotations

from pathlib import Path

from gazeaug.runs.folder import REFINER, RUNS, STATE, newest_run

READY = "ready"  # as --model takes it


def ready_refiner() -> Path:
    """Its ONNX file."""
    return Path(__file__).with_name("ready.onnx")


def refiner_name(model: Path) -> str:
    """What a refiner is called in a sentence: the ready one by what it is, any other by its file."""
    return "the ready refiner" if model == ready_refiner() else str(model)


def find_refiner(given: Path | str | None, runs_folder: Path = RUNS) -> Path:
    """The ONNX refiner to use.

    Args:
        given: a file, `READY`, or nothing: then that of the newest run, or the ready one where nothing was trained.
        runs_folder: where runs are.

    Raises:
        InputError: there are runs, and none of them was exported.
    """
    if given is not None:
        return ready_refiner() if str(given) == READY and not Path(given).is_file() else Path(given)
    if not any(runs_folder.glob(f"*/{STATE}")):
        return ready_refiner()
    return newest_run(runs_folder, holding=REFINER) / REFINER
