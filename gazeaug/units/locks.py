"""Locks of a folder of work: the system's where the file system has them, else files that name their holder.

Network file systems (NFS, Lustre, FUSE) may have no locks. A file that names host and process does the same there: it
is made by one process alone, and one whose process has died on this host is taken over. Only a process that died on
another host leaves one that must be deleted by hand.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout

from gazeaug.errors import InputError
from gazeaug.notes import note
from gazeaug.outputs import writing_to

HELD = ".held"  # ends the name of a file that stands in for a lock


@contextmanager
def locked(path: Path, output: Path, *, wait_s: float = 0) -> Iterator[BaseFileLock]:
    """Hold the lock `path` for the length of a block.

    Raises:
        InputError: another process has it; the output that it is at work on is named.
        RunError: the folder cannot be written.
    """
    with writing_to(output):
        is_soft = not has_locks(path.parent)
    if is_soft:
        note(f"{output}: its file system has no locks; files in {path.parent.name} stand in for them.")
    lock = SoftFileLock(f"{path}{HELD}") if is_soft else FileLock(path)
    try:
        with writing_to(output):
            _acquire(lock, wait_s, output)
        yield lock
    finally:
        lock.release()


def _acquire(lock: BaseFileLock, wait_s: float, output: Path) -> None:
    try:
        lock.acquire(timeout=wait_s)
    except Timeout:
        by_hand = f" (if there is none, delete {lock.lock_file})" if isinstance(lock, SoftFileLock) else ""
        raise InputError(f"{output}: another process is at work on it; wait for it or stop it{by_hand}.") from None


def has_locks(folder: Path) -> bool:
    """Whether files in a folder can be locked, found by locking one that has no name there."""
    try:
        import fcntl
    except ImportError:  # Windows, whose locks every file system there has
        return True
    with tempfile.TemporaryFile(dir=folder) as file:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # nobody else knows the file, so it is not that another process has the lock
            return False
    return True
