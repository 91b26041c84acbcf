"""Eye files that are kept open between requests, so that each costs the reading of its rows and no more.

None is held by a lock: a job may replace it, or write into it, at any time. So the file on the disk is looked at before
and after each use, and what was read while it changed is not answered with. HDF5 reads one thing at a time.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from starlette.requests import Request

from gazeaug.errors import InputError
from gazeaug.eyefile.reader import EyeFile, open_eyes
from gazeaug_studio.bodies import needed
from gazeaug_studio.errors import Refused
from gazeaug_studio.file_states import State
from gazeaug_studio.studio import studio_of
from gazeaug_studio.workspace import Workspace

MOST_OPEN = 8
IDLE_SECONDS = 4.0
IDLE_PER_SECOND = 20.0  # of opening: a file that takes long to open stays open for longer
CHUNK_CACHE_BYTES = 1 << 18
SCAN_ROWS = 1 << 16  # of labels

T = TypeVar("T")


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
    def reading(self, seen: Seen) -> Iterator[EyeFile]:
        """See `Seen.reading`."""
        with self._lock:
            seen.check()
            try:
                yield self._opened(seen.path, seen.state)
            except InputError as error:
                self._close_changed(seen)
                raise Refused(422, seen.in_folder(str(error))) from error
            self._close_changed(seen)

    def _opened(self, path: Path, state: State) -> EyeFile:
        held = self._held.get(path)
        if held is None or held.state != state:
            self._close(path)
            for other in sorted(self._held, key=lambda each: self._held[each].used)[: -MOST_OPEN + 1 or None]:
                self._close(other)
            began = time.monotonic()
            # Kept to the end of the block in any case: closed by hand, never by a collector in some other thread.
            eyes = open_eyes(
                path, quiet=True, any_gaze=True, locks=False, lazy=True, chunk_cache_bytes=CHUNK_CACHE_BYTES
            )
            took = time.monotonic() - began
            held = self._held[path] = _Held(eyes, state, max(IDLE_SECONDS, IDLE_PER_SECOND * took))
        held.used = time.monotonic()
        self._close_later()
        return held.eyes

    def _close_changed(self, seen: Seen) -> None:
        if not is_in(seen.path, seen.state):
            self._close(seen.path)
            raise changed(seen.name)

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
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            for path in list(self._held):
                self._close(path)

    def __len__(self) -> int:
        return len(self._held)


FILES = EyeFiles()
atexit.register(FILES.close)  # ahead of HDF5's own end, and of the thread that closes idle ones


@dataclass(frozen=True)
class Seen:
    """An eye file of the folder in the state that a request is about."""

    workspace: Workspace
    name: str
    state: State

    @cached_property
    def path(self) -> Path:
        """Where it is, its links followed."""
        return self.workspace.path(self.name)

    @contextmanager
    def reading(self) -> Iterator[EyeFile]:
        """The open file, for this thread alone until the block ends.

        Raises:
            Refused: 404 where it is gone, 409 where it changed, also while it was read, and 422 with the library's
                sentence where it cannot be read.
        """
        with FILES.reading(self) as eyes:
            yield eyes

    def scan(self, read: Callable[[EyeFile, int, int], T]) -> Iterator[T]:
        """What a function finds in rows start..stop-1, block by block; other requests are answered in between."""
        with self.reading() as eyes:
            n_images = eyes.n_images
        for start in range(0, n_images, SCAN_ROWS):
            with self.reading() as eyes:
                found = read(eyes, start, min(start + SCAN_ROWS, n_images))
            yield found

    def check(self) -> None:
        """Raises Refused with 404 where the file is gone, and with 409 where it has changed."""
        if state_of(self.path, self.name) != self.state:
            raise changed(self.name)

    def in_folder(self, sentence: str) -> str:
        """See `Workspace.in_folder`."""
        return self.workspace.in_folder(sentence)


def seen_by(request: Request) -> Seen:
    """The file of an address.

    Raises:
        Refused: 404 where there is none, 409 where the address names a state that it is no longer in, 422 for what is
            no ordinary file.
    """
    return seen_as(request, needed(request, "file"), request.query_params.get("state"))


def seen_as(request: Request, name: Any, state: Any = None) -> Seen:
    """A file by its name in a request; `state` is the one that the page saw, None where it does not say."""
    if not isinstance(name, str) or not name:
        raise Refused(400, "The request needs the name of a file.")
    workspace = studio_of(request).workspace
    path = workspace.there(name)
    if not path.is_file():  # a pipe would keep its reader waiting
        raise Refused(422, f"{name}: expected an HDF5 file of eyes, found what is no ordinary file.")
    found = Seen(workspace, name, state_of(path, name))
    if state not in (None, str(found.state)):
        raise changed(name)
    return found


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
    return Refused(409, f"{name}: has changed since it was opened; reload it.")
