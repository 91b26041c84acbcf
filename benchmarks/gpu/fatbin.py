"""Fat binaries: a library keeps its machine code for one GPU architecture, so that it packs small.

Source: ELF-64. NVIDIA does not document the containers in the section `.nv_fatbin`; their layout was read off
onnxruntime-gpu 1.31.1 and agrees with what `cuobjdump` lists.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

SECTION = b".nv_fatbin"
MAGIC = 0xBA55ED50
CONTAINER = struct.Struct("<IHHQ")  # magic, version, bytes of this header, bytes of the images behind it
IMAGE = struct.Struct("<HHIQ12xI")  # kind, version, bytes of this header, bytes of code, architecture such as 90
CUBIN = 2  # kind of an image that is machine code; 1 is PTX
ELF = struct.Struct("<40xQ10xHHH")  # place of the section headers, bytes of each, how many, which one has the names
ELF_SECTION = struct.Struct("<I20xQQ")  # place of its name, place, bytes
ALIGNMENT = 8


@dataclass(frozen=True)
class Image:
    """Code for one architecture: library[start:stop]."""

    kind: int
    architecture: int
    start: int
    stop: int


@dataclass(frozen=True)
class Slimmed:
    """What was done to a library."""

    n_kept: int
    """Images of machine code for the architecture."""
    n_zeroed: int
    zeroed_bytes: int


def keep_architecture(library: bytearray, architecture: int) -> Slimmed:
    """Zero all GPU code of a library but that for one architecture; nothing moves, so everything else still holds.

    Args:
        library: the bytes of an ELF-64 shared library; changed in place.
        architecture: the compute capability times ten: 90.

    Raises:
        ValueError: no fat binary is in it, or none of its machine code is for the architecture.
    """
    images = list(images_in(library))
    kept = [image for image in images if image.architecture == architecture]
    if not any(image.kind == CUBIN for image in kept):
        there = sorted(Counter(image.architecture for image in images if image.kind == CUBIN))
        raise ValueError(f"no machine code for sm_{architecture} is in the library; it has {there or 'none at all'}")
    others = [image for image in images if image.architecture != architecture]
    for image in others:
        library[image.start : image.stop] = bytes(image.stop - image.start)
    n_kept = sum(image.kind == CUBIN for image in kept)
    return Slimmed(n_kept, len(others), sum(image.stop - image.start for image in others))


def images_in(library: bytes | bytearray) -> Iterator[Image]:
    """Every image of every fat binary.

    Raises:
        ValueError: the library has no fat binary, or one of another layout.
    """
    place, end = section_of(library)
    while place + CONTAINER.size <= end:
        magic, _, header_bytes, images_bytes = CONTAINER.unpack_from(library, place)
        if magic != MAGIC:  # filling between two containers
            place += ALIGNMENT
            continue
        place += header_bytes
        stop = place + images_bytes
        while place < stop:
            kind, _, header_bytes, code_bytes, architecture = IMAGE.unpack_from(library, place)
            code = place + header_bytes
            if header_bytes < IMAGE.size or code + code_bytes > min(stop, end):
                raise ValueError(f"a fat binary of a layout that is not known, at byte {place}")
            yield Image(kind, architecture, code, code + code_bytes)
            place = code + code_bytes


def section_of(library: bytes | bytearray) -> tuple[int, int]:
    """First byte of the section with the fat binaries, and the byte behind its last.

    Raises:
        ValueError: not an ELF-64 file, or it has none.
    """
    if library[:5] != b"\x7fELF\x02":
        raise ValueError("expected a shared library of ELF-64")
    headers, header_bytes, n_headers, names_index = ELF.unpack_from(library)
    sections = [ELF_SECTION.unpack_from(library, headers + i * header_bytes) for i in range(n_headers)]
    names = sections[names_index][1]
    for name, place, n_bytes in sections:
        if library[names + name : names + name + len(SECTION) + 1] == SECTION + b"\0":
            return place, place + n_bytes
    raise ValueError(f"no section {SECTION.decode()} is in the library: it has no GPU code")
