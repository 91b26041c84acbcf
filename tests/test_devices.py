"""Devices as they are typed."""

from __future__ import annotations

import pytest
import torch

from gazeaug.devices import check_cuda_number, check_device, cuda_number
from gazeaug.errors import InputError
from gazeaug.estimators.options import EstimatorConfig
from gazeaug.feeding.devices import choose_device
from gazeaug.refining.config import RefineConfig
from gazeaug.training.config import TrainConfig
from gazeaug.training.parallel import Team


@pytest.mark.parametrize(
    ("name", "number"), [("cuda", 0), ("cuda:0", 0), ("cuda:12", 12), ("cpu", None), ("auto", None)]
)
def test_names(name: str, number: int | None) -> None:
    check_device(name)
    assert cuda_number(name) == number


@pytest.mark.parametrize("name", ["tpu", "cuda:", "cuda:x", "cuda:-1", "CUDA", "cuda:1 ", ""])
def test_what_is_no_device(name: str) -> None:
    said = f"--device must be one of auto, cpu, cuda, cuda:N, got '{name}'."
    for make in (check_device, choose_device, lambda device: TrainConfig(device=device)):
        with pytest.raises(InputError) as caught:
            make(name)
        assert str(caught.value) == said


def test_a_number_beyond_those_that_are_there() -> None:
    check_cuda_number("cuda:1", 2)
    with pytest.raises(InputError, match="^--device cuda:2: this machine has 2 CUDA devices.$"):
        check_cuda_number("cuda:2", 2)
    with pytest.raises(InputError, match="^--device cuda:1: this machine has 1 CUDA device, which is cuda:0.$"):
        check_cuda_number("cuda:1", 1)


def test_torch_gets_the_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert choose_device("cuda:1") == torch.device("cuda", 1)
    assert choose_device("auto") == choose_device("cuda") == torch.device("cuda")
    assert choose_device("cpu") == torch.device("cpu")
    with pytest.raises(InputError, match="--device cuda:7: this machine has 2 CUDA devices"):
        EstimatorConfig(device="cuda:7")


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_cuda_1_without_cuda() -> None:
    with pytest.raises(InputError, match="--device cuda:1: PyTorch finds no CUDA device"):
        EstimatorConfig(device="cuda:1")


def test_several_processes_take_a_gpu_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(InputError, match="each of 2 processes takes a GPU of its own; give cuda"):
        Team.on(torch.device("cuda", 1), 16)
    with pytest.raises(InputError, match="Ray gives each worker a GPU of its own"):
        RefineConfig(engine="ray", device="cuda:1")
