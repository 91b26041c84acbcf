"""Tar shards for webdataset.

Source: webdataset's TarWriter.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import IO, Any

from gazeaug.converting.options import ConvertOptions
from gazeaug.converting.pictures import png_bytes
from gazeaug.converting.rows import Rows
from gazeaug.converting.tables import plain_labels
from gazeaug.converting.targets import Target, holds_plain, says_grey
from gazeaug.errors import InputError

IMAGES_A_SHARD = 10_000


def write_webdataset(rows: Rows, output: Path, how: ConvertOptions) -> None:
    """eyes-000000.tar and on: NNNNNNNN.png and NNNNNNNN.json a row, the gaze as gaze_pitchyaw in the JSON.

    Raises:
        InputError: webdataset is not installed.
    """
    try:
        import webdataset
    except ImportError:
        raise InputError("--to webdataset needs a library: pip install 'gazeaug[webdataset]'.") from None
    tar: Any = None
    try:
        for block in rows.blocks():
            for i, image in enumerate(block.images):
                row = block.start + i
                if row % IMAGES_A_SHARD == 0:
                    if tar is not None:
                        tar.close()
                    # A name in place of the stream would let webdataset run it as a command where it begins with pipe:.
                    stream = (output / f"eyes-{row // IMAGES_A_SHARD:06d}.tar").open("wb")
                    tar = Tar(webdataset, stream)
                tar.write(f"{row:08d}", png_bytes(image), json.dumps(plain_labels(block, i)).encode())
    finally:
        if tar is not None:
            tar.close()


class Tar:
    """A shard being written, with the stream under it."""

    def __init__(self, webdataset: ModuleType, stream: IO[bytes]) -> None:
        self._stream = stream
        self._tar = webdataset.TarWriter(stream, encoder=False, mtime=0.0)

    def write(self, key: str, png: bytes, labels: bytes) -> None:
        """Add a row."""
        self._tar.write({"__key__": key, "png": png, "json": labels})

    def close(self) -> None:
        """Finish the shard."""
        self._tar.close()
        self._stream.close()


TARGET = Target(write=write_webdataset, holds=holds_plain, check=says_grey, is_folder=True)
