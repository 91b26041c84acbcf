"""The two threads beside the session: order, errors, and leaving early."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from gazeaug.refining.pipeline import DEPTH, WriteBehind, read_ahead


def test_items_come_in_order() -> None:
    assert list(read_ahead(range(1000))) == list(range(1000))


def test_reading_stays_a_bounded_number_of_items_ahead() -> None:
    drawn: list[int] = []

    def items() -> Iterator[int]:
        for i in range(100):
            drawn.append(i)
            yield i

    for i in read_ahead(items()):
        assert len(drawn) <= i + DEPTH + 2


def test_an_error_while_reading_is_raised_after_the_items_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("torn page")

    ahead = read_ahead(items())
    assert next(ahead) == 1
    with pytest.raises(ValueError, match="torn page"):
        next(ahead)


def test_leaving_early_ends_the_thread() -> None:
    n_threads = threading.active_count()
    ahead = read_ahead(iter(range(10**9)))
    next(ahead)
    ahead.close()  # type: ignore[attr-defined]
    assert threading.active_count() == n_threads


def test_everything_put_is_written_in_order() -> None:
    written: list[int] = []
    with WriteBehind(written.append) as writer:
        for i in range(1000):
            writer.put(i)
    assert written == list(range(1000))


def test_a_failed_write_is_raised_and_nothing_is_written_after_it() -> None:
    written: list[int] = []

    def write(item: int) -> None:
        if item == 3:
            raise OSError("no room")
        written.append(item)

    with pytest.raises(OSError, match="no room"), WriteBehind(write) as writer:
        for i in range(1000):
            writer.put(i)
    assert written == [0, 1, 2]


def test_an_error_of_the_caller_is_not_hidden_by_one_of_the_writer() -> None:
    def write(item: int) -> None:
        raise OSError("no room")

    with pytest.raises(KeyboardInterrupt), WriteBehind(write) as writer:
        writer.put(1)
        raise KeyboardInterrupt
