"""Tags of rows, kept in the folder's own files: a bit a row.

They belong to a file's name and to its pictures. So labels may be added to the file, but another file that takes its
name has no tags; those of the earlier one are kept, and shown when it is back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.outputs import replacing, writing_to
from gazeaug.units.locks import locked
from gazeaug_studio.errors import Refused
from gazeaug_studio.eye_files import Seen
from gazeaug_studio.workspace import keep_newest

MOST_FILES = 500  # the latest ones are kept
WAIT_SECONDS = 10.0  # for another tab
ROWS_SEEN = 16  # by which a file is known again
SUFFIX = ".tags"

Bits = NDArray[np.uint8]
ROW = np.dtype("<u4")


@dataclass(frozen=True)
class Tags:
    """The tags of a file."""

    path: Path
    n_images: int

    @classmethod
    def of(cls, seen: Seen) -> Tags:
        """Those of a file in its state; raises Refused as `Seen.reading`."""
        n_images, pictures = known_by(seen)
        return cls(seen.workspace.own("tags", f"{digest_of(seen.name.encode())}-{pictures}{SUFFIX}"), n_images)

    def read(self) -> Bits:
        """A bit a row, the lowest bit of a byte first.

        Raises:
            Refused: 422 where they are damaged.
        """
        n_bytes = (self.n_images + 7) // 8
        try:
            head, _, bits = self.path.read_bytes().partition(b"\n")
        except FileNotFoundError:
            return np.zeros(n_bytes, np.uint8)
        if not head.startswith(b"{") or len(bits) != n_bytes:
            raise Refused(422, "The tags of this file are damaged; clear them.")
        return np.frombuffer(bits, np.uint8).copy()

    def write(self, bits: Bits, name: str) -> None:
        """Put bits in their place, whole or not at all; raises RunError where the disk is full."""
        if not bits.any():
            self.path.unlink(missing_ok=True)
            return
        head = json.dumps({"file": name, "n_images": self.n_images})
        with replacing(self.path) as partial, writing_to(self.path):
            partial.write_bytes(head.encode() + b"\n" + bits.tobytes())
        keep_newest(self.path.parent, f"*{SUFFIX}", MOST_FILES)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Alone with them, also against a second studio on the folder."""
        with locked(self.path.with_name("lock"), self.path, wait_s=WAIT_SECONDS):
            yield


def digest_of(content: bytes) -> str:
    """Part of a name that stands for a content."""
    return hashlib.sha256(content).hexdigest()[:24]


@lru_cache(64)
def known_by(seen: Seen) -> tuple[int, str]:
    """Rows of a file, and a digest of their number, their size and a few of them, spread over the file."""
    with seen.reading() as eyes:
        n_images, digest = eyes.n_images, hashlib.sha256(repr((eyes.n_images, eyes.image_shape)).encode())
        for row in np.linspace(0, n_images - 1, min(ROWS_SEEN, n_images)).astype(int).tolist():
            try:
                digest.update(eyes.read_images(row, row + 1).tobytes())
            except InputError:
                digest.update(b"damaged")
    return n_images, digest.hexdigest()[:24]


def rows_in(tags: Tags) -> NDArray[np.uint32]:
    """The tagged rows in order."""
    return np.flatnonzero(np.unpackbits(tags.read(), count=tags.n_images, bitorder="little")).astype(ROW)
