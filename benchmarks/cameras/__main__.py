"""How much of the gap a refiner closes for each camera of a bank: `python -m benchmarks.cameras --folder WORK`.

For each camera and seed a refiner is trained on rendered eyes and unlabelled eyes of the camera. Small gaze CNNs, all
with the same settings, learn from rendered eyes, from those with ordinary augmentation, refined, refined with
augmentation, and from labelled eyes of the camera; all are tested on other eyes of the camera. What is in WORK is not
measured again, so that a run that is stopped goes on, and several with different --only may share it.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from benchmarks.cameras.bank import CAMERAS
from benchmarks.cameras.cells import cell_path, kept, read_cell
from benchmarks.cameras.judging import Task, measure_refined, plain_cell, plain_path
from benchmarks.cameras.table import bank_table
from benchmarks.training_options import training_options
from gazeaug.errors import InputError


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.cameras", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, required=True, metavar="WORK", help="what is kept between runs")
    parser.add_argument("--only", help=f"cameras, with semicolons between; all: {';'.join(CAMERAS)}")
    parser.add_argument("--seeds", type=int, default=2, help="how many")
    parser.add_argument("--n", type=int, default=8_000, help="eyes of each kind")
    parser.add_argument("--n-test", type=int, default=3_000)
    parser.add_argument("--steps", type=int, help="of the training; its own default where not given")
    parser.add_argument(
        "--set", nargs="+", action="extend", default=[], metavar="NAME=VALUE", help="options of the training"
    )
    parser.add_argument(
        "--label", default="", help="names what is measured, such as a version; cells with another one are others"
    )
    parser.add_argument("--output", type=Path, help="Markdown file for the table")
    parser.add_argument("--table", action="store_true", help="measure nothing: the table of what is there")
    given = parser.parse_args(arguments)
    given.cameras = list(CAMERAS) if given.only is None else given.only.split(";")
    if unknown := [name for name in given.cameras if name not in CAMERAS]:
        raise InputError(f"--only must name cameras of {', '.join(CAMERAS)}, got '{unknown[0]}'.")
    given.training = training_options(given.set) | ({} if given.steps is None else {"steps": given.steps})
    return given


def cells_of(given: argparse.Namespace, task: Task) -> tuple[Path, Path]:
    """Where the two cells of a task are kept: without a refiner, and with this one."""
    key = {"task": task.fingerprint()}
    refined_key = {**key, "options": given.training, "label": given.label}
    return plain_path(given.folder, task), cell_path(given.folder, "refined", task.camera, task.seed, refined_key)


def measure(given: argparse.Namespace, task: Task) -> None:
    """Fill the cells of one camera and seed."""
    _, refined = cells_of(given, task)
    plain_cell(given.folder, task)
    folder = given.folder / "eyes" / f"{task.camera}-{task.seed}-{task.fingerprint()}"
    sheet = given.folder / "sheets" / f"{refined.stem}.png"
    facts = {**dataclasses.asdict(task), "label": given.label, "options": given.training}
    kept(refined, lambda: measure_refined(task, folder, given.training, sheet), facts)


def table(given: argparse.Namespace) -> str:
    """The table of what is done with these options, whichever process did it."""
    found: dict[str, list[dict[str, Any]]] = {}
    for camera in CAMERAS:
        pairs = [cells_of(given, task_of(given, camera, seed)) for seed in range(given.seeds)]
        found[camera] = [read_cell(plain) | read_cell(refined) for plain, refined in pairs if refined.is_file()]
    said = " ".join(f"{name}={value}" for name, value in given.training.items()) or "defaults"
    title = f"{given.label}: {said}" if given.label else said
    sizes = f"{given.n:,} eyes of each kind, {given.n_test:,} others to test on"
    return f"{title}; {sizes}\n\n{bank_table(found)}"


def task_of(given: argparse.Namespace, camera: str, seed: int) -> Task:
    """A camera and seed, in the sizes asked for."""
    return Task(camera=camera, seed=seed, n=given.n, n_test=given.n_test)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is asked for, seed by seed, and print the table of all that is there."""
    try:
        given = options_of(arguments)
    except InputError as error:
        sys.exit(str(error))
    torch.set_num_threads(1)
    given.folder.mkdir(parents=True, exist_ok=True)
    for seed in range(0 if given.table else given.seeds):
        for camera in given.cameras:
            task = task_of(given, camera, seed)
            measure(given, task)
            plain, refined = cells_of(given, task)
            print(bank_table({camera: [read_cell(plain) | read_cell(refined)]}), flush=True)
    text = table(given)
    print(text)
    if given.output is not None:
        given.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
