"""The reference of the Python interface: whatever `gazeaug.__all__` holds, from its docstrings."""

from __future__ import annotations

from inspect import isclass, isfunction
from typing import Any

from mkdocs.structure.files import File

import gazeaug

INTRODUCTION = """# Python

Use the functions and classes as `gazeaug.NAME`. Each part is imported at its first use, so `import gazeaug` is fast.

Wrong arguments and files raise [`InputError`][gazeaug.errors.InputError]. Failures during the work raise
[`RunError`][gazeaug.errors.RunError]. [Troubleshooting](../troubleshooting.md) lists the messages.

Tests run every example."""
BESIDE = {  # what is no name of gazeaug itself, but met by whoever uses it
    "What they return": ("gazeaug.eyefile.reader.EyeFile", "gazeaug.refining.work.RefineReport"),
    "Errors": ("gazeaug.errors.Interrupted",),
}


def on_files(files: Any, *, config: Any) -> Any:
    """Add the page."""
    files.append(File.generated(config, "reference/python.md", content=page()))
    return files


def page() -> str:
    """The page, for the tool that fills in docstrings."""
    found = {f"gazeaug.{name}": getattr(gazeaug, name) for name in gazeaug.__all__ if not name.startswith("_")}
    functions = [path for path in sorted(found) if isfunction(found[path])]
    for path in functions:
        if hasattr(
            found[path], "__signature__"
        ):  # that tool would show the function below, whose options have no names
            vars(found[path]).pop("__wrapped__", None)
    errors = [path for path in sorted(found) if isclass(found[path]) and issubclass(found[path], Exception)]
    classes = [path for path in sorted(found) if isclass(found[path]) and path not in errors]
    others = [path for path in sorted(found) if path not in (*functions, *errors, *classes)]
    blocks = {
        "Functions": functions,
        "Classes": classes,
        "What they return": BESIDE["What they return"],
        "Errors": [*errors, *BESIDE["Errors"]],
        "Others": others,
    }
    parts = [
        "\n\n".join([f"## {title}", *(f"::: {path}" for path in paths)]) for title, paths in blocks.items() if paths
    ]
    return "\n\n".join([INTRODUCTION, *parts])
