"""The Typer app: one module a command, imported when the command is called."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any, ClassVar

import typer

from gazeaug_cli.errors import PoliteGroup
from gazeaug_cli.groups import PLAIN


class Commands(PoliteGroup):
    """All commands; each is the function, or the app, that has the name of its module."""

    sections: ClassVar = {
        "Prepare eyes": {
            "prepare": "Make an eye file from pictures, videos or a data set.",
            "inspect": "Show what an eye file holds.",
            "split": "Split an eye file into several, such as train and test.",
            "mix": "Mix eye files into one.",
            "match": "Resample an eye file to the gaze distribution of another.",
        },
        "Train and refine": {
            "train": "Train a refiner that makes rendered eyes look real.",
            "report": "Write a training run as one HTML page.",
            "experiments": "Compare training settings by short runs.",
            "export": "Export a trained refiner to ONNX.",
            "refine-dataset": "Refine eye files with an ONNX refiner; labels stay unchanged.",
            "merge": "Join the parts of a refinement shared by several processes.",
            "verify": "Check a refined file against its checksums and its input.",
        },
        "Measure": {
            "drift": "Measure how far refining moved the iris.",
            "evaluate": "Compare training sets by gaze estimators trained on each.",
            "realism": "Measure how close refined eyes are to real ones.",
            "turing": "Write a page that asks people which eyes are real.",
        },
        "Give to other trainers": {
            "convert": "Write an eye file in the layout of another gaze trainer.",
        },
        "Try and check": {
            "studio": "Open a page in the browser that does all of this.",
            "demo": "Run the whole pipeline on generated sample eyes.",
            "sample-data": "Generate rendered eyes and camera eyes to try commands on.",
            "doctor": "Check versions, GPU, CUDA and disk of this machine.",
        },
    }

    def load(self, name: str) -> Any:
        """Import the module of a command."""
        module = name.replace("-", "_")
        return getattr(import_module(f"gazeaug_cli.{module}"), module)


app = typer.Typer(cls=Commands, name="gazeaug", no_args_is_help=True, **{**PLAIN, "add_completion": True})


def show_version(is_wanted: bool) -> None:
    """Print the version and stop."""
    if is_wanted:
        import gazeaug

        print(f"gazeaug {gazeaug.__version__}")
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

    Examples:
        gazeaug prepare unityeyes UnityEyes_Windows/imgs -o unityeyes.h5
        gazeaug refine-dataset unityeyes.h5 --labels look_vec
        gazeaug demo
    """
