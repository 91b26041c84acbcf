"""Which labels of an eye file hold a head pose, and what their attributes say of its numbers, or lack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gazeaug.eyefile.labels import Label, text_of
from gazeaug.gaze.checks import type_of
from gazeaug.gaze.conventions import AngleConvention, meaning
from gazeaug.gaze.head_conventions import ANGLES, COLUMBIA_YAW, ROTATION, TURNS, HeadConvention, TurnConvention

YAW = "head_yaw"  # one number a row
HEAD = ("head_pitchyaw", "headpose_pitchyaw", "face_head_pose", "head_pose", YAW)  # where a head pose is looked for
KINDS = {meaning(each.attributes["kind"]) for each in TURNS.values()} | {meaning(COLUMBIA_YAW["kind"])}
BY_UNITS = {"radians": "mpiigaze", "degrees": "degrees"}
STATES = "--head-convention states it"
SHAPES = ((2,), (3,), (3, 3))  # of a row, of labels that may be a head pose by their name


def heads_in(labels: Mapping[str, Label]) -> Iterator[str]:
    """Labels that are a head pose by their name, then those that say so by their attribute `kind`."""
    yield from (name for name in HEAD if name in labels)
    for name, label in labels.items():
        if name not in HEAD and "kind" in label.attributes and meaning(label.attributes["kind"]) in KINDS:
            yield name


def named_head(labels: Mapping[str, Label]) -> str | None:
    """The first label that is a head pose by its name or kind, whatever it holds; None where there is none."""
    return next(heads_in(labels), None)


def said(label: Label) -> HeadConvention | str:
    """The convention that a label's own attributes say; what they lack, the end of a sentence, where they do not.

    Where the unit of two angles is said, order and signs that are not are MPIIGaze's: pitch before yaw, up, to the
    image's left.
    """
    attributes = with_units(label.attributes)
    if label.dtype.kind not in "iuf":
        return f"holds {type_of(label)} and no numbers"
    if label.shape == (3,):
        return said_turns(attributes)
    if label.shape == (2,):
        return said_angles(attributes)
    if label.shape == ():
        return said_yaw(attributes)
    if label.shape == (3, 3):
        kind = text_of(attributes.get("kind", "of which nothing is said"))
        return f"holds matrices ({kind}), and does not say where in its world the face looks"
    return f"has rows of shape {label.shape}, as no head pose that is known here"


def with_units(attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same, with `units` where others say `unit`."""
    return {"units": attributes["unit"], **attributes} if "unit" in attributes else attributes


def said_turns(attributes: Mapping[str, Any]) -> TurnConvention | str:
    """The same of three numbers a row."""
    kind = meaning(attributes.get("kind", ""))
    order = None if kind else meaning(attributes.get("order", ""))
    for each in TURNS.values():
        if kind == meaning(each.attributes["kind"]) or (each.earlier_order and order == meaning(each.earlier_order)):
            against = [key for key in ("units", "frame") if contradicts(attributes, each.attributes, key)]
            return each if not against else f"says {quoted(attributes, ('kind', 'order', *against))}: a contradiction"
    units = meaning(attributes.get("units", ""))
    if kind or units not in ("", "degrees", "radians"):
        return f"says {quoted(attributes, ('kind', 'units', 'order'))}, which no convention here has"
    if units == "degrees":
        return f"holds 3 numbers in degrees and does not say about which axes; if UnityEyes', {STATES}: unityeyes"
    if units == "radians":
        return f"holds 3 numbers in radians and does not say what; if a rotation vector, {STATES}: {ROTATION.name}"
    return f"does not say what its 3 numbers are; {STATES} ({', '.join(TURNS)})"


def said_angles(attributes: Mapping[str, Any]) -> AngleConvention | str:
    """The same of two numbers a row."""
    found = dict(attributes)
    found.setdefault("angle_order", found.get("order", "pitch, yaw"))
    if "units" not in found:
        return f"says nothing of its numbers; {STATES}"
    usual = ANGLES.get(BY_UNITS.get(meaning(found["units"]), ""))
    matching = [each for each in ANGLES.values() if agrees_so_far(found, each)]
    if not matching:
        keys = ("units", "order", "angle_order", "pitch_positive", "yaw_positive")
        return f"says {quoted(attributes, keys)}, which no convention here has"
    return usual if usual in matching else matching[0]


def said_yaw(attributes: Mapping[str, Any]) -> AngleConvention | str:
    """The same of one number a row, which is the yaw: its unit and its side must be said."""
    found = dict(attributes)
    if text_of(found.get("sign", "")) == COLUMBIA_YAW["sign"]:  # as earlier versions wrote it
        found.setdefault("yaw_positive", COLUMBIA_YAW["yaw_positive"])
    if not {"units", "yaw_positive"} <= found.keys():
        return f"holds one number a row and does not say its units and side (yaw_positive: image left); {STATES}"
    matching = [each for each in ANGLES.values() if agrees_so_far(found, each)]
    return matching[0] if matching else f"says {quoted(found, ('units', 'yaw_positive'))}, which no convention here has"


def agrees_so_far(attributes: Mapping[str, Any], convention: AngleConvention) -> bool:
    """Whether none of some attributes speaks against a convention."""
    return not any(contradicts(attributes, convention.attributes, key) for key in convention.attributes)


def contradicts(attributes: Mapping[str, Any], convention: Mapping[str, str], key: str) -> bool:
    """Whether an attribute is said and is another than a convention's."""
    return key in attributes and key in convention and meaning(attributes[key]) != meaning(convention[key])


def quoted(attributes: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    """Attributes that are there, for messages."""
    return ", ".join(f"{key} '{text_of(attributes[key])}'" for key in keys if key in attributes)


def why_unknown(labels: Mapping[str, Label]) -> str:
    """Why no head pose of a file is known."""
    name = named_head(labels)
    if name is not None:
        return f"'{name}' {said(labels[name])}"
    lacking = "no label holds pitch and yaw of the head"
    other = [
        name
        for name, label in labels.items()
        if label.dtype.kind in "iuf" and label.shape in SHAPES and {"head", "pose", "headpose"} & set(words_of(name))
    ]
    return f"{lacking} ('{other[0]}' is none of the names {', '.join(HEAD)})" if other else lacking


def words_of(name: str) -> list[str]:
    """A label's name, in parts."""
    return name.lower().replace("/", "_").replace("-", "_").split("_")
