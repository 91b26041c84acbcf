"""The reference of training's options: flag, Python keyword and key in YAML, with the value of each recipe."""

from __future__ import annotations

from html import escape
from typing import Any

from mkdocs.structure.files import File

from gazeaug.options import Panel, options_of
from gazeaug.training.config import TrainConfig
from gazeaug.training.recipes import RECIPES, from_recipe, shown

INTRODUCTION = """# Training options

Every option is spelled in three ways: a flag of [`gazeaug train`](cli/train.md) such as `--batch-size`, a keyword of
[`gazeaug.train`](python.md) such as `batch_size`, and a key of `config.json` and of the file of `--config`, which is
spelled as the keyword. Values that are given win over those of the recipe.

[Training a refiner](../training.md) says what the options are for, and what was measured of them."""


def on_files(files: Any, *, config: Any) -> Any:
    """Add the page."""
    files.append(File.generated(config, "reference/training-options.md", content=page()))
    return files


def page() -> str:
    """The page: recipes, then options by panel."""
    recipes = "\n".join(["| recipe | for |", "|---|---|", *(f"| `{name}` | {RECIPES[name].when} |" for name in RECIPES)])
    return "\n\n".join([INTRODUCTION, "## Recipes", recipes, *(table(panel) for panel in Panel if of_panel(panel))])


def of_panel(panel: Panel) -> list[Any]:
    """The options that the help shows in a panel."""
    return [option for option in options_of(TrainConfig) if option.panel is panel]


def table(panel: Panel) -> str:
    """The options of a panel, a line each."""
    values = {name: from_recipe(name, {}) for name in RECIPES}
    head = ["flag", "key", *(f"`{name}`" for name in RECIPES), "what it is"]
    rows = [
        [
            f"`{option.flag}`",
            f"`{option.name}`",
            *(shown(getattr(recipe, option.name)) for recipe in values.values()),
            " ".join(filter(None, [escape(option.text), f"Must {option.rule}." if option.rule else ""])),
        ]
        for option in of_panel(panel)
    ]
    lines = [head, ["---"] * len(head), *rows]
    return f"## {panel.value}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines)
