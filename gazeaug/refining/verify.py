"""Whether a refined file is still what was written, and whether its labels are those of the input, bit for bit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from gazeaug.errors import InputError, RunError
from gazeaug.eyefile.reader import EyeFile, open_eyes
from gazeaug.eyefile.rows import EyeRows, Span
from gazeaug.units.checksums import ROWS_AT_ONCE, UNITS_SHA256, as_bytes, changed_units, original_labels


@dataclass(frozen=True)
class Verified:
    """What was found to be right."""

    n_images: int
    n_units: int
    labels: list[str]
    """Labels that equal the input's; empty without one."""


def verify(path: Path | str, *, against: Path | str | Sequence[Path | str] | None = None) -> Verified:
    """Check a refined file.

    Args:
        path: what `refine-dataset` wrote.
        against: its input, or its inputs in their order, to compare every label with.

    Raises:
        InputError: not an eye file, no checksums in it and nothing to compare with, or rows that cannot be read.
        RunError: rows have changed since they were written, are missing, or have labels other than the input's.
    """
    with open_eyes(path) as eyes:
        n_units = 0
        if against is None or UNITS_SHA256 in eyes.attributes:
            for index, start, stop in changed_units(eyes):
                raise RunError(
                    f"{eyes.path}: unit {index}, rows {start} to {stop - 1}, is no longer what was written; refine the "
                    "input again."
                )
            n_units = len(eyes.attributes[UNITS_SHA256])
        labels: list[str] = []
        if against is not None:
            paths = [against] if isinstance(against, str | Path) else against
            left_out = [Span(*span) for span in eyes.provenance.get("left_out", [])]
            with EyeRows([Path(path) for path in paths], left_out=left_out) as given:
                labels = same_labels(eyes, given)
        return Verified(eyes.n_images, n_units, labels)


def same_labels(eyes: EyeFile, given: EyeRows) -> list[str]:
    """The labels of a file, each found equal to the input's, rows that were left out passed over."""
    limit = eyes.provenance.get("limit")
    expected = given.n_images if limit is None else min(limit, given.n_images)
    if eyes.n_images != expected:
        raise RunError(f"{eyes.path}: holds {eyes.n_images} rows, {given.path} has {expected} for it.")
    names = original_labels(eyes)
    for name in names:
        if name not in given.labels:
            raise RunError(f"{eyes.path}: label '{name}' is not in {given.path}.")
        if not eyes.labels[name].h5_type.equal(given.labels[name].h5_type):
            raise RunError(f"{eyes.path}: label '{name}' is {eyes.labels[name].dtype}, not as in {given.path}.")
        for start in range(0, eyes.n_images, ROWS_AT_ONCE):
            stop = min(start + ROWS_AT_ONCE, eyes.n_images)
            found, wanted = (file.read_label(name, start, stop) for file in (eyes, given))
            if found.shape != wanted.shape:
                raise RunError(f"{eyes.path}: label '{name}' has rows of {found.shape[1:]}, not {wanted.shape[1:]}.")
            for row, (one, other) in enumerate(zip(found, wanted, strict=True)) if _may_differ(found, wanted) else ():
                if as_bytes(one) != as_bytes(other):
                    raise RunError(f"{eyes.path}: row {start + row} of '{name}' is not that of {given.path}.")
    if not names:
        raise InputError(f"{eyes.path}: holds no labels to compare.")
    return sorted(names)


def _may_differ(found: NDArray[Any], wanted: NDArray[Any]) -> bool:
    """Whether two arrays of one type differ in any byte; text of any length always gets the second look."""
    return found.dtype.hasobject or found.tobytes() != wanted.tobytes()
