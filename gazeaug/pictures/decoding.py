"""Picture files as people have them: any mode, orientation and size, decoded no larger than is needed."""

from __future__ import annotations

import io
import os
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from gazeaug.errors import InputError
from gazeaug.file_kinds import kind_of, kind_of_bytes
from gazeaug.options import MAX_MEGAPIXELS
from gazeaug.pictures.crops import Box, aspect_box, cut
from gazeaug.pictures.whole_jpeg import load_whole

try:
    import simplejpeg
except ImportError:  # the extra 'jpeg': the same pixels sooner
    simplejpeg = None

# Pillow also claims endings that it cannot read as pictures (.h5, .pdf, .mpg), and formats that it runs programs for.
FORMATS = ("BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TGA", "TIFF", "WEBP")
JPEG_START = b"\xff\xd8\xff"
ORIENTATION = 0x0112  # of EXIF
SMALL_BYTES = 1 << 20  # of JPEGs for which what Pillow does around the decoding counts
LEAST_OF_16_BITS = 1 << 12  # that the brightest pixel of a picture has which really uses them
OVERSAMPLING = 2  # decoded pixels for each of the result, at least: the rest is left to the resampling
DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    EOFError,
    OverflowError,
    ZeroDivisionError,
    MemoryError,
    struct.error,
)


def endings_of_pictures() -> list[str]:
    """How names of pictures end, in small letters."""
    return sorted(ending for ending, kind in Image.registered_extensions().items() if kind in FORMATS)


def is_picture(path: Path) -> bool:
    """Whether a name ends as a picture's does, in small letters or large."""
    return Image.registered_extensions().get(path.suffix.lower()) in FORMATS


def check_inside(path: Path, folder: Path) -> None:
    """Refuse a link that leads out of a folder: what it names was not handed over.

    Raises:
        InputError: naming the link and where it leads.
    """
    if os.path.islink(path) and not path.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"{path}: leads out of its folder to {path.resolve()}, which is refused; copy the file.")


@contextmanager
def opened(path: Path, *, max_megapixels: float = MAX_MEGAPIXELS, data: bytes | None = None) -> Iterator[Image.Image]:
    """A picture of which only the head is read; what goes wrong within is one sentence.

    Args:
        path: of its file, or what to call it where `data` is given.
        max_megapixels: most that it may have.
        data: the file's bytes, where they are not in a file of their own.

    Raises:
        InputError: missing, no picture, damaged, or larger than `max_megapixels`.
    """
    allowed, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # the limit is checked here
    try:
        # What Pillow warns of either fails when it is decoded or does not touch the pixels.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path if data is None else io.BytesIO(data), formats=FORMATS) as picture:
                if picture.width * picture.height > max_megapixels * 1e6:
                    raise InputError(
                        f"{path}: {picture.width}x{picture.height} are more than {max_megapixels:g} megapixels; "
                        "--max-megapixels allows more."
                    )
                yield picture
    except FileNotFoundError:
        raise InputError(f"{path}: missing; every JSON needs its picture.") from None
    except DAMAGED as error:
        kind = kind_of(path) if data is None else kind_of_bytes(data)
        raise InputError(f"{path}: expected a picture, found {kind} that does not decode ({error}).") from error
    finally:
        Image.MAX_IMAGE_PIXELS = allowed


def cut_out(picture: Image.Image, box: Box, size: tuple[int, int], *, color: bool) -> NDArray[np.uint8]:
    """A box of a picture that is not yet decoded, as uint8 (H, W) or (H, W, 3).

    Args:
        picture: as `opened` gives it.
        box: in pixels of the whole picture.
        size: (H, W).
        color: RGB in place of grey.
    """
    shrink, draft = 1, None
    if picture.format == "JPEG":
        shrink = shrink_for(box, size)
        # libjpeg skips the work for pixels that are thrown away, and for colours that are not asked for.
        draft = "RGB" if color else "L", (picture.width // shrink, picture.height // shrink)
        shrink = shrink if picture.draft(*draft) is not None else 1
    load_whole(picture, draft)
    return cut(in_8_bits(picture, color=color), shrunk(box, shrink), size)


def shrink_for(box: Box, size: tuple[int, int]) -> int:
    """How many times smaller libjpeg may decode what is to be brought to (H, W)."""
    spare = (box[2] - box[0]) / (OVERSAMPLING * size[1])
    return max((scale for scale in (1, 2, 4, 8) if scale <= spare), default=1)


def shrunk(box: Box, shrink: int) -> Box:
    """A box in the pixels of a picture decoded so many times smaller."""
    left, top, right, bottom = box
    return left / shrink, top / shrink, right / shrink, bottom / shrink


def read_plain(
    path: Path, size: tuple[int, int], *, color: bool, pad: bool, max_megapixels: float = MAX_MEGAPIXELS
) -> NDArray[np.uint8]:
    """A picture, upright, brought to (H, W): cut about the centre to the aspect, or with `pad` its edges repeated.

    Raises:
        InputError: as `opened`.
    """
    found = read_small_jpeg(path, size, color=color, pad=pad, max_megapixels=max_megapixels)
    if found is not None:
        return found
    with opened(path, max_megapixels=max_megapixels) as picture:
        if picture.getexif().get(ORIENTATION, 1) != 1:
            load_whole(picture)
            picture = ImageOps.exif_transpose(picture)
        return cut_out(picture, aspect_box(picture.width, picture.height, size, pad=pad), size, color=color)


def read_small_jpeg(
    path: Path, size: tuple[int, int], *, color: bool, pad: bool, max_megapixels: float
) -> NDArray[np.uint8] | None:
    """What `read_plain` gives, bit for bit, in half the time, for a small JPEG without EXIF in which nothing is wrong.

    None for anything else, and without the extra 'jpeg': Pillow then reads it, or says why not.
    """
    if simplejpeg is None:
        return None
    try:
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_size >= SMALL_BYTES or file.read(len(JPEG_START)) != JPEG_START:
                return None
            data = JPEG_START + file.read()
        if b"Exif\0\0" in data:
            return None
        height, width, colors, _ = simplejpeg.decode_jpeg_header(data)
        if colors not in ("Gray", "YCbCr") or width * height > max_megapixels * 1e6:
            return None
        box = aspect_box(width, height, size, pad=pad)
        shrink = shrink_for(box, size)
        least = {"min_height": height // shrink, "min_width": width // shrink}
        pixels = simplejpeg.decode_jpeg(data, "RGB" if color else "GRAY", **least)
    except (OSError, ValueError):
        return None
    mode = "RGB" if color else "L"
    picture = Image.frombuffer(mode, (pixels.shape[1], pixels.shape[0]), pixels, "raw", mode, 0, 1)
    return cut(picture, shrunk(box, shrink), size)


def read_upright(path: Path, *, color: bool, max_megapixels: float = MAX_MEGAPIXELS) -> Image.Image:
    """A whole picture, turned as its camera was held, as grey or RGB; of an animated one the first frame.

    Raises:
        InputError: as `opened`.
    """
    with opened(path, max_megapixels=max_megapixels) as picture:
        load_whole(picture)
        return in_8_bits(ImageOps.exif_transpose(picture), color=color)


def read_picture(path: Path, *, color: bool) -> Image.Image:
    """A whole picture as grey or RGB.

    Raises:
        InputError: as `opened`.
    """
    with opened(path) as picture:
        load_whole(picture)
        return in_8_bits(picture, color=color)


def in_8_bits(picture: Image.Image, *, color: bool) -> Image.Image:
    """Grey or RGB of 8 bits; 16-bit grey is scaled down, since Pillow's own conversion would clip it to white.

    Raises:
        ValueError: the levels do not tell what they mean.
    """
    if picture.mode.startswith("I;16"):
        levels = np.asarray(picture)
        if levels.max() < LEAST_OF_16_BITS:
            raise ValueError(
                f"16 bits a pixel, and none above {levels.max()}: a camera's 8, 10 or 12 bits would come out black; "
                "scale them to 8 bits"
            )
        picture = Image.fromarray((levels // 257).astype(np.uint8))
    elif picture.mode in ("I", "F"):
        raise ValueError(f"8 or 16 bits a pixel are read, found Pillow's mode {picture.mode}")
    elif picture.mode == "P" and "transparency" in picture.info:
        picture = picture.convert("RGBA")  # Pillow warns of any other way
    return picture.convert("RGB" if color else "L")
