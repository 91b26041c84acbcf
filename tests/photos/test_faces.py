"""Boxes of faces: overlaps, tiles' boxes placed, landmarks that belong to a box."""

from __future__ import annotations

import numpy as np

from gazeaug.photos.faces import FaceBox, covers, placed, same_place, without_overlaps


def box(*edges: float, confidence: float = 0.5) -> FaceBox:
    return FaceBox(box=(edges[0], edges[1], edges[2], edges[3]), confidence=confidence, angle=0.0)


def test_of_boxes_in_one_place_the_most_confident_is_kept() -> None:
    weak, strong, other = box(0, 0, 10, 10), box(1, 1, 11, 11, confidence=0.9), box(40, 0, 50, 10, confidence=0.7)
    assert without_overlaps([weak, other, strong]) == [strong, other]


def test_unknown_confidence_comes_last() -> None:
    unknown, known = box(0, 0, 10, 10, confidence=float("nan")), box(40, 0, 50, 10)
    assert without_overlaps([unknown, known]) == [known, unknown]


def test_a_small_box_within_a_large_one_is_the_same_place() -> None:
    assert same_place(box(0, 0, 100, 100), box(40, 40, 50, 50))
    assert not same_place(box(0, 0, 10, 10), box(9, 9, 19, 19))


def test_a_box_of_a_reduced_tile_is_placed_in_the_picture() -> None:
    assert placed((1, 2, 3, 4), 2, (100, 50)) == (102, 54, 106, 58)


def test_landmarks_elsewhere_or_of_another_size_do_not_belong_to_a_box() -> None:
    square = np.array([(0, 0), (100, 0), (100, 100), (0, 100)], float)
    assert covers((0, 0, 100, 100), square)
    assert not covers((0, 0, 100, 100), square + 80)
    assert not covers((0, 0, 100, 100), 50 + (square - 50) * 0.5)
