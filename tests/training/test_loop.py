"""Training: what a run leaves, exact resumption, Ctrl-C, and everything that must be refused."""

from __future__ import annotations

import json
import os
import pickletools
import signal
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from torch import Tensor
from typer.testing import CliRunner

from gazeaug.errors import InputError, Interrupted, RunError
from gazeaug.feeding.dataset import EyeDataset, scaled, to_NCHW
from gazeaug.refiner.losses import local_adversarial
from gazeaug.runs.checkpoints import load_checkpoint, load_refiner
from gazeaug.runs.folder import METRICS, newest_run, read_lines, read_state
from gazeaug.runs.validation import Validation
from gazeaug.training import algorithm
from gazeaug.training.loop import train
from gazeaug.training.plan import plan_training
from gazeaug.training.state import TrainingState, build_state
from gazeaug_cli.app import app
from tests.makers.eye_files import write_eyes
from tests.makers.runs import TINY

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def pair(tmp_path: Path) -> dict[str, str]:
    synthetic = write_eyes(tmp_path / "unityeyes.h5", 40)
    return {"synthetic": str(synthetic), "real": str(write_eyes(tmp_path / "real.h5", 30, seed=1))}


@pytest.fixture
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def tensors_of(run: Path) -> dict[str, np.ndarray]:
    tensors, _ = load_checkpoint(run / read_state(run)["checkpoint"])
    return {name: tensor.numpy() for name, tensor in tensors.items()}


def assert_same_tensors(one: Path, other: Path) -> None:
    first, second = tensors_of(one), tensors_of(other)
    assert first.keys() == second.keys()
    for name, tensor in first.items():
        np.testing.assert_array_equal(tensor, second[name], err_msg=name)


def test_a_run_leaves_all_that_it_promises(tmp_path, pair):
    run = train(**pair, **TINY, steps=4, checkpoint_interval=2, run_dir=tmp_path / "run")
    assert json.loads((run / "config.json").read_text())["config"]["steps"] == 4
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2, 3, 4]
    assert {"adversarial", "self_regularisation", "discriminator_real"} <= lines[0].keys()
    assert sorted(path.name for path in (run / "grids").iterdir()) == ["0000002.png", "0000004.png"]
    state = read_state(run)
    assert (state["step"], state["checkpoint"], state["complete"]) == (4, "checkpoint-0000004.safetensors", True)
    assert state["best"]["checkpoint"] in ("checkpoint-0000002.safetensors", "checkpoint-0000004.safetensors")
    assert {"distance", "sharpness", "drift_p99", "accuracy_held_out", "accuracy_history"} <= lines[-1].keys()
    assert not list(run.rglob("*.partial"))


def test_no_file_of_a_run_is_a_pickle(tmp_path, pair):
    run = train(**pair, **TINY, steps=1, run_dir=tmp_path / "run")
    for path in run.rglob("*"):
        if path.is_file():
            with pytest.raises(ValueError, match="."):
                list(pickletools.genops(path.read_bytes()))


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_interrupted_and_resumed_equals_uninterrupted(tmp_path, pair, monkeypatch, optimizer):
    options = {**pair, **TINY, "optimizer": optimizer, "augmentation": optimizer == "adam", "steps": 9, "k_g": 2}
    whole = train(**options, run_dir=tmp_path / "whole")
    interrupt_at(monkeypatch, "move_average", call=4)
    said = "stopped at step 4 of 9; a checkpoint is saved. To resume, type: gazeaug train --resume --run-dir .*parts"
    with pytest.raises(Interrupted, match=said):
        train(**options, run_dir=tmp_path / "parts")
    parts = train(resume=tmp_path / "parts")
    assert_same_tensors(whole, parts)
    assert (whole / "metrics.jsonl").read_text() == (parts / "metrics.jsonl").read_text()


def test_the_pretraining_can_be_interrupted_too(tmp_path, pair, monkeypatch):
    options = {**pair, **TINY, "refiner_pretrain_steps": 3, "discriminator_pretrain_steps": 3, "steps": 2}
    whole = train(**options, run_dir=tmp_path / "whole")
    interrupt_at(monkeypatch, "pretrain_refiner", call=1)
    with pytest.raises(Interrupted, match="stopped at step 0"):
        train(**options, run_dir=tmp_path / "parts")
    assert_same_tensors(whole, train(resume=tmp_path / "parts"))


def interrupt_at(monkeypatch: pytest.MonkeyPatch, update: str, *, call: int) -> None:
    """Press Ctrl-C in the midst of the given call of an update; the average moves once a step."""
    original, calls = getattr(algorithm, update), iter(range(1, 1000))

    def pressed(state: TrainingState) -> dict[str, Tensor] | None:
        if next(calls) == call:
            os.kill(os.getpid(), signal.SIGINT)
        return original(state)

    monkeypatch.setattr(algorithm, update, pressed)


def test_a_finished_run_can_be_made_longer(tmp_path, pair):
    options = {**pair, **TINY, "decay": 0.0}  # a schedule reckoned back from the end would be another one
    whole = train(**options, steps=6, run_dir=tmp_path / "whole")
    train(**options, steps=3, run_dir=tmp_path / "longer")
    assert_same_tensors(whole, train(resume=tmp_path / "longer", steps=6))
    assert json.loads((tmp_path / "longer" / "config.json").read_text())["config"]["steps"] == 6


def test_the_same_seed_repeats_and_another_does_not(tmp_path, pair):
    first, again = (train(**pair, **TINY, steps=2, run_dir=tmp_path / name) for name in "ab")
    assert_same_tensors(first, again)
    other = train(**pair, **TINY, steps=2, seed=1, run_dir=tmp_path / "c")
    assert not np.array_equal(tensors_of(first)["refiner.first.weight"], tensors_of(other)["refiner.first.weight"])


def test_a_loss_that_is_not_finite_stops_the_run_and_names_the_last_good_checkpoint(tmp_path, pair, monkeypatch):
    original, calls = algorithm.update_refiner, iter(range(1, 100))
    monkeypatch.setattr(
        algorithm,
        "update_refiner",
        lambda state: original(state) | ({"adversarial": torch.tensor(torch.nan)} if next(calls) == 4 else {}),
    )
    with pytest.raises(RunError, match=r"adversarial became nan at step 4; .*checkpoint-0000002\.safetensors"):
        train(**pair, **TINY, steps=9, checkpoint_interval=2, run_dir=tmp_path / "run")
    assert read_state(tmp_path / "run")["step"] == 2


def test_colour_trains_as_well(tmp_path):
    paths = [write_eyes(tmp_path / name, 20, shape=(16, 16, 3)) for name in ("a.h5", "b.h5")]
    run = train(synthetic=str(paths[0]), real=str(paths[1]), **TINY, steps=1, run_dir=tmp_path / "run")
    assert tensors_of(run)["refiner.last.weight"].shape[0] == 3 * 2**2  # squares of two by two pixels


# Large pictures take long: as few of them as will do.
FEW = {**TINY, "batch_size": 2, "camera_steps": 1, "discriminator_pretrain_steps": 1}


@pytest.mark.parametrize("shape", [(36, 60), (60, 36), (64, 96), (37, 61, 3), (224, 224, 3)])
def test_eyes_of_other_sizes_train_and_come_out_as_they_went_in(tmp_path, shape):
    paths = [write_eyes(tmp_path / name, 20, shape=shape, seed=i) for i, name in enumerate(("a.h5", "b.h5"))]
    run = train(synthetic=str(paths[0]), real=str(paths[1]), **FEW, steps=1, run_dir=tmp_path / "run")
    refiner, state = load_refiner(run / read_state(run)["checkpoint"])
    assert state["image_shape"] == list(shape)
    eyes = scaled(to_NCHW(EyeDataset(paths[0]).read(np.arange(3))))
    refined = refiner(eyes)
    assert refined.shape == eyes.shape
    assert refined.abs().max() <= 1
    assert not torch.equal(refined, eyes)
    assert "score" in read_lines(run / METRICS)[-1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, "--batch-size must be at least 2, got 0"),
        ({"lambda_": -1.0}, "--lambda must be 0 or more, got -1"),
        ({"lambda_": float("nan")}, "--lambda must be 0 or more"),
        ({"steps": -5}, "--steps must be at least 1, got -5"),
        ({"k_g": 0}, "--k-g must be at least 1"),
        ({"learning_rate": 0.0}, "--learning-rate must be above 0"),
        ({"optimizer": "lion"}, "--optimizer must be one of adam, sgd, got 'lion'"),
        ({"device": "tpu"}, "--device must be one of auto, cpu, cuda, cuda:N, got 'tpu'"),
        ({"batch_size": 64}, "real.h5: holds 30 pictures, less than half a batch of 64"),
    ],
)
def test_options_out_of_range_are_refused_and_nothing_is_written(tmp_path, pair, options, message):
    with pytest.raises(InputError, match=message):
        train(**pair, **{**TINY, **options}, run_dir=tmp_path / "run")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["real.h5", "unityeyes.h5"]


def test_two_sizes_are_refused(tmp_path, pair):
    pair["real"] = str(write_eyes(tmp_path / "wide.h5", 30, shape=(16, 20)))
    with pytest.raises(InputError, match="16 x 18 grey, .*wide.h5 of 16 x 20 grey"):
        train(**pair, **TINY, run_dir=tmp_path / "run")


def test_one_constant_picture_is_refused(tmp_path, pair):
    with h5py.File(pair["real"], "r+") as file:
        file["image"][...] = 127
    with pytest.raises(InputError, match="real.h5: holds one constant picture, grey level 127"):
        train(**pair, **TINY, run_dir=tmp_path / "run")


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_cuda_where_there_is_none_says_what_is_missing(tmp_path, pair):
    with pytest.raises(InputError, match="--device cuda: .*install"):
        train(**pair, **{**TINY, "device": "cuda"}, run_dir=tmp_path / "run")


def test_a_folder_with_something_in_it_is_no_run_directory(tmp_path, pair):
    with pytest.raises(InputError, match="must be a new or empty folder"):
        train(**pair, **TINY, run_dir=tmp_path)


@pytest.mark.parametrize("option", ["seed", "batch_size"])
def test_resuming_keeps_the_settings(tmp_path, pair, option):
    train(**pair, **TINY, steps=1, run_dir=tmp_path / "run")
    with pytest.raises(InputError, match=f"leave out {option}"):
        train(resume=tmp_path / "run", **{option: 8})


TINY_LINE = ["train", "--steps=2", "--batch-size=4", "--features=4", "--blocks=1", "--device=cpu"]
TINY_LINE += ["--camera-steps=2", "--discriminator-pretrain-steps=1"]


def test_the_command_takes_the_files_that_are_here_and_goes_on(in_folder, pair):
    answer = CliRunner().invoke(app, TINY_LINE)
    assert answer.exit_code == 0, answer.stderr
    run = newest_run(complete=True)
    assert f"2 steps of training -> {run} (" in answer.stdout
    answer = CliRunner().invoke(app, ["train", "--resume", "--steps", "3"])
    assert answer.exit_code == 0, answer.stderr
    assert f"resuming {run}" in answer.stdout
    assert read_state(run)["step"] == 3


def test_the_command_makes_sample_data_where_there_is_none(in_folder, monkeypatch):
    monkeypatch.setattr("gazeaug.training.data.N_SAMPLES", 64)
    answer = CliRunner().invoke(app, TINY_LINE)
    assert answer.exit_code == 0, answer.stderr
    assert "making 64 sample eyes" in answer.stdout
    assert {"unityeyes.h5", "real.h5"} <= {path.name for path in in_folder.iterdir()}


@pytest.mark.parametrize("missing", ["synthetic", "real"])
def test_the_command_stops_where_only_one_set_is(in_folder, pair, missing):
    Path(pair[missing]).unlink()
    answer = CliRunner().invoke(app, TINY_LINE)
    assert answer.exit_code == 2
    assert f"--{missing}" in answer.stderr
    assert not (in_folder / "runs").exists()


def test_resuming_where_nothing_ran(in_folder):
    answer = CliRunner().invoke(app, ["train", "--resume"])
    assert answer.exit_code == 2
    assert "type gazeaug train first" in answer.stderr


def test_a_run_that_gains_nothing_more_ends_by_itself(tmp_path, pair):
    options = {**TINY, "learning_rate": 1e-9, "validation_interval": 1, "stop_when_flat": 3}
    run = train(**pair, **options, steps=50, run_dir=tmp_path / "run")
    state = read_state(run)
    assert state["step"] < 50
    assert state["complete"]


def test_the_best_checkpoint_is_the_last_of_those_with_a_good_score(tmp_path, pair, monkeypatch):
    scores = iter([1.0, 0.6, 1.3, 1.4])  # as four checkpoints find them, each by a single validation
    validate = Validation.validate
    monkeypatch.setattr(Validation, "validate", lambda *given: validate(*given) | {"score": next(scores)})
    run = train(**pair, **TINY, steps=8, checkpoint_interval=2, run_dir=tmp_path / "run")
    best = read_state(run)["best"]
    assert (best["step"], best["score"], best["lowest"]) == (6, 1.3, 0.6)


def test_the_learning_rate_falls_to_zero_over_the_last_half(tmp_path, pair):
    state = build_state(plan_training(run_dir=tmp_path / "run", **pair, **TINY, steps=8, learning_rate=1e-3))
    rates = [state.refiner_optimizer.param_groups[0]["lr"] for _ in algorithm.algorithm_1(state)]
    assert rates == pytest.approx([1e-3] * 5 + [0.75e-3, 0.5e-3, 0.25e-3])


def test_the_mean_of_the_weights_is_what_a_checkpoint_gives_out(tmp_path, pair):
    run = train(**pair, **TINY, steps=5, ema=0.9, run_dir=tmp_path / "run")
    refiner, _ = load_refiner(run / read_state(run)["checkpoint"])
    tensors = tensors_of(run)
    np.testing.assert_array_equal(refiner.first.weight.detach(), tensors["refiner.first.weight"])
    assert not np.array_equal(tensors["refiner.first.weight"], tensors["trained_refiner.first.weight"])
    without_mean = tensors_of(train(**pair, **TINY, steps=5, ema=0.0, run_dir=tmp_path / "without"))
    np.testing.assert_array_equal(without_mean["refiner.first.weight"], tensors["trained_refiner.first.weight"])


def test_a_set_read_from_the_file_trains_as_one_in_memory(tmp_path, pair, monkeypatch):
    options = {**pair, **TINY, "steps": 6}
    whole = train(**options, run_dir=tmp_path / "memory")
    monkeypatch.setattr("gazeaug.feeding.dataset.IN_MEMORY_BYTES", 0)
    assert_same_tensors(whole, train(**options, run_dir=tmp_path / "file"))
    interrupt_at(monkeypatch, "move_average", call=3)
    with pytest.raises(Interrupted):
        train(**options, run_dir=tmp_path / "parts")
    assert_same_tensors(whole, train(resume=tmp_path / "parts"))


@pytest.mark.parametrize("shape", [(36, 60), (60, 36), (64, 96), (224, 224), (36, 60, 3)])
def test_pictures_of_any_size_train(tmp_path, shape):
    paths = [str(write_eyes(tmp_path / name, 12, shape=shape)) for name in ("a.h5", "b.h5")]
    run = train(synthetic=paths[0], real=paths[1], **FEW, steps=2, run_dir=tmp_path / "run")
    assert {"adversarial", "sharpness", "drift_median"} <= read_lines(run / METRICS)[-1].keys()


def test_bf16_follows_fp32(tmp_path, pair):
    losses = {}
    for precision in ("fp32", "bf16"):
        run = train(**pair, **{**TINY, "precision": precision}, steps=10, run_dir=tmp_path / precision)
        losses[precision] = [line["discriminator_refined"] for line in read_lines(run / METRICS)]
    assert losses["bf16"] == pytest.approx(losses["fp32"], rel=0.02)
    assert losses["bf16"] != losses["fp32"]


def test_tensorboard_gets_scalars_grids_and_histograms(tmp_path, pair):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    run = train(**pair, **TINY, steps=4, checkpoint_interval=2, run_dir=tmp_path / "run")
    events = accumulator.EventAccumulator(str(run / "events")).Reload()
    assert {"adversarial", "score"} <= set(events.Tags()["scalars"])
    assert [image.step for image in events.Images("eyes")] == [2, 4]
    assert "refiner/first.weight" in events.Tags()["histograms"]


def test_least_squares_wants_the_difference_of_the_logits_at_one():
    logits = torch.tensor([[[3.0, 0.0], [1.0, 1.0]]])  # one picture, two maps, two patches
    for target, expected in [(0, [(2 - 1) ** 2, (-1 - 1) ** 2]), (1, [(-2 - 1) ** 2, (1 - 1) ** 2])]:
        assert local_adversarial(logits, target, "least-squares").item() == pytest.approx(np.mean(expected))


def test_the_adversarial_loss_can_be_chosen(tmp_path, pair):
    found = {}
    for kind in ("cross-entropy", "least-squares"):
        options = {**TINY, "adversarial_loss": kind}
        run = train(**pair, **options, steps=1, run_dir=tmp_path / kind)
        found[kind] = read_lines(run / METRICS)[0]["discriminator_real"]
    assert found["cross-entropy"] != found["least-squares"]
    with pytest.raises(InputError, match="--adversarial-loss must be one of cross-entropy, least-squares, got 'hinge'"):
        train(**pair, **{**TINY, "adversarial_loss": "hinge"}, steps=1, run_dir=tmp_path / "run")


@pytest.mark.parametrize(("ending", "cost"), [("none", 0.4), ("equalised", 0.01)])
def test_contrast_that_the_ending_undoes_costs_nothing(tmp_path, pair, ending, cost):
    state = build_state(plan_training(run_dir=tmp_path / "run", **pair, **{**TINY, "ending": ending}))
    given = torch.linspace(-1, 1, 20 * 24).reshape(1, 1, 20, 24)
    drawn, wanted = algorithm.ended(state, given / 5, given)
    found = float((drawn - wanted).abs().mean())
    assert found == pytest.approx(cost, abs=0.02 if ending == "equalised" else 1e-3)
    brighter = algorithm.ended(state, given.flip(2), given)
    assert float((brighter[0] - brighter[1]).abs().mean()) > 0.5
