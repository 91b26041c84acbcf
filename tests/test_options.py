"""Options said once: what a field's annotation refuses, in which words, and what is read out of it."""

from __future__ import annotations

import math
from dataclasses import MISSING, dataclass
from typing import Annotated, Any, Literal

import pytest
from annotated_doc import Doc
from annotated_types import Ge, Gt, Interval

from gazeaug.errors import InputError
from gazeaug.options import DATA, OUTPUT, Option, Options, Overwrite, Shown, narrowed, options_of

Whole = Annotated[int, Ge(2)]


@dataclass(frozen=True, kw_only=True)
class Few(Options):
    k_g: Annotated[Whole, DATA, Doc("Updates.")] = 2
    size: Annotated[tuple[int, int], Ge(16), OUTPUT, Doc("Of all."), Shown("-s")] = (35, 55)


@dataclass(frozen=True, kw_only=True)
class Many(Few):
    name: Annotated[str, Doc("Must be given.")]
    lambda_: Annotated[float, Interval(ge=0, lt=math.inf)] = 1.0
    least: Annotated[float, Ge(0)] = 1.0
    above: Annotated[float | None, Gt(0)] = None
    ema: Annotated[float, Interval(ge=0, lt=1)] = 0.5
    rate: Annotated[float, Interval(gt=0, le=1)] = 0.5
    variant: Annotated[int, Interval(ge=0, le=9)] = 0
    optimizer: Annotated[Literal["adam", "sgd"], Doc("Which.")] = "adam"
    mirror: Literal["right"] | None = None
    overwrite: Overwrite = False


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"k_g": 1}, "--k-g must be at least 2, got 1."),
        ({"size": (4, 40)}, "--size must be at least 16x16, got 4x40."),
        ({"lambda_": -1.0}, "--lambda must be 0 or more, got -1."),
        ({"lambda_": math.inf}, "--lambda must be 0 or more, got inf."),
        ({"lambda_": math.nan}, "--lambda must be 0 or more, got nan."),
        ({"least": -0.5}, "--least must not be negative, got -0.5."),
        ({"above": 0.0}, "--above must be above 0, got 0."),
        ({"ema": 1.0}, "--ema must be at least 0 and below 1, got 1."),
        ({"rate": 2e-7 - 1}, "--rate must be above 0 and at most 1, got -1."),
        ({"variant": 10}, "--variant must be from 0 to 9, got 10."),
        ({"optimizer": "lion"}, "--optimizer must be one of adam, sgd, got 'lion'."),
        ({"optimizer": None}, "--optimizer must be one of adam, sgd, got 'None'."),
        ({"mirror": "left"}, "--mirror must be one of right, got 'left'."),
    ],
)
def test_what_is_out_of_range_is_refused_in_one_sentence(given: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        Many(name="x", **given)
    assert str(caught.value) == said


def test_what_is_in_range_is_taken() -> None:
    many = Many(name="x", least=math.inf, rate=1.0, above=None, mirror=None, size=(16, 16))
    assert (many.rate, many.size, many.mirror) == (1.0, (16, 16), None)
    for wrong in ("three", (3, 3)):
        with pytest.raises(TypeError):
            Many(name="x", k_g=wrong)


def test_what_an_annotation_says() -> None:
    found = {option.name: option for option in options_of(Many)}
    assert (next(iter(found)), list(found)[-2:]) == ("name", ["k_g", "size"])
    assert (found["name"].default, found["k_g"].default) == (MISSING, 2)
    assert found["k_g"].text == "Updates."
    assert (found["k_g"].panel, found["size"].panel, found["ema"].panel) == (DATA, OUTPUT, None)
    assert (found["size"].shown.also, found["overwrite"].text) == ("-s", "Replace an existing output.")
    assert found["optimizer"].choices == ("adam", "sgd")
    assert isinstance(found["above"], Option)
    assert found["above"].takes_none


def test_a_smaller_dataclass_is_cut_out_of_a_larger_one() -> None:
    assert narrowed(Many(name="x", k_g=5), Few) == Few(k_g=5)
