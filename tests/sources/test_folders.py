"""Folders into eye files: order, labels, landmarks on the eye, nothing squashed, unreadable items named."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from gazeaug.errors import InputError
from gazeaug.eyefile.reader import open_eyes
from gazeaug.sources.folders import prepare_folder, prepare_unityeyes
from tests.makers.sources import write_item


def test_items_come_in_natural_order_with_their_labels(tmp_path: Path) -> None:
    for number in (10, 2, 1):
        write_item(tmp_path, number)
    report = prepare_unityeyes(tmp_path, tmp_path / "o.h5")
    assert (report.n_images, report.rejected) == (3, None)
    with open_eyes(tmp_path / "o.h5") as eyes:
        assert eyes.image_shape == (35, 55)
        paths = [path.decode() for path in eyes.read_label("path", 0, 3)]
        assert [Path(path).name for path in paths] == ["1.jpg", "2.jpg", "10.jpg"]
        expected = np.array([[0.1, -0.2, -0.9001, 0], [0.1, -0.2, -0.9002, 0], [0.1, -0.2, -0.901, 0]], "f4")
        np.testing.assert_array_equal(eyes.read_label("look_vec", 0, 3), expected)
        np.testing.assert_array_equal(eyes.read_label("head_pose", 0, 1), [[350, 180, 0]])
        assert eyes.read_label("pupil_size", 0, 1)[0] == np.float32(0.015)


@pytest.mark.parametrize("centre", [(210, 130), (60, 60), (390, 280)], ids=["inside", "top left", "beyond the corner"])
def test_landmarks_stand_where_the_iris_is_in_the_crop(tmp_path: Path, centre: tuple[float, float]) -> None:
    write_item(tmp_path, 1, centre=centre)
    prepare_unityeyes(tmp_path, tmp_path / "o.h5", size=(70, 110))
    with open_eyes(tmp_path / "o.h5") as eyes:
        image, iris = eyes.read_images(0, 1)[0], eyes.read_label("iris_2d", 0, 1)[0]
    if centre != (390, 280):  # there the edge of the picture is repeated, and with it the iris
        dark_y, dark_x = np.nonzero(image < 80)
        np.testing.assert_allclose(iris.mean(axis=0), [dark_x.mean(), dark_y.mean()], atol=0.5)
        assert np.ptp(iris[:, 0]) == pytest.approx(np.ptp(dark_x) + 1, abs=2)
    np.testing.assert_allclose(iris.mean(axis=0), [54.5, 34.5], atol=0.5)


def test_unreadable_items_stop_the_run_by_name_or_go_to_a_list(tmp_path: Path) -> None:
    for number in (1, 2, 3, 4, 5):
        write_item(tmp_path, number)
    (tmp_path / "2.jpg").write_bytes(b"\xff\xd8\xff torn")
    (tmp_path / "3.json").unlink()
    (tmp_path / "4.json").write_text('{"eye_details": {"look_vec": "__import__(\'os\').abort()"}}')
    with pytest.raises(InputError, match=r"2\.jpg: expected a picture.*--keep-going"):
        prepare_unityeyes(tmp_path, tmp_path / "o.h5")
    assert not list(tmp_path.glob("o.h5*"))
    report = prepare_unityeyes(tmp_path, tmp_path / "o.h5", keep_going=True)
    assert (report.n_images, report.n_rejected) == (2, 3)
    assert report.rejected is not None
    with report.rejected.open() as file:
        rows = list(csv.reader(file))
    assert [Path(item).name for item, _ in rows[1:]] == ["2", "3", "4"]
    assert "look_vec" in rows[3][1] or "numbers in parentheses" in rows[3][1]


def test_a_pool_gives_the_same_file(tmp_path: Path) -> None:
    (tmp_path / "imgs").mkdir()
    for number in range(1, 71):
        write_item(tmp_path / "imgs", number, centre=(100 + 2 * number, 130))
    prepare_unityeyes(tmp_path, tmp_path / "one.h5", workers=1)
    prepare_unityeyes(tmp_path, tmp_path / "two.h5", workers=2)
    with open_eyes(tmp_path / "one.h5") as one, open_eyes(tmp_path / "two.h5") as two:
        np.testing.assert_array_equal(one.read_images(0, 70), two.read_images(0, 70))
        np.testing.assert_array_equal(one.read_label("iris_2d", 0, 70), two.read_label("iris_2d", 0, 70))


@pytest.mark.parametrize("fit", ["crop", "pad"])
def test_plain_pictures_are_never_squashed(tmp_path: Path, fit: str) -> None:
    (tmp_path / "in" / "sub").mkdir(parents=True)
    picture = Image.new("L", (200, 200), 200)
    ImageDraw.Draw(picture).ellipse((70, 70, 130, 130), fill=10)
    picture.save(tmp_path / "in" / "sub" / "10.png")
    picture.convert("RGB").save(tmp_path / "in" / "2.jpg")
    prepare_folder(tmp_path / "in", tmp_path / "o.h5", fit=fit)
    with open_eyes(tmp_path / "o.h5") as eyes:
        assert [path.decode() for path in eyes.read_label("path", 0, 2)] == ["2.jpg", "sub/10.png"]
        for image in eyes.read_images(0, 2):
            dark_y, dark_x = np.nonzero(image < 100)
            assert np.ptp(dark_x) == pytest.approx(np.ptp(dark_y), abs=1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"margin": 0.0}, "--margin must be from 0.5 to 10, got 0"),
        ({"size": (4, 4)}, "--size must be at least 16x16, got 4x4"),
        ({"workers": 0}, "--workers must be at least 1, got 0"),
        ({"limit": -3}, "--rows must be at least 1, got -3"),
    ],
)
def test_options_out_of_range(tmp_path: Path, options: dict, said: str) -> None:
    write_item(tmp_path, 1)
    with pytest.raises(InputError, match=said):
        prepare_unityeyes(tmp_path, tmp_path / "o.h5", **options)


def test_folders_without_eyes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        prepare_unityeyes(tmp_path / "none", tmp_path / "o.h5")
    with pytest.raises(InputError, match="found none"):
        prepare_unityeyes(tmp_path, tmp_path / "o.h5")
    with pytest.raises(InputError, match="found none"):
        prepare_folder(tmp_path, tmp_path / "o.h5")


def test_nothing_of_a_folder_is_passed_over_without_a_word(tmp_path: Path) -> None:
    home = tmp_path / "in"
    (home / "imgs").mkdir(parents=True)
    for number in (1, 2):
        write_item(home / "imgs", number)
    (home / "imgs" / "preview.png").write_bytes(b"")
    (home / "imgs" / "1 (copy).json").write_text("{}")
    report = prepare_unityeyes(home, tmp_path / "a.h5")
    assert (report.n_images, report.left_out) == (2, {"other name": 2})
    write_item(home, 3)
    with pytest.raises(InputError, match=r"in: holds 2 files of UnityEyes and 4 more in imgs/, so it is not clear"):
        prepare_unityeyes(home, tmp_path / "b.h5")
    (home / "imgs").rename(home / "run2")
    report = prepare_unityeyes(home, tmp_path / "b.h5")
    assert (report.n_images, report.left_out) == (1, {"other folder": 1})
    (home / "3.JPG").write_bytes((home / "3.jpg").read_bytes())
    with pytest.raises(InputError, match=r"in/3\.jpg: 3\.JPG is of the same item; take away one of the two"):
        prepare_unityeyes(home, tmp_path / "c.h5")
    (home / "3.jpg").unlink()
    (home / "3.JPG").rename(home / "3.Jpg")
    assert prepare_unityeyes(home, tmp_path / "c.h5").n_images == 1


def test_a_folder_of_a_phone_with_its_hidden_copies(tmp_path: Path) -> None:
    for name in ("a.JPG", ".thumbs/a.jpg", "._a.JPG"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (60, 40)).save(tmp_path / "in" / name)
    (tmp_path / "in" / "b.HEIC").write_bytes(b"ftypheic")
    report = prepare_folder(tmp_path / "in", tmp_path / "o.h5")
    assert (report.n_images, report.left_out) == (1, {"hidden": 2, "other format": 1})
    (tmp_path / "in" / "c.jpg").symlink_to("gone.jpg")
    with pytest.raises(InputError, match=r"c\.jpg: a link that leads nowhere\. \(--keep-going leaves such items out\)"):
        prepare_folder(tmp_path / "in", tmp_path / "p.h5")
    report = prepare_folder(tmp_path / "in", tmp_path / "p.h5", keep_going=True)
    assert (report.n_images, report.left_out["unreadable"]) == (1, 1)
    (tmp_path / "in" / "a.JPG").unlink()
    with pytest.raises(InputError, match=r"expected pictures .*, found none; left out: .*/\._a.JPG .*and 3 more"):
        prepare_folder(tmp_path / "in", tmp_path / "q.h5")
