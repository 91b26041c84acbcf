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


def read_ahead(items: Iterable[T]) -> Generator[T, None, None]:
    """Draw `items` in a thread, at most `DEPTH` ahead; its error is raised here, and leaving early stops it."""
    ready: queue.Queue[object] = queue.Queue(DEPTH)
    stopped = threading.Event()
    failures: list[BaseException] = []

    def offer(item: object) -> None:
        while not stopped.is_set():
            try:
                ready.put(item, timeout=0.1)
            except queue.Full:
                continue
            return

    def draw() -> None:
        try:
            for item in items:
                offer(item)
                if stopped.is_set():
                    return
        except BaseException as error:  # noqa: BLE001 -- handed to the consuming thread, which raises it
            failures.append(error)
        offer(_END)

    thread = threading.Thread(target=draw, name="reader", daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not _END:
            yield item  # type: ignore[misc]
        if failures:
            raise failures[0]
    finally:
        stopped.set()
        thread.join()


class WriteBehind(Generic[T]):
    """Hands items to `write` in a thread, in order; a failed write is raised by the next `put` or on leaving.

    Args:
        write: does the work.
        release: told of every item that `write` is done with.
    """

    def __init__(self, write: Callable[[T], None], release: Callable[[T], None] | None = None) -> None:
        self._write, self._release = write, release
        self._waiting: queue.Queue[object] = queue.Queue(DEPTH)
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
