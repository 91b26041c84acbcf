"""A pool of processes that reads items in order, ahead of what is written."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, TypeVar

from gazeaug.errors import InputError
from gazeaug.preparing.items import LeftOut
from gazeaug.preparing.processes import APART

TASKS_AHEAD = 2  # for each process, so that what is read and not yet written stays bounded

T = TypeVar("T")


def read_all(
    tasks: Iterable[Sequence[Path]], read: Callable[[Path], T], workers: int
) -> Generator[tuple[Path, T | LeftOut], None, None]:
    """The items of all tasks in order, each with what it holds, or why it is unreadable.

    Where there are several workers, spawned processes read ahead, a task each.

    Raises:
        InputError: a reading process came to its end.
    """
    if workers == 1:
        yield from ((item, attempt(read, item)) for task in tasks for item in task)
        return
    pool = ProcessPoolExecutor(workers, APART, follow_the_parent)
    ahead: deque[tuple[Sequence[Path], Future[list[T | LeftOut]]]] = deque()
    try:
        for task in tasks:
            ahead.append((task, pool.submit(attempt_each, read, task)))
            if len(ahead) > TASKS_AHEAD * workers:
                yield from first_of(ahead)
        while ahead:
            yield from first_of(ahead)
    except BrokenProcessPool as error:
        item = (ahead[0][0] if ahead else task)[0]  # the first that is not read yet
        raise InputError(
            f"{item}: reading it, or one of the items shortly after it, ended the reading process; "
            "take the damaged one away."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def first_of(ahead: deque[tuple[Sequence[Path], Future[list[T | LeftOut]]]]) -> Iterator[tuple[Path, T | LeftOut]]:
    """The items of the first task, taken away once it is done, and what it gave."""
    found = zip(ahead[0][0], ahead[0][1].result(), strict=True)
    ahead.popleft()
    return found


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


def attempt(read: Callable[[Path], T], item: Path) -> T | LeftOut:
    """One item, or why it is unreadable."""
    try:
        str(item).encode()
        return read(item)
    except UnicodeEncodeError:
        return LeftOut(
            item.as_posix(), f"{os.fsencode(item)!r}: its name is no UTF-8, and so no label `path`; rename it."
        )
    except InputError as error:
        return LeftOut(item.as_posix(), str(error))


def attempt_each(read: Callable[[Path], T], items: Sequence[Path]) -> list[T | LeftOut]:
    """A task of the pool."""
    return [attempt(read, item) for item in items]
