"""Videos: every frame once and under its number, whatever the container; those that end early; clips by name."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gazeaug.errors import InputError
from gazeaug.photos.videos import CLIP_FRAMES, Clip, index_video, read_frames
from tests.makers.photographs import write_video

av = pytest.importorskip("av", reason="the extra 'video' is not installed")

N = 70
CONTAINERS = [("a.mp4", "libx264"), ("a.mkv", "libx264"), ("a.avi", "mpeg4"), ("a.webm", "libvpx-vp9"),
              ("a.wmv", "wmv2"), ("a.ts", "libx264")]  # fmt: skip


def grey_frames(path: Path, codec: str) -> Path:
    return write_video(path, [Image.new("RGB", (64, 48), (3 * i,) * 3) for i in range(N)], codec=codec)


def frames_in(path: Path, every: int = 1) -> list[tuple[int, float]]:
    """Number and grey level of the frames of all clips, each found by its name."""
    clips = [Clip.of(Path(clip.name)) for clip in index_video(path, every=every).clips]
    return [(n, float(np.asarray(p).mean())) for clip in clips if clip for n, p in read_frames(clip, every=every)]


@pytest.mark.parametrize(("name", "codec"), CONTAINERS, ids=[f"{n[2:]} {c}" for n, c in CONTAINERS])
@pytest.mark.parametrize("every", [1, 3])
def test_every_wanted_frame_comes_once_under_its_number(tmp_path: Path, name: str, codec: str, every: int) -> None:
    found = frames_in(grey_frames(tmp_path / name, codec), every)
    assert [number for number, _ in found] == list(range(0, N, every))
    np.testing.assert_allclose([level / 3 for _, level in found], range(0, N, every), atol=2)


def test_clips_are_short(tmp_path: Path) -> None:
    index = index_video(grey_frames(tmp_path / "a.mp4", "libx264"), every=2)
    assert index.missing is None
    assert [(clip.first, clip.stop) for clip in index.clips] == [(0, 32), (32, 64), (64, 70)]
    assert index.clips[0].stop == 2 * CLIP_FRAMES


@pytest.mark.parametrize("name", ["a.avi", "a.mkv"])
def test_a_video_that_ends_early_gives_what_is_there_and_says_so(tmp_path: Path, name: str) -> None:
    whole = grey_frames(tmp_path / name, "mpeg4" if name == "a.avi" else "libx264").read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) * 6 // 10])
    missing = index_video(tmp_path / name, every=1).missing
    assert missing is not None
    assert "are there" in missing
    assert 5 < len(frames_in(tmp_path / name)) < N


@pytest.mark.parametrize("content", [b"", b"no video", b"\x00\x00\x00\x18ftypmp42" + bytes(400)])
def test_what_is_no_video_is_said_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.mp4: expected a video"):
        index_video(tmp_path / "a.mp4", every=1)


def test_names_of_pictures_are_no_clips() -> None:
    assert Clip.of(Path("a#1-2@3-4.jpg")) is None
    assert Clip.of(Path("a.jpg#1-2@3-4")) is None
    assert Clip.of(Path("b/ä #1.mp4#1-2@-3-4")) == Clip(video=Path("b/ä #1.mp4"), first=1, stop=2, start=-3, end=4)


# What phones write into a track's header (ISO 14496-12, 8.3.2): x' = a x + c y, y' = b x + d y, y down; and where the
# white quarter at the top left of the stored frames then stands.
HELD = {
    "upright": ((1, 0, 0, 1), (0, 0)),
    "a quarter clockwise": ((0, 1, -1, 0), (0, 1)),
    "upside down": ((-1, 0, 0, -1), (1, 1)),
    "a quarter counter-clockwise": ((0, -1, 1, 0), (1, 0)),
}


@pytest.mark.parametrize("held", HELD)
def test_videos_of_a_turned_phone_are_read_upright(tmp_path: Path, held: str) -> None:
    """The matrix is put in byte by byte, so that what reads it is not what wrote it."""
    (a, b, c, d), (row, column) = HELD[held]
    stored = Image.new("RGB", (64, 48))
    stored.paste((255, 255, 255), (0, 0, 32, 24))
    path = write_video(tmp_path / "phone.mp4", [stored] * N)
    content = bytearray(path.read_bytes())
    at = content.index(b"tkhd") + 44
    assert struct.unpack_from(">9i", content, at) == (65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)
    struct.pack_into(">9i", content, at, *(v * 65536 for v in (a, b, 0, c, d)), 0, 0, 0, 1 << 30)
    path.write_bytes(content)
    clips = index_video(path, every=9).clips
    pictures = [picture for clip in clips for _, picture in read_frames(clip, every=9)]
    assert len(pictures) == 8
    for picture in pictures:
        assert picture.size == ((64, 48) if b == 0 else (48, 64))
        quarters = np.asarray(picture.convert("L").resize((2, 2), Image.Resampling.BOX))
        assert np.argwhere(quarters > 128).tolist() == [[row, column]]
