"""Each importer against rendered truth: the pupil lies where the landmarks say, on the side that the gaze says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gazeaug.eyefile.reader import EyeFile, open_eyes
from gazeaug.gaze.conventions import convention_of
from gazeaug.sources.folders import prepare_unityeyes, prepare_unityeyes2
from gazeaug.sources.syntheseyes import prepare_syntheseyes
from tests.makers import sources

N = 40
SIZE = (105, 165)  # three pixels for one of 35x55
SOURCES: dict[str, tuple[Callable[..., Path], Callable[..., object]]] = {
    "unityeyes": (sources.write_unityeyes, prepare_unityeyes),
    "unityeyes2": (sources.write_unityeyes2, prepare_unityeyes2),
    "syntheseyes": (sources.write_syntheseyes, prepare_syntheseyes),
}


def pupils(images: np.ndarray, centres: np.ndarray, scale: int) -> dict[int, np.ndarray]:
    """Middle of the pupil from the iris centre, by row, in pixels of 35x55: of those that no lid and no glint cuts.

    Args:
        images: (N, H, W).
        centres: (N, 2), x and y of the iris.
        scale: pixels for one of 35x55.
    """
    found = {}
    for row, (image, centre) in enumerate(zip(images, centres, strict=True)):
        x, y = np.rint(centre).astype(int)
        dark = np.zeros(image.shape, bool)
        near = np.s_[max(0, y - 5 * scale) : y + 5 * scale + 1, max(0, x - 5 * scale) : x + 5 * scale + 1]
        dark[near] = image[near] < 45
        ys, xs = np.nonzero(dark)
        if len(xs) < 7 * scale**2:
            continue
        width, height = np.ptp(xs) + 1, np.ptp(ys) + 1
        if abs(width - height) <= scale and 0.9 < len(xs) / (np.pi / 4 * width * height) < 1.1:
            found[row] = (np.array([xs.min() + xs.max(), ys.min() + ys.max()]) / 2 - centre) / scale
    return found


@pytest.fixture(scope="module", params=SOURCES)
def eyes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    write, prepare = SOURCES[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    n = N // 2 if request.param == "unityeyes2" else N
    prepare(write(folder / "in", n), folder / "o.h5", size=SIZE, workers=1)
    with open_eyes(folder / "o.h5") as found:
        yield found


def test_the_iris_landmarks_lie_around_the_pupil(eyes: EyeFile) -> None:
    """As well as they do in the picture before it was cut: within half a pixel of 35x55."""
    cut = pupils(eyes.read_images(0, N), eyes.read_label("iris_2d", 0, N).mean(axis=1), 3)
    truth = sources.rendered(N)
    whole = pupils(truth.images, truth.iris_centre, 6)
    rows = sorted(cut.keys() & whole.keys())
    assert len(rows) >= 10
    moved = np.array([cut[row] - whole[row] for row in rows])
    assert np.abs(moved).max() < 0.5
    assert np.abs(moved.mean(axis=0)).max() < 0.1
    assert np.linalg.norm([cut[row] for row in rows], axis=1).mean() < 0.3


def test_the_gaze_points_where_the_pupil_has_gone(eyes: EyeFile) -> None:
    label = eyes.labels["look_vec"]
    look_vec = convention_of(label.attributes, "x").to_look_vec(eyes.read_label("look_vec", 0, N))
    moved = eyes.read_label("iris_2d", 0, N).mean(axis=1) - (82, 52)
    arrows = look_vec[:, :2] * (1, -1)
    far = np.linalg.norm(arrows, axis=1) > 0.3
    cosines = (moved * arrows).sum(axis=1) / np.linalg.norm(moved, axis=1) / np.linalg.norm(arrows, axis=1)
    assert far.sum() > 15
    assert cosines[far].min() > 0.75  # the eye itself lies a little off the middle
    assert cosines[far].mean() > 0.95
    assert (look_vec[:, 2] < 0).all()


def test_rows_stand_in_natural_order(eyes: EyeFile) -> None:
    paths = [path.decode() for path in eyes.read_label("path", 0, N)]
    numbers = [int(path.split("/")[-1].split(".")[0].removeprefix("f01_").split("_")[0]) for path in paths]
    assert numbers == sorted(numbers)
    assert max(numbers) >= 19
