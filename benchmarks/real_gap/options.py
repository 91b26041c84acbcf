"""The command line of `python -m benchmarks.real_gap`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from benchmarks.real_gap.eyes import TARGETS
from benchmarks.training_options import training_options
from gazeaug.errors import InputError

RENDERED = "rendered"


def read_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; `training` holds the typed training options."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real_gap", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the real sets")
    parser.add_argument("--folder", type=Path, default=Path("real_gap"), help="work, kept between runs")
    parser.add_argument("--target", default=",".join(TARGETS), help="with commas")
    parser.add_argument("--source", default=RENDERED, help="rendered, or a labelled real set")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="training options of the refiner")
    parser.add_argument("--label", help="names the refined rows of these training options")
    parser.add_argument("--n", type=int, default=8_000, help="rendered eyes")
    parser.add_argument("--estimator", default="lenet")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--seeds", type=int, default=2, help="of the estimators")
    parser.add_argument(
        "--refiners", type=int, default=1, help="refiners of other seeds, taken in turn by the estimators"
    )
    parser.add_argument(
        "--validate", action="store_true", help="split the refining persons again; never test the others"
    )
    parser.add_argument("--one-way", action="store_true", help="only the first fold, whose test persons chose nothing")
    parser.add_argument(
        "--back", action="store_true", help="also refine real eyes towards the source, and test what learned from it"
    )
    parser.add_argument(
        "--swap",
        action="store_true",
        help="also give the ceiling's real eyes the source's looks: tells looks from geometry",
    )
    parser.add_argument(
        "--frontal", action="store_true", help="refine towards frontal heads alone, as rendered ones are (Columbia)"
    )
    parser.add_argument("--unrefined", action="store_true", help="leave the refiner out")
    parser.add_argument("--tables", action="store_true", help="only print the tables of what is there")
    parser.add_argument("--output", type=Path, help="Markdown file for the tables")
    options = parser.parse_args(arguments)
    options.targets = options.target.split(",")
    for name in [*options.targets, *([] if options.source == RENDERED else [options.source])]:
        if name not in TARGETS:
            parser.error(f"'{name}' is not one of {', '.join(TARGETS)}")
    if options.source in options.targets:
        parser.error("--source and --target are the same set")
    try:
        options.training = training_options(options.set)
    except InputError as error:
        parser.error(str(error))
    options.label = options.label or " ".join(sorted(options.set)) or "fast"
    return options
