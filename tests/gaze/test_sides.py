"""Which eyes stand as left ones do."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from gazeaug.eyefile.labels import TEXT, Label
from gazeaug.gaze.sides import (
    Sides,
    count_sides,
    mirrored_label,
    side_label,
    side_of,
    unknown_note,
    unmirrored_note,
)


@pytest.mark.parametrize(
    ("sides", "mirrored", "n"),
    [
        (["left", "right", "right"], None, 2),
        ([b"left", b"right", b"right"], [0, 1, 0], 1),
        (["left", "right"], [0, 1], 0),  # as the trainers have them
        (["right", "right"], [0, 0], 0),  # all alike
        (["left", "left"], None, 0),
        (["right", "right"], [1, 0], 1),  # one of them stands as a left eye does
        (["left", "right"], [1, 0], 0),  # photos --mirror left: all stand as right eyes
        (["L", "R", "Right", ""], None, 2),
        ([], None, 0),
    ],
)
def test_unmirrored_right_eyes_beside_left_ones(sides, mirrored, n):
    flips = None if mirrored is None else np.array(mirrored, np.uint8)
    assert count_sides(np.array(sides, object), flips).n_mixed == n


def test_slabs_of_rows_are_added_up():
    slabs = count_sides(["right"] * 3) + count_sides(["left"] * 2)
    assert slabs == Sides(n_as_left=2, n_unmirrored_right=3)
    assert (slabs.n_mixed, count_sides(["right"] * 3).n_mixed) == (3, 0)


def test_the_label_and_its_values():
    number, numbers = Label.of("u1"), Label.of("u1", (2,))
    assert side_label({"gaze": number, "eye": TEXT}) == "eye"
    assert side_label({"eye": TEXT, "side": Label.of("S5")}) == "side"
    assert side_label({"eye": number, "side": Label.of(h5py.vlen_dtype("u1"))}) is None  # of no words
    assert mirrored_label({"mirrored": number}) == "mirrored"
    assert mirrored_label({"mirrored": numbers}) is mirrored_label({}) is None
    assert [side_of(value) for value in (np.bytes_(b"right"), " Left ", 1, "both")] == ["right", "left", None, None]


def test_sentence():
    assert unmirrored_note(1500).startswith("1,500 right eyes stand unmirrored beside left ones")
    assert unmirrored_note(1).endswith("--mirror right does it.")
    said = unknown_note(1500, "eye", "do this")
    assert said.startswith("'eye' names 1,500 right eyes, and no label 'mirrored' says whether they are mirrored")
    assert said.endswith("; do this.")
