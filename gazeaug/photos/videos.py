"""Videos in clips of a few frames, each decoded on its own, so that many processes share a video in constant memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from gazeaug.errors import InputError

ENDINGS = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".wmv", ".ts")
CLIP_FRAMES = 16  # wanted frames in a clip
SHORTEST_SHARE = 0.9  # of the duration that a file states; sound may be a little longer than the pictures
NEEDED = "videos need the extra 'video': pip install 'gazeaug[video]'."
CLIP_NAME = re.compile(r"(?P<video>.+)#(?P<first>\d+)-(?P<stop>\d+)@(?P<start>-?\d+)-(?P<end>-?\d+)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Clip:
    """Frames `first` to `stop` - 1 of a video, by number and by presentation time in the stream's own units."""

    video: Path
    first: int
    stop: int
    start: int
    end: int
    """The time of frame `stop`, or of the last one and one more at the video's end."""

    @property
    def name(self) -> str:
        """The clip as the name of an item."""
        return f"{self.video.as_posix()}#{self.first}-{self.stop}@{self.start}-{self.end}"

    @classmethod
    def of(cls, item: Path) -> Clip | None:
        """The clip that an item names, or None where it is a picture."""
        found = CLIP_NAME.fullmatch(item.as_posix())
        if found is None or not is_video(Path(found["video"])):
            return None
        numbers = {name: int(found[name]) for name in ("first", "stop", "start", "end")}
        return cls(video=Path(found["video"]), **numbers)


def is_video(path: Path) -> bool:
    """Whether a name ends as a video's does."""
    return path.suffix.lower() in ENDINGS


def find_av() -> Any:
    """The library that decodes.

    Raises:
        InputError: it is not installed.
    """
    try:
        import av
    except ImportError:
        raise InputError(NEEDED) from None
    return av


@dataclass(frozen=True, kw_only=True)
class Index:
    """What a video holds, without decoding it."""

    clips: list[Clip]
    missing: str | None
    """What is missing at its end, in words; None for a whole one."""


def index_video(path: Path, *, every: int) -> Index:
    """Cut a video into clips.

    Args:
        path: of the video.
        every: only each so-many-th frame will be wanted.

    Raises:
        InputError: the extra is missing, or the file is no video, or holds no frame.
    """
    av = find_av()
    times: list[int] = []
    ended: str | None = None
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            promised, seconds = int(stream.frames), (container.duration or 0) / av.time_base
            try:
                times = [packet.pts for packet in container.demux(stream) if packet.pts is not None]
            except av.error.FFmpegError as error:
                ended = f"the file is damaged after {len(times)} frames ({error.strerror})"
    except (av.error.FFmpegError, IndexError) as error:
        raise InputError(f"{path}: expected a video, it does not open ({error}).") from error
    if not times:
        raise InputError(f"{path}: expected a video, it holds no frame.")
    there = float((max(times) - min(times)) * (stream.time_base or 0))
    if ended is None and len(times) < promised:
        ended = f"{len(times)} of {promised} frames are there"
    elif ended is None and there + 1 < SHORTEST_SHARE * seconds:  # where the number of frames is not written down
        ended = f"{there:.1f} of {seconds:.1f} seconds are there"
    if ended is not None and len(times) > 1:
        times.pop()  # torn
    times = [*sorted(times), max(times) + 1]
    starts = range(0, len(times) - 1, CLIP_FRAMES * every)
    spans = [(first, min(first + CLIP_FRAMES * every, len(times) - 1)) for first in starts]
    clips = [Clip(video=path, first=a, stop=b, start=times[a], end=times[b]) for a, b in spans]
    return Index(clips=clips, missing=ended)


def read_frames(clip: Clip, *, every: int) -> Iterator[tuple[int, Image.Image]]:
    """The wanted frames of a clip: number in the video and picture, RGB, turned as the camera was held.

    Args:
        clip: of `index_video`.
        every: only frames 0, `every`, 2 `every` and so on of the video.

    Raises:
        InputError: a frame does not decode.
    """
    av = find_av()
    number = clip.first
    try:
        with av.open(str(clip.video)) as container:
            for frame in frames_from(container, clip):
                if frame.pts >= clip.end:  # frames were lost
                    return
                if number % every == 0:
                    yield number, upright(frame)
                number += 1
                if number == clip.stop:
                    return  # before what follows is decoded: it may be torn
    except av.error.FFmpegError as error:
        raise InputError(f"{clip.video}: frame {number} does not decode ({error}).") from error


def frames_from(container: Any, clip: Clip) -> Iterator[Any]:
    """Decoded frames from the first one of a clip on."""
    stream = container.streams.video[0]
    stream.thread_type = "SLICE"  # processes share the work; frame threads would decode far ahead
    if clip.first > 0:
        container.seek(clip.start, stream=stream)  # to the key frame before
        frames = container.decode(stream)
        first = next((frame for frame in frames if frame.pts is not None), None)
        if first is not None and first.pts <= clip.start:
            yield from (frame for frame in chain([first], frames) if is_from(frame, clip.start))
            return
        container.seek(0)  # containers without an index miss the place: from the beginning then
    yield from (frame for frame in container.decode(stream) if is_from(frame, clip.start))


def is_from(frame: Any, start: int) -> bool:
    """Whether a frame has a time, and not an earlier one."""
    return frame.pts is not None and bool(frame.pts >= start)


def upright(frame: Any) -> Image.Image:
    """A frame as a picture, turned by the angle that phones write beside their videos."""
    pixels = frame.to_ndarray(format="rgb24")
    return Image.fromarray(np.ascontiguousarray(np.rot90(pixels, round(frame.rotation / 90))))
