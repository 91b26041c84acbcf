"""Eye files that are kept open between requests, so that each costs the reading of its rows and no more.

None is held by a lock: a job may replace it, or write into it, at any time. So the file on the disk is looked at before
and after each use, and what was read while it changed is not answered with. HDF5 reads one thing at a time.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from gazeaug.errors import InputError
from gazeaug.eyefile.reader import EyeFile, open_eyes
from gazeaug_studio.errors import Refused
from gazeaug_studio.workspace import Workspace

MOST_OPEN = 8
IDLE_SECONDS = 4.0
IDLE_PER_SECOND = 20.0  # of opening: a file that takes long to open stays open for longer
CHUNK_CACHE_BYTES = 1 << 18


@dataclass(frozen=True)
class State:
    """What changes when a file is replaced or written into."""

    mtime_ns: int
    n_bytes: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> State:
        """Of a file as it is now; raises FileNotFoundError."""
        status = path.stat()
        return cls(status.st_mtime_ns, status.st_size, status.st_ino)

    def __str__(self) -> str:
        return f"{self.mtime_ns:x}-{self.n_bytes:x}-{self.inode:x}"


@dataclass
class _Held:
    eyes: EyeFile
    state: State
    idle_seconds: float
    used: float = field(default_factory=time.monotonic)


class EyeFiles:
    """The files that are open, the last used ones."""

    def __init__(self) -> None:
        self._held: dict[Path, _Held] = {}
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    @contextmanager
    def reading(self, workspace: Workspace, name: str, state: State | None = None) -> Iterator[EyeFile]:
        """An eye file of the folder, for this thread alone until the block ends.

        Args:
            workspace: the folder.
            name: of the file.
            state: that it must still be in, where something was read of it before.

        Raises:
            Refused: 404 where it is gone, 409 where it changes while it is read or is not in that state any more, and
                422 with the library's sentence where it cannot be read.
        """
        path = workspace.there(name)
        with self._lock:
            before = state_of(path, name)
            if state is not None and before != state:
                raise changed(name)
            try:
                yield self._opened(path, before)
            except InputError as error:
                self._close(path)
                if path.exists() and state_of(path, name) != before:
                    raise changed(name) from error
                raise Refused(422, without_root(str(error), workspace)) from error
            if state_of(path, name) != before:
                self._close(path)
                raise changed(name)

    def _opened(self, path: Path, state: State) -> EyeFile:
        held = self._held.get(path)
        if held is None or held.state != state:
            self._close(path)
            for other in sorted(self._held, key=lambda each: self._held[each].used)[: -MOST_OPEN + 1 or None]:
                self._close(other)
            began = time.monotonic()
            # Kept to the end of the block in any case: closed by hand, never by a collector in some other thread.
            eyes = open_eyes(path, quiet=True, any_gaze=True, locks=False, chunk_cache_bytes=CHUNK_CACHE_BYTES)
            took = time.monotonic() - began
            held = self._held[path] = _Held(eyes, state, max(IDLE_SECONDS, IDLE_PER_SECOND * took))
        held.used = time.monotonic()
        self._close_later()
        return held.eyes

    def _close(self, path: Path) -> None:
        held = self._held.pop(path, None)
        if held is not None:
            with suppress(OSError, RuntimeError):  # of a damaged file, HDF5 may fail to close parts
                held.eyes.close()

    def _close_later(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(IDLE_SECONDS / 2, self._close_idle)
            self._timer.daemon = True
            self._timer.start()

    def _close_idle(self) -> None:
        with self._lock:
            self._timer = None
            now = time.monotonic()
            for path, held in list(self._held.items()):
                if now - held.used > held.idle_seconds or not is_in(path, held.state):
                    self._close(path)
            if self._held:
                self._close_later()

    def close(self) -> None:
        """Close all."""
        with self._lock:
            for path in list(self._held):
                self._close(path)

    def __len__(self) -> int:
        return len(self._held)


FILES = EyeFiles()


def state_of(path: Path, name: str) -> State:
    """The state of a file; raises Refused with 404 where it is gone."""
    try:
        return State.of(path)
    except FileNotFoundError as error:
        raise Refused(404, f"{name}: no such file in this folder; it may have been moved or deleted.") from error


def is_in(path: Path, state: State) -> bool:
    """Whether a file is still as it was."""
    try:
        return State.of(path) == state
    except OSError:
        return False


def changed(name: str) -> Refused:
    """What is answered where a file is another one by now."""
    return Refused(409, f"{name}: has changed while it was shown; reload it.")


def without_root(sentence: str, workspace: Workspace) -> str:
    """A sentence of the library with names as they are in the folder."""
    return sentence.replace(f"{workspace.root}{os.sep}", "")
