"""Training on CUDA: nothing without a deterministic form in it, one transfer a step, and settings put back."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from gazeaug.training.algorithm import algorithm_1, pretrain
from gazeaug.training.determinism import CUBLAS, deterministic
from gazeaug.training.loop import train
from gazeaug.training.plan import plan_training
from gazeaug.training.recording import Recorder
from gazeaug.training.state import TrainingState, build_state
from tests.makers.eye_files import write_eyes
from tests.makers.runs import TINY
from tests.training.test_loop import assert_same_tensors, interrupt_at

# torch 2.13's documentation of `use_deterministic_algorithms`: what has no deterministic form on CUDA, or one that is
# chosen before an operation of this name is reached. What has one that is chosen within (scatter, gather, index_put,
# convolution) is not here.
NONDETERMINISTIC = {
    *(f"{kind}_pad{n}d_backward" for kind in ("replication", "reflection") for n in (1, 2, 3)),
    *(f"upsample_{kind}_backward" for kind in ("linear1d", "bilinear2d", "bicubic2d", "trilinear3d")),
    *(f"grid_sampler_{n}d_backward" for n in (2, 3)),
    *(f"_adaptive_avg_pool{n}d_backward" for n in (2, 3)),
    *(f"fractional_max_pool{n}d_backward" for n in (2, 3)),
    *(f"max_unpool{n}d" for n in (2, 3)),
    "adaptive_max_pool2d_backward",
    "avg_pool3d_backward",
    "max_pool3d_with_indices_backward",
    "nll_loss_forward",
    "nll_loss2d_forward",
    "_ctc_loss_backward",
    "_embedding_bag_forward_only",
    "_embedding_bag",
    "put_",
    "histc",
    "bincount",
    "median.dim",
    "nanmedian.dim",
    "cumsum",
    "scatter_reduce",
}


class Operations(TorchDispatchMode):
    """How often each operation of ATen was called, by its name and with its overload."""

    def __init__(self) -> None:
        super().__init__()
        self.count: Counter[str] = Counter()

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name, _, overload = str(function).removeprefix("aten.").partition(".")
        self.count.update({name, f"{name}.{overload}"})
        return function(*args, **(kwargs or {}))

    def nondeterministic(self) -> set[str]:
        """Those that give other numbers each time on CUDA."""
        return NONDETERMINISTIC & self.count.keys()


@pytest.fixture
def in_fixed_order() -> Iterator[None]:
    torch.use_deterministic_algorithms(True)
    yield
    torch.use_deterministic_algorithms(False)


@pytest.fixture
def pair(tmp_path: Path) -> dict[str, str]:
    names = ("synthetic", "real")
    return {name: str(write_eyes(tmp_path / f"{name}.h5", 40, seed=i)) for i, name in enumerate(names)}


def built(tmp_path: Path, pair: dict[str, str], **options: Any) -> TrainingState:
    return build_state(plan_training(run_dir=tmp_path / "run", **pair, **{**TINY, **options}))


@pytest.mark.parametrize(
    "options",
    [
        {"refiner_pretrain_steps": 1},
        {"adversarial_loss": "least-squares", "augmentation": True, "regularisation": "sum"},
        {"camera": False, "fold": 1, "standardise": False, "noise": False, "styles": 0, "optimizer": "sgd"},
        {"gaze_guard": 30.0, "self_regularisation": "structure", "refiner_pretrain_steps": 1},
    ],
)
def test_a_training_calls_nothing_that_has_no_deterministic_form(tmp_path, pair, in_fixed_order, options):
    with Operations() as operations:
        state = built(tmp_path, pair, steps=2, **options)
        updates = [*pretrain(state), *algorithm_1(state)]
        state.validate()
    assert len(updates) == state.n_pretrained + 2
    assert operations.count["convolution_backward"] > 0
    assert operations.nondeterministic() == set()


def test_what_has_none_would_be_found(in_fixed_order):
    values = torch.randn(2, 2, 6, 6, requires_grad=True)
    with Operations() as operations:
        padded = nn.ReplicationPad2d(1)(values).sum()
        chosen = F.cross_entropy(values.flatten(2), torch.zeros(2, 36, dtype=torch.int64))
        (padded + chosen + values.cumsum(0).sum() + values.median(0).values.sum()).backward()
    assert operations.nondeterministic() == {"replication_pad2d_backward", "nll_loss2d_forward", "cumsum", "median.dim"}


@pytest.mark.parametrize("options", [{}, {"augmentation": True, "k_g": 2}, {"gaze_guard": 30.0}])
def test_a_step_reads_the_device_once(tmp_path, pair, monkeypatch, options):
    state = built(tmp_path, pair, optimizer="sgd", steps=9, **options)  # Adam reads its count of steps, on the CPU
    read: list[int] = []
    original = Tensor.tolist
    monkeypatch.setattr(Tensor, "tolist", lambda numbers: read.append(numbers.numel()) or original(numbers))
    for updates in (pretrain(state), algorithm_1(state)):
        with Operations() as operations:
            losses = next(updates)
        assert read == [len(losses)]
        assert operations.count["_local_scalar_dense"] == 0  # item(), float(), bool() and if
        read.clear()


def settings() -> list[Any]:
    memory: Any = torch.utils.deterministic
    mode, benchmark = torch.get_deterministic_debug_mode(), torch.backends.cudnn.benchmark
    return [mode, benchmark, memory.fill_uninitialized_memory, os.environ.get(CUBLAS)]


@pytest.mark.parametrize("workspace", [None, ":16:8"])
def test_the_process_gets_its_settings_back(monkeypatch, workspace):
    monkeypatch.delenv(CUBLAS, raising=False)
    if workspace is not None:
        monkeypatch.setenv(CUBLAS, workspace)
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", True)
    before = settings()
    with pytest.raises(RuntimeError, match="on the way"), deterministic(torch.device("cuda")):
        assert settings() == [1, False, False, workspace or ":4096:8"]
        raise RuntimeError("on the way")
    assert settings() == before
    with deterministic(torch.device("cpu")):
        assert settings() == before


class Waiting(TorchDispatchMode):
    """Notes what would wait for a GPU: its result decides a shape, or goes to Python."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        masks = [part for part in tree_leaves(args) if isinstance(part, Tensor) and part.dtype == torch.bool]
        if name in {"nonzero", "masked_select", "_local_scalar_dense", "unique"} or ("index" in name and masks):
            self.found.add(name)
        return func(*args, **(kwargs or {}))


def test_nothing_that_is_recorded_waits(tmp_path, pair):
    """A CUDA graph cannot hold it, and a step that cannot be recorded takes nine times as long."""
    options = {"styles": 8, "appearance": 1.0, "augmentation": True, "gaze_guard": 30.0, "iris_guard": 3.0}
    state = built(tmp_path, pair, camera=True, camera_steps=2, steps=2, **options)
    waiting = Waiting()

    class Watched(Recorder):
        def do(self, work, state, weights, *given):
            def watched(*given):
                with waiting:
                    return work(*given)

            return super().do(watched, state, weights, *given)

    state.recorder = Watched(torch.device("cpu"))
    assert len([*pretrain(state), *algorithm_1(state)]) >= 4
    assert not waiting.found


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"augmentation": True, "precision": "bf16"},
        {"gaze_guard": 30.0, "self_regularisation": "structure", "precision": "bf16"},
    ],
)
def test_resumed_on_a_gpu_equals_uninterrupted(tmp_path, pair, monkeypatch, options):
    options = {**pair, **TINY, "device": "cuda", "steps": 30, **options}
    whole = train(**options, run_dir=tmp_path / "whole")
    interrupt_at(monkeypatch, "move_average", call=14)
    with pytest.raises(Exception, match="stopped at step 14"):
        train(**options, run_dir=tmp_path / "parts")
    assert_same_tensors(whole, train(resume=tmp_path / "parts"))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_step_waits_for_a_gpu_once(tmp_path, pair):
    state = built(tmp_path, pair, device="cuda", augmentation=True, gaze_guard=30.0, steps=9)
    steps = algorithm_1(state)
    with deterministic(state.plan.team.device):
        for _ in range(5):
            next(steps)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            torch.cuda.set_sync_debug_mode("warn")  # which itself warns that it is a prototype
            caught.clear()
            try:
                next(steps)
            finally:
                torch.cuda.set_sync_debug_mode("default")
    assert len([one for one in caught if "synchroniz" in str(one.message)]) == 1, [str(one.message) for one in caught]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_recorded_steps_are_those_computed_directly(tmp_path, pair):
    def losses(*, recording: bool):
        state = built(tmp_path, pair, device="cuda", camera=True, styles=8, augmentation=True, camera_steps=6, steps=9)
        state.recorder = Recorder(state.plan.team.device, recording=recording)
        with deterministic(state.plan.team.device):
            return [*pretrain(state), *algorithm_1(state)]

    assert losses(recording=True) == losses(recording=False)
