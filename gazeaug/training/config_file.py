"""Options of training from a file: YAML or JSON, or the config.json of any run. Imports no torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gazeaug.errors import InputError
from gazeaug.file_kinds import but_found
from gazeaug.options import Option, flag, old_names, options_of
from gazeaug.renames import NewName, by_new_names
from gazeaug.suggestions import did_you_mean
from gazeaug.training.config import TrainConfig

SETTINGS = "config"  # the key under which a run's config.json holds them, beside facts on its files
TYPED = ("run-dir", "resume", "config", "list-recipes", "force")  # options of the command that training has not
KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}


def read_config_file(path: Path | str) -> dict[str, Any]:
    """Options of `gazeaug.train` by name; paths in it are relative to the working folder.

    Args:
        path: YAML or JSON: a mapping of options, spelled as on the command line without the dashes before them
            (`batch-size`), or as in Python (`batch_size`); or a run's config.json, of which the settings are taken.

    Raises:
        InputError: there is no such file, it is no mapping, or a key or a value is none of training's.
    """
    values = parsed(Path(path))
    values = values[SETTINGS] if isinstance(values.get(SETTINGS), Mapping) else values
    options = {option.flag[2:]: option for option in options_of(TrainConfig)}
    new_names = {flag(old)[2:]: NewName(flag(new.name)[2:]) for old, new in old_names(TrainConfig).items()}
    by_flag = by_new_names({flag(str(key))[2:]: value for key, value in values.items()}, new_names, warns=False)
    for key in by_flag:
        if key in TYPED:
            raise InputError(f"{path}: {key} cannot stand in the file; type --{key} on the command line.")
        if key not in options:
            raise InputError(f"{path}: training has no option '{key}'{did_you_mean(key, options)}")
    return {options[key].name: value_of(options[key], value, path) for key, value in by_flag.items()}


def parsed(path: Path) -> dict[str, Any]:
    """The mapping that a file holds.

    Raises:
        InputError: there is none, or it is no YAML.
    """
    import yaml

    if not path.is_file():
        raise InputError(f"{path}: expected a file of training options, {but_found(path)}.")
    try:
        text = path.read_text("utf-8")
        values = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
        check_keys_once(path, yaml.compose(text, Loader=yaml.SafeLoader) if path.suffix != ".json" else None)
    except (ValueError, yaml.YAMLError) as error:  # ValueError: no JSON, or no UTF-8
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: expected YAML or JSON with training options ({reason}).") from error
    if not isinstance(values, dict):
        found = "none" if values is None else f"{values!r:.40}"
        raise InputError(f"{path}: expected options and values such as 'steps: 1500', found {found}.")
    return values


def check_keys_once(path: Path, document: Any) -> None:
    """Refuse a YAML mapping that has a key twice, by which YAML means the last one; `document` is its node.

    Raises:
        InputError: naming the option.
    """
    seen: set[str] = set()
    for key, _ in getattr(document, "value", ()) if getattr(document, "id", "") == "mapping" else ():
        name = flag(str(key.value))[2:]
        if name in seen:
            raise InputError(f"{path}: {name} is given twice; give it once.")
        seen.add(name)


def value_of(option: Option, value: Any, path: Path | str) -> Any:
    """A value in the type of its option; YAML takes 2e-4 for text, and 1 for a whole number.

    Raises:
        InputError: it is of another type.
    """
    if isinstance(value, list) and all(isinstance(one, str) for one in value) and str in option.kinds:
        return ",".join(value)
    kind = next((kind for kind in KINDS if kind in option.kinds), str)
    if kind is float and isinstance(value, int | str) and not isinstance(value, bool):
        try:
            return float(value)
        except ValueError:
            pass
    if value is None and option.takes_none:
        return None
    if type(value) is not kind:
        raise InputError(
            f"{path}: {option.flag[2:]} must be {KINDS[kind]}, got {'no value' if value is None else repr(value)}."
        )
    return value
