"""Labels in pixels of the pictures, known by their attributes, and their way along when pictures are cut and resized.

`units` says pixels, and for points `axes` says from where: "x right, y down, pixel centres at integers" (or "edges not
centres"). Without `axes` a number a row is a distance. What is in pixels "of the photograph" that an eye was cut from
stays as it is, and so does whatever has other units.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import Label, text_of

IN_CROP = {"units": "pixels", "axes": "x right, y down, pixel centres at integers, of the crop"}
CORNERS = "left, top, right, bottom"  # attribute `order` of a box
PIXELS = re.compile(r"(in |image |picture |crop )?(pixels?|px|pix)\b")
ELSEWHERE, PICTURE = re.compile(r"\bthe photograph\b"), re.compile(r"\bthe picture\b")
OLD_PHOTOS = ("face_box", "eye_width_px")  # of which `prepare photos` once said "the picture" for the photograph
RIGHT_AND_DOWN = re.compile(r"x right, y down\b")
CENTRES, EDGES = re.compile(r"pixel cent(re|er)s at integers"), re.compile(r"edges not cent(re|er)s")
ONE_COORDINATE = re.compile(r"(.*_)?(x|y|left|right|top|bottom|row|column|col)(_px)?")
PARTS = "landmark|ldmk|keypoint|kpts?|kps|iris|pupil|limbus|sclera|cornea|glint|eyelid|lids?_|caruncle|margin|corner"
PLACES = re.compile(
    rf".*_(2d|px|xy)|.*({PARTS}|lids|bbox|box|rect|roi|contour|polygon|cent(er|re)s?|(?<!gaze_)points?|pts|coords).*"
)
ONE_NUMBER = re.compile(rf"(.*_)?({PARTS}).*_(c?[xyuv]|radius|diameter)")  # of points or circles, a label each
MANY = re.compile(
    r".*(landmark|ldmk|keypoint|kpts?|kps|ellipse|_2d).*"
)  # also with a score behind each, or all in one row
SOLID = re.compile(r".*(3d|_xyz|world|camera).*")  # places in space, in no picture
PROJECTION = re.compile(r"(.*_)?(camera_?matrix|intrinsics?|camera_k)")
SIZES = re.compile(r"((image|picture|crop)_)?(size|shape)")
WHAT_TO_DO = (
    "say by attributes what it is (units 'pixels' and axes 'x right, y down, pixel centres at integers', or its other "
    "units), or leave it out"
)


@dataclass(frozen=True)
class Resizing:
    """Pictures of one size, cut to a box of the aspect of another and brought to that."""

    before: tuple[int, int]
    """(H, W)."""
    after: tuple[int, int]
    left: float
    """Of the box, in pixels, edges not centres."""
    top: float
    scale: float
    """Pixels after for each before."""


@dataclass(frozen=True)
class Move:
    """The way of one label along with the pictures."""

    label: Label
    """As it is afterwards: its type holds fractions of pixels, its attributes the new sizes."""
    resizing: Resizing
    to_edge: float | None
    """What a coordinate lacks to be counted from the first pixel's edge; None for a distance."""

    def __call__(self, values: NDArray[Any]) -> NDArray[Any]:
        """Rows of the label, moved and scaled; NaN stays."""
        wide, scale = np.asarray(values, np.float64), self.resizing.scale
        if self.to_edge is None:
            return (wide * scale).astype(self.label.dtype)
        points = wide.reshape(*wide.shape[:-1], wide.shape[-1] // 2, 2)  # a box is two of them
        start = np.array([self.resizing.left, self.resizing.top])
        moved = (points + self.to_edge - start) * scale - self.to_edge
        found: NDArray[Any] = moved.reshape(wide.shape).astype(self.label.dtype)
        return found


def are_in_pixels(label: Label) -> bool:
    """Whether a label of places may be in pixels: it says so, or says no units at all."""
    return "units" not in label.attributes or is_pixels(text_of(label.attributes["units"]))


def is_pixels(units: str) -> bool:
    """Whether units are pixels, in whatever spelling."""
    return PIXELS.match(units.strip().lower()) is not None


def moves_of(labels: Mapping[str, Label], resizing: Resizing, where: str) -> dict[str, Move]:
    """The labels that have to move when pictures are resized, and how; all others stay as they are.

    Args:
        labels: those that are carried.
        resizing: of the pictures.
        where: the file, for messages.

    Raises:
        InputError: a label is in pixels, or looks so by its name, and does not say how it can be moved.
    """
    found = {name: move_of(name, label, resizing, f"{where}: label '{name}'") for name, label in labels.items()}
    return {name: move for name, move in found.items() if move is not None}


def move_of(name: str, label: Label, resizing: Resizing, where: str) -> Move | None:
    """How one label moves; None where it stays."""
    said = {key.lower(): text_of(value).strip().lower() for key, value in label.attributes.items()}
    said.setdefault("units", said.get("unit", ""))
    if label.shape[:2] == resizing.before:
        raise InputError(
            f"{where} has a value for each pixel of the pictures of {resizing.before[0]}x{resizing.before[1]}, and "
            "resizing would not change it; leave it out, or resize it where it is made."
        )
    units, axes = said.get("units", ""), said.get("axes", "")
    about = f"{units} {axes} {said.get('meaning', '')}"
    if ELSEWHERE.search(about) or (name in OLD_PHOTOS and PICTURE.search(about)):
        return None
    if not is_pixels(units) and (units or "pixel" not in axes):
        if not units and looks_like_places(name, label):
            raise InputError(f"{where} seems to hold positions in pixels, which resizing would not move; {WHAT_TO_DO}.")
        return None
    to_edge = reference_of(name, label, said, where)
    attributes = resized_attributes(label.attributes, resizing)
    if to_edge is None and isinstance(attributes.get("limit"), float | np.floating):  # of `drift_px`
        attributes["limit"] = float(attributes["limit"]) * resizing.scale
    return Move(replace(label, h5_type=type_for_fractions(label), attributes=attributes), resizing, to_edge)


def reference_of(name: str, label: Label, said: Mapping[str, str], where: str) -> float | None:
    """Where the coordinates of a label in pixels are counted from, see `Move.to_edge`.

    Raises:
        InputError: it does not say.
    """
    if label.dtype.kind not in "iuf":
        raise InputError(f"{where} is in pixels, but holds no numbers that resizing could move; leave it out.")
    axes = said.get("axes")
    if axes is None and label.shape == () and not ONE_COORDINATE.fullmatch(last_part(name)):
        return None
    is_box = label.shape[-1:] == (4,) and said.get("order") == CORNERS
    is_placed = axes is not None and RIGHT_AND_DOWN.match(axes) and (CENTRES.search(axes) or EDGES.search(axes))
    if axes is None or not is_placed or not (label.shape[-1:] == (2,) or is_box):
        raise InputError(
            f"{where} is in pixels, and resizing would not move it: its attributes say no axes that are known here "
            f"for rows of shape {label.shape}; {WHAT_TO_DO}."
        )
    return 0.5 if CENTRES.search(axes) else 0.0


def looks_like_places(name: str, label: Label) -> bool:
    """Whether a label that says no units has the name and the shape of something in pixels: points, boxes, distances,
    the matrix of a camera."""
    part, shape = last_part(name), label.shape
    if label.dtype.kind not in "iufO" or h5py.check_string_dtype(label.dtype) is not None:
        return False
    if SOLID.fullmatch(part) or shape == (3, 3):
        return shape == (3, 3) and PROJECTION.fullmatch(part) is not None
    if shape == () and label.dtype.kind != "O" and ONE_NUMBER.fullmatch(part):
        return True
    if MANY.fullmatch(part) and ((len(shape) == 2 and shape[1] == 3) or (len(shape) == 1 and shape[0] > 4)):
        return True
    has_shape = shape[-1:] == (2,) or shape == (4,) or label.dtype.kind == "O" or part.endswith(("_2d", "_px"))
    return has_shape and PLACES.fullmatch(part) is not None


def would_be_left_behind(name: str, label: Label) -> bool:
    """Whether a label is in pixels of the pictures: it says so, or says no units and looks so."""
    said = {key.lower(): text_of(value).strip().lower() for key, value in label.attributes.items()}
    units, axes = said.get("units", said.get("unit", "")), said.get("axes", "")
    if ELSEWHERE.search(f"{units} {axes} {said.get('meaning', '')}"):
        return False
    return is_pixels(units) or "pixel" in axes if units or axes else looks_like_places(name, label)


def last_part(name: str) -> str:
    """A label's name without the groups that it is in, in small letters."""
    return name.rsplit("/", 1)[-1].lower()


def type_for_fractions(label: Label) -> h5py.h5t.TypeID:
    """The label's own type where it holds fractions of pixels well enough, a wider one otherwise."""
    if label.dtype.kind == "f" and label.dtype.itemsize >= np.dtype(np.float32).itemsize:
        return label.h5_type
    return Label.of(np.result_type(label.dtype, np.float32)).h5_type


def resized_attributes(attributes: Mapping[str, Any], resizing: Resizing) -> dict[str, Any]:
    """Attributes of a label or of the pictures, with the new size in those that say the old one."""
    found = dict(attributes)
    for key, value in attributes.items():
        for before, after in ((resizing.before, resizing.after), (resizing.before[::-1], resizing.after[::-1])):
            if SIZES.fullmatch(key.lower()) and np.array_equal(np.asarray(value), before):
                found[key] = np.asarray(after, np.asarray(value).dtype)
                break
    return found
