"""The rows of a job: those of one eye file, or of several one after the other, without rows that cannot be read."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import TEXT, Label
from gazeaug.eyefile.pixel_labels import Move, Resizing, moves_of
from gazeaug.eyefile.reader import EyeFile, open_eyes
from gazeaug.notes import note
from gazeaug.outputs import check_once
from gazeaug.provenance import short_names

SOURCE, SOURCE_ROW = "source", "source_row"
SCAN_ROWS = 4096


@dataclass(frozen=True)
class Span:
    """Rows start..stop-1 of one of the files."""

    file: int
    start: int
    stop: int

    @property
    def n_rows(self) -> int:
        """How many."""
        return self.stop - self.start


class EyeRows:
    """Several eye files read as one; use as a context manager.

    Where there are several, two labels say where a row is from: `source` (the file) and `source_row` (its row there).

    Args:
        paths: the files, in order; pictures of one shape.
        image: name of the dataset or group that holds the pictures.
        left_out: spans that are passed over.
        any_gaze: see `open_eyes`.

    Raises:
        InputError: a file that cannot be used or is given twice, or pictures that differ in shape.
    """

    def __init__(
        self, paths: Sequence[Path], *, image: str = "image", left_out: Sequence[Span] = (), any_gaze: bool = False
    ) -> None:
        check_once(paths)
        with ExitStack() as opened:
            self._files = [opened.enter_context(open_eyes(path, image=image, any_gaze=any_gaze)) for path in paths]
            self._opened = opened.pop_all()
        first = self._files[0]
        self.path, self.image_shape, self.channels = first.path, first.image_shape, first.channels
        self.attributes, self.image_attributes = first.attributes, first.image_attributes
        self.is_joined = len(paths) > 1
        names = short_names(paths)
        self._names = [names[str(path)] for path in paths]
        self.labels: dict[str, Label] = dict(first.labels)
        self._moves: dict[str, Move] = {}
        if self.is_joined:
            try:
                self._check_alike()
            except InputError:
                self.close()
                raise
            self.labels |= {SOURCE: TEXT, SOURCE_ROW: Label.of(np.int64)}
        self._spans = [span for i, file in enumerate(self._files) for span in kept(i, file.n_images, left_out)]
        self._starts = [0, *accumulate(span.n_rows for span in self._spans)]
        self.n_images = self._starts[-1]

    def _check_alike(self) -> None:
        first = self._files[0]
        for file in self._files:
            if file.image_shape != first.image_shape:
                raise InputError(f"{file.path}: pictures are {file.image_shape}, those of {first.path} are not.")
            for name in (SOURCE, SOURCE_ROW):
                if name in file.labels:
                    raise InputError(
                        f"{file.path}: has a label '{name}' already, which joining would make; join others."
                    )

    def others_for(self, image_shape: tuple[int, ...]) -> dict[str, h5py.Dataset]:
        """The datasets that are no labels and go along as a whole; none of several files, nor beside resized pictures.

        What is left out for that is said.
        """
        first = self._files[0]
        if not self.is_joined and image_shape == self.image_shape:
            return first.copied
        why = "of one input alone" if self.is_joined else "of pictures of another size"
        for name in first.others:
            note(f"{self.path}: '{name}' is not copied, as it may be {why}.")
        return {}

    @property
    def files(self) -> Sequence[EyeFile]:
        """The files, open."""
        return self._files

    @property
    def provenances(self) -> list[dict[str, Any]]:
        """What made each file."""
        return [file.provenance for file in self._files]

    def choose_labels(self, names: list[str] | None) -> list[str]:
        """The labels asked for, or all of them for None; of several files only what is alike in all.

        Raises:
            InputError: a label that is not there, or that differs between files in type, shape or attributes.
        """
        first, *others = self._files
        own = None if names is None else [name for name in names if not self.is_joined or name not in self._added]
        chosen = first.choose_labels(own)
        for file in others:
            for name in {*chosen, *(file.labels if names is None else ())}:
                if name not in file.labels or name not in first.labels:
                    where = first.path if name in file.labels else file.path
                    raise InputError(
                        f"{where}: no label '{name}', which other inputs have; name the labels by --labels."
                    )
                if not alike(first.labels[name], file.labels[name]):
                    raise InputError(
                        f"{file.path}: label '{name}' is of another type, shape or convention than in {first.path}; "
                        "joined, they would be mistaken for each other."
                    )
        return [*chosen, *self._added]

    @property
    def _added(self) -> list[str]:
        return [SOURCE, SOURCE_ROW] if self.is_joined else []

    def read_images(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Rows start..stop-1 as uint8 (n, H, W) or (n, H, W, 3).

        Raises:
            InputError: rows that cannot be read; they are named.
        """
        return joined([self._files[span.file].read_images(span.start, span.stop) for span in self._within(start, stop)])

    def check_written(self, n_rows: int) -> None:
        """Refuse a file of which some pictures among the first `n_rows` were never written; raises InputError."""
        for span in self._within(0, n_rows):
            self._files[span.file].check_written(span.stop)

    def read_images_into(self, out: NDArray[np.uint8], start: int) -> None:
        """`len(out)` rows from `start` on, into memory that is there; raises as `read_images`."""
        n_read = 0
        for span in self._within(start, start + len(out)):
            self._files[span.file].read_images_into(out[n_read : n_read + span.n_rows], span.start)
            n_read += span.n_rows

    @property
    def rows_per_chunk(self) -> int:
        """Pictures of the first file that are stored, and so read, together."""
        return self._files[0].rows_per_chunk

    def read_label(self, name: str, start: int, stop: int) -> NDArray[Any]:
        """Rows start..stop-1 of a label, dtype as stored; moved where `move_labels` says so."""
        if name in self._moves:
            return self._moves[name](self._stored_label(name, start, stop))
        return self._stored_label(name, start, stop)

    def _stored_label(self, name: str, start: int, stop: int) -> NDArray[Any]:
        spans = self._within(start, stop)
        if self.is_joined and name == SOURCE:
            return joined([np.full(span.n_rows, self._names[span.file].encode(), object) for span in spans])
        if self.is_joined and name == SOURCE_ROW:
            return joined([np.arange(span.start, span.stop) for span in spans])
        return joined([self._files[span.file].read_label(name, span.start, span.stop) for span in spans])

    def _within(self, start: int, stop: int) -> list[Span]:
        """The pieces of the spans that make up these rows; at least one, if empty."""
        pieces: list[Span] = []
        for i in range(max(0, bisect_right(self._starts, start) - 1), len(self._spans)):
            span, offset = self._spans[i], self._starts[i]
            if offset >= stop and pieces:
                break
            pieces.append(
                Span(span.file, span.start + max(0, start - offset), span.start + min(span.n_rows, stop - offset))
            )
        return pieces

    def unreadable(self, labels: Sequence[str]) -> Iterator[tuple[Span, str]]:
        """Every row that cannot be read, with the reason: reads the pictures and the named labels of all files once."""
        for i, file in enumerate(self._files):
            own = [name for name in labels if name in file.labels]
            for start in range(0, file.n_images, SCAN_ROWS):
                stop = min(start + SCAN_ROWS, file.n_images)
                yield from failing(Span(i, start, stop), partial(read_once, file, own))

    def move_labels(self, names: Sequence[str], resizing: Resizing) -> list[str]:
        """From now on, give those of some labels that are in pixels as they are in resized pictures; which these are.

        Raises:
            InputError: one of them cannot be moved, see `moves_of`.
        """
        self._moves = moves_of({name: self.labels[name] for name in names}, resizing, str(self.path))
        self.labels |= {name: move.label for name, move in self._moves.items()}
        return list(self._moves)

    def row_in_file(self, row: int) -> int:
        """The number that a row has in its file, where rows left out are counted too."""
        return self._within(row, row + 1)[0].start

    def rows_in_file(self, start: int, stop: int) -> NDArray[np.int64]:
        """The same of rows start..stop-1."""
        return np.concatenate([np.arange(span.start, span.stop) for span in self._within(start, stop)])

    def name_of(self, span: Span) -> str:
        """The file that a span is of, as `source` has it."""
        return self._names[span.file]

    def close(self) -> None:
        """Close the files."""
        self._opened.close()

    def __enter__(self) -> EyeRows:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def kept(file: int, n_rows: int, left_out: Sequence[Span]) -> Iterator[Span]:
    """The rows of a file in spans, those left out passed over."""
    start = 0
    for span in sorted((span for span in left_out if span.file == file), key=lambda span: span.start):
        if span.start > start:
            yield Span(file, start, span.start)
        start = span.stop
    if start < n_rows:
        yield Span(file, start, n_rows)


def failing(span: Span, read: Callable[[Span], None]) -> Iterator[tuple[Span, str]]:
    """The single rows of a span that cannot be read, found by halving it."""
    try:
        read(span)
    except InputError as error:
        if span.n_rows == 1:
            yield span, str(error)
            return
        middle = (span.start + span.stop) // 2
        yield from failing(Span(span.file, span.start, middle), read)
        yield from failing(Span(span.file, middle, span.stop), read)


def read_once(file: EyeFile, labels: Sequence[str], span: Span) -> None:
    """Read rows for the sake of the error."""
    file.read_images(span.start, span.stop)
    for name in labels:
        file.read_label(name, span.start, span.stop)


def neighbours_together(spans: Sequence[Span]) -> list[Span]:
    """Adjoining spans as one."""
    found: list[Span] = []
    for span in spans:
        if found and found[-1].file == span.file and found[-1].stop == span.start:
            found[-1] = Span(span.file, found[-1].start, span.stop)
        else:
            found.append(span)
    return found


def alike(one: Label, other: Label) -> bool:
    """Whether two labels are of one type, shape and convention (their attributes)."""
    same_attributes = one.attributes.keys() == other.attributes.keys() and all(
        same_value(one.attributes[key], other.attributes[key]) for key in one.attributes
    )
    return bool(one.h5_type.equal(other.h5_type)) and one.shape == other.shape and same_attributes


def same_value(one: Any, other: Any) -> bool:
    """Whether two attributes are equal, NaN being equal to NaN."""
    is_float = all(np.asarray(value).dtype.kind in "fc" for value in (one, other))
    return bool(np.array_equal(one, other, equal_nan=is_float))


def joined(pieces: list[NDArray[Any]]) -> NDArray[Any]:
    """Pieces in one array of their own type, byte order too; a single piece is not copied."""
    if len(pieces) == 1:
        return pieces[0]
    dtype = pieces[0].dtype
    if dtype.names is not None and not dtype.hasobject:  # fields alone would leave what lies between them undefined
        whole = np.concatenate([np.ascontiguousarray(piece).view(f"V{dtype.itemsize}") for piece in pieces])
        return whole.view(dtype)
    return np.concatenate(pieces, dtype=dtype)
