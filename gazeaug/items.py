"""Items read by a pool of processes and written in order to an eye file; memory stays constant."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from gazeaug import provenance
from gazeaug.errors import InputError
from gazeaug.eye_writer import EyeWriter
from gazeaug.labels import Label
from gazeaug.outputs import check_free_space, check_output, write_rejected

ROWS_AT_ONCE = 64
SMALL = 64  # items that are not worth a pool
ITEMS_AT_ONCE = 16  # a task of the pool
TASKS_AHEAD = 8  # for each process, so that what is read and not yet written stays bounded


@dataclass(frozen=True)
class Eye:
    """One item, read: the picture and its labels, landmarks in pixels of the picture."""

    image: NDArray[np.uint8]
    labels: Mapping[str, Any]


@dataclass(frozen=True)
class Unreadable:
    """An item that could not be read, and why."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class PrepareReport:
    """What was prepared."""

    output: Path
    n_images: int
    rejected: Path | None
    """CSV of unreadable items and their reasons, where there were any."""
    n_rejected: int


def write_items(
    items: Sequence[Path],
    read: Callable[[Path], Eye],
    output: Path,
    image_shape: tuple[int, ...],
    labels: Mapping[str, Label],
    facts: dict[str, Any],
    *,
    more_labels: Callable[[Path], Mapping[str, Any]] | None = None,
    workers: int | None = None,
    limit: int | None = None,
    keep_going: bool = False,
    overwrite: bool = False,
) -> PrepareReport:
    """Read items in a process pool and write them in order.

    Args:
        items: in the order of the output.
        read: what an item holds; raises InputError where it cannot be read. Runs in other processes.
        output: the eye file.
        image_shape: (H, W) or (H, W, 3).
        labels: of the output.
        facts: attributes and provenance.
        more_labels: labels that do not come from the item itself, added in this process; raises InputError.
        workers: processes; as many as cores where None.
        limit: only the first items.
        keep_going: list unreadable items in `<output>.rejected.csv` instead of stopping at the first.
        overwrite: replace an output that is there.

    Raises:
        InputError: an unreadable item, or an option out of range; nothing is left.
    """
    for name, value in [("workers", workers), ("limit", limit)]:
        if value is not None and value < 1:
            raise InputError(f"--{name} must be at least 1, got {value}.")
    items = items[:limit]
    check_output(output, overwrite=overwrite)
    row_bytes = int(np.prod(image_shape)) + sum(label.row_bytes for label in labels.values())
    check_free_space(output, len(items) * row_bytes)
    rejected: list[tuple[str, str]] = []
    with EyeWriter(
        output, image_shape=image_shape, labels=labels, attributes=facts, provenance=provenance.make("pillow", **facts)
    ) as writer:
        found = tqdm(
            read_all(items, read, workers or os.cpu_count() or 1), total=len(items), unit=" eyes", desc="preparing"
        )
        labelled = with_labels(items, found, more_labels)
        for eyes in in_groups(readable(items, labelled, rejected, keep_going=keep_going)):
            rows = {name: stacked([eye.labels[name] for eye in eyes], label) for name, label in labels.items()}
            writer.append(np.stack([eye.image for eye in eyes]), rows)
        if writer.n_images == 0:
            raise InputError(f"{output}: not one of {len(items)} items could be read; the first: {rejected[0][1]}")
    listed = write_rejected(output, ("item", "reason"), rejected)
    return PrepareReport(output=output, n_images=writer.n_images, rejected=listed, n_rejected=len(rejected))


def read_all(items: Sequence[Path], read: Callable[[Path], Eye], workers: int) -> Iterator[Eye | Unreadable]:
    """The items in order; spawned processes read ahead where there are enough of them."""
    if workers == 1 or len(items) <= SMALL:
        for item in items:
            yield attempt(read, item)
        return
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"))
    ahead: deque[tuple[Path, Future[list[Eye | Unreadable]]]] = deque()
    try:
        for start in range(0, len(items), ITEMS_AT_ONCE):
            task = items[start : start + ITEMS_AT_ONCE]
            ahead.append((task[0], pool.submit(attempt_each, read, task)))
            if len(ahead) > TASKS_AHEAD * workers:
                yield from outcome(*ahead.popleft())
        while ahead:
            yield from outcome(*ahead.popleft())
    finally:
        pool.shutdown(cancel_futures=True)


def attempt(read: Callable[[Path], Eye], item: Path) -> Eye | Unreadable:
    """One item, or why it is unreadable."""
    try:
        return read(item)
    except InputError as error:
        return Unreadable(str(error))


def attempt_each(read: Callable[[Path], Eye], items: Sequence[Path]) -> list[Eye | Unreadable]:
    """A task of the pool."""
    return [attempt(read, item) for item in items]


def outcome(first: Path, task: Future[list[Eye | Unreadable]]) -> list[Eye | Unreadable]:
    """What a task of the pool gave; a process that came to its end is named by the first of its items."""
    try:
        return task.result()
    except BrokenProcessPool as error:
        raise InputError(
            f"{first}: reading it, or one of the {ITEMS_AT_ONCE - 1} items after it, ended the reading process; "
            "take the damaged one away."
        ) from error


def with_labels(
    items: Sequence[Path],
    found: Iterable[Eye | Unreadable],
    more_labels: Callable[[Path], Mapping[str, Any]] | None,
) -> Iterator[Eye | Unreadable]:
    """Add labels that are looked up by item."""
    for item, eye in zip(items, found, strict=True):
        if more_labels is None or isinstance(eye, Unreadable):
            yield eye
            continue
        try:
            yield Eye(eye.image, {**eye.labels, **more_labels(item)})
        except InputError as error:
            yield Unreadable(str(error))


def readable(
    items: Sequence[Path], found: Iterable[Eye | Unreadable], rejected: list[tuple[str, str]], *, keep_going: bool
) -> Iterator[Eye]:
    """Those that could be read; the others stop the run or are noted."""
    for item, eye in zip(items, found, strict=True):
        if isinstance(eye, Eye):
            yield eye
        elif keep_going:
            rejected.append((item.as_posix(), eye.reason))
        else:
            raise InputError(f"{eye.reason} (--keep-going leaves such items out)")


def in_groups(eyes: Iterable[Eye]) -> Iterator[list[Eye]]:
    """Lists of `ROWS_AT_ONCE`, the last one shorter."""
    group: list[Eye] = []
    for eye in eyes:
        group.append(eye)
        if len(group) == ROWS_AT_ONCE:
            yield group
            group = []
    if group:
        yield group


def stacked(values: list[Any], label: Label) -> NDArray[Any]:
    """Rows of a label."""
    return np.array(values, dtype=object if label.dtype.kind == "O" else label.dtype)
