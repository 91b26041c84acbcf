"""Selections against NumPy, on random labels in several blocks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from gazeaug.gaze.conventions import CONVENTIONS
from gazeaug_studio import eye_files
from tests.makers.sources import write_kaggle
from tests.makers.studio import Asker

N = 500


@pytest.fixture
def labels(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, np.ndarray]:
    """A file of 500 rows that is read in blocks of 64; what is missing is missing at random."""
    monkeypatch.setattr(eye_files, "SCAN_ROWS", 64)
    dice = np.random.default_rng(3)
    look_vec = dice.normal(size=(N, 3)) * (0.9, 0.9, 0) + (0, 0, -3)
    look_vec[dice.random(N) < 0.05] = np.nan
    look_vec[dice.random(N) < 0.05] = 0
    drift = np.where(dice.random(N) < 0.2, np.nan, dice.normal(size=N).round(1)).astype("f4")
    drift[5] = np.inf
    words = np.array([f"Subject{i % 7}/{'ÄÖ'[i % 2]}{i}" for i in dice.permutation(N)], object)
    found = {"look_vec": look_vec, "drift_px": drift, "day": dice.integers(0, 9, N), "path": words}
    with h5py.File(folder / "a.h5", "w") as file:
        file["image"] = dice.integers(0, 256, (N, 4, 5), np.uint8)
        for name, values in found.items():
            file.create_dataset(name, data=values, dtype=h5py.string_dtype() if name == "path" else None)
        file["look_vec"].attrs["frame"] = "unity_camera"
    return found


def chosen(studio: Asker, **body: Any) -> list[int]:
    answer = studio.post("/api/eyes/select", file="a.h5", **body)
    assert answer.status == 200, answer
    return np.frombuffer(answer.data, "<u4").tolist()


def test_nothing_asked_is_all_rows(studio: Asker, labels: dict[str, np.ndarray]) -> None:
    assert chosen(studio) == list(range(N))
    assert chosen(studio, gaze=None, ranges={}, text={}, tagged=None, sort=None) == list(range(N))


@pytest.mark.parametrize("seed", range(5))
def test_against_numpy(studio: Asker, labels: dict[str, np.ndarray], seed: int) -> None:
    dice = np.random.default_rng(seed)
    with np.errstate(invalid="ignore"):
        pitch, yaw = CONVENTIONS["degrees"].of_look_vec(labels["look_vec"]).T
    low, high = np.sort(dice.uniform(-20, 20, (2, 2)), axis=0).tolist()
    box = {"pitch": [low[0], high[0]], "yaw": [low[1], high[1]]}
    in_box = (pitch >= low[0]) & (pitch <= high[0]) & (yaw >= low[1]) & (yaw <= high[1])
    least, drift = float(dice.normal(-0.5)), labels["drift_px"].astype(float)
    is_large, is_early = drift >= least, labels["day"] <= 6
    has_text = np.array([f"subject{seed}/ä" in text.casefold() for text in labels["path"]])
    assert chosen(studio, gaze=box) == np.flatnonzero(in_box).tolist()
    assert chosen(studio, ranges={"drift_px": [least, None]}) == np.flatnonzero(is_large).tolist()
    ranges = {"drift_px": [least, None], "day": [None, 6]}
    assert chosen(studio, gaze=box, ranges=ranges) == np.flatnonzero(in_box & is_large & is_early).tolist()
    assert chosen(studio, text={"path": f"SUBJECT{seed}/Ä"}) == np.flatnonzero(has_text).tolist()


@pytest.mark.parametrize("descending", [False, True])
def test_sorted_with_missing_values_last(studio: Asker, labels: dict[str, np.ndarray], descending: bool) -> None:
    rows = chosen(studio, ranges={"day": [2, 9]}, sort={"by": "drift_px", "descending": descending})
    wanted = [int(row) for row in np.flatnonzero(labels["day"] >= 2)]
    key = [float(labels["drift_px"][row]) * (-1 if descending else 1) for row in wanted]
    order = sorted(range(len(wanted)), key=lambda i: (np.isnan(key[i]), 0 if np.isnan(key[i]) else key[i], i))
    assert rows == [wanted[i] for i in order]
    assert np.isnan(labels["drift_px"][rows[-1]])


def test_tagged(studio: Asker, labels: dict[str, np.ndarray]) -> None:
    studio.post("/api/eyes/tags", file="a.h5", add=[499, 3, 64])
    assert chosen(studio, tagged=True) == [3, 64, 499]
    assert chosen(studio, tagged=False) == [row for row in range(N) if row not in (3, 64, 499)]
    assert chosen(studio, tagged=True, ranges={"day": [100, None]}) == []


REFUSED = [
    (
        {"ranges": {"drft_px": [0, 1]}},
        422,
        "a.h5: no label 'drft_px' of one number a row; those there are: day, drift_px",
    ),
    ({"ranges": {"path": [0, 1]}}, 422, "a.h5: no label 'path' of one number a row"),
    ({"text": {"day": "x"}}, 422, "a.h5: no label 'day' of one text a row"),
    ({"sort": {"by": "look_vec"}}, 422, "a.h5: no label 'look_vec' of one number a row"),
    ({"ranges": {"day": [0]}}, 400, "'day' needs two numbers, [low, high]."),
    ({"ranges": {"day": ["0", 1]}}, 400, "'day' needs two numbers"),
    ({"ranges": {str(i): [0, 1] for i in range(40)}}, 400, "ranges must name at most 32 labels."),
    ({"gaze": {"pitch": [0, 1]}}, 400, "'yaw' needs two numbers"),
    ({"gaze": [1]}, 400, "gaze must be {pitch"),
    ({"text": {"path": 7}}, 400, "'path' needs text"),
    ({"tagged": "yes"}, 400, "tagged must be"),
    ({"sort": "day"}, 400, "sort must be"),
]


@pytest.mark.parametrize(("body", "status", "sentence"), REFUSED)
def test_refused(
    studio: Asker, labels: dict[str, np.ndarray], body: dict[str, Any], status: int, sentence: str
) -> None:
    answer = studio.post("/api/eyes/select", file="a.h5", **body)
    assert answer.json["error"].startswith(sentence), answer
    assert answer.status == status


def test_a_file_must_be_named(studio: Asker) -> None:
    assert studio.post("/api/eyes/select").status == 400
    assert studio.post("/api/eyes/select", file="nix.h5").status == 404


def test_gaze_map(studio: Asker, labels: dict[str, np.ndarray]) -> None:
    with np.errstate(invalid="ignore"):
        pitch, yaw = CONVENTIONS["degrees"].of_look_vec(labels["look_vec"]).T
    for bins in (8, 40, 360):
        found = studio.get("/api/eyes/map", file="a.h5", bins=bins).json
        counts = np.array(found["counts"])
        assert max(counts.shape) <= bins
        edges = [np.linspace(*found[axis], n + 1) for axis, n in zip(("pitch", "yaw"), counts.shape, strict=True)]
        assert {round(float(step), 6) for edge in edges for step in np.diff(edge)} == {found["cell"]}
        wanted = np.histogram2d(pitch[np.isfinite(pitch)], yaw[np.isfinite(yaw)], edges)[0]
        assert (counts == wanted).all()
        assert found["n_missing"] == np.isnan(pitch).sum() == N - counts.sum()
        assert "long and not 1" in found["doubts"][0]


def test_a_map_needs_gaze(folder: Path, studio: Asker) -> None:
    with h5py.File(folder / "b.h5", "w") as file:
        file["image"] = np.zeros((3, 4, 4), np.uint8)
    answer = studio.get("/api/eyes/map", file="b.h5")
    assert (answer.status, answer.json["error"]) == (422, "b.h5: has no gaze whose convention is known.")
    assert studio.get("/api/eyes/map", file="b.h5", bins=1).status == 400
    assert studio.post("/api/eyes/select", file="b.h5", gaze={"pitch": [0, 1], "yaw": [0, 1]}).status == 422


def test_map_of_the_kaggle_layout(folder: Path, studio: Asker) -> None:
    write_kaggle(folder / "k.h5", 20)
    assert np.sum(studio.get("/api/eyes/map", file="k.h5").json["counts"]) == 20


def test_histogram(studio: Asker, labels: dict[str, np.ndarray]) -> None:
    values = labels["drift_px"][np.isfinite(labels["drift_px"])].astype(float)
    found = studio.get("/api/eyes/histogram", file="a.h5", label="drift_px", bins=10).json
    assert (found["low"], found["high"]) == (values.min(), values.max())
    assert np.sum(found["counts"]) == len(values) == N - found["n_missing"]
    assert np.abs(np.cumsum(found["counts"]) - np.cumsum(np.histogram(values, 10)[0])).max() <= 40  # ties at edges
    found = studio.get("/api/eyes/histogram", file="a.h5", label="day").json
    assert (found["low"], found["high"]) == (-0.5, 8.5)
    assert found["counts"] == np.bincount(labels["day"]).tolist()


@pytest.mark.parametrize("values", [[np.nan] * 3, [7.0] * 3, [-1.7e308, 0, 1.7e308], [0, 5e-324, 1e-320]])
def test_histogram_of_odd_numbers(folder: Path, studio: Asker, values: list[float]) -> None:
    with h5py.File(folder / "b.h5", "w") as file:
        file["image"], file["odd"] = np.zeros((3, 4, 4), np.uint8), values
    found = studio.get("/api/eyes/histogram", file="b.h5", label="odd").json
    assert sum(found["counts"]) + found["n_missing"] == 3
