"""Measure what refining is worth on real eyes: estimators learn from a row's eyes and are tested on other persons.

A row for the source as it is, with ordinary augmentation, refined towards some persons' unlabelled eyes, every second
one refined, and the ceiling: those persons' labelled eyes. What is in the folder is not done again, so a run that is
stopped goes on.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.gap_table import LabelledEyes, answered
from benchmarks.real_gap.eyes import MPIIGAZE, Fold, drawn_angles, folds_of, read_target
from benchmarks.real_gap.options import RENDERED, read_options
from benchmarks.real_gap.refiners import key_of_code, looks_of, refined_by, refined_with, trained
from benchmarks.real_gap.results import (
    AUGMENTED,
    BACK,
    CEILING,
    MIXED,
    REFINED,
    SOURCE,
    SWAPPED,
    FoldRow,
    plain,
    table_of,
)
from gazeaug.drawing.sheets import Column, contact_sheet, save_sheet
from gazeaug.estimators.options import EstimatorConfig
from gazeaug.estimators.registry import Estimator, train_estimator
from gazeaug.feeding.sampler import evenly_spread
from gazeaug.gaze.angles import pitchyaw_to_look_vec
from gazeaug.samples.normalised import render_normalised

N_SHOWN = 14


def case_of(options: argparse.Namespace, target: str) -> str:
    """A name for everything but the training options: rows of one case make one table."""
    source = f"rendered{options.n}" if options.source == RENDERED else options.source
    parts = [target, "from", source, options.estimator, f"{options.epochs}epochs", f"{options.seeds}seeds"]
    parts += [f"{options.refiners}refiners"] * (options.refiners > 1) + ["validated"] * options.validate
    parts += ["frontal"] * options.frontal
    return "-".join(parts)


def estimator_of(options: argparse.Namespace) -> EstimatorConfig:
    """The estimator of every row."""
    return EstimatorConfig(estimator=options.estimator, epochs=options.epochs, normalise="equalise", device="cpu")


def trained_on(options: argparse.Namespace, eyes: LabelledEyes) -> list[Estimator]:
    """An estimator for each seed."""
    given = (eyes.images, eyes.look_vec, eyes.head_pose)
    return [train_estimator(estimator_of(options), *given, seed=seed) for seed in range(options.seeds)]


def chosen_folds(options: argparse.Namespace, target: str) -> list[Fold]:
    """The folds of a target that are asked for."""
    folds = folds_of(read_target(options.data, target), crossed=target != MPIIGAZE, validate=options.validate)
    folds = folds[:1] if options.one_way else folds
    return [replace(fold, learn=fold.learn.rows(fold.learn.testable)) for fold in folds] if options.frontal else folds


def source_eyes(options: argparse.Namespace, target: str) -> LabelledEyes:
    """What is refined: eyes rendered for the target, or a real set with its labels."""
    if options.source == RENDERED:
        gaze, head = drawn_angles(options.data, target, options.n, seed=0)
        eyes = render_normalised(gaze, head, seed=0)
        return LabelledEyes(SOURCE, eyes.images, eyes.look_vec, head if target == MPIIGAZE else None)
    real = read_target(options.data, options.source)
    return LabelledEyes(SOURCE, real.images, pitchyaw_to_look_vec(real.pitchyaw))


def unrefined_rows(source: LabelledEyes, fold: Fold) -> list[LabelledEyes]:
    """Rows that no training option changes."""
    with_head = source.head_pose is not None
    learn = fold.learn
    look_vec = pitchyaw_to_look_vec(learn.pitchyaw)
    ceiling = LabelledEyes(CEILING, learn.images, look_vec, learn.head if with_head else None)
    return [source, replace(source, name=AUGMENTED, augment="ordinary"), ceiling]


def rows_of(options: argparse.Namespace, target: str, source: LabelledEyes, folds: list[Fold]) -> Iterator[FoldRow]:
    """Every row of every fold, those without a refiner first."""
    work: Path = options.folder
    config = estimator_of(options)

    def row_of(
        number: int, row: LabelledEyes, sets: list[LabelledEyes], label: str = "", *, back: bool = False
    ) -> FoldRow:
        """`sets` are what each seed learns from, in turn; tested on real eyes as they are, or refined `back`."""
        fold = folds[number]
        images = refined_back(options, source, fold) if back else fold.test.images
        head = fold.test.head if source.head_pose is not None else None
        test = LabelledEyes("test", images, pitchyaw_to_look_vec(fold.test.pitchyaw), head)
        said = [answered(work / "cells", config, sets[seed % len(sets)], test, seed) for seed in range(options.seeds)]
        looks = {}
        if row.name in (SOURCE, REFINED):
            looks = looks_of(work, sets[0].images, source.images, fold.learn.images)
        made_by = f"{plain(options.training)}; code {key_of_code()}" if label else ""
        truth, persons, constants = fold.test.pitchyaw, fold.test.persons, fold.test.constants
        return FoldRow(row.name, label, number, len(folds), made_by, np.stack(said), truth, persons, constants, looks)

    for number, fold in enumerate(folds):
        for row in unrefined_rows(source, fold):
            yield row_of(number, row, [row])
    if options.unrefined:
        return
    for number, fold in enumerate(folds):
        refined = [replace(source, name=REFINED, images=images) for images in refined_sets(options, source, fold)]
        if number == 0:
            show(work / "sheets" / f"{case_of(options, target)}-{options.label}.png", source, refined[0], fold)
        yield row_of(number, refined[0], refined, options.label)
        mixed = [replace(source, name=MIXED, images=every_second(source.images, each.images)) for each in refined]
        yield row_of(number, mixed[0], mixed, options.label)
        if options.back:
            plain_eyes = replace(source, name=BACK)
            yield row_of(number, plain_eyes, [plain_eyes], options.label, back=True)
        if options.swap:
            *_, learn = unrefined_rows(source, fold)
            images = refined_by(options.folder, learn.images, learn.look_vec, source.images, options.training)
            swapped = replace(learn, name=SWAPPED, images=images)
            yield row_of(number, swapped, [swapped], options.label)


def refined_sets(options: argparse.Namespace, source: LabelledEyes, fold: Fold) -> list[NDArray[np.uint8]]:
    """The source's pictures, refined by refiners of different seeds."""
    first = options.training.get("seed", 0)
    return [
        refined_by(
            options.folder,
            source.images,
            source.look_vec,
            fold.learn.images,
            {**options.training, "seed": first + more},
        )
        for more in range(options.refiners)
    ]


def every_second(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Rows of the first and the second in turn: as many pictures as either, since more of them would teach more."""
    odd = np.arange(len(first))[:, None, None] % 2 == 1
    return np.where(odd, second, first)


def refined_back(options: argparse.Namespace, source: LabelledEyes, fold: Fold) -> NDArray[np.uint8]:
    """The test eyes refined towards the source's looks, as Lee et al. 2018 do it; nothing is known of their gaze."""
    learn = fold.learn
    no_gaze = np.zeros((len(learn.images), 3))
    run = trained(options.folder, learn.images, no_gaze, source.images, {**options.training, "gaze_guard": 0.0})
    return refined_with(run, options.folder, fold.test.images)


def show(path: Path, source: LabelledEyes, refined: LabelledEyes, fold: Fold) -> None:
    """A contact sheet: before, after, real. It stays in the work folder."""
    rows = evenly_spread(len(source.images), N_SHOWN)
    real_rows = evenly_spread(len(fold.learn.images), N_SHOWN)
    columns = [Column("source", source.images[rows]), Column("refined", refined.images[rows])]
    columns.append(Column("real", fold.learn.images[real_rows]))
    path = path.with_name(path.name.replace(" ", "_").replace("/", "_"))
    path.parent.mkdir(parents=True, exist_ok=True)
    save_sheet(contact_sheet(columns), path)


def main() -> None:
    """Measure the rows of each target, and print its table after each of them."""
    torch.set_num_threads(1)
    options = read_options()
    texts = []
    for target in options.targets:
        results = options.folder / "rows" / case_of(options, target)
        if not options.tables:
            for row in rows_of(options, target, source_eyes(options, target), chosen_folds(options, target)):
                replace(row, n_folds=1 if target == MPIIGAZE else 2).save(results)
                print(f"# {target}, fold {row.fold}, {row.name}: {row.errors().mean():.2f} degrees", flush=True)
        texts.append(table_of(results, one_way=options.one_way))
        print(texts[-1], flush=True)
    if options.output is not None:
        options.output.write_text("\n\n".join(texts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
