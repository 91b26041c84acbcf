"""Renders that were resized, squashed or cut after their JSON was written: the camera looks at the eye, so it shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gazeaug.errors import InputError
from gazeaug.eyefile.reader import open_eyes
from gazeaug.sources.folders import prepare_unityeyes, prepare_unityeyes2
from gazeaug.sources.frames import BEHIND, frame_of
from gazeaug.sources.unityeyes import parse_look_vec, read_points
from tests.makers.sources import write_item, write_unityeyes2

WINDOW = (640, 480)
RADIUS = 32.0
Change = Callable[[Image.Image], Image.Image]


def write_render(
    folder: Path, number: int, gaze: tuple[float, float], change: Change = lambda picture: picture
) -> None:
    """What UnityEyes writes of an eye that turns about the middle of its window; the picture is changed afterwards."""
    u = np.array([*gaze, -np.sqrt(1 - gaze[0] ** 2 - gaze[1] ** 2)])
    middle = np.array(WINDOW) / 2
    iris = middle + BEHIND * RADIUS * u[:2] * (1, -1)
    dice = np.random.default_rng(number)
    pixels = dice.integers(90, 160, (WINDOW[1], WINDOW[0], 3), dtype=np.uint8)
    change(Image.fromarray(pixels)).save(folder / f"{number}.jpg")

    def text(n: int, x: float, y: float, radius: float) -> list[str]:
        angles = np.arange(n) * 2 * np.pi / n
        xs, ys = x + radius * np.cos(angles), WINDOW[1] - (y + radius * np.sin(angles))
        return [f"({px:.4f}, {py:.4f}, 9.0)" for px, py in zip(xs, ys, strict=True)]

    described = {
        "interior_margin_2d": text(16, *middle, 60),
        "caruncle_2d": text(7, middle[0] - 66, middle[1], 5),
        "iris_2d": text(32, *iris, RADIUS),
        "eye_details": {"look_vec": f"({u[0]:.4f}, {u[1]:.4f}, {u[2]:.4f}, 0.0000)", "pupil_size": "0.2"},
        "head_pose": "(0.0, 180.0, 0.0)",
    }
    (folder / f"{number}.json").write_text(json.dumps(described))


GAZES = [(0.3, 0.1), (-0.4, 0.2), (0.0, -0.5), (0.2, 0.4), (-0.1, -0.1)]
CHANGES: dict[str, Change] = {
    "half": lambda picture: picture.resize((320, 240)),
    "nine tenths": lambda picture: picture.resize((576, 432)),
    "larger": lambda picture: picture.resize((704, 528)),
    "squashed": lambda picture: picture.resize((640, 400)),
    "cut": lambda picture: picture.crop((60, 45, 580, 435)),
    "cut at a side": lambda picture: picture.crop((0, 0, 560, 480)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_pictures_changed_after_their_json_are_refused(tmp_path: Path, change: str) -> None:
    for number, gaze in enumerate(GAZES, start=1):
        write_render(tmp_path, number, gaze)
    prepare_unityeyes(tmp_path, tmp_path / "whole.h5")
    for number, gaze in enumerate(GAZES, start=1):
        write_render(tmp_path, number, gaze, CHANGES[change])
    said = r"1\.jpg: is \d+x\d+ pixels, the landmarks of its JSON fit about 640x480: it was resized or cut"
    with pytest.raises(InputError, match=said):
        prepare_unityeyes(tmp_path, tmp_path / "o.h5")
    assert not (tmp_path / "o.h5").exists()


def test_one_of_many_is_left_out_by_name(tmp_path: Path) -> None:
    for number, gaze in enumerate(GAZES, start=1):
        write_render(tmp_path, number, gaze, CHANGES["nine tenths"] if number == 3 else lambda picture: picture)
    (tmp_path / "5.json").write_text("{}")  # a damaged one does not hide the others' camera
    report = prepare_unityeyes(tmp_path, tmp_path / "o.h5", keep_going=True)
    assert (report.n_images, report.n_rejected) == (3, 2)
    with open_eyes(report.output) as eyes:
        assert [str(path, "utf-8")[-5:] for path in eyes.read_label("path", 0, 3)] == ["1.jpg", "2.jpg", "4.jpg"]


def test_a_single_render_of_half_its_size_is_refused(tmp_path: Path) -> None:
    write_render(tmp_path, 1, (0.3, 0.1), CHANGES["half"])
    with pytest.raises(InputError, match="fit about 640x480"):
        prepare_unityeyes(tmp_path, tmp_path / "o.h5")


def test_where_the_camera_looks_elsewhere_nothing_is_made_of_it(tmp_path: Path) -> None:
    for number, centre in enumerate([(150, 120), (210, 130), (260, 160)], start=1):
        write_item(tmp_path, number, centre=centre)
    assert prepare_unityeyes(tmp_path, tmp_path / "o.h5").n_images == 3


def test_an_iris_outside_its_picture_is_refused(tmp_path: Path) -> None:
    write_item(tmp_path, 1)
    described = json.loads((tmp_path / "1.json").read_text())
    described["iris_2d"] = ["(420.0, 100.0, 9.0)"] * 32
    (tmp_path / "1.json").write_text(json.dumps(described))
    with pytest.raises(InputError, match=r"1\.jpg: is 400x300 pixels, and the iris of its JSON lies outside"):
        prepare_unityeyes(tmp_path, tmp_path / "o.h5")
    write_unityeyes2(tmp_path / "two", 1)
    picture = tmp_path / "two" / "1_cam0.jpg"
    with Image.open(picture) as whole:
        whole.crop((0, 0, 300, whole.height)).save(picture)
    with pytest.raises(InputError, match=r"1_cam0\.jpg: is .* and the iris of its JSON lies outside"):
        prepare_unityeyes2(tmp_path / "two", tmp_path / "o.h5")


def test_a_crop_in_which_nothing_can_be_seen_is_refused(tmp_path: Path) -> None:
    write_item(tmp_path, 1)
    Image.new("RGB", (400, 300), (90, 90, 90)).save(tmp_path / "1.jpg")
    with pytest.raises(InputError, match="nothing can be seen where its eye should be: all pixels lie within 4 grey"):
        prepare_unityeyes(tmp_path, tmp_path / "o.h5")


@pytest.mark.real_data
def test_true_renders_are_seen_in_frames_of_their_own_size(real_data_folder: Path, tmp_path: Path) -> None:
    folder = real_data_folder / "unityeyes" / "output"
    for path in folder.glob("*.json"):
        described = json.loads(path.read_text())
        look_vec = parse_look_vec(described["eye_details"]["look_vec"], "")
        with Image.open(path.with_suffix(".jpg")) as picture:
            off = frame_of(read_points(described, "iris_2d", ""), look_vec) / picture.size - 1
        assert np.abs(off).max() < 0.02
    assert prepare_unityeyes(folder, tmp_path / "o.h5").n_images == 56
