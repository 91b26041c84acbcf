"""Files that are there twice: under two names, or in two inputs of which one lies in the other."""

from __future__ import annotations

import filecmp
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.outputs import check_once, real_path

# What systems add to the name of a copy.
OF_A_COPY = re.compile(r"^copy of |( ?\(\d+\)| ?- copy( \(\d+\))?| copy( \d+)?)(?=\.[^.]*$)")
MOST_COMPARED = 1000  # pairs of files


def copies_among(paths: Sequence[Path], names: Sequence[str]) -> list[str]:
    """A note where files are copies of others of their name, byte for byte, so that rows are there twice.

    Args:
        paths: of the files.
        names: theirs, with or without folders.
    """
    first: dict[str, int] = {}
    pairs = []
    for i, name in enumerate(names):
        other = first.setdefault(OF_A_COPY.sub("", name.rpartition("/")[2].lower()), i)
        if other != i:
            pairs.append((i, other))
    found = [pair for pair in pairs[:MOST_COMPARED] if are_equal(paths[pair[0]], paths[pair[1]])]
    if not found:
        return []
    i, other = found[0]
    more = f", and {n:,} more such files are there" if (n := len(found) - 1) else ""
    return [f"{paths[i]} is a copy of {paths[other]}, byte for byte{more}: their rows are there twice."]


def are_equal(one: Path, other: Path) -> bool:
    """Whether two files hold the same bytes; False where one cannot be read."""
    try:
        return one.stat().st_size == other.stat().st_size and filecmp.cmp(one, other, shallow=False)
    except OSError:
        return False


def found_again(paths: Sequence[Path], file_numbers: NDArray[np.uint64]) -> Iterator[tuple[int, Path]]:
    """The number of every path that leads to the same file as an earlier one, and that one.

    Args:
        paths: of files.
        file_numbers: their numbers on their disks, 0 where it does not matter; equal ones may still be of two disks.
    """
    _, group_of, sizes = np.unique(file_numbers, return_inverse=True, return_counts=True)
    first: dict[tuple[int, int], Path] = {}
    for i in np.flatnonzero((sizes[group_of] > 1) & (file_numbers != 0)).tolist():
        try:
            status = os.stat(paths[i])
        except OSError:
            continue  # gone meanwhile: whoever reads it says so
        if (file := (status.st_dev, status.st_ino)) in first:
            yield i, first[file]
        else:
            first[file] = paths[i]


def same_file(path: Path, first: Path) -> str:
    """What is said of a file that is there twice."""
    return f"{path}: the same file as {first}, so its rows would be there twice; remove one, or copy it."


def refuse_twice(given: Iterable[Path], files: Sequence[Path]) -> None:
    """Refuse inputs of which one lies in another, and files that two of them hold.

    Args:
        given: files and folders as they were given.
        files: those in and below them.

    Raises:
        InputError: naming both.
    """
    paths = list(given)
    check_once(paths)
    seen = {real_path(path): path for path in paths}
    for real, path in seen.items():
        for parent in real.parents:
            if parent in seen:
                raise InputError(
                    f"{path}: lies in {seen[parent]}, which is given too; its rows would be there twice. "
                    "Give one of them."
                )
    refuse_same(files, [number_of(path) for path in files])


def refuse_same(files: Sequence[Path], file_numbers: Sequence[int]) -> None:
    """Refuse two names of one file; those with the number 0 are not looked at."""
    for i, first in found_again(files, np.array(file_numbers, np.uint64)):
        raise InputError(same_file(files[i], first))


def number_of(path: Path) -> int:
    """The number of a file on its disk; 0 where it is gone."""
    try:
        return os.stat(path).st_ino
    except OSError:
        return 0
