"""Recipes: named sets of training options, and when to take which. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gazeaug.errors import InputError
from gazeaug.options import flag
from gazeaug.suggestions import did_you_mean
from gazeaug.training.config import TrainConfig


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Options that differ from the defaults of `TrainConfig`."""

    when: str
    """What it is for, in a sentence."""
    options: Mapping[str, Any] = field(default_factory=dict)


# What the paper and the Keras experiment agree on. The paper prints no lambda for an averaged loss; 1e-4 on a batch's
# sum is what public ports took over from each other.
PUBLISHED: Mapping[str, Any] = {
    "optimizer": "sgd",
    "learning_rate": 1e-3,
    "k_g": 2,
    "k_d": 1,
    "lambda_": 1e-4,
    "regularisation": "sum",
    "self_regularisation": "pixels",
    "gaze_guard": 0.0,
    "iris_guard": 0.0,
    "features": 64,
    "discriminator_width": 1.0,
    "residual": False,
    "adversarial_loss": "cross-entropy",
    "noise": False,
    "styles": 0,
    "camera": False,
    "camera_steps": 0,
    "ending": "none",
    "appearance": 0.0,
    "fold": 1,
    "discriminator_rate": 1.0,
    "standardise": False,
    "shrink": 1,
    "augmentation": False,
    "decay": 0.0,
    "ema": 0.0,
    "precision": "fp32",
}

RECIPES = {
    "fast": Recipe(
        when="The default: a residual refiner that ends in a camera, and Adam; two cores and minutes, or a GPU.",
    ),
    "best": Recipe(
        when="The same for four times as long: half an hour on a core.",
        options={"steps": 6000},
    ),
    # Shrivastava et al. 2017, sections 3.1 and 3.2, and the settings on which two public ports agree.
    "paper": Recipe(
        when="As published: batches of 512, SGD, long pre-training; a GPU and hours.",
        options={
            "steps": 10_000,
            "batch_size": 512,
            "refiner_pretrain_steps": 1000,
            "discriminator_pretrain_steps": 200,
            "buffer_size": 50 * 512,
            **PUBLISHED,
        },
    ),
    # The public Keras experiment whose loss table is known up to 8,000 steps.
    "seed": Recipe(
        when="The well-known Keras experiment, to compare with its published losses; slow on a CPU.",
        options={
            "steps": 8000,
            "batch_size": 49,
            "refiner_pretrain_steps": 15,
            "discriminator_pretrain_steps": 15,
            "buffer_size": 100 * 49,
            **PUBLISHED,
        },
    ),
}


def from_recipe(name: str, options: Mapping[str, Any]) -> TrainConfig:
    """A recipe's configuration with single options on top.

    Raises:
        InputError: no recipe of that name, or an option out of range.
    """
    if name not in RECIPES:
        raise InputError(f"--recipe must be one of {', '.join(RECIPES)}, got '{name}'{did_you_mean(name, RECIPES)}")
    return TrainConfig(recipe=name, **{**RECIPES[name].options, **options})


def describe_recipes() -> str:
    """When to take which recipe, and a table of all their settings."""
    settings = [from_recipe(name, {}).to_json() for name in RECIPES]
    names = [key for key in settings[0] if key not in ("synthetic", "real", "recipe")]
    rows = [["", *RECIPES], *([flag(key), *(shown(setting[key]) for setting in settings)] for key in names)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*(f"{name}: {recipe.when}" for name, recipe in RECIPES.items()), "", *lines])


def shown(value: Any) -> str:
    """A setting for people."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else f"{value}"
