"""Photographs into an eye file, with a finder that needs no model: order, lists, videos, twins, resuming, bad input."""

from __future__ import annotations

import csv
import struct
import zlib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image

from gazeaug.drawing.legends import LINE_HEIGHT
from gazeaug.errors import InputError
from gazeaug.photos import grid as photo_grid
from gazeaug.photos import photographs as photos
from gazeaug.photos.photographs import prepare_photos
from gazeaug.preparing import source
from gazeaug.preparing.job import PrepareReport
from tests.makers.photographs import SIZE, CodedFinder, coded, faceless, write_video

LEGEND = 2 * LINE_HEIGHT  # a title, and what the dots are
needs_av = pytest.mark.skipif(find_spec("av") is None, reason="the extra 'video' is not installed")


@pytest.fixture(autouse=True)
def coded_finder(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (photos, photo_grid):
        monkeypatch.setattr(module, "open_finder", lambda face_model, *, thorough: CodedFinder())
    monkeypatch.setattr(photos, "find_mediapipe", lambda face_model: None)


def prepare(folder: Path, **options: Any) -> PrepareReport:
    return prepare_photos([folder / "in"], folder / "real.h5", workers=1, **options)


def reasons(folder: Path) -> dict[str, str]:
    with (folder / "real.h5.rejected.csv").open(newline="", encoding="utf-8") as file:
        return {row["item"].removeprefix("in/"): row["reason"] for row in csv.DictReader(file)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in" / "sub").mkdir(parents=True)
    return tmp_path


def test_folders_in_natural_order_with_a_list_of_what_is_left_out(folder: Path) -> None:
    for name, picture in [
        ("10.png", coded(width=50)),
        ("9.png", coded(width=49)),
        ("sub/1.png", coded(width=51)),
        ("2 faceless.png", faceless()),
        ("3 small.png", coded(width=10)),
        ("4 closed.png", coded(openness=5)),
    ]:
        picture.save(folder / "in" / name)
    (folder / "in" / "notes.txt").write_text("no picture")
    report = prepare(folder, head_pose=True)
    with h5py.File(folder / "real.h5") as file:
        np.testing.assert_allclose(file["eye_width_px"][()], [49, 49, 50, 50, 51, 51], rtol=1e-5)
        assert file["eye"].asstr()[()].tolist() == ["right", "left"] * 3
        assert file["path"].asstr()[0] == "in/9.png"  # not the folders above, which name people
        assert set(file["frame"][()]) == {-1}
        assert file["image"].shape == (6, 35, 55)
        assert "look_vec" not in file
        assert file["head_pose"].attrs["estimated"]
        assert file.attrs["min_openness"] == 0.12
    assert report.left_out == {"small": 2, "closed": 2, "no face": 1}
    assert (report.n_images, report.n_rejected) == (6, 5)
    assert reasons(folder)["2 faceless.png"] == "no face: none was found"
    assert reasons(folder)["3 small.png left"] == "small: eye width 10 is below 15; 10 pixels wide at 210, 120"
    assert prepare(folder, rows=4, overwrite=True).n_images == 2


def test_several_inputs_come_in_the_order_given(folder: Path) -> None:
    coded(width=50).save(folder / "b.png")
    coded(width=40).save(folder / "in" / "a.png")
    prepare_photos([folder / "b.png", folder / "in"], folder / "real.h5", workers=1)
    with h5py.File(folder / "real.h5") as file:
        np.testing.assert_allclose(file["eye_width_px"][()], [50, 50, 40, 40], rtol=1e-5)


@needs_av
def test_twins_of_a_video_are_left_out_and_frames_keep_their_numbers(folder: Path) -> None:
    still, moved = coded(), coded(shift=30)
    frames = [still] * 20 + [moved.resize(SIZE)] * 20
    write_video(folder / "in" / "v.mkv", frames, codec="ffv1")
    with h5py.File(prepare(folder, every=2, twin_bits=-1).output) as file:
        assert file["frame"][::2].tolist() == list(range(0, 40, 2))
        images = file["image"][()]
    report = prepare(folder, every=2, overwrite=True)
    with h5py.File(report.output) as file:
        assert file["frame"][()].tolist() == [0, 0]
        np.testing.assert_array_equal(file["image"][()], images[:2])
    assert report.left_out == {"twin": 38}
    assert reasons(folder)["v.mkv#38 left"].startswith("twin: ")


@needs_av
def test_a_video_that_ends_early_is_used_and_listed(folder: Path) -> None:
    path = write_video(folder / "in" / "v.avi", [coded(width=40 + i) for i in range(20)], codec="ffv1")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    report = prepare(folder, twin_bits=-1)
    assert 4 < report.n_images < 40
    assert report.left_out["ends early"] == 1
    assert "20 frames are there" in reasons(folder)["v.avi"]


@needs_av
def test_a_broken_video_stops_the_run_or_is_listed(folder: Path) -> None:
    coded().save(folder / "in" / "a.png")
    (folder / "in" / "v.mp4").write_bytes(b"no video")
    with pytest.raises(InputError, match=r"v\.mp4: expected a video"):
        prepare(folder)
    assert prepare(folder, keep_going=True).left_out == {"unreadable": 1}


def test_what_is_kept_and_left_out_is_drawn(folder: Path) -> None:
    for i in range(30):
        coded(width=30 + i).save(folder / "in" / f"{i}.png")
    coded(width=10).save(folder / "in" / "small.png")
    faceless().save(folder / "in" / "none.png")
    prepare(folder, grid=folder / "grid.png")
    with Image.open(folder / "grid.png") as sheet:
        assert sheet.size == (
            6 * (55 * 3 + 6) + 6,
            LEGEND + 22 + 8 * (35 * 3 + 6) + 6,
        )  # kept, kept, kept, lids, small, no face


def test_an_interrupted_run_goes_on_and_ends_as_no_interruption(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for i in range(12):
        (coded(width=30 + i) if i % 3 else faceless()).save(folder / "in" / f"{i}.png")
    monkeypatch.setattr(photos, "ITEMS_PER_UNIT", 4)
    prepare(folder)
    whole, listed = (folder / "real.h5").read_bytes(), reasons(folder)
    for name in ("real.h5", "real.h5.rejected.csv"):
        (folder / name).unlink()
    torn = folder / "in" / "10.png"
    picture = torn.read_bytes()
    torn.write_bytes(picture[:50])
    with pytest.raises(InputError, match=r"10\.png: expected a picture"):
        prepare(folder)
    torn.write_bytes(picture)
    report = prepare(folder)
    assert report.n_resumed == 8
    assert reasons(folder) == listed
    with h5py.File(folder / "real.h5") as file:
        assert len(file["image"]) == 16
    assert len((folder / "real.h5").read_bytes()) == len(whole)
    assert source.UNIT_ITEMS > 4


def test_no_face_in_any_picture_is_an_error_and_leaves_no_file(folder: Path) -> None:
    faceless().save(folder / "in" / "a.png")
    faceless().save(folder / "in" / "b.png")
    with pytest.raises(InputError, match=r"not one of 2 items gave an eye that is kept; the first: no face"):
        prepare(folder)
    assert [path.name for path in folder.iterdir()] == ["in"]


def huge_png(path: Path, width: int, height: int) -> None:
    """A PNG that says it is large."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", len(head)) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 9) + b"IDAT" + bytes(13))


def test_pictures_of_every_kind(folder: Path) -> None:
    """16 bits, CMYK, alpha, palette, animation, a camera that was turned: each gives its two eyes."""
    plain, kinds = coded(), folder / "in"
    plain.save(kinds / "rgb.png")
    plain.convert("RGBA").save(kinds / "alpha.png")
    frames = [plain, faceless(), faceless()]
    frames[0].save(kinds / "moving.png", save_all=True, append_images=frames[1:])
    turned = plain.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    turned.save(kinds / "turned.png", exif=exif)
    assert prepare(folder).n_images == 8
    with h5py.File(folder / "real.h5") as file:
        images = file["image"][()].astype(int)
    for image in images.reshape(4, 2, 35, 55):
        assert np.abs(image - images[:2]).max() <= 1


@pytest.mark.parametrize(
    ("name", "make", "said"),
    [
        ("a.jpg", lambda path: path.write_bytes(b"\xff\xd8\xff torn"), r"a\.jpg: expected a picture"),
        ("a.png", lambda path: huge_png(path, 20_000, 10_000), r"more than 100 megapixels; --max-megapixels"),
    ],
    ids=["broken JPEG", "200 megapixels"],
)
def test_damaged_pictures_are_named(folder: Path, name: str, make: Any, said: str) -> None:
    coded().save(folder / "in" / "0.png")
    make(folder / "in" / name)
    with pytest.raises(InputError, match=said):
        prepare(folder)
    report = prepare(folder, keep_going=True)
    assert (report.n_images, report.left_out) == (2, {"unreadable": 1})


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (["in"], "in: expected pictures or videos in it, found none"),
        (["nothing"], "nothing: expected a picture, a video or a folder of them, there is nothing of that name"),
        (["notes.txt"], r"notes\.txt: expected a picture, a video or a folder of them; its ending is of neither"),
    ],
)
def test_inputs_that_are_none_are_named(folder: Path, inputs: list[str], said: str) -> None:
    (folder / "notes.txt").write_text("no picture")
    with pytest.raises(InputError, match=said):
        prepare_photos([folder / name for name in inputs], folder / "real.h5", workers=1)


@pytest.mark.parametrize(
    ("options", "said"),
    [({"every": 0}, "--every must be at least 1"), ({"twin_bits": 200}, "--twin-bits must be from")],
)
def test_options_out_of_range_are_named(folder: Path, options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        prepare(folder, **options)


def test_a_folder_and_its_parent_are_refused(folder: Path) -> None:
    coded().save(folder / "in" / "sub" / "a.png")
    coded(width=50).save(folder / "in" / "b.png")
    with pytest.raises(InputError, match=r"in/sub: lies in .*/in, which is given too; its rows would be there twice"):
        prepare_photos([folder / "in", folder / "in" / "sub"], folder / "real.h5", workers=1)
    with pytest.raises(InputError, match=r"b\.png: lies in .*/in, which is given too"):
        prepare_photos([folder / "in", folder / "in" / "b.png"], folder / "real.h5", workers=1)
    assert [path.name for path in folder.iterdir()] == ["in"]


def test_what_is_no_picture_of_ours_is_counted(folder: Path) -> None:
    coded().save(folder / "in" / "a.png")
    for name in ("b.heic", "c.3gp", ".d.png"):
        (folder / "in" / name).write_bytes(b"")
    report = prepare(folder, grid=folder / "grid.png")
    assert (report.n_images, report.left_out) == (2, {"hidden": 1, "other format": 2})
