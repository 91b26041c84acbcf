"""Memory that runs out in a training: one sentence wherever it happens, whose advice can be followed."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import pytest
import torch

from gazeaug.errors import RunError
from gazeaug.training.loop import train
from gazeaug.training.memory import advice
from gazeaug.training.plan import plan_training
from tests.makers.eye_files import write_eyes
from tests.makers.runs import TINY

OF_TORCH = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")
FIRST = "cpu ran out of memory at --batch-size 4, --buffer-size 10; "
NEW = "start a new run with --batch-size 2 or a smaller --buffer-size, in another --run-dir where one was given."


@pytest.fixture
def pair(tmp_path: Path) -> dict[str, str]:
    names = ("synthetic", "real")
    return {name: str(write_eyes(tmp_path / f"{name}.h5", 40, seed=i)) for i, name in enumerate(names)}


def make_full(monkeypatch: pytest.MonkeyPatch, place: str, error: Exception) -> None:
    """No memory is left where a function is called."""

    def full(*_args: Any, **_options: Any) -> NoReturn:
        raise error

    monkeypatch.setattr(place, full)


@pytest.mark.parametrize(
    "place",
    [
        "gazeaug.refiner.network.Refiner.to",
        "gazeaug.feeding.dataset.EyeDataset._held_on",
        "gazeaug.training.state.History",
        "gazeaug.training.state.AppearanceDistance",
        "gazeaug.training.state.Validation",
        "gazeaug.training.algorithm.fit_camera",
        "gazeaug.feeding.dataset.Batches.draw",
        "gazeaug.refiner.history.History.draw",
        "gazeaug.training.algorithm.update_refiner",
        "gazeaug.training.state.TrainingState.validate",
        "gazeaug.training.loop.save_snapshot",
    ],
)
def test_wherever_memory_runs_out_the_sentence_says_what_to_type(tmp_path, pair, monkeypatch, place):
    make_full(monkeypatch, place, OF_TORCH)
    with pytest.raises(RunError) as caught:
        train(**pair, **TINY, steps=2, run_dir=tmp_path / "run")
    assert str(caught.value) == FIRST + NEW


@pytest.mark.parametrize(
    "said",
    [
        "CUDA error: out of memory",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
        "[enforce fail at alloc_cpu.cpp:127] . DefaultCPUAllocator: can't allocate memory: you tried 9.",
    ],
)
def test_the_errors_of_the_libraries_below_mean_the_same(tmp_path, pair, monkeypatch, said):
    make_full(monkeypatch, "gazeaug.training.algorithm.update_discriminator", RuntimeError(said))
    with pytest.raises(RunError, match="ran out of memory"):
        train(**pair, **TINY, steps=2, run_dir=tmp_path / "run")


def test_another_error_stays_what_it_is(tmp_path, pair, monkeypatch):
    make_full(monkeypatch, "gazeaug.training.algorithm.update_refiner", RuntimeError("expected scalar type Half"))
    with pytest.raises(RuntimeError, match="expected scalar type Half"):
        train(**pair, **TINY, steps=2, run_dir=tmp_path / "run")


@pytest.mark.parametrize("place", ["gazeaug.training.loop.restore", "gazeaug.training.algorithm.update_refiner"])
def test_a_resumed_run_that_has_no_room_keeps_its_batch(tmp_path, pair, monkeypatch, place):
    train(**pair, **TINY, steps=1, run_dir=tmp_path / "run")
    make_full(monkeypatch, place, OF_TORCH)
    with pytest.raises(RunError) as caught:
        train(resume=tmp_path / "run", steps=2)
    assert str(caught.value) == FIRST + "free some, as other programs may hold it, and resume again, or " + NEW


@pytest.mark.parametrize(
    ("batch_size", "n_processes", "change"),
    [
        (2, 1, "fewer --features"),
        (12, 1, "--batch-size 6 "),
        (30, 1, "--batch-size 14 "),
        (24, 4, "--batch-size 8 "),
        (8, 4, "fewer --features"),
    ],
)
def test_the_batch_to_try_is_smaller_and_can_be_shared_out(
    tmp_path, pair, monkeypatch, batch_size, n_processes, change
):
    monkeypatch.setenv("WORLD_SIZE", str(n_processes))
    plan = plan_training(run_dir=tmp_path / "run", **pair, **{**TINY, "batch_size": batch_size})
    assert f"start a new run with {change}" in advice(plan)
