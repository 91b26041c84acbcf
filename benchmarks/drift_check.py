"""What `refine-dataset --check-drift` costs: `python -m benchmarks.drift_check [--rows 20000] [--model refiner.onnx]`.

The same eyes are refined without and with the check, in turns, each the median of several rounds. Both are run in one
process, so that neither has the start of Python in it.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.refining_stream import alternate, real_model
from gazeaug.drift.check import DriftCheck
from gazeaug.refining.work import refine
from gazeaug.samples.sets import make_sample_data


def main(arguments: Sequence[str] | None = None) -> None:
    """Print both times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--model", type=Path, help="a trained refiner; else one of the recipe fast, not trained")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = make_sample_data(folder, rows=options.rows)[0]
        model = options.model or real_model(folder)
        checks: list[DriftCheck | None] = []

        def refined(limit: float | None) -> None:
            output = folder / "refined.h5"
            done = refine(source, model=model, output=output, overwrite=True, fresh=True, check_drift=limit)
            checks.append(done.drift)

        plain, checked = alternate(lambda: refined(None), lambda: refined(1.0))
    print(f"{options.rows:,} eyes: {plain.passed:.1f} s, with --check-drift {checked.passed:.1f} s")
    print(f"with / without: {checked.passed / plain.passed:.3f}, by CPU seconds {checked.worked / plain.worked:.3f}")
    print(checks[-1])


if __name__ == "__main__":
    main()
