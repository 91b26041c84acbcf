"""Options, said once: a dataclass field's annotation holds its sentence, range, choices and place in the help.

A field such as

    batch_size: Annotated[int, Ge(2), SCHEDULE, Doc("Pictures of each kind a step.")] = 16

is checked here when the dataclass is made, and becomes `--batch-size` of a command in `gazeaug_cli.options`. Bounds are
those of `annotated_types`, choices are a `Literal`. On a size, (H, W), a bound holds for both sides.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass
from enum import Enum
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from annotated_doc import Doc
from annotated_types import Ge

from gazeaug.errors import InputError
from gazeaug.kinds import check_kind, kinds_in
from gazeaug.renames import NewName, by_new_names
from gazeaug.suggestions import did_you_mean

BOUNDS = {"ge": operator.ge, "gt": operator.gt, "le": operator.le, "lt": operator.lt}
RULES = {
    ("ge",): "be at least {ge}",
    ("gt",): "be above {gt}",
    ("ge", "le"): "be from {ge} to {le}",
    ("ge", "lt"): "be at least {ge} and below {lt}",
    ("gt", "le"): "be above {gt} and at most {le}",
}

SMALLEST_SIDE = 16  # below it the discriminator's strides leave no patch
MAX_MEGAPIXELS = 100.0

T = TypeVar("T")


class Panel(Enum):
    """Groups of options in a command's help, in their order there."""

    COMMON = "Common options"
    DATA = "Data"
    OUTPUT = "Output"
    SCHEDULE = "Schedule"
    METHOD = "Method"
    NETWORKS = "Networks"
    HARDWARE = "Hardware"


COMMON, DATA, OUTPUT, SCHEDULE, METHOD, NETWORKS, HARDWARE = Panel


@dataclass(frozen=True)
class Shown:
    """How the command line shows an option, where that does not follow from its name, type and default."""

    also: str | None = None
    """A further spelling, such as "-m"."""
    off: str | None = None
    """The flag that says no."""
    metavar: str | None = None
    """Stands for the value."""
    unset: str | None = None
    """What None stands for."""
    was: str | None = None
    """The field's name in 0.1, which still works, with a note: see `gazeaug.renames`."""
    was_meant: str | None = None
    """The value that the old name, a flag, stands for."""


Labels = Annotated[
    Sequence[str] | str | None,
    DATA,
    Doc("Labels to carry, separated by commas or repeated."),
    Shown(metavar="NAME,...", unset="all"),
]
SIZE = "Size of the pictures: cut to its aspect ratio, then resized, never stretched."
Size = Annotated[tuple[int, int], Ge(SMALLEST_SIDE), OUTPUT, Doc(SIZE)]
Image = Annotated[str, DATA, Doc("HDF5 dataset or group with the pictures."), Shown(metavar="KEY")]
Convention = Annotated[
    str | None,
    DATA,
    Doc("Convention of the gaze, if the file does not say it: unityeyes, opencv, mpiigaze, ..."),
    Shown(metavar="NAME", unset="as the file says"),
]
Overwrite = Annotated[bool, OUTPUT, Doc("Replace an existing output.")]
FORCE = "Continue although the files look like the wrong ones."
Force = Annotated[bool, DATA, Doc(FORCE)]
Fresh = Annotated[bool, OUTPUT, Doc("Start over; do not resume interrupted work.")]


@dataclass(frozen=True, kw_only=True)
class Option:
    """A field that is an option."""

    name: str
    kinds: tuple[Any, ...]
    """The types that its value may have, without None."""
    takes_none: bool
    default: Any
    """`dataclasses.MISSING` where a value must be given."""
    bounds: Mapping[str, float]
    text: str
    panel: Panel | None
    shown: Shown

    @property
    def flag(self) -> str:
        """How the command line spells it."""
        return flag(self.name)

    @property
    def is_size(self) -> bool:
        """Whether its value is (H, W)."""
        return tuple[int, int] in self.kinds

    @property
    def choices(self) -> tuple[str, ...]:
        """The values that are taken; empty where there are others."""
        return tuple(choice for kind in self.kinds if get_origin(kind) is Literal for choice in get_args(kind))

    @property
    def rule(self) -> str:
        """What a value must do to be within the bounds, in words; empty where there are none."""
        if self.bounds == {"ge": 0} and self.kinds == (float,):
            return "not be negative"
        if self.bounds.get("lt") == math.inf:
            return f"be {number(self.bounds['ge'])} or more"
        words = {name: f"{bound}x{bound}" if self.is_size else number(bound) for name, bound in self.bounds.items()}
        return RULES[tuple(words)].format(**words) if words else ""

    def check(self, value: Any) -> None:
        """Refuse a value of another type, out of range, or none of the choices.

        Raises:
            InputError: naming the option, what is taken and what was given.
        """
        if value is None and self.takes_none:
            return
        if self.choices and value not in self.choices:
            meant = did_you_mean(value, self.choices)
            raise InputError(f"{self.flag} must be one of {', '.join(self.choices)}, got '{value}'{meant}")
        check_kind(self.flag, value, (*self.kinds, type(None)) if self.takes_none else self.kinds)
        sides = value if self.is_size else (value,)
        if not all(BOUNDS[name](side, bound) for name, bound in self.bounds.items() for side in sides):
            raise InputError(f"{self.flag} must {self.rule}, got {'x'.join(map(number, sides))}.")


class TakesOldNames(type):
    """Classes of options: a field may be given by the name that it had in 0.1."""

    def __call__(cls, *args: Any, **given: Any) -> Any:
        """Make an instance; raises InputError where a field is given by its old and its new name."""
        return super().__call__(*args, **by_new_names(given, old_names(cls)))


class Options(metaclass=TakesOldNames):
    """Base of frozen dataclasses of options: values out of range are refused as they are made."""

    def __post_init__(self) -> None:
        """Refuse values out of range, naming the option."""
        for option in options_of(type(self)):
            option.check(getattr(self, option.name))


@functools.cache
def options_of(kind: type) -> tuple[Option, ...]:
    """The options of a dataclass: its own in the order of its fields, then those of its bases."""
    hints = get_type_hints(kind, include_extras=True)
    fields = {field.name: field for field in dataclasses.fields(kind)}
    names = dict.fromkeys(name for each in kind.__mro__ for name in inspect.get_annotations(each))
    return tuple(option_of(fields[name], hints[name]) for name in names)


@functools.cache
def old_names(kind: type) -> dict[str, NewName]:
    """The names that fields of a dataclass had in 0.1."""
    return {
        option.shown.was: NewName(option.name, option.shown.was_meant)
        for option in options_of(kind)
        if option.shown.was is not None
    }


def option_of(field: dataclasses.Field[Any], hint: Any) -> Option:
    """What a field's annotation says."""
    kind, *said = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    kinds = kinds_in(kind)
    default = field.default if field.default_factory is MISSING else field.default_factory()
    return Option(
        name=field.name,
        kinds=tuple(each for each in kinds if each is not type(None)),
        takes_none=type(None) in kinds,
        default=default,
        bounds={name: bound for name in BOUNDS for each in said if (bound := getattr(each, name, None)) is not None},
        text=next((each.documentation for each in said if isinstance(each, Doc)), ""),
        panel=next((each for each in said if isinstance(each, Panel)), None),
        shown=next((each for each in said if isinstance(each, Shown)), Shown()),
    )


def number(value: float) -> str:
    """A number as it is typed."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def flag(name: str) -> str:
    """How the command line spells a field: k_g is --k-g, lambda_ is --lambda."""
    return "--" + name.rstrip("_").replace("_", "-")


def names_in(labels: Sequence[str] | str | None) -> list[str] | None:
    """The names in `Labels`; None for all."""
    if labels is None:
        return None
    return labels.split(",") if isinstance(labels, str) else list(labels)


def narrowed(options: Any, kind: type[T]) -> T:
    """Those of some options that are a smaller dataclass."""
    return kind(**{field.name: getattr(options, field.name) for field in dataclasses.fields(kind)})  # type: ignore[arg-type]
