"""Options of training on a benchmark's command line: `--set NAME=VALUE`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gazeaug.errors import InputError
from gazeaug.options import options_of
from gazeaug.training.config import TrainConfig

TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def training_options(given: Sequence[str]) -> dict[str, Any]:
    """NAME=VALUE texts as typed options of `TrainConfig`; the range of each is checked.

    Raises:
        InputError: no such option, or a value that it does not take.
    """
    known = {option.name: option for option in options_of(TrainConfig) if option.name not in ("synthetic", "real")}
    found: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        name = name.strip("-").replace("-", "_")
        name = name if name in known else f"{name}_"
        if not equals or name not in known:
            raise InputError(f"--set {text}: expected NAME=VALUE with an option of training.")
        try:
            found[name] = typed(value, known[name].kinds)
        except (KeyError, ValueError) as error:
            raise InputError(f"--set {text}: '{value}' is not a value of {name}.") from error
        known[name].check(found[name])
    return found


def typed(value: str, kinds: Sequence[Any]) -> Any:
    """A text as the first of the types that it can be."""
    if bool in kinds:
        return TRUTH[value.lower()]
    for kind in (int, float):
        if kind in kinds:
            return kind(value)
    return value
