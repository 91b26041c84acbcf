"""The head pose of an eye file: the label that holds it, read in the convention that is known of it.

What its numbers mean is in its attributes, or stated; a label that says nothing is never taken for radians.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import Label
from gazeaug.eyefile.row_checks import Rows, check_finite, named, numbers
from gazeaug.gaze.checks import FULL_TURN, ROUNDING, check_shape, checked, type_of
from gazeaug.gaze.conventions import AngleConvention, convention_of, head_rotation, meaning, rotation_angles
from gazeaug.gaze.head_conventions import (
    ANGLES,
    HEAD_CONVENTIONS,
    ROTATION,
    TURNS,
    HeadConvention,
    TurnConvention,
    rotation_vectors,
)
from gazeaug.gaze.head_labels import HEAD, YAW, contradicts, heads_in, said, said_turns, why_unknown, with_units
from gazeaug.gaze.label import KnownGaze
from gazeaug.suggestions import did_you_mean

AWAY = -0.5  # part of the face's direction towards the camera; less is a face turned by more than 120 degrees


@dataclass(frozen=True)
class KnownHead:
    """A label with the pose of the head, and what its numbers mean."""

    label: str
    convention: HeadConvention
    where: str
    """File and label, for messages."""

    def pitchyaw(self, values: NDArray[Any], rows: Rows = 0) -> NDArray[np.float64]:
        """Rows of the label as (N, 2) pitch and yaw in radians; where they are just that, to the last bit.

        They say where the head's z axis points, and so nothing of how far the head is tilted in the picture.

        Args:
            values: as the label has them.
            rows: their numbers, for messages.

        Raises:
            InputError: rows that are not finite, beyond a full turn, or of a face turned away; they are named.
        """
        if isinstance(self.convention, AngleConvention):
            known = KnownGaze(self.label, self.convention, self.where)
            return known.pitchyaw(with_pitch(values, self.convention), rows)
        return rotation_angles(self._rotations(self.convention, values, rows))

    def rotation(self, values: NDArray[Any], rows: Rows = 0) -> NDArray[np.float64]:
        """Rows of the label as (N, 3) rotation vectors in OpenCV's camera frame, in radians.

        Two angles say nothing of a roll, which is then 0. Args, Raises: as `pitchyaw`.
        """
        if isinstance(self.convention, AngleConvention):
            return head_rotation(self.pitchyaw(values, rows))
        if self.convention is ROTATION:
            return self._turns(values, rows)
        return rotation_vectors(self._rotations(self.convention, values, rows))

    def _turns(self, values: NDArray[Any], rows: Rows) -> NDArray[np.float64]:
        """Rotation vectors, found to be such."""
        wide = np.asarray(values, np.float64)
        check_finite(wide, self.where, rows)
        beyond = np.flatnonzero(np.linalg.norm(wide, axis=1) > FULL_TURN * ROUNDING)
        if len(beyond):
            raise InputError(
                f"{self.where} is read as a rotation vector in radians, found more than a full turn "
                f"({listed(wide[beyond[0]])}) in {named(numbers(beyond, rows))}; are they degrees?"
            )
        return wide

    def _rotations(self, convention: TurnConvention, values: NDArray[Any], rows: Rows) -> NDArray[np.float64]:
        """Rotations (N, 3, 3), of faces that the camera can see where the convention says so."""
        if convention is ROTATION:
            return convention.rotations(self._turns(values, rows))
        wide = checked(values, convention, self.where, rows)
        rotations = convention.rotations(np.deg2rad(wide) if convention.degrees else wide)
        away = np.flatnonzero((rotations[:, 2, 2] < AWAY) & convention.faces_camera)
        if len(away):
            raise InputError(
                f"{self.where} is read as {convention.name}, where a face that looks into the camera is (0, 180, 0), "
                f"found one that looks away ({listed(wide[away[0]])}) in {named(numbers(away, rows))}; state the "
                "convention that it is in (see docs/conventions.md)."
            )
        return rotations


def with_pitch(values: NDArray[Any], convention: AngleConvention) -> NDArray[Any]:
    """Two angles a row; where there is one, it is the yaw, and the pitch is 0."""
    if values.ndim > 1:
        return values
    pair = [values, np.zeros_like(values)] if convention.yaw_first else [np.zeros_like(values), values]
    return np.stack(pair, axis=1)


def listed(row: NDArray[np.float64]) -> str:
    """A row's numbers, for messages."""
    return ", ".join(f"{number:g}" for number in row)


def known_head(labels: Mapping[str, Label], where: str, *, convention: str | None = None) -> KnownHead | None:
    """The first label with a head pose of known meaning; None where there is none.

    Args:
        labels: of the file.
        where: the file, for messages.
        convention: one of `HEAD_CONVENTIONS`, as the user states it for labels that do not say.

    Raises:
        InputError: a convention is stated, but it is none, there is no such label, or the label is another.
    """
    if convention is not None:
        return stated_head(labels, where, convention)
    return next((found for name in heads_in(labels) if (found := said_head(labels, name, where))), None)


def said_head(labels: Mapping[str, Label], name: str, where: str) -> KnownHead | None:
    """A head pose as its own attributes say it; None where they do not."""
    found = said(labels[name])
    return None if isinstance(found, str) else KnownHead(name, found, f"{where}: label '{name}'")


def stated_head(labels: Mapping[str, Label], where: str, convention: str) -> KnownHead:
    """The head pose in the convention that the user states."""
    if convention not in HEAD_CONVENTIONS:
        meant = did_you_mean(convention, HEAD_CONVENTIONS)
        raise InputError(f"--head-convention must be one of {', '.join(HEAD_CONVENTIONS)}, got '{convention}'{meant}")
    names = list(heads_in(labels))
    if not names:
        there = ", ".join(sorted(labels)) or "none"
        raise InputError(f"{where}: no label of the names {', '.join(HEAD)}; the labels there are: {there}.")
    width = (3,) if convention in TURNS else (2,)
    name = next((name for name in names if labels[name].shape == width), names[0])
    label, place = labels[name], f"{where}: label '{name}'"
    if convention in TURNS:
        check_turns(label, TURNS[convention], place)
        return KnownHead(name, TURNS[convention], place)
    found = said(label)
    if isinstance(found, TurnConvention):
        raise InputError(f"{place}: its attributes say '{found.name}', --head-convention '{convention}'.")
    convention_of(label.attributes, place, stated=convention, option="--head-convention")
    is_yaw = label.shape == () and label.dtype.kind in "iuf" and (name == YAW or "yaw_positive" in label.attributes)
    if not is_yaw:
        check_shape(label, ANGLES[convention], place)
    return KnownHead(name, ANGLES[convention], place)


def check_turns(label: Label, convention: TurnConvention, where: str) -> None:
    """Refuse a label whose rows, or whose attributes, are not of a convention that is stated.

    Raises:
        InputError: beginning with `where`.
    """
    if label.dtype.kind not in "iuf" or label.shape != (3,):
        what = "a rotation vector" if convention is ROTATION else convention.name
        raise InputError(f"{where} must be 3 numbers a row to be {what}, found {label.shape} of {type_of(label)}.")
    stated = f"--head-convention {convention.name}"
    attributes = with_units(label.attributes)
    if contradicts(attributes, {"units": convention.units}, "units"):
        units = meaning(attributes["units"])
        raise InputError(f"{where}: its attribute units says '{units}', {stated} says '{convention.units}'.")
    found = said_turns(attributes)
    if isinstance(found, TurnConvention) and found is not convention:
        raise InputError(f"{where}: its attributes say '{found.name}', --head-convention '{convention.name}'.")


def notes_on_head(labels: Mapping[str, Label], head: KnownHead | None) -> list[str]:
    """What to say of a head pose that is known, or of why none is and a target gets zeros; a sentence each."""
    if head is None:
        return [f"head pose: zeros, as {why_unknown(labels)}"]
    label = labels[head.label]
    notes = [f"head pose: pitch and roll are 0, as '{head.label}' holds the yaw alone"] if label.shape == () else []
    if label.attributes.get("estimated"):
        notes.append(f"head pose: '{head.label}' is an estimate, as its attributes say")
    return notes
