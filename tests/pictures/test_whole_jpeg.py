"""Damaged JPEGs, as a strict decoder sees them, and whole ones of every kind."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gazeaug.errors import InputError
from gazeaug.pictures import decoding, whole_jpeg
from gazeaug.pictures.decoding import cut_out, opened, read_plain, read_upright

N_DAMAGES = 60
KINDS: dict[str, dict[str, Any]] = {
    "plain": {"quality": 90},
    "all colours whole": {"quality": 95, "subsampling": 0},
    "own tables": {"optimize": True},
    "progressive": {"progressive": True},
    "restart markers": {"restart_marker_rows": 1},
    "both": {"progressive": True, "restart_marker_rows": 2},
}
ONE_PASS = ("plain", "all colours whole", "own tables", "restart markers")


@pytest.fixture(autouse=True, params=[True, False], ids=["without the extra", "as installed"])
def extra(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With and without simplejpeg."""
    if request.param:
        monkeypatch.setattr(decoding, "simplejpeg", None)
        monkeypatch.setattr(whole_jpeg, "simplejpeg", None)


def scene(mode: str = "RGB", size: tuple[int, int] = (123, 90)) -> Image.Image:
    """Soft shapes and grain."""
    dice = np.random.default_rng(3)
    coarse = Image.fromarray(dice.integers(0, 256, (8, 11, 3), dtype=np.uint8)).resize(size, Image.Resampling.BICUBIC)
    grain = dice.integers(0, 24, (size[1], size[0], 1))
    return Image.fromarray((np.asarray(coarse) * 0.9 + grain).clip(0, 255).astype(np.uint8)).convert(mode)


def coded(kind: str, picture: Image.Image | None = None) -> bytes:
    """A JPEG of a kind."""
    file = io.BytesIO()
    (picture or scene()).save(file, "JPEG", **KINDS[kind])
    return file.getvalue()


def said_of(path: Path) -> str | None:
    """What a JPEG is refused with, read as it is and shrunk and grey as the cutter of eyes reads it."""
    found: list[str | None] = []
    for read in (lambda: read_upright(path, color=True), lambda: read_plain(path, (22, 30), color=False, pad=False)):
        try:
            read()
            found.append(None)
        except InputError as error:
            found.append(str(error))
    assert (found[0] is None) == (found[1] is None), found
    return found[0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(123, 90), (64, 64), (17, 9), (8, 8), (1, 1)])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_whole_ones_are_read_with_the_pixels_that_pillow_gives(
    tmp_path: Path, kind: str, size: tuple[int, int], mode: str
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(coded(kind, scene(mode, size)))
    with Image.open(path) as picture:
        expected = np.asarray(picture.convert("RGB"))
    np.testing.assert_array_equal(np.asarray(read_upright(path, color=True)), expected)
    with opened(path) as picture:
        found = cut_out(picture, (0, 0, size[0], size[1]), (max(1, size[1] // 4), max(1, size[0] // 4)), color=False)
    assert found.shape == (max(1, size[1] // 4), max(1, size[0] // 4))


@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_behind_the_picture_is_no_damage(tmp_path: Path, kind: str) -> None:
    raw = coded(kind)
    for name, more in [("fill", raw[:-2] + b"\xff\xff" + raw[-2:]), ("behind", raw + b"more, a video say" * 99)]:
        (tmp_path / f"{name}.jpg").write_bytes(more)
        assert said_of(tmp_path / f"{name}.jpg") is None


def test_a_few_bytes_too_many_are_no_damage(tmp_path: Path) -> None:
    """Some cameras write them."""
    raw = coded("plain")
    (tmp_path / "a.jpg").write_bytes(raw[:-2] + b"\0\0" + raw[-2:])
    assert said_of(tmp_path / "a.jpg") is None


def cut_with_an_end(raw: bytes, at: int, dice: np.random.Generator) -> bytes:
    return raw[:at] + b"\xff\xd9"


def cut(raw: bytes, at: int, dice: np.random.Generator) -> bytes:
    return raw[:at]


def zero_tail(raw: bytes, at: int, dice: np.random.Generator) -> bytes:
    return raw[:at] + bytes(len(raw) - at - 2) + raw[-2:]


def garbage(raw: bytes, at: int, dice: np.random.Generator) -> bytes:
    return raw[:at] + dice.bytes(min(200, len(raw) - 2 - at)) + raw[at + 200 : -2] + raw[-2:]


def piece_gone(raw: bytes, at: int, dice: np.random.Generator) -> bytes:
    return raw[:at] + raw[min(at + 300, len(raw) - 2) :]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("spoil", [cut_with_an_end, cut, zero_tail, garbage, piece_gone])
def test_damaged_ones_are_refused(
    tmp_path: Path, kind: str, spoil: Callable[[bytes, int, np.random.Generator], bytes]
) -> None:
    """All that are cut, and nearly all others; of several scans without the extra only what makes one end early."""
    raw, dice, path = coded(kind), np.random.default_rng(5), tmp_path / "a.jpg"
    start = raw.index(b"\xff\xda") + 14
    n_refused = 0
    for at in np.linspace(start, len(raw) - 40, N_DAMAGES).astype(int):
        path.write_bytes(spoil(raw, int(at), dice))
        try:
            read_upright(path, color=True)
        except InputError as error:
            n_refused += str(path) in str(error)
    if spoil in (cut, cut_with_an_end):
        assert n_refused >= 0.95 * N_DAMAGES
    elif kind in ONE_PASS or whole_jpeg.simplejpeg is not None:
        assert n_refused >= (0.7 if spoil is garbage else 0.9) * N_DAMAGES
    else:
        assert n_refused >= 0.05 * N_DAMAGES


def test_restart_markers_out_of_order_are_refused(tmp_path: Path) -> None:
    raw = coded("restart markers")
    first, second = raw.index(b"\xff\xd0"), raw.index(b"\xff\xd1")
    (tmp_path / "a.jpg").write_bytes(raw[:first] + raw[second:])
    assert said_of(tmp_path / "a.jpg") is not None


def test_two_fifths_of_a_picture_are_refused_in_words(tmp_path: Path) -> None:
    raw = coded("plain")
    (tmp_path / "a.jpg").write_bytes(raw[: len(raw) * 2 // 5] + b"\xff\xd9")
    assert "its data ends before the picture does" in (said_of(tmp_path / "a.jpg") or "")
