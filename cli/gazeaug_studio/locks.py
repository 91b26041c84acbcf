"""Locks of the system, which end with the process that holds them, however it ends.

A lock may be handed on to a child process (`Lock.descriptor`): it is held while either of the two lives, so nobody has
to guess from a process number whether a command still runs. Windows has no such locks; there the child has no part in
it. The worker imports this, so it stays light.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

LOOK_SECONDS = 0.02  # between two tries


@dataclass(frozen=True)
class Lock:
    """A lock that is held."""

    descriptor: int
    """Of the open file, to hand on to a child; -1 where that cannot be done."""
    _soft: Any = None

    def free(self) -> None:
        """Let go. A child that the lock was handed on to loses it too."""
        if fcntl is None:
            self._soft.release()
            return
        fcntl.flock(self.descriptor, fcntl.LOCK_UN)
        os.close(self.descriptor)

    def leave(self) -> None:
        """Have no part in it any more; a child that it was handed on to keeps it."""
        if fcntl is None:
            self._soft.release()
        else:
            os.close(self.descriptor)


def take(path: Path, wait_s: float = 0) -> Lock | None:
    """Take a lock whose file is made where there is none; None where another process has it for so long.

    Raises:
        OSError: the file cannot be made, or the file system has no locks.
    """
    until = time.monotonic() + wait_s
    while (lock := _try(path)) is None and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)
    return lock


def _try(path: Path, *, is_shared: bool = False) -> Lock | None:
    if fcntl is None:
        from filelock import FileLock, Timeout

        soft = FileLock(path, thread_local=False)
        try:
            soft.acquire(timeout=0)
        except Timeout:
            return None
        return Lock(-1, soft)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:
        os.close(descriptor)
        raise
    return Lock(descriptor)


def is_held(path: Path) -> bool:
    """Whether a process holds a lock; a lock without a file is free. Those who ask this are not taken for holders."""
    if not path.exists():
        return False
    lock = _try(path, is_shared=True)
    if lock is not None:
        lock.free()
    return lock is None


@contextmanager
def holding(path: Path, wait_s: float) -> Iterator[None]:
    """Hold a lock for the length of a block.

    Raises:
        TimeoutError: another process has had it for so long.
    """
    lock = take(path, wait_s)
    if lock is None:
        raise TimeoutError(f"{path.name} is held by another process")
    try:
        yield
    finally:
        lock.free()
