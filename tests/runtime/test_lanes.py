"""Lanes: every batch goes through one of them into its own memory; a device's buffers are never mixed up."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from gazeaug.errors import RunError
from gazeaug.runtime.cuda import Card
from gazeaug.runtime.lanes import CudaLane, Lanes, batch_on_cuda, lanes_of
from gazeaug.runtime.session import RefinerSession
from tests.makers import models


class FakeLane:
    """A device with one input and one output buffer: whoever used it from two threads at once would mix pictures."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.buffer, self.n_batches = seconds, np.empty(0, np.uint8), 0
        self.others = threading.Lock()

    def refine_into(self, images: np.ndarray, refined: np.ndarray) -> None:
        assert self.others.acquire(blocking=False), "two batches in one lane"
        self.buffer = images.copy()  # upload
        time.sleep(self.seconds)  # compute
        refined[...] = 255 - self.buffer  # download
        self.n_batches += 1
        self.others.release()


def makers(lanes: list[FakeLane]) -> list[Callable[[], FakeLane]]:
    return [partial(lambda lane: lane, lane) for lane in lanes]


def pictures(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, 16, 18), dtype=np.uint8)


def test_batches_end_where_they_belong_whichever_lane_is_faster():
    images, refined = pictures(640), np.zeros((640, 16, 18), np.uint8)
    lanes = [FakeLane(0.001), FakeLane(0.004)]
    with Lanes(makers(lanes), 16) as at_work:
        for batch in at_work.start(images, refined):
            batch.result()
    np.testing.assert_array_equal(refined, 255 - images)
    assert sum(lane.n_batches for lane in lanes) == 40
    assert lanes[0].n_batches > lanes[1].n_batches > 0


def test_lanes_work_side_by_side():
    met = threading.Barrier(2, timeout=10)

    class Meeting(FakeLane):
        def refine_into(self, images: np.ndarray, refined: np.ndarray) -> None:
            met.wait()  # passes only when the other lane has a batch too

    with Lanes(makers([Meeting(0), Meeting(0)]), 8) as at_work:
        for batch in at_work.start(pictures(32), pictures(32)):
            batch.result()


def test_a_lane_that_fails_says_so_and_the_rest_is_left():
    class Failing(FakeLane):
        def refine_into(self, images: np.ndarray, refined: np.ndarray) -> None:
            self.n_batches += 1
            time.sleep(0.001)
            raise RunError("the GPU fell off the bus")

    lane = Failing(0)
    with pytest.raises(RunError, match="fell off the bus"), Lanes(makers([lane]), 1) as at_work:
        at_work.start(pictures(500), pictures(500))[0].result()
    assert lane.n_batches < 500


def test_a_lane_is_made_and_used_by_one_thread_and_no_two_are_made_at_once():
    made, used, at_once = [], [], threading.Lock()

    class Noting(FakeLane):
        def refine_into(self, images: np.ndarray, refined: np.ndarray) -> None:
            used.append((id(self), threading.get_ident()))
            super().refine_into(images, refined)

    def make() -> Noting:
        assert at_once.acquire(blocking=False), "two lanes were made at once"
        time.sleep(0.01)
        lane = Noting(0.001)
        made.append((id(lane), threading.get_ident()))
        at_once.release()
        return lane

    with Lanes([make] * 3, 8) as at_work:
        for batch in at_work.start(pictures(240), pictures(240)):
            batch.result()
    assert len(made) == len({thread for _, thread in made}) == 3
    assert set(used) <= set(made)


def test_a_lane_that_cannot_be_made_ends_the_others():
    def fail() -> FakeLane:
        raise RunError("no memory for a second lane")

    before = threading.active_count()
    with pytest.raises(RunError, match="no memory for a second lane"), Lanes([lambda: FakeLane(0), fail], 8):
        pass
    assert threading.active_count() == before


def test_lanes_that_nobody_left_do_not_keep_a_process_alive():
    code = "from gazeaug.runtime.lanes import Lanes; Lanes([lambda: None] * 2, 8).__enter__(); print('end')"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (said.returncode, said.stdout) == (0, "end\n")


def test_a_lane_for_cuda_needs_a_session_on_cuda(model_path: Path):
    with pytest.raises(ValueError, match="opened on CPUExecutionProvider, not on CUDA"):
        CudaLane(RefinerSession(model_path, device="cpu"), (8, 16, 18))


def test_on_the_cpu_a_session_serves_as_many_lanes_as_threads(model_path: Path):
    session = RefinerSession(model_path, device="cpu", threads=1)
    assert [make() for make in lanes_of(session, (8, 16, 18), threads=3)] == [session] * 3
    images, refined = pictures(240), np.zeros((240, 16, 18), np.uint8)
    with Lanes(lanes_of(session, (8, 16, 18), 3), 8) as at_work:
        for batch in at_work.start(images, refined):
            batch.result()
    np.testing.assert_array_equal(refined, session.refine(images))


@pytest.mark.parametrize(
    ("gib", "shape", "batch"),
    [(80, (35, 55), 1024), (2, (35, 55), 256), (80, (224, 224, 3), 256), (8, (224, 224, 3), 16), (1, (2000, 2000), 1)],
)
def test_the_batch_on_cuda_fills_half_of_the_memory(
    monkeypatch: pytest.MonkeyPatch, gib: int, shape: tuple[int, ...], batch: int
):
    card = Card(name="GPU", memory_bytes=gib << 30, cuda="13.0", cudnn="9.19.0")
    monkeypatch.setattr(Card, "found", lambda gpu: card)
    assert batch_on_cuda(shape) == batch


def test_a_model_that_changes_the_shape_is_refused(tmp_path: Path):
    import onnx

    graph = onnx.load(models.inverting(tmp_path / "refiner.onnx", "H", "W"))
    graph.graph.node[0].output[0] = "inverted"
    graph.graph.node.append(onnx.helper.make_node("Concat", ["inverted", "inverted"], ["refined"], axis=0))
    onnx.save(graph, tmp_path / "twice.onnx")
    session = RefinerSession(tmp_path / "twice.onnx", device="cpu")
    with pytest.raises(RunError, match="a refiner must keep the shape"):
        session.refine_into(pictures(4), pictures(4))
