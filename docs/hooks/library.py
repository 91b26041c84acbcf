"""The reference of the Python interface: whatever `gazeaug.__all__` holds, from its docstrings."""

from __future__ import annotations

from inspect import isclass
from typing import Any

from mkdocs.structure.files import File

import gazeaug

INTRODUCTION = """# Python

All of these are names of `gazeaug`, imported when they are first used: `import gazeaug` takes no time.
Mistakes in what is given raise [`InputError`][gazeaug.errors.InputError], what fails on the way
[`RunError`][gazeaug.errors.RunError]. Their texts are listed under [Troubleshooting](../troubleshooting.md)."""
RESULTS = ("gazeaug.eyefile.reader.EyeFile", "gazeaug.refining.work.RefineReport")
ERRORS = ("gazeaug.errors.InputError", "gazeaug.errors.RunError", "gazeaug.errors.Interrupted")


def on_files(files: Any, *, config: Any) -> Any:
    """Add the page."""
    files.append(File.generated(config, "reference/python.md", content=page()))
    return files


def page() -> str:
    """The page, for the tool that fills in docstrings."""
    names = {name: getattr(gazeaug, name) for name in gazeaug.__all__ if not name.startswith("_")}
    classes = {f"gazeaug.{name}" for name, found in names.items() if isclass(found)}
    functions = {f"gazeaug.{name}" for name, found in names.items() if callable(found)} - classes
    shown = {f"gazeaug.{name}" for name in names}
    blocks = {
        "Functions": sorted(functions),
        "Classes": sorted(classes),
        "What they return": [path for path in RESULTS if f"gazeaug.{path.rpartition('.')[2]}" not in shown],
        "Errors": [path for path in ERRORS if f"gazeaug.{path.rpartition('.')[2]}" not in shown],
    }
    parts = [f"## {title}\n\n" + "\n\n".join(f"::: {path}" for path in paths) for title, paths in blocks.items()]
    return "\n\n".join([INTRODUCTION, *parts])
