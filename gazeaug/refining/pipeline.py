"""Two threads beside the session: one reads ahead, one writes behind, both through bounded queues."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")
DEPTH = 2  # one item in hand, one ready: more only costs memory
_END = object()


class Handover:
    """Items from one thread to another, at most `DEPTH` on their way.

    `queue.Queue` does the same in Python code, which took a third of the interpreter's time here.
    """

    def __init__(self) -> None:
        self._ready: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._room: queue.SimpleQueue[None] = queue.SimpleQueue()
        for _ in range(DEPTH):
            self.make_room()

    def put(self, item: object) -> None:
        """Give an item, waiting for room."""
        self._room.get()
        self._ready.put(item)

    def get(self) -> object:
        """Take the next item, waiting for it; the room that it had is still taken."""
        return self._ready.get()

    def make_room(self) -> None:
        """Let one more item be put."""
        self._room.put(None)


def read_ahead(items: Iterable[T]) -> Generator[T, None, None]:
    """Draw `items` in a thread, at most `DEPTH` ahead; its error is raised here, and leaving early stops it."""
    ready = Handover()
    stopped = threading.Event()
    failures: list[BaseException] = []

    def draw() -> None:
        try:
            for item in items:
                ready.put(item)
                if stopped.is_set():
                    return
        except BaseException as error:  # noqa: BLE001 -- handed to the consuming thread, which raises it
            failures.append(error)
        ready.put(_END)

    thread = threading.Thread(target=draw, name="reader", daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not _END:
            ready.make_room()
            yield item  # type: ignore[misc]
        if failures:
            raise failures[0]
    finally:
        stopped.set()
        ready.make_room()
        thread.join()


class WriteBehind(Generic[T]):
    """Hands items to `write` in a thread, in order; a failed write is raised by the next `put` or on leaving.

    Args:
        write: does the work.
        release: told of every item that `write` is done with.
    """

    def __init__(self, write: Callable[[T], None], release: Callable[[T], None] | None = None) -> None:
        self._write, self._release = write, release
        self._waiting = Handover()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._drain, name="writer", daemon=True)

    def put(self, item: T) -> None:
        """Queue an item, waiting while the writer is `DEPTH` behind."""
        if self._failure is not None:
            raise self._failure
        self._waiting.put(item)

    def _drain(self) -> None:
        while (item := self._waiting.get()) is not _END:
            if self._failure is None:
                try:
                    self._write(item)  # type: ignore[arg-type]
                    if self._release is not None:
                        self._release(item)  # type: ignore[arg-type]
                except BaseException as error:  # noqa: BLE001 -- raised in the thread that puts
                    self._failure = error
            self._waiting.make_room()

    def __enter__(self) -> WriteBehind[T]:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._waiting.put(_END)
        self._thread.join()
        if kind is None and self._failure is not None:
            raise self._failure
