"""Odd pictures: large, turned, deep, four-coloured, with a palette, strangely named, linked from elsewhere."""

from __future__ import annotations

import os
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gazeaug.errors import InputError
from gazeaug.eyefile.reader import open_eyes
from gazeaug.pictures import decoding as pictures
from gazeaug.pictures.decoding import read_plain
from gazeaug.sources.folders import prepare_folder, prepare_unityeyes
from tests.makers import sources

SIZE = (40, 60)


def ramp(width: int = 60, height: int = 40) -> np.ndarray:
    """Darker at the left and at the top."""
    return np.add.outer(np.linspace(0, 100, height), np.linspace(0, 150, width)).astype(np.uint8)


def read(path: Path, *, color: bool = False) -> np.ndarray:
    return read_plain(path, SIZE, color=color, pad=False).astype(int)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "P", "CMYK", "1"])
def test_modes_show_the_same_picture(tmp_path: Path, mode: str) -> None:
    picture = Image.fromarray(ramp()).convert("RGB")
    ending = "tif" if mode == "CMYK" else "png"
    (picture.quantize(256) if mode == "P" else picture.convert(mode)).save(tmp_path / f"a.{ending}")
    found = read(tmp_path / f"a.{ending}")
    if mode == "1":
        assert found[:, 40:].mean() > 150 > 100 > found[:, :20].mean()
    else:
        np.testing.assert_allclose(found, ramp(), atol=3)
    assert read(tmp_path / f"a.{ending}", color=True).shape == (*SIZE, 3)


def test_a_palette_with_transparency_and_a_cmyk_jpeg(tmp_path: Path) -> None:
    palette = Image.fromarray(ramp()).convert("RGB").quantize(256)
    palette.save(tmp_path / "a.png", transparency=bytes([0, 128] * 128))
    np.testing.assert_allclose(read(tmp_path / "a.png"), ramp(), atol=3)
    Image.fromarray(ramp()).convert("RGB").convert("CMYK").save(tmp_path / "a.jpg", quality=95)
    np.testing.assert_allclose(read(tmp_path / "a.jpg"), ramp(), atol=8)


@pytest.mark.parametrize("pad", [True, False])
@pytest.mark.parametrize("color", [True, False])
@pytest.mark.parametrize("size", [(60, 36), (61, 47), (160, 120), (640, 480)])
def test_small_jpegs_have_the_pixels_that_pillow_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], color: bool, pad: bool
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    options: list[dict[str, Any]] = [{"subsampling": 2}, {"subsampling": 0, "progressive": True}]
    for number, how in enumerate(options):
        path = tmp_path / f"{number}.jpg"
        (Image.fromarray(noise) if number else Image.fromarray(noise[..., 0])).save(path, **how)
        fast = pictures.read_small_jpeg(path, SIZE, color=color, pad=pad, max_megapixels=1)
        assert fast is not None
        with monkeypatch.context() as patch:
            patch.setattr(pictures, "read_small_jpeg", lambda *args, **options: None)
            np.testing.assert_array_equal(fast, read_plain(path, SIZE, color=color, pad=pad))


def test_what_is_not_plain_is_left_to_pillow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture, path = Image.fromarray(ramp()).convert("RGB"), tmp_path / "a.jpg"

    def read_fast(max_megapixels: float = 1) -> object:
        return pictures.read_small_jpeg(path, SIZE, color=False, pad=False, max_megapixels=max_megapixels)

    picture.save(path)
    assert read_fast() is not None
    assert read_fast(max_megapixels=0.001) is None
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    assert read_fast() is None
    path.write_bytes(whole + bytes(pictures.SMALL_BYTES))
    assert read_fast() is None
    picture.save(path, "png")
    assert read_fast() is None
    picture.convert("CMYK").save(path)
    assert read_fast() is None
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(path, exif=exif)
    assert read_fast() is None
    path.unlink()
    assert read_fast() is None
    picture.save(path)
    monkeypatch.setattr(pictures, "simplejpeg", None)  # without the extra
    assert read_fast() is None


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_pictures_come_upright(tmp_path: Path, orientation: int) -> None:
    upright = Image.fromarray(ramp())
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # what undoes the turn that a viewer makes
    stored = upright if orientation == 1 else upright.transpose(Image.Transpose(back[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "a.jpg", exif=exif, quality=95)
    np.testing.assert_allclose(read(tmp_path / "a.jpg"), ramp(), atol=6)


def test_large_jpegs_are_decoded_small_and_stay_in_place(tmp_path: Path) -> None:
    large = Image.fromarray(np.kron(ramp(), np.ones((20, 20), np.uint8)))
    large.save(tmp_path / "a.jpg", quality=95)
    large.save(tmp_path / "a.png")
    np.testing.assert_allclose(read(tmp_path / "a.jpg"), read(tmp_path / "a.png"), atol=3)


def test_pictures_above_the_limit_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
    with pytest.raises(InputError, match=r"100000x100000 are more than 100 megapixels; --max-megapixels"):
        prepare_folder(tmp_path / "in", tmp_path / "o.h5")
    Image.new("L", (1200, 1000)).save(tmp_path / "in" / "a.png")
    with pytest.raises(InputError, match="1200x1000 are more than 1 megapixels"):
        prepare_folder(tmp_path / "in", tmp_path / "o.h5", max_megapixels=1)
    assert prepare_folder(tmp_path / "in", tmp_path / "o.h5", max_megapixels=1.2).n_images == 1
    assert Image.MAX_IMAGE_PIXELS is not None  # as it was, for other users of Pillow


def test_names_with_large_endings_spaces_and_letters_of_any_script(tmp_path: Path) -> None:
    folder = tmp_path / "my eyes 目"
    (folder / "ü b").mkdir(parents=True)
    names = ["1.JPG", "2.Jpeg", "10 (копия).PNG", "ü b/眼.png"]
    for name in names:
        Image.fromarray(ramp()).save(folder / name)
    prepare_folder(folder, tmp_path / "ö ut.h5")
    with open_eyes(tmp_path / "ö ut.h5") as eyes:
        assert [path.decode() for path in eyes.read_label("path", 0, 4)] == names


def test_unityeyes_pairs_with_large_endings(tmp_path: Path) -> None:
    folder = sources.write_unityeyes(tmp_path / "in", 3)
    (folder / "2.jpg").rename(folder / "2.JPG")
    (folder / "2.json").rename(folder / "2.JSON")
    prepare_unityeyes(folder, tmp_path / "o.h5")
    with open_eyes(tmp_path / "o.h5") as eyes:
        assert [path.decode() for path in eyes.read_label("path", 0, 3)] == ["in/1.jpg", "in/2.JPG", "in/3.jpg"]


def test_links_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    Image.fromarray(ramp()).save(tmp_path / "secret.png")
    Image.fromarray(ramp()).save(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "b.png").symlink_to(tmp_path / "in" / "a.png")
    with pytest.raises(InputError, match=r"b\.png: the same file as .*a\.png, so its rows would be there twice"):
        prepare_folder(tmp_path / "in", tmp_path / "o.h5")
    (tmp_path / "in" / "b.png").unlink()
    (tmp_path / "in" / "c.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(InputError, match=r"c\.png: leads out of its folder to .*secret\.png, which is refused"):
        prepare_folder(tmp_path / "in", tmp_path / "p.h5")
    assert prepare_folder(tmp_path / "in", tmp_path / "p.h5", keep_going=True).n_rejected == 1


@pytest.mark.parametrize("content", [b"", b"%!PS-Adobe-3.0 EPSF-3.0\n", b"\xff\xd8\xff torn", b"8BPS\0\1"])
def test_what_is_no_picture_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.png").write_bytes(content)
    with warnings.catch_warnings(), pytest.raises(InputError, match=r"a\.png: expected a picture"):
        warnings.simplefilter("error")
        read(tmp_path / "a.png")


def test_names_that_are_no_text_and_names_with_lines_and_commas(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    odd = ["b\nc.png", '..%2f..%2fetc,"x.png', "--output.png", "$(touch x).png"]
    for name in odd:
        Image.fromarray(ramp()).save(tmp_path / "in" / name)
    Path(os.fsdecode(os.fsencode(tmp_path / "in") + b"/\xff.png")).write_bytes((tmp_path / "in" / odd[0]).read_bytes())
    with pytest.raises(InputError, match=r"\\xff\.png': its name is no UTF-8"):
        prepare_folder(tmp_path / "in", tmp_path / "o.h5")
    assert prepare_folder(tmp_path / "in", tmp_path / "o.h5", keep_going=True).left_out == {
        "hidden": 1,
        "unreadable": 1,
    }
    with open_eyes(tmp_path / "o.h5") as eyes:
        assert sorted(path.decode() for path in eyes.read_label("path", 0, 4)) == sorted(set(odd) - {odd[1]})
    assert "\\udcff.png" in (tmp_path / "o.h5.rejected.csv").read_text()


@pytest.mark.parametrize(("mode", "ending", "stored"), [("I;16", "png", "<u2"), ("I;16B", "tif", ">u2")])
def test_sixteen_bits_are_scaled_and_not_clipped(tmp_path: Path, mode: str, ending: str, stored: str) -> None:
    deep = (ramp().astype(np.uint16) * 257).astype(stored)
    Image.frombytes(mode, (60, 40), deep.tobytes()).save(tmp_path / f"a.{ending}")
    with Image.open(tmp_path / f"a.{ending}") as picture:
        assert picture.mode == mode
    np.testing.assert_allclose(read(tmp_path / f"a.{ending}"), ramp(), atol=1)


@pytest.mark.parametrize("bits", [8, 10, 12])
@pytest.mark.parametrize("ending", ["png", "tif"])
def test_few_bits_in_16_are_refused_rather_than_black(tmp_path: Path, bits: int, ending: str) -> None:
    levels = ramp().astype(np.uint16) << (bits - 8)
    Image.fromarray(levels).save(tmp_path / f"a.{ending}")
    with pytest.raises(
        InputError, match=rf"none above {levels.max()}: a camera's 8, 10 or 12 bits would come out black"
    ):
        read(tmp_path / f"a.{ending}")
    Image.fromarray(levels << (16 - bits)).save(tmp_path / f"a.{ending}")
    np.testing.assert_allclose(read(tmp_path / f"a.{ending}"), ramp(), atol=1)
