"""Checksums of rows: what a unit held when it was written, and whether it still does."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile import links
from gazeaug.eyefile.reader import EyeFile, open_eyes

UNIT_SHA256, UNITS_SHA256, UNITS_ROWS = links.UNIT_SHA256, links.UNITS_SHA256, links.UNITS_ROWS
ADDED_LABELS = "gazeaug_added_labels"  # attribute: labels that came after the checksums
ROWS_AT_ONCE = 4096


class RowsDigest:
    """SHA-256 of rows as they come, in slabs of any length: of each column, then of the columns' digests by name."""

    def __init__(self) -> None:
        self._columns: dict[str, Any] = {}

    def update(self, images: NDArray[np.uint8], labels: Mapping[str, NDArray[Any]]) -> None:
        """Take in the next rows."""
        for name, rows in {"image": images, **labels}.items():
            column = self._columns.setdefault(name, hashlib.sha256())
            if rows.dtype.hasobject:
                for value in rows.flat:
                    content = as_bytes(value)
                    column.update(len(content).to_bytes(8, "little") + content)
            else:
                column.update(np.ascontiguousarray(rows).data if has_buffer(rows) else rows.tobytes())

    def hexdigest(self) -> str:
        """The digest of all rows so far."""
        together = hashlib.sha256()
        for name in sorted(self._columns):
            together.update(name.encode() + b"\0" + self._columns[name].digest())
        return together.hexdigest()


def as_bytes(value: Any) -> bytes:
    """A value of any length: text, or an array; of several of them, such as the fields of a compound, each."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    values = np.asarray(value)
    if not values.dtype.hasobject:
        return values.tobytes()
    if not values.shape and values.dtype.names is None:
        return repr(value).encode()
    fields = [values[name] for name in values.dtype.names or ()] or list(values.flat)
    parts = [as_bytes(part.item() if isinstance(part, np.ndarray) and not part.shape else part) for part in fields]
    return b"".join(len(part).to_bytes(8, "little") + part for part in parts)


def has_buffer(rows: NDArray[Any]) -> bool:
    """Whether NumPy shows the bytes of such rows without a copy: not of dates, nor of fields."""
    return rows.dtype.names is None and rows.dtype.kind not in "mM"


def first_unlike(found: NDArray[Any], wanted: NDArray[Any]) -> int | None:
    """The first row in which two arrays of one type and shape differ in any byte; None where none does."""
    if found.dtype.kind != "O" and found.tobytes() == wanted.tobytes():
        return None
    pairs = enumerate(zip(found, wanted, strict=True))
    return next((row for row, (one, other) in pairs if as_bytes(one) != as_bytes(other)), None)


def digest_of(eyes: EyeFile, start: int, stop: int) -> str:
    """The digest of rows start..stop-1 as they are stored now.

    Raises:
        InputError: rows that cannot be read.
    """
    digest = RowsDigest()
    for first in range(start, stop, ROWS_AT_ONCE):
        last = min(first + ROWS_AT_ONCE, stop)
        names = original_labels(eyes)
        digest.update(eyes.read_images(first, last), {name: eyes.read_label(name, first, last) for name in names})
    return digest.hexdigest()


def original_labels(eyes: EyeFile) -> list[str]:
    """The labels that were there when the rows were written: those that a later check added are left out."""
    added = set(map(str, eyes.attributes.get(ADDED_LABELS, ())))
    return [name for name in eyes.labels if name not in added]


def checked_shard(path: Path, n_rows: int | None = None) -> str:
    """The digest of a shard, once its rows have been found to have it; None stands for any number of rows.

    Raises:
        InputError: truncated, changed or of another length; the file is named.
    """
    with open_eyes(path, quiet=True) as eyes:
        written = str(eyes.attributes.get(UNIT_SHA256, "none"))
        if n_rows is not None and eyes.n_images != n_rows:
            raise InputError(f"{path}: holds {eyes.n_images} rows where its unit has {n_rows}.")
        found = digest_of(eyes, 0, eyes.n_images)
    if found != written:
        raise InputError(f"{path}: its rows have changed since they were written (checksum {found[:12]}).")
    return found


def changed_units(eyes: EyeFile) -> Iterator[tuple[int, int, int]]:
    """Units of a joined file that are no longer what was written, as (number, first row, row behind the last).

    Raises:
        InputError: the file has no checksums, or rows that cannot be read.
    """
    if UNITS_SHA256 not in eyes.attributes:
        raise InputError(
            f"{eyes.path}: holds no checksums, which gazeaug refine-dataset writes; --against compares its labels only."
        )
    written, n_rows = eyes.attributes[UNITS_SHA256], eyes.attributes.get(UNITS_ROWS)
    if getattr(written, "shape", ())[1:] != (32,) or not isinstance(n_rows, np.integer) or n_rows < 1:
        raise InputError(f"{eyes.path}: its checksums are not as gazeaug refine-dataset writes them; refine again.")
    starts = range(0, eyes.n_images, int(n_rows))
    if len(starts) != len(written):
        raise InputError(f"{eyes.path}: {len(written)} units were written, {eyes.n_images} rows make {len(starts)}.")
    for index, start in enumerate(starts):
        stop = min(start + n_rows, eyes.n_images)
        if digest_of(eyes, start, stop) != bytes(written[index]).hex():
            yield index, start, stop
