"""Pictures that two sets share, found by hash: what is tested on must not have been trained on."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.outputs import is_same_file

DIGEST_BYTES = 16

Digests = NDArray[np.void]  # (N,), DIGEST_BYTES each


def row_digests(images: NDArray[np.uint8]) -> Digests:
    """A hash of every picture, of its pixels alone."""
    rows = np.ascontiguousarray(images)
    joined = b"".join(hashlib.blake2b(row.data, digest_size=DIGEST_BYTES).digest() for row in rows)
    return np.frombuffer(joined, np.dtype((np.void, DIGEST_BYTES)))


def refuse_overlap(train: Path, train_digests: Digests, test: Path, test_digests: Digests) -> None:
    """Refuse a training set that has any picture of the test set.

    Raises:
        InputError: the same file, or pictures in both; the first rows are named.
    """
    if is_same_file(train, test):
        raise InputError(f"{train}: is the test set too; what is tested on must not be trained on.")
    shared = np.isin(train_digests, test_digests)
    if shared.any():
        row = int(np.flatnonzero(shared)[0])
        twin = int(np.flatnonzero(test_digests == train_digests[row])[0])
        raise InputError(
            f"{train}: {int(shared.sum()):,} of its pictures are in the test set {test} too (row {row} is row {twin} "
            "there); take them out of one of the two, since what is tested on must not be trained on."
        )
