"""The gaze guard: it reads the gaze however an eye is shown, holds the refiner and not itself, and is resumed."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from gazeaug.errors import InputError, Interrupted
from gazeaug.estimators.augmentation import equalised
from gazeaug.eyefile.reader import open_eyes
from gazeaug.feeding.dataset import scaled, to_NCHW
from gazeaug.feeding.sampler import evenly_spread
from gazeaug.gaze.angles import angular_error_degrees
from gazeaug.gaze.label import needed_gaze
from gazeaug.runs.folder import METRICS, read_lines
from gazeaug.samples.renderer import SampleEyes, render_eyes
from gazeaug.training import gaze_guard
from gazeaug.training.algorithm import update_refiner
from gazeaug.training.gaze_guard import GazeGuard, read_gaze, seen_otherwise, train_gaze_guard
from gazeaug.training.loop import train
from gazeaug.training.plan import plan_training
from gazeaug.training.recipes import RECIPES, Recipe
from gazeaug.training.state import build_state
from tests.makers.eye_files import write_eyes
from tests.makers.processes import finished
from tests.makers.runs import TINY
from tests.training.test_loop import assert_same_tensors, interrupt_at
from tests.training.test_parallel import N_EXACT, OPTIONS, SUMMED, train_by_two

pytestmark = pytest.mark.usefixtures("one_thread")
N_LEARNED, N_TESTED = 1_500, 200


@pytest.fixture(scope="module")
def eyes() -> SampleEyes:
    return render_eyes(N_LEARNED + N_TESTED, domain="synthetic", seed=0)


@pytest.fixture(scope="module")
def guard(eyes: SampleEyes) -> GazeGuard:
    return trained_on(eyes.images, eyes.look_vec)


def trained_on(images: np.ndarray, look_vec: np.ndarray) -> GazeGuard:
    """A guard that has learned from the first of the eyes, in a second or so."""
    torch.manual_seed(0)
    guard = GazeGuard(images.shape[1:])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(gaze_guard, "N_UPDATES", 240)
        rows = slice(N_LEARNED)
        train_gaze_guard(guard, images[rows], look_vec[rows, :3], seed=0, device=torch.device("cpu"))
    return guard


def degrees_off(guard: GazeGuard, images: np.ndarray, look_vec: np.ndarray) -> float:
    with torch.no_grad():
        return float(angular_error_degrees(guard.read(scaled(to_NCHW(images))).numpy(), look_vec).mean())


@pytest.fixture
def pair(tmp_path: Path) -> dict[str, str]:
    names = ("synthetic", "real")
    return {name: str(write_eyes(tmp_path / f"{name}.h5", 40, seed=i)) for i, name in enumerate(names)}


@pytest.fixture
def quickly_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gaze_guard, "N_UPDATES", 3)


def test_it_reads_the_gaze_however_an_eye_is_shown(guard, eyes):
    images, look_vec = eyes.images[N_LEARNED:], eyes.look_vec[N_LEARNED:]
    middle = np.tile(eyes.look_vec[:N_LEARNED].mean(0), (N_TESTED, 1))
    constant = float(angular_error_degrees(middle, look_vec).mean())
    shown = [
        images,
        seen_otherwise(images.astype(np.float32), np.random.default_rng(1)),
        ((equalised(to_NCHW(images)) + 1) * 127.5).round().byte().squeeze(1).numpy(),
    ]
    assert constant > 20
    for pictures in shown:
        assert degrees_off(guard, pictures, look_vec) < constant / 2.5


def test_a_shifted_iris_costs_more_than_another_exposure(guard, eyes):
    """The same eye, looking a few degrees aside, against the same eye half as bright again or through a gamma."""
    images = scaled(to_NCHW(eyes.images[N_LEARNED:]))
    shifted = torch.roll(images, 2, dims=3)
    unlike = [1.3 * (images + 1) - 1, 0.7 * (images + 1) - 1, 2 * ((images + 1) / 2) ** 1.4 - 1]
    with torch.no_grad():
        assert float(guard(images, images)) == 0
        for pictures in unlike:
            assert (pictures - images).abs().mean() > (shifted - images).abs().mean()
            assert float(guard(images, pictures.clamp(-1, 1))) < float(guard(images, shifted)) / 3


def test_gradients_reach_what_is_refined_alone(guard, eyes):
    before, after = (scaled(to_NCHW(eyes.images[i : i + 8])).requires_grad_() for i in (0, 8))
    guard(before, after).backward()
    assert after.grad is not None
    assert after.grad.abs().sum() > 0
    assert before.grad is None
    assert [one.grad for one in guard.parameters()] == [None] * len(list(guard.parameters()))
    assert not guard.training
    assert not any(one.requires_grad for one in guard.parameters())


def test_a_guard_reads_in_fp32_within_bf16(guard, eyes):
    before, after = (scaled(to_NCHW(eyes.images[i : i + 8])) for i in (0, 8))
    with torch.autocast("cpu", torch.bfloat16):
        moved = guard(before, after)
    assert torch.equal(moved, guard(before, after))


@pytest.mark.parametrize("shape", [(16, 18), (16, 18, 3), (72, 90), (70, 110, 3)])
def test_grey_and_colour_small_and_large(shape, monkeypatch):
    monkeypatch.setattr(gaze_guard, "N_UPDATES", 1)
    rng = np.random.default_rng(0)
    images, look_vec = rng.integers(0, 256, (20, *shape), dtype=np.uint8), rng.normal(size=(20, 3)).astype("f4")
    guard = GazeGuard(shape)
    train_gaze_guard(guard, images, look_vec, seed=0, device=torch.device("cpu"))
    given = scaled(to_NCHW(images))
    assert min(guard.shrunk(given).shape[2:]) <= 2 * gaze_guard.SHORT_SIDE
    assert guard.read(given).shape == (20, 3)


def test_the_refiner_is_held_and_the_guard_stays_as_it_is(tmp_path, pair, quickly_trained):
    plan = plan_training(
        run_dir=tmp_path / "run", **pair, **{**TINY, "gaze_guard": 1e4}, optimizer="sgd", residual=False
    )
    state, without = build_state(plan), build_state(plan)
    without.gaze_guard = None
    assert state.gaze_guard is not None
    frozen = {name: value.clone() for name, value in state.gaze_guard.state_dict().items()}
    losses = update_refiner(state)
    assert float(losses["gaze_guard"]) > 0
    assert "gaze_guard" not in update_refiner(without)
    assert not torch.equal(state.refiner.last.weight, without.refiner.last.weight)
    for name, value in state.gaze_guard.state_dict().items():
        assert torch.equal(value, frozen[name]), name


def test_a_guard_changes_nothing_that_is_drawn(tmp_path, pair, quickly_trained):
    """First weights and batches are those of a run without it."""
    plans = [plan_training(run_dir=tmp_path / "run", **pair, **{**TINY, "gaze_guard": weight}) for weight in (0.0, 1.0)]
    without, guarded = map(build_state, plans)
    assert without.gaze_guard is None
    for name, value in without.refiner.state_dict().items():
        assert torch.equal(value, guarded.refiner.state_dict()[name]), name
    assert torch.equal(without.synthetic.draw(), guarded.synthetic.draw())


def test_resumed_equals_uninterrupted_and_trains_no_guard_again(tmp_path, pair, quickly_trained, monkeypatch):
    options = {**pair, **TINY, "gaze_guard": 30.0, "steps": 6}
    whole = train(**options, run_dir=tmp_path / "whole")
    assert all("gaze_guard" in line for line in read_lines(whole / METRICS))
    interrupt_at(monkeypatch, "move_average", call=3)
    with pytest.raises(Interrupted):
        train(**options, run_dir=tmp_path / "parts")
    monkeypatch.setattr("gazeaug.training.state.train_gaze_guard", lambda *_, **__: pytest.fail("trained again"))
    assert_same_tensors(whole, train(resume=tmp_path / "parts"))


def unlabelled(path: str) -> None:
    with h5py.File(path, "r+") as file:
        del file["look_vec"]


def test_eyes_without_gaze_are_refused_where_the_guard_is_asked_for(tmp_path, pair):
    unlabelled(pair["synthetic"])
    with pytest.raises(InputError, match="no label of the names"):
        plan_training(run_dir=tmp_path / "run", **pair, **{**TINY, "gaze_guard": 30.0})
    assert plan_training(run_dir=tmp_path / "run", **pair, **{**TINY, "gaze_guard": 0.0}).labelled is None


def test_a_recipe_s_guard_is_left_out_for_eyes_without_gaze(tmp_path, pair, monkeypatch):
    unlabelled(pair["synthetic"])
    monkeypatch.setitem(RECIPES, "guarded", Recipe(when="In this test.", options={"gaze_guard": 30.0}))
    said: list[str] = []
    tiny = {name: value for name, value in TINY.items() if name != "gaze_guard"}
    run = train(**pair, **tiny, recipe="guarded", steps=1, run_dir=tmp_path / "run", say=said.append)
    assert said.count(f"gaze guard off: {pair['synthetic']} holds no gaze whose convention is known") == 1
    assert json.loads((run / "config.json").read_text())["config"]["gaze_guard"] == 0
    assert "gaze_guard" not in read_lines(run / METRICS)[0]
    assert train(resume=run, steps=2) == run


@pytest.mark.parametrize(("bad", "found"), [(0, "vectors of length 0"), (np.nan, "NaN or infinity")])
def test_rows_without_a_direction_are_named(tmp_path, monkeypatch, bad, found):
    """In `look_vec` they are refused as the file is opened; in any other label, where the guard reads them."""
    path = write_eyes(tmp_path / "eyes.h5", 30)
    with h5py.File(path, "r+") as file:
        file.move("look_vec", "gaze")
        row = evenly_spread(30, 15)[3]
        file["gaze"][row] = bad
    monkeypatch.setattr(gaze_guard, "MOST_EYES", 15)
    with open_eyes(path) as eyes, pytest.raises(InputError, match=rf"'gaze' must be .*{found} in row {row};.*guard 0"):
        read_gaze(eyes, needed_gaze(eyes.labels, str(path)))
    with h5py.File(path, "r+") as file:
        file["gaze"][row] = (0, 3, 4, 0)
    with open_eyes(path) as eyes:
        found = read_gaze(eyes, needed_gaze(eyes.labels, str(path)))
    assert found.rows.tolist() == evenly_spread(30, 15).tolist()
    np.testing.assert_allclose(found.look_vec[3], (0, 0.6, 0.8), rtol=1e-6)


def test_two_processes_guard_as_one(tmp_path, pair):
    files = [word for name, path in pair.items() for word in (f"--{name}", path)]
    arguments = [*OPTIONS.split(), "--steps", str(N_EXACT), *files, "--gaze-guard", "30", *SUMMED]
    arguments += ["--learning-rate", "1e-3", "--run-dir"]  # at SUMMED's own, the guard throws the refiner about
    said = tmp_path / "said.txt"
    assert finished(["train", *arguments, str(tmp_path / "run1")], folder=tmp_path, said=said) == 0, said.read_text()
    train_by_two([*arguments, str(tmp_path / "run2")], tmp_path)
    one, two = ([line["gaze_guard"] for line in read_lines(tmp_path / f"run{n}" / METRICS)] for n in (1, 2))
    assert one[-1] > 0
    assert two == pytest.approx(one, rel=1e-4, abs=1e-9)
