"""Lanes: every batch goes through one of them into its own memory; a device's buffers are never mixed up."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from gazeaug.errors import RunError
from gazeaug.runtime.lanes import DeviceLane, Lanes, lanes_of
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


def pictures(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, 16, 18), dtype=np.uint8)


def test_batches_end_where_they_belong_whichever_lane_is_faster():
    images, refined = pictures(640), np.zeros((640, 16, 18), np.uint8)
    lanes = [FakeLane(0.001), FakeLane(0.004)]
    with Lanes(lanes, 16) as at_work:
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

    with Lanes([Meeting(0), Meeting(0)], 8) as at_work:
        for batch in at_work.start(pictures(32), pictures(32)):
            batch.result()


def test_a_lane_that_fails_says_so_and_the_rest_is_left():
    class Failing(FakeLane):
        def refine_into(self, images: np.ndarray, refined: np.ndarray) -> None:
            self.n_batches += 1
            raise RunError("the GPU fell off the bus")

    lane = Failing(0)
    with pytest.raises(RunError, match="fell off the bus"), Lanes([lane], 1) as at_work:
        at_work.start(pictures(500), pictures(500))[0].result()
    assert lane.n_batches < 500


@pytest.mark.parametrize("rgb", [False, True])
def test_a_device_lane_uploads_computes_and_downloads(tmp_path: Path, rgb: bool):
    """The CPU stands for the device: the same calls, the same two buffers, bound once."""
    shape = (8, 16, 18, 3) if rgb else (8, 16, 18)
    session = RefinerSession(models.inverting(tmp_path / "refiner.onnx", rgb=rgb), device="cpu")
    lanes = [DeviceLane(session, shape, "cpu"), DeviceLane(session.twin(), shape, "cpu")]
    images = np.random.default_rng(1).integers(0, 256, (80, *shape[1:]), dtype=np.uint8)
    refined = np.zeros_like(images)
    with Lanes(lanes, 8) as at_work:
        for batch in at_work.start(images, refined):
            batch.result()
    np.testing.assert_array_equal(refined, 255 - images)


def test_a_copy_that_fails_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    session = RefinerSession(models.inverting(tmp_path / "refiner.onnx"), device="cpu")
    lane = DeviceLane(session, (8, 16, 18), "cpu")

    def fail(self: object) -> np.ndarray:
        raise RuntimeError("CUDA failure 719: unspecified launch failure")

    monkeypatch.setattr(type(lane._taken), "numpy", fail)
    with pytest.raises(
        RunError, match=r"CPUExecutionProvider failed on a batch .*launch failure; finished rows are kept"
    ):
        lane.refine_into(pictures(8), pictures(8))


def test_on_the_cpu_a_session_serves_as_many_lanes_as_threads(model_path: Path):
    session = RefinerSession(model_path, device="cpu", threads=1)
    assert lanes_of(session, (8, 16, 18), threads=3) == [session] * 3
    images, refined = pictures(240), np.zeros((240, 16, 18), np.uint8)
    with Lanes(lanes_of(session, (8, 16, 18), 3), 8) as at_work:
        for batch in at_work.start(images, refined):
            batch.result()
    np.testing.assert_array_equal(refined, session.refine(images))


def test_a_model_that_changes_the_shape_is_refused(tmp_path: Path):
    import onnx

    graph = onnx.load(models.inverting(tmp_path / "refiner.onnx", "H", "W"))
    graph.graph.node[0].output[0] = "inverted"
    graph.graph.node.append(onnx.helper.make_node("Concat", ["inverted", "inverted"], ["refined"], axis=0))
    onnx.save(graph, tmp_path / "twice.onnx")
    session = RefinerSession(tmp_path / "twice.onnx", device="cpu")
    with pytest.raises(RunError, match="a refiner must keep the shape"):
        session.refine_into(pictures(4), pictures(4))
