"""The Typer app: one module a command, imported when the command is called."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any, ClassVar

import typer

from gazeaug_cli.errors import PoliteGroup
from gazeaug_cli.groups import PLAIN


class Commands(PoliteGroup):
    """All commands; each is the function, or the app, that has the name of its module."""

    texts: ClassVar = {
        "sample-data": "Make rendered and camera eyes to try everything with.",
        "prepare": "Make an eye file of pictures, or of other data sets.",
        "split": "Split an eye file in parts.",
        "mix": "Mix eye files into one.",
        "match": "Draw rows until the gaze is spread as a target's is.",
        "train": "Train a refiner that makes rendered eyes look real.",
        "report": "Write a training run as one HTML page.",
        "experiments": "Vary settings of training, one at a time.",
        "export": "Export a refiner to ONNX, proven equal.",
        "refine-dataset": "Refine eye files; every label stays as it is.",
        "merge": "Join what several refining processes have done.",
        "verify": "Check that a refined file is what was written.",
        "inspect": "Print what an eye file holds.",
        "drift": "Measure how far refining moved irises.",
        "evaluate": "Measure what sets are worth to gaze estimators.",
        "realism": "Measure how far refined eyes are from real ones.",
        "turing": "Write a page that asks people which eyes are real.",
        "convert": "Write an eye file as another trainer expects it.",
        "demo": "Do the whole job on sample data, and measure it.",
        "doctor": "Check whether this machine can do the work.",
    }

    def load(self, name: str) -> Any:
        """Import the module of a command."""
        module = name.replace("-", "_")
        return getattr(import_module(f"gazeaug_cli.{module}"), module)


app = typer.Typer(cls=Commands, name="gazeaug", no_args_is_help=True, **{**PLAIN, "add_completion": True})


def show_version(is_wanted: bool) -> None:
    """Print the version and stop."""
    if is_wanted:
        from importlib.metadata import version

        print(f"gazeaug {version('gazeaug')}")
        raise typer.Exit


@app.callback()
def root(
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors and results only.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Print more about what is done.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", "-V", help="Print the version and exit.", callback=show_version, is_eager=True)
    ] = False,
) -> None:
    """Make rendered eyes look real without moving the gaze.

    -q, -v and --debug can stand anywhere on the line.
    """
