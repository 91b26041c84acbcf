"""Two sets of one kind are a toss, two kinds are told apart, and the interval is what a toss of coins would have."""

from __future__ import annotations

import numpy as np
import pytest

from gazeaug.evaluation.two_sample_test import told_apart
from gazeaug.samples.renderer import render_eyes

pytestmark = pytest.mark.usefixtures("one_thread", "few_updates")


SIZE = (24, 38)


@pytest.fixture
def few_updates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough to tell these sets apart; small sets are seen over and over otherwise."""
    monkeypatch.setattr("gazeaug.evaluation.two_sample_test.LEAST_UPDATES", 60)


def test_pictures_of_one_kind_are_a_toss():
    eyes = render_eyes(512, domain="camera", seed=0, size=SIZE).images
    found = told_apart(eyes[:256], eyes[256:])
    assert found.low < 0.5 < found.high
    assert found.high - found.low < 0.12


def test_two_kinds_are_told_apart_and_a_seed_repeats(monkeypatch):
    synthetic, camera = (render_eyes(160, domain=name, seed=0, size=SIZE).images for name in ("synthetic", "camera"))
    assert told_apart(synthetic, camera, seed=3).low > 0.9
    monkeypatch.setattr("gazeaug.evaluation.two_sample_test.LEAST_UPDATES", 10)
    few = told_apart(synthetic[:50], camera[:50], seed=3)
    assert few == told_apart(synthetic[:50], camera[:50], seed=3)


def test_a_longer_set_does_not_help_who_always_answers_the_same():
    """All pictures are equal: whatever the network answers, it is right in half of them."""
    grey = np.full((300, 16, 16), 128, np.uint8)
    assert told_apart(grey, grey[:20]).value == 0.5


def test_colour_is_seen():
    dice = np.random.default_rng(0)
    grey = dice.integers(0, 200, (100, 24, 24, 1), np.uint8).repeat(3, 3)
    assert told_apart(grey, grey + np.array([40, 0, 0], np.uint8)).value > 0.9
