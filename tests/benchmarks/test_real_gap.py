"""Real eyes as targets: persons kept apart, gaze known up to a constant, intervals over persons, no work done twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.real_gap import refiners
from benchmarks.real_gap.eyes import COLUMBIA, MPIIGAZE, TARGETS, RealEyes, folds_of, read_target
from benchmarks.real_gap.offset import moved, sclera_ratio
from benchmarks.real_gap.results import CEILING, SOURCE, FoldRow, Row, figures_of, fitted, table_of
from benchmarks.training_options import training_options
from gazeaug.errors import InputError
from gazeaug.samples.normalised import render_normalised
from tests.makers.runs import TINY

pytestmark = pytest.mark.usefixtures("one_thread")


def real_eyes(n_persons: int = 8, each: int = 3) -> RealEyes:
    """Eyes whose every third picture is not tested on."""
    n = n_persons * each
    persons = np.repeat([f"{person:02d}" for person in range(n_persons)], each)
    return RealEyes(np.zeros((n, 36, 60), np.uint8), np.zeros((n, 2)), persons, np.arange(n) % 3 > 0)


def fold_row(row: str, fold: int, made_by: str = "", n: int = 12) -> FoldRow:
    """Two seeds that are right everywhere."""
    truth = np.random.default_rng(fold).uniform(-0.2, 0.2, (n, 2))
    persons = np.array([f"{fold}{i % 3}" for i in range(n)])
    return FoldRow(row, "", fold, 2, made_by, np.stack([truth] * 2), truth, persons, None, {})


def test_folds_share_no_person_and_test_each_once():
    folds = folds_of(real_eyes(), crossed=True, validate=False)
    for fold in folds:
        assert not set(fold.learn.persons) & set(fold.test.persons)
        assert fold.test.testable.all()
        assert not fold.learn.testable.all()
    assert sorted(person for fold in folds for person in set(fold.test.persons)) == sorted(set(real_eyes().persons))


def test_validating_sees_no_test_person():
    first, *_ = folds_of(real_eyes(), crossed=True, validate=False)
    for fold in folds_of(real_eyes(), crossed=True, validate=True):
        assert not set(fold.learn.persons) & set(fold.test.persons)
        assert {*fold.learn.persons, *fold.test.persons} == set(first.learn.persons)


def test_the_fit_takes_away_an_affine_map_of_each_group_and_no_more():
    rng = np.random.default_rng(0)
    truth, groups = rng.normal(size=(60, 2)), np.repeat(["a", "b"], 30)
    said = np.where(groups[:, None] == "a", truth @ [[2, 0.3], [0.1, 0.5]] + 1, truth[:, ::-1] - 3)
    np.testing.assert_allclose(fitted(said, truth, groups), truth, atol=1e-9)
    assert np.abs(fitted(said, truth, np.repeat("a", 60)) - truth).max() > 0.1
    blind = fitted(np.ones((60, 2)), truth, groups)
    np.testing.assert_allclose(blind[:30], np.tile(truth[:30].mean(0), (30, 1)), atol=1e-9)


def test_a_known_difference_is_within_its_interval_over_persons_which_is_paired():
    rng, each = np.random.default_rng(0), 5
    persons = np.repeat([f"{i:02d}" for i in range(20)], each)
    hard = np.repeat(rng.uniform(4, 14, 20), each)  # persons differ by far more than rows do
    rows = [
        Row(name, np.tile(hard - less, (2, 1)), persons, {}) for name, less in ((SOURCE, 0), ("b", 1), (CEILING, 2))
    ]
    source, refined, ceiling = figures_of(rows, ceiling=2)
    assert source.degrees.high - source.degrees.low > 1
    assert refined.difference.low == pytest.approx(-1) == refined.difference.high
    assert refined.closed is not None
    assert refined.closed.low == pytest.approx(0.5) == refined.closed.high
    assert ceiling.closed is None


def test_persons_are_drawn_and_not_their_pictures():
    persons = np.repeat([f"{i:02d}" for i in range(6)], 100)
    errors = np.tile(np.repeat([2.0, 4, 6, 8, 10, 12], 100), (2, 1))
    by_person, by_eye = (
        figures_of([Row(SOURCE, errors, who, {})], ceiling=None)[0].degrees
        for who in (persons, np.array([f"{i:03d}" for i in range(600)]))
    )
    assert by_person.high - by_person.low > 5 * (by_eye.high - by_eye.low)


def test_a_table_waits_for_all_folds_of_one_making(tmp_path):
    for row in (SOURCE, CEILING):
        for fold in (0, 1):
            fold_row(row, fold).save(tmp_path)
    fold_row("refined", 0, "steps=1").save(tmp_path)
    assert "refined: unfinished, 1 of 2 folds" in table_of(tmp_path)
    assert "| refined |" in table_of(tmp_path, one_way=True)
    fold_row("refined", 1, "steps=2").save(tmp_path)
    assert "different options or code" in table_of(tmp_path)
    fold_row("refined", 1, "steps=1").save(tmp_path)
    assert "| refined |" in table_of(tmp_path)


@pytest.mark.slow
def test_a_refiner_is_trained_once_for_its_options(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    images, real = (rng.integers(0, 256, (24, 36, 60), np.uint8) for _ in range(2))
    look_vec = np.tile([0.0, 0.0, -1.0], (24, 1))
    trained = []
    train = refiners.train
    monkeypatch.setattr(refiners, "train", lambda **given: trained.append(given) or train(**given))
    first = refiners.refined_by(tmp_path, images, look_vec, real, {**TINY, "steps": 2})
    again = refiners.refined_by(tmp_path, images, look_vec, real, {**TINY, "steps": 2})
    assert len(trained) == 1
    np.testing.assert_array_equal(first, again)
    refiners.refined_by(tmp_path, images, look_vec, real, {**TINY, "steps": 3})
    refiners.refined_by(tmp_path, images, look_vec, real[:20], {**TINY, "steps": 2})
    assert len(trained) == 3


def test_training_options_are_typed_and_checked():
    given = ["lambda=2", "k-g=2", "camera=no", "match=histogram", "discriminator_rate=0.5"]
    expected = {"lambda_": 2.0, "k_g": 2, "camera": False, "match": "histogram", "discriminator_rate": 0.5}
    assert training_options(given) == expected
    for wrong in ("nothing=1", "steps", "steps=many", "camera=perhaps", "k_g=0", "match=colour", "real=x.h5"):
        with pytest.raises(InputError):
            training_options([wrong])


@pytest.mark.real_data
@pytest.mark.parametrize("target", TARGETS)
def test_the_real_sets_are_split_by_person(real_data_folder: Path, target: str):
    eyes = read_target(real_data_folder, target)
    folds = folds_of(eyes, crossed=target != MPIIGAZE, validate=False)
    for fold in folds:
        assert not set(fold.learn.persons) & set(fold.test.persons)
    if target == COLUMBIA:
        assert [len(set(fold.test.persons)) for fold in folds] == [12, 12]
        assert sum(len(fold.test.images) for fold in folds) == 1006


def test_pictures_are_moved_by_whole_pixels_and_their_edges_repeated():
    image = np.arange(12, dtype=np.uint8).reshape(1, 3, 4)
    np.testing.assert_array_equal(moved(image, 1)[0, 0], [0, 0, 1, 2])
    np.testing.assert_array_equal(moved(image, -2)[0, 0], [2, 3, 3, 3])
    np.testing.assert_array_equal(moved(image, 0), image)


def test_light_from_the_left_lightens_the_sclera_there():
    gaze = np.random.default_rng(0).uniform(-0.2, 0.2, (200, 2))
    eyes = render_normalised(gaze, np.zeros((200, 2)), seed=0).images
    slope = np.linspace(1.2, 0.8, eyes.shape[2])
    lit = np.clip(eyes * slope, 0, 255).astype(np.uint8)
    assert sclera_ratio(lit) > sclera_ratio(eyes) + 0.1
