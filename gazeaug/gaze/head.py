"""The head pose of an eye file: the label that holds it, read in the convention that is known of it, as pitch and yaw.

What its numbers mean is in its attributes, or stated; a label that says nothing is never taken for radians.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import Label, text_of
from gazeaug.eyefile.row_checks import Rows, check_finite, named, numbers
from gazeaug.gaze.checks import FULL_TURN, ROUNDING, check_shape
from gazeaug.gaze.conventions import (
    CONVENTIONS,
    HEAD_ROTATION,
    AngleConvention,
    convention_of,
    head_angles,
    head_rotation,
    meaning,
)
from gazeaug.gaze.label import KnownGaze

HEAD = ("head_pitchyaw", "headpose_pitchyaw", "face_head_pose", "head_pose")  # where pitch and yaw are looked for
ANGLES = {name: each for name, each in CONVENTIONS.items() if isinstance(each, AngleConvention)}
ROTATION = "rotation-vector"
HEAD_CONVENTIONS = (*ANGLES, ROTATION)
BY_UNITS = {"radians": "mpiigaze", "degrees": "degrees"}


@dataclass(frozen=True)
class KnownHead:
    """A label with the pose of the head, and what its numbers mean."""

    label: str
    angles: AngleConvention | None
    """None where it is MPIIGaze's rotation vector."""
    where: str
    """File and label, for messages."""

    def pitchyaw(self, values: NDArray[Any], rows: Rows = 0) -> NDArray[np.float64]:
        """Rows of the label as (N, 2) pitch and yaw in radians; where they are just that, to the last bit.

        Args:
            values: as the label has them.
            rows: their numbers, for messages.

        Raises:
            InputError: rows that are not finite, or beyond a full turn; they are named.
        """
        if self.angles is not None:
            return KnownGaze(self.label, self.angles, self.where).pitchyaw(values, rows)
        return head_angles(self._turns(values, rows))

    def rotation(self, values: NDArray[Any], rows: Rows = 0) -> NDArray[np.float64]:
        """Rows of the label as (N, 3) rotation vectors in OpenCV's camera frame, in radians.

        Two angles say nothing of a roll, which is then 0. Args, Raises: as `pitchyaw`.
        """
        if self.angles is not None:
            return head_rotation(self.pitchyaw(values, rows))
        return self._turns(values, rows)

    def _turns(self, values: NDArray[Any], rows: Rows) -> NDArray[np.float64]:
        """Rotation vectors, found to be such."""
        wide = np.asarray(values, np.float64)
        check_finite(wide, self.where, rows)
        beyond = np.flatnonzero(np.linalg.norm(wide, axis=1) > FULL_TURN * ROUNDING)
        if len(beyond):
            turn = ", ".join(f"{number:g}" for number in wide[beyond[0]])
            raise InputError(
                f"{self.where} is read as a rotation vector in radians, found more than a full turn ({turn}) in "
                f"{named(numbers(beyond, rows))}; are they degrees?"
            )
        return wide


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
    return next((found for name in HEAD if name in labels and (found := said_head(labels, name, where))), None)


def said_head(labels: Mapping[str, Label], name: str, where: str) -> KnownHead | None:
    """A head pose as its own attributes say it; None where they do not.

    Where the unit is said, order and signs that are not are MPIIGaze's: pitch before yaw, up, to the image's left.
    """
    label, place = labels[name], f"{where}: label '{name}'"
    if label.dtype.kind not in "iuf":
        return None
    if label.shape == (3,):
        return KnownHead(name, None, place) if text_of(label.attributes.get("kind")) == HEAD_ROTATION else None
    said = dict(label.attributes)
    said.setdefault("angle_order", said.get("order", "pitch, yaw"))
    if label.shape != (2,) or "units" not in said:
        return None
    usual = BY_UNITS.get(meaning(said["units"]))
    matching = [each for each in ANGLES.values() if agrees_so_far(said, each)]
    chosen = ANGLES[usual] if usual is not None and ANGLES[usual] in matching else next(iter(matching), None)
    return None if chosen is None else KnownHead(name, chosen, place)


def agrees_so_far(said: Mapping[str, Any], convention: AngleConvention) -> bool:
    """Whether none of some attributes speaks against a convention."""
    return all(meaning(said[key]) == meaning(value) for key, value in convention.attributes.items() if key in said)


def stated_head(labels: Mapping[str, Label], where: str, convention: str) -> KnownHead:
    """The head pose in the convention that the user states."""
    if convention not in HEAD_CONVENTIONS:
        raise InputError(f"--head-convention must be one of {', '.join(HEAD_CONVENTIONS)}, got '{convention}'.")
    name = named_head(labels)
    if name is None:
        there = ", ".join(sorted(labels)) or "none"
        raise InputError(f"{where}: no label of the names {', '.join(HEAD)}; the labels there are: {there}.")
    label, place = labels[name], f"{where}: label '{name}'"
    if convention == ROTATION:
        if label.dtype.kind not in "iuf" or label.shape != (3,):
            raise InputError(f"{place} must be 3 numbers a row to be a rotation vector, found {label.shape}.")
        units = meaning(label.attributes.get("units", "radians"))
        if units != "radians":
            said = f"its attribute units says '{units}', --head-convention {ROTATION} says 'radians'"
            raise InputError(f"{place}: {said}.")
        known = said_head(labels, name, where)
        if known is not None and known.angles is not None:
            raise InputError(f"{place}: its attributes say '{known.angles.name}', --head-convention '{convention}'.")
        return KnownHead(name, None, place)
    stated = convention_of(label.attributes, place, stated=convention, option="--head-convention")
    check_shape(label, stated, place)
    return KnownHead(name, ANGLES[stated.name], place)


def named_head(labels: Mapping[str, Label]) -> str | None:
    """The label whose name is that of a head pose, whatever it holds; None where there is none."""
    return next((name for name in HEAD if name in labels), None)
