"""The history fills, keeps its capacity, and remembers many past steps."""

from __future__ import annotations

import torch

from gazeaug.refiner.history import History


def filled(capacity: int, steps: int, batch: int = 4) -> tuple[History, torch.Generator]:
    """A history in which every picture is the number of the step that made it, from 1."""
    history, dice = History(capacity, (1, 2, 2), torch.device("cpu")), torch.Generator().manual_seed(0)
    for step in range(1, steps + 1):
        history.store(torch.full((batch, 1, 2, 2), float(step)), dice)
    return history, dice


def test_it_fills_and_keeps_its_capacity():
    assert filled(40, 3)[0].n_images == 12
    history, _ = filled(40, 100)
    assert history.n_images == history.capacity == 40
    assert (history.images_NCHW > 0).all()


def test_a_sample_comes_from_many_past_steps():
    history, dice = filled(200, 300)
    steps = history.draw(100, dice)[:, 0, 0, 0]
    assert len(steps) == 100
    assert len(steps.unique()) > 30
    assert steps.max() - steps.min() > 50


def test_a_half_empty_history_gives_only_what_it_holds():
    history, dice = filled(40, 1)
    assert (history.draw(10, dice) == 1).all()
    assert len(history.draw(10, dice)) == 4
    assert len(filled(40, 0)[0].draw(10, dice)) == 0


def test_a_batch_larger_than_the_history_does_no_harm():
    history, _ = filled(3, 5, batch=8)
    assert history.n_images == 3
