"""The metadata of an ONNX file, read by seeking over its graph: no package, and no weight is read.

Source: Protocol Buffers, "Encoding"; `ModelProto` of onnx.proto3: metadata_props is field 14, of entries key = 1 and
value = 2.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

METADATA, KEY, VALUE = 14, 1, 2
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5  # kinds of fields
MOST_ENTRY_BYTES = 1 << 16


class MessageError(ValueError):
    """The bytes are no message, or are cut short."""


def read_metadata(path: Path) -> dict[str, str]:
    """The metadata of a model.

    Raises:
        MessageError: the file is no message of Protocol Buffers.
    """
    with path.open("rb") as stream:
        entries = [dict(fields(io.BytesIO(entry))) for number, entry in fields(stream) if number == METADATA]
    return {text(entry.get(KEY, b"")): text(entry.get(VALUE, b"")) for entry in entries}


def fields(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The numbers of the fields of a message, and what short ones of kind bytes hold; long ones are passed over."""
    n_bytes = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    while stream.tell() < n_bytes:
        number, kind = divmod(varint(stream), 8)
        if kind == VARINT:
            varint(stream)
            continue
        if kind not in (FIXED64, BYTES, FIXED32):
            raise MessageError(f"a field of kind {kind}")
        size = varint(stream) if kind == BYTES else {FIXED64: 8, FIXED32: 4}[kind]
        if stream.tell() + size > n_bytes:
            raise MessageError("cut short")
        if size <= MOST_ENTRY_BYTES:
            yield number, stream.read(size)
        else:
            stream.seek(size, io.SEEK_CUR)


def varint(stream: BinaryIO) -> int:
    """A number of seven bits a byte, lowest first."""
    found = 0
    for shift in range(0, 64, 7):
        byte = stream.read(1)
        if not byte:
            raise MessageError("cut short")
        found |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return found
    raise MessageError("a number that does not end")


def text(data: bytes) -> str:
    """Bytes as text; what is no UTF-8 shows as such."""
    return data.decode("utf-8", "replace")
