"""Every estimator learns gaze, repeats itself by seed, takes head poses, and refuses what it cannot use."""

from __future__ import annotations

import builtins

import numpy as np
import pytest
import torch

from gazeaug.errors import InputError
from gazeaug.estimators.augmentation import AUGMENTATIONS, NORMALISATIONS
from gazeaug.estimators.network import vectors_of
from gazeaug.estimators.options import EstimatorConfig
from gazeaug.estimators.registry import LEARNING_RATES, NETWORKS, train_estimator
from gazeaug.gaze.angles import angular_error_degrees, look_vec_to_pitchyaw, pitchyaw_to_look_vec
from gazeaug.options import options_of
from gazeaug.samples.renderer import SampleEyes, render_eyes

pytestmark = pytest.mark.usefixtures("one_thread")
CHOICES = {option.name: option.choices for option in options_of(EstimatorConfig)}
QUICK = {"cnn": {"epochs": 1, "min_updates": 12}}


@pytest.fixture(scope="module")
def eyes() -> tuple[SampleEyes, SampleEyes]:
    train, test = (render_eyes(n, domain="synthetic", seed=seed, size=(24, 38)) for n, seed in ((1000, 0), (300, 1)))
    return train, test


@pytest.mark.parametrize("name", CHOICES["estimator"])
def test_it_beats_the_constant_answer(eyes, name):
    train, test = eyes
    config = EstimatorConfig(estimator=name, device="cpu", **QUICK.get(name, {"epochs": 2, "min_updates": 0}))
    found = train_estimator(config, train.images, train.look_vec)(test.images)
    constant = np.repeat(train.look_vec.mean(0, keepdims=True), len(test.images), axis=0)
    assert found.shape == (300, 2)
    error = angular_error_degrees(pitchyaw_to_look_vec(found), test.look_vec).mean()
    assert error < 0.9 * angular_error_degrees(constant, test.look_vec).mean()


@pytest.mark.parametrize("shape", [(36, 60), (40, 30, 3)])
@pytest.mark.parametrize("name", NETWORKS)
def test_pictures_of_any_size_and_head_poses(name, shape):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (8, *shape), dtype=np.uint8)
    look_vec, pose = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
    config = EstimatorConfig(estimator=name, device="cpu", epochs=1, min_updates=0, batch_size=4, augment="ordinary")
    estimator = train_estimator(config, images, look_vec, pose)
    assert not np.array_equal(estimator(images, pose), estimator(images, pose + 1))


@pytest.mark.parametrize("name", ["knn", "knn-embedding"])
def test_the_head_pose_draws_neighbours(eyes, name):
    train, test = eyes
    config = EstimatorConfig(estimator=name, device="cpu", epochs=1, min_updates=0)
    pose = look_vec_to_pitchyaw(train.look_vec) * 100  # says all that there is to know
    found = train_estimator(config, train.images, train.look_vec, pose)
    angles = found(test.images, look_vec_to_pitchyaw(test.look_vec) * 100)
    assert angular_error_degrees(pitchyaw_to_look_vec(angles), test.look_vec).mean() < 2


def test_a_seed_repeats_and_another_does_not(eyes):
    train, test = eyes
    config = EstimatorConfig(device="cpu", epochs=1, min_updates=0, augment="ordinary")
    first, again, other = (
        train_estimator(config, train.images, train.look_vec, seed=seed)(test.images) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_angles_and_vectors_agree():
    angles = np.array([[0.1, -0.4], [-0.3, 0.2]])
    np.testing.assert_allclose(vectors_of(torch.from_numpy(angles)).numpy(), pitchyaw_to_look_vec(angles))


def test_small_sets_are_seen_more_often():
    config = EstimatorConfig(epochs=6, min_updates=500, batch_size=64)
    assert (config.n_epochs(640), config.n_epochs(64_000)) == (50, 6)


def test_refusals(eyes, monkeypatch):
    with pytest.raises(InputError, match="--estimator must be one of small, cnn.*got 'tree'"):
        EstimatorConfig(estimator="tree")
    with pytest.raises(InputError, match="--min-updates must be at least 0"):
        EstimatorConfig(min_updates=-1)
    with pytest.raises(InputError, match="at least 24 x 24, got 16 x 18"):
        train_estimator(EstimatorConfig(), np.zeros((4, 16, 18), np.uint8), np.ones((4, 3)))

    def without(name, *rest, real=builtins.__import__):
        if name.startswith("sklearn"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=r"pip install 'gazeaug\[evaluate\]'"):
        train_estimator(EstimatorConfig(estimator="knn"), eyes[0].images, eyes[0].look_vec)


def test_every_choice_is_there():
    assert CHOICES["estimator"] == (*NETWORKS, "knn", "knn-embedding")
    assert LEARNING_RATES.keys() == NETWORKS.keys()
    assert CHOICES["normalise"] == tuple(NORMALISATIONS)
    assert CHOICES["augment"] == tuple(AUGMENTATIONS)
