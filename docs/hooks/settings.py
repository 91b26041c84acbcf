"""The reference of training's options: flag, Python keyword and key in YAML, with the value of each recipe."""

from __future__ import annotations

from html import escape
from typing import Any

from mkdocs.structure.files import File

from gazeaug.options import Panel, options_of
from gazeaug.training.config import TrainConfig
from gazeaug.training.recipes import RECIPES, from_recipe, shown

INTRODUCTION = """# Training options

Every option is an option of [`gazeaug train`](cli/train.md) such as `--batch-size`, a keyword of
[`gazeaug.train`](python.md) such as `batch_size`, and a key of `config.json` and of the file of `--config`.
Options that you give override the recipe.

[Train a refiner](../training.md) explains the options and has measurements."""


def on_files(files: Any, *, config: Any) -> Any:
    """Add the page."""
    files.append(File.generated(config, "reference/training-options.md", content=page()))
    return files


def page() -> str:
    """The page: recipes, then options by panel."""
    recipes = "\n".join(
        ["| recipe | for |", "|---|---|", *(f"| `{name}` | {RECIPES[name].when} |" for name in RECIPES)]
    )
    return "\n\n".join([INTRODUCTION, "## Recipes", recipes, *(listing(panel) for panel in Panel if of_panel(panel))])


def of_panel(panel: Panel) -> list[Any]:
    """The options that the help shows in a panel."""
    return [option for option in options_of(TrainConfig) if option.panel is panel]


def listing(panel: Panel) -> str:
    """The options of a panel: spellings, text, and the value that each recipe gives them."""
    entries = []
    for option in of_panel(panel):
        rule = f" Must {option.rule}." if option.rule else ""
        entries += [
            f'<dt id="{option.name}"><code>{option.flag}</code></dt>',
            f"<dd>{escape(option.text)}{rule}<br>Key <code>{option.name}</code>. {values_of(option.name)}</dd>",
        ]
    return "\n".join([f"## {panel.value}\n", '<dl class="options">', *entries, "</dl>"])


def values_of(name: str) -> str:
    """The default of an option, and what the recipes with another value take."""
    values = {recipe: shown(getattr(from_recipe(recipe, {}), name)) for recipe in RECIPES}
    default = values.pop(next(iter(RECIPES)))
    others = [f"{recipe}: {escape(value)}" for recipe, value in values.items() if value != default]
    return f"Default {escape(default)}" + (f" ({', '.join(others)})." if others else ".")
