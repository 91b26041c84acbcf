"""Items: the files of a source by name, read in order by a pool of processes."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.images import natural_order

ITEMS_AT_ONCE = 64  # a task of the pool
TASKS_AHEAD = 2  # for each process, so that what is read and not yet written stays bounded

T = TypeVar("T")


@dataclass(frozen=True)
class Eye:
    """One item, read: the picture and its labels, landmarks in pixels of the picture."""

    image: NDArray[np.uint8]
    labels: Mapping[str, Any]


@dataclass(frozen=True)
class Several:
    """An item with any number of eyes, and what was left out of it on purpose: what it is, and why."""

    eyes: Sequence[Eye]
    left_out: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Unreadable:
    """An item that could not be read, and why."""

    item: Path
    reason: str


Found = Eye | Several | Unreadable
Sieve = Callable[[Eye], tuple[str, str] | None]
"""Sees the eyes of a unit in order, and says of those that are to be left out what they are, and why."""


@dataclass(frozen=True, kw_only=True)
class PrepareReport:
    """What was prepared."""

    output: Path
    n_images: int
    rejected: Path | None
    """CSV of unreadable items and their reasons, where there were any."""
    n_rejected: int
    n_resumed: int = 0
    """Items that an earlier, interrupted run had read."""


class Items(Sequence[Path]):
    """Files of a folder by name, in order; a path is made when it is asked for, so that a million of them stay small.

    Args:
        folder: of the files.
        names: below it, with forward slashes.
    """

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self.folder, self.names = folder, names

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, index: int) -> Path: ...
    @overload
    def __getitem__(self, index: slice) -> Items: ...
    def __getitem__(self, index: int | slice) -> Path | Items:
        if isinstance(index, slice):
            return Items(self.folder, self.names[index])
        return self.folder / self.names[index]


def find_files(folder: Path, is_wanted: Callable[[Path], bool]) -> Items:
    """The files in and below a folder whose names are wanted, in natural order of their paths (1, 2, 10)."""
    found: list[str] = []
    for place, _, names in os.walk(folder):
        below = "" if Path(place) == folder else f"{Path(place).relative_to(folder).as_posix()}/"
        found += [below + name for name in names if is_wanted(Path(name)) and os.path.isfile(f"{place}/{name}")]
    return Items(folder, sorted(found, key=natural_order))


def itself(item: Path) -> tuple[Path, ...]:
    """An item that is one file."""
    return (item,)


@dataclass(frozen=True, kw_only=True)
class ItemSource:
    """Items, and how they are read."""

    items: Items
    """In the order of the output."""
    read: Callable[..., Eye | Several]
    """What an item holds; raises InputError where it cannot be read. Runs in other processes."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Keyword arguments of `read`."""
    files_of: Callable[[Path], Iterable[Path]] = itself
    """The files that an item is read from."""
    more_labels: Callable[[Path], Mapping[str, Any]] | None = None
    """Labels that do not come from the item itself, added in this process; raises InputError."""
    table: Path | None = None
    """Where those come from."""
    new_sieve: Callable[[], Sieve] | None = None
    """What makes the sieve of a unit; runs in this process."""
    items_per_unit: int | None = None
    """What a kill can cost; the usual number where None."""
    success: str = "could be read"
    """What an item does that gives an eye, for the sentence that says that not one did."""

    def files_sha256(self, items: Iterable[Path]) -> str:
        """A digest of the state of the files of some items."""
        return states_sha256(path for item in items for path in self.files_of(item))


def states_sha256(files: Iterable[Path]) -> str:
    """A digest of names, sizes and times of change of files; it costs no reading."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.name} {state_of(path)}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()


def state_of(path: Path) -> tuple[int, int] | None:
    """Size and time of change of a file; None where it is missing."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def read_all(
    tasks: Iterable[Sequence[Path]], read: Callable[[Path], T], workers: int
) -> Generator[T | Unreadable, None, None]:
    """The items of all tasks in order; where there are several workers, spawned processes read ahead, a task each."""
    if workers == 1:
        for task in tasks:
            for item in task:
                yield attempt(read, item)
        return
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), follow_the_parent)
    ahead: deque[tuple[Path, Future[list[T | Unreadable]]]] = deque()
    try:
        for task in tasks:
            with naming_the_first(ahead[0][0] if ahead else task[0]):
                ahead.append((task[0], pool.submit(attempt_each, read, task)))
            if len(ahead) > TASKS_AHEAD * workers:
                yield from outcome(*ahead.popleft())
        while ahead:
            yield from outcome(*ahead.popleft())
    finally:
        pool.shutdown(cancel_futures=True)


def follow_the_parent() -> None:
    """Let a process of a pool leave Ctrl-C to its parent, and end with it, even where the parent is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=end_with, args=(parent,), daemon=True).start()


def end_with(parent: Any) -> None:
    """Wait for the parent's end; nobody is left to read for, and nothing here needs to be put in order."""
    parent.join()
    os._exit(1)


def attempt(read: Callable[[Path], T], item: Path) -> T | Unreadable:
    """One item, or why it is unreadable."""
    try:
        str(item).encode()
        return read(item)
    except UnicodeEncodeError:
        return Unreadable(item, f"{os.fsencode(item)!r}: its name is no UTF-8, and so no label `path`; rename it.")
    except InputError as error:
        return Unreadable(item, str(error))


def attempt_each(read: Callable[[Path], T], items: Sequence[Path]) -> list[T | Unreadable]:
    """A task of the pool."""
    return [attempt(read, item) for item in items]


def outcome(first: Path, task: Future[list[T | Unreadable]]) -> list[T | Unreadable]:
    """What a task of the pool gave."""
    with naming_the_first(first):
        return task.result()


@contextmanager
def naming_the_first(item: Path) -> Iterator[None]:
    """Turn the end of a reading process into one sentence, which names the first item that is not read yet."""
    try:
        yield
    except BrokenProcessPool as error:
        raise InputError(
            f"{item}: reading it, or one of the items shortly after it, ended the reading process; "
            "take the damaged one away."
        ) from error


def with_labels(
    items: Iterable[Path],
    found: Iterable[Found],
    more_labels: Callable[[Path], Mapping[str, Any]] | None,
) -> Iterator[Found]:
    """Add labels that are looked up by item."""
    if more_labels is None:
        yield from found
        return
    for item, eye in zip(items, found, strict=True):
        if not isinstance(eye, Eye):
            yield eye
            continue
        try:
            yield Eye(eye.image, {**eye.labels, **more_labels(item)})
        except InputError as error:
            yield Unreadable(item, str(error))


def readable(
    found: Iterable[Found], rejected: list[tuple[str, str]], *, keep_going: bool, sieve: Sieve | None = None
) -> Iterator[Eye]:
    """Those that could be read, and pass the sieve; unreadable ones stop the run or are noted."""
    for item in found:
        if isinstance(item, Unreadable):
            if not keep_going:
                raise InputError(f"{item.reason} (--keep-going leaves such items out)")
            rejected.append((item.item.as_posix(), item.reason))
            continue
        if isinstance(item, Several):
            rejected += item.left_out
        for eye in item.eyes if isinstance(item, Several) else [item]:
            refused = None if sieve is None else sieve(eye)
            if refused is None:
                yield eye
            else:
                rejected.append(refused)


def in_groups(values: Iterable[T], length: int) -> Iterator[list[T]]:
    """Lists of `length`, the last one shorter."""
    stream = iter(values)
    while group := list(islice(stream, length)):
        yield group
