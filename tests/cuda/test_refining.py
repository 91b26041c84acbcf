"""Refining on CUDA, seen through stand-ins: where rows, copies, streams and threads go, and how it fails."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.cuda.conftest import Call, Done
from tests.makers import models
from tests.makers.eye_files import write_eyes

N_ROWS = 10_000
Run = Callable[..., Done]
pytestmark = pytest.mark.usefixtures("libraries")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_eyes(tmp_path_factory.mktemp("eyes") / "unityeyes.h5", N_ROWS)


@pytest.fixture(scope="module")
def copying(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose pixels mean something although no kernel computes."""
    return models.copying(tmp_path_factory.mktemp("model") / "copying.onnx")


@pytest.fixture(scope="module")
def convolving(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.wide(tmp_path_factory.mktemp("model") / "wide.onnx")


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("refined") / "refined.h5"


@pytest.fixture(scope="module")
def done(refine_on_cuda: Run, source: Path, copying: Path, output: Path) -> Done:
    """A whole run in two lanes, in which every batch takes the device 2 ms."""
    done = refine_on_cuda(source, copying, "-o", output, "--batch-size", "64", STAND_IN_WAIT_US=2000)
    assert done.code == 0, done.err
    return done


def same_rows(source: Path, output: Path) -> bool:
    with h5py.File(source) as given, h5py.File(output) as found:
        return all(np.array_equal(given[name][()], found[name][()]) for name in ("image", "look_vec", "path"))


def of_lanes(done: Done, copy: str = "pinned->device") -> dict[int, list[Call]]:
    """Calls by thread, of the threads that copy batches, from locked pages unless said otherwise."""
    lanes = {call.thread for call in done.calls if call.name == "cudaMemcpyAsync" and copy in call.given}
    by_thread = defaultdict(list)
    for call in done.calls:
        if call.thread in lanes:
            by_thread[call.thread].append(call)
    return by_thread


def test_rows_and_labels_end_in_their_places(done: Done, source: Path, output: Path):
    assert "on CUDAExecutionProvider" in done.out
    assert same_rows(source, output)


def test_nothing_goes_to_the_default_stream(done: Done):
    lanes = of_lanes(done)
    assert len(lanes) == 2
    for calls in lanes.values():
        begun = next(i for i, call in enumerate(calls) if call.name == "cudaMemcpyAsync")
        streams = {call.stream for call in calls[begun:] if call.stream}
        assert len(streams) == 1, streams
        assert not streams & {"(nil)", "default"}
        assert "cudaDeviceSynchronize" not in {call.name for call in calls[begun:]}


def test_lanes_overlap(done: Done):
    """While one lane waits for its batch, the other one's is at work: of the time of waiting, most is shared."""
    waits = []
    for calls in of_lanes(done).values():
        for call, then in pairwise(calls):
            if (call.name, then.name) == ("cudaStreamSynchronize", "synchronised"):
                waits.append((call.seconds, then.seconds, call.thread))
    shared = sum(
        max(0.0, min(stop, other_stop) - max(start, other_start))
        for start, stop, thread in waits
        for other_start, other_stop, other in waits
        if thread < other
    )
    assert shared > 0.3 * sum(stop - start for start, stop, _ in waits) / 2


def test_batches_travel_from_and_to_locked_pages(done: Done):
    registered = done.named("cudaHostRegister")
    assert registered
    assert all("offset 0 " in call.given for call in registered)
    assert len(done.named("cudaHostUnregister")) == len(registered)
    uploads = [
        call.given for calls in of_lanes(done).values() for call in calls if f"->device {64 * 16 * 18} " in call.given
    ]
    n_locked = sum("pinned->device" in given for given in uploads)
    assert n_locked >= N_ROWS // 64
    n_warm_ups = 2 * 3  # from memory that is thrown away
    assert n_locked + n_warm_ups + sum("device->device" in given for given in uploads) == len(uploads)


def test_the_batch_fills_the_card_and_is_said(refine_on_cuda: Run, source: Path, copying: Path, tmp_path: Path):
    done = refine_on_cuda(source, copying, "-o", tmp_path / "o.h5")
    assert "batches of 1,024" in done.out
    assert same_rows(source, tmp_path / "o.h5")


@pytest.mark.parametrize("precision", ["auto", "fp32"])
def test_a_failing_plan_before_the_first_batch(
    refine_on_cuda: Run, source: Path, convolving: Path, tmp_path: Path, precision: str
):
    """The GPU convolves once, as when it is tried, and then never: one sentence, no traceback, and not the CPU."""
    done = refine_on_cuda(source, convolving, "-o", tmp_path / "o.h5", "--precision", precision, STAND_IN_PLANS=1)
    assert done.code == 1
    assert one_sentence(done.err).startswith(f"error: {convolving}: CUDAExecutionProvider failed on a batch of")
    assert "CUDNN_BACKEND_API_FAILED" in done.err
    assert not (tmp_path / "o.h5").exists()
    for calls in (calls for calls in of_lanes(done, "pageable->device").values() if precision == "fp32"):
        names = [call.name for call in calls]  # no memory is given up that the device may still read
        last_copy = len(names) - names[::-1].index("cudaMemcpyAsync")
        assert "synchronised" in names[last_copy:]


@pytest.mark.parametrize("n_good", [20, 60])
def test_a_failure_on_the_way_is_resumed(refine_on_cuda: Run, source: Path, copying: Path, tmp_path: Path, n_good: int):
    output = tmp_path / "o.h5"
    options = ("-o", output, "--batch-size", "64", "--precision", "fp32")
    done = refine_on_cuda(source, copying, *options, STAND_IN_FAIL_AFTER=n_good)
    assert done.code == 1
    said = one_sentence(done.err)
    assert re.search(r"CUDA (error|failure) 719[,:] unspecified launch failure; finished rows are kept", said), said
    assert not output.exists()

    done = refine_on_cuda(source, copying, *options, STAND_IN_NAME="Another GPU")
    assert done.code == 2
    assert "unfinished work of another job (computed_by was onnxruntime" in one_sentence(done.err)
    done = refine_on_cuda(source, copying, *options[:2], "--batch-size", "32", "--precision", "fp32")
    assert done.code == 0, done.err
    assert "resuming an interrupted run" in done.out
    assert same_rows(source, output)


@pytest.mark.parametrize("n_kib", [64, 2048, 20_000])
def test_no_memory_left(refine_on_cuda: Run, source: Path, convolving: Path, tmp_path: Path, n_kib: int):
    """For the session, for the buffers of a batch, or in the middle of the network."""
    options = ("-o", tmp_path / "o.h5", "--precision", "fp32", "--batch-size", "512")
    done = refine_on_cuda(source, convolving, *options, STAND_IN_MEMORY_KIB=n_kib)
    assert done.code == 1
    assert "run the same command with --batch-size 256 to resume" in one_sentence(done.err)
    assert not (tmp_path / "o.h5").exists()


def test_a_smaller_batch_goes_on(refine_on_cuda: Run, source: Path, convolving: Path, tmp_path: Path):
    options = ("-o", tmp_path / "o.h5", "--precision", "fp32", "--batch-size", "64")
    done = refine_on_cuda(source, convolving, *options, STAND_IN_MEMORY_KIB=20_000)
    assert done.code == 0, done.err


def test_without_cudnn_cuda_is_refused_and_auto_says_why(
    refine_on_cuda: Run, on_cuda: Run, libraries: Path, source: Path, tmp_path: Path
):
    """ONNX Runtime opens its provider without cuDNN, and fails at the first convolution."""
    model = models.inverting(tmp_path / "refiner.onnx")
    there = tmp_path / "libraries"
    there.mkdir()
    for path in libraries.glob("lib*.so.*"):
        if "cudnn" not in path.name:
            (there / path.name).symlink_to(path)

    done = refine_on_cuda(source, model, "-o", tmp_path / "o.h5", "--device", "cuda", folder=there)
    assert done.code == 2
    assert "--device cuda: libcudnn.so.9 cannot be loaded" in one_sentence(done.err)

    done = refine_on_cuda(source, model, "-o", tmp_path / "o.h5", folder=there)
    assert done.code == 0
    assert "on CPUExecutionProvider" in done.out
    assert done.err.count("CUDA is not used: libcudnn.so.9 cannot be loaded") == 1
    with h5py.File(source) as given, h5py.File(tmp_path / "o.h5") as found:
        np.testing.assert_array_equal(found["image"][()], 255 - given["image"][()])

    assert "does not work: libcudnn.so.9 cannot be loaded" in on_cuda("-m", "gazeaug_cli", "doctor", folder=there).out
    assert "CUDAExecutionProvider: computes a convolution" in on_cuda("-m", "gazeaug_cli", "doctor").out


def test_a_card_that_cannot_convolve_is_refused(refine_on_cuda: Run, source: Path, convolving: Path, tmp_path: Path):
    options = ("-o", tmp_path / "o.h5", "--device", "cuda")
    done = refine_on_cuda(source, convolving, *options, STAND_IN_PLANS=0)
    assert done.code == 2
    assert "--device cuda: a small convolution fails on CUDAExecutionProvider" in one_sentence(done.err)


def one_sentence(said: str) -> str:
    """The one line that is no progress bar."""
    lines: Sequence[str] = [line for line in said.replace("\r", "\n").splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith("refining:")]
    assert len(lines) == 1, said
    return lines[0]
